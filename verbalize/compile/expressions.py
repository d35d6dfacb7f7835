"""Expressions of Jinja2 to SQL.

What Jinja2 would raise an error for, and what SQL cannot promise to do alike for every value,
becomes a guard: a condition under which the whole expression is Jinja2's bytes. Guards of a branch
count only where it is taken, and guards of a loop for each of its items.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jinja2 import Environment, nodes

from verbalize.compile.values import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    NONE,
    TEXT,
    Value,
    either,
    equal,
    is_none,
    list_of,
    printed,
    truth,
)
from verbalize.errors import VerbalizeError
from warehouse.connection import literal

LONGEST = 200_000
"""Characters of SQL that a template may become."""

_ORDER = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


class NotCompiled(VerbalizeError):
    """A template, or a part of it, that only Jinja2 can render: in which line, and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}; Jinja2 renders it instead")
        self.line, self.reason = line, reason


@dataclass(frozen=True)
class Compiled:
    """SQL of the text of a template. With `guarded`, it is NULL where Jinja2 must be asked."""

    sql: str
    guarded: bool


@dataclass(frozen=True)
class Unknown:
    """What a name stands for where that cannot be told, and why."""

    reason: str


@dataclass(frozen=True)
class Loop:
    """What `loop` stands for: SQL of the place of an item, from 1, and of how many there are."""

    index: str
    length: str


@dataclass(frozen=True)
class Macro:
    """A macro, and what the names in it stand for."""

    node: nodes.Macro
    scope: "Scope"


Scope = dict[str, Value | Unknown | Loop | Macro]
Twin = Callable[..., Value]


@dataclass
class Expressions:
    """Compiles expressions; gathers the guards of what it has compiled."""

    environment: Environment
    columns: Mapping[str, Value]
    twins: Mapping[Callable[..., Any], Twin]
    guards: list[str] = field(default_factory=list)
    line: int = 1
    lambdas: int = 0

    def refused(self, reason: str) -> NotCompiled:
        """The error that tells why what stands in this line cannot be compiled."""
        return NotCompiled(self.line, reason)

    def guard(self, condition: str) -> None:
        """Only where the condition holds is what is compiled here Jinja2's bytes."""
        if condition not in self.guards:
            self.guards.append(condition)

    def need(self, value: Value) -> None:
        """Jinja2 raises an error if the value is None."""
        if value.type == NONE:
            raise self.refused("none can do nothing here")
        if value.nullable:
            self.guard(f"{value.sql} IS NOT NULL")

    @contextmanager
    def only_where(self, condition: str) -> Iterator[None]:
        """Guards of the block count only where the condition holds."""
        before, self.guards = self.guards, []
        yield
        added, self.guards = self.guards, before
        if added:
            self.guard(f"CASE WHEN {condition} THEN {all_of(added)} ELSE true END")

    @contextmanager
    def each_of(self, items: Value) -> Iterator[tuple[Value, Loop]]:
        """An item of a list and its place, as parameters of a lambda; guards of the block must hold
        for every item."""
        self.lambdas += 1
        item, index = f"item_{self.lambdas}", f"index_{self.lambdas}"
        before, self.guards = self.guards, []
        yield Value(item, items.item or NONE), Loop(index, f"len({items.sql})")
        added, self.guards = self.guards, before
        if added:
            held = mapped(items.sql, item, index, f"coalesce({all_of(added)}, false)")
            self.guard(f"coalesce(list_bool_and({held}), true)")

    def text(self, value: Value) -> str:
        """SQL of a value as it is printed."""
        sql = printed(value)
        if sql is None:
            raise self.refused("a list is printed as Python code; join it")
        return sql

    def list(self, value: Value) -> Value:
        """The value, which must be a list."""
        if value.item is None:
            raise self.refused("what is gone through, joined or counted so must be a list")
        self.need(value)
        return value

    def constant(self, value: object) -> Value:
        """A constant of the template."""
        if isinstance(value, bool):
            return Value(str(value).lower(), BOOLEAN, nullable=False)
        if value is None:
            return Value("NULL", NONE)
        if isinstance(value, int) and abs(value) < 2**63:
            return Value(f"({value})::BIGINT", INTEGER, nullable=False, constant=value)
        if isinstance(value, float):
            return Value(f"({value!r})::DOUBLE", FLOAT, nullable=False)
        if isinstance(value, str):
            return Value(self.literal(value), TEXT, nullable=False, constant=value)
        raise self.refused(f"{value!r} is no constant of SQL")

    def literal(self, text: str) -> str:
        """A string as SQL text."""
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.refused("a character is none of SQL")
        return literal(text)

    def expression(self, node: nodes.Node, scope: Scope) -> Value:
        """The SQL of an expression."""
        self.line = node.lineno
        compile = getattr(self, f"_{type(node).__name__.lower()}", None)
        if compile is None:
            raise self.refused(f"{type(node).__name__} is none of what is compiled")
        value: Value = compile(node, scope)
        if len(value.sql) > LONGEST:
            raise self.refused("the SQL grows too long")
        return value

    def condition(self, node: nodes.Node, scope: Scope) -> str:
        """SQL that tells whether an expression counts as true."""
        if isinstance(node, nodes.Not):
            return f"(NOT {self.condition(node.node, scope)})"
        if isinstance(node, nodes.And | nodes.Or):
            left = self.condition(node.left, scope)
            goes_on = left if isinstance(node, nodes.And) else f"NOT {left}"
            with self.only_where(goes_on):
                right = self.condition(node.right, scope)
            stops = str(isinstance(node, nodes.Or)).lower()
            return f"(CASE WHEN {goes_on} THEN {right} ELSE {stops} END)"
        return truth(self.expression(node, scope))

    def _const(self, node: nodes.Const, scope: Scope) -> Value:
        return self.constant(node.value)

    def _templatedata(self, node: nodes.TemplateData, scope: Scope) -> Value:
        return self.constant(node.data)

    def _name(self, node: nodes.Name, scope: Scope) -> Value:
        bound = scope.get(node.name)
        if isinstance(bound, Value):
            return bound
        if isinstance(bound, Unknown):
            raise self.refused(bound.reason)
        raise self.refused(
            f"nothing is known of {node.name}" if bound is None else f"prints {node.name}"
        )

    def _list(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Value:
        items = [self.expression(item, scope) for item in node.items]
        if not items or any(item.type != items[0].type for item in items):
            raise self.refused("a list in a template must have items, all of one type")
        sql = ", ".join(item.sql for item in items)
        return Value(f"[{sql}]", list_of(items[0].type), nullable=False)

    _tuple = _list

    def _concat(self, node: nodes.Concat, scope: Scope) -> Value:
        parts = [self.text(self.expression(part, scope)) for part in node.nodes]
        return Value(concat(parts), TEXT, nullable=False)

    def _not(self, node: nodes.Not, scope: Scope) -> Value:
        return Value(self.condition(node, scope), BOOLEAN, nullable=False)

    def _and(self, node: nodes.And, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        with self.only_where(truth(left)):
            right = self.expression(node.right, scope)
        return self.either(truth(left), right, left)

    def _or(self, node: nodes.Or, scope: Scope) -> Value:
        left = self.expression(node.left, scope)
        with self.only_where(f"NOT {truth(left)}"):
            right = self.expression(node.right, scope)
        return self.either(truth(left), left, right)

    def _condexpr(self, node: nodes.CondExpr, scope: Scope) -> Value:
        if node.expr2 is None:
            raise self.refused("an if without an else is undefined where it is false")
        condition = self.condition(node.test, scope)
        with self.only_where(condition):
            one = self.expression(node.expr1, scope)
        with self.only_where(f"NOT {condition}"):
            other = self.expression(node.expr2, scope)
        return self.either(condition, one, other)

    def either(self, condition: str, one: Value, other: Value) -> Value:
        """One of two values, as a condition tells."""
        value = either(condition, one, other)
        if value is None:
            raise self.refused(f"is {one.type} or {other.type}, and must be of one type")
        return value

    def _compare(self, node: nodes.Compare, scope: Scope) -> Value:
        left = self.expression(node.expr, scope)
        conditions = ["true"]
        for operand in node.ops:
            with self.only_where(" AND ".join(conditions)):
                right = self.expression(operand.expr, scope)
                conditions.append(self.compared(operand.op, left, right))
            left = right
        sql = f"(CASE WHEN {' AND '.join(conditions[:-1])} THEN {conditions[-1]} ELSE false END)"
        return Value(conditions[1] if len(conditions) == 2 else sql, BOOLEAN, nullable=False)

    def compared(self, operator: str, left: Value, right: Value) -> str:
        """SQL of one comparison."""
        if operator in ("in", "notin"):
            found = self._contained(left, right)
            return found if operator == "in" else f"(NOT {found})"
        if operator in ("eq", "ne"):
            same = equal(left, right)
            if same is None:
                raise self.refused(f"compares {left.type} with {right.type}")
            return same if operator == "eq" else f"(NOT {same})"
        if left.type != right.type or left.type not in (TEXT, INTEGER, FLOAT):
            raise self.refused(f"orders {left.type} and {right.type}")
        self.need(left)
        self.need(right)
        test = f"{left.sql} {_ORDER[operator]} {right.sql}"
        if left.type == FLOAT:
            test += f" AND NOT isnan({left.sql}) AND NOT isnan({right.sql})"
        return f"coalesce({test}, false)"

    def _contained(self, part: Value, whole: Value) -> str:
        self.need(whole)
        if whole.item is not None:
            with self.each_of(whole) as (item, loop):
                same = equal(part, item)
                if same is None or part.type == FLOAT:
                    raise self.refused(f"looks for {part.type} in {whole.type}")
            found = mapped(whole.sql, item.sql, loop.index, same)
            return f"coalesce(list_bool_or({found}), false)"
        if (part.type, whole.type) != (TEXT, TEXT):
            raise self.refused(f"looks for {part.type} in {whole.type}")
        self.need(part)
        return f"coalesce(contains({whole.sql}, {part.sql}), false)"

    def _add(self, node: nodes.Add, scope: Scope) -> Value:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        if left.type == right.type == TEXT:
            self.need(left)
            self.need(right)
            return Value(f"({left.sql} || {right.sql})", TEXT, nullable=False)
        return self._sum("+", left, right)

    def _sub(self, node: nodes.Sub, scope: Scope) -> Value:
        return self._sum("-", self.expression(node.left, scope), self.expression(node.right, scope))

    def _sum(self, operator: str, left: Value, right: Value) -> Value:
        """Whole numbers have no bounds in Python; sums of a template stay within 128 bits."""
        if left.type != INTEGER or right.type != INTEGER:
            raise self.refused(f"computes {left.type} {operator} {right.type}")
        self.need(left)
        self.need(right)
        sql = f"({left.sql}::HUGEINT {operator} {right.sql})"
        return Value(sql, INTEGER, nullable=False)

    def _mod(self, node: nodes.Mod, scope: Scope) -> Value:
        left, right = self.expression(node.left, scope), self.expression(node.right, scope)
        divisor = right.constant
        if left.type != INTEGER or not isinstance(divisor, int) or divisor <= 0:
            raise self.refused("% is compiled for whole numbers and a constant above 0")
        self.need(left)
        remainder = f"{left.sql}::HUGEINT % {divisor}"
        return Value(f"(({remainder} + {divisor}) % {divisor})", INTEGER, nullable=False)

    def _neg(self, node: nodes.Neg, scope: Scope) -> Value:
        value = self.expression(node.node, scope)
        constant = value.constant
        if not isinstance(constant, int):
            raise self.refused("- is compiled before a whole number only")
        return self.constant(-constant)

    def _getattr(self, node: nodes.Getattr, scope: Scope) -> Value:
        loop = scope.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if not isinstance(loop, Loop):
            raise self.refused(f"attribute {node.attr} of what is no loop")
        numbers = {
            "index": loop.index,
            "index0": f"({loop.index} - 1)",
            "revindex": f"({loop.length} - {loop.index} + 1)",
            "revindex0": f"({loop.length} - {loop.index})",
            "length": loop.length,
        }
        tests = {"first": f"({loop.index} = 1)", "last": f"({loop.index} = {loop.length})"}
        if node.attr in tests:
            return Value(tests[node.attr], BOOLEAN, nullable=False)
        if node.attr not in numbers:
            raise self.refused(f"loop.{node.attr} is not compiled")
        return Value(numbers[node.attr], INTEGER, nullable=False)

    def _getitem(self, node: nodes.Getitem, scope: Scope) -> Value:
        index = self.expression(node.arg, scope).constant
        items = self.list(self.expression(node.node, scope))
        if not isinstance(index, int):
            raise self.refused("the place of an item must be a whole number of the template")
        self.guard(f"len({items.sql}) {'>' if index >= 0 else '>='} {abs(index)}")
        return Value(f"{items.sql}[{index + 1 if index >= 0 else index}]", items.item or NONE)

    def _filter(self, node: nodes.Filter, scope: Scope) -> Value:
        if node.node is None:
            raise self.refused("a filter of a block")
        function = self.environment.filters.get(node.name)
        twin = self._twin(function) if function else None
        if twin is None:
            known = "is not compiled" if function else "is unknown"
            raise self.refused(f"filter {node.name} {known}")
        arguments, named = self.arguments(node, scope)
        undefined = isinstance(node.node, nodes.Name) and node.node.name not in scope
        if undefined and node.name in ("default", "d"):
            return arguments[0] if arguments else named.get("default_value", self.constant(""))
        value = self.expression(node.node, scope)
        self.line = node.lineno
        try:
            return twin(self, value, *arguments, **named)
        except TypeError as error:
            raise self.refused(f"filter {node.name} with arguments of other kinds") from error

    def _twin(self, function: Callable[..., Any]) -> Twin | None:
        of_class = self.twins.get(type(function))
        return partial(of_class, function) if of_class else self.twins.get(function)

    def arguments(
        self, node: nodes.Filter | nodes.Call, scope: Scope
    ) -> tuple[Sequence[Value], dict[str, Value]]:
        """The arguments of a call, in order and by name."""
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise self.refused("arguments as * or **")
        arguments = [self.expression(argument, scope) for argument in node.args]
        named = {
            pair.key: self.expression(pair.value, scope)
            for pair in node.kwargs
            if isinstance(pair, nodes.Keyword)
        }
        return arguments, named

    def _test(self, node: nodes.Test, scope: Scope) -> Value:
        if node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name):
            bound = scope.get(node.node.name)
            known = bound is not None or node.node.name in self.environment.globals
            if isinstance(bound, Unknown):
                raise self.refused(bound.reason)
            return self.constant(known == (node.name == "defined"))
        if node.name == "none":
            return Value(is_none(self.expression(node.node, scope)), BOOLEAN, nullable=False)
        raise self.refused(f"test {node.name} is not compiled")


def concat(parts: Sequence[str]) -> str:
    """SQL of texts one after the other."""
    return f"concat({', '.join(parts)})" if len(parts) > 1 else "".join(parts) or "''"


def mapped(items: str, item: str, index: str, body: str) -> str:
    """SQL of what becomes of each item of a list."""
    parameters = f"{item}, {index}" if index in body else item
    return f"list_transform({items}, lambda {parameters}: {body})"


def all_of(conditions: Sequence[str]) -> str:
    """SQL that tells whether all conditions hold."""
    return f"({' AND '.join(conditions)})"
