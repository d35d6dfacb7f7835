import duckdb
import pyarrow as pa
import pytest

from warehouse.resolution.blocking import block, weigh_words
from warehouse.resolution.normalise import normalise


def stated(*titles, model="", brand="", description=""):
    count = len(titles)
    texts = {"description": description, "brand": brand, "model": model}
    return pa.table(
        {
            "product_id": [f"p{place}" for place in range(count)],
            "gtin": pa.array([None] * count, pa.string()),
            "title": list(titles),
            **{name: [text] * count for name, text in texts.items()},
            "price": pa.array([None] * count, pa.float64()),
            "currency": pa.array([None] * count, pa.string()),
            "attributes": pa.array([[]] * count, pa.map_(pa.string(), pa.string())),
        }
    )


@pytest.fixture
def scratch():
    with duckdb.connect() as opened:
        yield opened


def described(scratch, column, *titles, **others):
    normalise(scratch, stated(*titles, **others), stated("Nothing"))
    found = scratch.execute(
        f"SELECT {column} FROM described WHERE side = 'left' ORDER BY place"
    ).fetchall()
    return [value for (value,) in found]


@pytest.mark.parametrize(
    "written", ["Tripod VCT-R640", "VCTR640 tripod", "tripod VCT R640", "Tripod (vct/r640)"]
)
def test_a_model_code_is_one_however_it_is_written(scratch, written):
    (codes,) = described(scratch, "codes", written)

    assert "vctr640" in codes


def test_quantities_are_in_one_unit(scratch):
    one, other = described(scratch, "quantities", "Card 2 GB 3 ft", "Card 2000MB 36-inch")

    assert one == other == ["bytes=2.0", "length=36.0"]


def test_colours_have_one_name(scratch):
    assert described(scratch, "colours", "Phone BLK", "Phone, black") == [["black"], ["black"]]


def test_a_brand_is_found_where_many_titles_begin_with_it(scratch):
    titles = [f"Sony Radio {place}" for place in range(5)]
    normalise(scratch, stated(*titles), stated("Sony Camera"))

    brands = scratch.execute("SELECT DISTINCT brand FROM described").fetchall()

    assert brands == [("sony",)]


def test_words_of_every_alphabet_count(scratch):
    assert described(
        scratch, "title_words", "Чайник стальной", "ακουστικά μαύρα", "红茶壶 2.5"
    ) == [
        ["чаиник", "стальнои"],
        ["ακουστικα", "μαυρα"],
        ["红", "茶", "壶", "2.5"],
    ]


def test_accents_and_marks_do_not_matter(scratch):
    one, other = described(scratch, "words", "Café-Crème", "cafe creme")

    assert one == other


def test_pairs_are_found_by_codes_and_by_rare_words(scratch):
    normalise(
        scratch,
        stated("Alpha Lens XR-550", "Red walnut bench", "Plain thing"),
        stated("XR550 objective", "Bench of walnut", "Other stuff"),
    )

    blocking = block(scratch, weigh_words(scratch), neighbours=1, neighbours_back=1)

    pairs = scratch.execute("SELECT left_place, right_place, rules FROM pair").fetchall()
    assert (0, 0) in [pair[:2] for pair in pairs]
    assert (1, 1) in [pair[:2] for pair in pairs]
    assert blocking.pairs == len(pairs)
    assert blocking.pairs_by_rule["model code"] == 1


def test_a_number_with_its_unit_names_no_model(scratch):
    (codes,) = described(scratch, "codes", "Lens 18-55mm with 7-Port 6-disc 133x MX2600L 2600l")

    assert codes == ["2600l", "mx2600l"]


def test_what_a_product_is_for_is_not_its_own(scratch):
    one, other = described(
        scratch, "own_joined", "CTA Charger for Nikon EN-EL9 - MRENEL9", "Fork for life"
    )

    assert (one, other) == ("ctachargermrenel9", "fork")
