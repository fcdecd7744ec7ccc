"""Sentences that tell what others found: a source is no witness of what it reports second-hand."""

from __future__ import annotations

import re

_WORK = (
    r"(?:stud(?:y|ies)|trials?|reports?|reviews?|meta-analys[ei]s|research|literature|evidence|investigat(?:ions?|ors?)"
    r"|publications?|authors|researchers)"
)
_TOLD = (
    r"(?:reported|found|shown?|showed|suggest(?:s|ed)?|demonstrate[sd]?|indicate[sd]?|observed|described|concluded"
    r"|proposed|linked|associated|documented|identified|proven|implicated)"
)
_SIGNS = (
    r"\b[A-Z][\w'’-]+ (?:et al\b\.?|and (?:colleagues|co-?workers|associates)\b)",
    r"\b(?:previous|prior|earlier|past|recent|another|several|many|numerous|published|existing|accumulating"
    r"|emerging|growing|observational|epidemiological|animal|preclinical) "
    rf"(?:[a-z-]+ )?{_WORK}\b[^.;,]{{0,40}}? {_TOLD}\b",
    rf"\bha(?:s|ve) (?:previously |recently |long )?been {_TOLD}\b",
    rf"\b(?:previously|elsewhere) {_TOLD} (?:that|to|by|in)\b",
    r"\b(?:is|are) (?:widely |generally |commonly )?(?:thought|believed|considered|assumed) to\b",
    r"[a-z] ?\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\](?=[.;,]|$)",
)
_SECOND_HAND = re.compile("|".join(f"(?:{sign})" for sign in _SIGNS))
_OWN = re.compile(
    r"\b(?:we|our|ours)\b|\b(?:this|the present|the current|the included|included|eligible) (?:[a-z-]+ )?"
    rf"{_WORK}\b|\bthan (?:\w+ )?(?:ha[sd]|have|previous|those|reported)\b|\b[Nn]o (?:\w+ )?{_WORK}\b",
    re.IGNORECASE,
)


def second_hand(sentence: str) -> str:
    """The words by which a sentence tells of others' work, or "" where it tells of its own.

    A review's account of the studies that it included ("included trials showed") is its own finding, and so
    is what a sentence tells beside the work of others ("we confirm what previous studies found").
    """
    found = _SECOND_HAND.search(sentence)
    return found[0] if found and not _OWN.search(sentence) else ""
