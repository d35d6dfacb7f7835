"""The inbox: a file that is put into `inbox/` of the home, or into `inbox/SOURCE/`, is loaded."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dagster import DefaultSensorStatus, RunRequest, SensorEvaluationContext, SkipReason, sensor

from pipelines.jobs import inbox_job
from pipelines.resources import Job

INBOX = "inbox"
SETTLED_SECONDS = 5


@sensor(
    job=inbox_job,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.STOPPED,
    description="Loads each new or changed file of the inbox; the folder in it names the source",
)
def inbox(context: SensorEvaluationContext, job: Job) -> Iterator[RunRequest | SkipReason]:
    """Asks for one run for each state of a file, valid from when it was modified.

    A file that was modified just now may not be whole yet; it is left to the next look.
    """
    home = job.settings().home
    files = [
        path
        for path in sorted((home / INBOX).rglob("*"))
        if path.is_file()
        and not path.name.startswith(".")
        and time.time() - path.stat().st_mtime > SETTLED_SECONDS
    ]
    if not files:
        yield SkipReason(f"no file in {home / INBOX} that is at rest")
    for path in files:
        yield RunRequest(
            run_key=_key(home, path),
            run_config={"resources": {"job": {"config": _config(home, path)}}},
        )


def _config(home: Path, path: Path) -> dict[str, object]:
    as_of = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    config: dict[str, object] = {
        "home": str(home),
        "inputs": [str(path)],
        "as_of": as_of.isoformat(),
    }
    folder = path.relative_to(home / INBOX).parent
    return config if folder == Path() else config | {"source": folder.parts[0]}


def _key(home: Path, path: Path) -> str:
    """Tells a state of a file from others without reading it; the load looks at the content."""
    state = path.stat()
    return f"{path.relative_to(home / INBOX).as_posix()}:{state.st_size}:{state.st_mtime_ns}"
