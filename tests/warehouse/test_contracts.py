"""A contract is a file that people edit: it keeps what it says, and tells what is wrong in it."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some
from open_data_contract_standard.model import OpenDataContractStandard

from warehouse.contracts import (
    OPERATORS,
    TYPES,
    Contract,
    Drift,
    Field,
    Rule,
    choose,
    contract_text,
    drift,
    read_contract,
    write_contract,
)
from warehouse.errors import ContractError
from warehouse.kinds import KINDS

CONTRACT = Contract(
    source="shop",
    kind="product",
    columns={"key": "Art. Nr.", "name": "Titel", "price": "Preis"},
    constants={"currency": "EUR"},
    delivery="snapshot",
    fields=(
        Field("Art. Nr.", required=True, unique=True),
        Field("Titel"),
        Field("Preis", "number", physical_type="DOUBLE", options={"minimum": 0.5}),
    ),
    version="2.1.0",
    rules=(
        Rule("nullValues", "mustBeLessThan", (5.0,), ("Titel",), "percent"),
        Rule("rowCount", "mustBeBetween", (1.0, 1000.5)),
        Rule("duplicateValues", "mustBe", (0.0,), ("Titel", "Preis"), strict=False),
    ),
    unchecked=("Prices include tax.",),
)


def test_a_contract_that_is_written_reads_as_it_was(tmp_path):
    write_contract(tmp_path / "contracts" / "shop_product.yaml", CONTRACT)
    assert read_contract(tmp_path / "contracts" / "shop_product.yaml") == CONTRACT


def test_what_is_written_is_a_contract_of_the_standard():
    document = OpenDataContractStandard.from_string(contract_text(CONTRACT))
    assert (document.apiVersion, document.kind, document.version) == (
        "v3.1.0", "DataContract", "2.1.0",
    )  # fmt: skip
    assert document.schema_[0].properties[2].quality is None
    assert document.schema_[0].properties[1].quality[0].mustBeLessThan == 5


NAMES = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)


@some.composite
def contracts(draw) -> Contract:
    kind = KINDS[draw(some.sampled_from(["product", "event", "review"]))]
    names = draw(some.lists(NAMES, min_size=1, max_size=5, unique=True))
    canonical = draw(some.permutations(list(kind.columns_by_name)))
    columns = dict(zip(canonical, names, strict=False))
    fields = tuple(
        Field(name, draw(some.sampled_from(TYPES)), draw(some.booleans()), draw(some.booleans()))
        for name in names
    )
    rules = tuple(
        Rule(
            "invalidValues",
            operator,
            (0.0, 1.5) if operator.endswith("Between") else (2.25,),
            (name,),
            values=tuple(draw(some.lists(NAMES, min_size=1, max_size=3))),
        )
        for name in names
        for operator in draw(some.lists(some.sampled_from(list(OPERATORS)), max_size=2))
    )
    partition = None if kind.node else draw(some.sampled_from([None, names[0]]))
    return Contract(
        draw(NAMES), kind.name, columns, {}, "incremental", partition, fields, "1.0.0", rules
    )


@settings(max_examples=40, deadline=None)
@given(contracts())
def test_every_contract_survives_its_file(tmp_path_factory, contract):
    path = tmp_path_factory.mktemp("contract") / "c.yaml"
    write_contract(path, contract)
    assert read_contract(path) == contract
    first = path.read_bytes()
    write_contract(path, read_contract(path))
    assert path.read_bytes() == first


def changed(path: Path, old: str, new: str) -> Path:
    text = contract_text(CONTRACT)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("logicalType: number", "logicalType: decimal", r"line 39.*logicalType.*one of string"),
        ("apiVersion: v3.1.0", "apiVersion: v2.0.0", r"line 3.*apiVersion.*v3\.1\.0"),
        ("name: product\n", "name: produkt\n", r"one of product, category"),
        ("- price", "- prize", r"fills.*prize"),
        ("value: snapshot", "value: sometimes", r"delivery as one of incremental, snapshot"),
        ("metric: nullValues", "metric: nullValuez", r"one of rowCount"),
        ("mustBeLessThan: 5", "mustBeLessThan: five", r"number"),
        ("value: 0.2", "value: 20", r"share from 0 to 1"),
        ("status: active", "staus: active", r"staus"),
        ("currency: EUR", "prise: EUR", r"constants"),
        (
            "currency: EUR",
            "currency: EURO",
            r"expected currency as the form \[A-Z\]\{3\}, got 'EURO'",
        ),
        ("id: shop_product", "id: [", r"line \d+: no YAML"),
        ("id: shop_product", "id: &x 1\nname: *x", r"alias"),
        ("id: shop_product", "id: !!python/object/apply:os.system [ls]", r"no YAML"),
        ("name: Titel", "name: Preis", r"each column once"),
        ("minimum: 0.5", "minimum: little", r"logicalTypeOptions.minimum: expected a number"),
        ("minimum: 0.5", "minimum: .inf", r"logicalTypeOptions.minimum: expected a number"),
        ("mustBeLessThan: 5", "mustBeLessThan: .inf", r"a number"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_what_it_can_be(tmp_path, old, new, message):
    with pytest.raises(ContractError, match=message) as told:
        read_contract(changed(tmp_path / "c.yaml", old, new))
    assert str(tmp_path / "c.yaml") in str(told.value)


def test_a_missing_contract_tells_how_to_write_one(tmp_path):
    with pytest.raises(ContractError, match="wareword match FILE"):
        read_contract(tmp_path / "none.yaml")


def test_a_rule_for_another_engine_is_kept_as_words(tmp_path):
    document = yaml.safe_load(contract_text(CONTRACT))
    document["schema"][0]["quality"].append(
        {"type": "sql", "query": "SELECT count(*) FROM product", "mustBe": 7}
    )
    (tmp_path / "c.yaml").write_text(yaml.safe_dump(document))
    assert read_contract(tmp_path / "c.yaml").unchecked[-1] == "SELECT count(*) FROM product"


def test_drift_names_what_is_missing_changed_and_new():
    found = {"Art. Nr.": "number", "Preis": "string", "Farbe": "string"}
    assert drift(CONTRACT, found) == (
        Drift("missing", "Titel", "string", ""),
        Drift("type", "Preis", "number", "string"),
        Drift("added", "Farbe", "", "string"),
    )
    assert [change.breaking for change in drift(CONTRACT, found)] == [True, True, False]


def test_a_narrower_type_or_a_column_without_values_is_no_drift():
    assert drift(CONTRACT, {"Art. Nr.": "string", "Titel": "", "Preis": "integer"}) == ()


def test_the_contract_of_a_file_is_that_of_its_kind_or_of_its_columns():
    events = Contract("shop", "event", fields=(Field("sku"), Field("when")))
    kept = [CONTRACT, events]
    assert choose(kept, ["x"], "event") is events
    assert choose(kept, ["Art. Nr.", "Titel", "neu"], None) is CONTRACT
    assert choose(kept, ["Art. Nr.", "neu"], None) is None
    assert choose(kept, ["Art. Nr."], "review") is None


def test_options_of_other_types_and_engines_are_kept_as_words(tmp_path):
    path = changed(tmp_path / "c.yaml", "minimum: 0.5", "format: f64")
    assert "format of Preis: f64" in read_contract(path).unchecked


def test_a_pattern_that_is_no_regular_expression_is_told(tmp_path):
    path = tmp_path / "c.yaml"
    write_contract(path, Contract("s", "product", fields=(Field("a", options={"pattern": "("}),)))
    with pytest.raises(ContractError, match="expected a regular expression"):
        read_contract(path)
