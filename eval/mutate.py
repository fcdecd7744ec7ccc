"""Ways to damage a sentence whose right outcome is known: it no longer says what its source says.

Each takes a sentence and returns it damaged, or None where there is nothing of its kind in it.
"""

from __future__ import annotations

import random
import re

from rag.text import terms

_FIGURE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_NEGATED = re.compile(
    r"\b(?:(was|were|is|are|did|does|do|has|have|had|can|could|may|might|should|would|will) not|(no)) ",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(was|were|is|are|has|have|had|can|could|may|might|should|would|will)\b(?! not\b)", re.IGNORECASE
)
_SWAPS = (
    ("women", "men"), ("men", "women"), ("adults", "children"), ("children", "older adults"),
    ("infants", "adults"), ("adolescents", "older adults"), ("patients", "healthy volunteers"),
    ("people", "rats"), ("participants", "rats"), ("smokers", "people who never smoked"),
)  # fmt: skip


def digit(sentence: str, rng: random.Random) -> str | None:
    """Change one digit of one figure; never the leading digit to 0."""
    figures = list(_FIGURE.finditer(sentence))
    if not figures:
        return None
    figure = rng.choice(figures)
    places = [place for place in range(*figure.span()) if sentence[place].isdigit()]
    place = rng.choice(places)
    other = rng.choice([one for one in "123456789" if one != sentence[place]])
    return sentence[:place] + other + sentence[place + 1 :]


def negation(sentence: str) -> str | None:
    """Take a negation out, or put one in after the first auxiliary verb."""
    negated = _NEGATED.search(sentence)
    if negated:
        instead = f"{negated[1]} " if negated[1] else "a "
        return sentence[: negated.start()] + instead + sentence[negated.end() :]
    verb = _VERB.search(sentence)
    return f"{sentence[: verb.end()]} not{sentence[verb.end() :]}" if verb else None


def population(sentence: str) -> str | None:
    """Say it of other people."""
    for one, other in _SWAPS:
        pattern = re.compile(rf"\b{one}\b", re.IGNORECASE)
        if pattern.search(sentence):
            return pattern.sub(other, sentence)
    return None


def twin(sentence: str) -> str | None:
    """Say it of the disease that shares the abbreviation, or the look, of the one it is said of."""
    for name in terms.mentioned(sentence):
        concept = terms.concepts()[name]
        if concept.kind != "condition" or not concept.twins:
            continue
        for spelling in sorted(concept.names, key=len, reverse=True):
            pattern = re.compile(rf"\b{re.escape(spelling)}\b", re.IGNORECASE)
            if pattern.search(sentence):
                return pattern.sub(concept.twins[0], sentence)
    return None
