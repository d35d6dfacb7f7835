"""Packed files load as what is in them; what would harm is refused, by name, with the way out."""

import bz2
import gzip
import io
import json
import lzma
import stat
import tarfile
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import zstandard

from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.sources.feed import Options

JANUARY = datetime(2024, 1, 1)
ROWS = [
    {"id": "1", "title": "Blue mug", "price": "4.5"},
    {"id": "2", "title": "Crème", "price": ""},
]
CSV = "id,title,price\n1,Blue mug,4.5\n2,Crème,\n".encode()
JSON_LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
EVENTS = b"user_id,item_id,event,timestamp\nu1,1,view,2024-01-02\n"
CHARACTERS = b"id,title\n1,abc\n2,def\n" * 40_000


def parquet_bytes() -> bytes:
    target = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), target)
    return target.getvalue()


def zipped(members: dict[str, bytes | zipfile.ZipInfo], way: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", way) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def zstandard_frames(content: bytes) -> bytes:
    """Two frames, one after the other, as tools that append write them."""
    half = len(content) // 2
    pack = zstandard.ZstdCompressor().compress
    return pack(content[:half]) + pack(content[half:])


PACKED = {
    "gz": lambda content: gzip.compress(content, mtime=0),
    "two gz": lambda content: gzip.compress(content[:9], mtime=0) + gzip.compress(content[9:]),
    "zst": zstandard.ZstdCompressor().compress,
    "two zst": zstandard_frames,
    "zip": lambda content: zipped({"rows": content}),
    "stored zip": lambda content: zipped({"rows": content}, zipfile.ZIP_STORED),
    "bzip2 zip": lambda content: zipped({"rows": content}, zipfile.ZIP_BZIP2),
}


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("form", ["csv", "jsonlines", "parquet"])
def test_every_format_is_read_out_of_every_packing_by_content(connection, tmp_path, packing, form):
    content = {"csv": CSV, "jsonlines": JSON_LINES, "parquet": parquet_bytes()}[form]
    path = tmp_path / "name.without-meaning"
    path.write_bytes(PACKED[packing](content))
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.format == form.replace("csv", "delimited")
    found = connection.execute("SELECT key, name, price FROM catalog.product ORDER BY key")
    assert [(key, name, str(price)) for key, name, price in found.fetchall()] == [
        ("1", "Blue mug", "4.50"),
        ("2", "Crème", "None"),
    ]


def test_each_member_of_an_archive_is_a_file_and_products_load_before_what_names_them(
    connection, tmp_path
):
    path = tmp_path / "export.zip"
    path.write_bytes(
        zipped(
            {
                "a/events.csv": EVENTS,
                "products.csv": CSV,
                "z.jsonl": b'{"asin": "1", "stars": 5, "text": "Fine"}\n',
                "__MACOSX/._products.csv": b"\0\1\2",
                ".DS_Store": b"\0\0",
                "empty/": b"",
            }
        )
    )
    reports = load(connection, path, as_of=JANUARY)
    assert [(report.file, report.kind, report.rows_loaded) for report in reports] == [
        ("export.zip/products.csv", "product", 2),
        ("export.zip/a/events.csv", "event", 1),
        ("export.zip/z.jsonl", "review", 1),
    ]
    assert all(report.unchanged for report in load(connection, path, as_of=JANUARY))


@pytest.mark.parametrize(
    "said",
    [{"constants": {"event_type": "purchase"}}, {"mapping": {"time": "bought"}}, {}],
)
def test_a_member_that_is_not_understood_is_named_with_how_to_say_it_of_it_alone(
    connection, tmp_path, said
):
    path = tmp_path / "export.zip"
    orders = b"user_id,item_id,bought\nu1,1,2024-01-02\n"
    path.write_bytes(zipped({"products.csv": CSV, "orders.csv": orders}))
    expected = r"export\.zip/\w+\.csv: .*match export\.zip .*constants: {event_type: purchase}$"
    with pytest.raises(LoadError, match=expected):
        load(connection, path, as_of=JANUARY, **said)


def test_of_a_changed_archive_only_the_changed_members_load(connection, tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"products.csv": CSV, "events.csv": EVENTS}))
    load(connection, path, as_of=JANUARY)
    path.write_bytes(zipped({"products.csv": CSV, "events.csv": EVENTS + EVENTS.splitlines()[1]}))
    reports = load(connection, path, as_of=JANUARY)
    assert {report.file: report.unchanged for report in reports} == {
        "export.zip/products.csv": True,
        "export.zip/events.csv": False,
    }
    assert connection.execute("SELECT count(*) FROM behaviour.event").fetchone() == (2,)


def test_a_file_that_was_packed_anew_is_the_same_content(connection, tmp_path):
    path = tmp_path / "products.csv.gz"
    path.write_bytes(gzip.compress(CSV, mtime=1))
    load(connection, path, as_of=JANUARY)
    path.write_bytes(gzip.compress(CSV, compresslevel=1, mtime=2))
    (report,) = load(connection, path, as_of=JANUARY)
    assert report.unchanged


def test_bad_rows_name_the_member_in_which_they_stand(connection, tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"p.csv": CSV + b"3,too few\n"}))
    load(connection, path, as_of=JANUARY)
    assert connection.execute("SELECT file, row_number FROM ops.reject").fetchall() == [
        ("export.zip/p.csv", 3)
    ]


def link() -> bytes:
    member = zipfile.ZipInfo("products.csv")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    return target.getvalue()


def twice() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.csv", CSV)
        archive.writestr("a.csv", CSV)
    return target.getvalue()


def locked() -> bytes:
    content = bytearray(zipped({"a.csv": CSV}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    return bytes(content)


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("products.csv")
        member.size = len(CSV)
        archive.addfile(member, io.BytesIO(CSV))
    return target.getvalue()


def broken(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(byte ^ 0xFF for byte in content[middle:])


REFUSED = {
    "cut gzip": (lambda: gzip.compress(CSV * 99)[:-20], "damaged or cut"),
    "cut Zstandard": (lambda: zstandard.compress(CHARACTERS)[:60], "damaged or cut"),
    "cut ZIP": (lambda: zipped({"a.csv": CSV})[:-40], "damaged or cut"),
    "damaged gzip": (lambda: broken(gzip.compress(CSV * 99)), "damaged or cut"),
    "damaged ZIP": (lambda: zipped({"a.csv": CSV}, 0).replace(b"Blue", b"Glue"), "damaged or cut"),
    "gzip of gzip": (lambda: gzip.compress(gzip.compress(CSV)), "inside a packed file"),
    "ZIP of ZIP": (lambda: zipped({"b.zip": zipped({"a.csv": CSV})}), "inside a packed file"),
    "name that leads out": (lambda: zipped({"../../a.csv": CSV}), "leads out of the archive"),
    "name from the root": (lambda: zipped({"/etc/a.csv": CSV}), "leads out of the archive"),
    "name of Windows": (lambda: zipped({"x\\..\\a.csv": CSV}), "leads out of the archive"),
    "link": (link, "a link"),
    "one name twice": (twice, "stands in the archive 2 times"),
    "password": (locked, "password"),
    "spreadsheet": (lambda: zipped({"[Content_Types].xml": b"<x/>"}), "save the table as CSV"),
    "no member": (lambda: zipped({}), "holds no file"),
    "only folders": (lambda: zipped({"a/": b""}), "holds no file"),
    "too many members": (lambda: zipped({f"{n}": b"" for n in range(1_001)}), "load them one by"),
    "empty member": (lambda: zipped({"a.csv": b""}), "the file is empty"),
    "bzip2": (lambda: bz2.compress(CSV), "bzip2 is not read"),
    "xz": (lambda: lzma.compress(CSV), "xz is not read"),
    "packed TAR": (lambda: gzip.compress(tarred()), "TAR is not read"),
    "picture": (
        lambda: zipped({"a.png": b"\x89PNG\r\n\x1a\n" + bytes(99)}),
        "f.packed/a.png: is binary",
    ),
    "no table": (lambda: gzip.compress(b"alpha,beta\n1,2\n"), "--map"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_packed_table_is_refused_by_name_and_changes_nothing(connection, tmp_path, what):
    content, message = REFUSED[what]
    path = tmp_path / "f.packed"
    path.write_bytes(content())
    with pytest.raises(LoadError, match=message) as refused:
        load(connection, path, as_of=JANUARY)
    if what != "no table":
        assert "f.packed" in str(refused.value)
    assert "wareword-" not in str(refused.value)
    assert connection.execute("SELECT count(*) FROM ops.load").fetchone() == (0,)


def bomb(packing: str) -> bytes:
    """What expands to 18 MB of one table, a thousand and more times its size."""
    content = b"id,title\n" + b"1,aaaaaaaaaaaaaaaaaaaa\n" * 800_000
    return PACKED[packing](content)


@pytest.mark.parametrize("packing", ["gz", "zst", "zip"])
def test_a_bomb_is_refused_before_it_is_expanded_with_the_limit_and_how_to_raise_it(
    connection, tmp_path, packing
):
    path = tmp_path / "bomb"
    path.write_bytes(bomb(packing))
    with pytest.raises(LoadError, match="bomb.* more than 200 times .*--expanded-ratio"):
        load(connection, path, as_of=JANUARY)
    options = Options(expanded_ratio=1e9, expanded_gigabytes=0.01)
    with pytest.raises(LoadError, match="bomb.* more than 0.01 GB.*--expanded-gigabytes"):
        load(connection, path, as_of=JANUARY, options=options)


def test_the_limit_is_that_of_all_members_together(connection, tmp_path):
    path = tmp_path / "many.zip"
    path.write_bytes(zipped({f"{n}.csv": CSV * 40 for n in range(100)}))
    with pytest.raises(LoadError, match="many.zip: expands to more than 4e-05 GB"):
        load(connection, path, as_of=JANUARY, options=Options(expanded_gigabytes=4e-5))


def test_nothing_that_was_expanded_is_left_behind(connection, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    path: Path = tmp_path / "export.zip"
    path.write_bytes(zipped({"products.csv": CSV, "events.csv": EVENTS}))
    load(connection, path, as_of=JANUARY)
    path.write_bytes(zipped({"products.csv": CSV, "other.bin": bytes(range(60)) * 9}))
    with pytest.raises(LoadError, match="export.zip/other.bin: is binary"):
        load(connection, path, as_of=JANUARY, source="other")
    assert list(folder.iterdir()) == []
