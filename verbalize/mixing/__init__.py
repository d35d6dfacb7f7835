"""A corpus mixed of the warehouse's documents and of general text: planned, shown, then written.

A mix file says which sources, how much of each, in which phases. Tokens are counted exactly, once,
and kept; the plan is arithmetic on them; documents are drawn by a seeded hash.
"""
