"""Template files to phrasings: what each sentence says, how to write it, and how to read it again.

A file of `templates/<language>/` is one document kind. Each of its blocks is a statement, and each
line of a block one phrasing of it. A slot, such as `{{ size }}`, is named after the predicate whose
fact the sentence says. A phrasing is compiled twice from the same line: to a Jinja2 template that
writes a whole batch, and to a regular expression that reads one sentence.

Rules that keep reading exact, checked when a file is loaded: a phrasing begins with words of its
own; where its beginning is also that of another one, the two differ in the number of slots, and the
one with more slots is tried first. What a phrasing writes in plain words is read as itself: no slot
of one that is tried before takes words of its own. Questions may begin alike if they end in other
words before the question mark, or if their answers begin with other words: outside quotation marks,
no words of a slot have a question mark with the gap between sentences behind it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import SandboxedEnvironment

from verbalize.errors import TemplateError, VerbalizeError
from verbalize.grammar import MARK, READING, Grammar, Sentence, grammar, pattern_of
from verbalize.tables import TEMPLATES

QUESTIONS = "_questions"
"""Ending of the kinds that say what another kind says as questions with their answers."""
_TOLD = (
    "product", "family", "category", "path", "comparison", "guide", "related", "intention", "query",
    "reviews", "history", "brand", "segment", "neighbourhood",
)  # fmt: skip
KINDS = (*_TOLD, *(f"{kind}{QUESTIONS}" for kind in _TOLD))
USUAL_KINDS = tuple(kind for kind in _TOLD if kind != "neighbourhood") + (f"product{QUESTIONS}",)
"""What a run writes where nothing else is set: the others say the same facts once more, and cost as
much as these."""
SETS = {"usual": USUAL_KINDS, "all": KINDS}
"""Several kinds by one name."""
TITLE = "title"
ABOUT = frozenset(
    {"it", "other", "since", "through", "week", "share", "relation", "column", "cheaper", "larger"}
)
"""Slots that say of what, when or how much a fact holds, and are no facts themselves."""

PRODUCTS = {
    "it": frozenset({"product", "comparison", "related", "reviews", "history"}),
    "other": frozenset({"comparison", "family"}),
}
"""Slots that name a product in some kinds, and in others something else too."""

PLAIN = "plain"
"""The register of lines without a mark."""
MARKS = frozenset({"free", "extra"})
"""What a block can be: its sentence may stand anywhere after those that may not, and is left out of
brief documents."""

_BLOCK = re.compile(r"{%-? *block (\w+)((?: +\w+)*) *-?%}\n(.*?){%-? *endblock", re.S)
_LINE = re.compile(r"(.*?) *(?:{# *(\w+) *#})?")
_END = "\x1e"
_SAMPLES = (("number", "alpha beta"), ("alpha beta", "number", "1"), ("1", "number"))
"""Plain words to try a phrasing with: all of a row for a list, the first for any other slot."""


@dataclass(frozen=True)
class Phrasing:
    """One wording of a statement, at a `place` of a file. `starts` and `pattern` recognise its
    sentences; the groups of `pattern` are `slots` in order. `around_mark` has the words right
    before the question mark, and those right after it; None where there is none."""

    kind: str
    statement: str
    number: int
    place: str
    register: str
    line: str
    writes: tuple[str, ...]
    slots: tuple[str, ...]
    lists: frozenset[str]
    starts: str
    pattern: str
    between: tuple[str, ...]
    around_mark: tuple[str, str] | None
    template: Template

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.statement}"

    def begins_like(self, other: "Phrasing") -> bool:
        """True where the beginning of one of the two is also that of the other."""
        return self.starts.startswith(other.starts) or other.starts.startswith(self.starts)

    def reads(self, sentence: str) -> bool:
        """True where the sentence can be one of this phrasing."""
        return sentence.startswith(self.starts) and re.fullmatch(self.pattern, sentence) is not None

    def told_apart(self, other: "Phrasing") -> bool:
        """True where no sentence of the one can be read as one of the other, though both begin
        alike."""
        if self.around_mark is None or other.around_mark is None:
            return False
        (before, after), (before_other, after_other) = self.around_mark, other.around_mark
        return not (before.endswith(before_other) or before_other.endswith(before)) or not (
            after.startswith(after_other) or after_other.startswith(after)
        )

    def write(self, rows: Iterable[Sequence[Any]]) -> list[str]:
        """One sentence a row; a row holds the words of `writes` in their order. The whole batch is
        one Jinja2 render."""
        if len(self.writes) == 1:
            rows = [row[0] for row in rows]
        return self.template.render(rows=rows).split(_END)[:-1]


@dataclass(frozen=True)
class Statement:
    """What can be said, in several phrasings; a slot of `lists` takes two words or more, any other
    exactly one."""

    kind: str
    name: str
    phrasings: tuple[Phrasing, ...]
    marks: frozenset[str] = frozenset()

    def numbers(self, register: str) -> list[int]:
        """The phrasings of a register; the plain ones where it has none of its own."""
        own = [phrasing.number for phrasing in self.phrasings if phrasing.register == register]
        return own or self.numbers(PLAIN)

    @property
    def slots(self) -> tuple[str, ...]:
        return self.phrasings[0].writes

    @property
    def says(self) -> frozenset[str]:
        """Slots that are facts."""
        return frozenset(self.slots) - ABOUT

    @property
    def lists(self) -> frozenset[str]:
        return self.phrasings[0].lists


@dataclass(frozen=True)
class DocumentTemplate:
    file: str
    kind: str
    title: Phrasing
    statements: tuple[Statement, ...]

    @property
    def told(self) -> str:
        """The kind whose facts the documents tell."""
        return self.kind.removesuffix(QUESTIONS)

    @property
    def slots(self) -> tuple[str, ...]:
        found = {slot for statement in self.statements for slot in statement.slots} | set(
            self.title.writes
        )
        return tuple(sorted(found))

    @cached_property
    def fused(self) -> tuple[Statement, ...]:
        """Statements that join several facts, each of which another one says alone."""
        plain = [statement for statement in self.statements if not statement.lists]
        alone = {slot for one in plain if len(one.says) == 1 for slot in one.says}
        return tuple(one for one in plain if len(one.says) > 1 and one.says <= alone)

    @property
    def registers(self) -> tuple[str, ...]:
        """The registers of its lines, the plain one first."""
        found = {line.register for statement in self.statements for line in statement.phrasings}
        return (PLAIN, *sorted(found - {PLAIN}))

    @property
    def lists(self) -> frozenset[str]:
        """Slots of which a statement can say several at once."""
        return frozenset().union(*(statement.lists for statement in self.statements))

    @property
    def reading_order(self) -> tuple[Phrasing, ...]:
        phrasings = [phrasing for statement in self.statements for phrasing in statement.phrasings]
        return tuple(sorted(phrasings, key=lambda phrasing: -len(phrasing.slots)))


def kinds_meant(names: Iterable[str]) -> tuple[str, ...]:
    """The kinds that are named, one by one or by the name of a set; the usual ones where none
    is."""
    named = tuple(names) or ("usual",)
    return tuple(dict.fromkeys(kind for name in named for kind in SETS.get(name, (name,))))


def kinds_of(language: str, kinds: Iterable[str] = KINDS) -> tuple[str, ...]:
    """Those of `kinds` that have a template in the language.

    Raises:
        VerbalizeError: if there is no such language.
    """
    folder = TEMPLATES / grammar(language).language
    return tuple(kind for kind in kinds if (folder / f"{kind}.j2").exists())


def lines(kind: str, language: str = "en") -> list[str]:
    """The phrasings of the statements of a kind as they are written, with their slots; reads the
    file alone, which is faster than `document_template`."""
    source = (TEMPLATES / language / f"{kind}.j2").read_text(encoding="utf-8")
    return [
        found[1]
        for name, _, body in _BLOCK.findall(source)
        if name != TITLE
        for found in map(_LINE.fullmatch, map(str.strip, body.splitlines()))
        if found and found[1]
    ]


@cache
def document_template(kind: str, language: str = "en") -> DocumentTemplate:
    """The template of a document kind.

    Raises:
        VerbalizeError: if there is none in `language`.
        TemplateError: if it breaks a rule.
    """
    spoken = grammar(language)
    path = TEMPLATES / language / f"{kind}.j2"
    if not path.exists():
        raise VerbalizeError(
            f"no template of {kind} documents in {spoken.name}; write {language}/{path.name}"
        )
    return parse(kind, path.read_text(encoding="utf-8"), spoken)


def parse(kind: str, source: str, spoken: Grammar) -> DocumentTemplate:
    """Compiles the text of a template file.

    Raises:
        TemplateError: if it breaks a rule.
    """
    file = f"{spoken.language}/{kind}.j2"
    blocks: dict[str, tuple[Phrasing, ...]] = {}
    marks = {}
    for block in _BLOCK.finditer(source):
        name, marked, body = block.groups()
        marks[name] = frozenset(marked.split())
        if not marks[name] <= MARKS:
            raise TemplateError(
                f"{file}: the block {name} is marked{marked}; a block can be "
                f"{' or '.join(sorted(MARKS))}"
            )
        first = source.count("\n", 0, block.start(3)) + 1
        found = [(row, line.strip()) for row, line in enumerate(body.splitlines(), first)]
        blocks[name] = tuple(
            _phrasing(
                kind, name, number, f"{file}, line {row} ({name}, phrasing {number + 1})", line,
                spoken,
            )
            for number, (row, line) in enumerate((row, line) for row, line in found if line)
        )  # fmt: skip
    if not blocks.get(TITLE):
        raise TemplateError(f"{file} has no block {TITLE}; give it one with a single line")
    statements = tuple(
        Statement(kind, name, phrasings, marks[name])
        for name, phrasings in blocks.items()
        if name != TITLE
    )
    title = blocks[TITLE][0]
    template = DocumentTemplate(file, kind, title, statements)
    _check(template, spoken.sentence.end)
    return template


@cache
def separators(language: str = "en") -> dict[str, str]:
    """By slot, a regular expression of what follows it before another slot in any phrasing: words
    that have this in them are quoted. What follows products alone stands under `product`."""
    found: dict[str, set[str]] = {}
    for kind in kinds_of(language):
        for slot, between in _followed(document_template(kind, language).reading_order):
            named = "product" if kind.removesuffix(QUESTIONS) in PRODUCTS.get(slot, ()) else slot
            found.setdefault(named, set()).add(between)
    return {slot: "|".join(sorted(betweens)) for slot, betweens in sorted(found.items())}


def _followed(phrasings: Sequence[Phrasing]) -> Iterator[tuple[str, str]]:
    """Slots, each with what follows it before another one: in its own phrasing, or in one that is
    tried before and begins alike, so that its sentence could be taken for one of that."""
    for place, phrasing in enumerate(phrasings):
        yield from zip(phrasing.slots, phrasing.between, strict=False)
        for earlier in phrasings[:place]:
            if earlier.begins_like(phrasing) and not earlier.told_apart(phrasing):
                yield from zip(phrasing.slots, earlier.between, strict=False)


def environment(filters: dict[str, Any]) -> Environment:
    """Jinja2 as templates run: sandboxed, strict about names. Values are only ever values, so
    nothing in them is compiled."""
    sandbox = SandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True
    )
    sandbox.filters.update(filters)
    return sandbox


def phrasing_of(template: str, number: int, language: str) -> Phrasing:
    """The phrasing of a number that says a statement, such as product.size."""
    kind, _, name = template.partition(".")
    statements = document_template(kind, language).statements
    (statement,) = (one for one in statements if one.name == name)
    return statement.phrasings[number]


def _phrasing(
    kind: str, statement: str, number: int, place: str, line: str, spoken: Grammar
) -> Phrasing:
    writing, reading = environment(spoken.writing), environment(READING)
    marked_line = _LINE.fullmatch(line)
    assert marked_line is not None
    line, register = marked_line[1], marked_line[2] or PLAIN
    try:
        tree = writing.parse(line)
        names = sorted(find_undeclared_variables(tree))
        batch = f"{{% for {', '.join(names) or 'row'} in rows %}}{line}{_END}{{% endfor %}}"
        template = writing.from_string(batch)
        marked = reading.from_string(line).render({name: f"{MARK}{name}{MARK}" for name in names})
    except TemplateSyntaxError as error:
        raise TemplateError(f"{place}: {error.message}; the line is: {line}") from error
    lists = frozenset(
        found.node.name
        for found in tree.find_all(nodes.Filter)
        if found.name == "listing" and isinstance(found.node, nodes.Name)
    )
    starts, pattern, slots, between = _reading(marked, names, spoken.sentence)
    return Phrasing(
        kind,
        statement,
        number,
        place,
        register,
        line,
        tuple(names),
        slots,
        lists,
        starts,
        pattern,
        between,
        _around_mark(between, spoken.sentence),
        template,
    )


def _reading(
    marked: str, names: list[str], sentence: Sentence
) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """The beginning, the regular expression, its slots, and what stands between them, of a phrasing
    with marks for slots."""
    pieces = marked.split(MARK)
    pattern, gap = "", ""
    slots: list[str] = []
    between: list[str] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            part = re.escape(piece).replace("\\ ", " ")
        elif piece.strip("[]") in names:
            if slots:
                between.append(gap)
            slots.append(piece.strip("[]"))
            pattern, gap = pattern + f"({sentence.slot})", ""
            continue
        else:
            part = f"(?:{piece})"
        pattern, gap = pattern + part, gap + part
    return pieces[0], pattern, tuple(slots), tuple(between)


def _around_mark(between: Sequence[str], sentence: Sentence) -> tuple[str, str] | None:
    """What stands right before and right after the question mark in the words between slots."""
    question = pattern_of(sentence.question + sentence.gap)
    for gap in between:
        before, mark, after = gap.partition(question)
        if mark:
            return before.rpartition(")")[2], after.partition("(?:")[0]
    return None


def _check(template: DocumentTemplate, end: str) -> None:
    for statement in template.statements:
        for phrasing in statement.phrasings:
            fault = _fault(phrasing, statement, end)
            if fault:
                raise TemplateError(f"{phrasing.place} {fault}: {phrasing.line}")
    for first, second in combinations(template.reading_order, 2):
        alike = first.begins_like(second) and len(first.slots) == len(second.slots)
        if alike and not first.told_apart(second):
            raise TemplateError(
                f"{first.place} and {second.place} begin alike: {first.line!r} and "
                f"{second.line!r}; begin one of them with other words"
            )
    for phrasing in template.reading_order:
        _check_reading(phrasing, template.reading_order)


def _check_reading(phrasing: Phrasing, order: Sequence[Phrasing]) -> None:
    """Sentences in plain words must be recognised as those of their own phrasing: a slot of another
    one can also take words that are part of this line."""
    rows = [
        [list(words) if slot in phrasing.lists else words[0] for slot in phrasing.writes]
        for words in _SAMPLES
    ]
    for sentence in phrasing.write(rows):
        reader = next((other for other in order if other.reads(sentence)), None)
        if reader is not phrasing:
            read = "is not recognised"
            if reader:
                read = f"is read as {reader.place}, {reader.line!r}"
            raise TemplateError(
                f"{phrasing.place}, {phrasing.line!r} {read}, in {sentence!r}; write one of them "
                "in other words"
            )


def _fault(phrasing: Phrasing, statement: Statement, end: str) -> str | None:
    """Which rule a phrasing breaks by itself, if it does."""
    if phrasing.writes != statement.slots or phrasing.lists != statement.lists:
        said, first = ", ".join(phrasing.writes), ", ".join(statement.slots)
        return f"says {said}, and the first one of its block {first}; say the same in each"
    if not phrasing.starts.strip() or not phrasing.line.endswith(end):
        return f"must begin with words and end with {end}"
    if sorted(phrasing.slots) != list(phrasing.writes):
        return "must say each slot once"
    if any(not gap.strip() for gap in phrasing.between):
        return "needs words between two slots"
    if all(other.register != PLAIN for other in statement.phrasings):
        return "and all others of its block are marked; leave one without a register"
    return None
