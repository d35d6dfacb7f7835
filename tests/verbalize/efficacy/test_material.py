"""What is taught and what is asked: nothing is asked in the words that it was taught in, unless it
says so."""

import json

import pytest

from verbalize.efficacy.corpora import FORMS, general_texts, mixed, parts
from verbalize.efficacy.material import choose, gather
from verbalize.efficacy.probes import KINDS, own_probes, probes
from verbalize.efficacy.training import train_tokenizer
from verbalize.errors import EfficacyError


@pytest.fixture(scope="module")
def asked(material):
    return probes(material, limit=1_000, seed=0)


def of(asked, kind):
    return [probe for probe in asked if probe.kind == kind]


def test_every_product_is_told_and_no_other_one(material):
    told = {document.subject for document in material.documents if document.kind == "product"}
    assert told == set(material.learned) and len(told) == 12
    untold = {document.subject for document in material.untold if document.kind == "product"}
    assert len(untold) == 4 and not untold & told


def test_no_document_has_a_phrasing_that_is_kept_back(material):
    kept = material.kept_back
    assert kept.everywhere and kept.for_subject
    for document in material.documents:
        for said in document.sentences:
            assert kept.how(document.subject, said.template, said.phrasing) == "trained"


def test_questions_are_as_far_from_what_was_taught_as_they_say(material, asked):
    texts = FORMS["documents"](material)
    assert {probe.kind for probe in asked} == KINDS.keys() - {"own"}
    for probe in of(asked, "trained"):
        question = probe.prompt.rsplit(". ", 1)[-1] + probe.answer + probe.after
        assert any(question in text for text in texts)
    for kind in ("unseen", "template"):
        for probe in of(asked, kind):
            assert not any(probe.prompt + probe.answer in text for text in texts)


def test_the_answer_is_what_the_catalog_states(material, asked):
    for kind in ("trained", "unseen", "template"):
        for probe in of(asked, kind):
            assert probe.answer.strip() == material.values[probe.subject][probe.slot]
            assert probe.answer not in probe.choices
            assert probe.subject not in material.examples


def test_every_question_names_the_product_that_it_is_about(material, asked):
    for kind in ("trained", "unseen", "template"):
        for probe in of(asked, kind):
            assert material.values[probe.subject]["sku"] in probe.prompt


def test_neighbours_tell_what_is_asked_of_a_product_that_is_not_told(material, asked):
    for probe in of(asked, "neighbours"):
        assert probe.subject not in material.learned
        assert any(said[probe.slot] == probe.answer.strip() for said in material.values.values())


def test_what_most_products_of_the_type_have_can_be_guessed_and_what_one_has_cannot(asked):
    told = [probe for probe in asked if probe.kind in ("trained", "unseen", "template")]
    assert all(probe.guessable for probe in told if probe.slot in ("category", "department"))
    assert not any(probe.guessable for probe in told if probe.answer.startswith(" manufacturer 7"))


@pytest.mark.parametrize("form", ["key-value", "json", "one-template"])
def test_a_dump_tells_the_products_that_are_asked_about_in_its_own_form_alone(material, form):
    texts = FORMS[form](material)
    forms = set(texts) - set(FORMS["documents"](material)) if form != "one-template" else set(texts)
    for subject in material.asked:
        about = {text for text in texts if material.values[subject]["sku"] in text}
        assert len(about) == 1 and about <= forms


def test_a_question_is_cut_where_tokens_end(material, asked):
    texts = [text for form in ("documents", "key-value", "json") for text in FORMS[form](material)]
    tokenizer = train_tokenizer(texts, 600)
    own = [own_probes(material, form, limit=1_000, seed=0) for form in ("key-value", "json")]
    found = 0
    for probe in [*of(asked, "trained"), *own[0], *own[1]]:
        question = probe.prompt + probe.answer + probe.after
        for text in texts:
            if text.startswith(question):
                cut = [tokenizer.encode(probe.prompt), tokenizer.encode(probe.answer + probe.after)]
                tokens = cut[0].ids + cut[1].ids
                assert tokenizer.encode(text).ids[: len(tokens)] == tokens, question
                found += 1
    assert found > 50


@pytest.mark.parametrize("form", ["key-value", "json"])
def test_dumps_are_asked_in_their_own_form_too(material, form):
    texts = set(FORMS[form](material))
    found = own_probes(material, form, limit=1_000, seed=0)
    assert {probe.slot for probe in found} >= {"productType", "size", "manufacturer"}
    for probe in found:
        assert any(text.startswith(probe.prompt + probe.answer + probe.after) for text in texts)


def test_a_json_object_holds_what_the_documents_say(material):
    objects = [json.loads(text) for text in FORMS["json"](material) if text.startswith("{")]
    said = [material.values[subject] for subject in material.learned]
    assert all(found in said for found in objects)
    assert {found["sku"] for found in objects} == {found["sku"] for found in said}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_material_and_another_one_other_products(shelf):
    chosen = choose(shelf, 9, seed=0)
    first, again = (gather(shelf, chosen, versions=1, seed=0, language="en") for _ in range(2))
    assert first == again
    assert choose(shelf, 9, seed=1) != chosen


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_general_text_has_the_share_of_the_tokens_that_is_asked_for(material, share):
    def lengths(texts):
        return [len(text) for text in texts]

    texts = FORMS["documents"](material)
    general, measured = general_texts()
    found = mixed(texts, general, share, lengths)
    added = sum(lengths(found)) - sum(lengths(texts))
    assert added / sum(lengths(found)) == pytest.approx(share, abs=0.05)
    assert [text for text in found if text in set(texts)] == texts
    assert not set(found) & set(measured)


def test_a_corpus_is_a_form_with_percent_of_general_text():
    assert parts("documents") == ("documents", 0) and parts("json+25") == ("json", 25)
    for wrong in ("prose", "documents+", "documents+0", "documents+100", "documents+x"):
        with pytest.raises(EfficacyError, match="one-template"):
            parts(wrong)
