"""Matches against the pairs that are known to be right, of whole catalogs: every pair of the
catalogs that is not known is wrong."""

from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean over `known` pairs."""

    precision: float
    recall: float
    f1: float
    known: int


def score(matches: pa.Table, known: pa.Table) -> Score:
    """Scores matches (left_id, right_id) against the known pairs of the same columns."""
    named = ["left_id", "right_id"]
    truth = known.select(named).group_by(named).aggregate([])
    right = matches.select(named).join(truth, named, join_type="left semi").num_rows
    precision = right / matches.num_rows if matches.num_rows else 0.0
    recall = right / truth.num_rows if truth.num_rows else 0.0
    both = precision + recall
    return Score(precision, recall, 2 * precision * recall / both if both else 0.0, truth.num_rows)


def blocking_recall(pairs: pa.Table, known: pa.Table) -> float:
    """The share of the known pairs that were compared at all."""
    return score(pairs, known).recall
