"""Language models through LlamaIndex, bounded in time and length.

One question may spend ``RAG_LLM_TIMEOUT`` seconds on the model in all, retries included. Only errors
that may pass are tried again: a dropped connection, a timeout, 429 and 5xx.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn, TypeVar

from rag.errors import LLMUnavailable, MissingPackage, SettingsError, UnsupportedOutput
from rag.records import Complete, Reply
from rag.settings import Settings

MAX_REPLY_TOKENS = 2_000
MAX_REPLY_CHARACTERS = 40_000
ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LlamaIndexModel:
    """A LlamaIndex language model behind the seam ``records.Complete``.

    Args:
        name: shown in the answer's status.
        complete: one call to the model; raises whatever its client raises.
        seconds: what one question may spend in all.
    """

    name: str
    complete: Callable[[str, float], Any]
    seconds: float

    def __call__(self, prompt: str) -> Reply:
        """Complete ``prompt`` within the budget.

        Raises:
            LLMUnavailable: the model is down, refuses, or is too slow.
            UnsupportedOutput: the reply is empty or longer than any answer could be.
        """
        deadline = time.monotonic() + self.seconds
        response = self._within(deadline, prompt)
        text = response.text or ""
        if not text.strip():
            raise UnsupportedOutput(f"The language model {self.name} sent an empty reply.")
        if len(text) > MAX_REPLY_CHARACTERS:
            raise UnsupportedOutput(
                f"The language model {self.name} sent {len(text):,} characters; "
                f"more than {MAX_REPLY_CHARACTERS:,} are not read."
            )
        return Reply(text, _tokens(response))

    def _within(self, deadline: float, prompt: str) -> Any:
        try:
            return within(deadline - time.monotonic(), lambda: self._retrying(deadline, prompt))
        except TooSlow:
            raise LLMUnavailable(
                f"The language model {self.name} gave no reply within {self.seconds:g} seconds. "
                "Raise RAG_LLM_TIMEOUT or use a faster model."
            ) from None
        except Exception as error:
            # The client's exceptions carry requests and keys: only their kind goes on.
            raise LLMUnavailable(
                f"The language model {self.name} failed ({_kind(error)}). "
                "Check RAG_LLM_BASE_URL, RAG_LLM_MODEL and RAG_LLM_API_KEY."
            ) from None

    def _retrying(self, deadline: float, prompt: str) -> Any:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay
        from tenacity import wait_exponential_jitter as backoff

        left = deadline - time.monotonic()
        policy = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(left),
            wait=backoff(initial=0.2, max=5),
            reraise=True,
        )
        return policy(lambda: self.complete(prompt, max(0.1, deadline - time.monotonic())))


class TooSlow(Exception):
    """A call outlasted its time."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Call in a thread, so that a reply that trickles in cannot outlast the time.

    Raises:
        TooSlow: it did; the thread is left to end by itself.
        Exception: what the call raises.
    """
    box: queue.SimpleQueue[Callable[[], T]] = queue.SimpleQueue()

    def run() -> None:
        try:
            value = call()
        except Exception as error:
            box.put(partial(_raise, error))
        else:
            box.put(lambda: value)

    threading.Thread(target=run, daemon=True, name="language-model").start()
    try:
        outcome = box.get(timeout=max(0.01, seconds))
    except queue.Empty:
        raise TooSlow from None
    return outcome()


def _raise(error: Exception) -> NoReturn:
    raise error


class Budget:
    """A language model for one question: the time with a call under way counts, over all its calls.

    Args:
        complete: the model.
        seconds: what the question may spend in all.
        clock: seconds, monotonic.
    """

    def __init__(
        self, complete: Complete, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = complete.name
        self._complete = complete
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way = 0
        self._since = 0.0
        self._spent = 0.0

    def __call__(self, prompt: str) -> Reply:
        """Complete ``prompt`` in the time that is left.

        Raises:
            LLMUnavailable: as the model raises it, or because no time is left.
        """
        with self._lock:
            now = self._clock()
            if not self._under_way:
                self._since = now
            left = self._seconds - self._spent - (now - self._since)
            self._under_way += 1
        try:
            if left <= 0:
                raise TooSlow
            return within(left, lambda: self._complete(prompt))
        except TooSlow:
            raise LLMUnavailable(
                f"The {self._seconds:g} seconds that one question may spend on the language model "
                f"{self.name} are over. Raise RAG_LLM_TIMEOUT or use a faster model."
            ) from None
        finally:
            with self._lock:
                self._under_way -= 1
                if not self._under_way:
                    self._spent += self._clock() - self._since


FAILURES_IN_A_ROW = 4
PAUSE_SECONDS = 120.0


class Patient:
    """A language model that is left alone for a while after several failures in a row.

    A batch would otherwise wait out the whole budget of every question for a server that is down.

    Args:
        complete: the model.
        clock: seconds, monotonic.
    """

    def __init__(self, complete: Complete, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = complete.name
        self._complete = complete
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    def __call__(self, prompt: str) -> Reply:
        """Complete ``prompt``, or refuse while the pause lasts.

        Raises:
            LLMUnavailable: as the model raises it, or because of the pause, saying so.
        """
        if self._clock() < self._until:
            raise LLMUnavailable(
                f"The language model {self.name} failed {FAILURES_IN_A_ROW} times in a row "
                f"and is not asked for {PAUSE_SECONDS:g} seconds."
            )
        try:
            reply = self._complete(prompt)
        except UnsupportedOutput:
            self._failures = 0
            raise
        except LLMUnavailable:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._failures = 0
                self._until = self._clock() + PAUSE_SECONDS
            raise
        self._failures = 0
        return reply


def openai_like(settings: Settings) -> Complete:
    """Any OpenAI-compatible server: vLLM, llama.cpp, LM Studio, OpenAI itself.

    Raises:
        MissingPackage: the extra ``llm`` is not installed.
        SettingsError: the model or its address is not set.
    """
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ImportError:
        raise MissingPackage("RAG_LLM=openai-like needs: pip install 'pubmed-rag[llm]'") from None
    if not settings.llm_base_url or not settings.llm_model:
        raise SettingsError("RAG_LLM=openai-like needs RAG_LLM_BASE_URL and RAG_LLM_MODEL.")

    def complete(prompt: str, seconds: float) -> Any:
        model = OpenAILike(
            model=settings.llm_model,
            api_base=settings.llm_base_url,
            api_key=settings.llm_api_key.get_secret_value() or "none",
            is_chat_model=True,
            temperature=0.0,
            max_tokens=MAX_REPLY_TOKENS,
            timeout=seconds,
            max_retries=0,
        )
        return model.complete(prompt)

    return Patient(LlamaIndexModel(f"openai-like/{settings.llm_model}", complete, settings.llm_timeout))


_PASSING = {
    "APIConnectionError",
    "APITimeoutError",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
}
"""Names of the clients' errors that may pass: the clients themselves are not imported here."""


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _may_pass(error: BaseException) -> bool:
    status = _status(error) if isinstance(error, Exception) else None
    if status is not None:
        return status == 429 or status >= 500
    return type(error).__name__ in _PASSING


def _kind(error: Exception) -> str:
    status = _status(error)
    return f"HTTP {status}" if status else type(error).__name__


_USED = ("total_tokens",), ("input_tokens", "output_tokens"), ("prompt_eval_count", "eval_count")
"""Where OpenAI, Anthropic and Ollama each write what a reply cost."""


def _tokens(response: Any) -> int:
    raw = getattr(response, "raw", None) or {}
    raw = raw if isinstance(raw, dict) else vars(raw)
    usage = raw.get("usage") or raw
    usage = usage if isinstance(usage, dict) else vars(usage)
    for names in _USED:
        counts = [int(usage.get(name) or 0) for name in names]
        if any(counts):
            return sum(counts)
    return 0
