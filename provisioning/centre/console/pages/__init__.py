"""One module a group of pages; each declares its routes at the door."""
