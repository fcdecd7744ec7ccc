"""From a statement that joins several facts to its claims, each a sentence that can be checked alone.

Splitting is conservative: a claim that lost the population, comparator, time or caution of its statement
would be easier to support than the statement. So a statement is split only between two clauses that each
have a finite verb, and stays whole where anything may belong to both. No word is added but those of the
shared subject and of a phrase that leads in, which are repeated. (Atomic facts: Min et al. 2023, FActScore;
here by rules, since a model that splits may also invent.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rag.records import Citation
from rag.text import words

PART = "States this part: "
"""Begins the note of a citation that bears out one part of its statement only."""

_JOINT = re.compile(r";\s+(?:and\s+|but\s+|whereas\s+)?|,?\s+(?:whereas|but|and)\s+")
_BRACKET = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_FINITE = _set(
    """was were is are had has did does fell rose grew began showed may might could can cannot would will"""
)
"""Verbs that are nothing else."""
_LEXICAL = _set(
    """lowered reduced decreased increased raised improved worsened shortened prolonged lowers reduces
    improves worsens shortens prolongs"""
)
"""Verbs that tell a result; some can be adjectives (*reduced intake*)."""
_MAKES_ADJECTIVE = _set(
    """a an the with without of in for by from to on at no less more and or than as had has was were is are
    be been being"""
)
_NEITHER = re.compile(
    r"""\b(?:that|which|who|whom|whose|whether|if|when|where|while|because|since|unless|until|although|though
    |despite|so|respectively|both|either|neither|nor|between|only|not\ only|combined|together)\b
    |["“”:?]""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words after which a part may depend on the other, and quotations, which are never cut."""
_POINTS_BACK = re.compile(
    r"(?:it|its|this|that|these|those|they|their|them|he|she|ones?|others?|there|such|none|all|each"
    r"|the\s+(?:former|latter|others?|same|two))\b",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(r"(?:\s*\b(?:not|so|too|also|either)\b)*\W*", re.IGNORECASE)
"""What follows the verb of a clause that leaves out what was said before it: placebo did not."""
_COUNTS = re.compile(
    r"\d|\b(?:no|none|few|fewer|half|most|some|many|several|all|each|every|any|one|two|three|there|it|we)\b",
    re.IGNORECASE,
)
"""Subjects of which two things are true together, and maybe not apart: half of them were ill and had pain."""
_LEADS_IN = re.compile(
    r"(?:In|Among|For|After|During|Before|At|Within|Over|With|Without|Compared with|Under)\s[^,;]+,\s"
)
_SCOPES = (
    re.compile(r"\b(?:compared|versus|vs|than|relative to)\b", re.IGNORECASE),
    re.compile(
        r"\b(?:after|before|during|within|until|at|over|for|by|in)\s+(?:[\w.]+[\s-]+){0,3}?"
        r"(?:weeks?|months?|years?|days?|hours?|minutes?|baseline|follow-?up|treatment)\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:in|among|for|of)\s+(?:\w+\s+){0,3}?(?:patients|people|those|participants|subjects)\b"),
)
"""What a claim is said of: a comparator, a time, people."""


def claims(statement: str) -> tuple[str, ...]:
    """Split a statement into its claims; when unsure it stays whole.

    Args:
        statement: one sentence without citation markers.

    Returns:
        The claims in order, or the statement alone. Every figure of the statement is in one of them.
    """
    whole = (statement,)
    if _NEITHER.search(statement):
        return whole
    lead = match[0] if (match := _LEADS_IN.match(statement)) else ""
    stop = "." if statement.rstrip().endswith(".") else ""
    body = statement[len(lead) :].rstrip().removesuffix(".")
    parts = tuple(_parts(body))
    return tuple(f"{lead}{part}{stop}" for part in parts) if len(parts) > 1 and _alike(parts) else whole


S = TypeVar("S")
B = TypeVar("B")


def jointly(statement: str, sources: Sequence[S], bears: Callable[[str, S], B | None]) -> list[B]:
    """What bears a statement out part by part, where no source states the whole.

    Args:
        statement: one sentence without citation markers.
        sources: what it cites.
        bears: what a source does for a part; None if it does not support it.

    Returns:
        For each part what each source that supports it gives; nothing if the statement cannot be split, or
        if one part has no support.
    """
    parts, found = claims(statement), list[B]()
    for part in parts if len(parts) > 1 else ():
        bearing = [one for one in (bears(part, source) for source in sources) if one is not None]
        if not bearing:
            return []
        found += bearing
    return found


def parts_of(citation: Citation) -> tuple[str, ...]:
    """The parts of its statement that a citation bears out; none if it bears out the whole."""
    return tuple(note.removeprefix(PART) for note in citation.notes if note.startswith(PART))


def stated(statement: str, citations: Sequence[Citation]) -> tuple[str, ...]:
    """What some of its citations leave of a statement: itself, or those of its parts that they bear out."""
    parts = [parts_of(one) for one in citations]
    told = {part for each in parts for part in each}
    whole = claims(statement)
    if not all(parts) or told >= set(whole):
        return (statement,)
    return tuple(part for part in whole if part in told)


def _parts(text: str) -> Iterator[str]:
    """Split off the first clause that can stand alone, and go on with the rest."""
    masked = _BRACKET.sub(lambda match: "x" * len(match[0]), text)
    for joint in _JOINT.finditer(masked):
        left, right = text[: joint.start()], text[joint.end() :]
        verb = _verb(masked[: joint.start()])
        if verb is None or re.search(r",\s*\S+$", left):  # the comma of a list: A, B and C
            continue
        rest = _clause(masked[joint.end() :], right, left, verb)
        if rest is not None:
            yield left
            yield from _parts(rest)
            return
    yield text


def _clause(masked: str, right: str, left: str, verb: re.Match[str]) -> str | None:
    """What stands right of a joint as a clause with a subject, that of the left one if it has none."""
    found = _verb(masked)
    if found is None or _POINTS_BACK.match(right) or _LEFT_OUT.fullmatch(masked[found.end() :]):
        return None
    if masked[: found.start()].strip():
        return right
    subject = left[: verb.start()]
    lexical = found[0].lower() in _LEXICAL
    if _COUNTS.search(subject) or (lexical and verb[0].lower() not in _LEXICAL):
        return None
    return f"{subject}{right}"


def _verb(clause: str) -> re.Match[str] | None:
    """The first finite verb of a clause; one that may be an adjective only where it can hardly be one."""
    before = ""
    for word in re.finditer(r"[^\W\d_]+", clause):
        told = word[0].lower()
        if told in _FINITE or (told in _LEXICAL and before not in _MAKES_ADJECTIVE):
            return word
        before = told if not told.endswith("ly") else before
    return None


def _alike(parts: tuple[str, ...]) -> bool:
    """Whether every part names what another is said of: people, comparator, time, or none does."""
    people = {_people(part) for part in parts}
    scopes = ({bool(scope.search(part)) for part in parts} for scope in _SCOPES)
    return len(people) == 1 and all(len(each) == 1 for each in scopes)


def _people(part: str) -> tuple[bool, bool]:
    """Whether a part names people at all, and whether it says which: "patients" are any."""
    named = words.populations(part)
    return bool(named), bool(named.keys() - {"species"})
