"""Thousands of terminals in one process: the real agent of each, an invented kiosk under it, a real broker above."""
