"""Values that products lack, found in their texts by a language model, as facts with evidence.

The model is asked for the attributes that the ranker could learn, of products for which neither a
source nor the ranker has a value. What it says is written where the text says it too.
"""

from typing import Any

import duckdb
import pyarrow as pa

from warehouse.connection import first_row, transaction
from warehouse.extraction import catalog
from warehouse.extraction.asking import Design, ask
from warehouse.extraction.labelled import Labelled
from warehouse.llm import Client

_SHOWN = 2_000
"""Products, of all attributes together, from which demonstrations and examples are taken."""


def extract_by_llm(
    connection: duckdb.DuckDBPyConnection, client: Client, *, form: str, limit: int
) -> dict[str, Any]:
    """Asks for what up to `limit` products lack; all votes must agree. Facts of an earlier call
    with the same model are kept as far as it says them again.

    Returns how many facts there are, of how many products was asked, and what was refused.
    """
    model = f"llm:{client.settings.model}"
    with transaction(connection):
        catalog.prepare(connection)
        catalog.create_answers(connection)
        shown, missing = _shown(connection), _missing(connection, model, limit)
        texts, questions = catalog.questions_of(missing)
    # The client keeps what was paid for, whatever becomes of the facts.
    found = ask(client, shown, texts, questions, Design(form))
    with transaction(connection):
        catalog.stage(connection, missing, found.answers, found.answers.probability >= 1)
        catalog.publish(connection, model, "written")
        row = first_row(connection, "SELECT count(*) FROM facts.current WHERE source = ?", [model])
        catalog.tidy(connection)
    assert row is not None
    return {
        "model": client.settings.model,
        "facts": row[0],
        "products": len(texts),
        "refused": found.refused,
        "failed": found.failed,
    }


def _shown(connection: duckdb.DuckDBPyConnection) -> Labelled:
    rows = connection.sql(
        f"""
        SELECT product_id, predicate, category, written, value FROM ({catalog.TAUGHT})
        ORDER BY draw LIMIT {_SHOWN}
        """
    ).to_arrow_table()
    texts, questions = catalog.questions_of(rows)
    return Labelled(tuple(texts), questions, tuple(map(tuple, rows["value"].to_pylist())))


def _missing(connection: duckdb.DuckDBPyConnection, model: str, limit: int) -> pa.Table:
    return connection.sql(
        """
        SELECT product_id, predicate, category, written, name_length
        FROM product_text
        JOIN learnable USING (category)
        ANTI JOIN (
            SELECT subject AS product_id, predicate FROM facts.current WHERE source <> $model
        ) USING (product_id, predicate)
        WHERE product_id IN (
            SELECT product_id FROM product_text
            JOIN learnable USING (category)
            ANTI JOIN (
                SELECT subject AS product_id, predicate FROM facts.current WHERE source <> $model
            ) USING (product_id, predicate)
            GROUP BY product_id ORDER BY md5(product_id) LIMIT $limit
        )
        ORDER BY product_id, predicate
        """,
        params={"model": model, "limit": limit},
    ).to_arrow_table()
