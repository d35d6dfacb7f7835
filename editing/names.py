"""Nodes and literals to the words that prompts use for them: the only place where editing
decides how a thing is called.
"""

from pathlib import Path

import duckdb

_NAMES = (Path(__file__).parent / "names.sql").read_text()


def write_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary table `edit_name` (node_id, kind, subject_text, target_text) of all nodes
    that are no persons.

    Only names that one node alone has can be a subject; `subject_text` is null for the others.
    """
    connection.execute(_NAMES)
