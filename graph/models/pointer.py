"""Attributes of a product from those of products that are like it.

The product attends, through a Heterogeneous Graph Transformer (graph.models.hgt), to products
that share a group with it or are bought with it; what is found is scored against embeddings of
the labels. Beside that stand the shares of the labels in its groups, and a gate weighs both by
product: the pointer-generator of See, Liu, Manning 2017, "Get To The Point", ACL, equations 8
and 9, with one distribution to copy from a relation in the place of attention over a source
text.
"""

import torch
from torch import Tensor, nn

from graph.models.hgt import HGT, embeddings


class Pointer(nn.Module):
    """`sizes` has how many labels each attribute has; `attended` names relations, `copied` is how
    many can be copied from, `words` into how many buckets words are hashed."""

    def __init__(
        self,
        sizes: dict[str, int],
        tasks: list[str],
        attended: list[str],
        copied: int,
        words: int,
        hidden: int,
        heads: int,
    ) -> None:
        super().__init__()
        rows = {name: size + 1 for name, size in sizes.items()}
        self.embeddings = embeddings(rows, hidden, deviation=0.3)
        self.price = nn.Linear(1, hidden)
        self.words = nn.EmbeddingBag(words, hidden, mode="mean")
        nn.init.normal_(self.words.weight, std=0.3)
        self.relations = {name: ("product", name, "asked") for name in attended}
        self.transformer = HGT(
            ["product", "asked"], list(self.relations.values()), hidden, heads, layers=1
        )
        self.heads = nn.ModuleDict(
            {
                task: nn.Sequential(
                    nn.Linear(2 * hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden)
                )
                for task in tasks
            }
        )
        self.biases = nn.ParameterDict(
            {task: nn.Parameter(torch.zeros(sizes[task])) for task in tasks}
        )
        self.gates = nn.ModuleDict(
            {
                task: nn.Sequential(
                    nn.Linear(2 * hidden + 2 * copied, hidden),
                    nn.ReLU(),
                    nn.Linear(hidden, 1 + copied),
                )
                for task in tasks
            }
        )

    def states(
        self, asked: dict[str, Tensor], others: dict[str, Tensor], edges: dict[str, Tensor]
    ) -> Tensor:
        """[asked, 2 * hidden], from columns of codes of both sides and edges [2, E] by relation."""
        own = self._input(asked)  # [asked, hidden]
        found = self.transformer(
            {"asked": own, "product": self._input(others)},
            {self.relations[name]: pairs for name, pairs in edges.items()},
        )["asked"]
        return torch.cat([own, found], dim=1)

    def generated(self, task: str, states: Tensor) -> Tensor:
        """[asked, classes]: log-probabilities from the embeddings of the labels."""
        # Code 0 says that there is no value: never an answer.
        labels = self.embeddings[task].weight[1:]  # type: ignore[index]
        scores = self.heads[task](states) @ labels.T + self.biases[task]
        return torch.log_softmax(scores, dim=1)

    def gate(self, task: str, states: Tensor, statistics: Tensor) -> Tensor:
        """[asked, 1 + relations]: log-weights of what is generated and of each relation to copy.

        `statistics` [asked, relations, 2] as graph.products.Groups gives them; what has no labels
        has no weight.
        """
        scores = self.gates[task](torch.cat([states, statistics.flatten(1)], dim=1))
        empty = statistics[:, :, 0] == 0  # [asked, relations]
        scores = scores.masked_fill(nn.functional.pad(empty, (1, 0)), -torch.inf)
        return torch.log_softmax(scores, dim=1)

    def _input(self, columns: dict[str, Tensor]) -> Tensor:
        parts = [self.embeddings[name](columns[name]) for name in self.embeddings]
        parts.append(self.price(columns["price"][:, None]))
        if len(columns["words"]):
            parts.append(self.words(columns["words"], columns["offsets"]))
        return torch.stack(parts).sum(0)


def mixed(gate: Tensor, generated: Tensor, copied: Tensor) -> Tensor:
    """Log-probabilities: `gate` [N, 1 + relations], log `generated` [N, …], shares `copied`
    [relations, N, …]."""
    weights = gate.T.reshape(gate.shape[1], len(gate), *[1] * (generated.dim() - 1)).exp()
    found = weights[0] * generated.exp() + (weights[1:] * copied).sum(0)
    return found.clamp(min=1e-9).log()
