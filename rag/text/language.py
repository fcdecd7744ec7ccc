"""Which language a question is in, and which English clinical words it maps to.

The words are in ``languages.toml``. Latin and Greek roots that many languages share (``-ectomie``,
``-ectomía``) are carried over by their endings.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from rag.text import terms

_COGNATES = (
    (re.compile(r"(?<=\w{4})(?:ektomie|ectomie|ectomia|ectomie)$"), "ectomy"),
    (re.compile(r"(?<=\w{4})(?:therapie|terapia|thérapie)$"), "therapy"),
    (re.compile(r"(?<=\w{4})(?:ología|ologia|ologie)$"), "ology"),
    (re.compile(r"(?<=\w{3})(?:ite)$"), "itis"),
    (re.compile(r"(?<=\w{4})(?:zione|ción|ção)$"), "tion"),
    (re.compile(r"(?<=\w{4})(?:ose|osi)$"), "osis"),
    (re.compile(r"(?<=\w{4})(?:ämie|emie|émie)$"), "emia"),
)
_SHARED = re.compile(
    r"^\w{6,}(?:itis|osis|ose|mab|nib|statin|prazol|cillin|azol|emia|oma|pathie|tomie|skopie)$"
)


@cache
def _languages() -> dict[str, dict[str, Any]]:
    with (Path(__file__).parent / "languages.toml").open("rb") as file:
        return tomllib.load(file)


def _scripts(text: str) -> list[str]:
    return [unicodedata.name(c, "").split(" ")[0] for c in text if c.isalpha()]


def language(text: str) -> str | None:
    """Name the language of ``text`` in English; None for English or where it cannot be told.

    A non-Latin script decides if more than a third of the letters are of it; otherwise the frequent words
    of each language are counted against English grammar words, and a close race stays undecided.
    """
    scripts = _scripts(text)
    table = _languages()
    counts = {
        name: sum(script in entry["script"].split() for script in scripts)
        for name, entry in table.items()
        if "script" in entry
    }
    if counts["Japanese"]:  # kana beside Chinese characters is Japanese
        counts["Japanese"] += counts["Chinese"]
    name = max(counts, key=lambda each: counts[each])
    if counts[name] * 3 > len(scripts):
        return name
    tokens = re.findall(r"[^\W\d_]+", text.lower())
    english = sum(token in terms.STOP_WORDS or token in {"patients", "treatment"} for token in tokens)
    matches = {
        each: sum(token in entry["words"].split() for token in tokens)
        + sum(
            term in text.lower()
            for term, meaning in entry["terms"].items()
            if meaning not in text.lower() and (len(term) > 6 or not term.isascii())
        )
        for each, entry in table.items()
        if "words" in entry
    }
    best = max(matches, key=lambda each: matches[each])
    if matches[best] >= 2 and matches[best] > english + 1 and matches[best] * 4 >= len(tokens):
        return best
    return None


def english(text: str, name: str) -> tuple[str, ...]:
    """The English clinical words that a text in the language ``name`` maps to, in its order, each once."""
    lower = unicodedata.normalize("NFC", text.lower())
    found: list[tuple[int, str]] = []
    for term, meaning in sorted(_languages()[name]["terms"].items(), key=lambda pair: -len(pair[0])):
        start = lower.find(term)
        if start >= 0:
            found.append((start, meaning))
            lower = lower.replace(term, " " * len(term))
    for match in re.finditer(r"[^\W\d_]{5,}", lower):
        word = match[0]
        cognate = word
        for pattern, ending in _COGNATES:
            cognate = pattern.sub(ending, cognate)
        plain = terms.fold(cognate)
        if plain.isascii() and (cognate != word or _SHARED.match(word) or _known(plain)):
            found.append((match.start(), plain))
    return tuple(dict.fromkeys(meaning for _, meaning in sorted(found)))


def _known(word: str) -> bool:
    """Whether a word is itself a name in the table of concepts: ``sepsis`` is the same in most languages."""
    return bool(terms.mentioned(word))
