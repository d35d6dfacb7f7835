"""SQL expressions with the type that their value has in Python, and what Python makes of them: the
text that is printed, whether it counts as true, whether two are equal.

All SQL here is free of NULL where it gives text or truth; a value that is NULL is None.
"""

from dataclasses import dataclass

TEXT, INTEGER, FLOAT, BOOLEAN = "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"
NONE = "NULL"
"""The type of the constant `none`; it goes with any other."""


@dataclass(frozen=True)
class Value:
    """An expression of SQL and its type. `nullable` tells that it can be NULL, which is None;
    `constant` is the value itself of a text or whole number that the template states."""

    sql: str
    type: str
    nullable: bool = True
    constant: str | int | None = None

    @property
    def item(self) -> str | None:
        """The type of the items of a list; None for what is no list."""
        return self.type.removesuffix("[]") if self.type.endswith("[]") else None


def list_of(type: str) -> str:
    """The type of a list."""
    return f"{type}[]"


def printed(value: Value) -> str | None:
    """SQL of what `str` makes of it; None for a list, which is printed as Python code."""
    if value.item is not None:
        return None
    if value.type == NONE:
        return "'None'"
    text = {
        TEXT: value.sql,
        FLOAT: f"CASE WHEN isnan({value.sql}) THEN 'nan' ELSE ({value.sql})::VARCHAR END",
        BOOLEAN: f"CASE {value.sql} WHEN true THEN 'True' WHEN false THEN 'False' END",
    }.get(value.type, f"({value.sql})::VARCHAR")
    return f"coalesce({text}, 'None')" if value.nullable else text


def truth(value: Value) -> str:
    """SQL of what `bool` makes of it."""
    if value.type == NONE:
        return "false"
    if value.item is not None:
        test = f"len({value.sql}) > 0"
    else:
        none = {TEXT: "''", BOOLEAN: "false"}.get(value.type, "0")
        test = value.sql if value.type == BOOLEAN else f"{value.sql} <> {none}"
    return f"coalesce({test}, false)" if value.nullable else f"({test})"


def is_none(value: Value) -> str:
    """SQL of `value is none`."""
    if value.type == NONE:
        return "true"
    return f"({value.sql} IS NULL)" if value.nullable else "false"


def equal(one: Value, other: Value) -> str | None:
    """SQL of `one == other`; None for what SQL and Python may see otherwise."""
    if NONE in (one.type, other.type):
        return is_none(other if one.type == NONE else one)
    if one.type != other.type or one.item is not None:
        return None
    same = f"{one.sql} = {other.sql}"
    if one.type == FLOAT:
        same += f" AND NOT isnan({one.sql})"
    if not one.nullable and not other.nullable:
        return f"({same})"
    return f"coalesce({same}, {one.sql} IS NULL AND {other.sql} IS NULL)"


def common_type(one: Value, other: Value) -> str | None:
    """The type of what is one of the two; None if SQL has none for both."""
    if one.type == other.type or other.type == NONE:
        return one.type
    return other.type if one.type == NONE else None


def either(condition: str, one: Value, other: Value) -> Value | None:
    """One of two values, as a condition tells; None if they are of two types."""
    type = common_type(one, other)
    if type is None:
        return None
    if one == other:
        return one
    sql = f"CASE WHEN {condition} THEN {one.sql} ELSE {other.sql} END"
    nullable = one.nullable or other.nullable or NONE in (one.type, other.type)
    return Value(sql, type, nullable)
