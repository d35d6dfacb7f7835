"""Schema matching: columns of a file to canonical columns, or to those of another table.

A load maps by names and synonyms only (`match`). What a person looks at and edits before a load is
found by everything that names and values tell (`warehouse.matching.candidates`).
"""

from warehouse.matching.headers import Match, match

__all__ = ["Match", "match"]
