"""Attribute values by a language model, with the prompt designs of ExtractGPT.

Brinkmann, Shraga, Bizer 2024, "ExtractGPT: Exploring the Potential of Large Language Models for
Product Attribute Value Extraction": a list of attributes, or a JSON schema with a description and
example values of each; demonstrations, the training texts of the category that are nearest by
embedding; an ensemble that asks with the attributes in several orders and takes the majority. A
value counts only if the text says it (`verifying`); others are refused, and counted.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pydantic

from warehouse.embeddings import embed
from warehouse.errors import WarewordError
from warehouse.extraction.labelled import NOT_STATED, Labelled
from warehouse.extraction.questions import Answers, Questions
from warehouse.extraction.verifying import locate
from warehouse.llm import Client, Request

FORMS = ("list", "schema")
_SEED = 0
_TRIES = 8


@dataclass(frozen=True)
class Design:
    """How is asked: the `form` of the attributes, how many `examples` of values (of the form
    schema) and `demonstrations`, and in how many orders (`votes`)."""

    form: str = "schema"
    examples: int = 10
    demonstrations: int = 10
    votes: int = 3

    def __post_init__(self) -> None:
        if self.form not in FORMS or self.votes < 1 or min(self.examples, self.demonstrations) < 0:
            raise WarewordError(
                f"{self}: the form is one of {', '.join(FORMS)}, there is at least one vote, and "
                "no number is below 0"
            )


@dataclass(frozen=True)
class Asked:
    """The answers, with the share of the votes as probability; how many values of single replies
    were `refused` since the text does not say them, and how many replies `failed`."""

    answers: Answers
    refused: int
    failed: int


def ask(
    client: Client, train: Labelled, texts: Sequence[str], questions: Questions, design: Design
) -> Asked:
    """What the model says of `texts`, one request a text and vote, shown what `train` says."""
    known = _values(train)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, text in enumerate(questions.text):
        rows[int(text)].append(row)
    shown = _demonstrations(train, texts, questions, rows, design.demonstrations)
    requests, orders = [], []
    for text, own in rows.items():
        for order in _orders(own, design.votes):
            requests.append(_request(design, texts[text], questions, order, known, shown[text]))
            orders.append(order)
    votes: list[list[tuple[int, int] | None]] = [[] for _ in range(len(questions))]
    asked: Counter[int] = Counter(row for order in orders for row in order)
    refused = failed = 0
    for order, reply in zip(orders, client.ask(requests), strict=True):
        failed += reply.value is None
        said = reply.value.model_dump(by_alias=True) if reply.value is not None else {}
        for row in order if said else ():
            value = said[questions.attribute[row]].strip()
            place = None
            if value and value.casefold() != NOT_STATED:
                place = locate(value, texts[questions.text[row]])
                refused += place is None
            votes[row].append(place)
    return Asked(_majority(votes, asked), refused, failed)


def _majority(
    votes: Sequence[Sequence[tuple[int, int] | None]], asked: Mapping[int, int]
) -> Answers:
    """The place with most votes, the earliest of several; "not stated" has votes as well, and a
    reply that failed has none."""
    chosen = [Counter(own).most_common(1)[0] if own else (None, 0) for own in votes]
    places = [place or (0, 0) for place, _ in chosen]
    stated = np.array([place is not None for place, _ in chosen], dtype=bool)
    share = np.array([count / asked[row] for row, (_, count) in enumerate(chosen)], dtype=float)
    return Answers(
        begin=np.array([begin for begin, _ in places], dtype=np.int64),
        end=np.array([end for _, end in places], dtype=np.int64),
        probability=np.where(stated, share, 0.0),
        stated=stated,
    )


def _orders(rows: list[int], votes: int) -> list[list[int]]:
    """The questions of a text in as many different orders as there are votes, if there are so many:
    first as they come, then shuffled."""
    orders, generator = [rows], np.random.default_rng(_SEED)
    for _ in range(_TRIES * votes):
        order = [rows[place] for place in generator.permutation(len(rows))]
        if len(orders) < votes and order not in orders:
            orders.append(order)
    return orders


def _request(
    design: Design,
    text: str,
    questions: Questions,
    order: Sequence[int],
    known: Mapping[tuple[str, str], Counter[str]],
    demonstrations: Sequence[dict[str, Any]],
) -> Request:
    names = tuple(str(questions.attribute[row]) for row in order)
    category = str(questions.category[order[0]])
    data: dict[str, Any] = {"text": text}
    data["demonstrations"] = [
        {
            "text": one["text"],
            "answer": {name: one["values"].get(name, NOT_STATED) for name in names},
        }
        for one in demonstrations
    ]
    if design.form == "list":
        data |= {"category": category, "attributes": list(names)}
    else:
        data["schema"] = _schema(category, names, known, design.examples)
    return Request("extract", f"extract_{design.form}.v1", data, _reply(names))


def _schema(
    category: str,
    names: Sequence[str],
    known: Mapping[tuple[str, str], Counter[str]],
    examples: int,
) -> dict[str, Any]:
    properties = {
        name: {
            "description": f"The {name} of the product of the category {category}",
            "type": "string",
            "examples": [value for value, _ in known[category, name].most_common(examples)],
        }
        for name in names
    }
    return {"name": category, "type": "object", "properties": properties}


@cache
def _reply(names: tuple[str, ...]) -> type[pydantic.BaseModel]:
    """The form of a reply: a text for each attribute, and nothing else."""
    fields: dict[str, Any] = {
        f"attribute_{number}": (str, pydantic.Field(alias=name))
        for number, name in enumerate(names)
    }
    config = pydantic.ConfigDict(extra="forbid", strict=True)
    return pydantic.create_model("Values", __config__=config, **fields)


def _values(train: Labelled) -> defaultdict[tuple[str, str], Counter[str]]:
    """How often each value of an attribute is stated, by category."""
    known: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    asked = train.questions
    for category, name, values in zip(asked.category, asked.attribute, train.values, strict=True):
        known[category, name].update(values)
    return known


def _demonstrations(
    train: Labelled,
    texts: Sequence[str],
    questions: Questions,
    rows: Mapping[int, list[int]],
    count: int,
) -> dict[int, list[dict[str, Any]]]:
    """For each text the nearest training texts of its category, the nearest last."""
    shown: dict[int, list[dict[str, Any]]] = {text: [] for text in rows}
    if not count:
        return shown
    teaching: dict[str, dict[int, dict[str, str]]] = defaultdict(dict)
    for row, values in enumerate(train.values):
        asked = train.questions
        said = teaching[asked.category[row]].setdefault(int(asked.text[row]), {})
        said[asked.attribute[row]] = values[0] if values else NOT_STATED
    for category, known in teaching.items():
        own = [text for text in rows if questions.category[rows[text][0]] == category]
        if not own:
            continue
        near = embed([texts[text] for text in own]) @ embed([train.texts[one] for one in known]).T
        places = list(known)
        for text, likeness in zip(own, near, strict=True):
            best = np.argsort(-likeness, kind="stable")[:count][::-1]
            shown[text] = [
                {"text": train.texts[places[place]], "values": known[places[place]]}
                for place in best
            ]
    return shown
