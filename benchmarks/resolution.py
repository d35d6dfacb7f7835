"""How well two whole catalogs are linked without labels, next to Splink and TF-IDF neighbours.

Two pairs of real catalogs (`../shared/data`, or --data). Nothing sees the known pairs; every pair
that is not known counts as wrong, and every tool keeps the likeliest pairs first, one to one. Plain
Splink has comparisons and blocking as its documentation proposes for such columns, and matches from
0.5 on; TF-IDF links nearest neighbours above the threshold that Otsu's method finds in their
cosines. `best F1` is that of the best threshold, which only the known pairs tell: what each tool
could reach. Then what labels add, and how pairs, time and memory grow on generated catalogs.

    python benchmarks/resolution.py [--data FOLDER] [--rows 50000] [--seeds 3] [--json]
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from side_by_side import Measured, measure, parser, print_table, ratio, tell

from warehouse.connection import memory
from warehouse.resolution.assigning import assign
from warehouse.resolution.files import known_pairs, loaded, resolve_files
from warehouse.resolution.linking import Settings, link
from warehouse.resolution.measuring import blocking_recall, score

CASES = {
    "abt-buy": ("abt_buy", "abt", "buy"),
    "walmart-amazon": ("walmart_amazon", "walmart", "amazon"),
}
DATA = Path(__file__).parents[2] / "shared" / "data"
SHARES = (0.0, 0.01, 0.05, 0.1)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--data", type=Path, default=DATA, help="folder of the catalogs")
    options.add_argument("--rows", type=int, default=50_000, help="generated products of a side")
    options.add_argument("--seeds", type=int, default=3, help="drawings of labels")
    arguments = options.parse_args()
    if arguments.measure:
        what, *others = arguments.measure
        tell(**MEASURES[what](*others))
        return
    data, seeds = arguments.data, arguments.seeds
    found = {
        (case, tool): measure(__file__, "tool", case, tool, data)
        for case in CASES
        for tool in TOOLS
    }
    labels = {
        (case, f"{share:.0%}"): measure(__file__, "labels", case, share, seeds, data)
        for case in CASES
        for share in SHARES
    }
    scale = {
        rows: measure(__file__, "scale", rows) for rows in (arguments.rows // 5, arguments.rows)
    }
    if arguments.json:
        print(json.dumps(_result(found, labels, scale)))
        return
    counted = ("precision", "recall", "f1", "best_f1", "pairs_compared", "blocking_recall")
    titles = ("precision", "recall", "F1", "best F1", "pairs", "blocking recall")
    print_table(found, ["case", "tool"], dict(zip(titles, counted, strict=True)))
    print("\n| case | labels | F1 | spread |\n|---|--:|--:|--:|")
    for (case, share), row in labels.items():
        print(f"| {case} | {share} | {row['f1']:.4f} | {row['spread']:.4f} |")
    print("\n| products of a side | pairs | F1 | seconds | peak MB |\n|--:|--:|--:|--:|--:|")
    for rows, row in scale.items():
        print(
            f"| {rows:,} | {row['pairs_compared']:,.0f} | {row['f1']:.4f} | {row['seconds']:.1f} "
            f"| {row['peak_mb']:,.0f} |"
        )


def _result(
    found: dict[tuple[str, str], Measured],
    labels: dict[tuple[str, str], Measured],
    scale: dict[int, Measured],
) -> dict[str, Any]:
    result: dict[str, Any] = {tool: {case: found[case, tool] for case in CASES} for tool in TOOLS}
    result["ratio"] = {
        tool: {case: ratio(found[case, "ours"], found[case, tool]) for case in CASES}
        for tool in TOOLS
        if tool != "ours"
    }
    result["labels"] = {
        case: {share: row for (of, share), row in labels.items() if of == case} for case in CASES
    }
    result["scale"] = {str(rows): row for rows, row in scale.items()}
    return result


def _files(case: str, data: str) -> tuple[Path, Path, Path]:
    folder, left, right = CASES[case]
    paths = [Path(data) / folder / f"{name}.csv" for name in (left, right, "matches")]
    return paths[0], paths[1], paths[2]


def _tool(case: str, tool: str, data: str) -> Measured:
    return TOOLS[tool](*_files(case, data))


def _ours(meaning: bool) -> Callable[[Path, Path, Path], Measured]:
    def linked(left: Path, right: Path, gold: Path) -> Measured:
        resolved = resolve_files(left, right, Settings(meaning=meaning), gold=gold)
        told = resolved.told()
        names = ("precision", "recall", "f1", "pairs_compared", "blocking_recall", "seconds")
        known = known_pairs(loaded(left, right), gold)
        best = _best(resolved.linked.pairs, known)
        return {"best_f1": best} | {name: told[name] for name in names}

    return linked


def _scored(pairs: pa.Table, threshold: float, gold: Path, started: float) -> Measured:
    """Scores the pairs (left_id, right_id, probability) of a peer."""
    seconds = time.perf_counter() - started
    pairs = duckdb.sql(
        "SELECT concat('left ', left_id) AS left_id, concat('right ', right_id) AS right_id, "
        "probability FROM pairs"
    ).to_arrow_table()
    known = duckdb.sql(
        "SELECT concat('left ', D1) AS left_id, concat('right ', D2) AS right_id "
        "FROM read_csv(?, delim = '|', all_varchar = true)",
        params=[str(gold)],
    ).to_arrow_table()
    found = score(assign(pairs, threshold), known)
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
        "best_f1": _best(pairs, known),
        "pairs_compared": pairs.num_rows,
        "blocking_recall": round(blocking_recall(pairs, known), 4),
        "seconds": seconds,
    }


def _best(pairs: pa.Table, known: pa.Table) -> float:
    """The highest F1 over thresholds, which only the known pairs tell."""
    kept = assign(pairs, 0.0)
    thresholds = np.unique(np.quantile(kept["probability"].to_numpy(), np.linspace(0, 1, 101)))
    scores = [
        score(kept.filter(pc.field("probability") >= least), known).f1 for least in thresholds
    ]
    return round(max(scores), 4)


def _splink(left: Path, right: Path, gold: Path) -> Measured:
    """Titles by Jaro-Winkler and by how many words they share, price, and brand and model number
    where they are; half of the smaller catalog is expected to have a partner, as ours does."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    started = time.perf_counter()
    connection = duckdb.connect()
    for side, path in (("left", left), ("right", right)):
        connection.execute(
            f"""
            CREATE TABLE {side}_side AS
            SELECT * REPLACE (TRY_CAST(price AS DOUBLE) AS price)
            FROM read_csv('{path}', delim = '|', all_varchar = true)
            """
        )
    columns = [name for name, *_ in connection.execute("DESCRIBE left_side").fetchall()]
    title = "title" if "title" in columns else "name"
    sizes = []
    for side in ("left", "right"):
        connection.execute(f"ALTER TABLE {side}_side ADD COLUMN words VARCHAR[]")
        connection.execute(
            f"UPDATE {side}_side SET words = list_distinct(string_split(lower({title}), ' '))"
        )
        (size,) = connection.execute(f"SELECT count(*) FROM {side}_side").fetchall()[0]
        sizes.append(size)
    exact = [name for name in ("brand", "modelno") if name in columns]
    ratios = [("within 10 %", 1.1), ("within 50 %", 1.5)]
    price = cl.CustomComparison(
        output_column_name="price",
        comparison_levels=[
            {"sql_condition": "price_l IS NULL OR price_r IS NULL", "is_null_level": True,
             "label_for_charts": "null"},
            *(
                {"sql_condition": f"greatest(price_l, price_r) <= {most} * least(price_l, price_r)",
                 "label_for_charts": label}
                for label, most in ratios
            ),
            {"sql_condition": "ELSE", "label_for_charts": "else"},
        ],
    )  # fmt: skip
    first_word = block_on(f"lower(split_part({title}, ' ', 1))")
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        comparisons=[
            cl.JaroWinklerAtThresholds(title, [0.95, 0.88, 0.8]),
            cl.ArrayIntersectAtSizes("words", [6, 4, 3, 2]),
            price,
            *map(cl.ExactMatch, exact),
        ],
        probability_two_random_records_match=0.5 / max(sizes),
        blocking_rules_to_generate_predictions=[first_word, *map(block_on, exact)],
    )
    database = DuckDBAPI(connection)
    sides = [database.register(f"{side}_side") for side in ("left", "right")]
    linker = Linker(sides, settings, log_level=None)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=0)
    linker.training.estimate_parameters_using_expectation_maximisation(first_word)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("price"))
    predicted = linker.inference.predict(warning_mode="never").as_duckdbpyrelation()
    pairs = predicted.project(
        "id_l AS left_id, id_r AS right_id, match_probability AS probability"
    ).to_arrow_table()
    return _scored(pairs, 0.5, gold, started)


def _tf_idf(left: Path, right: Path, gold: Path) -> Measured:
    """The five nearest of each left product by the cosine of all its words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    started = time.perf_counter()
    texts = [
        duckdb.execute(
            """
            SELECT concat_ws(' ', *COLUMNS(* EXCLUDE (id, price)))
            FROM read_csv(?, delim = '|', all_varchar = true)
            """,
            [str(path)],
        ).fetchnumpy()
        for path in (left, right)
    ]
    words = [list(next(iter(found.values()))) for found in texts]
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(words[0] + words[1])
    lefts, rights = vectors[: len(words[0])], vectors[len(words[0]) :].T.tocsr()
    rows, columns, cosines = [], [], []
    for start in range(0, lefts.shape[0], 500):
        block = (lefts[start : start + 500] @ rights).toarray()
        nearest = np.argsort(-block, axis=1, kind="stable")[:, :5]
        rows.append(np.repeat(np.arange(start, start + len(block)), 5))
        columns.append(nearest.ravel())
        cosines.append(np.take_along_axis(block, nearest, 1).ravel())
    cosine = np.concatenate(cosines)
    pairs = pa.table(
        {
            "left_id": np.concatenate(rows),
            "right_id": np.concatenate(columns),
            "probability": cosine,
        }
    )
    return _scored(pairs, _otsu(cosine[::5]), gold, started)


def _otsu(values: np.ndarray) -> float:
    """The threshold that parts values into the two most different groups (Otsu 1979)."""
    ordered = np.sort(values)
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)[:-1]
    means = sums / below, (ordered.sum() - sums) / (len(ordered) - below)
    return float(
        ordered[np.argmax(below * (len(ordered) - below) * np.square(means[1] - means[0])) + 1]
    )


def _labels(case: str, share: str, seeds: str, data: str) -> Measured:
    """Mean F1 where all compared pairs of a share of the left products are labelled; these products
    count neither as found nor as known."""
    started = time.perf_counter()
    left, right, gold = _files(case, data)
    connection = loaded(left, right)
    known = known_pairs(connection, gold)
    settings = Settings(meaning=False)
    compared = link(connection, "left", "right", settings).pairs
    connection.register("compared", compared.select(["left_id", "right_id"]))
    connection.register("known", known)
    ids = connection.execute(
        "SELECT product_id FROM catalog.product WHERE source = 'left' ORDER BY product_id"
    ).fetchnumpy()["product_id"]
    scores = []
    for seed in range(int(seeds) if float(share) else 1):
        drawn = np.random.default_rng(seed).permutation(ids)[: round(float(share) * len(ids))]
        asked = pa.table({"left_id": pa.array(drawn, pa.string())})
        connection.register("asked", asked)
        labels = connection.sql(
            """
            SELECT left_id, right_id, known.left_id IS NOT NULL AS is_match
            FROM compared SEMI JOIN asked USING (left_id)
            LEFT JOIN known USING (left_id, right_id)
            """
        ).to_arrow_table()
        matches = link(connection, "left", "right", settings, labels).matches
        others = matches.join(asked, "left_id", join_type="left anti")
        scores.append(score(others, known.join(asked, "left_id", join_type="left anti")).f1)
    return {
        "f1": round(statistics.mean(scores), 4),
        "spread": round(statistics.pstdev(scores), 4),
        "seconds": time.perf_counter() - started,
    }


def _scale(rows: str) -> Measured:
    """Links generated catalogs of which two thirds have a partner: words are lost and turned round,
    model codes written otherwise, prices moved."""
    connection = memory()
    connection.execute(
        """
        CREATE TEMP TABLE made AS
        SELECT
            i,
            'brand' || hash(i, 1) % 400 AS brand,
            'kind' || hash(i, 2) % 300 AS kind,
            list_transform(range(4), lambda k: 'word' || hash(i, 3 + k) % 5000) AS words,
            chr(65 + (hash(i, 8) % 26)::INTEGER) || chr(65 + (hash(i, 9) % 26)::INTEGER) AS letters,
            hash(i, 10) % 90000 + 10000 AS number,
            (hash(i, 11) % 30 + 1) * 8 AS size,
            5 + hash(i, 12) % 50000 / 100 AS price
        FROM range(?) AS t (i)
        """,
        [int(rows) * 4 // 3],
    )
    connection.execute(
        """
        INSERT INTO catalog.product BY NAME
        SELECT
            node_id('product', source, i::VARCHAR) AS product_id, source, i::VARCHAR AS key, name,
            price, 'load' AS load_id
        FROM (
            SELECT
                'left' AS source, i, price,
                concat_ws(' ', brand, kind, words[1], words[2], words[3], letters || '-' || number,
                    size || ' GB') AS name
            FROM made WHERE i % 4 < 3
            UNION ALL
            SELECT
                'right', i, price * (0.9 + hash(i, 13) % 20 / 100),
                concat_ws(' ', words[2], CASE WHEN hash(i, 14) % 4 > 0 THEN brand END, kind,
                    words[4], words[1], CASE WHEN hash(i, 15) % 3 > 0 THEN letters || number END,
                    size || 'GB')
            FROM made WHERE i % 4 > 0
        )
        ORDER BY product_id
        """
    )
    started = time.perf_counter()
    linked = link(connection, "left", "right", Settings(meaning=False))
    seconds = time.perf_counter() - started
    known = connection.sql(
        """
        SELECT node_id('product', 'left', i::VARCHAR) AS left_id,
            node_id('product', 'right', i::VARCHAR) AS right_id
        FROM made WHERE i % 4 IN (1, 2)
        """
    ).to_arrow_table()
    found = score(linked.matches, known)
    return {
        "pairs_compared": linked.blocking.pairs,
        "f1": round(found.f1, 4),
        "blocking_recall": round(blocking_recall(linked.pairs, known), 4),
        "seconds": seconds,
    }


TOOLS: dict[str, Callable[[Path, Path, Path], Measured]] = {
    "ours": _ours(meaning=True),
    "ours, no sentence model": _ours(meaning=False),
    "splink": _splink,
    "tf-idf": _tf_idf,
}
MEASURES: dict[str, Callable[..., Measured]] = {"tool": _tool, "labels": _labels, "scale": _scale}

if __name__ == "__main__":
    main()
