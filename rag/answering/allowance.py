"""What one question may use of a desk: its models, and so many seconds of the language model in all."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial

from rag.answering.desk import Desk
from rag.answering.gate import Checker
from rag.answering.verify import against
from rag.models.language import Budget
from rag.models.llm_entailment import LlmEntailment
from rag.records import Complete, Entail


class Allowance:
    """The models of a desk for one question; whoever asks the language model spends of the same seconds.

    Args:
        desk: its settings name the models and ``RAG_LLM_TIMEOUT``.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def complete(self) -> Complete | None:
        """The language model, None for the extractive writer."""
        model = self._desk.complete
        return Budget(model, self._desk.settings.llm_timeout) if model else None

    @cached_property
    def entail(self) -> Entail:
        """The entailment model."""
        entail = self._desk.entail
        if isinstance(entail, LlmEntailment) and self.complete:
            return replace(entail, complete=self.complete)
        return entail

    @cached_property
    def check(self) -> Checker:
        """The claim checker as the gate uses it."""
        return partial(against, entail=self.entail, support_at=self._desk.support_at)
