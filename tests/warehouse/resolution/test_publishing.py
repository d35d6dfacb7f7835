"""What is resolved as facts: one value an attribute, one product a source, all of it reversible."""

from datetime import datetime

import pytest

from warehouse.errors import WarewordError
from warehouse.resolution.answers import keep_answers, next_questions
from warehouse.resolution.publishing import PublishSettings, publish, withdraw, withdraw_all

CURRENT = "SELECT subject, predicate, object, source FROM facts.current ORDER BY ALL"


def entities(connection) -> list[str]:
    """The keys of each entity of several products."""
    rows = connection.execute(
        "SELECT array_to_string(keys, '') FROM catalog.entity_wide WHERE products > 1 ORDER BY 1"
    ).fetchall()
    return [row[0] for row in rows]


def ids(connection, *keys: str) -> list[str]:
    known = dict(connection.execute("SELECT key, product_id FROM catalog.product").fetchall())
    return [known[key] for key in keys]


def test_likely_pairs_become_same_as_facts_with_their_confidence(shops):
    told = publish(shops)
    assert entities(shops) == ["1x", "2y", "3z"]
    assert (told["matches"], told["entities"], told["pairs"]) == (3, 3, 5)
    rows = shops.execute(
        """
        SELECT source, provenance, predicate, confidence FROM facts.current
        WHERE subject = node_id('product', 'west', 'z') AND provenance = 'resolved'
        """
    ).fetchall()
    assert rows == [("entity resolution", "resolved", "sameAs", 0.6)]


def test_pairs_under_the_threshold_are_left_apart(shops):
    publish(shops, PublishSettings(threshold=0.7))
    assert entities(shops) == ["1x", "2y"]


def test_values_that_differ_only_in_case_and_unit_are_no_conflict(shops):
    publish(shops)
    found = shops.execute(
        "SELECT entity, predicate, value, sources, wins FROM facts.conflict ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("Blue mug", "price", "4.00", ["east"], False),
        ("Blue mug", "price", "4.50", ["west"], True),
        ("Red mug", "brand", "Acme", ["east"], False),
        ("Red mug", "brand", "Acme Inc", ["west"], True),
        ("Teapot", "price", "19.00", ["west"], True),
        ("Teapot", "price", "20.00", ["east"], False),
    ]


def test_a_more_trusted_source_wins_and_the_other_is_kept(shops):
    publish(shops, PublishSettings(trust={"east": 2}))
    winners = shops.execute(
        "SELECT DISTINCT unnest(sources) FROM facts.conflict WHERE wins"
    ).fetchall()
    assert winners == [("east",)]
    assert shops.execute(
        "SELECT brand, price, lowest_price, highest_price::VARCHAR FROM catalog.entity_wide "
        "WHERE name = 'Teapot'"
    ).fetchall() == [("Bolt", 20, 19, "20.00")]
    assert shops.execute(
        "SELECT count(*) FROM facts.current WHERE provenance = 'stated' AND object = '19.00'"
    ).fetchone() == (1,)


def test_names_stay_those_of_the_source_that_was_loaded_first(shops):
    publish(shops)
    names = shops.execute(
        "SELECT name FROM catalog.entity_wide WHERE products > 1 ORDER BY 1"
    ).fetchall()
    assert names == [("Blue mug",), ("Red mug",), ("Teapot",)]


def test_a_trust_or_threshold_that_makes_no_sense_is_told(shops):
    with pytest.raises(WarewordError, match="east=2"):
        publish(shops, PublishSettings(trust={"east": 0}))
    with pytest.raises(WarewordError, match="a probability"):
        publish(shops, PublishSettings(threshold=1.5))


def test_trust_in_a_source_that_there_is_not_is_told(shops):
    told = publish(shops, PublishSettings(trust={"east": 2, "wets": 3}))
    assert told["notes"] == [
        "trust names 'wets', which has no products; the sources are: east, west"
    ]


def test_a_new_value_of_one_source_changes_the_fused_value_from_then_on(shops, tell):
    publish(shops)
    tell("west", "z,Tea pot,Bolt,18.00,1 L\n", datetime(2024, 2, 1))
    publish(shops)
    found = shops.execute(
        """
        SELECT object, valid_from, valid_to FROM facts.fact
        WHERE provenance = 'resolved' AND predicate = 'price'
            AND subject = node_id('product', 'east', '3')
        ORDER BY valid_from
        """
    ).fetchall()
    assert found == [
        ("19.00", datetime(2024, 1, 2), datetime(2024, 2, 1)),
        ("18.00", datetime(2024, 2, 1), None),
    ]


def test_publishing_again_changes_nothing(shops):
    publish(shops)
    before = shops.execute("FROM facts.fact ORDER BY ALL").fetchall()
    publish(shops)
    assert shops.execute("FROM facts.fact ORDER BY ALL").fetchall() == before


def test_taking_all_back_gives_the_facts_that_held_before(shops):
    before = shops.execute(CURRENT).fetchall()
    publish(shops)
    facts = shops.execute("SELECT count(*) FROM facts.fact").fetchone()
    assert shops.execute(CURRENT).fetchall() != before
    assert withdraw_all(shops) > 0
    assert shops.execute(CURRENT).fetchall() == before
    assert shops.execute("SELECT count(*) FROM facts.fact").fetchone() == facts
    assert shops.execute("SELECT bool_and(withdrawn) FROM ops.resolution").fetchone() == (True,)


def test_a_match_that_is_taken_back_stays_so_until_somebody_says_yes(shops):
    publish(shops)
    left, right = ids(shops, "3", "z")
    withdraw(shops, right, left, PublishSettings())
    assert entities(shops) == ["1x", "2y"]
    publish(shops)
    assert entities(shops) == ["1x", "2y"]
    with pytest.raises(WarewordError, match="are not one product"):
        withdraw(shops, left, right, PublishSettings())
    keep_answers(shops, [(left, right)], ["yes"], answerer="person", error_rate=0.05)
    publish(shops)
    assert entities(shops) == ["1x", "2y", "3z"]


def test_answers_move_what_is_resolved_and_are_not_asked_for_again(shops):
    asked = next_questions(shops, count=2, error_rate=0.05)
    assert {one.left["key"] + one.right["key"] for one in asked} <= {"3z", "z3", "2y", "y2"}
    assert asked[0].gain >= asked[1].gain > 0
    pairs = [(one.left_id, one.right_id) for one in asked]
    keep_answers(shops, pairs, ["no", "unsure"], answerer="person", error_rate=0.05, asked=asked)
    publish(shops)
    assert entities(shops) == ["1x", "2y"]
    again = next_questions(shops, count=10, error_rate=0.05)
    assert not {frozenset(pair) for pair in pairs} & {
        frozenset((one.left_id, one.right_id)) for one in again
    }
    before, after = shops.execute(
        'SELECT entropy_before, entropy_after FROM ops.answer ORDER BY "sequence"'
    ).fetchall()
    assert before[1] < before[0] and after[0] == after[1] == before[1]


def test_a_budget_of_tokens_holds(shops):
    asked = next_questions(shops, count=10, error_rate=0.05, tokens=450)
    assert asked and sum(one.tokens for one in asked) <= 450


def test_a_probability_that_hardly_moves_changes_no_fact(shops):
    publish(shops)
    before = shops.execute("FROM facts.fact ORDER BY ALL").fetchall()
    shops.execute("UPDATE catalog.candidate_pair SET probability = probability - 0.01")
    publish(shops)
    assert shops.execute("FROM facts.fact ORDER BY ALL").fetchall() == before
    shops.execute("UPDATE catalog.candidate_pair SET probability = probability - 0.2")
    publish(shops)
    assert shops.execute("FROM facts.fact ORDER BY ALL").fetchall() != before


def brands(connection) -> list[tuple[str, str]]:
    """Brands that are the same as another, and that one, each with its source."""
    return connection.execute(
        """
        SELECT concat(one.source, ' ', one.label), concat(other.source, ' ', other.label)
        FROM facts.current AS fact
        JOIN facts.node AS one ON one.node_id = fact.subject AND one.kind = 'brand'
        JOIN facts.node AS other ON other.node_id = fact.object
        WHERE fact.predicate = 'sameAs' ORDER BY ALL
        """
    ).fetchall()


def resolved_counts(connection) -> dict[str, str]:
    return dict(
        connection.execute(
            """
            SELECT label, object FROM facts.current JOIN facts.node ON node_id = subject
            WHERE predicate = 'brandCount' AND provenance = 'resolved'
            """
        ).fetchall()
    )


def test_brands_of_several_sources_with_one_name_are_one(shops, tell):
    tell("south", "p,Kettle,acme.,9.00,1 L\nq,Jug,Crest,5.00,1 L\n", datetime(2024, 1, 3))
    publish(shops)
    assert brands(shops) == [
        ("south acme.", "east Acme"),
        ("west ACME", "east Acme"),
        ("west Bolt", "east Bolt"),
    ]


def test_products_that_are_one_count_once_for_their_brand(shops, tell):
    tell("south", "p,Kettle,acme.,9.00,1 L\n", datetime(2024, 1, 3))
    publish(shops)
    assert resolved_counts(shops) == {"Acme": "2", "Bolt": "1"}, "2y is an Acme Inc for its entity"
    withdraw_all(shops)
    assert brands(shops) == [] and resolved_counts(shops) == {}


def test_spellings_of_a_brand_in_one_source_alone_stay_apart(shops, tell):
    tell("south", "p,Jug,CREST,5.00,1 L\nq,Pan,Crest,5.00,1 L\n", datetime(2024, 1, 3))
    publish(shops)
    assert not [one for one, _ in brands(shops) if one.startswith("south")]


def test_sources_that_hardly_share_products_are_told(shops, tell):
    assert publish(shops)["notes"] == []
    for source in ("north", "south"):
        rows = "".join(f"{source}{n},{source} {n},Crest,5.00,1 L\n" for n in range(30))
        tell(source, rows, datetime(2024, 1, 3))
    shops.execute(
        """
        INSERT INTO catalog.candidate_pair
        SELECT
            node_id('product', 'north', 'north1'), node_id('product', 'south', 'south1'),
            'north', 'south', 0.8, NULL
        """
    )
    (note,) = publish(shops)["notes"]
    assert note.startswith("north and south share 1 of 30 products") and "wareword ask" in note
