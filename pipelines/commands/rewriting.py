"""Documents said anew by a language model: rewrite."""

from typing import Annotated

import typer

from pipelines.commands.job import run_until
from pipelines.commands.options import Home, Json


def rewrite(
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, help="Most documents of a language to rewrite, a form (default: 0, none)."
        ),
    ] = None,
    forms: Annotated[
        list[str] | None,
        typer.Option(
            "--form", help="paraphrase or description; give it once a form (default: paraphrase)."
        ),
    ] = None,
    persona: Annotated[
        str | None, typer.Option(help="Who reads the descriptions, in your own words.")
    ] = None,
    length: Annotated[
        str | None,
        typer.Option(help="Of descriptions: short, medium or long (about 40, 80 or 160 words)."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Have documents rewritten by a language model (docs/llm.md), and keep those that say what the
    facts say, no more and no less.

    Each draft is read again and judged; why one is not kept stands in text.rewrite. The same
    documents and model are never paid twice, and a run that was stopped goes on. What is set here
    holds for later runs in the same home.

    Examples:

      wareword rewrite --limit 100

      wareword rewrite --limit 50 --form description --persona "a student on a budget" \\
      --length short

      wareword sql "SELECT reason, count(*) FROM text.rewrite GROUP BY reason"
    """
    run_until(
        "rewrite",
        as_json=as_json,
        home=home,
        rewrite_limit=limit,
        rewrite_forms=tuple(forms) if forms else None,
        rewrite_persona=persona,
        rewrite_length=length,
    )
