"""Questions about products that may be one: ask, withdraw."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import typer
from rich.markup import escape
from rich.table import Table

from pipelines.commands.options import Home, Json
from pipelines.console import answer, console, failures, progress
from pipelines.query import printable
from pipelines.settings import Settings, settings
from pipelines.stages import remembered, run
from warehouse.connection import first_row, reader, writer
from warehouse.errors import WarewordError

if TYPE_CHECKING:
    from warehouse.resolution.answers import Asked

# Share of wrong answers that is expected of a person.
PERSON_ERRS = 0.02

_OF_BEFORE = "corpus and report are those of before until: wareword run"
_ANSWERS = {"y": "yes", "n": "no", "u": "unsure"}


class Answerer(StrEnum):
    """Who answers."""

    PERSON = "person"
    LLM = "llm"


def ask(
    answerer: Annotated[
        Answerer, typer.Option(help="Who answers: a person, here, or the language model.")
    ] = Answerer.PERSON,
    budget: Annotated[int, typer.Option(min=1, help="Most questions to ask.")] = 20,
    tokens: Annotated[
        int | None, typer.Option(min=1, help="Most tokens that questions to a model may take.")
    ] = None,
    error_rate: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.5,
            help="Share of answers that may be wrong (default: 0.02, of a model 0.05).",
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Answer the questions that tell most of which products are one, then resolve again.

    Questions are chosen so that few answers take away most of the uncertainty. What was answered
    is kept; the same command goes on from there.

    Examples:

      wareword ask --budget 10

      wareword ask --answerer llm --budget 200 --tokens 100000
    """
    with failures(as_json):
        chosen = settings(remembered, home=home)
        _resolve(chosen)
        before = _state(chosen)
        if answerer is Answerer.LLM:
            asked = _ask_model(chosen, budget, tokens, error_rate)
        else:
            asked = _ask_person(chosen, budget, PERSON_ERRS if error_rate is None else error_rate)
        _resolve(chosen)
        after = _state(chosen)
        console.print(
            f"{asked} answered; uncertainty {before['entropy']:.1f} -> "
            f"{after['entropy']:.1f} bits, {before['matches']:,} -> {after['matches']:,} matches; "
            f"{_OF_BEFORE}",
            markup=False,
        )
        answer({"asked": asked, "before": before, "after": after}, as_json)


def withdraw(
    left: Annotated[
        str | None, typer.Argument(help="Identifier of a product (catalog.entity_member).")
    ] = None,
    right: Annotated[
        str | None, typer.Argument(help="Identifier of one that it is taken for.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Take back all that was resolved.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Take back that two products are one, or all that was resolved; facts are closed, not deleted.

    Examples:

      wareword withdraw product:0123456789abcdef product:fedcba9876543210

      wareword withdraw --all
    """
    with failures(as_json):
        from warehouse.resolution.publishing import PublishSettings, withdraw_all
        from warehouse.resolution.publishing import withdraw as withdraw_one

        if everything == bool(left or right) or bool(left) != bool(right):
            raise WarewordError("give two products, or --all; see: wareword withdraw --help")
        chosen = settings(remembered, home=home)
        with writer(chosen.home, chosen.wait) as connection:
            if left and right:
                kept = PublishSettings(threshold=chosen.match_threshold, trust=chosen.trust)
                told = withdraw_one(connection, left, right, kept)
                what = f"{' and '.join(_names(connection, left, right))} are two products again"
            else:
                told = {"closed": withdraw_all(connection)}
                what = "all that was resolved is taken back"
        console.print(f"{what}; {_OF_BEFORE}", markup=False)
        answer(told, as_json)


def _names(connection: duckdb.DuckDBPyConnection, *products: str) -> list[str]:
    """What the products are called."""
    found = dict(
        connection.execute(
            "SELECT node_id, label FROM facts.node WHERE list_contains(?, node_id)",
            [list(products)],
        ).fetchall()
    )
    return [printable(found.get(product) or product) for product in products]


def _resolve(chosen: Settings) -> None:
    """Brings what is resolved up to date with what is loaded and answered."""
    with progress() as report:
        for _ in run(chosen, "resolve", progress=report):
            pass


def _ask_model(chosen: Settings, budget: int, tokens: int | None, error_rate: float | None) -> int:
    from warehouse.llm import needed_client
    from warehouse.resolution.model import ERROR_RATE
    from warehouse.resolution.resolving import ask as ask_rounds

    with writer(chosen.home, chosen.wait) as connection:
        client = needed_client(connection, "answer yourself: wareword ask --answerer person")
        rate = ERROR_RATE if error_rate is None else error_rate
        return ask_rounds(connection, client, budget, error_rate=rate, tokens=tokens)


def _ask_person(chosen: Settings, budget: int, error_rate: float) -> int:
    """Asks until the budget is spent, nothing is left to ask, or the person has enough; answers of
    a round are written together, and those before an interrupt too."""
    from warehouse.resolution.answers import keep_answers, next_questions
    from warehouse.resolution.resolving import ROUND

    done = 0
    while done < budget:
        with reader(chosen.home) as connection:
            asked = next_questions(
                connection, count=min(ROUND, budget - done), error_rate=error_rate
            )
        given: list[str] = []
        try:
            for said in _answers(asked, done, budget):
                given.append(said)
        finally:
            if given:
                with writer(chosen.home, chosen.wait) as connection:
                    keep_answers(
                        connection,
                        [(one.left_id, one.right_id) for one in asked[: len(given)]],
                        given,
                        answerer="person",
                        error_rate=error_rate,
                        asked=asked[: len(given)],
                    )
        done += len(given)
        if not asked or len(given) < len(asked):
            break
    return done


def _answers(asked: "list[Asked]", done: int, budget: int) -> Iterator[str]:
    """What the person says to each question, until it is quit or the input ends."""
    for place, one in enumerate(asked, start=done + 1):
        console.print(f"\nQuestion {place} of at most {budget}", style="bold", markup=False)
        console.print(_side_by_side(one))
        likely = f"they are one with probability {one.probability:.2f}"
        console.print(f"As far as is known, {likely}.", markup=False)
        said = None
        while said not in (*_ANSWERS, "q"):
            console.print("One and the same product? (y)es, (n)o, (u)nsure, (q)uit: ", end="")
            try:
                said = input().strip().lower()[:1]
            except EOFError:
                said = "q"
        if said == "q":
            return
        yield _ANSWERS[said]


def _side_by_side(asked: "Asked") -> Table:
    from warehouse.resolution.answers import SHOWN

    table = Table(show_edge=False)
    for column in ("", "one", "other"):
        table.add_column(column, overflow="fold", ratio=None if not column else 1)
    for name in SHOWN:
        values = [side.get(name) for side in (asked.left, asked.right)]
        if any(value is not None for value in values):
            told = ["" if value is None else escape(printable(str(value))) for value in values]
            table.add_row(name, *told)
    return table


def _state(chosen: Settings) -> dict[str, Any]:
    """What is uncertain, and what holds: nothing where all was taken back."""
    with reader(chosen.home) as connection:
        row = first_row(
            connection,
            """
            SELECT
                entropy,
                CASE WHEN withdrawn THEN 0 ELSE matches END,
                CASE WHEN withdrawn THEN 0 ELSE conflicts END
            FROM ops.resolution
            ORDER BY "sequence" DESC LIMIT 1
            """,
        )
    if row is None:
        raise WarewordError(
            "there is nothing to ask: products of two sources are needed; "
            "load another catalog: wareword load FILE --source NAME"
        )
    return dict(zip(("entropy", "matches", "conflicts"), row, strict=True))
