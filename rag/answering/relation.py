"""What a source that did not study exactly what was asked shares with the question, by its screening."""

from __future__ import annotations

from typing import Literal

from rag.answering.screen import LEAST_ELEMENT, LITTLE, OFF_THE_QUESTION, REVERSED
from rag.answering.select import other_treatment, role
from rag.records import Question, Source
from rag.text import terms

_Element = Literal["population", "intervention", "outcome"]

_OFF = frozenset({OFF_THE_QUESTION, LITTLE})
_SUBJECTS = frozenset({"condition", "treatment", "test", "event"})


def _asked(question: Question) -> dict[_Element, str]:
    """The elements that the question names, in its own words."""
    pico = question.pico
    elements: dict[_Element, str] = {
        "intervention": pico.intervention,
        "population": pico.population,
        "outcome": pico.outcome,
    }
    return {name: words for name, words in elements.items() if words}


def _shared(question: Question, source: Source) -> dict[_Element, str]:
    """The elements of the question that no reason of a source's screening denies."""
    reasons = source.screening.because
    denied = {reason.partition(":")[0] for reason in reasons}
    if any(reason.endswith(REVERSED) for reason in reasons):
        denied.add("intervention")
    return {name: words for name, words in _asked(question).items() if name not in denied}


def names(element: str, text: str) -> bool:
    """Whether a text names an element: its condition, else its treatment, else most of its rare words."""
    concepts = terms.concepts()
    wanted = {name for name in terms.mentioned(element) if concepts[name].kind in _SUBJECTS}
    wanted = {name for name in wanted if concepts[name].kind == "condition"} or wanted
    where = terms.positions(terms.stems(text))
    if wanted:
        return not wanted.isdisjoint(terms.named(where, members=True))
    rare = dict.fromkeys(terms.stems(element))
    return terms.weight(stem for stem in rare if stem in where) >= LEAST_ELEMENT * terms.weight(rare) > 0


def tells_of_what_is_shared(question: Question, source: Source, sentence: str) -> bool:
    """Whether a sentence of an indirect source bears on the question through what both are about.

    They must share the intervention, or both the population and the outcome, and the sentence must name that;
    where the source was on the question's subjects and told something else, it must name them all.
    """
    common = _shared(question, source)
    if not _OFF.isdisjoint(source.screening.because):
        return bool(common) and all(names(words, sentence) for words in common.values())
    if "intervention" in common:
        return names(common["intervention"], sentence)
    people = {"population", "outcome"} <= set(common)
    return people and all(names(words, sentence) for words in common.values())


def alternative_to(question: Question, source: Source) -> str:
    """The treatment that a source studied in place of the one asked about; empty if it is no alternative.

    The question must be one about treatment, what was studied instead a treatment that the title of the
    article, where it has one, names, and the design one that can tell what a treatment did.
    """
    design = source.design
    if design.body == "mechanism" or (design.level is None and design.body != "opinion"):
        return ""
    treatment = other_treatment(source)
    known = terms.concepts().get(treatment)
    if question.type != "therapy" or role(source) != "alternative":
        return ""
    if known is None or known.kind != "treatment":
        return ""
    title = source.found.article.title
    return treatment if not title or names(treatment, title) else ""


def condition(question: Question) -> str:
    """The words of the question that say what is to be treated or prevented; empty if it names nothing."""
    among = [words for name, words in _asked(question).items() if name != "intervention"]
    kinds = ((words, terms.kinds(words)) for words in among)
    return next((words for words, found in kinds if "condition" in found), among[0] if among else "")
