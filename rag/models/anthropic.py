"""Anthropic's language models through LlamaIndex."""

from __future__ import annotations

from typing import Any

from rag.errors import MissingPackage, SettingsError
from rag.models.language import MAX_REPLY_TOKENS, LlamaIndexModel, Patient
from rag.records import Complete
from rag.settings import Settings


def anthropic(settings: Settings) -> Complete:
    """A model of Anthropic, at its own address or at ``RAG_LLM_BASE_URL``.

    Raises:
        MissingPackage: the extra ``anthropic`` is not installed.
        SettingsError: the model or the key is not set.
    """
    try:
        from llama_index.llms.anthropic import Anthropic
    except ImportError:
        raise MissingPackage("RAG_LLM=anthropic needs: pip install 'pubmed-rag[anthropic]'") from None
    if not settings.llm_model or not settings.llm_api_key.get_secret_value():
        raise SettingsError("RAG_LLM=anthropic needs RAG_LLM_MODEL and RAG_LLM_API_KEY.")

    def complete(prompt: str, seconds: float) -> Any:
        model = Anthropic(
            model=settings.llm_model,
            base_url=settings.llm_base_url or None,
            api_key=settings.llm_api_key.get_secret_value(),
            temperature=0.0,
            max_tokens=MAX_REPLY_TOKENS,
            timeout=seconds,
            max_retries=0,
        )
        return model.complete(prompt)

    return Patient(LlamaIndexModel(f"anthropic/{settings.llm_model}", complete, settings.llm_timeout))
