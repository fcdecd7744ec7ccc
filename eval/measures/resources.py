"""What an answer cost: seconds by stage, tokens, money."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def seconds(answer: Mapping[str, Any]) -> dict[str, float]:
    """Wall-clock seconds by stage of the route, and their sum as ``total``."""
    stages: dict[str, float] = answer["status"]["seconds"]
    return {**stages, "total": sum(stages.values())}


def tokens(answer: Mapping[str, Any]) -> float:
    """Tokens that the language model read and wrote for an answer, as its server counted them."""
    return float(answer["status"]["tokens"])


def cost(answer: Mapping[str, Any], prices: Mapping[str, float]) -> float | None:
    """What the language model charged for an answer.

    Records hold one count of tokens, so the price is one for reading and writing: give the higher of the two
    for an upper bound, and say so.

    Args:
        answer: the record.
        prices: money for a million tokens, by the model's name as in ``status.llm``.

    Returns:
        Money in the currency of the prices: 0 for an answer without a language model, None (not 0) for a
        model that has no price.
    """
    model = answer["status"]["llm"]
    if model is None:
        return 0.0
    return tokens(answer) * prices[model] / 1e6 if model in prices else None
