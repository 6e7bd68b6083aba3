"""The steps from any earlier shape of the centre's database to the one in tables.py (Alembic)."""
