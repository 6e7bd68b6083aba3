"""What pages read: SQL over the centre's tables, a fixed number of statements a page, never anything changed."""
