"""Where a corpus is written: a folder, or any address that fsspec knows, such as s3://bucket/folder.

Either way a shard is whole or not there, and what is finished is kept in a list beside the shards,
so that an export that was stopped goes on at the first shard that is missing. A folder is replaced
by rename when all is whole. Nothing in an object store is ever replaced: a corpus is whole there
when its SHA256SUMS is there, which is written last.
"""

import json
import re
import shutil
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from verbalize.errors import VerbalizeError

SUMS = "SHA256SUMS"
_STATE = ".unfinished.json"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
# Whatever may be a user, a key (that may have slashes), or a signature.
_SECRET = re.compile(r"://([^/]*@|.*:.*@|.*[?#])", re.DOTALL)


class Place(Protocol):
    """A corpus that is being written."""

    scratch: Path
    """A folder for files that are not finished."""

    def known(self) -> dict[str, Any]:
        """What was remembered last; empty where nothing is begun."""
        ...

    def begin(self) -> None:
        """Removes what an earlier export left unfinished."""
        ...

    def keep(self, file: Path, name: str) -> None:
        """Takes a finished file of `scratch` into the corpus."""
        ...

    def remember(self, state: dict[str, Any]) -> None:
        """Keeps what is needed to go on, or to begin anew: the finished `shards`, and the names of
        files that are `begun`."""
        ...

    def finish(self) -> None:
        """All is there."""
        ...


def open_place(folder: Path | str, name: str) -> Place:
    """The place of the corpus `name` in a folder or at an address.

    Raises:
        VerbalizeError: if the address is of a kind that is not installed, holds a secret, or if
            there is a whole corpus of that name.
    """
    address = _URL.fullmatch(str(folder))
    if address is None and "::" in str(folder) and "://" in str(folder):
        raise VerbalizeError(
            f"{folder}: chained addresses are not written to; give the last one alone, such as "
            "s3://bucket/folder"
        )
    if address is None:
        return _Folder(Path(folder), name)
    scheme = address[1].lower()
    if scheme == "file":
        return _Folder(Path(address[2]), name)
    if _SECRET.search(str(folder)):
        raise VerbalizeError(
            "an address with a user, a password or a query would end up in logs; leave out what "
            "stands before @ and from ? on, and set it as the environment variables that the "
            "store's own tools read (such as AWS_ACCESS_KEY_ID)"
        )
    return _Store(f"{scheme}://{address[2]}".rstrip("/"), name)


class _Folder:
    """Files are renamed into a hidden folder, and that into its place when all is whole."""

    def __init__(self, folder: Path, name: str) -> None:
        self.whole = folder / name
        self.draft, self.old = folder / f".{name}.part", folder / f".{name}.old"
        self.scratch = self.draft / ".scratch"

    def known(self) -> dict[str, Any]:
        state = self.draft / _STATE
        found: dict[str, Any] = json.loads(state.read_text()) if state.exists() else {}
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True, exist_ok=True)
        return found

    def begin(self) -> None:
        shutil.rmtree(self.draft, ignore_errors=True)
        self.scratch.mkdir(parents=True)

    def keep(self, file: Path, name: str) -> None:
        path = self.draft / name
        path.parent.mkdir(parents=True, exist_ok=True)
        file.replace(path)

    def remember(self, state: dict[str, Any]) -> None:
        written = self.scratch / _STATE
        written.write_text(json.dumps(state))
        written.replace(self.draft / _STATE)

    def finish(self) -> None:
        shutil.rmtree(self.scratch)
        (self.draft / _STATE).unlink(missing_ok=True)
        shutil.rmtree(self.old, ignore_errors=True)
        if self.whole.exists():
            self.whole.rename(self.old)
        self.draft.rename(self.whole)
        shutil.rmtree(self.old, ignore_errors=True)


class _Store:
    """Files are put where they belong as they are finished."""

    def __init__(self, address: str, name: str) -> None:
        import fsspec

        try:
            self.store, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise VerbalizeError(
                f"{address} cannot be written: {error}; install what it needs, for S3: "
                "pip install 'wareword[s3]'"
            ) from error
        self.address, self.root = f"{address}/{name}", PurePosixPath(root) / name
        self.temporary = TemporaryDirectory(prefix="wareword-")
        self.scratch = Path(self.temporary.name)

    def known(self) -> dict[str, Any]:
        if self.store.exists(self._path(SUMS)):
            raise VerbalizeError(
                f"{self.address} holds a whole corpus, and nothing is replaced there; "
                "give another --name, or remove it"
            )
        state = self._path(_STATE)
        if not self.store.exists(state):
            return {}
        found: dict[str, Any] = json.loads(self.store.cat_file(state))
        return found

    def begin(self) -> None:
        """Shards of other documents stand in the way of ours only by name, so they are replaced;
        what is left over is removed. First it counts as begun only, so that after a stop in here
        nobody goes on with shards that are gone."""
        known = self.known()
        names = [name for shard in known.get("shards", ()) for name in shard["files"]]
        names += known.get("begun", ())
        self.remember({"begun": names})
        for name in names:
            if self.store.exists(self._path(name)):
                self.store.rm_file(self._path(name))

    def keep(self, file: Path, name: str) -> None:
        path = self._path(name)
        self.store.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
        self.store.put_file(str(file), path)
        file.unlink()

    def remember(self, state: dict[str, Any]) -> None:
        self.store.makedirs(str(self.root), exist_ok=True)
        self.store.pipe_file(self._path(_STATE), json.dumps(state).encode())

    def finish(self) -> None:
        if self.store.exists(self._path(_STATE)):
            self.store.rm_file(self._path(_STATE))
        self.temporary.cleanup()

    def _path(self, name: str) -> str:
        return str(self.root / name)
