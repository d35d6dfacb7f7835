"""Mix files say what is wrong with them: the file, the field, and what it can be."""

from pathlib import Path

import pytest

from verbalize.mixing.mixfile import MixError, presets, read_mix


def written(folder: Path, text: str, name: str = "mix.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_yaml_and_toml_say_the_same(tmp_path):
    one = read_mix(written(tmp_path, "tokens: 5_000\nsources: {web: {files: [a.txt], weight: 2}}"))
    toml = 'tokens = 5_000\n[sources.web]\nfiles = ["a.txt"]\nweight = 2\n'
    assert read_mix(written(tmp_path, toml, "mix.toml")) == one


def test_what_a_file_says_goes_over_its_preset(tmp_path):
    text = "preset: ecomgpt-ct\nsources: {domain: {epochs: 9}, general: {files: [a.txt]}}"
    mix = read_mix(written(tmp_path, text))
    assert presets() == ["ecomgpt-ct"]
    assert mix.sources["domain"].join == "subject" and mix.sources["domain"].epochs == 9
    assert (mix.sources["domain"].weight, mix.sources["general"].weight) == (2, 1)


@pytest.mark.parametrize(
    "text, why",
    [
        ("sources: {web: {weight: -1}}", "sources.web.weight: Input should be greater than 0"),
        (
            "sources: {web: {wieght: 1}}",
            "sources.web.wieght: there is no such field; there are: epo",
        ),
        ("sources: {}", "sources: Dictionary should have at least 1 item"),
        ("source: {}", "source.?: there is no such field|sources: Field required"),
        ("sources: {web: {weight: 1, tokens: 2}}", "sources.web: give a weight or a budget"),
        ("sources: {web: {files: [a.txt], kinds: [product]}}", "sources.web: kinds is of the"),
        ("sources: {a: {weight: 1}, b: {}}", "sources.b has no weight"),
        ("temperature: 2\nsources: {a: {weight: 1}}", "take weight from sources.a"),
        (
            "sources: {a: {}}\nphases: [{share: 1, weights: {b: 1}}]",
            "phases.0.weights: no source 'b'",
        ),
        ("sources: {a: {}}\nphases: [{share: 1, weights: {a: 0}}]", "phases.0: give at least one"),
        ("sources: {a: {tokens: 3}}\nphases: [{share: 1, weights: {a: 1}}]", "take tokens from"),
        ("sources: {../a: {}}", "sources"),
        ("preset: nothing", "preset: no preset 'nothing'; there are: ecomgpt-ct"),
        ("- a", "holds no fields"),
        ("a: [", "no YAML"),
        ("{" * 3_000, "no YAML"),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_field(tmp_path, text, why):
    path = written(tmp_path, text)
    with pytest.raises(MixError, match=why) as raised:
        read_mix(path)
    assert str(raised.value).startswith(str(path))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MixError, match="nothing.yaml: No such file .*path of a mix file"):
        read_mix(tmp_path / "nothing.yaml")
