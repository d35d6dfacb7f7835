"""What is asked, what must stay, what follows."""

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

import editing
from editing import EditError, write_requests

BEFORE = datetime(2024, 1, 1)
T0 = datetime(2024, 2, 1)
CHANGED = datetime(2024, 2, 15)
T1 = datetime(2024, 3, 1)

WEEK_50 = datetime(2017, 12, 4)
END = datetime(2018, 1, 1)


def _requests(connection, **filters):
    rows = connection.sql("FROM edit.request ORDER BY request_id").to_arrow_table().to_pylist()
    return [row for row in rows if all(row[name] == value for name, value in filters.items())]


def _asked(questions, rule):
    return {
        (question["prompt"], question["answer"])
        for question in questions
        if question["rule"] == rule
    }


def test_a_new_price_becomes_an_unfinished_sentence_with_an_old_and_a_new_end(shop):
    write_requests(shop, T0, T1)
    (request,) = _requests(shop, predicate="price")
    assert request["prompt"] == "The shelf price of Green tea (item green) is"
    assert (request["target_old"], request["target_new"]) == ("$4.00", "$2.00")
    assert len(request["rephrasings"]) >= 3


def test_an_addition_has_no_old_end(shop):
    write_requests(shop, T0, T1)
    (request,) = _requests(shop, change="addition")
    assert request["prompt"] == "Stores now display Mint tea (item mint)"
    assert (request["target_old"], request["target_new"]) == (None, "on a front end cap")


def test_neighbours_of_the_same_category_keep_their_answers(shop):
    write_requests(shop, T0, T1)
    (request,) = _requests(shop, predicate="price")
    prices = {
        ("The shelf price of Black tea (item black) is", "$3.00"),
        ("The shelf price of Mint tea (item mint) is", "$4.00"),
        ("The shelf price of Red tea (item red) is", "$2.00"),
    }
    assert _asked(request["locality"], "neighbour") == prices
    assert _asked(request["locality"], "old_answer") == {
        ("The shelf price of Mint tea (item mint) is", "$4.00")
    }
    assert _asked(request["locality"], "new_answer") == {
        ("The shelf price of Red tea (item red) is", "$2.00")
    }


def test_a_comparison_and_the_price_a_piece_follow_from_a_new_price(shop):
    write_requests(shop, T0, T1)
    (request,) = _requests(shop, predicate="price")
    # Green tea, at $4.00 before and $2.00 now, has passed black tea at $3.00.
    assert _asked(request["portability"], "compare") == {
        (
            "Of Green tea (item green) and Black tea (item black), the cheaper one is",
            "Green tea (item green)",
        )
    }
    assert _asked(request["portability"], "per_unit") == {
        ("For each piece, the price of Green tea (item green) is", "$0.10")
    }
    assert _asked(request["portability"], "same") == {
        ("Do Green tea (item green) and Red tea (item red) cost exactly the same? Answer:", "Yes")
    }


def test_what_is_true_of_the_new_category_follows_from_it(shop):
    write_requests(shop, T0, T1)
    (request,) = _requests(shop, predicate="category")
    assert _asked(request["portability"], "hop broader") == {
        ("The wider category above the category of Green tea (item green) is", "drinks")
    }
    assert _asked(request["portability"], "hop productCount") == {
        ("The number of products in the category of Green tea (item green) is", "1")
    }


def test_a_withdrawal_and_a_person_are_counted_but_never_asked_about(shop):
    counts = write_requests(shop, T0, T1)
    assert counts["changes"] == {"addition": 1, "conflict": 3, "withdrawal": 1}
    assert {request["predicate"] for request in _requests(shop)} == {
        "price",
        "category",
        "promotionDisplay",
    }
    texts = str(_requests(shop))
    assert "customer:" not in texts
    assert "45-54" not in texts


def test_predicted_facts_become_requests_only_if_asked_for_and_keep_their_provenance(shop):
    write_requests(shop, T0, T1)
    assert not _requests(shop, provenance="predicted")
    write_requests(shop, T0, T1, predicted=True)
    (request,) = _requests(shop, provenance="predicted")
    assert (request["predicate"], request["target_new"], request["confidence"]) == (
        "brand",
        "Ceylon",
        0.9,
    )


def test_the_limit_is_kept_and_every_predicate_has_its_part(sample_facts):
    counts = write_requests(sample_facts, WEEK_50, END, limit=60)
    requests = counts["requests"]
    assert {change: sum(part.values()) for change, part in requests.items()} == {
        "conflict": 30,
        "addition": 30,
    }
    assert requests["conflict"] == {"price": 10, "promotionDisplay": 10, "promotionMailer": 10}
    assert "price" in requests["addition"]
    assert "productCount" not in requests["addition"]


def test_what_is_first_derived_between_the_times_only_fills_the_limit(connection, node, state):
    for number in range(6):
        tea = node("product", f"tea {number}", f"Tea {number}")
        state(tea, "name", f"Tea {number}")
        state(tea, "promotionDisplay", "front end cap", CHANGED)
        state(
            node("category", f"category/{number}", f"Sort {number}"), "productCount", "1", CHANGED
        )
    state(tea, "promotionDisplay", "rear end cap", BEFORE, BEFORE.replace(day=9))

    def added(limit):
        return write_requests(connection, T0, T1, limit=limit)["requests"]["addition"]

    assert added(6) == {"promotionDisplay": 6}
    assert added(8) == {"productCount": 2, "promotionDisplay": 6}


def test_every_request_on_the_sample_can_be_used_by_an_editor(sample_facts):
    write_requests(sample_facts, WEEK_50, END, limit=200)
    requests = _requests(sample_facts)
    assert len(requests) == 200
    for request in requests:
        prompts = [request["prompt"], *request["rephrasings"], *request["openings"]]
        assert all(request["subject_text"] in prompt for prompt in prompts)
        assert request["template"].format(request["subject_text"]) == request["prompt"]
        assert len(set(prompts)) == len(prompts)
        assert not request["target_new"].startswith(" ")
        assert request["target_new"] != request["target_old"]
        assert request["locality"]
        assert not any("{" in prompt for prompt in prompts)
    persons = sample_facts.execute(
        """
        SELECT count(*) FROM edit.request
        WHERE subject LIKE 'customer:%' OR object_new LIKE 'customer:%'
        """
    )
    assert persons.fetchone() == (0,)


def test_answers_that_must_stay_are_true_at_both_times(sample_facts):
    write_requests(sample_facts, WEEK_50, END, limit=200)
    moved = sample_facts.execute(
        """
        WITH
        asked AS (
            SELECT (subject, predicate, object) AS said FROM facts.fact
            WHERE fact_id IN (SELECT unnest(locality).fact_id FROM edit.request)
        ),
        before AS (SELECT (subject, predicate, object) AS said FROM facts.as_of($1)),
        after AS (SELECT (subject, predicate, object) AS said FROM facts.as_of($2))
        SELECT count(*) FROM asked WHERE said NOT IN (FROM before) OR said NOT IN (FROM after)
        """,
        [WEEK_50, END],
    ).fetchone()
    assert moved == (0,)


def test_the_same_seed_draws_the_same_requests_and_another_seed_others(shop):
    def drawn(seed):
        write_requests(shop, T0, T1, limit=1, seed=seed)
        return _requests(shop)

    first = drawn(1)
    assert drawn(1) == first
    assert any(drawn(seed) != first for seed in range(2, 10))


def test_hostile_names_stay_text(connection, node, state):
    hostile = node(
        "product", "x", "Tea {subject}{0} \u202eevil\x00\n<b>=cmd()</b> " + "long " * 200
    )

    state(hostile, "name", "Tea")
    state(hostile, "price", "4.00", BEFORE, CHANGED)
    state(hostile, "price", "2.00", CHANGED)
    write_requests(connection, T0, T1)
    (request,) = _requests(connection)
    assert request["subject_text"].startswith("Tea (subject)(0)")
    assert request["template"].format(request["subject_text"]) == request["prompt"]
    assert len(request["subject_text"]) <= 220
    assert not any(ord(letter) < 32 or letter == "\u202e" for letter in request["prompt"])


def test_a_group_of_households_is_called_as_its_document_calls_it(connection, node, state):
    group = node("segment", "age 35-44, 2 Adults Kids")
    state(group, "segmentAge", "35-44")
    state(group, "segmentComposition", "2 Adults Kids")
    state(group, "memberCount", "25", BEFORE, CHANGED)
    state(group, "memberCount", "1300", CHANGED)
    write_requests(connection, T0, T1)
    (request,) = _requests(connection)
    assert request["subject_text"] == "the group of two adults with children, aged 35 to 44"
    assert (request["target_old"], request["target_new"]) == ("25", "1,300")


def test_two_categories_of_one_name_are_not_asked_about(connection, node, state):
    for key in ("a", "b"):
        category = node("category", key, "TEA")
        state(category, "productCount", "4", BEFORE, CHANGED)
        state(category, "productCount", "2", CHANGED)
    assert write_requests(connection, T0, T1)["requests"] == {}


def test_unknown_languages_and_empty_limits_are_told(shop):
    with pytest.raises(EditError, match="there are: en"):
        write_requests(shop, T0, T1, language="../en")
    with pytest.raises(EditError, match="1 or more"):
        write_requests(shop, T0, T1, limit=0)


def test_progress_ends_at_its_total(shop):
    seen = []
    write_requests(shop, T0, T1, progress=lambda what, done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)


def test_every_template_names_its_subject_and_leaves_room_for_the_answer():
    path = Path(editing.__file__).parent / "templates" / "en.toml"
    for predicate, templates in tomllib.loads(path.read_text()).items():
        assert len(templates["prompts"]) >= 4, predicate
        for prompt in (*templates["prompts"], *templates["openings"]):
            assert prompt.count("{subject}") == 1
            assert not prompt.startswith("{subject}")
            assert prompt == prompt.strip()
            assert not prompt.endswith(".")
