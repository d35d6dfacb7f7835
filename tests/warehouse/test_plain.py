"""Text without quotes is read by the block, and gives the rows that record by record would give."""

import io
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from warehouse.sources import delimited, plain

EASY = st.text(alphabet="a1é #\\'\0|", max_size=3)
HARD = st.text(alphabet='a",\n\r', max_size=4)
LINES = st.lists(st.lists(EASY | HARD, min_size=1, max_size=3).map(",".join), max_size=8)


def rows_of(text: bytes) -> tuple[list[tuple[int, str, str]], list[plain.Wrong]]:
    """The rows of a file of two columns, and what in it is no row."""
    dialect = delimited.Dialect(",", '"', "utf-8-sig", ("h", "i"))
    wrong: list[plain.Wrong] = []
    batches = delimited._batches(io.BytesIO(text), dialect, wrong)
    rows = [row for batch in batches for row in zip(*map(pylist, batch.columns), strict=True)]
    return rows, sorted(wrong)


def pylist(column):
    return column.to_pylist()


@given(
    lines=LINES,
    newline=st.sampled_from(["\n", "\r\n"]),
    start=st.sampled_from([b"", b"\xef\xbb\xbf", b"\n\n"]),
    end=st.sampled_from([b"", b"\n", b"1,\xff"]),
    block=st.sampled_from([1, 8, 1 << 22]),
)
def test_by_the_block_or_record_by_record_the_rows_are_the_same(lines, newline, start, end, block):
    text = start + newline.join(["h,i", *lines]).encode() + end
    with patch.object(plain, "_BLOCK_BYTES", block):
        by_block = rows_of(text)
    with patch.object(plain, "_is_plain", return_value=False):
        assert by_block == rows_of(text)


def test_what_is_not_quoted_never_passes_through_python(tmp_path):
    text = b"h,i\n" + b"a,b\n" * 1_000 + b"c\n"
    with patch.object(delimited, "_records", return_value=iter(())):
        rows, wrong = rows_of(text)
    assert len(rows) == 1_000
    assert wrong == [(1_001, "expected 2 fields, got 1", "c")]
