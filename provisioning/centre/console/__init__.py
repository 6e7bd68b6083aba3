"""The ops console (运维控制台): pages for people who watch ten thousand terminals all day. Decides nothing itself."""
