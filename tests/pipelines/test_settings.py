"""Settings: where they come from, and what is said of a wrong one."""

from pathlib import Path

import pytest

from pipelines.settings import SettingsError, settings
from verbalize.phrasing import KINDS, USUAL_KINDS, kinds_meant
from verbalize.rewriting import FORMS


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WAREWORD_HOME", raising=False)


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(monkeypatch):
    Path("wareword.yaml").write_text("seed: 1\nfraction: 0.5\nhome: from-file\n")
    monkeypatch.setenv("WAREWORD_FRACTION", "0.25")
    monkeypatch.setenv("WAREWORD_HOME", "from-environment")
    chosen = settings(home=Path("from-command-line"), seed=None)
    assert (chosen.home, chosen.fraction, chosen.seed) == (Path("from-command-line"), 0.25, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fraction", 0),
        ("fraction", 2),
        ("seed", "many"),
        ("as_of", "soon"),
        ("languages", ("xx",)),
    ],  # fmt: skip
)
def test_a_wrong_value_is_named_with_what_it_can_be(name, value):
    with pytest.raises(SettingsError, match=f"setting {name}"):
        settings(**{name: value})


@pytest.mark.parametrize("folder", ["", "shop/"])
def test_an_unknown_setting_is_told_with_its_file_and_the_nearest_name(folder):
    path = Path(f"{folder}wareword.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text("seeed: 1\n")
    with pytest.raises(SettingsError, match=rf"^{path}: no setting 'seeed'; is it seed\?$"):
        settings(home=Path("shop"))
    path.write_text("xyzzy: 1\n")
    with pytest.raises(SettingsError, match="no setting 'xyzzy'; there are: home, seed"):
        settings(home=Path("shop"))


def test_documents_are_rewritten_to_the_forms_that_there_are():
    assert settings(rewrite_forms=list(FORMS)).rewrite_forms == tuple(FORMS)
    with pytest.raises(SettingsError, match="paraphrase"):
        settings(rewrite_forms=("poem",))


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ((), USUAL_KINDS),
        (("usual",), USUAL_KINDS),
        (("all",), KINDS),
        (("guide",), ("guide",)),
        (("product", "usual", "query_questions"), {*USUAL_KINDS, "query_questions"}),
    ],
)
def test_kinds_are_named_one_by_one_or_by_a_set(named, meant):
    assert set(kinds_meant(settings(kinds=named).kinds)) == set(meant)


def test_a_kind_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(SettingsError, match="no kind of document 'novel'; .*usual, all, product"):
        settings(kinds=("novel",))
