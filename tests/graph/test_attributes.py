"""Attribute prediction learns what the shop does, is measured against baselines, and repeats."""

from dataclasses import replace

import numpy as np
import torch

from graph.attributes import MODEL, load_attributes, train_attributes
from graph.build import build
from graph.calibration import fit_temperature
from graph.products import TASKS, TEST, TRAIN, VALIDATION, Groups, read_products
from tests.graph.conftest import ATTRIBUTES
from tests.graph.shop import START, fill
from warehouse.connection import memory
from warehouse.load import load


def test_what_the_maker_decides_is_learned_and_baselines_stand_beside(shop):
    rows = shop.execute(
        """
        SELECT task, model, metric, value, cases FROM graph.metric
        WHERE split = 'test' AND list_contains(?, task) AND metric IN ('accuracy', 'macro-F1')
        """,
        [list(TASKS)],
    ).fetchall()
    values = {row[:3]: row[3] for row in rows}
    names = {model for _, model, _ in values}
    assert {"majority", "text logistic regression"} < names
    products = read_products(shop, build(shop), ATTRIBUTES.seed)
    for task in TASKS:
        assert {(task, name, metric) for name in names for metric in ("accuracy", "macro-F1")} <= (
            values.keys()
        )
        assert values[task, MODEL, "accuracy"] > values[task, "majority", "accuracy"]
        assert values[task, MODEL, "accuracy"] > 0.9
        cases = {row[4] for row in rows if row[0] == task}
        assert cases == {len(products.cases(task, TEST))}


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(copied, models, tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        train_attributes(copied, tmp_path, ATTRIBUTES)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert (tmp_path / "attributes.pt").read_bytes() == (models / "attributes.pt").read_bytes()


def test_a_catalog_without_anything_to_learn_is_skipped_and_says_so(tmp_path):
    with memory() as connection:
        told = train_attributes(connection, tmp_path, ATTRIBUTES)
    assert told["skipped_tasks"] == "category, productType, brand, size"
    assert (tmp_path / "attributes.pt").exists()


def test_what_follows_from_nothing_is_not_known(tmp_path):
    """The label of the product asked about, and those of hidden products, are seen by nobody."""
    with memory() as connection:
        fill(connection, tmp_path, random_sizes=True)
        train_attributes(connection, tmp_path, replace(ATTRIBUTES, epochs=20))
        rows = connection.execute(
            """
            SELECT model, value FROM graph.metric
            WHERE task = 'size' AND metric = 'accuracy' AND split = 'test'
            """
        ).fetchall()
    assert len(rows) == 5
    assert all(value < 0.5 for _, value in rows), rows


def test_what_only_the_title_tells_is_learned(connection, tmp_path):
    lines = ["id,title,category"]
    for number in range(600):
        thing = ("Mug", "Pan", "Knife")[number % 3]
        known = f"{thing}s" if number % 10 else ""
        lines.append(f"{number},Fine {thing} no {number * 7 % 101},{known}")
    (tmp_path / "products.csv").write_text("\n".join(lines) + "\n")
    load(connection, tmp_path / "products.csv", kind="product", source="shop", as_of=START)
    train_attributes(connection, tmp_path, replace(ATTRIBUTES, epochs=20))
    rows = dict(
        connection.execute(
            "SELECT model, value FROM graph.metric WHERE metric = 'accuracy' AND task = 'category'"
        ).fetchall()
    )
    assert rows[MODEL] > 0.95 and rows["text logistic regression"] > 0.95 > rows["majority"]


def test_hidden_labels_change_nothing_that_is_predicted(shop, models):
    """Of the product that is asked about, and of those that it attends to."""
    graph = build(shop)
    model = load_attributes(shop, models, graph).model
    codes = {name: column.copy() for name, column in model.products.codes.items()}
    hidden = model.products.split != TRAIN
    codes["size"][hidden] = codes["size"][hidden] % len(model.products.classes["size"]) + 1
    changed = replace(model.products, codes=codes)
    other = replace(model, products=changed, groups=Groups(graph, changed))
    rows = np.arange(len(hidden))
    assert torch.equal(model.logits("size", rows), other.logits("size", rows))
    # Of itself a product knows what is not asked for.
    assert not torch.equal(model.logits("category", rows), other.logits("category", rows))


def test_the_temperature_is_fitted_on_validation(shop, models):
    trained = load_attributes(shop, models, build(shop))
    for task, temperature in trained.temperatures.items():
        rows = trained.model.products.cases(task, VALIDATION)
        true = torch.from_numpy(trained.model.products.codes[task][rows] - 1)
        assert fit_temperature(trained.model.logits(task, rows), true) == temperature
