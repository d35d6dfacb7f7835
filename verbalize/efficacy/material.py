"""Chosen products of a warehouse, told in several ways: what the corpora of a study are made of.

The products are copied to a small warehouse and rendered again and again with other seeds, by the
same code as any corpus. Of each statement one phrasing is kept from all products, and another one
from each single product, so that a model can be asked in words that it was not taught with.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from verbalize.efficacy.sentences import Document, Sentence, product_values
from verbalize.grammar import grammar
from verbalize.render import render
from warehouse.connection import memory

Progress = Callable[[str, int, int], None]
Variants = dict[tuple[str, str, tuple[str, ...]], dict[int, str]]
Item = TypeVar("Item")

ASKED = ("productType", "category", "department", "brand", "manufacturer", "size", "color")
"""What is asked about a product, where it is known."""

NAMING = ("sku", "name")
"""What a product is called by."""

TOGETHER = 3
"""Products of one group that are learned."""
UNTOLD_VERSIONS = 2

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class KeptBack:
    """Phrasings that are not taught: of each statement one to nobody, and another one to each
    product. Statements with too few phrasings keep all."""

    everywhere: dict[str, int]
    for_subject: dict[tuple[str, str], int]

    def how(self, subject: str, template: str, phrasing: int) -> str:
        """`template` if nothing is taught in that phrasing, `unseen` if other products are, else
        `trained`."""
        if self.everywhere.get(template) == phrasing:
            return "template"
        if self.for_subject.get((subject, template)) == phrasing:
            return "unseen"
        return "trained"


@dataclass(frozen=True)
class Material:
    """What a study is about.

    `documents` tell the products `learned`, in that order and in several versions, without the
    phrasings that are kept back. Every second product is one of the `examples`, whose documents are
    in every corpus, so that no corpus is judged by whether it teaches to read; the others are asked
    about. `variants` has, for a document, statement and facts, the sentence in each phrasing;
    `values` the words of each product by slot; `subjects` whom a document is about. `untold` are
    documents of products that no corpus tells.
    """

    language: str
    learned: tuple[str, ...]
    documents: tuple[Document, ...]
    untold: tuple[Document, ...]
    variants: Variants
    values: dict[str, dict[str, str]]
    subjects: dict[str, str]
    kept_back: KeptBack

    @property
    def asked(self) -> tuple[str, ...]:
        """The products that are asked about."""
        return self.learned[::2]

    @property
    def examples(self) -> frozenset[str]:
        return frozenset(self.learned[1::2])


def choose(connection: duckdb.DuckDBPyConnection, products: int, seed: int) -> pa.Table:
    """At most `products` products to tell, and some like them to leave untold (choose.sql); which
    ones follows from the seed."""
    connection.execute(
        (_HERE / "choose.sql").read_text(),
        {"predicates": ASKED, "seed": str(seed), "together": TOGETHER, "products": products},
    )
    return connection.sql("FROM study_product ORDER BY place, subject").to_arrow_table()


def gather(
    connection: duckdb.DuckDBPyConnection,
    chosen: pa.Table,
    versions: int,
    seed: int,
    language: str,
    *,
    predictions: bool = True,
    progress: Progress | None = None,
) -> Material:
    """Renders the products that `choose` gave `versions` times, with what is predicted of them or
    without."""
    tell = progress or (lambda what, done, total: None)
    told = chosen.filter(chosen["learned"])
    with _copied(connection, told, predictions) as small:
        rendered = []
        for version in range(versions):
            tell("rendering products", version, versions)
            rendered.append(_rendered(small, seed + version, language))
    with _copied(connection, chosen.filter(pc.invert(chosen["learned"])), predictions) as small:
        untold = [
            document
            for version in range(min(versions, UNTOLD_VERSIONS))
            for document in _rendered(small, seed + version, language)
        ]
    every = [document for version in rendered for document in version]
    variants: Variants = defaultdict(dict)
    for document in every:
        for said in document.sentences:
            variants[document.document_id, said.template, said.facts][said.phrasing] = said.text
    kept_back = _keep_back(every, seed)
    taught = (
        _taught(document, version, variants, kept_back)
        for version, documents in enumerate(rendered)
        for document in documents
    )
    distinct = {(found.document_id, found.text): found for found in taught if found.sentences}
    return Material(
        language,
        tuple(told["subject"].to_pylist()),
        tuple(sorted(distinct.values(), key=lambda document: document.place)),
        tuple(untold),
        dict(variants),
        product_values(every, language),
        {document.document_id: document.subject for document in every},
        kept_back,
    )


def digest(*parts: object) -> int:
    """A number that follows from the parts alone, whatever the machine."""
    joined = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.md5(joined.encode()).digest()[:8], "big")


def drawn(items: Sequence[Item], *by: object) -> Item:
    """One of the items, chosen by a digest of what it is drawn for."""
    return items[digest(*by) % len(items)]


@contextmanager
def _copied(
    connection: duckdb.DuckDBPyConnection, products: pa.Table, predictions: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory that holds products and what is asked about them, and nothing else."""
    connection.register("copied_product", products)
    facts = connection.sql(
        """
        WITH stated AS (
            FROM facts.current
            WHERE subject IN (SELECT subject FROM copied_product)
                AND list_contains($predicates, predicate)
                AND (provenance <> 'predicted' OR $predictions)
        )
        FROM stated
        UNION ALL
        FROM facts.current
        WHERE predicate = 'level' AND subject IN (SELECT object FROM stated)
        ORDER BY fact_id
        """,
        params={"predicates": [*ASKED, *NAMING], "predictions": predictions},
    ).to_arrow_table()
    connection.unregister("copied_product")
    connection.register("copied_fact", facts)
    nodes = connection.sql(
        """
        FROM facts.node
        WHERE node_id IN (SELECT subject FROM copied_fact UNION SELECT object FROM copied_fact)
        ORDER BY node_id
        """
    ).to_arrow_table()
    connection.unregister("copied_fact")
    with memory() as small:
        for name, rows, place in (
            ("copied_fact", facts, "facts.fact"),
            ("copied_node", nodes, "facts.node"),
            ("copied_product", products, "study_product"),
        ):
            small.register(name, rows)
            make = (
                "CREATE TEMP TABLE study_product AS"
                if place == "study_product"
                else f"INSERT INTO {place}"
            )
            small.execute(f"{make} FROM {name}")
            small.unregister(name)
        yield small


def _rendered(small: duckdb.DuckDBPyConnection, seed: int, language: str) -> list[Document]:
    """The documents of the products, in the order in which the products come."""
    render(small, seed=seed, languages=(language,))
    rows = small.execute(
        (_HERE / "sentences.sql").read_text(), {"predicates": ASKED, "language": language}
    ).fetchall()
    return [
        Document(
            document_id,
            kind,
            subject,
            place,
            tuple(
                Sentence(template, phrasing, text, tuple(facts))
                for *_, template, phrasing, text, facts in sentences
            ),
            grammar(language).sentence.gap,
        )
        for (document_id, kind, subject, place), sentences in groupby(rows, itemgetter(0, 1, 2, 3))
    ]


def _keep_back(documents: Iterable[Document], seed: int) -> KeptBack:
    """One phrasing of each statement with three or more, and one of the others for each product."""
    used: dict[str, set[int]] = defaultdict(set)
    subjects: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        for said in document.sentences:
            used[said.template].add(said.phrasing)
            subjects[said.template].add(document.subject)
    everywhere = {
        template: drawn(sorted(numbers), seed, template)
        for template, numbers in used.items()
        if len(numbers) >= 3
    }
    for_subject = {
        (subject, template): drawn(
            sorted(used[template] - {everywhere[template]}), seed, template, subject
        )
        for template in everywhere
        for subject in sorted(subjects[template])
    }
    return KeptBack(everywhere, for_subject)


def _taught(document: Document, version: int, variants: Variants, kept_back: KeptBack) -> Document:
    """The document with other words in the place of those that are kept back. What was rendered in
    no other words is left out; without the sentence that names its subject, nothing is left."""
    sentences = []
    for said in document.sentences:
        known = variants[document.document_id, said.template, said.facts]
        allowed = [
            phrasing
            for phrasing in sorted(known)
            if kept_back.how(document.subject, said.template, phrasing) == "trained"
        ]
        if said.phrasing in allowed:
            sentences.append(said)
        elif allowed:
            phrasing = drawn(allowed, document.document_id, said.template, version)
            sentences.append(replace(said, phrasing=phrasing, text=known[phrasing]))
        elif said is document.sentences[0]:
            break
    return replace(document, sentences=tuple(sentences))
