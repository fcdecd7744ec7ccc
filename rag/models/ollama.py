"""Language models that a local Ollama server runs, through LlamaIndex."""

from __future__ import annotations

from typing import Any

from rag.errors import MissingPackage, SettingsError
from rag.models.language import MAX_REPLY_TOKENS, LlamaIndexModel, Patient
from rag.records import Complete
from rag.settings import Settings

ADDRESS = "http://127.0.0.1:11434"
CONTEXT = 16_384
"""Tokens of prompt and reply together; Ollama's own default would silently cut the sources."""


def ollama(settings: Settings) -> Complete:
    """A model of the Ollama server at ``RAG_LLM_BASE_URL``, by default on this machine.

    Raises:
        MissingPackage: the extra ``ollama`` is not installed.
        SettingsError: the model is not set.
    """
    try:
        from llama_index.llms.ollama import Ollama
    except ImportError:
        raise MissingPackage("RAG_LLM=ollama needs: pip install 'pubmed-rag[ollama]'") from None
    if not settings.llm_model:
        raise SettingsError("RAG_LLM=ollama needs RAG_LLM_MODEL, the name of a model that the server has.")

    def complete(prompt: str, seconds: float) -> Any:
        model = Ollama(
            model=settings.llm_model,
            base_url=settings.llm_base_url or ADDRESS,
            temperature=0.0,
            context_window=CONTEXT,
            request_timeout=seconds,
            additional_kwargs={"num_predict": MAX_REPLY_TOKENS},
        )
        return model.complete(prompt)

    return Patient(LlamaIndexModel(f"ollama/{settings.llm_model}", complete, settings.llm_timeout))
