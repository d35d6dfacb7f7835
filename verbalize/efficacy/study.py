"""Does a corpus teach? A model is trained on each corpus with the same number of tokens, and asked
what it knows.

The result of a corpus is kept as soon as it is there, so a study that was stopped goes on with the
next one.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from tokenizers import Tokenizer

from verbalize.efficacy.corpora import (
    FORMS,
    documents,
    general_texts,
    json_objects,
    key_value,
    mixed,
    parts,
)
from verbalize.efficacy.harness import write_tasks
from verbalize.efficacy.material import Material, choose, gather
from verbalize.efficacy.measuring import DEFINITIONS, RECALL, Measure, measure
from verbalize.efficacy.models import CausalModel, hugging_face_model, reference_model
from verbalize.efficacy.network import Size
from verbalize.efficacy.probes import Probe, own_probes, probes
from verbalize.efficacy.training import Schedule, train, train_tokenizer
from warehouse.connection import transaction
from warehouse.devices import check_device

Progress = Callable[[str, int, int], None]

CORPORA = ("documents", "key-value", "json", "one-template")
"""What is compared if nothing else is asked for."""

FEWEST_PRODUCTS = 8
"""Under so many products there is nothing to measure."""

_DUMPS = ("key-value", "json")
_GENERAL_FOR_TOKENS = 300
_MEASURED = {"domain": 60, "general": 40}


@dataclass(frozen=True)
class StudySettings:
    """What is compared and how: `corpora` are names of FORMS, with `+N` behind them for N percent
    of general text; `tokens` are read of each, and at most `questions` of each kind are asked.
    `model` is the name or folder of a model of transformers that goes on learning; without it a
    reference model of `size` begins from nothing. `device` is cpu or cuda.
    """

    corpora: tuple[str, ...] = CORPORA
    products: int = 48
    tokens: int = 2_000_000
    versions: int = 8
    questions: int = 400
    seed: int = 0
    language: str = "en"
    size: Size = Size()
    model: str | None = None
    device: str = "cpu"

    @property
    def schedule(self) -> Schedule:
        """A reference model takes larger steps than one that knows much already."""
        rate = 5e-3 if self.model is None else 3e-4
        return Schedule(self.tokens, rate=rate, first=0.25 if self.model is None else 1.0)


@dataclass(frozen=True)
class Result:
    """What came of one corpus. `tokens` were read in training, and the corpus has `corpus_tokens`;
    `recall` is that of `facts` in phrasings in which the product was never taught."""

    corpus: str
    tokens: int
    corpus_tokens: int
    texts: int
    weights: int
    facts: int
    recall: float
    measures: tuple[Measure, ...]

    @property
    def recall_per_million_tokens(self) -> float:
        """Facts recalled for each million tokens that were read."""
        return self.recall * self.facts / self.tokens * 1e6

    def told(self) -> dict[str, Any]:
        """The result as JSON."""
        return {
            **{name: value for name, value in asdict(self).items() if name != "measures"},
            "recall_per_million_tokens": self.recall_per_million_tokens,
            "measures": [asdict(one) for one in self.measures],
        }


def study(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    settings: StudySettings,
    *,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compares corpora of the facts of a warehouse; fills `text.efficacy` and
    `text.efficacy_measure`. Results of corpora and reference models are kept in `folder`, and the
    questions as tasks of the evaluation harness.

    Returns the results by corpus with the files of the reference models, or why there are none.

    Raises:
        WarewordError: if there is no such corpus or device, or the model cannot be had.
    """
    check_device(settings.device)
    tell = progress or (lambda what, done, total: None)
    chosen = choose(connection, settings.products, settings.seed)
    learned = chosen["learned"].to_pylist().count(True)
    if learned < FEWEST_PRODUCTS:
        _publish(connection, [])
        return {
            "corpora": [],
            "skipped": f"{learned:,} products can be asked about, and {FEWEST_PRODUCTS} are "
            "needed: those that state most (brand, type, category, size, color ...), three of a "
            "type, category or brand; load more of a kind, or ask for more with --products",
        }
    gathered = partial(
        gather,
        connection,
        chosen,
        settings.versions,
        settings.seed,
        settings.language,
        progress=tell,
    )
    material = gathered()
    asked = probes(material, settings.questions, settings.seed)
    write_tasks(folder / "tasks", asked)
    learner = _learner(material, settings)
    results, models = [], {}
    for corpus in settings.corpora:
        form, _ = parts(corpus)
        told = gathered(predictions=False) if form == "stated-only" else material
        texts = _texts(corpus, told, learner)
        questions = asked + _own(form, material, settings)
        kept = folder / f"{corpus}-{_key(settings, learner, texts, questions)}.json"
        if not kept.exists():
            trained = train(
                learner, texts, settings.schedule, settings.seed, progress=_saying(tell, corpus)
            )
            tell(f"{corpus}: asking", 0, 1)
            if trained.size:
                trained.save(kept.with_suffix(".pt"))
            _keep(kept, _result(corpus, settings, trained, texts, questions, material))
        results.append(_read(kept))
        if kept.with_suffix(".pt").exists():
            models[corpus] = kept.with_suffix(".pt").name
    _publish(connection, results)
    return {
        "corpora": [result.told() for result in results],
        "products": learned,
        "models": models,
    }


def _saying(tell: Progress, corpus: str) -> Progress:
    """Progress of one corpus."""
    return lambda what, done, total: tell(f"{corpus}: {what}", done, total)


def _learner(material: Material, settings: StudySettings) -> CausalModel:
    """The model that each corpus begins with."""
    if settings.model is not None:
        learner = hugging_face_model(settings.model, settings.size.context)
    else:
        learner = reference_model(
            _trained_tokenizer(material, settings), settings.size, settings.seed
        )
    learner.network.to(settings.device)
    return learner


def _trained_tokenizer(material: Material, settings: StudySettings) -> Tokenizer:
    """One that has read all forms and general text."""
    general, _ = general_texts()
    forms = (documents, key_value, json_objects)
    texts = [text for form in forms for text in form(material)] + general[:_GENERAL_FOR_TOKENS]
    return train_tokenizer(texts, settings.size.vocabulary)


def _texts(corpus: str, material: Material, learner: CausalModel) -> list[str]:
    form, share = parts(corpus)
    texts = FORMS[form](material)
    if not share:
        return texts
    general, _ = general_texts()
    return mixed(
        texts, general, share / 100, lambda read: [len(ids) for ids in learner.encode(read)]
    )


def _own(form: str, material: Material, settings: StudySettings) -> list[Probe]:
    if form not in _DUMPS:
        return []
    return own_probes(material, form, settings.questions, settings.seed)


def _result(
    corpus: str,
    settings: StudySettings,
    trained: CausalModel,
    texts: Sequence[str],
    questions: Sequence[Probe],
    material: Material,
) -> Result:
    _, general = general_texts()
    untold = sorted({document.text for document in material.untold if document.kind == "product"})
    read = {"domain": untold[: _MEASURED["domain"]], "general": general[: _MEASURED["general"]]}
    found = measure(trained, questions, read)
    facts = {one.fact for one in questions if one.kind == "unseen" and not one.guessable}
    recall = [
        one.value
        for one in found
        if (one.measure, one.scope, one.slot) == (RECALL, "unseen", "all")
    ]
    row_tokens = settings.schedule.batch * trained.context
    return Result(
        corpus,
        tokens=max(1, settings.tokens // row_tokens) * row_tokens,
        corpus_tokens=sum(map(len, trained.encode(texts))),
        texts=len(texts),
        weights=trained.weights,
        facts=len(facts),
        recall=recall[0] if recall else 0.0,
        measures=tuple(found),
    )


def _key(
    settings: StudySettings,
    learner: CausalModel,
    texts: Sequence[str],
    questions: Sequence[Probe],
) -> str:
    """A hash of all that the result of a corpus depends on."""
    said = [
        asdict(settings.schedule),
        settings.seed,
        settings.model,
        settings.device,
        asdict(learner.size) if learner.size else learner.context,
        texts,
        [asdict(one) for one in questions],
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _keep(path: Path, result: Result) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(json.dumps(asdict(result), indent=1), encoding="utf-8")
    draft.replace(path)


def _read(path: Path) -> Result:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Result(**{**stored, "measures": tuple(Measure(**one) for one in stored["measures"])})


def _publish(connection: duckdb.DuckDBPyConnection, results: Sequence[Result]) -> None:
    """Puts the results in the place of those that were there."""
    rows = [result.told() for result in results]
    corpora = [{name: row[name] for name in row if name != "measures"} for row in rows]
    measures = [
        {"corpus": row["corpus"], **one, "definition": DEFINITIONS[one["measure"]]}
        for row in rows
        for one in row["measures"]
    ]
    with transaction(connection):
        for table, found in (("efficacy", corpora), ("efficacy_measure", measures)):
            connection.execute(f"DELETE FROM text.{table}")
            if found:
                connection.register("efficacy_found", pa.Table.from_pylist(found))
                connection.execute(f"INSERT INTO text.{table} BY NAME FROM efficacy_found")
                connection.unregister("efficacy_found")
