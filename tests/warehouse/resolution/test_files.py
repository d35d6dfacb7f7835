import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from warehouse.errors import LoadError
from warehouse.resolution.files import resolve_files
from warehouse.resolution.linking import Settings

DATA = Path(__file__).parents[4] / "shared" / "data"
WORDS_ONLY = Settings(meaning=False)


def test_the_command_tells_how_good_its_matches_are(files, tmp_path):
    left, right, gold = map(str, files)
    out = tmp_path / "found.csv"

    result = CliRunner().invoke(
        app, ["resolve", left, right, "--gold", gold, "--out", str(out), "--no-meaning", "--json"]
    )

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["precision"] == told["recall"] == told["f1"] == told["blocking_recall"] == 1
    assert told["pairs_compared"] > told["matches"] == 7
    assert out.read_text().splitlines()[0] == '"left_key","right_key","probability"'
    assert len(out.read_text().splitlines()) == 8


def test_without_right_pairs_nothing_is_measured(files):
    told = resolve_files(*files[:2], WORDS_ONLY).told()

    assert "f1" not in told
    assert told["matches"] == 7


def test_headers_that_no_synonym_has_are_taken_as_they_are_found(tmp_path):
    left, right = tmp_path / "left.csv", tmp_path / "right.csv"
    names = ["Acme mug blue 300 ml", "Acme pot steel 2 l", "Bodum press 1 l", "Oak board large"]
    rows = [f"{name};{price},95 €" for price, name in enumerate(names)]
    left.write_text("Artikelnummer;Bezeichnung;Preis (EUR)\n" + "".join(
        f"A-{number};{row}\n" for number, row in enumerate(rows)
    ))  # fmt: skip
    right.write_text("id;title;price\n" + "".join(
        f"B-{number};{row}\n" for number, row in enumerate(rows)
    ))  # fmt: skip
    assert resolve_files(left, right, WORDS_ONLY).told()["matches"] == 4


def test_a_file_without_identifiers_is_told_of_steps_that_there_are(files, tmp_path):
    bare = tmp_path / "bare.csv"
    bare.write_text("x,y\nred,\nblue,\nred,\n")
    with pytest.raises(LoadError, match=r"Call it key.*wareword match .*wareword run") as raised:
        resolve_files(files[0], bare, WORDS_ONLY)
    assert "--map" not in str(raised.value)


def test_right_pairs_that_name_no_product_are_told_by_row(files):
    left, right, gold = files
    gold.write_text("D1|D2\na1|b1\na1|b99\n")

    with pytest.raises(LoadError, match=r"row 2, D2: 'b99' is no identifier"):
        resolve_files(left, right, WORDS_ONLY, gold=gold)


def test_right_pairs_that_are_not_there_are_told(files, tmp_path):
    with pytest.raises(LoadError, match="no such file of pairs"):
        resolve_files(*files[:2], WORDS_ONLY, gold=tmp_path / "none.csv")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "left", "right", "least"),
    [("abt_buy", "abt", "buy", 0.9), ("walmart_amazon", "walmart", "amazon", 0.79)],
)
def test_real_catalogs_are_linked_without_labels(folder, left, right, least):
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    files = [DATA / folder / f"{name}.csv" for name in (left, right, "matches")]

    resolved = resolve_files(*files[:2], WORDS_ONLY, gold=files[2])

    assert resolved.score.f1 >= least


def test_labelled_products_are_left_out_of_the_measure(files, tmp_path):
    left, right, gold = files
    labels = tmp_path / "labels.csv"
    labels.write_text("left,right,label\na1,b1,1\na7,b7,no\n")

    resolved = resolve_files(left, right, WORDS_ONLY, gold=gold, labels=labels)

    assert resolved.score.known == 6


def test_a_label_that_says_nothing_is_told_by_row(files, tmp_path):
    left, right, _ = files
    labels = tmp_path / "labels.csv"
    labels.write_text("left,right,label\na1,b1,1\na7,b7,perhaps\n")

    with pytest.raises(LoadError, match="row 2, label: 'perhaps' is no label"):
        resolve_files(left, right, WORDS_ONLY, labels=labels)
