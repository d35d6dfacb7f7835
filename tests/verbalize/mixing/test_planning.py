"""Plans keep what was asked of shares, budgets and epochs, and what is drawn keeps the plan."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verbalize.mixing.mixfile import Mix, MixError
from verbalize.mixing.planning import Available, plan_mixture
from verbalize.mixing.sampling import Lengths, draw

NAMES = ("catalog", "web", "books")


def mix(**fields: object) -> Mix:
    return Mix.model_validate({"folder": Path(), **fields})


def available(**tokens: int) -> dict[str, Available]:
    return {name: Available(10, count) for name, count in tokens.items()}


def planned(plan) -> dict[str, int]:
    return {source.name: source.tokens for source in plan.sources}


def test_weights_divide_the_tokens():
    asked = mix(sources={"catalog": {"weight": 3}, "web": {"weight": 1}})
    plan = plan_mixture(asked, available(catalog=900, web=900), 1_000)
    assert planned(plan) == {"catalog": 750, "web": 250}


def test_shares_are_kept_where_a_source_ends_and_the_plan_says_which_it_was():
    asked = mix(sources={"catalog": {"weight": 1, "epochs": 2}, "web": {"weight": 3}})
    plan = plan_mixture(asked, available(catalog=100, web=10_000), 5_000)
    assert planned(plan) == {"catalog": 200, "web": 600}
    assert [source.name for source in plan.sources if source.is_limit] == ["catalog"]


def test_budgets_come_first_and_weights_divide_the_rest():
    asked = mix(sources={"catalog": {"tokens": 300}, "web": {}})
    plan = plan_mixture(asked, available(catalog=900, web=900), 1_000)
    assert planned(plan) == {"catalog": 300, "web": 700}


def test_a_budget_ends_with_the_epochs_of_its_source():
    asked = mix(sources={"catalog": {"tokens": 3_000, "epochs": 2}})
    plan = plan_mixture(asked, available(catalog=900), None)
    assert planned(plan) == {"catalog": 1_800}
    assert plan.sources[0].is_limit


@pytest.mark.parametrize(
    "temperature, shares", [(1, (0.9, 0.1)), (2, (0.75, 0.25)), (1e9, (0.5, 0.5))]
)
def test_a_higher_temperature_evens_out_the_sizes(temperature, shares):
    asked = mix(temperature=temperature, sources={"catalog": {}, "web": {"epochs": 10}})
    plan = plan_mixture(asked, available(catalog=9_000, web=1_000), 10_000)
    assert [plan.share(source) for source in plan.sources] == pytest.approx(shares, abs=1e-3)


def test_nothing_said_takes_every_document_once():
    plan = plan_mixture(mix(sources={"catalog": {}, "web": {}}), available(catalog=70, web=9), None)
    assert planned(plan) == {"catalog": 70, "web": 9}


def test_phases_have_weights_of_their_own():
    phases = [
        {"share": 3, "weights": {"web": 2, "catalog": 1}},
        {"share": 1, "weights": {"catalog": 1}},
    ]
    asked = mix(sources={"catalog": {}, "web": {}}, phases=phases)
    plan = plan_mixture(asked, available(catalog=900, web=900), 1_200)
    assert [source.by_phase for source in plan.sources] == [(300, 300), (600, 0)]


@pytest.mark.parametrize(
    "fields, why",
    [
        ({"sources": {"catalog": {"tokens": 900}, "web": {}}}, "budgets of catalog are 400"),
        ({"sources": {"catalog": {}, "empty": {}}}, "sources.empty has no documents"),
    ],
)
def test_what_cannot_be_planned_names_the_field(fields, why):
    sizes = {"catalog": 900, "web": 900, "empty": 0}
    asked = mix(**fields)
    with pytest.raises(MixError, match=why):
        plan_mixture(asked, available(**{name: sizes[name] for name in asked.sources}), 500)


LENGTHS = st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any)


@st.composite
def mixtures(draw_from):
    """Lengths of up to three sources, and a mix of them with weights, epochs and phases."""
    names = NAMES[: draw_from(st.integers(1, 3))]
    lengths = {name: np.array(draw_from(LENGTHS), dtype=np.int32) for name in names}
    weight = st.floats(0.1, 10)
    epochs = {name: {"epochs": draw_from(st.integers(1, 4))} for name in names}
    if draw_from(st.booleans()):
        phases = draw_from(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "share": weight,
                        "weights": st.fixed_dictionaries(dict.fromkeys(names, weight)),
                    }
                ),
                min_size=1,
                max_size=3,
            )
        )
        asked = mix(sources=epochs, phases=phases)
    else:
        asked = mix(sources={n: {**epochs[n], "weight": draw_from(weight)} for n in names})
    tokens = draw_from(st.none() | st.integers(1, 3_000))
    sized = {
        name: Lengths(np.arange(len(one), dtype=np.uint64) * 977 + 13, one)
        for name, one in lengths.items()
    }
    found = {n: Available(int((one > 0).sum()), int(one.sum())) for n, one in lengths.items()}
    return asked, sized, plan_mixture(asked, found, tokens)


def drawn_of(sized, plan, seed=0):
    return draw(sized, {source.name: source.by_phase for source in plan.sources}, seed)


@given(mixtures())
def test_each_phase_of_each_source_ends_within_a_document_below_the_plan(case):
    asked, sized, plan = case
    drawn = drawn_of(sized, plan)
    for number, source in enumerate(plan.sources):
        longest = int(sized[source.name].tokens.max())
        mine = drawn.source == number
        for phase in range(plan.phases):
            wanted = sum(source.by_phase[: phase + 1])
            taken = int(drawn.tokens[mine & (drawn.phase <= phase)].sum())
            assert wanted - longest <= taken <= wanted
    assert drawn.tokens.sum() <= plan.tokens <= (plan.asked or plan.tokens)


@given(mixtures())
def test_no_document_occurs_more_often_than_the_epochs_and_none_again_before_all(case):
    asked, sized, plan = case
    drawn = drawn_of(sized, plan)
    for number, source in enumerate(plan.sources):
        mine = drawn.source == number
        times = Counter(drawn.place[mine].tolist())
        assert max(times.values(), default=0) <= asked.sources[source.name].epochs
        some = int((sized[source.name].tokens > 0).sum())
        full = {epoch for epoch in drawn.epoch[mine].tolist() if epoch < drawn.epoch[mine].max()}
        assert all(int((drawn.epoch[mine] == epoch).sum()) == some for epoch in full)


@given(mixtures())
def test_after_any_part_of_a_phase_each_source_has_given_its_share(case):
    asked, sized, plan = case
    drawn = drawn_of(sized, plan)
    longest = max(int(one.tokens.max()) for one in sized.values())
    for phase in range(plan.phases):
        whole = sum(source.by_phase[phase] for source in plan.sources)
        here = drawn.phase == phase
        done = np.cumsum(drawn.tokens[here])
        for number, source in enumerate(plan.sources):
            share = source.by_phase[phase] / whole if whole else 0
            mine = np.cumsum(drawn.tokens[here] * (drawn.source[here] == number))
            assert np.abs(mine - share * done).max(initial=0) <= 2 * longest * len(plan.sources)


@given(mixtures(), st.integers(0, 5))
def test_the_same_seed_draws_the_same(case, seed):
    asked, sized, plan = case
    one, again = drawn_of(sized, plan, seed), drawn_of(sized, plan, seed)
    assert all(
        np.array_equal(getattr(one, column), getattr(again, column))
        for column in ("source", "place", "epoch", "phase", "tokens")
    )


def test_a_new_document_leaves_the_order_of_the_others_as_it_was():
    tokens = np.full(50, 3, dtype=np.int32)
    hashes = np.random.default_rng(0).integers(0, 2**63, 51).astype(np.uint64)
    before = draw({"web": Lengths(hashes[:50], tokens)}, {"web": (150,)}, 7)
    after = draw({"web": Lengths(hashes, np.full(51, 3, np.int32))}, {"web": (153,)}, 7)
    kept = after.place[after.place < 50]
    assert kept.tolist() == before.place.tolist()
    assert before.place.tolist() != sorted(before.place.tolist())
