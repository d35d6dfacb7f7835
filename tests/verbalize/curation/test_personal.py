"""Personal data is found and masked, and the other numbers of a catalog are not."""

import pytest

from verbalize.curation.personal import mask
from warehouse.connection import memory


@pytest.fixture(scope="module")
def warehouse():
    with memory() as connection:
        connection.execute(
            "INSERT INTO facts.node VALUES ('brand:1', 'brand', 'shop', 'x', 'Emma Bridgewater')"
        )
        yield connection


def masked(connection, text: str, persons: bool = True) -> tuple[str, list[str]]:
    connection.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT ? AS value", [text])
    mask(connection, "FROM given", "found", persons=persons)
    row = connection.execute("SELECT masked, kinds FROM found").fetchone()
    return row or (text, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to bob.smith+x@mail.example.com now.", "Write to [EMAIL] now."),
        ("bob [at] example.com", "[EMAIL]"),
        ("Call (212) 555-0123 or 212-555-0199.", "Call [PHONE] or [PHONE]."),
        ("+49 (0)30 1234567", "[PHONE]"),
        ("Telefon: 030/1234567 bitte", "Telefon: [PHONE] bitte"),
        ("tel 5551234", "tel [PHONE]"),
        ("电话：13812345678 谢谢", "电话：[PHONE] 谢谢"),
        ("Card 4111 1111 1111 1111 was charged", "Card [CARD] was charged"),
        ("378282246310005", "[CARD]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [IBAN]."),
        ("GB82WEST12345698765432", "[IBAN]"),
        ("from 192.168.1.10 and 2001:db8:85a3:0:0:8a2e:370:7334", "from [IP] and [IP]"),
        ("I live at 12 Main Street, Springfield, IL 62704.", "I live at [ADDRESS]."),
        ("7 Elm Ct, Boston, MA 02101", "[ADDRESS]"),
        ("12 Abbey Road, London NW8 9AY", "[ADDRESS]"),
        ("Musterstraße 12, 10115 Berlin", "[ADDRESS]"),
        ("en la Calle de Alcalá 12", "en la [ADDRESS]"),
        ("北京市朝阳路12号", "[ADDRESS]"),
        ("My name is Anna Lee and I like it", "My name is [NAME] and I like it"),
        ("for my wife Susan", "for my wife [NAME]"),
        ("Loved it. - Karen B.", "Loved it. - [NAME]"),
        ("Works. Thanks, Peter", "Works. Thanks, [NAME]"),
        ("Mr. Johnson was kind", "[NAME] was kind"),
        ("sold by John Smith", "sold by [NAME]"),
    ],
)
def test_personal_data_gives_way_to_a_placeholder_of_its_kind(warehouse, text, expected):
    assert masked(warehouse, text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "GTIN 00012345678905, UPC 036000291452, EAN 4006381333931",
        "Item number 4111111111111111 and model 212-555-0123",
        "ISBN 978-3-16-148410-0",
        "4111 1111 1111 1112 has a wrong check digit",
        "DE89 3704 0044 0532 0130 01 has one too",
        "firmware 10.2.3.4, version 1.2.3.4",
        "at 10:30:45 on 2024-01-31, 1024 x 768, 500 000 units",
        "500 Gigabyte External Hard Drive, 12 Inch Square, 3 Way",
        "$1,299.00 - $1,399.00; 12/24/48 ct; +100 -200",
        "Jerseys 9, 12 Duff Home Road White, Carl Zeiss 5X lens",
        "10 Pack St. Ives, 100 Grain Bread",
        "Mr. Clean, Dr. Pepper, a Calvin Klein bag and an Emma Bridgewater mug",
        "size 36-24-36, part 0800-12345, 4 x 1.5.2",
    ],
)
def test_other_numbers_and_names_stay(warehouse, text):
    assert masked(warehouse, text) == (text, [])


def test_names_are_looked_for_only_where_users_write(warehouse):
    assert masked(warehouse, "sold by John Smith", persons=False)[1] == []


def test_the_kinds_stand_in_the_order_of_the_text(warehouse):
    assert masked(warehouse, "a@b.example, (212) 555-0123, c@d.example")[1] == [
        "EMAIL",
        "PHONE",
        "EMAIL",
    ]
