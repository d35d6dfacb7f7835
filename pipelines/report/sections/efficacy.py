"""What corpora teach a language model: recall by corpus and kind of question, and all figures."""

from typing import Any

import duckdb

from pipelines.drawing import Bar, bars, legend

_TONES = {"trained": 2, "unseen": 0, "template": 4}


def section(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """A bar for each corpus and kind of phrasing; empty where no study was made."""
    corpora = connection.execute(
        """
        SELECT corpus, tokens, facts, recall, recall_per_million_tokens, weights
        FROM text.efficacy ORDER BY recall DESC, corpus
        """
    ).fetchall()
    rows = connection.execute(
        """
        SELECT corpus, measure, scope, value, cases FROM text.efficacy_measure
        JOIN text.efficacy USING (corpus)
        WHERE slot = 'all' ORDER BY recall DESC, corpus, measure, scope
        """
    ).fetchall()
    recall = {(row[0], row[2]): row[3] for row in rows if row[1] == "recall"}
    drawn = [
        Bar(f"{corpus}, {kind}", ((recall[corpus, kind], tone),), f"{recall[corpus, kind]:.2f}")
        for corpus, *_ in corpora
        for kind, tone in _TONES.items()
        if (corpus, kind) in recall
    ]
    names = list(dict.fromkeys((row[1], row[2]) for row in rows))
    figures = {row[:3]: row[3] for row in rows}
    return {
        "corpora": corpora,
        "picture": bars(drawn, width=760),
        "legend": legend(_TONES),
        "figures": [
            (measure, scope, [figures.get((corpus, measure, scope)) for corpus, *_ in corpora])
            for measure, scope in names
        ],
        "definitions": connection.execute(
            "SELECT DISTINCT measure, definition FROM text.efficacy_measure ORDER BY ALL"
        ).fetchall(),
    }
