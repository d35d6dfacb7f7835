"""Schema matching: ours against the matchers of Valentine, on the same tables and the same gold.

Groups of tasks (matching_tasks.py): two pairs of catalogs with each other and with the canonical
schema, tables of the sample under other names, header variants of real feed formats to the
canonical schema, and header variants to each other. Weights of ours were found on the tuning half
of the last three; what is held out is told apart. A canonical column is given to Valentine as a
column with the same example values that ours knows.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import duckdb  # noqa: E402
from matching_tasks import (  # noqa: E402
    DATA,
    Task,
    catalogs,
    header_pairs,
    header_variants,
    renamed_sample,  # noqa: E402
)
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

    made = {
        "Coma": algorithms.Coma(),
        "Coma with values": algorithms.Coma(use_instances=True),
        "Cupid": algorithms.Cupid(),
        "SimilarityFlooding": algorithms.SimilarityFlooding(),
        "DistributionBased": algorithms.DistributionBased(),
        "JaccardDistance": algorithms.JaccardDistanceMatcher(),
    }
    return {name: _valentine(matcher) for name, matcher in made.items()}


def _valentine(matcher: object) -> Matcher:
    from valentine import valentine_match

    def match(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[Answer, ...]:
        left = _frame(connection, task.tables[0], task.found.columns)
        right = _frame(
            connection,
            "example_row" if task.targets.kind else task.tables[1],
            task.targets.columns,
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


def run(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by group and matcher, summed over columns."""
    every = list(tasks(connection))
    ours(connection, every[0])  # reads the model
    found: dict[str, dict[str, dict[str, float]]] = {}
    for task in every:
        if not any(task.gold.values()):
            continue
        _note(connection, task, "ours", found, lambda c, t: ours(c, t).answers)
    for name, matcher in valentine_matchers().items():
        for task in every:
            if any(task.gold.values()):
                if task.targets.kind:
                    from warehouse.matching.targets import canonical

                    canonical(connection, task.targets.kind)
                _note(connection, task, name, found, matcher)
    return {
        group: {
            name: {
                figure: round(total[figure] / max(total[f"of {figure}"], 1), 3)
                for figure in FIGURES
                if total.get(f"of {figure}")
            }
            | {"seconds": round(total["seconds"], 2), "columns": total["of accuracy_at_1"]}
            for name, total in named.items()
        }
        for group, named in found.items()
    }


def _note(
    connection: duckdb.DuckDBPyConnection,
    task: Task,
    name: str,
    found: dict[str, dict[str, dict[str, float]]],
    matcher: Matcher,
) -> None:
    begin = time.perf_counter()
    answers = matcher(connection, task)
    seconds = time.perf_counter() - begin
    told = measure(answers, task.gold)
    if name != "ours":
        told["recall_at_ground_truth"] = by_similarity(answers, task)
        told["no_match_accuracy"] = None
    total = found.setdefault(groups(task), {}).setdefault(name, {"seconds": 0.0})
    total["seconds"] += seconds
    matched = sum(map(bool, task.gold.values()))
    for figure in FIGURES:
        value = told[figure]
        if value is not None:
            weight = matched if figure != "no_match_accuracy" else len(task.gold) - matched
            total[figure] = total.get(figure, 0.0) + value * weight
            total[f"of {figure}"] = total.get(f"of {figure}", 0) + weight


def alone(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, float]]:
    """What only ours answers: the kind of rows, merged and cut columns, and how true confidence
    is (the mean distance of confidence and share of right answers, in ten bands)."""
    kinds: dict[str, list[bool]] = {}
    for task in header_variants(connection):
        found = to_schema(connection, task.tables[0], task.found.columns)
        kinds.setdefault(groups(task), []).append(found.kind == task.tables[1])
    held, wanted = 0, 0
    for task in renamed_sample(connection):
        seen = {(part.part, part.whole) for part in ours(connection, task).parts}
        seen |= {(whole, part) for part, whole in seen}
        held += len(task.parts & seen)
        wanted += len(task.parts)
    bands: dict[int, list[tuple[float, bool]]] = {}
    for task in tasks(connection):
        if task.held_out:
            for answer in ours(connection, task).answers:
                if answer.column in task.gold:
                    gold = task.gold[answer.column] or {None}
                    band = min(int(answer.confidence * 10), 9)
                    bands.setdefault(band, []).append((answer.confidence, answer.target in gold))
    count = sum(map(len, bands.values()))
    error = sum(abs(sum(c for c, _ in band) - sum(r for _, r in band)) for band in bands.values())
    return {
        "kinds": {group: sum(right) / len(right) for group, right in kinds.items()},
        "parts": {"found": held, "of": wanted},
        "confidence": {"calibration_error": round(error / count, 3), "answers": count},
    }


def main() -> None:
    """Prints a table, or one JSON object."""
    told = parser(__doc__).parse_args()
    with memory() as connection:
        found, own = run(connection), alone(connection)
    if told.json:
        print(json.dumps({"groups": found, "ours alone": own}))
        return
    print("| group | matcher | columns | @1 | @5 | recall@GT | no match | seconds |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for group, named in found.items():
        for name, row in named.items():
            figures = [f"{row[one]:.3f}" if one in row else "" for one in FIGURES]
            cells = [group, name, str(row["columns"]), *figures, f"{row['seconds']:.1f}"]
            print(f"| {' | '.join(cells)} |")
    print(json.dumps(own, indent=1))


if __name__ == "__main__":
    main()
