"""Delimited text in which nothing is quoted: a row is a line, so Arrow reads it a block at a time.

Reading ends before the first block that wants more care: a quote, a lone carriage return, a byte
that is no UTF-8. `delimited` goes on from there, and would have made the same of what lies before.
"""

import io
from collections.abc import Generator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

_BLOCK_BYTES = 1 << 22

Wrong = tuple[int, str, str]


def batches(
    file: BinaryIO, width: int, delimiter: str, quote: str, unreadable: list[Wrong]
) -> Generator[pa.RecordBatch, None, int]:
    """The rows below the header, with which `file` begins: numbers, from 1, and `width` texts.

    Lines of another width go to `unreadable` as number, reason and text. Returns how many lines
    were read, the header with them; `file` then stands before the next one.
    """
    read = 0
    while delimiter.isascii() and (block := _block(file)):
        if not _is_plain(block, quote):
            file.seek(-len(block), io.SEEK_CUR)
            break
        table, wrong = _parsed(block, width, delimiter)
        is_row = np.ones(table.num_rows + len(wrong), dtype=bool)
        is_row[[row.number - 1 for row in wrong]] = False
        numbers = pa.array(np.flatnonzero(is_row) + read)
        unreadable += [
            (read + row.number - 1, wrong_width(width, row.actual_columns), row.text)
            for row in wrong
        ]
        rows = table.add_column(0, "number", numbers)
        yield from (rows if read else rows.slice(1)).to_batches()
        read += len(is_row)
    return read


def wrong_width(expected: int, found: int) -> str:
    """Why a line is no row."""
    return f"expected {expected} fields, got {found}"


def _block(file: BinaryIO) -> bytes:
    return file.read(_BLOCK_BYTES) + file.readline()


def _is_plain(block: bytes, quote: str) -> bool:
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return False
    return quote not in text and text.count("\r") == text.count("\r\n")


def _parsed(block: bytes, width: int, delimiter: str) -> tuple[pa.Table, list[csv.InvalidRow]]:
    wrong: list[csv.InvalidRow] = []

    def skip(row: csv.InvalidRow) -> str:
        wrong.append(row)
        return "skip"

    names = [f"c{place}" for place in range(width)]
    table = csv.read_csv(
        io.BytesIO(block),
        # One chunk, in one thread: only then are wrong rows numbered.
        csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block) + 1),
        csv.ParseOptions(delimiter=delimiter, quote_char=False, invalid_row_handler=skip),
        csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.string())),
    )
    return table, wrong
