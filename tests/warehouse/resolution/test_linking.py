import json
import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from tests.copies import copy_of
from tests.warehouse.resolution.catalogs import load_catalogs
from warehouse.connection import FILE_NAME, writer
from warehouse.errors import WarehouseError
from warehouse.resolution import linking
from warehouse.resolution.linking import LEAST_PROBABILITY, Linked, Settings, link

WORDS_ONLY = Settings(meaning=False)


def keys(connection, table):
    connection.register("told", table)
    return sorted(
        connection.execute(
            """
            SELECT l.key, r.key
            FROM told
            JOIN catalog.product AS l ON l.product_id = left_id
            JOIN catalog.product AS r ON r.product_id = right_id
            """
        ).fetchall()
    )


def comparisons(connection):
    """What was compared of every candidate pair."""
    rows = connection.execute("SELECT evidence FROM catalog.candidate_pair").fetchall()
    return [step for (evidence,) in rows for step in json.loads(evidence)["comparisons"]]


@pytest.fixture(scope="module")
def both(tmp_path_factory) -> tuple[Path, Linked]:
    """The file of both catalogs after they were linked, and what came of it."""
    home = tmp_path_factory.mktemp("linked")
    with writer(home) as opened:
        load_catalogs(opened, home)
        linked = link(opened, "left", "right", WORDS_ONLY)
    return home / FILE_NAME, linked


@pytest.fixture
def linked(both) -> Linked:
    """What came of linking both catalogs."""
    return both[1]


@pytest.fixture
def after(both) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both catalogs after they were linked: a copy."""
    with copy_of(both[0]) as opened:
        yield opened


def test_products_that_are_one_are_found_without_any_label(after, linked, same):
    assert keys(after, linked.matches) == same


def test_every_product_has_one_partner_at_most(catalogs):
    linked = link(catalogs(), "left", "right", Settings(meaning=False, threshold=0.0))

    for side in ("left_id", "right_id"):
        found = linked.matches[side].to_pylist()
        assert len(found) == len(set(found))


def test_it_does_not_matter_which_catalog_comes_first(after, linked):
    back = link(after, "right", "left", WORDS_ONLY)

    assert sorted(zip(*linked.matches.select([0, 1]).to_pydict().values(), strict=True)) == sorted(
        zip(*back.matches.select([1, 0]).to_pydict().values(), strict=True)
    )


def test_the_same_catalogs_give_the_same_probabilities(catalogs, after):
    connection = catalogs()
    link(connection, "left", "right", WORDS_ONLY)

    told = [
        warehouse.execute("FROM catalog.candidate_pair ORDER BY ALL").fetchall()
        for warehouse in (connection, after)
    ]
    assert told[0]
    assert told[0] == told[1]


def test_the_bits_of_the_evidence_sum_up_to_the_probability(after, linked):
    kept = after.execute("SELECT probability, evidence FROM catalog.candidate_pair").fetchall()

    assert kept
    for probability, text in kept:
        assert probability >= LEAST_PROBABILITY
        evidence = json.loads(text)
        bits = evidence["prior"] + evidence["rivals"]
        bits += sum(step["bits"] for step in evidence["comparisons"])
        assert [step["name"] for step in evidence["comparisons"]] == list(linked.comparisons)
        assert bits == pytest.approx(math.log2(probability / (1 - probability)), abs=0.01)


def test_a_second_run_takes_the_place_of_the_first(after):
    before = after.execute("FROM catalog.candidate_pair ORDER BY ALL").fetchall()

    link(after, "left", "right", WORDS_ONLY)

    assert after.execute("FROM catalog.candidate_pair ORDER BY ALL").fetchall() == before


def test_two_offers_that_are_equally_good_leave_it_open(catalogs):
    copies = "id,title,brand,price\n" + "".join(
        f"b{place},Sony VCT-R640 Tripod,Sony,41.50\n" for place in (1, 2)
    )
    one = "id,title,brand,price\na1,Sony VCT-R640 Tripod,Sony,41.50\n"

    linked = link(catalogs(left=one, right=copies), "left", "right", WORDS_ONLY)

    assert linked.pairs.num_rows == 2
    assert all(probability <= 0.5 for probability in linked.pairs["probability"].to_pylist())


def test_catalogs_with_nothing_in_common_have_no_pairs(catalogs):
    connection = catalogs(left="id,title\na,Lamp\n", right="id,title\nb,Tripod\n")

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert linked.pairs.num_rows == linked.matches.num_rows == 0


def test_six_products_a_side_are_enough(catalogs, files, same):
    left, right = ("\n".join(path.read_text().splitlines()[:7]) + "\n" for path in files[:2])
    connection = catalogs(left=left, right=right)

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert linked.blocking.pairs == 36
    assert keys(connection, linked.matches) == same[:6]


def test_large_catalogs_that_share_next_to_nothing_are_linked_too(catalogs):
    left, right = (
        "id,title\n" + "".join(f"{side}{place},{side}{'x' * place}\n" for place in range(110))
        for side in ("a", "b")
    )
    connection = catalogs(left=left + "a,Red tripod\n", right=right + "b,Red tripod\n")

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert linked.pairs.num_rows == 1


def test_a_gtin_is_one_however_many_zeros_it_begins_with(catalogs):
    connection = catalogs(
        left="id,title,gtin\na1,Boss marker,4006381333931\na2,Tissues,036000291452\n",
        right="id,title,gtin\nb1,Marker Boss,04006381333931\nb2,Tissues,0036000291452\n",
    )

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert linked.blocking.pairs_by_rule["GTIN"] == 2
    assert "GTIN" in linked.comparisons


def test_prices_in_two_currencies_tell_nothing(catalogs):
    connection = catalogs(
        left="id,title,price,currency\na1,Blue mug,10,EUR\na2,Red pot,20,EUR\n",
        right="id,title,price,currency\nb1,Blue mug,1500,JPY\nb2,Red pot,3000,JPY\n",
    )

    assert "price" not in link(connection, "left", "right", WORDS_ONLY).comparisons


def test_a_source_without_products_is_told(catalogs):
    with pytest.raises(WarehouseError, match="sources with products: left, right"):
        link(catalogs(), "left", "elsewhere", WORDS_ONLY)


def test_a_source_is_not_linked_with_itself(catalogs):
    with pytest.raises(WarehouseError, match="name two"):
        link(catalogs(), "left", "left", WORDS_ONLY)


def test_labels_decide_about_their_pairs_and_leave_no_room_for_rivals(catalogs):
    connection = catalogs()
    ids = dict(connection.execute("SELECT key, product_id FROM catalog.product").fetchall())
    labels = pa.table(
        {
            "left_id": [ids["a7"], ids["a1"]],
            "right_id": [ids["b7"], ids["b1"]],
            "is_match": [True, False],
        }
    )

    linked = link(connection, "left", "right", WORDS_ONLY, labels)

    found = keys(connection, linked.matches)
    assert ("a7", "b7") in found
    assert ("a1", "b1") not in found


def test_the_evidence_says_what_labels_changed(catalogs):
    connection = catalogs()
    left, right = connection.execute(
        "SELECT l.product_id, r.product_id FROM catalog.product AS l, catalog.product AS r "
        "WHERE l.key = 'a7' AND r.key = 'b7'"
    ).fetchall()[0]
    labels = pa.table({"left_id": [left], "right_id": [right], "is_match": [True]})

    link(connection, "left", "right", WORDS_ONLY, labels)

    ((text,),) = connection.execute(
        "SELECT evidence FROM catalog.candidate_pair WHERE left_id = ? AND right_id = ?",
        [left, right],
    ).fetchall()
    assert json.loads(text)["labels"] > 0


def test_titles_without_a_word_are_linked_with_nothing(catalogs):
    marks = "id,title\n1,!!!\n2,'';--\n3,\n"

    linked = link(catalogs(left=marks, right=marks), "left", "right", WORDS_ONLY)

    assert linked.matches.num_rows == 0


def test_many_titles_are_compared_by_meaning_only_on_demand(catalogs, monkeypatch):
    monkeypatch.setattr(linking, "MOST_TITLES", 3)

    linked = link(catalogs(), "left", "right")

    assert "meaning" not in linked.comparisons


def test_variants_are_not_taken_for_each_other(catalogs):
    goods = ["Backpack", "Teapot", "Desk lamp", "Kettle", "Toaster", "Jacket", "Bottle", "Chair"]
    left = right = "id,title,brand,color,gtin,size\n"
    ends = ["003", "010", "027", "034", "065", "126", "157", "188"]
    for place, (good, end) in enumerate(zip(goods, ends, strict=True)):
        gtin = f"4000012345{end}"
        left += f"a{place},Norvik {good} blue,Norvik,blue,{gtin},750 ml\n"
        right += f"b{place},Norvik {good},Norvik,blue,{gtin},0.75 l\n"
        left += f"c{place},Alpen {good} red,Alpen,red,,750 ml\n"
        right += f"d{place},Alpen {good},Alpen,grey,,750 ml\n"
    connection = catalogs(left=left, right=right)

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert keys(connection, linked.matches) == [(f"a{n}", f"b{n}") for n in range(len(goods))]
    against = {"colour": "different", "GTIN": "different", "color": "farther"}
    for step in comparisons(connection):
        assert step["level"] != against.get(step["name"]) or step["bits"] <= 0


def test_other_model_codes_and_brands_for_which_a_product_is_speak_against_a_match(catalogs):
    left = right = "id,title,brand\n"
    for n in range(12):
        left += f"a{n},Norvik Kettle steel NK{n}40,Norvik\n"
        right += f"b{n},Norvik Kettle of steel NK{n}40,Norvik\n"
        left += f"c{n},Norvik Battery NB{n}77,Norvik\n"
        right += f"d{n},Alpen Charger for Norvik Battery AC{n}55,Alpen\n"
    connection = catalogs(left=left, right=right)

    linked = link(connection, "left", "right", WORDS_ONLY)

    assert set(keys(connection, linked.matches)) == {(f"a{n}", f"b{n}") for n in range(12)}
    for step in comparisons(connection):
        assert (step["name"], step["level"]) != ("model code", "different") or step["bits"] <= -4
