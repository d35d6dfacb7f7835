"""Documents said anew by a language model, kept only where they are as true as before.

The model gets the sentences of a document as numbered statements and says which of them each of
its sentences says, so that a rewritten sentence has evidence as any other. What it says is read
again (`checking`), then judged by entailment (`entailment`); what fails is kept apart with the
reason. docs/rewriting.md.
"""

from verbalize.rewriting.publishing import remove
from verbalize.rewriting.rewriting import FORMS, LENGTHS, Wish, rewrite

__all__ = ["FORMS", "LENGTHS", "Wish", "remove", "rewrite"]
