"""The sample: real history, checked against an independent computation from its own files."""

from datetime import datetime

import duckdb
import pytest

from warehouse.errors import LoadError
from warehouse.load import load
from warehouse.sources.sample import folder


@pytest.fixture(scope="module")
def files(sample_warehouse) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for file in ("transactions", "promotions", "products"):
        connection.execute(f"CREATE VIEW {file} AS FROM read_parquet('{folder() / file}.parquet')")
    return connection


def test_weeks_of_the_shop_begin_on_the_monday_of_its_own_time(sample, files):
    weeks = files.execute("SELECT DISTINCT basket_id::VARCHAR, week FROM transactions").fetchall()
    own = dict(weeks)
    loaded = sample.execute(
        """SELECT DISTINCT basket, date_trunc('week', "time") FROM behaviour.event"""
    ).fetchall()
    assert loaded
    assert all(
        monday
        == datetime(2016, 12, 26)
        + (own[basket] - 1) * (datetime(2017, 1, 9) - datetime(2017, 1, 2))
        for basket, monday in loaded
    )


def test_price_facts_are_the_weekly_medians_before_discounts(sample, files):
    key, product = sample.execute(
        """
        SELECT subject_key, count(*) FROM facts.labelled WHERE predicate = 'price'
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1
        """
    ).fetchone()
    households = [
        int(k) for (k,) in sample.execute("SELECT key FROM behaviour.customer").fetchall()
    ]
    expected = files.execute(
        """
        SELECT TIMESTAMP '2016-12-26' + to_days(7 * (week - 1)::INTEGER),
            round(median((sales_value + retail_disc + coupon_match_disc) / quantity), 2)
        FROM transactions
        WHERE product_id = ? AND quantity > 0 AND list_contains(?, household_id)
        GROUP BY week ORDER BY week
        """,
        [int(key), households],
    ).fetchall()
    assert len(expected) > 1
    for week, price in expected:
        told = sample.execute(
            """
            SELECT fact.object FROM facts.as_of(?) AS fact JOIN facts.node ON node_id = subject
            WHERE key = ? AND kind = 'product' AND predicate = 'price'
            """,
            [week, key],
        ).fetchall()
        assert told == [(f"{price:.2f}",)]


def test_promotion_facts_follow_all_rows_of_all_stores(sample, files):
    key = sample.execute(
        """
        SELECT subject_key FROM facts.labelled WHERE predicate = 'promotionMailer'
        GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
        """
    ).fetchone()[0]
    weeks = files.execute(
        """
        SELECT DISTINCT TIMESTAMP '2016-12-26' + to_days(7 * (week - 1)::INTEGER) FROM promotions
        WHERE product_id = ? AND mailer_location <> '0' ORDER BY 1
        """,
        [int(key)],
    ).fetchall()
    told = sample.execute(
        """
        SELECT DISTINCT week.week
        FROM facts.labelled,
            range(TIMESTAMP '2016-12-26', TIMESTAMP '2018-01-01', INTERVAL 7 DAY) AS week(week)
        WHERE subject_key = ?
            AND predicate = 'promotionMailer'
            AND week.week >= valid_from
            AND (valid_to IS NULL OR week.week < valid_to)
        ORDER BY 1
        """,
        [key],
    ).fetchall()
    assert told == weeks


def test_a_functional_predicate_has_one_value_at_a_time(sample):
    doubled = sample.execute(
        """
        SELECT predicate, subject, count(*)
        FROM facts.current JOIN facts.predicate USING (predicate)
        WHERE cardinality = 'one' AND provenance = 'stated'
        GROUP BY ALL HAVING count(*) > 1
        """
    ).fetchall()
    assert doubled == []


def test_nodes_of_facts_all_exist(sample):
    dangling = sample.execute(
        """
        SELECT count(*) FROM facts.fact
        WHERE subject NOT IN (SELECT node_id FROM facts.node)
            OR (object_kind = 'node' AND object NOT IN (SELECT node_id FROM facts.node))
        """
    ).fetchone()
    assert dangling == (0,)


def test_rows_and_rejects_add_up(sample):
    wrong = sample.execute(
        "SELECT kind FROM ops.load WHERE rows_read <> rows_loaded + rows_rejected"
    ).fetchall()
    assert wrong == []


def test_another_part_of_the_sample_is_turned_away(connection):
    load(connection, "sample", fraction=0.001)
    with pytest.raises(LoadError, match="--home"):
        load(connection, "sample", fraction=0.002)
    assert all(report.unchanged for report in load(connection, "sample", fraction=0.001))
