"""Text that gives orders to a language model, and characters that hide text from people.

Sources and questions are data. A source that talks to the model is quarantined, not obeyed
(OWASP LLM01:2025, indirect prompt injection).
"""

from __future__ import annotations

import re
import unicodedata

_ORDERS = re.compile(
    r"""
      \b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,40}
        \b(?:previous|prior|above|earlier|all|any|your|these|the|system)\b[^.\n]{0,30}
        \b(?:instruction|prompt|rule|guideline|message|context|direction)s?\b
    | \b(?:reveal|print|repeat|show|output|leak)\b[^.\n]{0,30}
        \b(?:system|hidden|initial|your)\s+(?:prompt|instructions?)
    | \byou\s+are\s+(?:now|no\s+longer)\b[^.\n]{0,60}
        \b(?:assistant|model|ai|chatbot|dan|unrestricted|expert)\b
    | \b(?:as|to)\s+(?:an?\s+)?(?:ai|language)\s+(?:assistant|model)s?\s*[:,]
    | \b(?:attention|note|message|instructions?)\s+(?:to|for)\s+(?:the\s+)?
        (?:ai|llm|language\s+model|assistant|model)\b
    | \b(?:system|developer)\s*(?:prompt|message)\s*:
    | <\s*/?\s*(?:system|instructions?|assistant|im_start|im_end)\b | <\|[a-z_]+\|> | \[/?INST\]
    | \b(?:respond|reply|answer|say|write|state)\s+(?:only|exactly)\s+(?:with\b|that\b|["'“:])
    | \b(?:always|only|must)\s+(?:cite|recommend)\s+(?:this|our)\s+
        (?:article|paper|source|study|product|drug)\b
    | \bdo\s+not\s+(?:mention|tell|reveal|cite)\b[^.\n]{0,60}
        \b(?:user|reader|clinician|other\s+(?:source|stud|paper))
    """,
    re.IGNORECASE | re.VERBOSE,
)

_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff\U000e0000-\U000e01ef]"
)


def visible(text: str) -> str:
    """Remove every character that a reader cannot see: controls, zero-width, bidirectional, tags, surrogates.

    Line separators become spaces, so that words stay apart.
    """
    return _HIDDEN.sub(lambda match: " " if match[0] in "\u2028\u2029" else "", text)


_FENCE = re.compile(
    r"\b(?:BEGIN|END)[\s_-]+(?:SOURCE|PASSAGE|STATEMENT|QUESTION|FOLLOW-?UP)\b", re.IGNORECASE
)


def fenced(text: str) -> str:
    """Data for a prompt: no hidden characters, and no words that could close the fence around it."""
    return _FENCE.sub("(removed)", visible(text))


def orders(text: str) -> str | None:
    """Find words that give orders to a language model.

    Args:
        text: any text: a question, a passage, a statement.

    Returns:
        The offending words, or None. Hidden characters and compatibility forms are folded first, so
        that letters cannot be smuggled past the pattern.
    """
    match = _ORDERS.search(unicodedata.normalize("NFKC", visible(text)))
    return match[0] if match else None
