"""Facts that follow from behaviour for documents: offers, times of purchase, queries, reviews."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.copies import copy_of
from warehouse.connection import FILE_NAME, writer
from warehouse.facts import REVIEW_ASPECTS, derive
from warehouse.load import load

DAY = datetime(2024, 1, 1)


PRODUCTS = (
    "key,name,category,brand,size,price,currency",
    "1,Lump charcoal,Grilling,Acme,8 LB,9.00,USD",
    "2,Briquettes,Grilling,Acme,16 LB,12.50,USD",
    "3,Milk,Dairy,Bolt,1 GAL,3.00,USD",
    "4,Buns,Bakery,Bolt,8 CT,2.00,USD",
)


def putting(connection, folder):
    """A function that loads rows of a kind, given as lines of CSV."""

    def put(kind, *lines):
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n")
        load(connection, path, kind=kind, source="shop", as_of=DAY)
        assert connection.execute("SELECT count(*) FROM ops.reject").fetchone() == (0,)
        derive(connection)

    return put


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The file of a warehouse with the products."""
    home = tmp_path_factory.mktemp("products")
    with writer(home) as opened:
        putting(opened, home)("product", *PRODUCTS)
    return home / FILE_NAME


@pytest.fixture
def connection(file):
    """A copy of it."""
    with copy_of(file) as opened:
        yield opened


@pytest.fixture
def shop(connection, tmp_path):
    """Loads more into it."""
    return putting(connection, tmp_path)


def told(connection, predicate):
    """Subject, object and confidence of the facts of a predicate, with labels."""
    return connection.execute(
        """
        SELECT subject, object, confidence FROM facts.labelled
        WHERE predicate = ? AND valid_to IS NULL ORDER BY ALL
        """,
        [predicate],
    ).fetchall()


def test_a_category_tells_what_it_offers(connection, shop):
    assert told(connection, "lowPrice") == [("Grilling", "9.00", 1.0)]
    assert told(connection, "highPrice") == [("Grilling", "12.50", 1.0)]
    assert told(connection, "offersBrand") == [("Grilling", "Acme", 1.0)]
    assert told(connection, "offersSize") == []


def test_a_price_of_zero_is_no_price_of_a_category(connection, shop):
    shop(
        "product",
        "key,name,category,brand,size,price,currency",
        "1,Lump charcoal,Grilling,Acme,8 LB,0.00,USD",
        "2,Briquettes,Grilling,Acme,16 LB,12.50,USD",
        "5,Lighter,Grilling,Acme,1 CT,3.50,USD",
    )
    assert told(connection, "lowPrice") == [("Grilling", "3.50", 1.0)]
    assert told(connection, "highPrice") == [("Grilling", "12.50", 1.0)]


def test_a_brand_has_the_categories_in_which_it_has_two_products(connection, shop):
    assert told(connection, "brandCategory") == [("Acme", "Grilling", 1.0)]


def events(households, summer):
    """A year of baskets: each household buys milk every week and, on a Saturday of July if
    `summer`, charcoal and buns."""
    lines = ["event_type,customer_id,product_id,time,quantity,value,basket_id"]
    for household in range(households):
        for week in range(52):
            day = DAY + timedelta(days=7 * week + household % 7, hours=10)
            basket = f"b{household}-{week}"
            products = [3]
            if summer and 26 <= week < 30:
                day = DAY + timedelta(days=7 * week + 5, hours=10)
                products = [1, 4]
            for product in products:
                lines.append(f"purchase,h{household},{product},{day},1,2.00,{basket}")
    return lines


def test_a_category_has_its_month_its_day_and_what_goes_with_it(connection, shop):
    shop("event", *events(25, summer=True))
    peaks = {(subject, month) for subject, month, _ in told(connection, "peaksIn")}
    assert ("Grilling", "07") in peaks and not any(subject == "Dairy" for subject, _ in peaks)
    assert ("Grilling", "6", 1.0) in told(connection, "peaksOn")
    assert ("Grilling", "Bakery", 1.0) in told(connection, "goesWith")
    assert ("Grilling", "Lump charcoal", 1.0) in told(connection, "mostBought")


def test_nothing_is_told_of_fewer_than_twenty_households(connection, shop):
    shop("event", *events(19, summer=True))
    for predicate in ("peaksIn", "peaksOn", "peaksAt", "goesWith", "mostBought"):
        assert told(connection, predicate) == []


def test_a_query_is_told_with_what_answers_it_only_if_nobody_can_be_known_by_it(
    connection, shop, tmp_path
):
    shop(
        "query",
        "key,text,customer_id,product_id",
        *(f"a{number},Grill  Coal,h{number},1" for number in range(20)),
        *(f"b{number},where does anna live,h{number},1" for number in range(19)),
    )
    assert told(connection, "answeredBy") == [("grill coal", "Lump charcoal", 1.0)]
    labels = connection.execute("SELECT label FROM facts.node WHERE kind = 'query'").fetchall()
    assert labels == [("grill coal",)]


def reviews(*said):
    return [
        "key,product_id,rating,title,body,time",
        *(
            f'r{number},1,{rating},"{title}","{body}",2024-01-02'
            for number, (rating, title, body) in enumerate(said)
        ),
    ]


def test_reviews_are_counted_by_what_they_speak_of(connection, shop):
    shop(
        "review",
        *reviews(
            (5, "Good smell", "The scent of it is just like a forest. Burns long."),
            (4, "Fine", "It smells a little and burns well."),
            (1, "Too much smoke", "A bad odor that stays for days. Mail me at a@b.example."),
            (5, "Great", "Easy to light."),
        ),
    )
    assert told(connection, "reviewCount") == [("Lump charcoal", "4", 0.0)]
    assert told(connection, "smellReviews") == [("Lump charcoal", "3", 0.0)]
    ((_, quote, _),) = told(connection, "smellQuote")
    assert quote in ("The scent of it is just like a forest", "It smells a little and burns well")
    assert told(connection, "usabilityReviews") == []


@pytest.mark.parametrize(("rated", "share"), [(9, 0.0), (10, 0.9)])
def test_all_reviews_count_and_a_share_needs_ten_with_stars(connection, shop, rated, share):
    stars = [1] + [5] * (rated - 1)
    shop(
        "review",
        *reviews(
            *[(star, "Smell", "Burns well.") for star in stars],
            *[("", "Smell", "Burns well.")] * 5,
        ),
    )
    count = str(rated + 5)
    assert told(connection, "reviewCount") == [("Lump charcoal", count, share)]
    assert told(connection, "smellReviews") == [("Lump charcoal", count, share)]


@pytest.mark.parametrize(
    ("body", "quote"),
    [
        ("Paid 3.99 for it and the smell is fine. Good.", "Paid 3.99 for it and the smell is fine"),
        ("Is that what the smell should be? No.", "Is that what the smell should be?"),
        (
            "闻起来 smell 有一种淡淡的清香，味道真的很好。不错",
            "闻起来 smell 有一种淡淡的清香，味道真的很好",
        ),
        ("The smell of it is just too much...", None),
        ("The smell of it is just too", None),
    ],
)
def test_only_whole_sentences_are_quoted(connection, shop, body, quote):
    shop("review", *reviews(*[(5, "Fine", body)] * 3))
    assert [said for _, said, _ in told(connection, "smellQuote")] == ([quote] if quote else [])


def test_reviews_without_stars_are_quoted_too(connection, shop):
    shop("review", *reviews(*[("", "Fine", "The smell of it is just like a forest.")] * 3))
    assert told(connection, "reviewCount") == [("Lump charcoal", "3", 0.0)]
    ((_, quote, _),) = told(connection, "smellQuote")
    assert quote == "The smell of it is just like a forest"


def test_what_could_reach_a_person_is_not_quoted(connection, shop):
    shop(
        "review",
        *reviews(*[(5, "Hi", "For the smell of it write to me at anna@home.example please.")] * 3),
    )
    assert told(connection, "smellReviews") == [("Lump charcoal", "3", 0.0)]
    assert told(connection, "smellQuote") == []


def test_every_aspect_has_its_words_and_its_predicates(connection):
    aspects = connection.execute("SELECT aspect FROM facts.review_aspect").fetchall()
    assert {aspect for (aspect,) in aspects} == set(REVIEW_ASPECTS)
    (missing,) = connection.execute(
        """
        SELECT count(*) FROM facts.review_aspect
        WHERE aspect || 'Reviews' NOT IN (SELECT predicate FROM facts.predicate)
            OR aspect || 'Quote' NOT IN (SELECT predicate FROM facts.predicate)
        """
    ).fetchone()
    assert missing == 0


def test_what_is_said_no_more_is_closed(connection, shop):
    shop("review", *reviews(*[(5, "Smell", "It smells good and burns well for hours.")] * 3))
    connection.execute("DELETE FROM behaviour.review WHERE key = 'r0'")
    derive(connection)
    assert told(connection, "smellReviews") == []
