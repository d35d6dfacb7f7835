"""Statements of Jinja2 to SQL: text, if, for, set, macro.

A set is put in where its name is used, a macro where it is called. As in Jinja2, what is set in a
branch holds after it, what is set in a loop or a macro does not.
"""

from collections.abc import Mapping, Sequence

from jinja2 import Environment, StrictUndefined, nodes

from verbalize.compile.expressions import (
    LONGEST,
    Compiled,
    Expressions,
    Loop,
    Macro,
    Scope,
    Unknown,
    all_of,
    concat,
    mapped,
)
from verbalize.compile.filters import TWINS
from verbalize.compile.values import TEXT, Value, either, truth

_OWN = frozenset({"self", "super", "caller", "varargs", "kwargs"})
"""Names that Jinja2 keeps for itself."""


def compile_template(
    template: str | nodes.Template, columns: Mapping[str, Value], environment: Environment
) -> Compiled:
    """The SQL expression of a template, whose variables are `columns`.

    Raises:
        NotCompiled: if only Jinja2 can render it.
        TemplateSyntaxError: if Jinja2 cannot either.
    """
    tree = environment.parse(template) if isinstance(template, str) else template
    statements = Statements(environment, columns, TWINS)
    if environment.autoescape or environment.undefined is not StrictUndefined:
        raise statements.refused("the environment escapes, or forgives names that it does not know")
    text = statements.body(tree.body, dict(columns), top=True)
    if not statements.guards:
        return Compiled(text, guarded=False)
    return Compiled(f"CASE WHEN {all_of(statements.guards)} THEN {text} END", guarded=True)


class Statements(Expressions):
    """Compiles statements to the text that they print."""

    def body(self, body: Sequence[nodes.Node], scope: Scope, top: bool = False) -> str:
        """SQL of what statements print one after the other; changes `scope` as they do."""
        parts: list[str] = []
        for node in body:
            self.line = node.lineno
            if isinstance(node, nodes.Output):
                parts += [self.text(self.expression(part, scope)) for part in node.nodes]
            elif isinstance(node, nodes.If):
                parts.append(self._if(node.test, node.body, node.elif_, node.else_, scope))
            elif isinstance(node, nodes.For):
                parts.append(self._for(node, scope))
            elif isinstance(node, nodes.Assign):
                self._set(node.target, self.expression(node.node, scope), scope)
            elif isinstance(node, nodes.AssignBlock) and node.filter is None:
                block = Value(self.body(node.body, dict(scope)), TEXT, nullable=False)
                self._set(node.target, block, scope)
            elif isinstance(node, nodes.Macro) and top:
                self._define(node, scope)
            else:
                raise self.refused(f"{type(node).__name__} is none of what is compiled here")
        text = concat(parts)
        if len(text) > LONGEST:
            raise self.refused("the SQL grows too long")
        return text

    def _if(
        self,
        test: nodes.Node,
        body: Sequence[nodes.Node],
        others: Sequence[nodes.If],
        otherwise: Sequence[nodes.Node],
        scope: Scope,
    ) -> str:
        condition = self.condition(test, scope)
        here, there = dict(scope), dict(scope)
        with self.only_where(condition):
            text = self.body(body, here)
        with self.only_where(f"NOT {condition}"):
            if others:
                other, *rest = others
                other_text = self._if(other.test, other.body, rest, otherwise, there)
            else:
                other_text = self.body(otherwise, there)
        for name in {**here, **there}:
            scope[name] = _after(name, condition, here, there)
        return f"CASE WHEN {condition} THEN {text} ELSE {other_text} END"

    def _for(self, node: nodes.For, scope: Scope) -> str:
        if node.recursive or not isinstance(node.target, nodes.Name):
            raise self.refused("a loop that is recursive or takes its items apart")
        name = self._free(node.target.name)
        items = self.list(self.expression(node.iter, scope))
        if node.test is not None:
            with self.each_of(items) as (item, loop):
                inner = {**scope, name: item, "loop": Unknown("loop in the test of a loop")}
                test = self.condition(node.test, inner)
            sql = f"list_filter({items.sql}, lambda {item.sql}: {test})"
            items = Value(sql, items.type, nullable=items.nullable)
        with self.each_of(items) as (item, loop):
            text = self.body(node.body, {**scope, "loop": loop, name: item})
        said = f"array_to_string({mapped(items.sql, item.sql, loop.index, text)}, '')"
        if not node.else_:
            return said
        some = truth(items)
        with self.only_where(f"NOT {some}"):
            otherwise = self.body(node.else_, dict(scope))
        return f"CASE WHEN {some} THEN {said} ELSE {otherwise} END"

    def _set(self, target: nodes.Node, value: Value, scope: Scope) -> None:
        if not isinstance(target, nodes.Name):
            raise self.refused("set of several names, or of an attribute")
        name = self._free(target.name)
        if name in self.columns or isinstance(scope.get(name), Loop | Macro):
            raise self.refused(f"set of {name}, which is a column, a loop or a macro already")
        scope[name] = value

    def _free(self, name: str) -> str:
        if name in _OWN or name == "loop":
            raise self.refused(f"{name} is a name of Jinja2 itself")
        return name

    def _define(self, node: nodes.Macro, scope: Scope) -> None:
        if node.name in scope:
            raise self.refused(f"macro {node.name} has the name of something else")
        for name in (node.name, *(argument.name for argument in node.args)):
            self._free(name)
        for used in node.find_all(nodes.Name):
            if used.name in _OWN:
                raise self.refused(f"macro {node.name} uses {used.name}")
        known: Scope = {
            name: bound
            if name in self.columns or isinstance(bound, Macro)
            else Unknown(f"macro {node.name} uses {name}, which is set outside of it")
            for name, bound in scope.items()
        }
        known[node.name] = Unknown(f"macro {node.name} calls itself")
        scope[node.name] = Macro(node, known)

    def _call(self, node: nodes.Call, scope: Scope) -> Value:
        macro = scope.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if isinstance(macro, Unknown):
            raise self.refused(macro.reason)
        if not isinstance(macro, Macro):
            raise self.refused("a call of what is no macro of this template")
        given, named = self.arguments(node, scope)
        names = [argument.name for argument in macro.node.args]
        if len(given) > len(names) or set(named) - set(names[len(given) :]):
            raise self.refused(f"macro {macro.node.name} takes other arguments")
        inner: Scope = dict(macro.scope)
        for name in names:
            inner[name] = Unknown(f"macro {macro.node.name} is called without {name}")
        inner.update(zip(names, given, strict=False))
        inner.update(named)
        defaults = zip(reversed(names), reversed(macro.node.defaults), strict=False)
        for name, default in reversed(list(defaults)):
            if isinstance(inner[name], Unknown):
                inner[name] = self.expression(default, inner)
        return Value(self.body(macro.node.body, inner), TEXT, nullable=False)


def _after(name: str, condition: str, here: Scope, there: Scope) -> Value | Unknown | Loop | Macro:
    """What a name stands for after two branches."""
    one, other = here.get(name), there.get(name)
    if one is not None and one is other:
        return one
    if isinstance(one, Value) and isinstance(other, Value):
        value = either(condition, one, other)
        if value is not None:
            return value
    return Unknown(f"{name} is not set in every branch, or to values of several types")
