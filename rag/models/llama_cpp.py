"""A language model in this process, without a server: a GGUF file run by llama.cpp, through LlamaIndex."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.errors import MissingPackage, SettingsError
from rag.models.language import MAX_REPLY_TOKENS, LlamaIndexModel, Patient
from rag.records import Complete
from rag.settings import Settings

CONTEXT = 16_384
"""Tokens of prompt and reply together, at most what the model was trained for."""


def llama_cpp(settings: Settings) -> Complete:
    """The model in the file ``RAG_LLM_MODEL``, loaded when it is first asked.

    Raises:
        MissingPackage: the extra ``llama-cpp`` is not installed.
        SettingsError: the setting names no GGUF file.
    """
    try:
        import llama_index.llms.llama_cpp  # noqa: F401
    except ImportError:
        raise MissingPackage("RAG_LLM=llama-cpp needs: pip install 'pubmed-rag[llama-cpp]'") from None
    path = Path(settings.llm_model).expanduser()
    if not settings.llm_model or not path.is_file():
        raise SettingsError("RAG_LLM=llama-cpp needs RAG_LLM_MODEL, the path of a model file (.gguf).")
    head = header(path)
    model = InProcess(lambda stopped: _load(path, head, stopped))
    return Patient(LlamaIndexModel(f"llama-cpp/{path.stem}", model, settings.llm_timeout))


class Stopped(Exception):
    """The time for a reply ran out before it was whole."""


@dataclass
class InProcess:
    """A model that is loaded on first use, asked by one caller at a time, and stopped when the time is over.

    A call that was given up would otherwise go on computing, and the next would run into it.

    Args:
        load: makes the model; it is to ask before each token whether to stop.
    """

    load: Callable[[Callable[[], bool]], Any]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _model: Any = None
    _deadline: float = 0.0

    def __call__(self, prompt: str, seconds: float) -> Any:
        """Complete ``prompt``.

        Raises:
            Stopped: there was no time to begin, or the reply was not whole in time.
            Exception: whatever the model raises, e.g. for a prompt that is longer than its context.
        """
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=seconds):
            raise Stopped
        try:
            self._deadline = deadline
            if self._model is None:
                self._model = self.load(lambda: time.monotonic() > self._deadline)
            response = self._model.complete(prompt)
        finally:
            self._lock.release()
        if time.monotonic() > deadline:
            raise Stopped
        return response


@dataclass(frozen=True, slots=True)
class Header:
    """What a model's file says of itself: its context in tokens, and how it wants to be spoken to."""

    context: int
    to_prompt: Callable[[str], str]


def header(path: Path) -> Header:
    """Read the head of a GGUF file.

    Raises:
        SettingsError: it is no such file.
    """
    from llama_cpp import Llama
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    try:
        with redirect_stderr(io.StringIO()):  # it warns of a context that only the whole model has
            head = Llama(str(path), vocab_only=True, verbose=False)
    except ValueError:
        raise SettingsError(f"{path} is no model file of llama.cpp (GGUF). Correct RAG_LLM_MODEL.") from None
    kind = head.metadata.get("general.architecture", "")
    context = int(head.metadata.get(f"{kind}.context_length", CONTEXT))
    template = head.metadata.get("tokenizer.chat_template")
    if template is None:
        return Header(context, str)
    begin, end = (
        head.detokenize([token], special=True).decode(errors="ignore") if token >= 0 else ""
        for token in (head.token_bos(), head.token_eos())
    )
    chat = Jinja2ChatFormatter(template, eos_token=end, bos_token=begin)

    def to_prompt(text: str) -> str:
        said: str = chat(messages=[{"role": "user", "content": text}]).prompt
        return said.removeprefix(begin)  # llama.cpp puts it there itself

    return Header(context, to_prompt)


def _load(path: Path, head: Header, stopped: Callable[[], bool]) -> Any:
    from llama_cpp import StoppingCriteriaList
    from llama_index.llms.llama_cpp import LlamaCPP

    return LlamaCPP(
        model_path=str(path),
        temperature=0.0,
        max_new_tokens=MAX_REPLY_TOKENS,
        context_window=min(CONTEXT, head.context),
        completion_to_prompt=head.to_prompt,
        generate_kwargs={"stopping_criteria": StoppingCriteriaList([lambda tokens, scores: stopped()])},
        model_kwargs={"n_gpu_layers": -1},
        verbose=False,
    )
