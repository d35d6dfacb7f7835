"""A tiny shop, stated fact by fact, in which one thing of each sort changes between two times."""

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest

BEFORE = datetime(2024, 1, 1)
T0 = datetime(2024, 2, 1)
CHANGED = datetime(2024, 2, 15)
T1 = datetime(2024, 3, 1)

State = Callable[..., str]


@pytest.fixture
def node(connection: duckdb.DuckDBPyConnection) -> Callable[..., str]:
    """Names a node; returns its identifier."""

    def add(kind: str, key: str, label: str | None = None) -> str:
        connection.execute(
            "INSERT INTO facts.node SELECT node_id($1, 'shop', $2), $1, 'shop', $2, $3",
            [kind, key, label or key],
        )
        row = connection.execute("SELECT node_id($1, 'shop', $2)", [kind, key]).fetchone()
        assert row is not None
        return str(row[0])

    return add


@pytest.fixture
def state(connection: duckdb.DuckDBPyConnection) -> State:
    """States a fact; returns its identifier."""

    def add(
        subject: str,
        predicate: str,
        value: str,
        valid_from: datetime = BEFORE,
        valid_to: datetime | None = None,
        provenance: str = "stated",
        confidence: float = 1.0,
        unit: str | None = None,
    ) -> str:
        fact_id = f"{subject}|{predicate}|{value}|{valid_from:%m%d}|{provenance}"
        kind = "node" if ":" in value else "literal"
        unit = unit or ("USD" if predicate == "price" else None)
        connection.execute(
            "INSERT INTO facts.fact VALUES (?, ?, ?, ?, ?, ?, NULL, ?, 'shop', ?, ?, ?, 'load')",
            [
                fact_id,
                subject,
                predicate,
                value,
                kind,
                unit,
                provenance,
                confidence,
                valid_from,
                valid_to,
            ],
        )
        return fact_id

    return add


@pytest.fixture
def shop(
    connection: duckdb.DuckDBPyConnection, node: Callable[..., str], state: State
) -> duckdb.DuckDBPyConnection:
    """Four teas and a coffee. Green tea gets a new price and category, mint tea a display, black
    tea loses its mailer.
    """
    drinks = node("category", "department/DRINKS", "DRINKS")
    tea, coffee = (
        node("category", "category/TEA", "TEA"),
        node("category", "category/COFFEE", "COFFEE"),
    )
    state(tea, "broader", drinks)
    state(coffee, "broader", drinks)
    for category, count in ((tea, "4"), (coffee, "1")):
        state(category, "productCount", count)
        state(category, "level", "category")
    teas = {
        name: node("product", name, f"{name.title()} tea")
        for name in ("green", "black", "mint", "red")
    }
    for name, product in teas.items():
        state(product, "name", f"{name.title()} tea")
        state(product, "department", drinks)
        state(product, "size", "20 CT")
    for name in ("black", "mint", "red"):
        state(teas[name], "category", tea)
    mocha = node("product", "mocha", "Mocha coffee")
    state(mocha, "category", coffee)
    state(mocha, "department", drinks)
    state(teas["green"], "category", tea, BEFORE, CHANGED)
    state(teas["green"], "category", coffee, CHANGED)
    state(teas["green"], "price", "4.00", BEFORE, CHANGED)
    state(teas["green"], "price", "2.00", CHANGED)
    state(teas["black"], "price", "3.00")
    state(teas["mint"], "price", "4.00")
    state(teas["red"], "price", "2.00")
    state(teas["mint"], "promotionDisplay", "front end cap", CHANGED)
    state(teas["black"], "promotionMailer", "front page feature", BEFORE, CHANGED)
    state(
        teas["red"],
        "brand",
        node("brand", "Ceylon"),
        CHANGED,
        provenance="predicted",
        confidence=0.9,
    )
    household = node("customer", "17")
    state(household, "age", "35-44", BEFORE, CHANGED)
    state(household, "age", "45-54", CHANGED)
    return connection


@pytest.fixture
def sample_facts(
    connection: duckdb.DuckDBPyConnection, sample: duckdb.DuckDBPyConnection
) -> duckdb.DuckDBPyConnection:
    """The facts of the slice of the sample, to write edits beside them."""
    for table in ("facts.node", "facts.fact"):
        connection.register("copied", sample.sql(f"FROM {table}").to_arrow_table())
        connection.execute(f"INSERT INTO {table} FROM copied")
        connection.unregister("copied")
    return connection
