"""The corpora that are compared: the same products as our documents, as dumps, or in one wording.

Each has its own form of the products that are asked about, and in all of them the examples are told
by our documents too: what differs is the form, not whether a model has ever read a sentence. A
corpus is a list of texts, in the order in which the products are first met.
"""

import json
import re
from collections.abc import Callable

from verbalize.efficacy.material import Material
from verbalize.errors import EfficacyError

GENERAL = "the help texts of Python (pydoc_data.topics, Python Software Foundation License)"
HELD_OUT = 10
"""One of so many general texts is kept for measuring."""

OFTEN = 8

Texts = list[str]


def documents(material: Material) -> Texts:
    """Our documents, in all their versions."""
    return [document.text for document in material.documents]


def one_template(material: Material) -> Texts:
    """Our documents in one wording each, the same for all products as far as it is taught."""
    first: dict[str, tuple[list[int], str]] = {}
    for document in material.documents:
        wording = ([sentence.phrasing for sentence in document.sentences], document.text)
        first[document.subject] = min(first.get(document.subject, wording), wording)
    return _in_form(material, {subject: text for subject, (_, text) in first.items()})


def key_value(material: Material) -> Texts:
    """A line a value."""
    return _in_form(
        material, {subject: lines_of(said) for subject, said in material.values.items()}
    )


def json_objects(material: Material) -> Texts:
    """A JSON object a product."""
    return _in_form(
        material, {subject: object_of(said) for subject, said in material.values.items()}
    )


def duplicated(material: Material) -> Texts:
    """Our documents, those of every eighth product eight times as often as the others: a corpus
    that nobody has rid of duplicates."""
    often = set(material.learned[::OFTEN])
    return [
        document.text
        for document in material.documents
        for _ in range(OFTEN if document.subject in often else 1)
    ]


FORMS: dict[str, Callable[[Material], Texts]] = {
    "documents": documents,
    "one-template": one_template,
    "key-value": key_value,
    "json": json_objects,
    "duplicated": duplicated,
    "stated-only": documents,
}
"""By name, how a corpus tells the products. `stated-only` is given a material without predictions.
With `+N` behind it, such as documents+25, N percent of the tokens of a corpus are general text."""


def parts(corpus: str) -> tuple[str, int]:
    """The form of a corpus, and how many percent of it are general text.

    Raises:
        EfficacyError: if there is no such corpus.
    """
    form, mixed, percent = corpus.partition("+")
    if form in FORMS and (not mixed or re.fullmatch("[1-9][0-9]?", percent)):
        return form, int(percent or 0)
    raise EfficacyError(
        f"no corpus {corpus!r}; there are {', '.join(FORMS)}, each with +N behind it for N percent "
        "of general text, such as documents+25"
    )


def lines_of(said: dict[str, str]) -> str:
    """A product as a line a value."""
    return "\n".join(f"{slot}: {words}" for slot, words in said.items())


def object_of(said: dict[str, str]) -> str:
    """A product as a JSON object."""
    return json.dumps(said, ensure_ascii=False)


def general_texts() -> tuple[Texts, Texts]:
    """General text to read, and other general text to measure with, by paragraphs."""
    from pydoc_data.topics import topics

    paragraphs = [
        " ".join(paragraph.split())
        for _, topic in sorted(topics.items())
        for paragraph in topic.split("\n\n")
        if len(paragraph.split()) >= 20
    ]
    measured = paragraphs[::HELD_OUT]
    known = set(measured)
    return [paragraph for paragraph in paragraphs if paragraph not in known], measured


def mixed(
    texts: Texts, general: Texts, share: float, lengths: Callable[[Texts], list[int]]
) -> Texts:
    """The texts with general ones between them, so that these have the given share of all tokens;
    `lengths` counts tokens."""
    wanted = sum(lengths(texts)) * share / (1 - share)
    chosen: Texts = []
    held = 0
    sizes = lengths(general)
    for place in range(len(texts) * 100):
        if held >= wanted:
            break
        chosen.append(general[place % len(general)])
        held += sizes[place % len(general)]
    return _between(texts, chosen)


def _between(texts: Texts, others: Texts) -> Texts:
    """Both, spread evenly over each other."""
    places = [(place / len(texts), 0, text) for place, text in enumerate(texts)]
    places += [(place / len(others), 1, text) for place, text in enumerate(others)]
    return [text for _, _, text in sorted(places, key=lambda found: found[:2])]


def _in_form(material: Material, forms: dict[str, str]) -> Texts:
    """For each document of a product its form, and for examples the document too. Other documents
    speak of several products, and are left out."""
    texts = []
    for document in material.documents:
        if document.kind == "product":
            texts.append(forms[document.subject])
            if document.subject in material.examples:
                texts.append(document.text)
    return texts
