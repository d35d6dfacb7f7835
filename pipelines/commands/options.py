"""Options that several commands take."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def time(said: str) -> datetime:
    """A time of the command line, in UTC."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError as error:
        raise typer.BadParameter(
            f"{said!r} is no time; write it as 2024-01-31, or as 2024-01-31T12:30:00"
        ) from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


Home = Annotated[
    Path | None,
    typer.Option(
        "--home", envvar="WAREWORD_HOME", help="Folder of all that is made (default: ./workspace)."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object, last, on standard output.")
]
Seed = Annotated[int | None, typer.Option(help="Seed of all that is drawn by chance (default: 0).")]
Full = Annotated[
    bool | None, typer.Option("--full", help="Train on every transaction, for as long as it takes.")
]
Device = Annotated[str | None, typer.Option(help="Where to train: cpu or cuda (default: cpu).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        parser=time,
        metavar="TIME",
        help="From when the files are valid, such as 2024-01-31 (default for the sample: its own "
        "time).",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(help="Who states the data; identifiers are unique within it (default: shop)."),
]
Licence = Annotated[
    str | None,
    typer.Option(
        help="Under which licence the source gives its data: an SPDX name such as CC-BY-4.0, or "
        "other words. Exports tell it."
    ),
]
Delimiter = Annotated[
    str | None, typer.Option(help="Separator of fields (default: found in the content).")
]
Quote = Annotated[str | None, typer.Option(help="Quote of fields (default: found in the content).")]
Wait = Annotated[
    float | None,
    typer.Option(help="Seconds to wait for another process that is writing (default: 60)."),
]
