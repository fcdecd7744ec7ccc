"""Language-model replies recorded by the hash of their prompt, and replayed offline.

A file of replies has one JSON object a line: ``{"prompt_sha256", "model", "reply", "tokens"}``. The same
prompt is always given the same reply, so that a run can be repeated exactly, with no model and no network.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from threading import Lock

from rag.errors import LLMUnavailable, SettingsError
from rag.records import Complete, Reply
from rag.settings import Settings

FILE = "replies.jsonl"
"""Where replies lie in ``RAG_HOME`` if ``RAG_LLM_BASE_URL`` names no other file."""


def prompt_key(prompt: str) -> str:
    """SHA-256 of a prompt in hex."""
    return hashlib.sha256(prompt.encode()).hexdigest()


class Replay:
    """A language model that knows only recorded replies.

    Args:
        path: a file of replies; of two replies to one prompt the first counts.

    Raises:
        SettingsError: the file is absent or is no file of replies.
    """

    name = "replay"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._replies = stored(path)

    def __call__(self, prompt: str) -> Reply:
        """Return what was recorded for ``prompt``.

        Raises:
            LLMUnavailable: nothing was.
        """
        reply = self._replies.get(prompt_key(prompt))
        if reply is None:
            raise LLMUnavailable(
                f"{self._path} holds no reply to this prompt. Record it with the model that wrote the others."
            )
        return reply


class Recording:
    """A language model whose replies are kept in a file; a prompt that is there already is not sent again.

    Args:
        complete: the model.
        path: the file of replies; made if absent.
    """

    def __init__(self, complete: Complete, path: Path) -> None:
        self.name = complete.name
        self._complete = complete
        self._path = path
        self._replies = stored(path) if path.exists() else {}
        self._lock = Lock()

    def __call__(self, prompt: str) -> Reply:
        """Complete ``prompt`` and keep the reply. Raises what the model raises; failures are not kept."""
        key = prompt_key(prompt)
        known = self._replies.get(key)
        if known is not None:
            return known
        reply = self._complete(prompt)
        row = {"prompt_sha256": key, "model": self.name, "reply": reply.text, "tokens": reply.tokens}
        with self._lock:
            if key in self._replies:
                return self._replies[key]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._replies[key] = reply
        return reply


def replay(settings: Settings) -> Replay:
    """The recorded model: ``RAG_LLM_BASE_URL`` is its file, ``RAG_HOME/replies.jsonl`` by default."""
    return Replay(Path(settings.llm_base_url) if settings.llm_base_url else settings.home / FILE)


def stored(path: Path) -> dict[str, Reply]:
    """Read a file of replies by the hash of their prompt.

    Raises:
        SettingsError: the file is absent, or a line is no reply; names the line.
    """
    replies: dict[str, Reply] = {}
    try:
        file = path.open(encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(
            f"The recorded replies {path} cannot be read: {error.strerror}. "
            "Set RAG_LLM_BASE_URL to a file of replies."
        ) from None
    with file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
                reply = Reply(str(row["reply"]), int(row.get("tokens", 0)))
                replies.setdefault(row["prompt_sha256"], reply)
            except (ValueError, KeyError, TypeError):
                raise SettingsError(f"{path}, line {number} is no recorded reply.") from None
    return replies
