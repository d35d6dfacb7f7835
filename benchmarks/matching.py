"""Schema matching: ours against the matchers of Valentine, on the same tables and the same gold.

Groups of tasks (matching_tasks.py): two pairs of catalogs with each other and with the canonical
schema, tables of the sample under other names, header variants of real feed formats to the
canonical schema, and header variants to each other. Weights of ours were found on the tuning half
of the last three; what is held out is told apart. A canonical column is given to Valentine as a
column with the same example values that ours knows.

Cupid, and Coma with values, want WordNet and English stop words where NLTK finds them (NLTK_DATA);
without them they are left out, and that is told. Names are one sentence, so Cupid's words are cut
by NLTK's Treebank tokenizer directly, without the model that finds sentences.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import duckdb  # noqa: E402
import pandas  # noqa: E402
from matching_tasks import (  # noqa: E402
    DATA,
    Task,
    catalogs,
    header_pairs,
    header_variants,
    renamed_sample,  # noqa: E402
)
from side_by_side import measure as measured  # noqa: E402
from side_by_side import parser  # noqa: E402

from warehouse.connection import memory, quoted  # noqa: E402
from warehouse.matching.candidates import (  # noqa: E402
    Answer,
    Candidate,
    Matching,
    to_schema,
    to_table,
)
from warehouse.matching.measures import measure  # noqa: E402
from warehouse.matching.targets import examples  # noqa: E402

FIGURES = ("accuracy_at_1", "accuracy_at_5", "recall_at_ground_truth", "no_match_accuracy")
Matcher = Callable[[duckdb.DuckDBPyConnection, Task], tuple[Answer, ...]]


def tasks(connection: duckdb.DuckDBPyConnection) -> Iterator[Task]:
    """All tasks whose data is at hand."""
    if DATA.exists():
        yield from catalogs(connection)
    yield from renamed_sample(connection)
    yield from header_variants(connection)
    yield from header_pairs(connection)


def ours(connection: duckdb.DuckDBPyConnection, task: Task) -> Matching:
    """Our matching of a task, from the tables on."""
    left, right = task.tables
    if task.targets.kind:
        return to_schema(connection, left, task.found.columns, right)
    return to_table(connection, left, task.found.columns, right, task.targets.columns)


def valentine_matchers() -> dict[str, Matcher]:
    """The matchers of Valentine with their own settings, Coma also with values."""
    from valentine import algorithms

    made = {"Coma": algorithms.Coma()}
    if _has_language_data():
        made["Coma with values"] = algorithms.Coma(use_instances=True)
        made["Cupid"] = algorithms.Cupid()
    made |= {
        "SimilarityFlooding": algorithms.SimilarityFlooding(),
        "DistributionBased": algorithms.DistributionBased(),
        "JaccardDistance": algorithms.JaccardDistanceMatcher(),
    }
    return {name: _valentine(matcher) for name, matcher in made.items()}


def _has_language_data() -> bool:
    import nltk

    try:
        nltk.corpus.stopwords.words("english")
        nltk.corpus.wordnet.synsets("price")
    except (LookupError, OSError):
        print("no WordNet in NLTK_DATA: no Cupid, no Coma with values", file=sys.stderr)
        return False
    nltk.word_tokenize = nltk.tokenize.TreebankWordTokenizer().tokenize
    return True


def _valentine(matcher: object) -> Matcher:
    from valentine import valentine_match

    def match(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[Answer, ...]:
        left = _frame(connection, task.tables[0], task.found.columns)
        right = (
            pandas.DataFrame(examples(task.targets.kind))
            if task.targets.kind
            else _frame(connection, task.tables[1], task.targets.columns)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = valentine_match([left, right], matcher, ["left", "right"])
        candidates: dict[str, list[Candidate]] = {name: [] for name in task.found.columns}
        for pair, similarity in found.items():
            candidates[pair.source_column].append(Candidate(pair.target_column, similarity))
        return tuple(
            Answer(
                name,
                tuple(sorted(given, key=lambda one: -one.confidence)) or (Candidate(None, 0.0),),
                (),
            )
            for name, given in candidates.items()
        )

    return match


def _frame(connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """A table as pandas has it, for Valentine."""
    chosen = ", ".join(map(quoted, columns))
    return connection.execute(f"SELECT {chosen} FROM {table} ORDER BY row_number").df()


def by_similarity(answers: tuple[Answer, ...], task: Task) -> float:
    """Valentine's recall at ground truth: pairs from the most similar on, whatever their column."""
    pairs = [
        (-one.confidence, found.column, one.target)
        for found in answers
        for one in found.candidates
        if one.target and found.column in task.gold
    ]
    wanted = [column for column in task.gold if task.gold[column]]
    taken = sorted(pairs)[: len(wanted)]
    right = {column for _, column, target in taken if target in task.gold[column]}
    return len(right) / len(wanted)


def groups(task: Task) -> str:
    half = "held out" if task.held_out else "tuning"
    return task.group if task.group == "catalogs" else f"{task.group}, {half}"


def run(tool: str) -> dict[str, Any]:
    """Figures of a tool by group, weighted by columns; of ours also what only it answers."""
    with memory() as connection:
        every = [task for task in tasks(connection) if any(task.gold.values())]
        if tool == "ours":
            ours(connection, every[0])  # reads the model
            found = [_ours(connection, task) for task in every]
            answers = [matching.answers for matching, _ in found]
            seconds = [taken for _, taken in found]
            alone = {
                "kinds": _kinds(connection),
                "parts": _parts(every, [matching for matching, _ in found]),
                "confidence": _confidence(every, answers),
            }
        else:
            matcher, answers, seconds, alone = valentine_matchers()[tool], [], [], {}
            for task in every:
                begin = time.perf_counter()
                try:
                    answers.append(matcher(connection, task))
                except (KeyError, ValueError, ZeroDivisionError) as error:
                    print(f"{tool} fails on {task.name}: {error!r}", file=sys.stderr)
                    answers.append(tuple(Answer(c, (Candidate(None, 0.0),), ()) for c in task.gold))
                seconds.append(time.perf_counter() - begin)
    return {"groups": _figures(tool, every, answers, seconds), "alone": alone}


def _ours(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[Matching, float]:
    begin = time.perf_counter()
    return ours(connection, task), time.perf_counter() - begin


def _figures(
    tool: str, every: list[Task], answers: list[tuple[Answer, ...]], seconds: list[float]
) -> dict[str, dict[str, float]]:
    """Each figure by group, every judged column counting alike."""
    totals: dict[str, dict[str, list[float]]] = {}
    for task, given, taken in zip(every, answers, seconds, strict=True):
        told = measure(given, task.gold)
        if tool != "ours":
            told["recall_at_ground_truth"] = by_similarity(given, task)
            told["no_match_accuracy"] = None
        matched = sum(map(bool, task.gold.values()))
        group = totals.setdefault(groups(task), {"seconds": [0.0, 1.0], "columns": [0.0, 1.0]})
        group["seconds"][0] += taken
        group["columns"][0] += matched
        for figure in FIGURES:
            value = told[figure]
            if value is not None:
                weight = len(task.gold) - matched if figure == "no_match_accuracy" else matched
                sums = group.setdefault(figure, [0.0, 0.0])
                sums[0] += value * weight
                sums[1] += weight
    return {
        group: {figure: round(value / weight, 3) for figure, (value, weight) in sums.items()}
        for group, sums in totals.items()
    }


def _kinds(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Of how many header variants the kind of rows is found from the columns."""
    right: dict[str, list[bool]] = {}
    for task in header_variants(connection):
        found = to_schema(connection, task.tables[0], task.found.columns)
        right.setdefault(groups(task), []).append(found.kind == task.tables[1])
    return {group: f"{sum(told)} of {len(told)}" for group, told in right.items()}


def _parts(every: list[Task], found: list[Matching]) -> str:
    """How many merged and cut columns are told, of those that were made."""
    held, wanted = 0, 0
    for task, matching in zip(every, found, strict=True):
        seen = {frozenset((part.whole, part.part)) for part in matching.parts}
        held += sum(frozenset(pair) in seen for pair in task.parts)
        wanted += len(task.parts)
    return f"{held} of {wanted}"


def _confidence(every: list[Task], answers: list[tuple[Answer, ...]]) -> dict[str, float]:
    """How true confidence is where nothing was tuned: the mean distance, in ten bands, of
    confidence and the share of right answers."""
    bands: dict[int, list[tuple[float, bool]]] = {}
    for task, given in zip(every, answers, strict=True):
        for answer in given:
            if task.held_out and answer.column in task.gold:
                right = answer.target in (task.gold[answer.column] or {None})
                band = min(int(answer.confidence * 10), 9)
                bands.setdefault(band, []).append((answer.confidence, right))
    count = sum(map(len, bands.values()))
    error = sum(abs(sum(c for c, _ in band) - sum(r for _, r in band)) for band in bands.values())
    return {"calibration_error": round(error / count, 3), "answers": count}


def main() -> None:
    """Prints a table, or one JSON object."""
    told = parser(__doc__).parse_args()
    if told.measure:
        print(json.dumps(run(told.measure[0])))
        return
    found = {name: measured(__file__, name) for name in ("ours", *valentine_matchers())}
    if told.json:
        print(json.dumps(found))
        return
    print("| group | matcher | columns | @1 | @5 | recall@GT | no match | seconds |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for group in found["ours"]["groups"]:
        for name, result in found.items():
            row = result["groups"][group]
            figures = [f"{row[one]:.3f}" if one in row else "" for one in FIGURES]
            cells = [group, name, f"{row['columns']:.0f}", *figures, f"{row['seconds']:.1f}"]
            print(f"| {' | '.join(cells)} |")
    print(json.dumps(found["ours"]["alone"], indent=1))


if __name__ == "__main__":
    main()
