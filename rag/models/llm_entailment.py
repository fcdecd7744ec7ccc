"""A language model as the entailment model, whose data and replies are both taken for hostile.

What is compared stands between fences that it cannot forge. A reply counts only if it names one label, one of
those offered, and copies the sentence of the passage that decided; any other is unscored, never a label (a
missing score must stay missing: UK AISI's inspect). A lone yes of a model is no proof: the claim check's
deterministic checks stand behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rag.errors import LLMUnavailable
from rag.models.entailment import LABELS
from rag.records import Complete
from rag.resources import prompt
from rag.text.injection import fenced
from rag.text.words import words

LONGEST = 12_000
"""Characters of a passage that the model is shown."""
AT_A_TIME = 8
"""Pairs that are asked about at the same time."""

_REPLY = re.compile(r"\b(?:LABEL|QUOTE)\s*[:：]", re.IGNORECASE)
_LABEL = re.compile(r"\bLABEL\s*[:：]\s*[*_`\"'<(\[]*\s*([A-Z][A-Z _-]*[A-Z])", re.IGNORECASE)
_QUOTE = re.compile(r"^\W*QUOTE\s*[:：](.*)$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class LlmEntailment:
    """An Entail that asks a language model for one label a pair; its probabilities are 0 and 1.

    Args:
        complete: the language model.
        known: labels by prompt, so that no pair is asked about twice in a run.
    """

    complete: Complete
    known: dict[str, str | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``llm/`` and the model's name."""
        return f"llm/{self.complete.name}"

    @property
    def reads_checks(self) -> bool:
        """It reads the words alone."""
        return False

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Label each (premise, hypothesis) pair; None where no reply came or it does not count."""
        distinct = list(dict.fromkeys(pairs))
        with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="entailment") as threads:
            labels = dict(zip(distinct, threads.map(self._label, distinct), strict=True))
        return [
            None if (label := labels[pair]) is None else {one: float(one == label) for one in LABELS}
            for pair in pairs
        ]

    def _label(self, pair: tuple[str, str]) -> str | None:
        premise, hypothesis = data(pair[0][:LONGEST]), data(pair[1])
        asked = prompt("judge", passage=premise, statement=hypothesis, labels=", ".join(LABELS))
        if asked not in self.known:
            try:
                reply = self.complete(asked).text
            except LLMUnavailable:
                return None
            self.known[asked] = label_of(reply, premise)
        return self.known[asked]


def data(text: str) -> str:
    """Text that cannot close the fence around it, nor pose as a reply."""
    return _REPLY.sub("(removed)", fenced(text))


def label_of(reply: str, passage: str) -> str | None:
    """The label of a reply; None unless it names one, that one was offered, and its quote is the passage's.

    Args:
        reply: the model's words.
        passage: as the model was shown it. NOT_ENOUGH_INFO needs no quote.
    """
    named = {re.sub(r"[\s-]+", "_", label.strip()).upper() for label in _LABEL.findall(reply)}
    if len(named) != 1 or not named <= set(LABELS):
        return None
    (label,) = named
    quotes = _QUOTE.findall(reply)
    if label != "NOT_ENOUGH_INFO" and not any(_stands(quote, passage) for quote in quotes):
        return None
    return label


def _stands(quote: str, passage: str) -> bool:
    """Whether the words and figures of a quote follow each other in the passage."""
    wanted, there = _tokens(quote), _tokens(passage)
    places = range(len(there) - len(wanted) + 1)
    return bool(words(quote)) and any(there[at : at + len(wanted)] == wanted for at in places)


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
