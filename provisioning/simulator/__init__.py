"""Thousands of terminals in one process: the real agent with an invented kiosk."""
