"""A mixture from its file to its documents."""

from dataclasses import replace
from pathlib import Path

import pytest

from verbalize.errors import VerbalizeError
from verbalize.mixing import Mix, MixError, mixture, sources

PRODUCTS = 30


def mix(folder: Path, **fields: object) -> Mix:
    return Mix.model_validate({"folder": folder, **fields})


BOTH = {"catalog": {"weight": 1, "epochs": 3}, "web": {"files": ["web/*.jsonl"], "weight": 1}}


@pytest.fixture
def make(warehouse, encoder, tmp_path):
    """The mixture of a mix, and its documents."""

    def made(asked: Mix, **given: object):
        found = mixture(warehouse, asked, encoder, folder=tmp_path / "counts", **given)
        corpus = found.corpus(shard_documents=16)
        batches = list(corpus.batches())
        return found, [(shard, row) for shard, batch in batches for row in batch.to_pylist()]

    return made


def test_both_sources_are_in_the_corpus_in_their_shares(make, web, tmp_path, encoder):
    found, rows = make(mix(tmp_path, sources=BOTH), tokens=600)
    assert len(rows) == found.corpus(16).documents
    assert [shard for shard, _ in rows] == [place // 16 for place in range(len(rows))]
    by_source = {"shop": 0, "web": 0}
    for _, row in rows:
        tokens = len(encoder.encode([row["text"]])[0])
        assert row["attributes"]["tokens"] == tokens
        by_source[row["source"]] += tokens
    assert all(abs(tokens - 300) < 20 for tokens in by_source.values())
    own = next(row for _, row in rows if row["source"] == "shop")
    general = next(row for _, row in rows if row["source"] == "web")
    assert own["metadata"]["fact_ids"] and own["created"] == "2024-01-01T00:00:00.000Z"
    assert general["id"].startswith("web:") and general["metadata"]["fact_ids"] is None


def test_an_epoch_has_every_document_before_one_comes_again(make, web, tmp_path):
    sources = {"catalog": {"kinds": ["product"], "epochs": 2}}
    _, rows = make(mix(tmp_path, sources=sources))
    names = [row["id"] for _, row in rows]
    assert len(names) == 2 * PRODUCTS
    assert set(names[:PRODUCTS]) == set(names[PRODUCTS:]) == {f"product{i}" for i in range(30)}
    assert names[:PRODUCTS] != names[PRODUCTS:]


@pytest.mark.parametrize("column", ["epoch", "phase"])
def test_another_epoch_or_phase_is_another_corpus(make, tmp_path, column):
    found, _ = make(mix(tmp_path, sources={"catalog": {}}))
    corpus = found.corpus(16)
    later = replace(corpus.drawn, **{column: getattr(corpus.drawn, column) + 1})
    assert replace(corpus, drawn=later).fingerprint != corpus.fingerprint


def test_documents_of_one_thing_stand_in_one_text_where_they_are_joined(make, tmp_path):
    found, rows = make(mix(tmp_path, sources={"catalog": {"join": "subject"}}))
    assert len(rows) == PRODUCTS
    row = next(row for _, row in rows if row["id"] == "joined:product:7:en")
    assert row["text"] == "The history of item 7 is 7 oz.\n\nThe product of item 7 is 7 oz."
    assert row["metadata"]["fact_ids"] == ["fact7"]
    assert row["metadata"]["stated_facts"] == 2
    assert sum(row["attributes"]["tokens"] for _, row in rows) == found.tokens


def test_shards_from_any_one_on_are_the_same_as_those_of_the_whole(make, web, tmp_path):
    found, rows = make(mix(tmp_path, sources=BOTH), tokens=900)
    rest = [
        (shard, row) for shard, batch in found.corpus(16).batches(2) for row in batch.to_pylist()
    ]
    assert rest == [numbered for numbered in rows if numbered[0] >= 2]


@pytest.mark.parametrize("threads", [1, 4])
def test_the_same_seed_gives_the_same_documents_whatever_the_threads(
    make, warehouse, web, tmp_path, threads
):
    asked = mix(tmp_path, sources=BOTH)
    _, once = make(asked, tokens=900, seed=3)
    warehouse.execute(f"SET threads = {threads}")
    _, again = make(asked, tokens=900, seed=3)
    _, other = make(asked, tokens=900, seed=4)
    assert once == again != other


def test_what_is_counted_is_not_counted_again(make, web, tmp_path, encoder, monkeypatch):
    asked = mix(tmp_path, sources=BOTH)
    first, _ = make(asked, tokens=900)
    counted = []
    monkeypatch.setattr(sources, "count_each", lambda *given: counted.append(given) or iter(()))
    again, _ = make(asked, tokens=900)
    assert again.rows() == first.rows()
    # The warehouse is asked for what is new, which is nothing; of the files not even that.
    assert [list(batches) for _, batches in counted] == [[]]


def test_a_text_that_changed_is_counted_anew(make, warehouse, tmp_path):
    asked = mix(tmp_path, sources={"catalog": {}})
    before, _ = make(asked)
    warehouse.execute(
        "UPDATE text.document SET text = text || ' It is new.' WHERE document_id = 'product3'"
    )
    after, rows = make(asked)
    assert after.tokens > before.tokens
    assert any(row["text"].endswith("It is new.") for _, row in rows)


def test_a_file_that_changes_between_plan_and_export_is_noticed(warehouse, encoder, web, tmp_path):
    found = mixture(warehouse, mix(tmp_path, sources=BOTH), encoder, folder=tmp_path / "counts")
    (web / "1.jsonl").write_text('{"text": "One."}')
    with pytest.raises(VerbalizeError, match="changed meanwhile; start again"):
        list(found.corpus(16).batches())


def test_rows_tell_what_was_planned_and_what_came_of_it(make, warehouse, web, tmp_path):
    phases = [
        {"share": 1, "weights": {"web": 1}},
        {"share": 1, "weights": {"web": 1, "catalog": 1}},
    ]
    sources = {"catalog": {"epochs": 2}, "web": {"files": ["web/*.jsonl"], "epochs": 2}}
    found, rows = make(mix(tmp_path, sources=sources, phases=phases), tokens=1_000)
    told = {(row["phase"], row["source"]): row for row in found.rows()}
    assert [told[2, name]["share"] for name in sources] == [0.5, 0.5]
    assert told[1, "catalog"]["documents"] == 0
    assert sum(row["documents"] for row in told.values()) == len(rows)
    assert sum(row["tokens"] for row in told.values()) == found.tokens
    seen = [row["id"] for _, row in rows]
    assert sum(row["repeats"] for row in told.values()) == len(seen) - len(set(seen))
    found.record("one")
    found.record("one")
    (count,) = warehouse.execute("SELECT count(*) FROM text.mixture").fetchone()
    assert count == len(told)


def test_what_is_left_out_of_files_is_told_each_time(make, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "One."}\nno json\n')
    asked = mix(tmp_path, sources={"web": {"files": ["a.jsonl"]}})
    for _ in range(2):
        found, _ = make(asked)
        assert found.notes() == [
            "web: 1 left out (no JSON in UTF-8)",
            "web: a.jsonl, line 2: no JSON in UTF-8",
        ]


def test_an_end_of_epochs_is_told_with_what_to_do(make, web, tmp_path):
    found, _ = make(mix(tmp_path, sources=BOTH), tokens=1_000_000)
    assert "1,000,000 tokens were asked for" in found.notes()[0]
    assert "sources.web.epochs" in found.notes()[0]


def test_too_few_tokens_for_any_document_are_refused(make, tmp_path):
    with pytest.raises(MixError, match="raise --tokens"):
        make(mix(tmp_path, sources={"catalog": {}}), tokens=1)


@pytest.mark.parametrize("pattern", ["nothing.jsonl", "*.nothing", "/nothing/*.jsonl"])
def test_files_that_are_not_there_are_named(make, tmp_path, pattern):
    with pytest.raises(MixError, match="sources.web.files: nothing is called"):
        make(mix(tmp_path, sources={"web": {"files": [pattern]}}))
