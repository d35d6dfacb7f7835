"""The Heterogeneous Graph Transformer gives the numbers of PyTorch Geometric's."""

import numpy as np
import torch
from torch_geometric.nn import HGTConv

from graph.models.hgt import HGT, Attention
from graph.models.mixture import Cases, Known, fit

KINDS = ["customer", "product", "category"]
RELATIONS = [
    ("product", "rev_purchase", "customer"),
    ("category", "rev_productType", "product"),
    ("product", "isRelatedTo", "product"),
]


def states_and_edges():
    torch.manual_seed(1)
    states = {kind: torch.randn(size, 16) for kind, size in zip(KINDS, (4, 7, 3), strict=True)}
    edges = {
        (source, relation, target): torch.stack(
            [
                torch.randint(len(states[source]), (12,)),
                torch.randint(len(states[target]), (12,)),
            ]
        )
        for source, relation, target in RELATIONS
    }
    return states, edges


def test_attention_equals_that_of_pyg_with_the_same_weights():
    states, edges = states_and_edges()
    ours, theirs = Attention(KINDS, RELATIONS, 16, 4), HGTConv(16, 16, (KINDS, RELATIONS), heads=4)
    weights = theirs.state_dict()
    with torch.no_grad():
        for kind in KINDS:
            ours.project[kind].weight.copy_(weights[f"kqv_lin.lins.{kind}.weight"])
            ours.project[kind].bias.copy_(weights[f"kqv_lin.lins.{kind}.bias"])
        for kind in ours.out:
            ours.out[kind].weight.copy_(weights[f"out_lin.lins.{kind}.weight"])
            ours.out[kind].bias.copy_(weights[f"out_lin.lins.{kind}.bias"])
        for place, key in enumerate(RELATIONS):
            # HGTConv stores matrices head by head, the relations within each.
            rows = [head * len(RELATIONS) + place for head in range(4)]
            ours.keys["__".join(key)].copy_(weights["k_rel.weight"][rows])
            ours.values["__".join(key)].copy_(weights["v_rel.weight"][rows])
    found, expected = ours(states, edges), theirs(states, edges)
    for kind in found:
        torch.testing.assert_close(found[kind], expected[kind])


def test_nodes_without_edges_keep_a_state_and_pass_gradients():
    states, edges = states_and_edges()
    model = HGT(KINDS, RELATIONS, 16, 4, layers=2)
    for known in (edges, {}):
        found = model(states, known)
        assert {kind: state.shape for kind, state in found.items()} == {
            kind: state.shape for kind, state in states.items()
        }
    found["customer"].sum().backward()
    assert all(torch.isfinite(state).all() for state in found.values())


def test_the_chance_of_being_drawn_does_not_bias_the_log_odds():
    generator = np.random.default_rng(0)
    feature = generator.random((60_000, 1)).astype(np.float32)
    true = generator.random(60_000) < 0.02 + 0.06 * feature[:, 0]
    kept = (generator.random(60_000) < 0.1) | true
    label, chance = true[kept].astype(np.float32), np.full(kept.sum(), 0.1, dtype=np.float32)
    torch.manual_seed(0)
    cases = Cases((feature[kept],), label, chance)
    model = fit(Known(1), cases, epochs=20, seed=0, note=lambda epoch, loss: None)
    with torch.no_grad():
        found = model(torch.tensor([[0.1], [0.9]])).sigmoid()
    torch.testing.assert_close(found, torch.tensor([0.026, 0.074]), atol=0.01, rtol=0)
