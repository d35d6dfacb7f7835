"""Models as files."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graph.build import Graph, stated
from warehouse.errors import WarewordError

# What a threshold is chosen by: scores [N] of best answers, and whether each is right [N].
Answers = tuple[np.ndarray, np.ndarray]


def save(path: Path, content: dict[str, Any], graph: Graph) -> None:
    """Writes a model of a graph for `load`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    torch.save({**content, "nodes": _digest(graph)}, draft)
    draft.replace(path)


def load(path: Path, graph: Graph) -> dict[str, Any]:
    """What was saved.

    Raises:
        WarewordError: if there is nothing, or it is a model of a graph with other nodes, whose
            vectors would be those of other things.
    """
    if not path.exists():
        raise WarewordError(f"{path}: no such model; train it with: wareword train")
    content: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    if content["nodes"] != _digest(graph):
        raise WarewordError(
            f"{path} was trained on a graph of other nodes or values; "
            "train it again with: wareword train"
        )
    return content


def _digest(graph: Graph) -> str:
    digest = hashlib.sha256()
    for kind, nodes in sorted(graph.nodes.items()):
        digest.update("\x1f".join([kind, *nodes, ""]).encode())
    # Which values products have: the labels that can be predicted.
    for key, edges in sorted(stated(graph).items()):
        if key[0] == "product":
            digest.update(np.unique(edges.target).tobytes())
    return digest.hexdigest()


def tensors(answers: Answers) -> list[torch.Tensor]:
    """Answers as what `torch.save` takes."""
    return [torch.from_numpy(np.ascontiguousarray(column)) for column in answers]


def arrays(saved: list[torch.Tensor]) -> Answers:
    """The answers that `tensors` was given."""
    first, second = (column.numpy() for column in saved)
    return first, second
