"""Documents that would give away the answers of a benchmark: those that share a sequence of words
with one of its items, and those that say the very fact that an item asks.

Brown et al. 2020 (GPT-3, appendix C) compare 13 words; product texts are short, so the default is 8
(as for PaLM, Chowdhery et al. 2022), and a shorter text of an item, of five words at least, counts
where all of it stands in a document. What more than `COMMON` items share, such as the words of
their questions, tells nothing of any of them; nor do the words of a template alone, between its
slots or from the end of one sentence to the beginning of the next. All else counts, however many
documents say it: a leak may stand in many.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

from verbalize.curation.stage import CurationError, CurationSettings, Stage
from verbalize.curation.streaming import (
    EDGES,
    Numbers,
    batches,
    gathered,
    hashed,
    sequences,
    spaced,
    split,
)
from verbalize.grammar import grammar
from verbalize.phrasing import kinds_of, lines
from verbalize.tables import languages
from warehouse.connection import literal

COMMON = 10
FEWEST_WORDS = 5

_ITEMS_AT_ONCE = 10_000
_SLOT = re.compile(r"{{.*?}}")
_PLAIN = r"regexp_replace(lower({}), '[^\pL\p{{N}}]+', ' ', 'g')"
_SPACED = f"lower({spaced('text')})"
_PLACES = pa.schema(
    [("hash", pa.uint64()), ("name", pa.string()), ("begin", pa.int64()), ("size", pa.int64())]
)
_REMOVE = f"""
INSERT INTO text.removed
WITH
first AS (
    SELECT
        place.name AS document_id,
        min_by(
            {{'item': item.name, 'begin': "begin", 'size': size}},
            ("begin", -size, item.name)
        ) AS place
    FROM contaminated_place AS place
    JOIN item_hash AS item USING (hash)
    GROUP BY place.name
)
SELECT
    document_id,
    'contamination',
    'words of a benchmark',
    concat(
        place.item, ': ',
        array_to_string(
            string_split_regex({_SPACED}, '\\s+')[place.begin + 1:place.begin + place.size],
            ' '
        )
    ),
    NULL
FROM first JOIN text.kept USING (document_id)
"""
# Names of the two things that a fact is about, in the benchmarks that are known.
_SUBJECTS = ("subject", "item_a_name", "head")
_OBJECTS = ("object", "item_b_name", "tail", "answer")

ITEM = pa.schema(
    [
        ("benchmark", pa.string()),
        ("item", pa.string()),
        ("text", pa.string()),
        ("fact_ids", pa.list_(pa.string())),
        ("subject", pa.string()),
        ("object", pa.string()),
    ]
)
"""A text of an item of a benchmark: one row a text; `fact_ids` are facts that the item asks, and
`subject` and `object` the names of the things in a fact that it asks, as far as it says so."""


def read_items(path: Path) -> Iterator[pa.RecordBatch]:
    """The items of a benchmark, in batches of ITEM. A file .jsonl has an item a line, a file .json
    a list of them, and each string in an item is a text of it; of any other file each line is an
    item.

    Raises:
        CurationError: if the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as file:
            rows: list[tuple[Any, ...]] = []
            lines = _listed(path, file.read()) if path.suffix == ".json" else file
            for number, line in enumerate(lines, 1):
                if line.strip():
                    rows += _rows(path, number, line)
                if len(rows) >= _ITEMS_AT_ONCE:
                    yield _batch(rows)
                    rows = []
            yield _batch(rows)
    except (OSError, UnicodeDecodeError) as error:
        raise CurationError(
            f"the benchmark {path} cannot be read: {error}; give a file of JSON lines or of text"
        ) from error


def decontaminate(
    connection: duckdb.DuckDBPyConnection, items: Iterable[pa.RecordBatch], *, words: int = 8
) -> None:
    """Puts the documents of `text.kept` that share `words` words in sequence with an item, or say a
    fact that one asks, into `text.removed`; `items` are batches of ITEM."""
    tables = (pa.Table.from_batches([batch]) for batch in items)
    with gathered(connection, "benchmark_item", ITEM, tables):
        _remove_facts(connection)
        _remove_sequences(connection, words)


def _listed(path: Path, text: str) -> list[str]:
    """The items of a JSON list, as lines of JSON."""
    try:
        items = json.loads(text)
    except ValueError as error:
        raise CurationError(
            f"{path} is no JSON: {error}; correct it, or name it .jsonl if it has an item a line"
        ) from error
    return [json.dumps(item) for item in (items if isinstance(items, list) else [items])]


def _rows(path: Path, number: int, line: str) -> list[tuple[Any, ...]]:
    if path.suffix not in (".json", ".jsonl"):
        return [(path.name, f"line {number}", line, [], None, None)]
    try:
        item = json.loads(line)
    except ValueError as error:
        raise CurationError(
            f"{path}, line {number}, is no JSON: {error}; correct it, or name the file .txt"
        ) from error
    if not isinstance(item, dict):
        item = {"text": item}
    name = str(item.get("id", f"line {number}"))
    facts = item.get("fact_ids")
    facts = [fact for fact in facts if isinstance(fact, str)] if isinstance(facts, list) else []
    subject, object = _first(item, _SUBJECTS), _first(item, _OBJECTS)
    return [
        (path.name, name, text, facts, subject, object)
        for text in dict.fromkeys(_strings(item)) or [""]
    ]


def _first(item: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((item[name] for name in names if isinstance(item.get(name), str)), None)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("id", "fact_ids"):
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _batch(rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True) if rows else [[] for _ in ITEM]
    return pa.record_batch(
        [pa.array(list(column), field.type) for column, field in zip(columns, ITEM, strict=True)],
        schema=ITEM,
    )


def _remove_facts(connection: duckdb.DuckDBPyConnection) -> None:
    """A fact that an item asks is one that it names, or one between the things that it names."""
    connection.execute(
        f"""
        INSERT INTO text.removed
        WITH
        named AS (
            SELECT DISTINCT
                benchmark,
                item,
                {_PLAIN.format("subject")} AS subject,
                {_PLAIN.format("object")} AS object
            FROM benchmark_item WHERE subject IS NOT NULL AND object IS NOT NULL
        ),
        called AS (
            SELECT node_id, {_PLAIN.format("label")} AS label FROM facts.node
        ),
        subject AS (
            SELECT named.*, called.node_id FROM named JOIN called ON called.label = named.subject
        ),
        asked AS (
            SELECT benchmark, item, unnest(fact_ids) AS fact_id FROM benchmark_item
            UNION
            SELECT benchmark, item, fact.fact_id
            FROM subject
            JOIN facts.fact AS fact ON fact.subject = subject.node_id
            LEFT JOIN called ON called.node_id = fact.object
            WHERE {_PLAIN.format("coalesce(called.label, fact.object)")} = subject.object
        ),
        said AS (
            SELECT document_id, unnest(fact_ids) AS fact_id FROM text.statement
        )
        SELECT
            document_id,
            'contamination',
            'fact of a benchmark',
            min(concat(benchmark, ' ', item, ': fact ', fact_id)),
            NULL
        FROM text.kept JOIN said USING (document_id) JOIN asked USING (fact_id)
        GROUP BY document_id
        """
    )


def _remove_sequences(connection: duckdb.DuckDBPyConnection, words: int) -> None:
    sizes = _index_items(connection, words)
    if sizes:
        _remove_shared(connection, sizes)
    connection.execute("DROP TABLE temp.item_hash")


def _remove_shared(connection: duckdb.DuckDBPyConnection, sizes: list[int]) -> None:
    with gathered(connection, "phrasing_place", _PLACES, _phrasings(connection, sizes)):
        connection.execute("DELETE FROM item_hash WHERE hash IN (SELECT hash FROM phrasing_place)")
    known = connection.sql("SELECT hash FROM item_hash ORDER BY hash").to_arrow_table()
    sought = np.append(known["hash"].to_numpy(), np.uint64(2**64 - 1))
    shared = (
        text.sequences(size, sought)
        for text in _texts(connection, f"SELECT document_id, {_SPACED} FROM text.kept")
        for size in sizes
    )
    with gathered(connection, "contaminated_place", _PLACES, shared):
        connection.execute(_REMOVE)


def _index_items(connection: duckdb.DuckDBPyConnection, words: int) -> list[int]:
    """Makes item_hash (hash, name) of the sequences that tell an item; returns their lengths."""
    sizes: set[int] = set()

    def sequences() -> Iterator[pa.Table]:
        query = f"SELECT concat(benchmark, ' ', item), {_SPACED} FROM benchmark_item"
        for batch in batches(connection, query):
            lengths = np.diff(split(batch[1].chunk(0)).bounds)
            for size in range(min(FEWEST_WORDS, words), words + 1):
                chosen = lengths == size if size < words else lengths >= size
                if chosen.any():
                    sizes.add(size)
                    some = batch.filter(pa.array(chosen)).combine_chunks()
                    yield _Text(connection, some).sequences(size)

    with gathered(connection, "item_place", _PLACES, sequences()):
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE item_hash AS
            SELECT hash, min(name) AS name
            FROM item_place GROUP BY hash HAVING count(DISTINCT name) <= {COMMON}
            """
        )
    return sorted(sizes)


def _phrasings(connection: duckdb.DuckDBPyConnection, sizes: list[int]) -> Iterator[pa.Table]:
    """The sequences of words that templates alone make, as _PLACES."""
    spoken = connection.execute("SELECT DISTINCT language FROM text.kept ORDER BY 1").fetchall()
    for language in sorted({name for (name,) in spoken}.intersection(languages())):
        connection.register("fixed", _fixed(language))
        gap = literal(grammar(language).sentence.gap)
        query = f"""
        SELECT '', {_SPACED}
        FROM (
            SELECT unnest(parts) AS text FROM fixed
            UNION
            SELECT concat(last.part, {gap}, first.part)
            FROM (SELECT DISTINCT parts[-1] AS part FROM fixed) AS last,
                (SELECT DISTINCT parts[1] AS part FROM fixed) AS first
        )
        """
        for text in _texts(connection, query):
            for size in sizes:
                yield text.sequences(size)
        connection.unregister("fixed")


def _fixed(language: str) -> pa.Table:
    """The words of each line of the templates of a language, cut where its slots are."""
    cut = [_SLOT.split(line) for kind in kinds_of(language) for line in lines(kind, language)]
    return pa.table({"parts": pa.array(cut, pa.list_(pa.string()))})


def _texts(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator["_Text"]:
    return (_Text(connection, batch) for batch in batches(connection, query))


class _Text:
    """The words of texts, a table of their names and of themselves, hashed once for sequences of
    any length."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, texts: pa.Table) -> None:
        words = split(texts[1].chunk(0))
        self._names = texts[0].chunk(0)
        self._bounds = words.bounds
        self._said = hashed(connection, compute.utf8_trim(words.words, EDGES))[words.ids]

    def sequences(self, size: int, sought: Numbers | None = None) -> pa.Table:
        """The sequences of `size` words as _PLACES; only those of `sought` where it is given, which
        is sorted and not empty."""
        hashes, text = sequences(self._said, self._bounds, size)
        hashes += np.uint64(size)
        begin = np.arange(len(text)) - np.searchsorted(text, np.arange(len(self._names)))[text]
        wanted = (np.diff(self._bounds) >= size)[text]
        if sought is not None:
            place = np.minimum(np.searchsorted(sought, hashes), len(sought) - 1)
            wanted &= sought[place] == hashes
        return pa.table(
            {
                "hash": hashes[wanted],
                "name": self._names.take(pa.array(text[wanted])),
                "begin": begin[wanted],
                "size": np.full(int(wanted.sum()), size),
            },
            schema=_PLACES,
        )


def _run(connection: duckdb.DuckDBPyConnection, settings: CurationSettings) -> None:
    items = chain.from_iterable(map(read_items, settings.benchmarks))
    decontaminate(connection, items, words=settings.overlap_words)


STAGE = Stage(
    "contamination",
    "Documents that share words with an item of a benchmark, or say the fact that it asks, go",
    "n-gram overlap (Brown et al. 2020, appendix C), facts by their identifier",
    _run,
)
