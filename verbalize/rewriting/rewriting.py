"""Documents rewritten by a language model: asked, checked, judged, and published with the reason
for each that is not kept."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import duckdb
import pydantic

from verbalize.errors import VerbalizeError
from verbalize.rewriting import checking, entailment
from verbalize.rewriting.checking import Fault, Sentence
from verbalize.rewriting.originals import Original, originals
from verbalize.rewriting.publishing import publish
from warehouse.connection import first_row
from warehouse.llm import Answer, Client, Request

Progress = Callable[[str, int, int], None]

LENGTHS = {"short": 40, "medium": 80, "long": 160}
"""Words of a description."""

LONGEST = 1.5
"""Times the wanted words from which a description is too long."""

_PROMPTS = Path(__file__).parents[1] / "prompts"
_HARMLESS = Path(__file__).parents[1] / "harmless.sql"
_ASKED_AT_ONCE = 50


@dataclass(frozen=True)
class Form:
    """What a rewrite is to be. `coverage` is the least share of the statements that it must say,
    `kinds` are the documents that it can be made of (all where none is named), and `kind` that of
    the new document (None: that of its original)."""

    prompt: str
    coverage: float
    kinds: tuple[str, ...] = ()
    kind: str | None = None


FORMS = {
    "paraphrase": Form("paraphrase.v1.j2", 1.0),
    "description": Form("description.v1.j2", 0.6, ("product",), "description"),
}


@dataclass(frozen=True)
class Wish:
    """How documents are rewritten: the form, and for descriptions who reads them and how long they
    are."""

    form: str = "paraphrase"
    persona: str = "anybody who looks for such a product"
    length: str = "medium"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise VerbalizeError(f"no form {self.form!r}; it is one of {', '.join(FORMS)}")
        if self.length not in LENGTHS:
            raise VerbalizeError(f"no length {self.length!r}; it is one of {', '.join(LENGTHS)}")


@dataclass(frozen=True)
class Rewrite:
    """What the model made of a document; `fault` is None where it is kept. `coverage` is the share
    of the statements that it says, `faithfulness` that of its sentences which follow from them
    (None where it was not judged)."""

    original: Original
    sentences: tuple[Sentence, ...]
    call_id: str
    fault: Fault | None = None
    coverage: float = 0.0
    faithfulness: float | None = None


class _Sentence(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    text: Annotated[str, pydantic.Field(min_length=1)]
    says: list[int]


class _Draft(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)
    sentences: Annotated[list[_Sentence], pydantic.Field(min_length=1)]


def rewrite(
    connection: duckdb.DuckDBPyConnection,
    client: Client,
    wish: Wish,
    *,
    language: str = "en",
    limit: int = 100,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Rewrites up to `limit` documents of a language and adds those that are kept to
    `text.document`, in the place of earlier rewrites of the same form and language; what came of
    each stands in `text.rewrite`.

    The same documents and the same model cost nothing again: the client keeps each call.

    Returns how many were asked for and kept, and the others by reason.

    Raises:
        LlmError: if the model cannot be asked; what was answered is kept for the next run.
        BudgetError: if the budget ends, likewise.
    """
    tell = progress or (lambda what, done, total: None)
    form = FORMS[wish.form]
    connection.execute(_HARMLESS.read_text())
    found = originals(connection, language, form.kinds, limit)
    asked = [_request(wish, language, original) for original in found]
    drafts = _ask(client, asked, f"writing {wish.form}s", tell)
    checked = [
        _checked(connection, wish, language, original, answer)
        for original, answer in zip(found, drafts, strict=True)
    ]
    passed = [place for place, one in enumerate(checked) if one.fault is None]
    judging = [
        entailment.request(checked[place].original, checked[place].sentences) for place in passed
    ]
    answers = _ask(client, judging, f"judging {wish.form}s", tell)
    for place, answer in zip(passed, answers, strict=True):
        checked[place] = _judged(form, checked[place], answer)
    publish(connection, wish, form.kind, client.settings.model, language, checked)
    reasons = Counter(one.fault.reason for one in checked if one.fault)
    return {
        "model": client.settings.model,
        "form": wish.form,
        "asked": len(checked),
        "kept": len(checked) - reasons.total(),
        "rejected": dict(sorted(reasons.items())),
    }


def _ask(client: Client, requests: Sequence[Request], what: str, tell: Progress) -> list[Answer]:
    answers: list[Answer] = []
    for first in range(0, len(requests), _ASKED_AT_ONCE):
        tell(what, first, len(requests))
        answers += client.ask(requests[first : first + _ASKED_AT_ONCE])
    return answers


def _request(wish: Wish, language: str, original: Original) -> Request:
    data: dict[str, Any] = {
        "language": language,
        "statements": [
            {"number": number, "text": statement.sentence}
            for number, statement in enumerate(original.statements, start=1)
        ],
    }
    if wish.form == "description":
        data |= {"persona": wish.persona, "words": LENGTHS[wish.length]}
    return Request("rewrite", _PROMPTS / FORMS[wish.form].prompt, data, _Draft)


def _checked(
    connection: duckdb.DuckDBPyConnection,
    wish: Wish,
    language: str,
    original: Original,
    answer: Answer,
) -> Rewrite:
    """The draft after the checks that need no model."""
    if not isinstance(answer.value, _Draft):
        unanswered = Fault("no answer", answer.problem or "")
        return Rewrite(original, (), answer.call_id, unanswered)
    sentences = tuple(
        Sentence(" ".join(one.text.split()), tuple(number - 1 for number in one.says))
        for one in answer.value.sentences
    )
    draft = Rewrite(original, sentences, answer.call_id)
    if {place for one in sentences for place in one.says} - set(range(len(original.statements))):
        return replace(draft, fault=Fault("no such statement", "a number that was not given"))
    harmful = _harmful(connection, sentences)
    if harmful:
        return replace(draft, fault=Fault("not harmless", harmful))
    said = checking.said(original, sentences)
    draft = replace(
        draft,
        sentences=tuple(
            replace(sentence, says=says) for sentence, says in zip(sentences, said, strict=True)
        ),
    )
    form = FORMS[wish.form]
    most = int(LENGTHS[wish.length] * LONGEST) if wish.form == "description" else None
    found = checking.fault(original, sentences, language, most)
    return _covered(form, replace(draft, fault=found), set(range(len(original.statements))))


def _judged(form: Form, draft: Rewrite, answer: Answer) -> Rewrite:
    """The draft with the verdicts of the judge."""
    verdicts = answer.value
    if not isinstance(verdicts, entailment.Verdicts):
        return replace(draft, fault=Fault("no verdict", answer.problem or ""))
    if not entailment.fits(verdicts, draft.original, draft.sentences):
        return replace(draft, fault=Fault("no verdict", "not one a sentence and statement"))
    judged = replace(
        draft,
        faithfulness=entailment.faithfulness(verdicts),
        fault=entailment.fault(verdicts, draft.sentences),
    )
    return _covered(form, judged, {place for place, one in enumerate(verdicts.statements) if one})


def _covered(form: Form, draft: Rewrite, allowed: set[int]) -> Rewrite:
    """The draft with only what is in `allowed` as said, and a fault where that is too little."""
    sentences = tuple(
        replace(one, says=tuple(place for place in one.says if place in allowed))
        for one in draft.sentences
    )
    whole = range(len(draft.original.statements))
    said = {place for one in sentences for place in one.says}
    coverage = len(said) / len(whole)
    fault = draft.fault
    if fault is None and coverage < form.coverage:
        missing = next(place for place in whole if place not in said)
        fault = Fault("left out", draft.original.statements[missing].sentence)
    return replace(draft, sentences=sentences, coverage=coverage, fault=fault)


def _harmful(connection: duckdb.DuckDBPyConnection, sentences: Sequence[Sentence]) -> str | None:
    """The first sentence that is more than plain text."""
    row = first_row(
        connection,
        """
        SELECT sentence FROM (SELECT unnest($sentences) AS sentence)
        WHERE harmless_text(translate(sentence, '“”', '""')) <> translate(sentence, '“”', '""')
        LIMIT 1
        """,
        {"sentences": [sentence.text for sentence in sentences]},
    )
    return row[0] if row else None
