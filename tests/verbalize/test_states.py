"""States of the corpus: deltas that are applied in order give the corpus that is there now."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verbalize.exported import DOCUMENTS as MANY
from tests.verbalize.exported import lay_out, lines
from verbalize import states
from verbalize.export import TOMBSTONES, ExportError, export
from verbalize.render import render
from verbalize.states import newest_state, record_state, records, records_in_blocks
from warehouse.connection import memory

START = datetime(2024, 1, 1)
DOCUMENTS = 6


def read(folder: Path) -> dict[str, dict]:
    """The documents of a corpus by identifier."""
    rows = [row for path in sorted(folder.glob("documents/*.zst")) for row in lines(path)]
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def follow(corpus: dict[str, dict], delta: Path) -> dict[str, dict]:
    """A corpus after a delta, as docs/export.md says it is to be applied."""
    gone = {row["id"] for row in lines(delta / TOMBSTONES)}
    return {
        identifier: row
        for identifier, row in {**corpus, **read(delta)}.items()
        if identifier not in gone
    }


def write(connection: duckdb.DuckDBPyConnection, folder: Path, name: str, **options) -> dict:
    return export(connection, folder, format="dolma", name=name, shard_documents=3, **options)


changes = st.lists(
    st.tuples(
        st.sampled_from(["reword", "remove", "return", "delete", "load", "nothing"]),
        st.integers(0, DOCUMENTS - 1),
    ),
    max_size=4,
)


def change(connection: duckdb.DuckDBPyConnection, what: str, number: int, turn: int) -> None:
    document = f"document:{number}"
    if what == "reword":
        connection.execute(
            "UPDATE text.document SET text = ? WHERE document_id = ?", [f"Words {turn}", document]
        )
    elif what == "remove":
        connection.execute(
            "INSERT INTO text.removed SELECT ?, 'exact', 'same words', NULL, NULL "
            "WHERE ? NOT IN (SELECT document_id FROM text.removed)",
            [document, document],
        )
    elif what == "return":
        connection.execute("DELETE FROM text.removed WHERE document_id = ?", [document])
    elif what == "delete":
        connection.execute("DELETE FROM text.document WHERE document_id = ?", [document])
    elif what == "load":
        connection.execute(
            "UPDATE facts.fact SET valid_from = ? WHERE fact_id = ?",
            [START + timedelta(days=30 * turn), f"fact{number}"],
        )


@cache
def warehouse() -> duckdb.DuckDBPyConnection:
    return memory()


@contextmanager
def undone(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Whatever is done in the block was never done."""
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


@settings(max_examples=10, deadline=None)
@given(st.lists(changes, min_size=1, max_size=4), st.integers(0, 3))
def test_deltas_applied_in_order_give_a_fresh_export(turns, late):
    with TemporaryDirectory() as place, undone(warehouse()) as connection:
        folder = Path(place)
        lay_out(connection, DOCUMENTS)
        record_state(connection)
        since = newest_state(connection)
        write(connection, folder, "base")
        followed = read(folder / "base")
        for turn, happened in enumerate(turns, 1):
            for what, number in happened:
                change(connection, what, number, turn)
            record_state(connection)
            if turn % (late + 1):
                continue  # This delta is not fetched: the next has it too.
            if not connection.execute("SELECT count(*) FROM text.kept").fetchone()[0]:
                return
            write(connection, folder, f"delta{turn}", since=since)
            since = newest_state(connection)
            followed = follow(followed, folder / f"delta{turn}")
            write(connection, folder, "fresh")
            assert followed == read(folder / "fresh")


@pytest.fixture
def recorded(connection):
    lay_out(connection, DOCUMENTS)
    record_state(connection)
    return connection


def test_documents_looked_up_some_at_a_time_have_the_digests_of_all_at_once(
    connection, monkeypatch
):
    lay_out(connection)
    record_state(connection)
    revisions = connection.sql("FROM text.revision ORDER BY document_id").fetchall()
    whole = connection.sql(f"FROM ({records()}) ORDER BY id").fetchall()
    monkeypatch.setattr(states, "AT_ONCE", 3)
    blocks = list(records_in_blocks(MANY))
    assert len(blocks) == 9
    some = connection.sql(f"FROM ({') UNION ALL FROM ('.join(blocks)}) ORDER BY id").fetchall()
    assert some == whole
    assert record_state(connection) == {"added": 0, "changed": 0, "withdrawn": 0}
    assert connection.sql("FROM text.revision ORDER BY document_id").fetchall() == revisions


def test_only_what_changed_is_written_with_tombstones_of_what_is_gone(recorded, tmp_path):
    base = write(recorded, tmp_path, "base")
    change(recorded, "reword", 2, 1)
    change(recorded, "remove", 4, 1)
    change(recorded, "delete", 5, 1)
    assert record_state(recorded) == {"added": 0, "changed": 1, "withdrawn": 2}
    sheet = write(recorded, tmp_path, "delta", since=datetime.fromisoformat(base["as_of"]))
    assert list(read(tmp_path / "delta")) == ["document:2"]
    assert lines(tmp_path / "delta" / TOMBSTONES) == [
        {"id": "document:4", "withdrawn": sheet["as_of"] + "Z", "reason": "exact: same words"},
        {
            "id": "document:5",
            "withdrawn": sheet["as_of"] + "Z",
            "reason": "it is not written any more",
        },
    ]
    assert (sheet["documents"], sheet["withdrawn"], sheet["since"]) == (1, 2, base["as_of"])


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        ((), "it is not written any more"),
        (("fact5",), "some of its facts no longer hold"),
        (("fact2", "fact5"), "its facts no longer hold"),
    ],
)
def test_a_withdrawn_document_tells_whether_its_facts_hold(connection, ended, reason):
    lay_out(connection, DOCUMENTS)
    # It says a fact of the past too, which did not hold when it was kept.
    connection.execute(
        """
        UPDATE facts.fact SET valid_to = '2024-03-01' WHERE fact_id = 'fact1';
        UPDATE text.statement SET fact_ids = ['fact1', 'fact2', 'fact5']
        WHERE document_id = 'document:5'
        """
    )
    record_state(connection)
    connection.execute("DELETE FROM text.document WHERE document_id = 'document:5'")
    connection.execute("DELETE FROM text.statement WHERE document_id = 'document:5'")
    connection.execute(
        "UPDATE facts.fact SET valid_to = '2024-04-01' WHERE list_contains(?, fact_id)",
        [list(ended)],
    )
    record_state(connection)
    record_state(connection)  # A later state tells the same.
    assert connection.execute(
        "SELECT document_id, reason FROM text.revision WHERE withdrawn IS NOT NULL"
    ).fetchall() == [("document:5", reason)]


def test_a_state_has_the_time_of_the_newest_fact_and_is_later_than_the_one_before(recorded):
    first = newest_state(recorded)
    assert first == START + timedelta(days=DOCUMENTS - 1)
    record_state(recorded)
    assert newest_state(recorded) == first
    change(recorded, "reword", 1, 1)
    record_state(recorded)
    assert newest_state(recorded) == first + timedelta(milliseconds=1)
    change(recorded, "load", 1, 9)
    record_state(recorded)
    assert newest_state(recorded) == START + timedelta(days=270)
    assert recorded.execute("SELECT documents, added, changed FROM text.state").fetchall() == [
        (5, 5, 0),
        (5, 0, 1),
        (5, 0, 1),
    ]


def test_a_newer_load_that_changes_no_document_is_a_state_too(recorded, tmp_path):
    """Else a document that is reworded after it would have the time of that load, which whoever
    exported meanwhile gives as the time of what he has."""
    recorded.execute(
        "UPDATE facts.fact SET valid_from = '2024-06-01' WHERE subject = 'product:3'"
    )  # Its document is left out.
    assert record_state(recorded) == {"added": 0, "changed": 0, "withdrawn": 0}
    change(recorded, "reword", 1, 1)
    record_state(recorded)
    write(recorded, tmp_path, "delta", since=datetime(2024, 6, 1))
    assert list(read(tmp_path / "delta")) == ["document:1"]


def test_the_statement_of_the_page_applies_a_delta(recorded, tmp_path):
    write(recorded, tmp_path, "base")
    since = newest_state(recorded)
    change(recorded, "reword", 2, 1)
    change(recorded, "remove", 4, 1)
    record_state(recorded)
    write(recorded, tmp_path, "delta", since=since)
    write(recorded, tmp_path, "fresh")
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text()
    statement = page.split("```sql\n")[1].split("```")[0]
    for name in ("base", "delta", "followed"):
        statement = statement.replace(f"'{name}", f"'{tmp_path / name}")
    duckdb.execute(statement)
    followed = {row["id"]: row for row in lines(tmp_path / "followed.jsonl.zst")}
    assert followed == read(tmp_path / "fresh")


def test_nothing_changed_is_an_empty_delta(recorded, tmp_path):
    sheet = write(recorded, tmp_path, "delta", since=newest_state(recorded))
    assert (sheet["documents"], sheet["withdrawn"], sheet["shards"]) == (0, 0, [])


def test_hugging_face_datasets_streams_an_empty_delta(recorded, tmp_path):
    datasets = pytest.importorskip("datasets", reason="the dev extra brings datasets")
    whole, delta = (
        export(recorded, tmp_path, format="hf", name=name, since=since)
        for name, since in (("whole", None), ("delta", newest_state(recorded)))
    )
    assert (delta["documents"], len(delta["shards"])) == (0, 1)
    # Without streaming, datasets refuses any split that has no rows.
    loaded = [
        datasets.load_dataset(str(tmp_path / name), split="train", streaming=True)
        for name in ("whole", "delta")
    ]
    assert [len(list(one)) for one in loaded] == [whole["documents"], 0]
    assert loaded[0].features == loaded[1].features


def test_a_time_after_the_corpus_is_refused(recorded, tmp_path):
    with pytest.raises(ExportError, match="as_of"):
        write(recorded, tmp_path, "delta", since=datetime(2025, 1, 1))


def test_rendering_again_changes_nothing_but_what_is_said_otherwise(shop):
    shop.product("7", name="Chedder", size="8 OZ")
    shop.product("8", name="Brie", size="6 OZ")
    render(shop.connection, kinds=["product"])
    first = record_state(shop.connection)
    render(shop.connection, kinds=["product"])
    assert record_state(shop.connection) == {"added": 0, "changed": 0, "withdrawn": 0}
    before = dict(shop.connection.execute("SELECT subject, document_id FROM text.kept").fetchall())
    shop.connection.execute("UPDATE facts.fact SET object = '9 OZ' WHERE object = '8 OZ'")
    render(shop.connection, kinds=["product"])
    after = dict(shop.connection.execute("SELECT subject, document_id FROM text.kept").fetchall())
    assert first["added"] == 2 and before == after
    assert record_state(shop.connection) == {"added": 0, "changed": 1, "withdrawn": 0}
