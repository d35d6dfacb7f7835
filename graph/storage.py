"""Models as files, and training that gives the same bytes on any number of cores."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

# What a threshold is chosen by: scores [N] of best answers, and whether each is right [N].
Answers = tuple[np.ndarray, np.ndarray]


def save(path: Path, content: dict[str, Any]) -> None:
    """Writes what `torch.load` reads with `weights_only`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    torch.save(content, draft)
    draft.replace(path)


@contextmanager
def one_thread() -> Iterator[None]:
    """Floating-point sums depend on how many threads share them, so one thread makes them all."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def tensors(answers: Answers) -> list[torch.Tensor]:
    """Answers as what `torch.save` takes."""
    return [torch.from_numpy(np.ascontiguousarray(column)) for column in answers]


def arrays(saved: list[torch.Tensor]) -> Answers:
    """The answers that `tensors` was given."""
    first, second = (column.numpy() for column in saved)
    return first, second
