"""Making a bare Debian machine a terminal, and finding out why one does not work."""
