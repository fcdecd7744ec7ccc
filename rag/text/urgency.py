"""Conditions in which minutes or hours count, where a question is about people who may have them."""

from __future__ import annotations

import re

from rag.text import terms

_NAMED = r"(?:(?!(?:of|from|in|to|among|during|with|by|on|or|and|than|when|for|at)\b)[\w'-]+\s*){1,6}"
_WHOLE = r"(?:the\s+|any\s+|new\s+)?(?:(?:risk|incidence|development|onset|occurrence)\s+of\s+)?"
_AVERTED = re.compile(
    r"\b(?:prevent(?:s|ed|ing|ative|ive)?|prevention\s+(?:of|for|against)|prophyla\w+\s+(?:of|for|against)"
    r"|protect(?:s|ive|ing|ion)?\s+(?:against|from)|avert(?:s|ing)?|vaccin\w+\s+against"
    r"|(?:reduc|lower|decreas|increas|rais)\w*\s+(?:the\s+)?(?:\w+\s+)?"
    r"(?:risk|incidence|odds|rate)s?\s+(?:of|for)"
    rf"|risk\s+(?:of|for)|risk\s+factors?\s+(?:of|for)|(?:incidence|prevalence)\s+of)"
    rf"\s+{_WHOLE}(?P<what>{_NAMED})",
    re.IGNORECASE,
)
"""A condition that people do not have yet: "preventing pre-eclampsia", "risk of stroke"."""
_SOUGHT = re.compile(rf"\bscreen\w*\s+(?:\w+\s+){{0,3}}?for\s+{_WHOLE}(?P<what>{_NAMED})", re.IGNORECASE)
_WELL = re.compile(r"\b(?:asymptomatic|healthy|pregnan\w+|general\s+population|trimester)\b", re.IGNORECASE)
"""People in whom a condition is looked for before they are ill; elsewhere a screen may mean suspicion."""
_IN_CARE = re.compile(
    r"\b(?:after|following|(?:peri|post|intra)-?operat\w+|surg\w+|operat\w+|repair|acute(?:ly)?|suspected"
    r"|emergency|critical\w*|intensive|hospitali[sz]ed|recurren\w+"
    r"|recurs?|second(?:ary)?|another|again|relaps\w+)\b",
    re.IGNORECASE,
)
"""People who are ill already, in whom the condition may come at once."""
_SOMEONE = re.compile(r"\b(?:my|me|myself|I|I['’](?:m|ve)|he|she|his|her|now)\b", re.IGNORECASE)
"""One person, who may be ill as the question is asked."""


def urgent(text: str) -> list[str]:
    """Names of the time-critical conditions that ``text`` is about.

    A question on how to prevent a condition or on its risk is about people who do not have it, unless it
    speaks of one person, or of people in care for something acute; in doubt the condition counts. A condition
    that is named itself is not given again as the wider one that takes it in.
    """
    if not (_IN_CARE.search(text) or _SOMEONE.search(text)):
        text = _AVERTED.sub(_without, text)
        text = _SOUGHT.sub(_without, text) if _WELL.search(text) else text
    where = terms.positions(terms.stems(text))
    every = terms.named(where, members=True)
    own = {name: places for name, places in terms.named(where).items() if terms.concepts()[name].urgent}
    named_closer = {place for places in own.values() for place in places}
    return [
        name
        for name, places in every.items()
        if terms.concepts()[name].urgent
        and any(
            place in own.get(name, ()) or place not in named_closer
            for place in terms.outermost(name, places, every)
        )
    ]


def _without(match: re.Match[str]) -> str:
    return match[0][: match.start("what") - match.start()]
