"""How the command line speaks: results on standard output, everything else on standard error."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from warehouse.errors import WarewordError

if TYPE_CHECKING:
    from pipelines.stages import Progress as Report

console = Console(stderr=True, highlight=False, soft_wrap=True)
output = Console(highlight=False)


@contextmanager
def progress() -> Iterator["Report"]:
    """Shows work as it goes: a bar on a terminal, a line for each step elsewhere."""
    if not console.is_terminal:
        said: set[str] = set()

        def line(what: str, done: int, total: int) -> None:
            if what not in said:
                said.add(what)
                console.print(f"  {what}", markup=False)

        yield line
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=None)
        yield lambda what, done, total: bars.update(
            task, description=what, completed=done, total=total
        )


def answer(value: dict[str, Any], as_json: bool, text: str | None = None) -> None:
    """Prints the result: one JSON object as the last line, or prose for people."""
    if as_json:
        sys.stdout.write(json.dumps(value, default=str) + "\n")
    elif text is not None:
        output.print(text, markup=False, soft_wrap=True)


@contextmanager
def failures(as_json: bool) -> Iterator[None]:
    """Expected failures end in one message and exit code 1, interrupted work in exit code 130.

    What is not expected keeps its traceback, and has its JSON all the same.
    """
    try:
        with _remembering_interrupts():
            yield
    except (WarewordError, duckdb.IOException, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        message = str(error)
        if isinstance(error, OSError) and error.filename and error.strerror:
            message = f"{error.filename} could not be opened or made: {error.strerror}; "
            message += "give another path or --home"
        if not isinstance(error, WarewordError):
            message += "\nLook for what is wrong with the disk or the files with: wareword doctor"
        if as_json:
            answer({"error": message}, as_json)
        console.print(f"Error: {message}", style="red", markup=False)
        raise typer.Exit(1) from error
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except (KeyboardInterrupt, Exception) as error:
        if not _is_interrupt(error):
            answer({"error": f"{type(error).__name__}: {error}"}, as_json)
            raise
        console.print("Stopped. What was finished is kept; the same command goes on from there.")
        raise typer.Exit(130) from error


_interrupted: list[int] = []


def stop_if_interrupted() -> None:
    """Raises KeyboardInterrupt if one was raised before and somebody else's code caught it."""
    if _interrupted:
        raise KeyboardInterrupt


@contextmanager
def _remembering_interrupts() -> Iterator[None]:
    def interrupt(number: int, frame: object) -> None:
        _interrupted.append(number)
        raise KeyboardInterrupt

    _interrupted.clear()
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _is_interrupt(error: BaseException) -> bool:
    """Whether the user stopped it: DuckDB says so in several ways."""
    return isinstance(error, KeyboardInterrupt | duckdb.InterruptException) or (
        isinstance(error, RuntimeError) and "interrupted" in str(error).lower()
    )
