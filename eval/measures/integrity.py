"""Citation integrity: faults of an answer record that code alone can find.

Each measure gives one value a unit, 1 for a fault and 0 for none; the target is 0 everywhere. A value is None
where the unit cannot be judged, e.g. because the text of its article is not at hand: such units are counted
apart. Records are those of ``rag ask --format json``, or other people's answers read into that form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from rag.text.markers import markers, strip_markers
from rag.text.quantities import quantities, unmatched

Answer = Mapping[str, Any]

Texts = Callable[[str], str | None]
"""The text of an article by its id, title and sections one a line; None if it is not at hand."""


def dangling(answer: Answer) -> list[float]:
    """For each use of a number, in the verdict or in a statement: 1 if no reference has it."""
    listed = {reference["n"] for reference in answer["references"]}
    return [float(n not in listed) for n in _uses(answer)]


def orphan(answer: Answer) -> list[float]:
    """For each reference: 1 if nothing in the answer cites it."""
    used = set(_uses(answer))
    return [float(reference["n"] not in used) for reference in answer["references"]]


def duplicate(answer: Answer) -> list[float]:
    """For each reference: 1 if its number or its article already stands higher in the list."""
    faults, numbers, articles = [], set(), set()
    for reference in answer["references"]:
        faults.append(float(reference["n"] in numbers or reference["article"] in articles))
        numbers.add(reference["n"])
        articles.add(reference["article"])
    return faults


def disorder(answer: Answer) -> list[float]:
    """For each number but the first, in order of first use: 1 if it is lower than the one before."""
    first_uses = list(dict.fromkeys(_uses(answer)))
    return [float(n < before) for before, n in pairwise(first_uses)]


def invented(answer: Answer, known: Callable[[str], bool]) -> list[float]:
    """For each reference: 1 if its article is in none of the corpora that were searched."""
    return [float(not known(reference["article"])) for reference in answer["references"]]


def uncited(answer: Answer) -> list[float]:
    """For each statement: 1 if it cites nothing."""
    return [float(not statement["citations"]) for statement in answer["statements"]]


def misquoted(answer: Answer, texts: Texts) -> list[float | None]:
    """For each quote: 1 if it does not stand word for word in the article it is taken from."""
    faults: list[float | None] = []
    for statement in answer["statements"]:
        for citation in statement["citations"]:
            if citation["quote"]:
                text = texts(citation["article"])
                faults.append(None if text is None else float(citation["quote"] not in text))
    return faults


def foreign_figures(answer: Answer, texts: Texts = lambda article: None) -> list[float | None]:
    """For each figure of a statement: 1 if it stands in none of the quotes that the statement cites.

    Values and units are compared after normalisation (``rag.text.quantities``). Where a citation has no
    quote, the text of its article takes its place; where that is not at hand either, the figures that the
    other citations do not hold cannot be judged.
    """
    faults: list[float | None] = []
    for statement in answer["statements"]:
        premises = [citation["quote"] or texts(citation["article"]) for citation in statement["citations"]]
        text = strip_markers(statement["text"])
        lost = len(unmatched(text, [premise for premise in premises if premise]))
        found = len(quantities(text)) - lost
        faults += [0.0] * found + [None if None in premises else 1.0] * lost
    return faults


def _uses(answer: Answer) -> list[int]:
    """Every number that is used, in reading order; those of one statement count once each."""
    uses = _numbers(answer["verdict"]["text"], answer["verdict"]["citations"])
    for statement in answer["statements"]:
        uses += _numbers(statement["text"], [citation["n"] for citation in statement["citations"]])
    return uses


def _numbers(text: str, cited: list[int]) -> list[int]:
    shown = [n for marker in markers(text) for n in marker.numbers]
    return list(dict.fromkeys([*shown, *cited]))
