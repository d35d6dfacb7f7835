"""A small shop whose products are told in several ways."""

import pytest

from tests.verbalize.shop import Shop
from verbalize.efficacy.material import Material, choose, gather
from warehouse.connection import memory

TYPES = ("bar soap", "green tea", "rye bread", "cat litter")


@pytest.fixture(scope="session")
def shelf():
    """Sixteen products, four of each type, with sizes and makers of their own."""
    with memory() as opened:
        shop = Shop(opened)
        for number in range(16):
            kind = TYPES[number // 4]
            shop.product(
                str(1000 + number),
                productType=kind,
                category=f"all {kind}",
                department="pantry",
                size=f"{number + 3} OZ",
                manufacturer=str(60 + number),
                brand="National" if number % 3 else "Private",
            )
        yield opened


@pytest.fixture(scope="session")
def material(shelf) -> Material:
    return gather(shelf, choose(shelf, 12, seed=0), versions=4, seed=0, language="en")
