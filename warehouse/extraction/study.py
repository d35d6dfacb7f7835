"""Trains the ranker on a labelled file, and scores its answers to another."""

import time
from pathlib import Path
from typing import Any

from warehouse.errors import WarewordError
from warehouse.extraction.labelled import Labelled, read_labelled
from warehouse.extraction.ranker import Ranker, fit
from warehouse.extraction.scoring import report


def study(train: Path, test: Path, *, share: float = 1.0) -> dict[str, Any]:
    """Scores on `test` of a ranker that learned from about `share` of the titles of `train`.

    Raises:
        LoadError: if a file is not as it must be.
        WarewordError: if `share` is no share.
    """
    if not 0 < share <= 1:
        raise WarewordError(f"share {share:g}: give a number above 0, at most 1")
    learned = read_labelled(train).part(share)
    asked = read_labelled(test)
    begin = time.monotonic()
    ranker = fit(learned.texts, learned.questions, learned.values)
    middle = time.monotonic()
    answers = answer(ranker, asked)
    end = time.monotonic()
    return {
        **report(learned, asked, answers),
        "trained_on": len(set(learned.questions.text.tolist())),
        "seconds_to_train": round(middle - begin, 2),
        "seconds_to_answer": round(end - middle, 2),
    }


def answer(ranker: Ranker, asked: Labelled) -> list[str | None]:
    """The value that the text of each question states, None for none."""
    found = ranker.answer(asked.texts, asked.questions)
    return [
        asked.texts[text][begin:end] if stated else None
        for text, begin, end, stated in zip(
            asked.questions.text, found.begin, found.end, found.stated, strict=True
        )
    ]
