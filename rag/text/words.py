"""Small closed vocabularies of clinical English: direction, negation, certainty, cause, population.

Each function says which cues a text holds; none understands it. They are used to find where a statement and
its source part ways, so a cue that is rare or ambiguous is better left out. Words are compared by their
stems (Snowball's English stemmer; Porter 2001).
"""

from __future__ import annotations

import re
from functools import lru_cache

from rag.text.snowball import snowball


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of one word in lower case."""
    return snowball(word.lower())


_WORD = re.compile(r"[A-Za-zΑ-ωµ]+(?:['’][a-z]+)?(?:-?\d+[A-Za-z]?)?|\d+[A-Za-z]+\d*")


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, in order; a hyphen parts two words, ``IL-6`` stays one."""
    return [word.lower() for word in _WORD.findall(text)]


def content(text: str) -> list[str]:
    """The stems of the words that carry meaning: no function words, numerals or units."""
    return [stem(word) for word in words(text) if word not in FUNCTION_WORDS and len(word) > 1]


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FUNCTION_WORDS = _set(
    """a about above after again against all almost also although am among an and another any are as at be
    because been before being below between both but by can cannot could did do does doing done down due
    during each either else ever every few for from further had has have having he her here hers him his
    how however i if in into is it its itself just least less many me might more most much must my near
    nearly neither no nor not now of off on once one only onto or other others our out over overall own
    per quite rather roughly same she should since so some still such than that the their them themselves
    then there these they this those though through throughout thus to too toward towards two under until
    up upon us very via was we were what when where whereas whether which while who whom whose why will
    with within without would yet you your three four five six seven eight nine ten hundred thousand half
    quarter third thirds percent cent year years month months week weeks day days hour hours minute
    minutes mg ml kg mm cm study studies trial patient patients participant participants group groups arm
    people person persons subject subjects individual individuals among respectively compared versus vs"""
)


# --- Direction -------------------------------------------------------------------------------------

_UP = _set(
    """increase increases increased increasing higher greater more rise rises rose risen rising raise raised
    raises raising elevate elevated elevates elevation elevations grew grow grows grown longer larger
    gain gains gained accelerated accelerate enhance enhanced enhances enhancement improve improves
    improved improving improvement improvements better superior superiority outperform outperformed climb
    climbed climbs exceed exceeded exceeds most highest greatest longest largest best heavier older later
    faster stronger likelier boost boosted boosts worsen worsened worsens worse worst up upward positive
    positively heightened lengthened prolonged augmented doubled tripled favourable favorable"""
)
_DOWN = _set(
    """decrease decreases decreased decreasing lower lowers lowered lowering less fewer reduce reduces reduced
    reducing reduction reductions decline declines declined declining drop drops dropped dropping fall
    falls fell fallen falling shorter smaller diminish diminished diminishes loss lost lose inferior
    inferiority poorer impair impaired impairs impairment least lowest fewest shortest smallest lighter
    younger earlier slower weaker attenuate attenuated attenuates alleviate alleviated cut cuts shorten
    shortened shortens decreasing down downward negative negatively inverse inversely halved milder rarer
    worsen worsened worsens worse worst deteriorated deteriorate deterioration sooner suppressed
    unfavourable unfavorable"""
)
_WORSE = _set("worsen worsened worsens worse worst")


def directions(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of the words of ``text`` that point up (more, longer, better) and of those that point down.

    Words for worse say that something is bad, not which way a number went; they count as down.
    """
    found = words(text)
    up = frozenset(stem(word) for word in found if word in _UP and word not in _WORSE)
    return up, frozenset(stem(word) for word in found if word in _DOWN)


# --- Negation and null results ----------------------------------------------------------------------

_NULL = re.compile(
    r"\bno (?:\w+[- ]){0,4}?(?:differen\w+|effects?|benefits?|changes?|associations?|correlations?"
    r"|relation\w*|"
    r"improvements?|increases?|decreases?|reductions?|advantages?|impact|influence|evidence|gaps?|links?"
    r"|sign)\b"
    r"|\b(?:not|n't|never|neither|nor|cannot) (?:\w+[- ]){0,3}?(?:significant\w*|differ\w*|associat\w*"
    r"|correlat\w*|"
    r"affect\w*|improv\w*|increas\w*|decreas\w*|reduc\w*|chang\w*|relat\w*|influenc\w*|predict\w*"
    r"|alter\w*|linked|"
    r"tracked?|depend\w*|vary|varied|superior|better|worse|higher|lower|more|less|greater)\b"
    r"|\b(?:did|does|do|was|were|is|are|could|has|have|had) ?n(?:'|’|o)t\b"
    r"|\b(?:fail(?:ed|s|ure)? to|non-?significant\w*|insignificant\w*|unrelated|unaffected|unchanged"
    r"|no longer"
    r"|similar\w*|comparable|equivalen\w+|equally|alike|indistinguishable|no more|no less|the same"
    r"|independent of"
    r"|without (?:any )?(?:significant )?(?:differen\w+|effect|chang\w+|improv\w+|benefit))\b"
    r"|\b(?:on a par|matched|level with|as \w+ as)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:no|not|none|never|neither|nor|cannot|without|lack(?:s|ed|ing)?|absen(?:t|ce)|fail(?:s|ed|ure)?"
    r"|unable|"
    r"rarely|hardly|nobody|nothing|seldom|unlikely|unrelated|unchanged|unaffected)\b|n['’]t\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;:]|,\s(?:but|whereas|while|although|though|yet)\b|\b(?:but|whereas|although|though)\b"
)


def null_result(text: str) -> bool:
    """Whether a clause of ``text`` says that nothing differed, changed or was related."""
    return bool(_NULL.search(text))


_P_VALUE = re.compile(r"\bp(?:[- ]?values?)?\s*(?:=|>|≥|of|was)\s*[>≥]?\s*(?P<p>0?[.·]\d+)", re.IGNORECASE)
LEAST_NULL_P = 0.05


def null_by_figures(text: str) -> bool:
    """Whether ``text`` gives a P value of 0.05 or more: by figures it reports that nothing was shown."""
    return any(float(one["p"].replace("·", ".")) >= LEAST_NULL_P for one in _P_VALUE.finditer(text))


def negations(text: str) -> int:
    """How many negation cues ``text`` holds."""
    return len(_NEGATION.findall(text))


def negated(text: str) -> frozenset[str]:
    """The stems of content words in the scope of a negation cue: up to five words after it, same clause."""
    scope: set[str] = set()
    for clause in _CLAUSE.split(text):
        for cue in _NEGATION.finditer(clause):
            scope.update(content(" ".join(clause[cue.end() :].split()[:5])))
    return frozenset(scope)


# --- Certainty and cause ----------------------------------------------------------------------------

_HEDGE = re.compile(
    r"\b(?:may|might|could|suggest\w*|possib\w+|potential\w*|appear\w*|seem\w*|probabl\w+|perhaps"
    r"|(?<!more )(?<!less )likely|indicat\w+|"
    r"tend\w*|preliminary|further (?:stud\w+|research|trials?|investigation)|should be (?:investigated"
    r"|confirmed)|"
    r"unclear|uncertain|hypothes\w+|needs? to be|not necessarily|presum\w+|support\w* the)\b",
    re.IGNORECASE,
)
_CERTAIN = re.compile(
    r"\b(?:prove[sdn]?|proof|definitive\w*|conclusive\w*|certain(?:ly|ty)?|undoubtedly|clearly"
    r"|establish(?:es|ed)?|"
    r"always|guarantee\w*|confirm\w*|demonstrat\w+|unequivocal\w*|will|must|every|all|invariably"
    r"|irrefutabl\w+|"
    r"settle[sd]?|beyond doubt|entirely|completely|solely|ensures?|dictates?|determines?)\b",
    re.IGNORECASE,
)
_CAUSAL = re.compile(
    r"\b(?:caus(?:e[sd]?|ing|al|ation)|lead(?:s|ing)? to|led to|result(?:s|ed|ing)? in|produc(?:e[sd]?"
    r"|ing)|because of|due to|"
    r"responsible for|trigger\w*|induc(?:e[sd]?|ing)|prevent(?:s|ed|ing)?|protect(?:s|ed|ing)?|cures?|"
    r"by (?:raising|lowering|increasing|reducing|\w+ing)|makes?|brings? about|drives?|thereby|which is why|"
    r"this is why|explains?|owing to|thanks to|eliminat\w+|revers(?:e[sd]?|ing)|worsens?|improves?|shortens?|"
    r"lowers?|raises?|reduces|increases|decreases)\b",
    re.IGNORECASE,
)
_ASSOCIATIVE = re.compile(
    r"\b(?:associat\w+|correlat\w+|relat(?:ed|es|ion\w*)|link(?:ed|s)?|predict\w*|risk factors?|connect\w+|"
    r"accompan\w+|track(?:s|ed)?|went with|goes with|tied to|coincid\w+|odds|hazard ratio|marker)\b",
    re.IGNORECASE,
)


def hedges(text: str) -> int:
    """How many words soften what ``text`` says (may, suggests, further studies)."""
    return len(_HEDGE.findall(text))


def certainties(text: str) -> int:
    """How many words harden what ``text`` says (proves, definitively, always)."""
    return len(_CERTAIN.findall(text))


def causal(text: str) -> int:
    """How many words of ``text`` claim a cause (causes, leads to, prevents)."""
    return len(_CAUSAL.findall(text))


def associative(text: str) -> int:
    """How many words of ``text`` claim an association only (associated, predictor, odds)."""
    return len(_ASSOCIATIVE.findall(text))


# --- Populations ------------------------------------------------------------------------------------

_POPULATIONS: dict[str, dict[str, str]] = {
    "age": {
        "children": r"child(?:ren)?|pa?ediatrics?|boys?|girls?|toddlers?|schoolchildren|preschoolers?",
        "infants": r"infants?|newborns?|neonat\w+|bab(?:y|ies)|preterms?",
        "adolescents": r"adolescen\w+|teen(?:ager)?s?",
        "adults": r"adults?|middle-aged",
        "older people": r"elderly|geriatric\w*|older (?:people|adults|persons|patients|women|men)|seniors?",
    },
    "sex": {
        "women": r"wom[ae]n|females?|mothers?|girls?|gravidas?",
        "men": r"m[ae]n|males?|fathers?|boys?",
    },
    "species": {
        "animals": r"rats?|mouse|mice|murine|rabbits?|dogs?|canine|pigs?|porcine|sheep|monkeys?|animals?",
        "cells": r"in vitro|cell lines?|cultured cells|ex vivo|cadaver\w*",
        "humans": r"patients?|humans?|people|persons?|participants?|volunteers?|adults?|children|(wo)?m[ae]n",
    },
}  # fmt: skip
_POPULATION_PATTERNS = {
    (axis, group): re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)
    for axis, groups in _POPULATIONS.items()
    for group, pattern in groups.items()
}
_KIN = {
    "infants": {"children"},
    "children": {"infants", "adolescents"},
    "adolescents": {"children", "adults"},
}


def populations(text: str) -> dict[str, frozenset[str]]:
    """The population groups that ``text`` names on each axis: ``{"age": {"children"}, "sex": ...}``."""
    found: dict[str, set[str]] = {}
    for (axis, group), pattern in _POPULATION_PATTERNS.items():
        if pattern.search(text):
            found.setdefault(axis, set()).add(group)
    return {axis: frozenset(groups) for axis, groups in found.items()}


def foreign_populations(statement: str, source: str) -> tuple[str, ...]:
    """The groups that ``statement`` names on an axis where ``source`` names others only.

    A source that is silent on an axis excludes no group of it, and children do not exclude infants.
    """
    named, known = populations(statement), populations(source)
    foreign = []
    for axis, groups in named.items():
        there = known.get(axis, frozenset())
        for group in sorted(groups - there):
            kin = _KIN.get(group, set()) & there
            if there and not kin and not (axis == "species" and group == "humans" and "animals" not in there):
                foreign.append(group)
    return tuple(foreign)


# --- Names of drugs and other things ----------------------------------------------------------------

_DRUG = re.compile(
    r"\b[a-z]{2,}(?:mab|nib|pril|sartan|statin|olol|dipine|cillin|mycin|floxacin|azole|oxetine|prazole"
    r"|tidine|"
    r"gliptin|gliflozin|glutide|parin|xaban|gatran|platin|taxel|rubicin|ciclovir|navir|caine|azepam|zolam|"
    r"barbital|triptan|setron|profen|coxib|solone|thiazide|semide|lukast|(?<!choles)terol|tropium|formin"
    r"|glitazone|"
    r"dronate|trexate|teplase|grel|stigmine|curonium|fentanil|morphine|codone|cycline|phylline|tyline"
    r"|zapine)\b",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z]|[A-Z]+-?\d)[A-Za-z]+(?:-?\d+\w*)?\b")


def names(text: str) -> frozenset[str]:
    """Names in ``text`` that a paraphrase keeps: acronyms (lower case) and words with a drug's ending."""
    return frozenset(
        match.group().lower().removesuffix("s")
        for pattern in (_DRUG, _ACRONYM)
        for match in pattern.finditer(text)
    )


_WRITTEN_OUT = {
    "ci": r"confidence\s+intervals?",
    "cri": r"credible\s+intervals?",
    "hr": r"hazards?\s+ratios?",
    "iqr": r"inter-?quartile\s+ranges?",
    "md": r"mean\s+differences?",
    "or": r"odds\s+ratios?",
    "rct": r"randomi[sz]ed,?\s+(?:placebo-)?controlled\s+trials?",
    "rr": r"(?:relative\s+risks?|(?:risk|rate)\s+ratios?)",
    "sd": r"standard\s+deviations?",
    "smd": r"standardi[sz]ed\s+mean\s+differences?",
}


def written_out(text: str) -> frozenset[str]:
    """The acronyms of statistics (lower case) whose full names stand in ``text``: "odds ratio" is OR."""
    return frozenset(
        name for name, full in _WRITTEN_OUT.items() if re.search(rf"\b{full}\b", text, re.IGNORECASE)
    )
