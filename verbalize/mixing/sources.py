"""What a corpus is mixed of: documents of the warehouse, or of files. Each source tells the lengths
of its documents, which are counted once and kept, and later gives those that were drawn."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from verbalize.curation.tokens import BATCH, Encoder, count_each
from verbalize.mixing.mixfile import Mix, MixError, MixSource
from verbalize.mixing.reading import LeftOut, texts
from verbalize.mixing.sampling import Lengths
from verbalize.states import KEPT, records, records_in_blocks
from warehouse.connection import first_row, literal, only_row, quoted, transaction

Progress = Callable[[str, int, int], None]

_ADDED = "strftime((SELECT max(valid_from) FROM facts.fact), '%Y-%m-%dT%H:%M:%S.%gZ')"


_TOLD = ", ".join(
    f"told.{column}" for column in ("id", "text", "source", "added", "created", "metadata")
)
_BETWEEN = "chr(10) || chr(10)"
_JOINED_ID = "concat('joined:', {subject}, ':', {language})"


class Source(Protocol):
    """Documents that a corpus can be mixed of, at places from 0 on."""

    @property
    def name(self) -> str:
        """Its name in the mix file."""

    @property
    def licence(self) -> str | None:
        """The licence of its texts, as far as the mix file tells."""

    @property
    def is_own(self) -> bool:
        """Whether its documents are the warehouse's own."""

    @property
    def fingerprint(self) -> str:
        """Differs if the documents at some place do."""

    def lengths(self, encoder: Encoder, progress: Progress) -> Lengths:
        """The hash and the tokens of each document, by its place."""

    def documents(self, drawn: pa.Table) -> str:
        """SQL of the documents that `drawn` names by `place`, in the order of places: its columns,
        and id, text, source, added, created, metadata."""

    def notes(self) -> list[str]:
        """What of the source is left out, in words."""


def sources_of(connection: duckdb.DuckDBPyConnection, mix: Mix, folder: Path) -> dict[str, Source]:
    """The sources of a mix file; `folder` keeps what is counted of files.

    Raises:
        MixError: if a source names files that are not there.
    """
    return {
        name: _Files(connection, name, settings, _paths(mix, name, settings), folder)
        if settings.files
        else _Own(connection, name, settings)
        for name, settings in mix.sources.items()
    }


@dataclass
class _Own:
    """Kept documents of the warehouse, chosen by kind and language; with `join`, those of one
    subject and language are one text."""

    connection: duckdb.DuckDBPyConnection
    name: str
    settings: MixSource
    is_own: bool = True

    @property
    def fingerprint(self) -> str:
        row = first_row(
            self.connection, f"SELECT bit_xor(hash(chosen)) FROM {self._chosen('places')} AS chosen"
        )
        return f"{self.name} {row[0] if row else None}"

    @property
    def licence(self) -> str | None:
        return self.settings.licence

    def lengths(self, encoder: Encoder, progress: Progress) -> Lengths:
        self._choose()
        self._count(encoder, progress)
        rows = self.connection.sql(
            f"""
            SELECT md5_number_lower(id) AS hash, tokens
            FROM {self._chosen("places")} JOIN text.token_count USING (text_hash)
            WHERE tokenizer = ?
            ORDER BY place
            """,
            params=[encoder.fingerprint],
        ).to_arrow_table()
        return Lengths(rows["hash"].to_numpy(), rows["tokens"].to_numpy())

    def documents(self, drawn: pa.Table) -> str:
        table = f"drawn from {self.name}"
        self.connection.register(table, drawn)
        told = self._tell()
        return f"""
            SELECT drawn.* EXCLUDE (place), {_TOLD}
            FROM ({_joined(told) if self.settings.join else f"FROM {told}"}) AS told
            JOIN {self._chosen("places")} AS chosen USING (id)
            JOIN {quoted(table)} AS drawn USING (place)
        """

    def notes(self) -> list[str]:
        return []

    def _tell(self) -> str:
        """Makes the table of the records of the chosen documents."""
        told, chosen = self._chosen("told"), self._chosen("documents")
        asked = f"FROM ({KEPT}) SEMI JOIN {chosen} USING (document_id)"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {told} AS FROM ({records(asked)}) LIMIT 0"
        )
        (documents,) = only_row(self.connection, f"SELECT count(*) FROM {chosen}")
        for some in records_in_blocks(documents, asked):
            self.connection.execute(f"INSERT INTO {told} {some}")
        return told

    def _choose(self) -> None:
        """Makes two tables: the documents that are chosen, and a place for each text."""
        asked = {"kind": list(self.settings.kinds), "language": list(self.settings.languages)}
        asked = {column: values for column, values in asked.items() if values}
        filters = [f"list_contains(${column}, {column})" for column in asked]
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {self._chosen("documents")} AS
            SELECT document_id, subject, language, text
            FROM text.kept WHERE {" AND ".join(filters) or "true"}
            """,
            asked,
        )
        id = _JOINED_ID.format(subject="subject", language="language")
        texts_of = f"SELECT document_id AS id, text FROM {self._chosen('documents')}"
        if self.settings.join:
            texts_of = f"""
                SELECT {id} AS id, string_agg(text, {_BETWEEN} ORDER BY document_id) AS text
                FROM {self._chosen("documents")} GROUP BY subject, language
            """
        self.connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {self._chosen("places")} AS
            SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, text, md5(text) AS text_hash
            FROM ({texts_of})
            """
        )

    def _count(self, encoder: Encoder, progress: Progress) -> None:
        """Adds the texts to text.token_count that are not counted by this tokenizer yet."""
        progress(f"counting tokens of {self.name}", 0, 1)
        reader = self.connection.sql(
            f"""
            SELECT DISTINCT ON (text_hash) text_hash, text FROM {self._chosen("places")}
            WHERE text_hash NOT IN (SELECT text_hash FROM text.token_count WHERE tokenizer = ?)
            """,
            params=[encoder.fingerprint],
        ).to_arrow_reader(BATCH)
        counted = list(count_each(encoder, reader))
        if not counted:
            return
        self.connection.register("counted", pa.concat_tables(counted))
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO text.token_count SELECT ?, text_hash, tokens FROM counted ORDER BY 2",
                [encoder.fingerprint],
            )
        self.connection.unregister("counted")

    def _chosen(self, what: str) -> str:
        return quoted(f"mix {what} of {self.name}")


def _joined(documents: str) -> str:
    """SQL of the documents of a table, those of one subject and language as one."""
    id = _JOINED_ID.format(subject="metadata.subject", language="metadata.language")
    return f"""
        SELECT
            {id} AS id,
            string_agg(text, {_BETWEEN} ORDER BY id) AS text,
            array_to_string(list_sort(list_distinct(list(source))), '+') AS source,
            max(added) AS added,
            max(created) AS created,
            struct_update(
                min_by(metadata, id),
                kind := 'joined',
                sources := list_sort(list_distinct(flatten(list(metadata.sources)))),
                written_by := nullif(
                    array_to_string(list_sort(list_distinct(list(metadata.written_by))), '+'), ''
                ),
                templates := list_sort(list_distinct(flatten(list(metadata.templates)))),
                fact_ids := list_sort(list_distinct(flatten(list(metadata.fact_ids)))),
                questions := flatten(list(metadata.questions ORDER BY id)),
                stated_facts := sum(metadata.stated_facts)::BIGINT,
                predicted_facts := sum(metadata.predicted_facts)::BIGINT,
                resolved_facts := sum(metadata.resolved_facts)::BIGINT
            ) AS metadata
        FROM {documents}
        GROUP BY metadata.subject, metadata.language
    """


@dataclass
class _Files:
    """Documents of files; where each lies is known by the order of the files and what they hold."""

    connection: duckdb.DuckDBPyConnection
    name: str
    settings: MixSource
    paths: list[Path]
    folder: Path
    left_out: LeftOut = field(default_factory=LeftOut)
    is_own: bool = False

    @property
    def fingerprint(self) -> str:
        return f"{self.name} {[_state(path) for path in self.paths]}"

    @property
    def licence(self) -> str | None:
        return self.settings.licence

    def lengths(self, encoder: Encoder, progress: Progress) -> Lengths:
        tables = []
        for done, path in enumerate(self.paths):
            progress(f"counting tokens of {self.name}", done, len(self.paths))
            tables.append(self._counted(path, encoder))
        table = pa.concat_tables(tables)
        return Lengths(table["hash"].to_numpy(), table["tokens"].to_numpy())

    def documents(self, drawn: pa.Table) -> str:
        schema = drawn.schema.append(pa.field("text", pa.large_string()))
        reader = pa.RecordBatchReader.from_batches(schema, self._drawn(drawn))
        table = f"drawn from {self.name}"
        self.connection.register(table, reader)
        return f"""
            SELECT
                * EXCLUDE (place, text),
                concat({literal(self.name)}, ':', left(md5(text), 16)) AS id,
                text,
                {literal(self.name)} AS source,
                {_ADDED} AS added,
                NULL AS created,
                NULL AS metadata
            FROM {quoted(table)}
        """

    def notes(self) -> list[str]:
        found = [
            f"{self.name}: {count:,} left out ({why})"
            for why, count in self.left_out.counts.items()
        ]
        return found + [f"{self.name}: {where}" for where in self.left_out.first]

    def _texts(self, path: Path, left_out: LeftOut) -> Iterator[pa.Array]:
        return texts(path, self.settings.text, self.settings.separator, left_out)

    def _drawn(self, drawn: pa.Table) -> Iterator[pa.RecordBatch]:
        """The texts at the places of `drawn`, whose order is theirs; what lies behind the last is
        not read."""
        places = drawn["place"].to_numpy()
        begin = taken = 0
        for path in self.paths:
            for array in self._texts(path, LeftOut()):
                if taken == len(places):
                    return
                end = int(np.searchsorted(places, begin + len(array)))
                if end > taken:
                    (batch,) = drawn.slice(taken, end - taken).combine_chunks().to_batches()
                    text = array.take(pa.array(places[taken:end] - begin))
                    yield pa.record_batch([*batch.columns, text], [*batch.schema.names, "text"])
                begin, taken = begin + len(array), end

    def _counted(self, path: Path, encoder: Encoder) -> pa.Table:
        """The hash and tokens of each document of a file: counted once, as long as the file stays
        as it is."""
        settings = self.settings
        known = [*_state(path), encoder.fingerprint, settings.text, settings.separator]
        kept = self.folder / f"{hashlib.sha256(repr(known).encode()).hexdigest()[:24]}.parquet"
        if not kept.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = kept.with_suffix(".part")
            left_out = LeftOut()
            with parquet.ParquetWriter(draft, _LENGTHS, compression="zstd") as file:
                for table in count_each(encoder, self._hashed(path, left_out)):
                    file.write_table(table)
                file.add_key_value_metadata({"left_out": json.dumps(asdict(left_out))})
            draft.replace(kept)
        table = parquet.read_table(kept)
        told = parquet.read_metadata(kept).metadata[b"left_out"]
        self.left_out.add_all(LeftOut(**json.loads(told)))
        return table

    def _hashed(self, path: Path, left_out: LeftOut) -> Iterator[pa.RecordBatch]:
        """The texts of a file with their hashes, at most BATCH at a time."""
        with duckdb.connect(config={"threads": 1}) as connection:
            for array in self._texts(path, left_out):
                for begin in range(0, len(array), BATCH):
                    batch = pa.record_batch({"text": array.slice(begin, BATCH)})
                    connection.register("batch", batch)
                    hashes = connection.sql(
                        "SELECT md5_number_lower(text) AS hash FROM batch"
                    ).to_arrow_table()["hash"]
                    yield pa.record_batch({"hash": hashes.combine_chunks(), "text": batch["text"]})


_LENGTHS = pa.schema({"hash": pa.uint64(), "tokens": pa.int32()})


def files_state(mix: Mix) -> list[tuple[str, int, int]]:
    """What changes with the files of all sources."""
    return [
        _state(path)
        for name, settings in mix.sources.items()
        if settings.files
        for path in _paths(mix, name, settings)
    ]


def _state(path: Path) -> tuple[str, int, int]:
    """What changes with a file."""
    status = path.stat()
    return str(path.resolve()), status.st_size, status.st_mtime_ns


def _paths(mix: Mix, name: str, settings: MixSource) -> list[Path]:
    """The files of a source, in the order of their names."""
    found: set[Path] = set()
    for pattern in settings.files:
        path = mix.folder / pattern
        matching = (
            [one for one in _globbed(mix.folder, pattern) if one.is_file()]
            if any(letter in pattern for letter in "*?[")
            else [path] * path.is_file()
        )
        if not matching:
            raise MixError(
                f"sources.{name}.files: nothing is called {path}; correct it in the mix file, to "
                "whose folder it is relative"
            )
        found.update(matching)
    return sorted(found)


def _globbed(folder: Path, pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_absolute():
        folder, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
    return list(folder.glob(pattern))
