"""The corpus: how much of what kind, how long, and documents with the facts behind sentences."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars, columns
from pipelines.report.names import LANGUAGE
from warehouse.connection import only_row

BINS = 24


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Composition by kind, token lengths, and a typical document of each kind with its evidence."""
    kinds = connection.execute(
        """
        SELECT kind, count(*), coalesce(sum(tokens), 0)::BIGINT, median(tokens)::INTEGER
        FROM text.kept GROUP BY kind ORDER BY kind
        """
    ).fetchall()
    chosen = _chosen(connection)
    every = sum(row[2] for row in kinds) or 1
    return {
        "kinds": kinds,
        "documents": bars([Bar(row[0], ((row[1], 2),), f"{row[1]:,}") for row in kinds], width=520),
        "tokens": bars(
            [Bar(row[0], ((row[2], 0),), f"{row[2]:,} ({row[2] / every:.0%})") for row in kinds],
            width=520,
        ),
        "lengths": [_lengths(connection, row[0]) for row in kinds if row[3] is not None],
        "examples": [_example(connection, *one) for one in chosen],
        "conversations": _conversations(connection, [document_id for _, document_id in chosen]),
        "rewrites": _rewrites(connection),
        "variety": connection.execute("FROM text.variety ORDER BY language").fetchall(),
        "coverage": _coverage(connection),
        **_left_out(connection),
    }


def _coverage(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """How many of the stated facts are said, and a picture of the predicates with most that are
    not."""
    from verbalize.coverage import coverage

    found = coverage(connection)
    rows = [
        Bar(
            row["predicate"],
            ((row["facts"] - row["said"], 1),),
            f"{row['said']:,} of {row['facts']:,} said ({row['share']:.0%})",
        )
        for row in found["unsaid"]
    ]
    return {**found, "picture": bars(rows) if rows else None}


def _rewrites(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """What came of documents that a language model said anew; the last column is an example."""
    from verbalize.curation.screening import decent

    rows = connection.execute(
        """
        SELECT
            form, coalesce(reason, 'kept') AS outcome, count(*), avg(coverage), avg(faithfulness),
            avg(readability), coalesce(any_value(detail ORDER BY document_id), '')
        FROM text.rewrite GROUP BY ALL
        ORDER BY form, count(*) DESC, outcome
        """
    ).fetchall()
    shown = decent(connection, [row[-1] for row in rows])
    return [(*row[:-1], shown[row[-1]]) for row in rows]


def _left_out(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What curation left out and masked, counted, and the title of an example of each reason: what
    was left out is not to be read here after all."""
    from verbalize.curation.screening import decent

    reasons = connection.execute(
        """
        SELECT concat(stage, ': ', reason), count(*) FROM text.removed
        GROUP BY 1 ORDER BY 2 DESC, 1
        """
    ).fetchall()
    masked = connection.execute(
        """
        SELECT kind, count(*) FROM (SELECT unnest(kinds) AS kind FROM text.masked)
        GROUP BY 1 ORDER BY 2 DESC, 1
        """
    ).fetchall()
    examples = connection.execute(
        """
        SELECT
            concat(gone.stage, ': ', gone.reason) AS reason,
            coalesce(gone.detail, '') AS detail,
            document.title,
            kept.text AS kept
        FROM text.removed AS gone
        JOIN text.document AS document USING (document_id)
        LEFT JOIN text.kept AS kept ON kept.document_id = gone.kept_document_id
        QUALIFY row_number() OVER (
            PARTITION BY gone.stage, gone.reason ORDER BY md5(gone.document_id)
        ) = 1
        ORDER BY reason LIMIT 12
        """
    ).fetchall()
    shown = decent(
        connection, [words for _, detail, title, _ in examples for words in (detail, title)]
    )
    return {
        "left_out": sum(count for _, count in reasons),
        "reasons": bars([Bar(reason, ((n, 1),), f"{n:,}") for reason, n in reasons]),
        "removed": [
            {"reason": reason, "detail": shown[detail], "title": shown[title], "kept": kept}
            for reason, detail, title, kept in examples
        ],
        "masked": masked,
    }


def _lengths(connection: duckdb.DuckDBPyConnection, kind: str) -> dict[str, Any]:
    """A histogram of token counts; what is above the 99th percentile falls into its last column."""
    row = only_row(
        connection,
        """
        SELECT min(tokens), greatest(quantile_disc(tokens, 0.99), min(tokens) + 1)
        FROM text.kept WHERE kind = ?
        """,
        [kind],
    )
    low, high = row
    width = max(1, -(-(high - low + 1) // BINS))
    count = -(-(high - low + 1) // width)
    found = dict(
        connection.execute(
            """
            SELECT least((tokens - $low) // $width, $count - 1)::INTEGER AS bin, count(*)
            FROM text.kept WHERE kind = $kind GROUP BY bin ORDER BY bin
            """,
            {"low": low, "width": width, "count": count, "kind": kind},
        ).fetchall()
    )
    edges = [low + width * place for place in range(count + 1)]
    picture = columns(
        [found.get(place, 0) for place in range(count)], edges, across="tokens", up="documents"
    )
    return {"kind": kind, "picture": picture}


def _chosen(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """A typical document of each kind by length, and one that says predicted facts."""
    return connection.execute(
        f"""
        WITH
        kept AS (
            SELECT
                kind, document_id, language <> ({LANGUAGE}) AS is_foreign,
                abs(tokens - quantile_disc(tokens, 0.6) OVER (PARTITION BY kind)) AS off
            FROM text.kept
        ),
        typical AS (
            SELECT kind, document_id FROM kept
            QUALIFY row_number() OVER (
                PARTITION BY kind ORDER BY is_foreign, off, md5(document_id)
            ) = 1
        ),
        likely AS (
            SELECT d.kind || ', with a prediction' AS kind, d.document_id
            FROM text.kept AS d
            JOIN (
                SELECT document_id, unnest(fact_ids) AS fact_id FROM text.statement
            ) AS said USING (document_id)
            JOIN facts.current AS f USING (fact_id)
            WHERE f.provenance = 'predicted'
            QUALIFY row_number() OVER (
                PARTITION BY d.kind ORDER BY d.language <> ({LANGUAGE}), md5(d.document_id)
            ) = 1
        )
        SELECT kind, document_id FROM typical UNION ALL FROM likely ORDER BY kind
        """
    ).fetchall()


def _conversations(
    connection: duckdb.DuckDBPyConnection, documents: list[str]
) -> list[tuple[str, str]]:
    """The first question of each of the documents that has one, with its answer."""
    from verbalize.states import pairs

    asked = "SELECT document_id, NULL AS added FROM text.kept WHERE list_contains(?, document_id)"
    return connection.execute(
        f"""
        SELECT said.question, said.answer FROM ({pairs(asked)})
        QUALIFY row_number() OVER (PARTITION BY document_id ORDER BY position) = 1
        ORDER BY document_id
        """,
        [documents],
    ).fetchall()


def _example(connection: duckdb.DuckDBPyConnection, kind: str, document_id: str) -> dict[str, Any]:
    from verbalize.trace import trace

    return {"kind": kind, "trace": trace(connection, document_id)}
