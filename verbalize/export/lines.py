"""Arrow batches as the bytes of JSON lines: DuckDB writes the lines, and their bytes are taken from
the Arrow buffer as they lie there, so that no row becomes a Python object."""

from collections.abc import Iterable, Iterator

import duckdb
import pyarrow as pa
import pyarrow.types as types


def json_lines(batches: Iterable[pa.RecordBatch], fields: str) -> Iterator[memoryview]:
    """The bytes of the lines of each batch; `fields` is the SQL struct of what a line holds, over
    the columns of a batch (see `verbalize.export.corpus.Corpus`)."""
    with duckdb.connect(config={"threads": 1, "arrow_large_buffer_size": True}) as connection:
        for batch in batches:
            connection.register("batch", _parsed(batch))
            lines = connection.execute(
                f"SELECT concat(to_json({fields}), chr(10)) AS line FROM batch"
            ).to_arrow_table()["line"]
            for chunk in lines.chunks:
                yield _bytes(chunk)


def _parsed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its metadata as JSON where it is a string, so that it is not quoted again."""
    place = batch.schema.get_field_index("metadata")
    column = batch.column(place)
    if not (types.is_string(column.type) or types.is_large_string(column.type)):
        return batch
    parsed = pa.ExtensionArray.from_storage(pa.json_(column.type), column)
    return batch.set_column(place, "metadata", parsed)


def _bytes(strings: pa.Array) -> memoryview:
    """The bytes of an array of large strings, one after the other."""
    _, offsets, data = strings.buffers()
    begin, end = (
        int.from_bytes(offsets[8 * place : 8 * place + 8], "little")
        for place in (strings.offset, strings.offset + len(strings))
    )
    return memoryview(data)[begin:end]
