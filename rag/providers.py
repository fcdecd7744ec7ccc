"""The table of models: a name in the settings, a late import, a provider."""

from __future__ import annotations

from rag.errors import SettingsError
from rag.records import Complete, Embed, Entail
from rag.settings import Settings


def embedder(settings: Settings) -> Embed:
    """The embedder that ``settings.embedder`` names.

    Raises:
        MissingPackage: its package is not installed; the message has the pip line.
        SettingsError: there is no such model.
    """
    if settings.embedder == "minilm":
        from rag.models.minilm import minilm

        return minilm(settings)
    from rag.models.sentence_transformer import sentence_transformer

    return sentence_transformer(settings.embedder)


def entailment(settings: Settings, complete: Complete | None = None) -> Entail:
    """The entailment model that ``settings.verifier`` names.

    Args:
        settings: ``verifier`` names it.
        complete: the language model behind ``llm``.

    Raises:
        MissingPackage: its package is not installed; the message has the pip line.
        SettingsError: there is no such model, or it is no model for NLI.
    """
    if settings.verifier == "bundled":
        from rag.models.entailment import bundled

        return bundled()
    if settings.verifier == "llm":
        if complete is None:
            raise SettingsError(
                "The checker `llm` needs a language model. Set RAG_LLM, for example openai-like."
            )
        from rag.models.llm_entailment import LlmEntailment

        return LlmEntailment(complete)
    from rag.models.cross_encoder import cross_encoder

    return cross_encoder(settings.verifier)


SUPPORT_AT = 0.95
"""The threshold of every checker but the bundled one, whose card has its own. No foreign model was measured:
choose ``RAG_SUPPORT_AT`` on labelled data before relying on one."""


def support_at(settings: Settings) -> float:
    """The probability from which the gate takes a statement as supported: the setting, else the checker's."""
    if settings.support_at is not None:
        return settings.support_at
    if settings.verifier == "bundled":
        from rag.models.entailment import support_at

        return support_at()
    return SUPPORT_AT


def language_model(settings: Settings) -> Complete | None:
    """The language model that ``settings.llm`` names; None where sources are only quoted.

    Raises:
        MissingPackage: its package is not installed; the message has the pip line.
        SettingsError: a setting that it needs is missing.
    """
    if settings.llm == "none":
        return None
    if settings.llm == "replay":
        from rag.models.replay import replay

        return replay(settings)
    if settings.llm == "anthropic":
        from rag.models.anthropic import anthropic

        return anthropic(settings)
    if settings.llm == "ollama":
        from rag.models.ollama import ollama

        return ollama(settings)
    if settings.llm == "llama-cpp":
        from rag.models.llama_cpp import llama_cpp

        return llama_cpp(settings)
    from rag.models.language import openai_like

    return openai_like(settings)
