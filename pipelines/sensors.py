"""The inbox: a file that is put into `inbox/` of the home, or into `inbox/SOURCE/`, is loaded."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dagster import DefaultSensorStatus, RunRequest, SensorEvaluationContext, SkipReason, sensor

from pipelines.jobs import inbox_job
from pipelines.resources import Job

INBOX = "inbox"


@sensor(
    job=inbox_job,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.STOPPED,
    description="Loads each new file of the inbox; the folder in it names the source",
)
def inbox(context: SensorEvaluationContext, job: Job) -> Iterator[RunRequest | SkipReason]:
    """Asks for one run for each new content of a file, valid from when it was modified."""
    home = job.settings().home
    files = sorted(
        path
        for path in (home / INBOX).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    if not files:
        yield SkipReason(f"no file in {home / INBOX}")
    for path in files:
        yield RunRequest(
            run_key=_key(path), run_config={"resources": {"job": {"config": _config(home, path)}}}
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


def _key(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name}:{hashlib.file_digest(file, 'sha256').hexdigest()}"
