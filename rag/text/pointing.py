"""Which way a sentence points on a yes/no question: kinds of question, cues and the scope of negation.

The tables are in ``pointing.toml``. A cue is *asserted* or *denied*: the scope of a negation runs from its
word to the next break of the clause (the idea of NegEx, Chapman et al. 2001, doi:10.1006/jbin.2001.1029).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rag.text.words import content, stem, words

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _cues(table: str) -> dict[str, re.Pattern[str]]:
    """The patterns of a table; each begins at a word, with the mark of denial, if any, as its first group."""
    return {
        name: re.compile(rf"(?<![\w!])(!?)(?:{'|'.join(listed)})") for name, listed in _TABLES[table].items()
    }


KINDS = _cues("kinds")
"""Kinds of question, read from its last clause; a question can be of several."""
CUES = _cues("cues")
"""What a sentence can say; the name of a cue is the name of its features."""
DOUBTS = {name: re.compile("|".join(listed)) for name, listed in _TABLES["doubts"].items()}
"""What a conclusion that does not decide tends to say, and (``firm``) what one that decides does."""
LEAN = {
    kind: dict.fromkeys(cues["yes"], 1) | dict.fromkeys(cues["no"], -1)
    for kind, cues in _TABLES["lean"].items()
}
"""Sign of an asserted cue for a yes to a question of a kind; ``plain`` is a question of no kind."""
ANTONYMS = tuple((stem(one), stem(other)) for one, other in _TABLES["opposites"]["pairs"])
_REFUSAL = re.compile("|".join(_TABLES["sentence"]["refusal"]))
_NULL = re.compile(rf"\b(?:no|not|nor|neither)\b[^.;]{{0,40}}\b(?:{'|'.join(_TABLES['sentence']['null'])})")

_NEGATION = re.compile(
    r"""
    \b(?:
        (?<!or\ )(?<!who\ had\ )(?<!who\ did\ )(?:not|no|nor|neither|cannot|never|none)
      | unlikely | fail(?:s|ed)? | hardly | unable | nothing | little
      | (?P<near>without(?!\ (?:it|them|this|that)\b) | lack(?:s|ed|ing)? | rather\ than | instead\ of
        | absence\ of | rarely | seldom | insufficient | refute[sd]?
        | (?:argue[sd]?|evidence|speaks?|recommend(?:s|ed)?|advise[sd]?)\ against)
    )\b
    | n't\b
    """,
    re.VERBOSE,
)
_NOT_NEGATION = re.compile(
    r"\b(?:not only|no longer than|not to mention|no doubt|"
    r"without (?:any )?(?:increas|compromis|complication|affecting|sacrific)\w*|"
    r"without (?:[\w-]+ ){0,3}(?:adverse|side effects?|complications?|harms?|toxicity)|"
    r"free of (?:[\w-]+ ){0,3}(?:adverse|side effects?|complications?|harms?))\b"
)
_BREAK = re.compile(
    r"[,;:.()]|\b(?:but|however|although|though|whereas|while|because|despite|which|suggesting|indicating)\b"
)
_BACKWARD = re.compile(
    r"""
    \b(?:not | no\ longer | never | n't)\W+(?:\w+\W+){0,2}?
      (?:found | observed | seen | detected | demonstrated | shown | significant | confirmed | supported
        | evident | apparent | established | justified | recommended | warranted | necessary | required
        | needed | indicated | differ\w*)\b
    | \b(?:was|were|is|are)\ (?:absent|lacking|unlikely|unaffected|unchanged)\b
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[a-z][a-z'’-]*")
REACH = 8
"""Words that a negation reaches within its clause."""
WINDOW = 400
"""Characters on either side of a negation that are looked at."""
NEAR = 4
"""Words that a weak negation (``without``, ``lack of``) reaches."""


def marked(sentence: str) -> str:
    """The sentence in lower case, with ``!`` before each word that a negation denies."""
    text = sentence.lower().replace("’", "'")
    quiet = [match.span() for match in _NOT_NEGATION.finditer(text)]
    denied: set[int] = set()
    for match in _NEGATION.finditer(text):
        if any(start <= match.start() < end for start, end in quiet):
            continue
        stop = _BREAK.search(text, match.end(), match.end() + WINDOW)
        clause = text[match.end() : min(stop.start() if stop else len(text), match.end() + WINDOW)]
        reach = NEAR if match["near"] else REACH
        denied.update(match.end() + word.start() for word in list(_WORD.finditer(clause))[:reach])
    for match in _BACKWARD.finditer(text):
        first = max(0, match.start() - WINDOW)
        opening = max((found.end() for found in _BREAK.finditer(text, first, match.start())), default=first)
        denied.update(opening + word.start() for word in _WORD.finditer(text[opening : match.start()]))
    pieces, last = [], 0
    for place in sorted(denied):
        pieces += [text[last:place], "!"]
        last = place
    return "".join([*pieces, text[last:]])


@dataclass(frozen=True, slots=True)
class Frame:
    """What a yes/no question asks, as far as its words tell.

    ``content`` has the stems of all its words, ``clause`` those of its last clause, ``predicate`` those of
    the words that ask; ``main`` is the kind that prevails; ``denied``: it is put in the negative.
    """

    content: frozenset[str]
    clause: frozenset[str]
    predicate: frozenset[str]
    kinds: tuple[str, ...]
    main: str
    denied: bool


_CLAUSE = re.compile(r"(?<=[:.;?!])\s+|--|—")
_PRECEDENCE = (
    *("same", "replace", "harm", "need", "differ", "merit"),
    *("downward", "upward", "effect", "relation", "ability"),
)
"""The first of a question's kinds in this order is its main one."""
_NOT_PREDICATE = {"ability", "alternative"}
_DENIED_NEXT = re.compile(r"(?<!or )\b(?:no|not|never)\s+(\w+)")
_ENDS = r"(?=\W*$|\W*\?|,|\s+(?:for|in|to|as|when|during|after|before|among|with|at|on|against|than)\b)"
_CONTRARY = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (rf"\bineffective{_ENDS}", "effective"),
        (rf"\b(?:useless|futile){_ENDS}", "useful"),
        (rf"\bunsafe{_ENDS}", "safe"),
        (rf"\bunreliable{_ENDS}", "reliable"),
        (rf"\binaccurate{_ENDS}", "accurate"),
        (r"\bfails? to\b", ""),
        (
            r"(?<=should )(?P<what>[^?]*\b)be (?:avoided|abandoned|discontinued|withheld)\b",
            r"\g<what>be used",
        ),
    )
)
"""Predicates that ask for the contrary of another, which is what sources are read for."""


def frame(question: str) -> Frame:
    """Read what ``question`` asks; in ``Title: is it safe?`` the last clause asks, the rest is its topic."""
    text = question.lower().replace("’", "'")
    clauses = [part for part in _CLAUSE.split(text) if part.strip(" .:?!")] or [text]
    clause = next((part for part in reversed(clauses) if "?" in part), clauses[-1])
    stated = clause
    for pattern, plain in _CONTRARY:
        stated = pattern.sub(plain, stated)
    contrary = stated != clause
    text, clause = text.replace(clause, stated), stated
    kinds = tuple(name for name, pattern in KINDS.items() if pattern.search(clause)) or ("plain",)
    asking = [pattern for name, pattern in KINDS.items() if name not in _NOT_PREDICATE]
    denied = any(pattern.match(word) for word in _DENIED_NEXT.findall(clause) for pattern in asking)
    told = set(content(clause))
    predicate = {
        stem(word) for word in words(clause) if any(pattern.match(word) for pattern in asking)
    } & told
    predicate = predicate or set(content(clause)[-1:])
    main = next((name for name in _PRECEDENCE if name in kinds), "plain")
    return Frame(
        frozenset(content(text)), frozenset(told), frozenset(predicate), kinds, main, denied != contrary
    )


_NOT_NEXT = re.compile(r"(?:\b(?:not|no|cannot|nor|neither)|n't)\W+(\w+)(?:\W+(\w+))?")
_MARKED_WORD = re.compile(r"!?[a-z]+")
_OPPOSITE = re.compile(r"\b(?:un|in|non|im)-?(\w{4,})")

SIGNALS = (
    "lean",
    "lean_main",
    "predicate_denied",
    "predicate_asserted",
    "denied_next",
    "antonym",
    "opposite",
    "negation",
    "question_denied",
    "question_asserted",
    "null",
    "refusal",
)
"""Names of what ``signals`` joins from question and sentence."""
CUE_SIGNALS = tuple(f"{name}{side}" for name in CUES for side in "+-")


def signals(asked: Frame, sentence: str) -> list[float]:
    """What ``sentence`` says with regard to the question: ``SIGNALS``, then each cue asserted and denied."""
    text = marked(sentence)
    plain = text.replace("!", "")
    told = [(raw.startswith("!"), stem(raw.lstrip("!"))) for raw in _MARKED_WORD.findall(text)]
    denied = {word for negated, word in told if negated}
    asserted = {word for negated, word in told if not negated}
    sides = [side for pattern in CUES.values() for side in _sides(pattern, text)]
    net = {name: sides[2 * at] - sides[2 * at + 1] for at, name in enumerate(CUES)}
    leans = {
        kind: sum(sign * net[cue] for cue, sign in LEAN[kind].items()) for kind in (*asked.kinds, asked.main)
    }
    lean = sum(leans[kind] for kind in asked.kinds) / len(asked.kinds)
    everything = asserted | denied
    return [
        max(-3.0, min(3.0, lean)),
        max(-3.0, min(3.0, leans[asked.main])),
        float(bool(denied & asked.predicate)),
        float(bool(asserted & asked.predicate) and not denied & asked.predicate),
        float(any(stem(word) in asked.content for pair in _NOT_NEXT.findall(plain) for word in pair if word)),
        float(_antonym(asked.clause, everything)),
        float(any(stem(word) in asked.clause for word in _OPPOSITE.findall(plain))),
        float("!" in text),
        min(3, len(denied & asked.content)) / 3,
        min(5, len(asserted & asked.content)) / 5,
        float(bool(_NULL.search(plain))),
        float(bool(_REFUSAL.search(plain))),
        *sides,
    ]


def _sides(pattern: re.Pattern[str], text: str) -> tuple[float, float]:
    """Whether a cue is asserted and whether it is denied."""
    found = {match[1] for match in pattern.finditer(text)}
    return float("" in found), float("!" in found)


def _antonym(clause: frozenset[str], said: set[str]) -> bool:
    """Whether the sentence says the contrary of a word of the question, and not the word itself."""
    return any(
        (one in clause and other in said and one not in said)
        or (other in clause and one in said and other not in said)
        for one, other in ANTONYMS
    )
