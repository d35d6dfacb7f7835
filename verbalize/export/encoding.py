"""Arrow batches as bytes of a file: DuckDB makes a string or blob of each row, and the bytes of
all of them are taken from the Arrow buffer as they lie there, so that no row becomes a Python
object."""

from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.types as types


def encode(batches: Iterable[pa.RecordBatch], *expressions: str) -> Iterator[list[pa.Array]]:
    """What each of `expressions`, SQL over the columns of a batch (see `Corpus`), makes of its
    rows: arrays of large strings or blobs, a list a batch."""
    columns = ", ".join(f"{said} AS column_{place}" for place, said in enumerate(expressions))
    with duckdb.connect(config={"threads": 1, "arrow_large_buffer_size": True}) as connection:
        for batch in batches:
            connection.register("batch", _parsed(batch))
            table = connection.sql(f"SELECT {columns} FROM batch").to_arrow_table()
            yield [column.combine_chunks() for column in table.columns]


def line(fields: dict[str, str]) -> str:
    """SQL of a line of JSON: what SQL each field has."""
    struct = ", ".join(f"{name!r}: {said}" for name, said in fields.items())
    return f"concat(to_json({{{struct}}}), chr(10))"


def little_endian(number: str) -> str:
    """SQL of the four bytes of an unsigned number, the lowest first."""
    octets = ", ".join(f"({number} >> {shift}) & 255" for shift in (0, 8, 16, 24))
    return f"unhex(format('{'{:02x}' * 4}', {octets}))"


def ends(strings: pa.Array) -> np.ndarray:
    """Where each of an array of large strings ends among their bytes."""
    found = np.frombuffer(strings.buffers()[1], np.int64, len(strings) + 1, 8 * strings.offset)
    return found[1:] - found[0]


def content(strings: pa.Array) -> memoryview:
    """The bytes of an array of large strings, one after the other."""
    places = np.frombuffer(strings.buffers()[1], np.int64, len(strings) + 1, 8 * strings.offset)
    return memoryview(strings.buffers()[2])[places[0] : places[-1]]


def _parsed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its metadata as JSON where it is a string, so that it is not quoted again."""
    place = batch.schema.get_field_index("metadata")
    if place < 0:
        return batch
    column = batch.column(place)
    if not (types.is_string(column.type) or types.is_large_string(column.type)):
        return batch
    parsed = pa.ExtensionArray.from_storage(pa.json_(column.type), column)
    return batch.set_column(place, "metadata", parsed)
