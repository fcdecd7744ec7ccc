"""A language model that always sends the same reply: for cases whose danger is in the reply."""

from __future__ import annotations

from dataclasses import dataclass

from rag.records import Reply


@dataclass(frozen=True, slots=True)
class Scripted:
    """Sends ``reply`` whatever it is asked."""

    reply: str
    name: str = "scripted"

    def __call__(self, prompt: str) -> Reply:
        """The reply."""
        return Reply(self.reply)
