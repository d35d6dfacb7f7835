"""Sixty-four bit hashes of numbers, texts and their combinations, for whole arrays at a time.

They name values and features without a vocabulary, and are the same on every machine.
"""

import hashlib
from collections.abc import Iterable

import numpy as np

_SEED = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def combine(*parts: np.ndarray | int) -> np.ndarray:
    """One hash of several numbers, in their order; arrays are broadcast (splitmix64, Steele, Lea
    and Flood 2014, "Fast Splittable Pseudorandom Number Generators")."""
    state = np.asarray(_SEED)
    with np.errstate(over="ignore"):
        for part in parts:
            state = (state ^ np.asarray(part).astype(np.uint64)) * _FIRST
            state = (state ^ (state >> np.uint64(29))) * _SECOND
            state = state ^ (state >> np.uint64(32))
    return state


def of_texts(texts: Iterable[str]) -> np.ndarray:
    """The hash of each text; meant for names, of which there are few."""
    digests = [hashlib.blake2b(_encoded(text), digest_size=8).digest() for text in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
