"""What a source promises of its files, as a data contract that people read and edit.

A contract says which column of the file fills which canonical column, the types and rules that the
file keeps, and how it is delivered. On disk it is Open Data Contract Standard 3.1 YAML
(https://bitol-io.github.io/open-data-contract-standard/v3.1.0/); what only Wareword knows stands in
its customProperties.
"""

import operator as compare
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from datetime import datetime
from pathlib import Path
from typing import Any, TypeGuard

import duckdb
import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from warehouse.errors import ContractError
from warehouse.kinds import KINDS

API_VERSION = "v3.1.0"
FOLDER = "contracts"
DELIVERIES = ("incremental", "snapshot")
TYPES = ("string", "date", "timestamp", "number", "integer", "boolean")
METRICS = ("rowCount", "nullValues", "missingValues", "invalidValues", "duplicateValues")
OPERATORS: dict[str, Callable[..., bool]] = {
    "mustBe": compare.eq,
    "mustNotBe": compare.ne,
    "mustBeGreaterThan": compare.gt,
    "mustBeGreaterOrEqualTo": compare.ge,
    "mustBeLessThan": compare.lt,
    "mustBeLessOrEqualTo": compare.le,
    "mustBeBetween": lambda figure, low, high: low <= figure <= high,
    "mustNotBeBetween": lambda figure, low, high: not low <= figure <= high,
}
# logicalTypeOptions that a value is held to, and what it must then be.
LENGTHS = {"minLength": ">=", "maxLength": "<="}
BOUNDS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
MOST_DELETED = 0.2

_MOST_BYTES = 1 << 20
_LIKELY = 0.5
_MOST = 1e30
_PATTERN = ("string", "pattern")
# A value of the type on the left may stand where the one on the right is promised.
_FITS = {("integer", "number"), ("date", "timestamp")}


@dataclass(frozen=True)
class Field:
    """A column that the file has. `type` is a logical type of the standard, one of TYPES.

    A row without a value that is `required`, with a value of another type or outside the `options`
    (LENGTHS and pattern of text, BOUNDS of all else), or with a `unique` value that an earlier row
    has, goes to quarantine.
    """

    name: str
    type: str = "string"
    required: bool = False
    unique: bool = False
    physical_type: str = "VARCHAR"
    options: dict[str, float | str] = default(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A figure of all rows that pass, and what it must be (a library metric of the standard).

    `fields` are the columns that it measures, none for rowCount; `operator` is one of OPERATORS,
    `threshold` its one or two numbers, in `unit` rows or percent. `values` are what invalidValues
    takes as valid or missingValues as missing; `pattern` is the form of valid ones. A rule that is
    not `strict` (severity info or warning) is measured, and stops nothing.
    """

    metric: str
    operator: str
    threshold: tuple[float, ...]
    fields: tuple[str, ...] = ()
    unit: str = "rows"
    values: tuple[str, ...] = ()
    pattern: str | None = None
    strict: bool = True

    @property
    def name(self) -> str:
        """The figure in words, such as `nullValues of brand, colour (percent)`."""
        of = f" of {', '.join(self.fields)}" if self.fields else ""
        return self.metric + of + (" (percent)" if self.unit == "percent" else "")

    @property
    def limit(self) -> str:
        """What the figure must be, such as `mustBeLessThan 5`."""
        return f"{self.operator} {' and '.join(f'{number:g}' for number in self.threshold)}"


@dataclass(frozen=True)
class Contract:
    """What the files of one source and kind keep.

    `columns` names the file's column for canonical columns, `constants` one value for all rows. A
    file of `delivery` incremental tells of what it holds; a snapshot tells of everything, so that
    what it lacks is gone, and is refused where that is more than the share `most_deleted`. Of rows
    that are no entities, a file replaces those of the same `partition` (a column of the file; the
    day of a time). `unchecked` are rules for people or other engines.
    """

    source: str
    kind: str
    columns: dict[str, str] = default(default_factory=dict)
    constants: dict[str, str] = default(default_factory=dict)
    delivery: str = "incremental"
    partition: str | None = None
    fields: tuple[Field, ...] = ()
    version: str = "1.0.0"
    rules: tuple[Rule, ...] = ()
    most_deleted: float = MOST_DELETED
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drift:
    """A column that is not as the contract says: `change` is missing, added or type.

    Only a column that is `added` is harmless.
    """

    change: str
    column: str
    expected: str
    found: str

    @property
    def breaking(self) -> bool:
        return self.change != "added"

    def __str__(self) -> str:
        if self.change == "missing":
            return f"column {self.column!r} ({self.expected}) is missing"
        if self.change == "added":
            return f"column {self.column!r} ({self.found or 'empty'}) is new"
        return f"column {self.column!r} was {self.expected} and is {self.found} now"


def drift(contract: Contract, found: Mapping[str, str]) -> tuple[Drift, ...]:
    """What differs between a contract and the columns that a file has, with their logical types.

    An empty type, that of a column without a value, fits every other; so does text take every type.
    """
    promised = {field.name: field.type for field in contract.fields}
    differing = [
        Drift("missing", name, promised[name], "")
        if name not in found
        else Drift("type", name, promised[name], found[name])
        for name in promised
        if name not in found or not _fits(found[name], promised[name])
    ]
    new = [Drift("added", name, "", found[name]) for name in found if name not in promised]
    return (*differing, *(new if promised else ()))


def choose(
    contracts: Sequence[Contract], columns: Sequence[str], kind: str | None
) -> Contract | None:
    """The contract that a file with these columns is most likely promised by, if any: that of its
    kind, or else the one that has most of its columns, half at least, in the file."""
    if kind:
        return next((contract for contract in contracts if contract.kind == kind), None)

    def share(contract: Contract) -> float:
        names = [field.name for field in contract.fields]
        return sum(name in columns for name in names) / max(1, len(names))

    best = max(contracts, key=share, default=None)
    return best if best and share(best) >= _LIKELY else None


def kept_contracts(home: Path, source: str) -> list[Contract]:
    """The contracts of a source that a home keeps, in the order of their names."""
    found = (contract_path(home, source, kind) for kind in sorted(KINDS))
    return [read_contract(path) for path in found if path.exists()]


def contract_path(home: Path, source: str, kind: str) -> Path:
    """Where the contract of a source and kind is kept."""
    return home / FOLDER / f"{source}_{kind}.yaml"


def write_contract(path: Path, contract: Contract) -> None:
    """Writes a contract as Open Data Contract Standard 3.1 YAML; the same contract gives the same
    bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contract_text(contract), encoding="utf-8", newline="\n")


def contract_text(contract: Contract) -> str:
    """The YAML of a contract."""
    fills: dict[str, list[str]] = {}
    for canonical, column in contract.columns.items():
        fills.setdefault(column, []).append(canonical)
    properties = [
        _property(field, fills.pop(field.name, []), contract) for field in contract.fields
    ]
    properties += [_property(Field(name), filled, contract) for name, filled in fills.items()]
    told = {
        "source": contract.source,
        "delivery": contract.delivery,
        "mostDeleted": contract.most_deleted,
        "constants": contract.constants,
    }
    document = OpenDataContractStandard(
        apiVersion=API_VERSION,
        kind="DataContract",
        id=f"{contract.source}_{contract.kind}",
        name=f"{contract.kind} rows of {contract.source}",
        version=contract.version,
        status="active",
        schema=[
            SchemaObject(
                name=contract.kind,
                physicalType="file",
                properties=properties,
                quality=[
                    *(_quality(rule) for rule in contract.rules if len(rule.fields) != 1),
                    *map(_words, contract.unchecked),
                ]
                or None,
            )
        ],
        customProperties=[
            CustomProperty(property=name, value=value) for name, value in told.items()
        ],
    )
    plain = document.model_dump(exclude_none=True, exclude_defaults=True, by_alias=True)
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def read_contract(path: Path) -> Contract:
    """The contract that a file holds.

    Raises:
        ContractError: naming the line and the key that is wrong, and what it can be.
    """
    return _Reader(path).contract()


class _Dumper(yaml.SafeDumper):
    """Quotes text with breaks that YAML would fold, so that it reads as it was."""

    def represent_str(self, text: str) -> yaml.ScalarNode:
        style = None if text.isprintable() else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _Dumper.represent_str)


def _fits(found: str, promised: str) -> bool:
    return not found or promised in ("string", found) or (found, promised) in _FITS


def _property(field: Field, fills: Sequence[str], contract: Contract) -> SchemaProperty:
    own = [rule for rule in contract.rules if rule.fields == (field.name,)]
    return SchemaProperty(
        name=field.name,
        physicalType=field.physical_type,
        logicalType=field.type,
        logicalTypeOptions=dict(field.options) or None,
        required=field.required or None,
        unique=field.unique or None,
        partitioned=field.name == contract.partition or None,
        partitionKeyPosition=1 if field.name == contract.partition else None,
        quality=[_quality(rule, at_its_column=True) for rule in own] or None,
        customProperties=[CustomProperty(property="fills", value=list(fills))] if fills else None,
    )


def _quality(rule: Rule, at_its_column: bool = False) -> DataQuality:
    arguments: dict[str, Any] = {}
    if rule.fields and not at_its_column:
        arguments["properties"] = list(rule.fields)
    if rule.values:
        name = "missingValues" if rule.metric == "missingValues" else "validValues"
        arguments[name] = list(rule.values)
    if rule.pattern is not None:
        arguments["pattern"] = rule.pattern
    threshold = [int(number) if number == int(number) else number for number in rule.threshold]
    said = {
        "type": "library",
        "metric": rule.metric,
        "arguments": arguments or None,
        "unit": rule.unit,
        "severity": "error" if rule.strict else "warning",
        rule.operator: threshold if len(threshold) > 1 else threshold[0],
    }
    return DataQuality.model_validate(said)


def _is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number with an end, small enough for SQL."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST


def _words(said: str) -> DataQuality:
    return DataQuality.model_validate({"type": "text", "description": said})


Place = tuple[str | int, ...]


class _Reader:
    """A contract file, read once; it knows on which line each key stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ContractError(
                f"{path}: no contract can be read there ({error}); "
                "check the path, or write one with: wareword match FILE"
            ) from error
        if len(self.text) > _MOST_BYTES:
            raise ContractError(f"{path}: larger than a contract can be; check the path")

    def contract(self) -> Contract:
        document = self._document()
        if document.apiVersion is None or not document.apiVersion.startswith("v3."):
            raise self._wrong(("apiVersion",), document.apiVersion, API_VERSION)
        if document.kind != "DataContract":
            raise self._wrong(("kind",), document.kind, "DataContract")
        if not document.schema_ or len(document.schema_) != 1:
            raise self._wrong(("schema",), None, "a list of one kind of rows")
        (table,) = document.schema_
        kind = table.name or ""
        if kind not in KINDS:
            raise self._wrong(("schema", 0, "name"), kind, f"one of {', '.join(KINDS)}")
        told = self._told(document)
        properties = table.properties or []
        partitions = [str(found.name) for found in properties if found.partitioned]
        if len(partitions) > 1:
            raise self._wrong(("schema", 0, "properties"), partitions, "one partitioned property")
        columns: dict[str, str] = {}
        fields: list[Field] = []
        rules: list[Rule] = []
        unchecked: list[str] = []
        for number, found in enumerate(properties):
            place: Place = ("schema", 0, "properties", number)
            fields.append(self._field(found, place, [field.name for field in fields], unchecked))
            for canonical in self._fills(found, kind, place):
                if canonical in columns:
                    raise self._wrong(place, canonical, f"{canonical} in one property's fills only")
                columns[canonical] = fields[-1].name
            for index, quality in enumerate(found.quality or []):
                at = (*place, "quality", index)
                self._sort(quality, (fields[-1].name,), at, rules, unchecked)
        for index, quality in enumerate(table.quality or []):
            self._sort(quality, (), ("schema", 0, "quality", index), rules, unchecked)
        contract = Contract(
            source=told["source"],
            kind=kind,
            columns=columns,
            constants=told["constants"],
            delivery=told["delivery"],
            partition=partitions[0] if partitions else None,
            fields=tuple(fields),
            version=document.version or "1.0.0",
            rules=tuple(rules),
            most_deleted=told["mostDeleted"],
            unchecked=tuple(unchecked),
        )
        self._check_whole(contract)
        return contract

    def _document(self) -> OpenDataContractStandard:
        try:
            if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(self.text)):
                raise ContractError(
                    f"{self.path}: an alias (*name) has no place in a contract; write it out"
                )
            plain = yaml.safe_load(self.text)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            mark = getattr(error, "problem_mark", None)
            line = f", line {mark.line + 1}" if mark else ""
            problem = getattr(error, "problem", None) or error
            raise ContractError(
                f"{self.path}{line}: no YAML: {problem}; correct it, "
                "or write the contract again with: wareword match FILE"
            ) from error
        if not isinstance(plain, dict):
            raise ContractError(
                f"{self.path}, line 1: no contract; write one with: wareword match FILE"
            )
        try:
            return OpenDataContractStandard(**plain)
        except (ValidationError, TypeError) as error:
            first: Any = error.errors()[0] if isinstance(error, ValidationError) else {}
            place = tuple(first.get("loc", ()))
            raise self._wrong(place, first.get("input"), first.get("msg", str(error))) from error

    def _told(self, document: OpenDataContractStandard) -> dict[str, Any]:
        """Wareword's own keys."""
        told: dict[str, Any] = {
            "delivery": "incremental", "mostDeleted": MOST_DELETED, "constants": {},
        }  # fmt: skip
        places: dict[str, Place] = {}
        for number, own in enumerate(document.customProperties or []):
            told[str(own.property)] = own.value
            places[str(own.property)] = ("customProperties", number, "value")
        nowhere: Place = ("customProperties",)
        source = told.get("source")
        if not isinstance(source, str) or not source:
            raise self._wrong(places.get("source", nowhere), source, "the name of the source")
        if told["delivery"] not in DELIVERIES:
            expected = f"delivery as one of {', '.join(DELIVERIES)}"
            raise self._wrong(places.get("delivery", nowhere), told["delivery"], expected)
        share = told["mostDeleted"]
        if not _is_number(share) or not 0 <= share <= 1:
            raise self._wrong(places.get("mostDeleted", nowhere), share, "a share from 0 to 1")
        constants = told["constants"]
        if not isinstance(constants, dict):
            raise self._wrong(places.get("constants", nowhere), constants, "column: value pairs")
        told["constants"] = {str(name): str(value) for name, value in constants.items()}
        return told

    def _field(
        self, found: SchemaProperty, place: Place, others: Sequence[str], unchecked: list[str]
    ) -> Field:
        if not found.name:
            raise self._wrong(place, found.name, "the name of a column of the file")
        if found.name in others:
            raise self._wrong((*place, "name"), found.name, "each column once")
        kind = found.logicalType or "string"
        if kind not in TYPES:
            raise self._wrong((*place, "logicalType"), kind, f"one of {', '.join(TYPES)}")
        options: dict[str, float | str] = {}
        for name, value in (found.logicalTypeOptions or {}).items():
            if name in (LENGTHS if kind == "string" else BOUNDS) or (kind, name) == _PATTERN:
                options[name] = self._option(kind, name, value, (*place, "logicalTypeOptions"))
            else:
                unchecked.append(f"{name} of {found.name}: {value}")
        physical = found.physicalType or "VARCHAR"
        return Field(found.name, kind, bool(found.required), bool(found.unique), physical, options)

    def _option(self, kind: str, name: str, value: object, place: Place) -> float | str:
        if name == "pattern":
            return self._pattern(str(value), place)
        if name in BOUNDS and kind in ("date", "timestamp"):
            try:
                return str(datetime.fromisoformat(str(value)))
            except ValueError as error:
                raise self._wrong((*place, name), value, "a time such as 2024-01-31") from error
        if not _is_number(value):
            raise self._wrong((*place, name), value, "a number")
        return value

    def _pattern(self, pattern: str, place: Place) -> str:
        """A regular expression as DuckDB has them (RE2)."""
        try:
            with duckdb.connect() as connection:
                connection.execute("SELECT regexp_matches('', ?)", [pattern])
        except duckdb.Error as error:
            raise self._wrong((*place, "pattern"), pattern, "a regular expression") from error
        return pattern

    def _fills(self, found: SchemaProperty, kind: str, place: Place) -> list[str]:
        names: list[str] = []
        for number, own in enumerate(found.customProperties or []):
            if own.property == "fills":
                given: list[Any] = own.value if isinstance(own.value, list) else [own.value]
                for name in given:
                    if name not in KINDS[kind].columns_by_name:
                        known = ", ".join(KINDS[kind].columns_by_name)
                        at = (*place, "customProperties", number, "value")
                        raise self._wrong(at, name, f"fills to name columns of {kind}: {known}")
                names += given
        return names

    def _sort(
        self,
        quality: DataQuality,
        fields: tuple[str, ...],
        place: Place,
        rules: list[Rule],
        unchecked: list[str],
    ) -> None:
        """Puts a rule among those that are measured or those that are not."""
        metric = quality.metric or quality.rule
        if quality.type in (None, "library") and metric:
            rules.append(self._rule(quality, metric, fields, place))
        else:
            said = quality.description or quality.name or quality.query or "a rule without words"
            unchecked.append(said)

    def _rule(
        self, quality: DataQuality, metric: str, fields: tuple[str, ...], place: Place
    ) -> Rule:
        if metric not in METRICS:
            raise self._wrong((*place, "metric"), metric, f"one of {', '.join(METRICS)}")
        arguments = quality.arguments or {}
        if not fields:
            fields = tuple(map(str, arguments.get("properties") or ()))
        if bool(fields) == (metric == "rowCount"):
            expected = "rowCount for all rows, every other metric at a property"
            raise self._wrong((*place, "metric"), metric, expected)
        given = {name: getattr(quality, name) for name in OPERATORS}
        said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if len(said) != 1:
            raise self._wrong(place, ", ".join(said), f"one of {', '.join(OPERATORS)}")
        ((operator, value),) = said.items()
        numbers = value if isinstance(value, list) else [value]
        wanted = 2 if operator.endswith("Between") else 1
        if len(numbers) != wanted or not all(map(_is_number, numbers)):
            raise self._wrong((*place, operator), value, f"a number, {wanted} of them")
        unit = quality.unit or "rows"
        if unit not in ("rows", "percent") or (metric, unit) == ("rowCount", "percent"):
            raise self._wrong((*place, "unit"), unit, "rows, or percent (not of rowCount)")
        listed = "missingValues" if metric == "missingValues" else "validValues"
        values, pattern = arguments.get(listed) or [], arguments.get("pattern")
        if metric == "invalidValues" and not values and pattern is None:
            raise self._wrong(place, arguments, "arguments with validValues or pattern")
        return Rule(
            metric=metric,
            operator=operator,
            threshold=tuple(map(float, numbers)),
            fields=fields,
            unit=unit,
            values=tuple("" if value is None else str(value) for value in values),
            pattern=None if pattern is None else self._pattern(str(pattern), place),
            strict=quality.severity not in ("info", "warning"),
        )

    def _check_whole(self, contract: Contract) -> None:
        """What one part says of another."""
        canonical = KINDS[contract.kind].columns_by_name
        for name in contract.constants:
            if name not in canonical or name in contract.columns:
                expected = f"constants for columns of {contract.kind} that no property fills"
                raise self._wrong(("customProperties",), name, expected)
            if wanted := canonical[name].wrong(contract.constants[name]):
                given = contract.constants[name]
                raise self._wrong(("customProperties",), given, f"{name} as {wanted}")
        names = {field.name for field in contract.fields}
        for rule in contract.rules:
            for name in rule.fields:
                if name not in names:
                    raise self._wrong(("schema", 0, "quality"), name, "the name of a property")
        if contract.partition and contract.partition not in contract.columns.values():
            expected = "a partitioned property that fills a canonical column"
            raise self._wrong(("schema", 0, "properties"), contract.partition, expected)
        if contract.partition and KINDS[contract.kind].node:
            expected = f"no partitioned property: rows of {contract.kind} are replaced by their key"
            raise self._wrong(("schema", 0, "properties"), contract.partition, expected)
        if contract.delivery == "snapshot" and contract.partition:
            expected = "a snapshot, or partitions; not both"
            raise self._wrong(("customProperties",), contract.delivery, expected)

    def _wrong(self, place: Place, found: object, expected: str) -> ContractError:
        key = ".".join(map(str, place)) or "the contract"
        got = "nothing" if found is None else repr(found)[:80]
        return ContractError(
            f"{self.path}, line {self._line(place)}, {key}: expected {expected}, got {got}; "
            "correct the contract and load again"
        )

    def _line(self, place: Place) -> int:
        """The line of a key, or of the nearest that there is above it."""
        node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        line = node.start_mark.line if node else 0
        for step in place:
            if isinstance(node, yaml.MappingNode):
                below = [value for name, value in node.value if name.value == step]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                below = node.value[step : step + 1]
            else:
                below = []
            if not below:
                break
            node = below[0]
            line = node.start_mark.line
        return int(line) + 1
