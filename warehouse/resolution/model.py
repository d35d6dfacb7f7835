"""A language model as the answerer: are two products one and the same?"""

from collections.abc import Sequence
from typing import Literal

import pydantic

from warehouse.llm import Client, Request
from warehouse.resolution.answers import Asked

PROMPT = "same_product.v1"

# Share of wrong answers that is expected of a language model: a cautious guess, since questions are
# about the pairs that are hard to tell apart. `--error-rate` says better.
ERROR_RATE = 0.05


class SameProduct(pydantic.BaseModel):
    """The form of an answer."""

    reason: str
    answer: Literal["yes", "no", "unsure"]


def ask_model(client: Client, asked: Sequence[Asked]) -> list[tuple[str, str]]:
    """The answer to each question (yes, no, unsure) and the call that gave it; where no answer of
    that form came, it is unsure."""
    requests = [
        Request("resolution", PROMPT, {"left": one.left, "right": one.right}, SameProduct)
        for one in asked
    ]
    return [
        (found.value.answer if isinstance(found.value, SameProduct) else "unsure", found.call_id)
        for found in client.ask(requests)
    ]
