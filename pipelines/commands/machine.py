"""The machine: dev opens the Dagster UI, doctor says what is missing."""

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines import dev as development
from pipelines import doctor as health
from pipelines.commands.options import Home, Json
from pipelines.console import answer, console, failures
from pipelines.settings import settings


def dev(
    port: Annotated[int, typer.Option(help="Port of the Dagster UI on this machine.")] = 3000,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Open the Dagster UI on the same assets, on loopback, without telemetry; Ctrl-C ends it.

    Example:

      wareword dev --port 3001
    """
    with failures(as_json):
        chosen = settings(home=home)
        development.require_free(port)
        console.print(
            f"Dagster on {chosen.home}: {development.url(port)} (Ctrl-C ends it)", markup=False
        )
        answer({"url": development.url(port), "home": str(chosen.home)}, as_json)
        development.serve(chosen.home, port)


def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check Python, packages, disk, memory and the warehouse, and say how to mend what is wrong.

    Example:

      wareword doctor
    """
    with failures(as_json):
        checks = health.examine(settings(home=home).home)
        for check in checks:
            mark = "ok  " if check.ok else "FAIL" if check.needed else "note"
            console.print(f"{mark}  {check.name}: {check.found}", markup=False)
            if not check.ok:
                console.print(f"      {check.remedy}", markup=False)
        healthy = all(check.ok or not check.needed for check in checks)
        answer({"healthy": healthy, "checks": [asdict(check) for check in checks]}, as_json)
        if not healthy:
            raise typer.Exit(1)
