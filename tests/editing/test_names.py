"""What subjects of edits are called: as in the corpus, and never two things alike."""

import tomllib
from datetime import datetime
from pathlib import Path

import editing
from editing.names import write_names

BEFORE = datetime(2024, 1, 1)


def two_catalogs(connection) -> dict[str, str]:
    """The subjects of two shops that have the same products and brand, by source and kind."""
    connection.execute("SET VARIABLE edit_t1 = TIMESTAMP '2024-03-01'")
    for source in ("north", "south"):
        for kind, key, label in (("product", "90", "Red mug"), ("brand", "acme", "Acme")):
            connection.execute(
                "INSERT INTO facts.node SELECT node_id($1, $2, $3), $1, $2, $3, $4",
                [kind, source, key, label],
            )
        connection.execute(
            """
            INSERT INTO facts.fact
            SELECT concat('name of ', $1), node_id('product', $1, '90'), 'name', 'Red mug',
                'literal', NULL, NULL, 'stated', $1, 1, $2, NULL, 'load'
            """,
            [source, BEFORE],
        )
    write_names(connection)
    rows = connection.execute(
        """
        SELECT concat_ws(' ', source, kind), subject_text
        FROM edit_name JOIN facts.node USING (node_id, kind)
        """
    ).fetchall()
    return dict(rows)


def test_what_two_catalogs_call_alike_is_told_by_its_catalog(connection):
    assert two_catalogs(connection) == {
        "north product": "Red mug (item 90 of north)",
        "south product": "Red mug (item 90 of south)",
        "north brand": "the brand Acme (in the catalog of north)",
        "south brand": "the brand Acme (in the catalog of south)",
    }


def test_of_one_catalog_no_source_is_told(connection, shop):
    connection.execute("SET VARIABLE edit_t1 = TIMESTAMP '2024-03-01'")
    write_names(connection)
    named = connection.execute("SELECT subject_text FROM edit_name").fetchall()
    assert ("Green tea (item green)",) in named
    assert not [name for (name,) in named if name and " of shop" in name]


def test_no_prompt_claims_that_a_category_of_a_maker_is_the_main_one():
    path = Path(editing.__file__).parent / "templates" / "en.toml"
    for predicate in ("offersCategory", "brandCategory"):
        words = " ".join(tomllib.loads(path.read_text())[predicate]["prompts"])
        assert not [word for word in ("most ", "main ", "above all") if word in words]
