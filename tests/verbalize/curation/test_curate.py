"""Curation as a whole: which documents are kept, why others are not, and how tokens are counted."""

import pytest

from tests.verbalize.curation.documents import kept, put, removed, signals
from verbalize.curation import STAGES, CurationError, CurationSettings, curate
from verbalize.curation.stage import NAMES

PEAS = "Frozen peas, 16 oz, are sold in the grocery aisle."


def test_the_names_of_the_stages_are_those_of_the_settings():
    assert tuple(STAGES) == NAMES


def test_documents_of_the_same_words_give_way_to_the_first(connection, tmp_path):
    put(
        connection,
        {"a": "Frozen peas, 16 oz.", "b": "frozen  PEAS, 16 oz. ", "c": "Frozen corn, 16 oz."},
    )
    counts = curate(connection, tmp_path / "tokenizer.json")
    assert removed(connection) == {"b": ("exact", "same words", "a")}
    assert (counts["documents"], counts["kept"]) == (3, 2)
    assert counts["removed"] == [
        {"stage": "exact", "reason": "same words", "kind": "product", "documents": 1}
    ]


def test_the_same_words_in_two_languages_are_no_duplicates(connection, tmp_path):
    put(connection, {"a": "Taxi, Hotel, Pizza"})
    put(connection, {"b": "Taxi, Hotel, Pizza"}, language="de")
    curate(connection, tmp_path / "tokenizer.json")
    assert not removed(connection)


def test_a_filter_leaves_out_what_it_names_and_says_what_was_measured(connection, tmp_path):
    put(connection, {"short": "Peas.", "long": PEAS})
    curate(connection, tmp_path / "t.json", CurationSettings(filters=("words < 3",)))
    assert removed(connection) == {"short": ("filter", "words < 3", None)}
    assert connection.execute("SELECT detail FROM text.removed").fetchone() == ("words = 1.0",)


def test_a_filter_of_the_language_leaves_out_what_was_not_translated(connection, tmp_path):
    put(
        connection,
        {
            "a": "Gefrorene Erbsen für die ganze Familie, ohne Zusatz von Salz oder Zucker.",
            "b": "Frozen peas for the whole family, without any added salt or sugar.",
        },
    )
    curate(connection, tmp_path / "t.json", CurationSettings(filters=("language_mismatch > 0.9",)))
    assert set(removed(connection)) == {"a"}


@pytest.mark.parametrize(
    ("filter", "message"),
    [("words", "no filter"), ("wit > 3", "no signal 'wit'"), ("words < 3; DROP", "no filter")],
)
def test_a_wrong_filter_is_told_and_nothing_changes(connection, tmp_path, filter, message):
    put(connection, {"a": PEAS, "b": PEAS})
    curate(connection, tmp_path / "t.json")
    with pytest.raises(CurationError, match=message):
        curate(connection, tmp_path / "t.json", CurationSettings(filters=(filter,)))
    assert set(removed(connection)) == {"b"}


def test_an_unknown_stage_is_told(connection, tmp_path):
    with pytest.raises(CurationError, match="no stage of curation 'wit'.*exact"):
        curate(connection, tmp_path / "t.json", CurationSettings(stages=("wit",)))


def test_a_stage_that_is_left_out_does_nothing(connection, tmp_path):
    put(connection, {"a": PEAS, "b": PEAS + " Write to me@example.com."})
    curate(connection, tmp_path / "t.json", CurationSettings(stages=("quality",)))
    assert "me@example.com" in kept(connection)["b"]
    assert signals(connection, "a")["words"] == 10
    assert signals(connection, "a")["language"] is None


def test_personal_data_is_masked_in_what_is_kept_and_stays_in_what_was_written(
    connection, tmp_path
):
    put(connection, {"a": f"{PEAS} Write to me@example.com or call +49 30 1234567."})
    counts = curate(connection, tmp_path / "t.json")
    assert kept(connection) == {"a": f"{PEAS} Write to [EMAIL] or call [PHONE]."}
    assert counts["masked"] == {"EMAIL": 1, "PHONE": 1}
    (written,) = connection.execute("SELECT text FROM text.document").fetchone()
    assert "me@example.com" in written


def test_curation_again_gives_the_same(connection, tmp_path):
    put(connection, {"a": PEAS, "b": PEAS, "c": "Call (212) 555-0123.", "d": "Fucking peas."})
    first = curate(connection, tmp_path / "t.json")
    tables = [connection.execute(f"FROM text.{name}").fetchall() for name in ("removed", "signal")]
    assert curate(connection, tmp_path / "t.json") == first
    assert tables == [
        connection.execute(f"FROM text.{name}").fetchall() for name in ("removed", "signal")
    ]


def test_the_tokenizer_counts_what_it_would_encode_and_is_the_same_again(connection, tmp_path):
    from tokenizers import Tokenizer

    texts = {str(place): f"{PEAS} Jar {place} holds {place} oz." for place in range(50)}
    put(connection, texts)
    stages = CurationSettings(stages=("exact",))
    curate(connection, tmp_path / "one.json", stages)
    tokenizer = Tokenizer.from_file(str(tmp_path / "one.json"))
    counted = dict(connection.execute("SELECT document_id, tokens FROM text.document").fetchall())
    assert counted == {name: len(tokenizer.encode(text)) for name, text in texts.items()}
    curate(connection, tmp_path / "two.json", stages)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize("texts", [{}, {"a": "Peas."}, {"a": ".", "b": "?"}], ids=[0, 1, "marks"])
def test_few_or_odd_documents_are_no_error(connection, tmp_path, texts):
    put(connection, texts)
    counts = curate(connection, tmp_path / "tokenizer.json", CurationSettings(stages=NAMES[:-1]))
    assert counts["documents"] == len(texts)
