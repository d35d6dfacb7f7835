"""Causal language models behind one small interface: how likely a text is, and what comes next.

Two kinds: the reference model of our own (`network`), and any causal model of Hugging Face
transformers, by its name or folder. Both are a tokenizer of the library tokenizers and a module
from token identifiers to logits, so all that is asked of one can be asked of the other.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from verbalize.efficacy.network import Network, Size
from verbalize.errors import EfficacyError
from warehouse.devices import one_thread

END = "<|end|>"
"""The token of the reference model between two texts, and before the first one."""

ROWS = 64
"""Texts that are scored at a time."""


@dataclass(frozen=True)
class Score:
    """How likely a continuation is: natural logarithm of its probability, whether greedy decoding
    gives it, and its number of tokens."""

    log_probability: float
    greedy: bool
    tokens: int


@dataclass(frozen=True)
class CausalModel:
    """A model with its tokenizer. `network` takes tokens [rows, length] and gives logits [rows,
    length, vocabulary]; `end` is the token between texts; `size` is that of a reference model."""

    tokenizer: Tokenizer
    network: nn.Module
    end: int
    context: int
    size: Size | None = None

    @property
    def weights(self) -> int:
        """Number of weights that training changes."""
        return sum(weight.numel() for weight in self.network.parameters())

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return next(self.network.parameters()).device

    def scores(self, prompts: Sequence[str], continuations: Sequence[str]) -> list[Score]:
        """How likely each continuation is after its prompt. Of what is longer than the context, the
        beginning is left out."""
        said = self.encode(continuations)
        rows = [
            [self.end, *before, *after][-self.context - 1 :]
            for before, after in zip(self.encode(prompts), said, strict=True)
        ]
        found = [Score(0.0, True, 0)] * len(rows)
        in_order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        with one_thread(), torch.inference_mode():
            for begin in range(0, len(rows), ROWS):
                places = in_order[begin : begin + ROWS]
                ids = self._padded([rows[place] for place in places])
                logits = self.network(ids[:, :-1])
                chances = functional.log_softmax(logits.float(), dim=-1)
                right = chances.gather(2, ids[:, 1:, None])[:, :, 0].cpu()  # [rows, length - 1]
                best = (logits.argmax(-1) == ids[:, 1:]).cpu()
                for row, place in enumerate(places):
                    stop = len(rows[place]) - 1
                    first = max(stop - len(said[place]), 0)
                    found[place] = Score(
                        float(right[row, first:stop].sum()),
                        bool(best[row, first:stop].all()),
                        stop - first,
                    )
        return found

    def complete(self, prompts: Sequence[str], tokens: int) -> list[str]:
        """What greedy decoding writes after each prompt: `tokens` tokens, or up to the end of the
        text."""
        texts: list[str] = []
        with one_thread(), torch.inference_mode():
            for begin in range(0, len(prompts), ROWS):
                rows = [[self.end, *ids] for ids in self.encode(prompts[begin : begin + ROWS])]
                lengths = [len(row) for row in rows]
                for _ in range(tokens):
                    seen = [row[-self.context :] for row in rows]
                    last = torch.tensor([len(row) - 1 for row in seen])
                    logits = self.network(self._padded(seen))[torch.arange(len(rows)), last]
                    best = logits.argmax(-1).tolist()
                    rows = [[*row, token] for row, token in zip(rows, best, strict=True)]
                texts += [
                    self.tokenizer.decode(_until(row[length:], self.end))
                    for row, length in zip(rows, lengths, strict=True)
                ]
        return texts

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Tokens of each text, with nothing added."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def save(self, path: Path) -> None:
        """Writes a reference model as one file: size, tokenizer and weights.

        Raises:
            EfficacyError: if it is a model of another library, which writes its own files.
        """
        if self.size is None:
            raise EfficacyError("only a reference model can be saved; take save_pretrained instead")
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.part")
        weights = self.network.state_dict()
        stored = {
            "size": asdict(self.size),
            "tokenizer": self.tokenizer.to_str(),
            "weights": {name: weight.cpu() for name, weight in weights.items()},
        }
        torch.save(stored, draft)
        draft.replace(path)

    def _padded(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """[rows, longest]; what stands behind the end of a row is not seen from within it."""
        padded = torch.full((len(rows), max(map(len, rows))), self.end)
        for place, row in enumerate(rows):
            padded[place, : len(row)] = torch.tensor(row)
        return padded.to(self.device)


def reference_model(tokenizer: Tokenizer, size: Size, seed: int = 0) -> CausalModel:
    """A reference model that has learned nothing yet; its weights are drawn by the seed.

    Raises:
        EfficacyError: if the tokenizer has more tokens than the model, or none that ends a text.
    """
    if tokenizer.get_vocab_size() > size.vocabulary:
        raise EfficacyError(
            f"the tokenizer has {tokenizer.get_vocab_size():,} tokens and the model "
            f"{size.vocabulary:,}; give a smaller tokenizer or a larger vocabulary"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(size)
    end = tokenizer.token_to_id(END)
    if end is None:
        raise EfficacyError(f"the tokenizer has no token {END}; make it with train_tokenizer")
    return CausalModel(tokenizer, network.eval(), end, size.context, size)


def load_model(path: Path) -> CausalModel:
    """Reads a reference model that `CausalModel.save` wrote; nothing in the file is run.

    Raises:
        EfficacyError: if there is no such file, or it holds something else.
    """
    if not path.is_file():
        raise EfficacyError(f"{path}: no such file; train a model and save it there first")
    try:
        stored = torch.load(path, weights_only=True)
        model = reference_model(Tokenizer.from_str(stored["tokenizer"]), Size(**stored["size"]))
        model.network.load_state_dict(stored["weights"])
    except Exception as error:
        raise EfficacyError(f"{path} holds no reference model; train one anew") from error
    return model


def hugging_face_model(name: str, context: int) -> CausalModel:
    """A causal model of the library transformers, by its name or its folder.

    Raises:
        EfficacyError: if the library is not installed, or has no such model at hand.
    """
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise EfficacyError(
            "models by name need the library transformers; install it with: "
            "pip install 'wareword[efficacy]', or leave out --model"
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True)
        model = AutoModelForCausalLM.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise EfficacyError(
            f"{name!r} is no causal model that transformers can read here; give the folder of a "
            "model, or a name that can be fetched"
        ) from error
    known = getattr(model.config, "max_position_embeddings", context)
    end = tokenizer.eos_token_id
    if end is None or not hasattr(tokenizer, "backend_tokenizer"):
        raise EfficacyError(f"{name!r} has no fast tokenizer with an end token; take another model")
    network = _Logits(model).eval()
    return CausalModel(tokenizer.backend_tokenizer, network, int(end), min(context, int(known)))


class _Logits(nn.Module):
    """A model of transformers that gives its logits alone."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=tokens).logits
        return logits


def _until(tokens: list[int], end: int) -> list[int]:
    return tokens[: tokens.index(end)] if end in tokens else tokens
