"""Records are told apart without being read, and what is left of a file that comes again is what a
look at all of it would find."""

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from warehouse.sources import delimited, jsonlines, records
from warehouse.sources.feed import Options

CSV_LINES = st.sampled_from(
    ["a,1", "b,2", '"b",2', '"c, d",3', '"two\nlines",4', '"two\n\nlines",5', '"x""y",6', "7", "",
     "é,8", "\xff,9", " ", '5" mug,10', '"broken"quote,11', "lone\rreturn,12", '"open,13',
     "a,b,c", '"",', "\t", "'q',14"]
)  # fmt: skip
PLAIN_LINES = st.sampled_from(
    ["a,1", "b,2", "c,3", '"d, e",4', '"two\nlines",5', "", "6", "\xff,7"]
)
JSON_LINES = st.sampled_from(
    ['{"k": "a", "n": 1}', '{"k": "b", "n": null}', '{"n": 3, "k": "c"}', '{"k": "d", "o": 4}', "",
     '{"k": "e"}', "no JSON", "[1]", ' {"k": "f", "n": 6}', '{"K": "g", "n": 7}', "\xa0", "\xff",
     '{"k": "two\\nlines", "n": 8}', '{"k": "lone\rreturn", "n": 9}']
)  # fmt: skip
HEADS = {delimited: ("h,i", "first,0"), jsonlines: ('{"k": "first", "n": 0}',)}

cases = st.one_of(
    st.tuples(st.just(module), st.lists(lines, max_size=7), st.lists(lines, max_size=7))
    for module, lines in [
        (delimited, CSV_LINES), (delimited, PLAIN_LINES), (jsonlines, JSON_LINES),
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        yield made


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "file"


def written(path, module, lines, newline="\n", end="\n"):
    text = newline.join([*HEADS[module], *lines]) + end
    path.write_bytes(text.encode("latin-1").replace(b"\xe9", "é".encode()))


def read(connection, module, path, earlier=None):
    """Rows by their numbers, what is no row, and the feed."""
    (feed,) = module.read(connection, path, Options(temporary=True, earlier=earlier))
    columns = ", ".join(f'"{column}"' for column in feed.columns)
    rows = connection.execute(f"SELECT row_number, [{columns}]::VARCHAR[] FROM landed").fetchall()
    wrong = connection.execute("FROM unreadable ORDER BY ALL").fetchall()
    return dict(rows), wrong, feed


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n"]))
@example((delimited, ["a,1", '"two\nlines",4'], ['"two\nlines",4', "a,1", "a,1"]), "\n", "")
def test_new_records_and_those_that_are_known_are_the_whole_file(
    connection, path, case, newline, end
):
    module, before, after = case
    written(path, module, before, newline)
    rows_before, _, feed = read(connection, module, path)
    columns_before = feed.columns
    if not records.find(connection, feed.layout):
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE known AS FROM record")
    # As the good rows of a load: no two are the same.
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE earlier AS
        SELECT min(row_number) AS row_before, same
        FROM known SEMI JOIN landed USING (row_number) GROUP BY same
        """
    )
    written(path, module, after, newline, end)
    rows, wrong, whole = read(connection, module, path)
    landed, wrong_of_new, feed = read(connection, module, path, "earlier")
    assert wrong_of_new == wrong
    if not feed.partial or feed.columns != columns_before:
        # A load reads the file whole then.
        return
    assert feed.columns == whole.columns
    places = connection.execute(
        "SELECT row_number, row_before FROM record JOIN earlier USING (same) WHERE row_number > 0"
    ).fetchall()
    joined = {now: rows_before[place] for now, place in places} | landed
    assert joined == rows


@pytest.mark.parametrize("block", [1, 7, 1 << 22])
def test_the_size_of_blocks_does_not_matter(connection, path, monkeypatch, block):
    lines = ["a,1", '"two\nlines",2', "", '"x""y\n\n",3', "b,4"]
    written(path, delimited, lines)
    monkeypatch.setattr(records, "_BLOCK_BYTES", block)
    _, _, feed = read(connection, delimited, path)
    assert records.find(connection, feed.layout)
    places = connection.execute('SELECT row_number, start, "end" FROM record ORDER BY ALL')
    text = path.read_bytes()
    found = {number: text[start:end].decode().rstrip() for number, start, end in places.fetchall()}
    assert found == dict(enumerate(["h,i", "first,0", *filter(None, lines)]))


@pytest.mark.parametrize(
    "line", ['"broken"quote,1', '"open,2', "lone\rreturn,3", 'x,"y",5" mug', "x" * (1 << 17) + ",4"]
)
def test_a_file_whose_records_are_unclear_is_read_whole(connection, path, line):
    written(path, delimited, ["a,1", line, '"b",2'])
    _, _, feed = read(connection, delimited, path)
    assert not records.find(connection, feed.layout)
