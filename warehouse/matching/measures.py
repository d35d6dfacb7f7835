"""How good a matching is, against what is right for each column (gold).

- `accuracy_at_1`: the share of columns with a right target whose answer is a right one. "No match"
  is an answer, and wrong for them.
- `accuracy_at_5`: the share of them of which a right target is among the first five candidates;
  "no match" takes a place among these.
- `recall_at_ground_truth` (Koutras et al. 2021, Valentine): of the pairs of gold, the share among
  as many pairs as gold has, taken from the surest on.
- `no_match_accuracy`: the share of columns of which gold says that nothing is right whose answer is
  "no match"; None where gold has no such column.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from warehouse.errors import LoadError
from warehouse.matching.candidates import KEPT, Answer, ranked

Gold = Mapping[str, frozenset[str]]


def measure(answers: Sequence[Answer], gold: Gold) -> dict[str, float | None]:
    """The four figures; columns that gold does not name are not judged.

    Raises:
        LoadError: if gold names a column that there is not, or has no right target at all.
    """
    by_column = {answer.column: answer for answer in answers}
    unknown = [column for column in gold if column not in by_column]
    if unknown:
        raise LoadError(
            f"the gold mapping names {', '.join(unknown)}; the file has: {', '.join(by_column)}"
        )
    matched = [column for column in gold if gold[column]]
    if not matched:
        raise LoadError("the gold mapping has no line with a right side; give at least one")
    first, early = [], []
    for column in matched:
        targets = [candidate.target for candidate in by_column[column].candidates]
        first.append(targets[0] in gold[column])
        early.append(any(target in gold[column] for target in targets[:KEPT]))
    judged = [pair for pair in ranked(answers) if pair[0] in gold][: len(matched)]
    found = {column for column, target, _ in judged if target in gold[column]}
    unmatched = [column for column in gold if not gold[column]]
    without = [by_column[column].target is None for column in unmatched]
    return {
        "accuracy_at_1": _share(first),
        "accuracy_at_5": _share(early),
        "recall_at_ground_truth": round(len(found) / len(matched), 4),
        "no_match_accuracy": _share(without) if without else None,
    }


def read_gold(path: Path) -> dict[str, frozenset[str]]:
    """A gold mapping: delimited text with the columns `left` and `right`, or JSON, an object of
    left to right (or a list of right ones) or a list of objects with left and right. An empty right
    side says that nothing is right; a left side that comes twice has two right ones.

    Raises:
        LoadError: if it is neither.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(f"{path}: the gold mapping cannot be read ({error}); check it") from error
    rows = _from_json(text) if text.lstrip().startswith(("{", "[")) else _from_text(text)
    if not rows:
        raise LoadError(
            f"{path}: no gold mapping; give delimited text with the columns left and right, "
            'or JSON such as {"left": "right"}'
        )
    gold: dict[str, set[str]] = {}
    for left, right in rows:
        gold.setdefault(left, set()).update(filter(None, [right]))
    return {left: frozenset(rights) for left, rights in gold.items()}


def _from_json(text: str) -> list[tuple[str, str]]:
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(told, dict):
        return [
            (left, str(right or ""))
            for left, rights in told.items()
            for right in (rights if isinstance(rights, list) and rights else [rights])
        ]
    if all(isinstance(row, dict) and "left" in row for row in told):
        return [(str(row["left"]), str(row.get("right") or "")) for row in told]
    return []


def _from_text(text: str) -> list[tuple[str, str]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if not rows or not {"left", "right"} <= set(rows[0]):
        return []
    # A row that ends early has None.
    return [((row["left"] or "").strip(), (row["right"] or "").strip()) for row in rows]


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / len(right), 4)
