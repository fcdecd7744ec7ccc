"""The question as a language model reads it, held to what the rules read and to the words that were typed.

The rules read every question first. Of a model's reading its wording is taken if it asks the same, an element
if it stands in the question so, a type that the words of the question bear out, and a meaning of an
abbreviation as ``question.understand`` allows; the rest stays as the rules have it, and the reader is told.
Hazards and identifying text are looked for before a model sees anything, by rules alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rag.answering.generate import read_reply
from rag.answering.question import is_polar, known_readings, suggestions, understand
from rag.errors import LLMUnavailable, UnsupportedOutput
from rag.records import Complete, Notice, Pico, Question, QuestionType
from rag.resources import prompt
from rag.text import pico
from rag.text.injection import fenced, orders, visible
from rag.text.language import language
from rag.text.rewording import ELEMENTS, asks_the_same, keeps_roles

LONGEST = 400
"""Characters of a question that a model may write."""

_Words = Annotated[str, Field(max_length=LONGEST)]


class _Meaning(BaseModel):
    model_config = ConfigDict(extra="ignore")
    abbreviation: str = Field(max_length=20)
    meaning: str = Field(max_length=100)


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")
    question: str = Field(min_length=1, max_length=LONGEST)
    type: QuestionType
    population: _Words = ""
    intervention: _Words = ""
    comparator: _Words = ""
    outcome: _Words = ""
    abbreviations: list[_Meaning] = Field(default=[], max_length=20)


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A question as understood; ``by_model``: something of a model's reading was taken."""

    question: Question
    notices: tuple[Notice, ...] = ()
    tokens: int = 0
    by_model: bool = False


def interpret(asked: str, complete: Complete) -> Interpreted:
    """Read a question with a language model.

    Args:
        asked: the question as asked, free of identifying text and of hazards that stop it.
        complete: the language model.

    Returns:
        The same record as the rules make, with what was taken of the model's reading among its assumptions
        and what was not in a notice. The rules' own where the model gives no usable reply twice, and for a
        question in another language: of a translation nothing could be checked.
    """
    ruled = understand(asked)
    if language(asked):
        return Interpreted(ruled)
    told, tokens, fault = _reply(asked, complete)
    if told is None:
        return Interpreted(ruled, (Notice("question", f"{fault} The question was read by rules."),), tokens)
    meant = understand(asked, {one.abbreviation: one.meaning for one in told.abbreviations})
    read, refused = _bounded(told, meant)
    taken = [name for name, one, other in _parts(ruled, read) if one != other]
    if taken:
        assumption = f"Read by a language model: {', '.join(taken)}."
        read = replace(read, assumptions=(*read.assumptions, assumption))
    notices: tuple[Notice, ...] = ()
    if refused:
        text = (
            f"Not taken of the language model's reading: {', '.join(refused)}. The question does not say so."
        )
        notices = (Notice("question", text),)
    return Interpreted(read, notices, tokens, bool(taken))


def _reply(asked: str, complete: Complete) -> tuple[_Read | None, int, str]:
    """What the model said, what it cost, and why that is of no use; a wrong form is sent back once."""
    known = "; ".join(f"{short}: {' or '.join(each)}" for short, each in known_readings(asked).items())
    tokens, repair, fault = 0, "", ""
    for _ in range(2):
        try:
            reply = complete(
                prompt("question", question=fenced(asked), readings=known or "none", repair=repair)
            )
            tokens += reply.tokens
            return read_reply(reply.text, _Read), tokens, ""
        except UnsupportedOutput as error:
            fault = str(error)
            repair = f"Your reply before was of no use: {fault} Send the JSON object alone, whole."
        except LLMUnavailable as error:
            return None, tokens, str(error)
    return None, tokens, fault


def _parts(one: Question, other: Question) -> list[tuple[str, object, object]]:
    """The parts of two readings side by side, by name."""
    return [
        ("wording", one.understood, other.understood),
        ("type", one.type, other.type),
        *((name, getattr(one.pico, name), getattr(other.pico, name)) for name in ELEMENTS),
        ("abbreviations", one.expansions, other.expansions),
    ]


def _bounded(told: _Read, meant: Question) -> tuple[Question, list[str]]:
    """The rules' reading with what may be taken of a model's, and the names of what may not."""
    readings = {one.abbreviation: one.meaning for one in told.abbreviations}
    worded = understand(told.question, readings).understood
    read, refused = meant, list[str]()
    if _asks_the_same(told.question, worded, meant):
        read = replace(read, understood=worded)
    else:
        refused.append("wording")
    elements = _elements(told, meant, read.understood)
    if elements is None:
        refused.append("elements")
    else:
        read = replace(read, pico=elements)
    if told.type in (meant.type, *pico.types(read.understood), *_treatment(read)):
        read = replace(read, type=told.type)
    else:
        refused.append("type")
    return read, refused


def _treatment(read: Question) -> tuple[QuestionType, ...]:
    """What a question may be of where the rules cannot tell: of a treatment that it names."""
    return ("therapy",) if read.type == "other" and read.pico.intervention else ()


def _asks_the_same(reply: str, worded: str, meant: Question) -> bool:
    topic = bool(suggestions(meant))
    polar = pico.is_polar(worded)
    return (
        orders(reply) is None
        and visible(reply) == reply
        and worded.endswith("?")
        and (topic or polar == is_polar(meant))
        and asks_the_same(meant.understood, worded)
    )


def _elements(told: _Read, meant: Question, understood: str) -> Pico | None:
    """The elements as the model reads them, where it names none as the rules do; None if they cannot be."""
    found = {}
    for name in ELEMENTS:
        words = getattr(told, name).strip(" .?\"'")
        place = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", understood, re.IGNORECASE)
        if words and place is None:
            return None
        found[name] = place[0] if words and place else getattr(meant.pico, name)
    elements = Pico(**found)
    named = [each for each in found.values() if each]
    return elements if len(set(named)) == len(named) and keeps_roles(meant.pico, elements) else None
