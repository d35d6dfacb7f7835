"""Questions about the facts of a corpus: the beginning of a sentence, and how it must go on.

Allen-Zhu and Li 2023, "Physics of Language Models: Part 3.1, Knowledge Storage and Extraction": a
fact counts as learned when it is found in words that it was not taught in.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from verbalize.efficacy.corpora import lines_of
from verbalize.efficacy.material import ASKED, NAMING, Material, digest, drawn
from verbalize.efficacy.sentences import Sentence, Value, product_values, values

CHOICES = 4
"""Answers to choose from."""

SHOTS = 2
"""Examples before a question."""

KINDS = {
    "trained": "in a phrasing that the product was taught in",
    "unseen": "in a phrasing that other products were taught in, and this one was not",
    "template": "in a phrasing that nothing was taught in",
    "reverse": "the product, from what is said of it",
    "neighbours": "of a product that was not taught, from what is taught of its like",
    "own": "in the form of the dump itself",
}

# What follows an answer, as far as tokenizers take it for one word.
_NEXT = re.compile(r"\s?\w+|\s?[^\w\s]+")


@dataclass(frozen=True)
class Probe:
    """A question of one of KINDS: after `prompt`, a model should go on with `answer`, and then with
    `after`, which shows that the answer ends there. `choices` are other answers; `shots` is text
    with the same sentence about examples. `guessable` is what somebody answers who knows all other
    products and not this one: the commonest value, or the commonest among products of its type."""

    kind: str
    subject: str
    slot: str
    prompt: str
    answer: str
    after: str
    choices: tuple[str, ...] = ()
    shots: str = ""
    guessable: bool = False

    @property
    def fact(self) -> tuple[str, str]:
        """What is asked, whatever the words."""
        return self.subject, self.slot


def probes(material: Material, limit: int, seed: int) -> list[Probe]:
    """At most `limit` questions of each kind but `own`: about products that are no examples, and
    about those that no corpus tells."""
    asked = [*_about_told(material), *_about_untold(material)]
    return [
        _marked(_with_choices(probe, material, seed), material)
        for probe in _limited(asked, limit, seed)
    ]


def own_probes(material: Material, form: str, limit: int, seed: int) -> list[Probe]:
    """At most `limit` questions in the form of a dump, `key-value` or `json`."""
    found = []
    for subject in material.asked:
        said = material.values.get(subject, {})
        for slot in said:
            if slot in ASKED:
                found.append(Probe("own", subject, slot, *_in_dump(said, slot, form)))
    return [_marked(probe, material) for probe in _limited(found, limit, seed)]


def _about_told(material: Material) -> Iterator[Probe]:
    openings = {document.document_id: document.sentences[0] for document in material.documents}
    shots = _shots(material, openings)
    names = _names(material)
    asked = set(material.asked)
    for document_id, template, facts in material.variants:
        subject = material.subjects[document_id]
        if subject not in asked or document_id not in openings:
            continue
        opening = openings[document_id]
        for phrasing, text in sorted(material.variants[document_id, template, facts].items()):
            sentence = Sentence(template, phrasing, text, facts)
            found = values(sentence, material.language)
            kind = material.kept_back.how(subject, template, phrasing)
            before = shots.get((template, phrasing), "")
            for place, value in enumerate(found):
                if value.slot in ASKED and _is_named(sentence, found[:place], opening):
                    yield _cut(kind, subject, sentence, value, opening, before)
                elif value.slot == "sku" and _names_one(found[:place], names):
                    yield _cut("reverse", subject, sentence, value, None, before)


def _about_untold(material: Material) -> Iterator[Probe]:
    """What the learned products of its type have in common, asked of a product that is not told."""
    known: dict[str | None, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject in material.learned:
        said = material.values.get(subject, {})
        for slot in ("category", "department"):
            known[said.get("productType")][slot].add(said.get(slot, ""))
    own = product_values(material.untold, material.language)
    for document in material.untold:
        if document.kind != "product" or not all(
            _is_taught(material, sentence) for sentence in document.sentences
        ):
            continue
        inferable = known[own[document.subject].get("productType")]
        opening = document.sentences[0]
        for sentence in document.sentences:
            found = values(sentence, material.language)
            for place, value in enumerate(found):
                inferred = inferable.get(value.slot) == {value.words}
                if inferred and _is_named(sentence, found[:place], opening):
                    yield _cut("neighbours", document.subject, sentence, value, opening, "")


def _cut(
    kind: str, subject: str, sentence: Sentence, value: Value, opening: Sentence | None, shots: str
) -> Probe:
    """The question for a value of a sentence, after the sentence that names the product."""
    text = sentence.text
    if opening and opening.template != sentence.template:
        text = f"{opening.text} {text}"
    start = len(text) - len(sentence.text) + value.start
    stop = start + len(value.words)
    begin = start - 1 if text[start - 1 : start] == " " else start
    following = _NEXT.match(text, stop)
    return Probe(
        kind,
        subject,
        value.slot,
        text[:begin],
        text[begin:stop],
        following[0] if following else "",
        shots=shots,
    )


def _shots(material: Material, openings: dict[str, Sentence]) -> dict[tuple[str, int], str]:
    """By statement and phrasing, what it says of the first examples, each after its opening."""
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    for (document_id, template, _), phrasings in material.variants.items():
        if material.subjects[document_id] in material.examples and document_id in openings:
            opening = openings[document_id]
            before = "" if opening.template == template else f"{opening.text} "
            for phrasing, text in phrasings.items():
                found[template, phrasing].append(before + text)
    return {key: " ".join(texts[:SHOTS]) for key, texts in found.items() if len(texts) >= SHOTS}


def _names(material: Material) -> Counter[frozenset[tuple[str, str]]]:
    """How many products have a type, a size, and so on; by all pairs of what is said of them."""
    return Counter(
        frozenset({(slot, said[slot]) for slot in slots if slot in said})
        for said in material.values.values()
        for slots in (("productType", "size"), ("productType",), ("size",), ("name",))
    )


def _names_one(found: list[Value], names: Counter[frozenset[tuple[str, str]]]) -> bool:
    said = frozenset((value.slot, value.words) for value in found)
    return bool(said) and names[said] == 1


def _is_named(sentence: Sentence, before: list[Value], opening: Sentence) -> bool:
    """Whether a question tells which product it is about: an opening must have named it already."""
    named = any(value.slot in NAMING for value in before)
    return named or sentence.template != opening.template


def _is_taught(material: Material, sentence: Sentence) -> bool:
    return material.kept_back.everywhere.get(sentence.template) != sentence.phrasing


def _with_choices(probe: Probe, material: Material, seed: int) -> Probe:
    """The probe with other values of its slot, where there are enough."""
    lead = " " if probe.answer.startswith(" ") else ""
    others = sorted(
        {
            lead + said[probe.slot]
            for said in material.values.values()
            if probe.slot in said and lead + said[probe.slot] != probe.answer
        }
    )
    chosen: list[str] = []
    while len(others) and len(chosen) < CHOICES - 1:
        one = drawn(others, seed, probe.prompt, len(chosen))
        others.remove(one)
        chosen.append(one)
    return replace(probe, choices=tuple(chosen)) if len(chosen) == CHOICES - 1 else probe


def _limited(found: Iterable[Probe], limit: int, seed: int) -> list[Probe]:
    """The first of each kind in an order drawn by the seed."""
    kinds: dict[str, list[Probe]] = {kind: [] for kind in KINDS}
    for probe in found:
        kinds[probe.kind].append(probe)
    return [
        probe
        for asked in kinds.values()
        for probe in sorted(asked, key=lambda one: digest(seed, one.prompt, one.slot))[:limit]
    ]


def _in_dump(said: dict[str, str], slot: str, form: str) -> tuple[str, str, str]:
    """Prompt, answer and what follows, in the form of a dump."""
    slots = list(said)
    before = {one: said[one] for one in slots[: slots.index(slot)]}
    if form == "key-value":
        lines = f"{lines_of(before)}\n" if before else ""
        return f"{lines}{slot}:", f" {said[slot]}", "" if slot == slots[-1] else "\n"
    start = json.dumps({**before, slot: ""}, ensure_ascii=False).removesuffix('"}')
    end = '"}' if slot == slots[-1] else '",'
    return start, json.dumps(said[slot], ensure_ascii=False)[1:-1], end


def _marked(probe: Probe, material: Material) -> Probe:
    """The probe, and whether its answer can be guessed."""
    if probe.kind in ("reverse", "neighbours"):
        return probe
    others = [said for subject, said in material.values.items() if subject != probe.subject]
    own = material.values[probe.subject].get("productType")
    alike = [said for said in others if said.get("productType") == own]
    guesses = {_commonest(others, probe.slot)}
    if probe.slot != "productType":
        guesses.add(_commonest(alike, probe.slot))
    return replace(probe, guessable=probe.answer.strip() in guesses)


def _commonest(products: list[dict[str, str]], slot: str) -> str:
    counted = Counter(said[slot] for said in products if slot in said)
    return min(counted, key=lambda words: (-counted[words], words), default="")
