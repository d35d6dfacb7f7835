"""Every question of the cookbook has an answer, and some answers are computed again, another
way.
"""

import re
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipelines import query
from warehouse.sources import sample as sample_source

COOKBOOK = Path(__file__).parents[1] / "docs" / "cookbook.md"
RECIPES = dict(
    re.findall(r"^## (.+?)\n.*?^```sql\n(.*?)^```", COOKBOOK.read_text(), re.DOTALL | re.MULTILINE)
)


def answer(sample: duckdb.DuckDBPyConnection, question: str) -> pd.DataFrame:
    return sample.execute(RECIPES[question]).df()


@pytest.fixture(scope="module")
def lines(sample_warehouse: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The transactions of the chosen households, straight from the file of the sample, with
    their products.
    """
    files = sample_source.folder()
    households = [
        key for (key,) in sample_warehouse.execute("SELECT key FROM behaviour.customer").fetchall()
    ]
    lines = pd.read_parquet(files / "transactions.parquet")
    lines = lines[lines["household_id"].astype(str).isin(households)]
    lines = lines.merge(pd.read_parquet(files / "products.parquet"), on="product_id")
    lines["time"] = (
        lines["transaction_timestamp"]
        .dt.tz_localize("UTC")
        .dt.tz_convert("America/New_York")
        .dt.tz_localize(None)
    )
    lines["shelf"] = lines["sales_value"] + lines["retail_disc"] + lines["coupon_match_disc"]
    return lines


def test_there_are_at_least_twelve_questions():
    assert len(RECIPES) >= 12
    assert len(RECIPES) == COOKBOOK.read_text().count("```sql")


@pytest.mark.parametrize("question", RECIPES)
def test_every_question_has_an_answer_with_named_columns(sample, question):
    table = query.run_one(sample, RECIPES[question]).to_arrow_table()
    assert table.num_rows > 0
    assert all(re.fullmatch(r"[A-Za-z0-9_ ]+", name) for name in table.column_names)
    assert len(set(table.column_names)) == len(table.column_names)


def test_the_products_that_bring_in_most_are_those_of_the_file(sample, lines):
    ours = answer(sample, "Which products bring in most money?")
    theirs = lines.groupby("product_id")["sales_value"].sum().round(2).nlargest(10)
    assert ours["revenue"].astype(float).tolist() == pytest.approx(theirs.tolist())
    assert ours["key"].tolist()[:3] == [str(key) for key in theirs.index[:3]]


def test_baskets_fall_on_the_days_of_the_file(sample, lines):
    ours = answer(sample, "When do people shop?").set_index("day")["baskets"]
    first = lines.groupby("basket_id")["time"].min()
    theirs = first.dt.day_name().value_counts()
    assert ours.to_dict() == theirs.to_dict()


def test_what_is_bought_with_bananas_is_what_the_baskets_hold(sample, lines):
    ours = answer(sample, "What is bought together with bananas?")
    baskets = lines[["basket_id", "product_id"]].drop_duplicates()
    bananas = set(baskets.loc[baskets["product_id"] == 1082185, "basket_id"])
    beside = baskets[baskets["basket_id"].isin(bananas)]["product_id"].value_counts()
    alone = baskets["product_id"].value_counts()
    total = baskets["basket_id"].nunique()
    for row in ours.itertuples():
        assert row.baskets == beside[int(row.key)]
        assert row.confidence == pytest.approx(row.baskets / len(bananas), abs=0.001)
        assert row.lift == pytest.approx(
            row.baskets * total / (len(bananas) * alone[int(row.key)]), abs=0.01
        )


def test_discounts_by_department_are_those_of_the_file(sample, lines):
    ours = answer(sample, "How much is given away in discounts?").set_index("department")
    theirs = lines.groupby("department")[["shelf", "sales_value"]].sum()
    for department, row in ours.iterrows():
        assert float(row["at_shelf_price"]) == pytest.approx(
            theirs.loc[department, "shelf"], abs=0.01
        )
        assert float(row["received"]) == pytest.approx(
            theirs.loc[department, "sales_value"], abs=0.01
        )


def test_the_price_of_bananas_is_the_weekly_median_of_the_file(sample, lines):
    ours = answer(sample, "How did the price of a product move?")
    bananas = lines[(lines["product_id"] == 1082185) & (lines["quantity"] > 0)]
    week = bananas["time"].dt.to_period("W-SUN").dt.start_time
    medians = (bananas["shelf"] / bananas["quantity"]).groupby(week).median()
    held = ours.set_index("since")["price"].astype(float)
    assert len(held) > 10
    for start, median in medians.items():
        assert held[held.index <= start].iloc[-1] == pytest.approx(median, abs=0.00501)


def test_categories_that_are_not_told_are_missing_in_the_file(sample):
    ours = answer(sample, "What does the catalog not tell, and what does a model believe?")
    products = pd.read_parquet(sample_source.folder() / "products.parquet").set_index("product_id")
    assert products.loc[ours["key"].astype(int), "product_category"].isna().all()


def test_both_ways_to_ask_for_co_purchase_agree(sample):
    (key, product) = sample.execute(
        "SELECT key, product_id FROM catalog.product_wide ORDER BY times_sold DESC, key LIMIT 1"
    ).fetchall()[0]
    columns = "product_id, baskets, round(confidence, 9), round(lift, 9)"
    by_key = sample.execute(
        f"SELECT {columns} FROM behaviour.bought_with(?) ORDER BY ALL", [key]
    ).fetchall()
    by_pair = sample.execute(
        f"SELECT {columns.replace('product_id', 'other_id')} FROM behaviour.co_purchase"
        " WHERE product_id = ? ORDER BY ALL",
        [product],
    ).fetchall()
    assert by_key == by_pair
    assert by_key


def test_what_a_model_believes_stands_beside_what_is_stated(connection):
    connection.execute(
        """
        INSERT INTO catalog.product (product_id, source, key, brand, load_id)
        VALUES ('product:1', 'shop', '1', 'Ceylon', 'load');
        INSERT INTO facts.node VALUES ('category:1', 'category', 'shop', 'TEA', 'TEA');
        INSERT INTO facts.fact VALUES
        ('1', 'product:1', 'category', 'category:1', 'node', NULL, NULL, 'predicted', 'model', 0.8,
            TIMESTAMP '2024-01-01', NULL, 'run'),
        ('2', 'product:1', 'price', '10.00', 'literal', 'USD', NULL, 'stated', 'shop', 1,
            TIMESTAMP '2024-01-01', NULL, 'load')
        """
    )
    row = connection.sql("FROM catalog.product_wide").to_arrow_table().to_pylist()[0]
    assert (row["brand"], row["predicted_brand"]) == ("Ceylon", None)
    assert (row["category"], row["predicted_category"]) == (None, "TEA")
    assert row["predicted_category_confidence"] == 0.8
    assert (float(row["price"]), row["times_sold"], row["last_sold"]) == (10.0, 0, None)


def test_history_tells_what_a_value_replaced(sample):
    torn = sample.execute(
        """
        SELECT count(*) FROM facts.history AS later
        JOIN facts.history AS earlier
            ON earlier.node_id = later.node_id AND earlier.predicate = later.predicate
            AND earlier.valid_to = later.valid_from
        WHERE later.previous IS DISTINCT FROM earlier.value
        """
    ).fetchone()
    assert torn == (0,)


def test_every_view_and_each_of_its_columns_has_a_comment(connection):
    silent = connection.execute(
        """
        WITH seen AS (FROM duckdb_views() WHERE NOT internal)
        SELECT c.schema_name, c.table_name, c.column_name
        FROM duckdb_columns() AS c
        SEMI JOIN seen ON seen.schema_oid = c.schema_oid AND seen.view_name = c.table_name
        WHERE c.comment IS NULL
        UNION ALL
        SELECT schema_name, view_name, NULL FROM seen WHERE comment IS NULL
        """
    ).fetchall()
    assert silent == []
