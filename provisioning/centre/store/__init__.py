"""The centre's database: the truth. The broker is only a cache of it."""
