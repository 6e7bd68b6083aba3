"""The central service: who the terminals are, what they are told, how they are."""
