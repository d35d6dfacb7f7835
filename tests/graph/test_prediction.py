"""Predictions are ranked and calibrated, the sure ones are facts, and what is stated stands."""

import numpy as np
import pytest

from graph.build import build
from graph.links import MODEL as LINKS_MODEL
from graph.prediction import predict
from warehouse.errors import WarewordError
from warehouse.facts import publish_state


def predicted(connection):
    return connection.execute(
        """
        SELECT fact_id, subject, predicate, object, valid_from FROM facts.current
        WHERE provenance = 'predicted' ORDER BY fact_id
        """
    ).fetchall()


def test_what_products_lack_is_predicted_right_and_said_to_be_predicted(copied, models):
    predict(copied, models, precision=0.7)
    rows = copied.execute(
        """
        SELECT fact.predicate, fact.object, maker.object, fact.confidence, fact.source
        FROM facts.labelled AS fact
        JOIN facts.labelled AS maker
            ON maker.subject_key = fact.subject_key AND maker.predicate = 'manufacturer'
        WHERE fact.provenance = 'predicted' AND fact.predicate IN ('productType', 'size')
        """
    ).fetchall()
    assert {predicate for predicate, *_ in rows} == {"productType", "size"}
    for predicate, said, maker, confidence, source in rows:
        number = int(maker.removeprefix("M"))
        assert said == (f"T{number}" if predicate == "productType" else f"{number + 1} OZ")
        assert 0.5 < confidence <= 1 and source == "hgt-attributes-1"


def test_answers_are_ranked_by_confidence(copied, models):
    predict(copied, models)
    assert copied.execute(
        """
        SELECT count(*) FROM graph.prediction AS one JOIN graph.prediction AS other
            USING (task, subject)
        WHERE one."rank" < other."rank" AND one.confidence < other.confidence
        """
    ).fetchone() == (0,)
    tasks = dict(
        copied.execute("SELECT task, count(*) FROM graph.prediction GROUP BY task").fetchall()
    )
    assert tasks.keys() == {"category", "productType", "size", "next_purchase", "co_purchase"}
    assert tasks["next_purchase"] == 400


def test_no_prediction_stands_in_the_place_of_a_stated_fact(copied, models):
    predict(copied, models, precision=0.5)
    assert copied.execute(
        """
        SELECT count(*) FROM facts.current AS predicted
        JOIN facts.predicate USING (predicate)
        JOIN facts.current AS stated USING (subject, predicate)
        WHERE predicted.provenance = 'predicted' AND stated.provenance = 'stated'
            AND (cardinality = 'one' OR predicted.object = stated.object)
        """
    ).fetchone() == (0,)
    assert predicted(copied)


def test_a_higher_precision_gives_fewer_facts_and_none_are_lost(copied, models):
    predict(copied, models, precision=0.5)
    many = {row[0] for row in predicted(copied)}
    every = copied.execute("SELECT count(*) FROM facts.fact").fetchone()
    told = predict(copied, models, precision=0.99)
    few = {row[0] for row in predicted(copied)}
    assert few < many and told["facts"] == len(few)
    assert copied.execute("SELECT count(*) FROM facts.fact").fetchone() == every


def test_predicting_again_changes_nothing(copied, models):
    predict(copied, models)
    before = copied.execute("SELECT * FROM facts.fact ORDER BY ALL").fetchall()
    rows = copied.execute("SELECT * FROM graph.prediction ORDER BY ALL").fetchall()
    predict(copied, models)
    assert copied.execute("SELECT * FROM facts.fact ORDER BY ALL").fetchall() == before
    assert copied.execute("SELECT * FROM graph.prediction ORDER BY ALL").fetchall() == rows


def test_what_comes_to_be_stated_is_predicted_no_more(copied, models):
    predict(copied, models, precision=0.7)
    (_, subject, predicate, value, as_of) = next(
        row for row in predicted(copied) if row[2] == "size"
    )
    other = "1 OZ" if value != "1 OZ" else "2 OZ"
    copied.execute(
        """
        CREATE TEMP TABLE said AS
        SELECT ? AS subject, ? AS predicate, ? AS object, 'literal' AS object_kind,
            NULL::VARCHAR AS unit, NULL::VARCHAR AS language,
            'stated' AS provenance, 1.0 AS confidence
        """,
        [subject, predicate, other],
    )
    publish_state(copied, "said", "said", source="shop", as_of=as_of, load_id="load:test")
    predict(copied, models, precision=0.7)
    found = copied.execute(
        "SELECT object, provenance FROM facts.current WHERE subject = ? AND predicate = ?",
        [subject, predicate],
    ).fetchall()
    assert found == [(other, "stated")]


def test_the_precision_of_facts_is_measured_on_test(copied, models):
    predict(copied, models, precision=0.7)
    rows = copied.execute(
        """
        SELECT task, value, cases FROM graph.metric
        WHERE metric = 'share sure enough' AND model = ?
        """,
        [LINKS_MODEL],
    ).fetchall()
    assert {task for task, _, _ in rows} == {"next_purchase", "co_purchase"}
    assert all(0 <= value <= 1 and cases > 0 for _, value, cases in rows)


def test_a_model_of_other_nodes_is_refused_with_what_to_do(copied, models):
    copied.execute("DELETE FROM facts.node WHERE kind = 'product' AND key = '0'")
    with pytest.raises(WarewordError, match="wareword train"):
        predict(copied, models)


def test_a_product_that_states_its_type_is_not_asked_for_its_category(copied, models):
    (product, category) = copied.execute(
        """
        SELECT lacking.subject, type.object FROM facts.current AS lacking
        ANTI JOIN (FROM facts.current WHERE predicate = 'productType') AS typed USING (subject)
        CROSS JOIN (FROM facts.current WHERE predicate = 'productType' LIMIT 1) AS type
        WHERE lacking.predicate = 'sku' ORDER BY ALL LIMIT 1
        """
    ).fetchone()
    copied.execute(
        """
        INSERT INTO facts.fact
        SELECT 'said', ?, 'productType', ?, 'node', NULL, NULL, 'stated', 'shop', 1, now(), NULL, ''
        """,
        [product, category],
    )
    predict(copied, models)
    asked = copied.execute("SELECT task FROM graph.prediction WHERE subject = ?", [product])
    assert {task for (task,) in asked.fetchall()} == {"size"}


def test_only_the_best_answer_to_a_missing_attribute_is_a_fact(copied, models):
    predict(copied, models, precision=0.3)
    assert copied.execute(
        """
        SELECT count(*) > 0, max(answer."rank") FROM facts.current AS fact
        JOIN graph.prediction AS answer USING (subject, predicate, object)
        WHERE fact.provenance = 'predicted' AND fact.predicate IN ('category', 'size')
        """
    ).fetchone() == (True, 1)


def test_predicted_facts_are_no_edges_of_the_graph(copied, models):
    before = build(copied)
    predict(copied, models, precision=0.3)
    after = build(copied)
    assert predicted(copied)
    for key, edges in before.edges.items():
        np.testing.assert_array_equal(edges.source, after.edges[key].source)


def test_predictions_are_told_of_everything_up_to_the_end(copied, models):
    copied.execute(
        """
        INSERT INTO behaviour.event
        SELECT
            'purchase', customer.node_id, product.node_id, newest - to_days(back::INTEGER), 1,
            NULL, NULL, NULL, concat('late ', back), NULL, NULL, 'shop', 'load:late'
        FROM facts.node AS customer, facts.node AS product, range(20) AS days(back),
            (SELECT max("time") AS newest FROM behaviour.event)
        WHERE customer.kind = 'customer' AND customer.key = 'h0'
            AND product.kind = 'product' AND product.key = '119'
        """
    )
    predict(copied, models)
    assert copied.execute(
        """
        SELECT min("rank") FROM graph.prediction AS said
        JOIN facts.node AS customer ON customer.node_id = said.subject AND customer.key = 'h0'
        JOIN facts.node AS product ON product.node_id = said.object AND product.key = '119'
        WHERE task = 'next_purchase'
        """
    ).fetchone() <= (4,)


def test_what_fewer_than_twenty_households_bought_together_is_no_fact(copied, models):
    """In the shop five households buy each pair, however sure the model is."""
    predict(copied, models, precision=0.3)
    assert not [row for row in predicted(copied) if row[2] == "isRelatedTo"]
    copied.execute(
        """
        INSERT INTO behaviour.event
        SELECT 'purchase', NULL, product.node_id, TIMESTAMP '2024-08-01', 1,
            NULL, NULL, NULL, concat('guest ', number), NULL, NULL, 'shop', 'load:guests'
        FROM facts.node AS product, range(20) AS guests(number)
        WHERE product.kind = 'product' AND product.key IN ('0', '8')
        """
    )
    predict(copied, models, precision=0.3)
    assert len([row for row in predicted(copied) if row[2] == "isRelatedTo"]) == 2
