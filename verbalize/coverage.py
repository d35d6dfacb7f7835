"""How far the corpus says what sources state: which of the stated facts that hold now no kept
document says, by predicate (`text.coverage`).

What no document says is what no query of `documents/` chooses, or what stands only in kinds that
were not written; facts of single persons are never said, and are not counted.
"""

from typing import Any

import duckdb

from warehouse.connection import only_row

MOST = 10
"""Predicates that are named."""


def coverage(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts: stated `facts`, those that are `said`, their `share` (null without facts), and
    `unsaid`, the predicates with most facts that no document says."""
    facts, said = only_row(
        connection,
        "SELECT coalesce(sum(facts), 0)::BIGINT, coalesce(sum(said), 0)::BIGINT FROM text.coverage",
    )
    unsaid = connection.sql(
        f"""
        SELECT predicate, facts, said, round(share, 4) AS share FROM text.coverage
        WHERE said < facts ORDER BY facts - said DESC, predicate LIMIT {MOST}
        """
    ).to_arrow_table()
    return {
        "facts": facts,
        "said": said,
        "share": round(said / facts, 4) if facts else None,
        "unsaid": unsaid.to_pylist(),
    }


def in_words(found: dict[str, Any]) -> str:
    """Coverage for people: a sentence, and a table of what is said least."""
    if not found["facts"]:
        return "No facts are stated."
    lines = [
        f"{found['said']:,} of {found['facts']:,} stated facts ({found['share']:.0%}) are said by "
        "a document"
    ]
    if found["unsaid"]:
        width = max(len("predicate"), *(len(row["predicate"]) for row in found["unsaid"]))
        lines[0] += "; most unsaid ones have these predicates (docs/documents.md tells why):"
        lines.append(f"{'predicate':<{width}}{'facts':>11}{'said':>11}{'share':>7}")
        lines += [
            f"{row['predicate']:<{width}}{row['facts']:>11,}{row['said']:>11,}{row['share']:>7.0%}"
            for row in found["unsaid"]
        ]
    return "\n".join(lines)
