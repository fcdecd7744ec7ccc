"""The answer for its reader: the same claims, citations and checks; words that differ, and words explained.

For ``plain``, a language model may reword statements claim by claim. A rewording is as little trusted as a
draft: it must keep figures, denials, doubts, people and names, and is checked again against the quotes that
the statement cites; otherwise the checked wording stands. Without a model nothing is reworded, since rules
cannot do so honestly; the words are explained. For ``trainee``, the reasons of the grade are told as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field

from rag.answering.cite import cited_sentences
from rag.answering.claims import parts_of
from rag.answering.compose import Body
from rag.answering.gate import Checker, malformed
from rag.answering.generate import read_reply
from rag.answering.verify import quoted, supported
from rag.errors import LLMUnavailable
from rag.records import (
    Article,
    Audience,
    Certainty,
    Complete,
    Notice,
    Section,
    Source,
    Statement,
)
from rag.resources import prompt
from rag.text.advice import advice
from rag.text.glossary import everyday, explained
from rag.text.injection import fenced, orders, visible
from rag.text.markers import add_markers, strip_markers
from rag.text.rewording import changed


class _Plain(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str = Field(max_length=20)
    text: str = Field(max_length=1_000)


class _Reworded(BaseModel):
    model_config = ConfigDict(extra="ignore")
    statements: list[_Plain] = Field(max_length=60)


@dataclass(frozen=True, slots=True)
class Addressed:
    """The body of an answer as its audience reads it, who reworded it, and what that cost."""

    body: Body
    worded_by: str | None = None
    tokens: int = 0
    prompts: tuple[str, ...] = ()


def address(
    body: Body, audience: Audience, sources: Sequence[Source], check: Checker, complete: Complete | None
) -> Addressed:
    """Put the body of an answer before its audience.

    Args:
        body: checked and numbered; its quotes, citations, verdict and references stay as they are.
        audience: who reads it.
        sources: those that are cited.
        check: the claim checker.
        complete: a language model that rewords statements for ``plain``; None for rules alone.
    """
    if audience == "clinician" or not body.statements:
        return Addressed(body)
    if audience == "trainee":
        told = [*_sum(body.certainty), *_designs(body, sources), *_definitions(body, "trainee")]
        return Addressed(replace(body, notices=(*body.notices, *told)))
    worded = _Wording(body.statements)
    if complete is not None:
        articles = {one.found.article.id: one.found.article for one in sources}
        worded = _reworded(body.statements, articles, check, complete)
    told = [Notice("plain", worded.told), *_definitions(body, "plain")]
    plain = replace(body, statements=worded.statements, notices=(*body.notices, *told))
    if complete is None or not worded.count:
        return Addressed(plain, tokens=worded.tokens)
    return Addressed(plain, complete.name, worded.tokens, ("plain",))


# --- Reasons and definitions ----------------------------------------------------------------------


def _definitions(body: Body, reader: Audience) -> Iterator[Notice]:
    assert reader != "clinician"
    texts = [
        body.verdict.text,
        *(one.text for one in body.statements),
        *(each.quote for one in body.statements for each in one.citations),
        *(one.design for one in body.references),
        *(one.name for one in body.certainty.domains if one.change),
    ]
    for line in explained(texts, reader):
        yield Notice("definition", line)


def _sum(certainty: Certainty) -> Iterator[Notice]:
    """The domains as the sum that they are."""
    steps = [f"{one.name} \u2212{-one.change}" for one in certainty.domains if one.change < 0]
    start = next((one.reason for one in certainty.domains if one.name == "starting point"), "")
    if start:
        level = certainty.level.replace("_", " ")
        yield Notice("reason", f"{start} {'; '.join(steps) or 'Nothing is taken away'}. This makes {level}.")


def _designs(body: Body, sources: Sequence[Source]) -> Iterator[Notice]:
    """Why each source has its design and its level."""
    known = {one.found.article.id: one.design for one in sources}
    for one in body.references:
        design = known[one.article]
        level = f"level {design.level} of 5 for this type of question" if design.level else "no level"
        text = f"Reference {one.n}: {design.name}, read from {design.reason}; {level} (OCEBM 2011)."
        yield Notice("reason", text)


# --- Plain words ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wording:
    """The statements as worded, and how many of them a model reworded."""

    statements: tuple[Statement, ...]
    told: str = "No language model reworded the statements; words are explained instead."
    count: int = 0
    tokens: int = 0


def _reworded(
    statements: Sequence[Statement], articles: Mapping[str, Article], check: Checker, complete: Complete
) -> _Wording:
    """Ask once for plain words for every statement; each that passes takes the place of its statement."""
    kept = tuple(statements)
    names = {f"p{i}": i - 1 for i in range(1, len(kept) + 1) if not _joint(kept[i - 1])}
    told = {name: quoted(strip_markers(kept[place].text)) for name, place in names.items()}
    if not told:
        return _Wording(kept, "Each statement rests on several quotes and keeps its checked wording.")
    blocks = [f"BEGIN STATEMENT {name}\n{fenced(text)}\nEND STATEMENT {name}" for name, text in told.items()]
    pairs = {k: each for text in told.values() for k, each in everyday(text).items()}
    words = "; ".join(f"{' or '.join(plain)} for {medical}" for medical, plain in pairs.items())
    try:
        reply = complete(prompt("plain", statements="\n\n".join(blocks), words=words or "none"))
        rewordings = read_reply(reply.text, _Reworded).statements
    except LLMUnavailable as error:
        return _Wording(kept, f"{error} The statements keep their checked wording.")
    once = Counter(one.id for one in rewordings)
    passed = {
        names[one.id]: worded
        for one in rewordings
        if one.id in names
        and once[one.id] == 1
        and (worded := _accepted(kept[names[one.id]], told[one.id], one.text, articles, check)) is not None
    }
    text = (
        f"{len(passed)} of {len(kept)} statements were put in plain words by a language model and checked "
        "again; the others keep their checked wording."
    )
    wordings = tuple(passed.get(place, one) for place, one in enumerate(kept))
    return _Wording(wordings, text, len(passed), reply.tokens)


def _joint(statement: Statement) -> bool:
    """Whether the parts of a statement rest on different quotes: none of these bears the whole out."""
    return any(parts_of(each) for each in statement.citations)


def _accepted(
    statement: Statement, before: str, after: str, articles: Mapping[str, Article], check: Checker
) -> Statement | None:
    """The statement in other words, if they say the same and each article that it cites bears them out."""
    cut = cited_sentences(after)
    if len(cut) != 1 or cut[0].faults:
        return None
    text, numbers = cut[0].text, list(dict.fromkeys(each.n for each in statement.citations))
    if (
        not set(cut[0].numbers) <= set(numbers)
        or text == before
        or visible(text) != text
        or any(mark in text for mark in '"“”')
        or malformed(text)
        or orders(text)
        or advice(text)
        or changed(before, text)
    ):
        return None
    cited = {each.n: articles[each.article] for each in statement.citations}
    scores = {n: _score(statement, n, text, check) for n in numbers}
    if not all(scores.values()) or not all(supported(check(text, one)) for one in cited.values()):
        return None
    first = f"in plain words; first written as: {before}"
    citations = tuple(
        replace(each, score=scores[each.n], notes=(*each.notes, first) if i == 0 else each.notes)
        for i, each in enumerate(statement.citations)
    )
    return replace(statement, text=add_markers(text, numbers), citations=citations)


def _score(statement: Statement, n: int, text: str, check: Checker) -> float:
    """The probability that the quotes from article ``n`` alone support a wording; 0 if they do not."""
    quotes = [each for each in statement.citations if each.n == n]
    sections = tuple(Section(each.source_section, each.quote) for each in quotes)
    found = check(text, Article(quotes[0].article, "", sections))
    return round(found[0].verdict.score, 4) if supported(found) else 0.0
