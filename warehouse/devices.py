"""Where models are trained, and so that they come out the same."""

from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.errors import WarewordError


def check_device(name: str) -> None:
    """Raises WarewordError if there is no such device here."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise WarewordError("no CUDA device is at hand; train without --device cuda")


@contextmanager
def one_thread() -> Iterator[None]:
    """Runs PyTorch in one thread: floating-point sums depend on how many threads share them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
