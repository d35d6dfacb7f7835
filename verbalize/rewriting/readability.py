"""How hard a text is to read."""

from collections.abc import Sequence

from verbalize.rewriting.checking import spaced, words


def readability(sentences: Sequence[str], language: str) -> float | None:
    """Automated readability index: about the American school year that the text asks for (Smith
    and Senter 1967, AMRL-TR-66-220). It needs words and letters only, so it also orders texts of
    other languages with spaces; None for the others."""
    found = [word for sentence in sentences for word in words(sentence, language)]
    if not spaced(language) or not found:
        return None
    letters = sum(map(len, found))
    return round(4.71 * letters / len(found) + 0.5 * len(found) / len(sentences) - 21.43, 2)
