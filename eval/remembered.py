"""An entailment model that scores no pair twice: suites of one run ask about the same sentences again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock

from rag.records import Entail

Scores = dict[str, float]


class Remembered:
    """An Entail that keeps the scores of pairs by their content.

    Only for a model whose scores of a pair do not depend on the pairs scored beside it: else what is
    remembered would depend on the order of the items.

    Args:
        entail: the model.
        most: pairs that are kept; the older half goes when it is reached.
    """

    def __init__(self, entail: Entail, most: int = 200_000) -> None:
        self.name = entail.name
        self.reads_checks = entail.reads_checks
        self._entail = entail
        self._most = most
        self._known: dict[bytes, Scores] = {}
        self._lock = Lock()

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Scores | None]:
        """Score each (premise, hypothesis) pair; see ``records.Entail``."""
        keys = [_key(*pair) for pair in pairs]
        known = self._known
        found: dict[bytes, Scores | None] = {key: known[key] for key in keys if key in known}
        new = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in found}
        if new:
            scored = dict(zip(new, self._entail(list(new.values())), strict=True))
            self._keep({key: scores for key, scores in scored.items() if scores is not None})
            found |= scored
        return [found[key] for key in keys]

    def _keep(self, scored: dict[bytes, Scores]) -> None:
        with self._lock:
            if len(self._known) + len(scored) > self._most:
                self._known = dict(list(self._known.items())[len(self._known) // 2 :])
            self._known.update(scored)


def _key(premise: str, hypothesis: str) -> bytes:
    return hashlib.blake2b(f"{len(premise)} {premise}{hypothesis}".encode(), digest_size=16).digest()
