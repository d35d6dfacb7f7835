"""Packed files (gzip, RFC 1952; Zstandard, RFC 8878; ZIP, APPNOTE 6.3) become plain ones, so that
every format reads them as it reads any file, by content.

A packed file is expanded piece by piece into a temporary folder: memory does not follow its size,
and Parquet may seek. What it holds is hostile till it is plain: expansion stops at a size and at a
ratio, names of members are only shown, and an archive in an archive is refused.
"""

import gzip
import lzma
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from warehouse.errors import LoadError
from warehouse.sources.feed import Options

_PIECE_BYTES = 1 << 20
# Below this size nobody is harmed, and tables that repeat themselves pack very well.
_UNMEASURED_BYTES = 16 << 20
_MOST_MEMBERS = 1_000
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_ZIP, _EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
_REFUSED = {b"\xfd7zXZ": "xz", b"BZh91AY": "bzip2", b"7z\xbc\xaf": "7z", b"Rar!": "RAR"}
_TAR_MARK, _TAR_PLACE = b"ustar", 257
# What systems add to archives beside what people put in.
_NOT_DATA = re.compile(r"(.*/)?(\.[^/]*|__MACOSX/.*|Thumbs\.db)|.*/")
_Read = Callable[[int], bytes]
_BROKEN = (
    EOFError, NotImplementedError, OSError, RuntimeError, lzma.LZMAError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Member:
    """A plain file to read: `name` is what people call it, `path` where it lies; one that does not
    `stay` is gone when the next is asked for."""

    name: str
    path: Path
    stays: bool = True


@contextmanager
def plain(path: Path, options: Options) -> Iterator[Iterator[Member]]:
    """The files that `path` holds, each expanded when it is asked for, and removed when the next
    one is: of a plain file, itself.

    A member of a ZIP archive is named `archive.zip/member.csv`.

    Raises:
        LoadError: if the file is damaged or a packing that is not read, or expands beyond the
        limits of `options`; if an archive holds no file, or what no table needs: a link, an
        archive, a password, a name that leads out of it.
    """
    packing = _packing(path)
    if packing is None:
        _refuse(path, path.name)
        yield iter([Member(path.name, path)])
        return
    with TemporaryDirectory(prefix="wareword-", ignore_cleanup_errors=True) as folder:
        yield packing(path, _Target(path, Path(folder), options))


class _Target:
    """Where pieces go; counts what came out, and stops at the limits."""

    def __init__(self, path: Path, folder: Path, options: Options) -> None:
        self.name, self.folder, self.options = path.name, folder, options
        self.packed, self.expanded = path.stat().st_size, 0

    def expand(self, name: str, read: _Read, stays: bool = True) -> Member:
        path = self.folder / "expanded"
        try:
            with path.open("wb") as target:
                for piece in iter(lambda: _read(read, name), b""):
                    self._count(len(piece))
                    target.write(piece)
        except OSError as error:
            raise LoadError(
                f"{name}: no room to expand it in {self.folder.parent} ({error.strerror}); "
                "name another folder in the environment variable TMPDIR"
            ) from error
        _refuse(path, name, inside=True)
        return Member(name, path, stays)

    def _count(self, size: int) -> None:
        self.expanded += size
        if self.expanded > self.options.expanded_gigabytes * 1e9:
            raise LoadError(
                f"{self.name}: expands to more than {self.options.expanded_gigabytes:g} GB; if it "
                "is what you expect, raise the limit with --expanded-gigabytes"
            )
        ratio = self.options.expanded_ratio
        if self.expanded > max(_UNMEASURED_BYTES, ratio * self.packed):
            raise LoadError(
                f"{self.name}: expands to more than {ratio:g} times its size, as nothing but a "
                "trap does; if it is what you expect, raise the limit with --expanded-ratio"
            )


def _read(read: _Read, name: str) -> bytes:
    try:
        return read(_PIECE_BYTES)
    except _BROKEN as error:
        raise LoadError(
            f"{name}: the packed file is damaged or cut ({error}); pack it again"
        ) from error


def _gzip(path: Path, target: _Target) -> Iterator[Member]:
    with gzip.open(path, "rb") as opened:
        yield target.expand(path.name, opened.read)


def _zstandard(path: Path, target: _Target) -> Iterator[Member]:
    # Arrow's reader, since it tells a cut frame from a whole one.
    with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as opened:
        yield target.expand(path.name, opened.read)


def _zip(path: Path, target: _Target) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise LoadError(f"{path}: the ZIP file is damaged or cut; pack it again") from error
    with archive:
        if "[Content_Types].xml" in archive.namelist():
            raise LoadError(f"{path}: a spreadsheet or document; save the table as CSV")
        members = [one for one in archive.infolist() if not _NOT_DATA.fullmatch(one.filename)]
        _check_members(path, members)
        for member in members:
            name = f"{path.name}/{member.filename}"
            try:
                opened = archive.open(member)
            except _BROKEN as error:
                raise LoadError(f"{name}: cannot be unpacked ({error}); pack it again") from error
            with opened:
                expanded = target.expand(name, opened.read, stays=False)
            yield expanded
            expanded.path.unlink()


_PACKINGS: dict[bytes, Callable[[Path, _Target], Iterator[Member]]] = {
    _GZIP: _gzip,
    _ZIP: _zip,
    _EMPTY_ZIP: _zip,
    _ZSTANDARD: _zstandard,
}


def _packing(path: Path) -> Callable[[Path, _Target], Iterator[Member]] | None:
    head = _head(path)
    return next((_PACKINGS[mark] for mark in _PACKINGS if head.startswith(mark)), None)


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise LoadError(f"{path}: the archive holds no file; pack the table into it")
    if len(members) > _MOST_MEMBERS:
        raise LoadError(
            f"{path}: {len(members):,} files in one archive, more than {_MOST_MEMBERS:,}; "
            "unpack it, and load them one by one"
        )
    ((name, count),) = Counter(one.filename for one in members).most_common(1)
    if count > 1:
        raise LoadError(f"{path}: {name!r} stands in the archive {count} times; pack it again")
    for member in members:
        parts = re.split(r"[/\\]", member.filename)
        problem = (
            "its name leads out of the archive"
            if ".." in parts or not parts[0] or ":" in parts[0]
            else "a link, and no file"
            if stat.S_ISLNK(member.external_attr >> 16)
            else "locked with a password"
            if member.flag_bits & 1
            else None
        )
        if problem:
            raise LoadError(
                f"{path.name}: the member {member.filename!r} is refused: {problem}; "
                "pack plain files only"
            )


def _refuse(path: Path, name: str, inside: bool = False) -> None:
    """Raises where the content is a packing or an archive that is not read."""
    head = _head(path)
    if not head:
        raise LoadError(f"{name}: the file is empty; export it again and load the new one")
    found = next((_REFUSED[mark] for mark in _REFUSED if head.startswith(mark)), None)
    if head[_TAR_PLACE:].startswith(_TAR_MARK):
        found = "TAR"
    if inside and any(head.startswith(mark) for mark in _PACKINGS):
        raise LoadError(
            f"{name}: a packed file inside a packed file is not opened; pack the table itself, once"
        )
    if found:
        raise LoadError(
            f"{name}: {found} is not read; unpack it, and load the table inside, "
            "plain or as gzip, Zstandard or ZIP"
        )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_TAR_PLACE + len(_TAR_MARK))
