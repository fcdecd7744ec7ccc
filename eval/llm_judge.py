"""A language model as judge, whose data and replies are both taken for hostile.

What is judged stands between fences that it cannot forge; only the labels offered count; the last label of a
reply wins; a reply without one is unscored, never wrong (the lessons of UK AISI's inspect).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import get_args

from rag.errors import LLMUnavailable
from rag.records import Complete, Label
from rag.resources import prompt
from rag.text.injection import visible

LABELS = tuple(label for label in get_args(Label) if label != "UNSCORED")
LONGEST = 12_000
"""Characters of a passage that the judge is shown."""
_FENCE = re.compile(r"\b(?:BEGIN|END)[\s_-]+(?:PASSAGE|STATEMENT)\b|\bLABEL\s*[:：]", re.IGNORECASE)
_LABEL = re.compile(r"\bLABEL\s*[:：]\s*[*_`\"'<(\[]*\s*([A-Z][A-Z _-]*[A-Z])", re.IGNORECASE)


class LlmJudge:
    """An Entail that asks a language model for one label; its probabilities are 0 and 1.

    Args:
        complete: the language model.
    """

    def __init__(self, complete: Complete) -> None:
        self.name = f"llm/{complete.name}"
        self._complete = complete

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Label each (premise, hypothesis) pair; None where no reply came or it holds no offered label."""
        return [self._one(premise, hypothesis) for premise, hypothesis in pairs]

    def _one(self, premise: str, hypothesis: str) -> dict[str, float] | None:
        asked = prompt(
            "judge", passage=fenced(premise[:LONGEST]), statement=fenced(hypothesis), labels=", ".join(LABELS)
        )
        try:
            label = label_of(self._complete(asked).text)
        except LLMUnavailable:
            return None
        return None if label is None else {one: float(one == label) for one in LABELS}


def fenced(text: str) -> str:
    """Data without hidden characters, and without words that could close its fence or name a label."""
    return _FENCE.sub("(removed)", visible(text))


def label_of(reply: str) -> str | None:
    """The last label of a reply; None if there is none or the last one was not offered."""
    found = _LABEL.findall(reply)
    if not found:
        return None
    label = re.sub(r"[\s-]+", "_", found[-1].strip()).upper()
    return label if label in LABELS else None
