"""Trains the ranker on a labelled file, or shows it to a language model, and scores the answers to
another."""

import time
from pathlib import Path
from typing import Any

from warehouse.errors import WarewordError
from warehouse.extraction.labelled import Labelled, read_labelled
from warehouse.extraction.questions import Answers
from warehouse.extraction.ranker import Ranker, fit
from warehouse.extraction.scoring import report
from warehouse.llm import Client


def study(
    train: Path, test: Path, *, share: float = 1.0, client: Client | None = None, form: str = ""
) -> dict[str, Any]:
    """Scores on `test` of a ranker that learned from about `share` of the titles of `train`, or of
    the language model of `client`, shown the same titles in the prompt design `form`.

    Raises:
        LoadError: if a file is not as it must be.
        WarewordError: if `share` is no share, or there is no such form.
    """
    if not 0 < share <= 1:
        raise WarewordError(f"share {share:g}: give a number above 0, at most 1")
    learned = read_labelled(train).part(share)
    asked = read_labelled(test)
    begin = time.monotonic()
    if client is not None:
        answers, told = _ask(client, learned, asked, form)
    else:
        ranker = fit(learned.texts, learned.questions, learned.values)
        told = {"seconds_to_train": round(time.monotonic() - begin, 2)}
        begin = time.monotonic()
        answers = answer(ranker, asked)
    return {
        **report(learned, asked, answers),
        "trained_on": len(set(learned.questions.text.tolist())),
        **told,
        "seconds_to_answer": round(time.monotonic() - begin, 2),
    }


def _ask(
    client: Client, learned: Labelled, asked: Labelled, form: str
) -> tuple[list[str | None], dict[str, Any]]:
    from warehouse.extraction.asking import Design, ask

    found = ask(client, learned, asked.texts, asked.questions, Design(form))
    told = {"model": client.settings.model, "refused": found.refused, "failed": found.failed}
    return _values(found.answers, asked), told


def answer(ranker: Ranker, asked: Labelled) -> list[str | None]:
    """The value that the text of each question states, None for none."""
    return _values(ranker.answer(asked.texts, asked.questions), asked)


def _values(found: Answers, asked: Labelled) -> list[str | None]:
    return [
        asked.texts[text][begin:end] if stated else None
        for text, begin, end, stated in zip(
            asked.questions.text, found.begin, found.end, found.stated, strict=True
        )
    ]
