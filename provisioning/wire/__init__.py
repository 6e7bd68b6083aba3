"""What centre and terminal say to each other: topics, messages, signed documents. Both sides import this and nothing
of each other.
"""
