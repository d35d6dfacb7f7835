"""Attribute values from product titles (AE-110K): ours and simple peers, with a fifth of the
training titles and with all.

All learn from the same titles, answer the same questions and are scored by the protocol of
ExtractGPT (warehouse/extraction/scoring.py).
"""

import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import side_by_side

from warehouse.extraction.labelled import Labelled, read_labelled
from warehouse.extraction.ranker import fit
from warehouse.extraction.scoring import report
from warehouse.extraction.study import answer

SHARES = (0.2, 1.0)
DATA = Path(__file__).parents[2] / "shared" / "data" / "ae110k"
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|[^\w\s]|_")

Answers = list[str | None]


def ours(train: Labelled, test: Labelled) -> Answers:
    """The ranker of spans."""
    return answer(fit(train.texts, train.questions, train.values), test)


def commonest(train: Labelled, test: Labelled) -> Answers:
    """The commonest value of the attribute in the category, whatever the title says."""
    known = _values(train)
    return [
        max(known[key], key=lambda value: known[key][value], default=None) for key in _keys(test)
    ]


def lookup(train: Labelled, test: Labelled) -> Answers:
    """The first known value that the title contains, in the order of training: the dictionary of
    ExtractGPT."""
    known = _values(train)
    return [
        next((value for value in known[key] if value in title), None)
        for key, title in zip(_keys(test), _titles(test), strict=True)
    ]


def dictionary(train: Labelled, test: Labelled) -> Answers:
    """The commonest known value that the title contains, the longest of several as common."""
    known = _values(train)
    return [
        max(
            (value for value in known[key] if value in title),
            key=lambda value: (known[key][value], len(value)),
            default=None,
        )
        for key, title in zip(_keys(test), _titles(test), strict=True)
    ]


def tagger(train: Labelled, test: Labelled) -> Answers:
    """A conditional random field over tokens for each category, with the words and shapes around
    each token; what is not asked of a title counts as outside."""
    import pycrfsuite

    found: Answers = [None] * len(test.values)
    for category in sorted(set(test.questions.category)):
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": 0.1, "c2": 0.1, "max_iterations": 100})
        for title, stated in _by_title(train, category):
            tokens = [match.span() for match in _TOKEN.finditer(title)]
            trainer.append(_features(title, tokens), _tags(title, tokens, stated))
        with TemporaryDirectory() as folder:
            trainer.train(f"{folder}/model")
            reader = pycrfsuite.Tagger()
            reader.open(f"{folder}/model")
            for row in np.flatnonzero(test.questions.category == category):
                title = test.texts[test.questions.text[row]]
                tokens = [match.span() for match in _TOKEN.finditer(title)]
                tags = reader.tag(_features(title, tokens))
                found[row] = _tagged(title, tokens, tags, test.questions.attribute[row])
            reader.close()
    return found


TOOLS: dict[str, Callable[[Labelled, Labelled], Answers]] = {
    "ours": ours,
    "conditional random field": tagger,
    "dictionary, commonest first": dictionary,
    "dictionary, as in ExtractGPT": lookup,
    "commonest value": commonest,
}


def main() -> None:
    options = side_by_side.parser(__doc__).parse_args()
    train, test = (read_labelled(DATA / f"{name}.jsonl") for name in ("train", "test"))
    found: dict[str, dict[str, Any]] = {}
    for share in SHARES:
        part = train.part(share)
        for name, tool in TOOLS.items():
            begin = time.monotonic()
            scores = report(part, test, tool(part, test))
            seconds = round(time.monotonic() - begin, 2)
            found[f"{share:.0%} {name}"] = {**scores, "seconds": seconds}
    if options.json:
        print(json.dumps(found))
        return
    print("| titles | tool | micro F1 | precision | recall | strict F1 | seen | unseen | seconds |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for case, row in found.items():
        share, _, name = case.partition(" ")
        figures = [row[one] for one in ("micro_f1", "precision", "recall", "strict_f1")]
        figures += [row["seen"]["f1"], row["unseen"]["f1"]]
        numbers = " | ".join(f"{figure:.3f}" for figure in figures)
        print(f"| {share} | {name} | {numbers} | {row['seconds']:.1f} |")


def _keys(labelled: Labelled) -> list[tuple[str, str]]:
    asked = labelled.questions
    return list(zip(asked.category, asked.attribute, strict=True))


def _titles(labelled: Labelled) -> list[str]:
    return [labelled.texts[text] for text in labelled.questions.text]


def _values(train: Labelled) -> dict[tuple[str, str], Counter[str]]:
    """How often each value is stated, in the order of training."""
    known: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for key, values in zip(_keys(train), train.values, strict=True):
        known[key].update(values)
    return known


def _by_title(
    train: Labelled, category: str
) -> list[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    titles: dict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    asked = train.questions
    for row, values in enumerate(train.values):
        if asked.category[row] == category:
            titles[int(asked.text[row])].append((asked.attribute[row], values))
    return [(train.texts[text], stated) for text, stated in titles.items()]


def _tags(
    title: str, tokens: list[tuple[int, int]], stated: list[tuple[str, tuple[str, ...]]]
) -> list[str]:
    tags = ["O"] * len(tokens)
    for attribute, values in stated:
        for value in values[:1]:
            begin = title.find(value)
            inside = [
                place
                for place, (first, last) in enumerate(tokens)
                if begin >= 0 and first < begin + len(value) and last > begin
            ]
            for place in inside:
                tags[place] = f"{'B' if place == inside[0] else 'I'}-{attribute}"
    return tags


def _tagged(
    title: str, tokens: list[tuple[int, int]], tags: list[str], attribute: str
) -> str | None:
    if f"B-{attribute}" not in tags:
        return None
    first = last = tags.index(f"B-{attribute}")
    while last + 1 < len(tags) and tags[last + 1] == f"I-{attribute}":
        last += 1
    return title[tokens[first][0] : tokens[last][1]]


def _features(title: str, tokens: list[tuple[int, int]]) -> list[list[str]]:
    words = [title[begin:end] for begin, end in tokens]
    low = ["<s>", "<s>", *(word.lower() for word in words), "</s>", "</s>"]
    rows = []
    for place, word in enumerate(words):
        shape = re.sub(r"\d+", "9", re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", word)))
        around = {f"{step}={low[place + 2 + step]}" for step in (-2, -1, 0, 1, 2)}
        pairs = [f"p={low[place + 1]} {low[place + 2]}", f"n={low[place + 2]} {low[place + 3]}"]
        rows.append(
            [*sorted(around), *pairs, f"shape={shape}", f"at={min(place, 4)}"]
            + [f"prefix={low[place + 2][:3]}", f"suffix={low[place + 2][-3:]}"]
        )
    return rows


if __name__ == "__main__":
    main()
