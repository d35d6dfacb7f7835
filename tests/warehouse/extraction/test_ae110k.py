"""Real titles: a fifth of the training titles of AE-110K is enough for what is aimed at."""

from pathlib import Path

import pytest

from warehouse.extraction.study import study

DATA = Path(__file__).parents[4] / "shared" / "data" / "ae110k"


@pytest.mark.slow
@pytest.mark.skipif(not DATA.exists(), reason="shared/data/ae110k is not beside the checkout")
def test_values_of_real_titles_are_found():
    found = study(DATA / "train.jsonl", DATA / "test.jsonl", share=0.2)
    assert found["micro_f1"] >= 0.82
    assert found["seen"]["f1"] > 0.95
    assert found["unseen"]["f1"] > 0.3
    assert sum(row["questions"] for row in found["categories"].values()) == 1_482
