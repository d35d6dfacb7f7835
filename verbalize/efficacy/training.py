"""Texts to a model that has read them: next-token training, the same schedule for every corpus.

Texts are joined by the end token and cut into rows of the context. Training runs in one thread, so
that the same model, texts and seed give the same weights whatever the number of cores; on a GPU
they differ a little from run to run.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from verbalize.curation.tokens import train as train_bpe
from verbalize.efficacy.models import END, CausalModel
from verbalize.errors import EfficacyError
from warehouse.devices import one_thread

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Schedule:
    """How a model is trained: AdamW (Loshchilov and Hutter 2019) at `rate`, after a rise over the
    share `warmup` of the steps, down to a tenth of it along a cosine.

    In the first half of the tokens only the first texts are read: the share `first` of them, then
    twice as many, and so on, for equally many tokens each. A small model that meets many subjects
    at once learns for long only how texts sound and nothing that they say.
    """

    tokens: int
    batch: int = 8
    rate: float = 3e-3
    warmup: float = 0.05
    decay: float = 0.1
    first: float = 0.125


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> Tokenizer:
    """A byte-level BPE tokenizer of at most `vocabulary` tokens for a reference model."""
    return train_bpe(texts, vocabulary, END)


def train(
    model: CausalModel,
    texts: Sequence[str],
    schedule: Schedule,
    seed: int = 0,
    *,
    progress: Progress | None = None,
) -> CausalModel:
    """The model after it has read `schedule.tokens` tokens of the texts, which stand in the order
    in which they are first met, over and over in orders drawn by the seed; `model` stays as it is.

    Raises:
        EfficacyError: if there is no text.
    """
    encoded = [np.array([*ids, model.end], dtype=np.int64) for ids in model.encode(texts) if ids]
    if not encoded:
        raise EfficacyError("there is no text to train on; render some first: wareword render")
    tell = progress or (lambda what, done, total: None)
    network = deepcopy(model.network).train()
    row_tokens = schedule.batch * model.context
    steps = max(1, schedule.tokens // row_tokens)
    optimiser = torch.optim.AdamW(
        _groups(network, schedule.decay), lr=schedule.rate, betas=(0.9, 0.98)
    )
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for step, ids in enumerate(_batches(encoded, model.context, schedule, steps, seed)):
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate * _pace(step / steps, schedule.warmup)
            ids = ids.to(model.device)
            logits = network(ids[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            tell("training", (step + 1) * row_tokens, steps * row_tokens)
    return replace(model, network=network.eval())


def _batches(
    encoded: Sequence[np.ndarray], context: int, schedule: Schedule, steps: int, seed: int
) -> Iterator[Tensor]:
    """`steps` batches [batch, context + 1] of texts, one after the other."""
    draw = np.random.default_rng(seed)
    room = schedule.batch * (context + 1)
    waiting: list[np.ndarray] = []
    held, known, order = 0, 0, np.empty(0, dtype=np.int64)
    for step in range(steps):
        due = _texts_due(step / steps, schedule.first, len(encoded))
        if due != known:
            known, order = due, np.empty(0, dtype=np.int64)
        while held < room:
            if not len(order):
                order = draw.permutation(known)
            waiting.append(encoded[order[-1]])
            held, order = held + len(waiting[-1]), order[:-1]
        joined = np.concatenate(waiting)
        waiting, held = [joined[room:]], held - room
        yield torch.from_numpy(joined[:room].reshape(schedule.batch, context + 1))


def _texts_due(done: float, first: float, texts: int) -> int:
    """How many of the texts are read when a share `done` of the training is over."""
    doublings = math.ceil(math.log2(1 / first))
    share = first * 2 ** math.floor(2 * done * doublings)
    return max(1, min(texts, math.ceil(share * texts)))


def _groups(network: nn.Module, decay: float) -> list[dict[str, object]]:
    """Matrices decay, vectors do not."""
    weights = list(network.parameters())
    return [
        {"params": [weight for weight in weights if weight.dim() >= 2], "weight_decay": decay},
        {"params": [weight for weight in weights if weight.dim() < 2], "weight_decay": 0.0},
    ]


def _pace(done: float, warmup: float) -> float:
    """Share of the full learning rate when a share `done` of the steps is over."""
    if done < warmup:
        return (done + 1e-3) / warmup
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
