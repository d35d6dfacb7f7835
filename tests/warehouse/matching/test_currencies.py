"""The currency of prices, by the header or the values."""

import pytest

from warehouse.matching.currencies import currency_of


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("Preis (EUR)", ["12.50"], "EUR"),
        ("price_usd", ["12.50"], "USD"),
        ("priceGbp", ["12.50"], "GBP"),
        ("price €", ["12.50"], "EUR"),
        ("Preis in Euro", ["12.50"], "EUR"),
        ("Preis", ["12,50 €", "", "3"], "EUR"),
        ("Preis", ["12,50 €", "$3"], None),
        ("price_eur_usd", ["12.50"], None),
        ("Top price of all", ["12.50"], None),
    ],
)
def test_the_header_tells_it_or_else_the_values_if_they_agree(connection, column, values, expected):
    connection.execute(f'CREATE TABLE raw.landed ("{column}" VARCHAR)')
    connection.executemany("INSERT INTO raw.landed VALUES (?)", [[value] for value in values])
    assert currency_of(connection, "raw.landed", column) == expected
