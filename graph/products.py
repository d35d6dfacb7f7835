"""Products with their attributes as columns of codes, and which products share a group with
which.

A group is what products have in common, such as maker and department. A product that is asked
about knows its own attributes, less what is masked; of the other products it sees what is shown:
labels of validation and test products are hidden from everybody, always.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
from scipy.sparse import csr_matrix

from graph.build import EdgeType, Graph

# Edge type of the graph, and what is masked with it: category and type are lacking together.
TASKS: dict[str, tuple[EdgeType, tuple[str, ...]]] = {
    "category": (("product", "category", "category"), ("category", "productType")),
    "productType": (("product", "productType", "category"), ("category", "productType")),
    "brand": (("product", "brand", "brand"), ("brand",)),
    "size": (("product", "size", "value"), ("size",)),
}
GIVEN: dict[str, EdgeType] = {
    "department": ("product", "department", "category"),
    "manufacturer": ("product", "manufacturer", "manufacturer"),
}
GROUPS: dict[str, tuple[str, ...]] = {
    "sameMaker": ("manufacturer",),
    "sameMakerAndDepartment": ("manufacturer", "department"),
    "sameMakerDepartmentAndSize": ("manufacturer", "department", "size"),
    "sameDepartmentAndSize": ("department", "size"),
    "sameMakerAndType": ("manufacturer", "productType"),
    "sameType": ("productType",),
}
RELATED = ("product", "rev_isRelatedTo", "product")

TRAIN, VALIDATION, TEST = 0, 1, 2
WORDS = 1 << 14


@dataclass(frozen=True)
class Products:
    """Attributes of all products as columns of codes [products], 0 where there is none.

    `classes[name]` are the positions in the graph of codes 1, 2, …; `price` [products] is the log
    of 1 + the price, 0 if unknown; `split` [products] is TRAIN, VALIDATION or TEST. The words of
    title and description of product i, hashed into WORDS buckets, are
    `words[pointers[i]:pointers[i + 1]]`.
    """

    codes: dict[str, np.ndarray]
    classes: dict[str, np.ndarray]
    price: np.ndarray
    split: np.ndarray
    words: np.ndarray
    pointers: np.ndarray

    def shown(self, name: str) -> np.ndarray:
        """Codes [products] that anybody may see, 0 where they are hidden."""
        codes = self.codes[name]
        return codes if name in GIVEN else np.where(self.split == TRAIN, codes, 0)

    def words_of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Words of the products `rows`, one after the other, and where those of each begin."""
        begin, size = self.pointers[rows], self.pointers[rows + 1] - self.pointers[rows]
        offset = np.cumsum(size) - size
        place = np.repeat(begin - offset, size) + np.arange(size.sum())
        return self.words[place], offset

    def cases(self, task: str, split: int) -> np.ndarray:
        """Products of a split that have a label of the task."""
        return np.flatnonzero((self.split == split) & (self.codes[task] > 0))


def read_products(connection: duckdb.DuckDBPyConnection, graph: Graph, seed: int) -> Products:
    """Attributes of the graph's products; a tenth is for validation, a tenth for test, by
    `seed`."""
    count = len(graph.nodes["product"])
    codes, classes = {}, {}
    for name, key in {**{task: key for task, (key, _) in TASKS.items()}, **GIVEN}.items():
        column = np.zeros(count, dtype=np.int64)
        classes[name] = np.empty(0, dtype=np.int64)
        if key in graph.edges:
            edges = graph.edges[key]
            classes[name], code = np.unique(edges.target, return_inverse=True)
            column[edges.source] = code + 1
        codes[name] = column
    prices = connection.sql(
        """
        SELECT ln(1 + max(TRY_CAST(object AS DOUBLE))) AS price FROM facts.node AS node
        LEFT JOIN facts.current AS fact
            ON fact.subject = node.node_id AND fact.predicate = 'price'
            AND fact.provenance = 'stated'
        WHERE node.kind = 'product' GROUP BY node.node_id ORDER BY node.node_id
        """
    ).to_arrow_table()["price"]
    price = np.nan_to_num(prices.fill_null(0).to_numpy().astype(np.float32))
    draw = np.random.default_rng(seed).random(count)
    split = np.select([draw < 0.1, draw < 0.2], [TEST, VALIDATION], TRAIN)
    return Products(codes, classes, price, split, *_read_words(connection, count))


def _read_words(
    connection: duckdb.DuckDBPyConnection, products: int
) -> tuple[np.ndarray, np.ndarray]:
    found = connection.execute(
        """
        WITH
        product AS (
            SELECT node_id, row_number() OVER (ORDER BY node_id) - 1 AS position
            FROM facts.node WHERE kind = 'product'
        ),
        said AS (
            SELECT DISTINCT
                position,
                unnest(regexp_extract_all(lower(left(object, 2000)), '[\\p{L}\\p{N}]+')) AS word
            FROM facts.current AS fact JOIN product ON product.node_id = fact.subject
            WHERE predicate IN ('name', 'description') AND provenance = 'stated'
        )
        SELECT position, (md5_number_lower(word) % $buckets)::BIGINT AS word
        FROM said ORDER BY position, word
        """,
        {"buckets": WORDS},
    ).fetchnumpy()
    pointers = np.searchsorted(found["position"], np.arange(products + 1))
    return np.asarray(found["word"], dtype=np.int64), pointers


@dataclass(frozen=True)
class Labels:
    """How often each label of a task is shown in each group.

    `counts` [groups, classes + 1]; of each group the `total`, the commonest label `first`, how
    often it is shown (`most`), and how often the next one is (`second`).
    """

    counts: csr_matrix
    total: np.ndarray
    first: np.ndarray
    most: np.ndarray
    second: np.ndarray


class Groups:
    """For each relation, the groups of products; lists in sorted order."""

    def __init__(self, graph: Graph, products: Products) -> None:
        self.products = products
        self.group: dict[str, np.ndarray] = {}
        self.members: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.labels: dict[tuple[str, str], Labels] = {}
        for relation, names in GROUPS.items():
            group, member = group_products(products, names)
            self.group[relation] = group
            order = np.argsort(group, kind="stable")
            order = order[member[order]]
            pointers = np.searchsorted(group[order], np.arange(group.max(initial=0) + 2))
            self.members[relation] = (order, pointers)
            for task in TASKS:
                self.labels[relation, task] = count_labels(products, task, group, member)
        # Who is bought with whom is no group: each product has a list of its own.
        if RELATED in graph.edges:
            edges = graph.edges[RELATED]
            pointers = np.searchsorted(edges.target, np.arange(len(products.split) + 1))
            self.group["isRelatedTo"] = np.arange(len(products.split))
            self.members["isRelatedTo"] = (edges.source, pointers)

    def draw(
        self, seeds: np.ndarray, masked: tuple[str, ...], count: int, generator: np.random.Generator
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """(row, product) pairs by relation: `count` draws from those that share it with each seed,
        each of them once, and not the seed itself."""
        found = {}
        for relation, (members, pointers) in self.members.items():
            if set(masked) & set(GROUPS.get(relation, ())):
                continue
            own = self.group[relation][seeds]
            begin, size = pointers[own], pointers[own + 1] - pointers[own]
            size = np.where((own > 0) | (relation not in GROUPS), size, 0)
            row = np.repeat(np.arange(len(seeds)), np.minimum(size, count))
            place = begin[row] + (generator.random(len(row)) * size[row]).astype(np.int64)
            pairs = np.unique(np.stack([row, members[place]]), axis=1)
            found[relation] = tuple(pairs[:, pairs[1] != seeds[pairs[0]]])
        return found

    def statistics(self, task: str, seeds: np.ndarray) -> np.ndarray:
        """[seeds, relations, 2]: log of 1 + the labels shown in the group besides the seed's own,
        and the share of the commonest; zeros where there are none, or the relation is masked."""
        found = np.zeros((len(seeds), len(GROUPS), 2), dtype=np.float32)
        for place, (labels, group, own) in self._visible(task, seeds):
            most = np.where(
                own == labels.first[group],
                np.maximum(labels.most[group] - 1, labels.second[group]),
                labels.most[group],
            )
            total = np.where(group > 0, labels.total[group] - (own > 0), 0)
            found[:, place, 0] = np.log1p(total)
            found[:, place, 1] = np.where(total > 0, most / np.maximum(total, 1), 0)
        return found

    def shares_of(self, task: str, seeds: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """[seeds, relations]: the share of one label each, `codes` [seeds], in the groups."""
        found = np.zeros((len(seeds), len(GROUPS)), dtype=np.float32)
        for place, (labels, group, own) in self._visible(task, seeds):
            counts = np.asarray(labels.counts[group, codes]).ravel() - ((own == codes) & (own > 0))
            total = labels.total[group] - (own > 0)
            found[:, place] = np.where(group > 0, counts / np.maximum(total, 1), 0)
        return found

    def shares(self, task: str, seeds: np.ndarray) -> np.ndarray:
        """[relations, seeds, classes]: the shares of all labels in the groups."""
        classes = len(self.products.classes[task])
        found = np.zeros((len(GROUPS), len(seeds), classes), dtype=np.float32)
        for place, (labels, group, own) in self._visible(task, seeds):
            counts = labels.counts[group].toarray()
            counts[np.arange(len(seeds)), own] -= own > 0
            counts[group == 0] = 0
            total = np.maximum(labels.total[group] - (own > 0), 1)
            found[place] = counts[:, 1:] / total[:, None]
        return found

    def _visible(
        self, task: str, seeds: np.ndarray
    ) -> list[tuple[int, tuple[Labels, np.ndarray, np.ndarray]]]:
        """Of each relation that is not masked: its place, labels, the seeds' groups, and which
        label each seed itself has among those of its group (0 for none)."""
        found = []
        for place, (relation, names) in enumerate(GROUPS.items()):
            if set(names) & set(TASKS[task][1]):
                continue
            group = self.group[relation][seeds]
            own = np.where(group > 0, self.products.shown(task)[seeds], 0)
            found.append((place, (self.labels[relation, task], group, own)))
        return found


def group_products(products: Products, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """[products]: the group by the values of `names`, 0 where one is unknown; and whether the
    product counts as a member for others, as one does whose values are shown."""
    columns = np.stack([products.codes[name] for name in names])
    known = (columns > 0).all(axis=0)
    _, group = np.unique(columns, axis=1, return_inverse=True)
    shown = np.asarray(np.stack([products.shown(name) for name in names]) > 0).all(axis=0)
    return np.where(known, group.ravel() + 1, 0), np.asarray(shown)


def count_labels(products: Products, task: str, group: np.ndarray, member: np.ndarray) -> Labels:
    """Labels of a task that are shown, by group of their products."""
    labels = products.shown(task)
    seen = member & (labels > 0)
    shape = (int(group.max(initial=0)) + 1, len(products.classes[task]) + 1)
    counts = csr_matrix(
        (np.ones(seen.sum(), dtype=np.float32), (group[seen], labels[seen])), shape=shape
    )
    counts.sum_duplicates()
    row = np.repeat(np.arange(shape[0]), np.diff(counts.indptr))
    # Commonest first within each group; of equally common ones the lower label.
    order = np.lexsort((counts.indices, -counts.data, row))
    begin, size = counts.indptr[:-1], np.diff(counts.indptr)
    first, most, second = np.zeros(shape[0], dtype=int), np.zeros(shape[0]), np.zeros(shape[0])
    one, two = size > 0, size > 1
    first[one] = counts.indices[order][begin[one]]
    most[one] = counts.data[order][begin[one]]
    second[two] = counts.data[order][begin[two] + 1]
    return Labels(counts, np.asarray(counts.sum(axis=1)).ravel(), first, most, second)
