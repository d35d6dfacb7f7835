"""A Jinja2 template becomes one SQL expression, so that DuckDB writes documents by the million.

    text, variables, filters    concat(...)
    if                          CASE
    for over a list             list_transform
    set, macro                  put in where they are used

The bytes are those of Jinja2 itself. Where that cannot be promised for all values, such as
`upper` of a letter whose capital the two have otherwise, or where Jinja2 would raise an error, the
expression is NULL, and the row is Jinja2's to say. What cannot be compiled at all raises
`NotCompiled`, with line and reason.
"""

from verbalize.compile.expressions import Compiled, NotCompiled
from verbalize.compile.statements import compile_template
from verbalize.compile.values import BOOLEAN, FLOAT, INTEGER, TEXT, Value, list_of

__all__ = [
    "BOOLEAN",
    "FLOAT",
    "INTEGER",
    "TEXT",
    "Compiled",
    "NotCompiled",
    "Value",
    "compile_template",
    "list_of",
]
