"""Catalogs, behaviour and the facts made of them, in one DuckDB file."""
