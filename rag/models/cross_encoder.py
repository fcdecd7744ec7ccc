"""Any sentence-transformers cross-encoder for NLI as the entailment model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import MissingPackage, SettingsError
from rag.models.entailment import LABELS, softmax

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_SPELLINGS = {
    "SUPPORT": ("entail", "support"),
    "CONTRADICT": ("contra", "refut"),
    "NOT_ENOUGH_INFO": ("neutral", "not_enough", "not enough", "nei"),
}
_NOT_ENTAILED = re.compile(r"(?:not|non|un)[_ -]?(?:entail|support)", re.IGNORECASE)
"""The second label of a two-class model: it cannot tell a contradiction from silence."""


class NliCrossEncoder:
    """An Entail whose labels are put in our order by the names in the model's own configuration."""

    reads_checks = False

    def __init__(self, model: CrossEncoder, id2label: dict[int, str], name: str) -> None:
        self.name = name
        self._model = model
        self._columns = columns(id2label, name)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Score each (premise, hypothesis) pair; see ``records.Entail``. None where a score is no number."""
        if not pairs:
            return []
        from torch.nn import Identity

        logits = self._model.predict(list(pairs), activation_fn=Identity(), show_progress_bar=False)
        rows = softmax(np.asarray(logits, np.float64)[:, list(self._columns.values())])
        return [
            dict.fromkeys(LABELS, 0.0) | dict(zip(self._columns, row.tolist(), strict=True))
            if np.isfinite(row).all()
            else None
            for row in rows
        ]


def columns(id2label: dict[int, str], name: str) -> dict[str, int]:
    """The model's columns by our labels, read from its label names.

    A two-class model (entailment or not) has no column for CONTRADICT.

    Raises:
        SettingsError: a label is missing or named twice; such a model is no NLI model.
    """
    found: dict[str, list[int]] = {label: [] for label in LABELS}
    for index, spelled in id2label.items():
        if len(id2label) == 2 and _NOT_ENTAILED.match(spelled):
            found.pop("CONTRADICT", None)
            found["NOT_ENOUGH_INFO"].append(int(index))
        for label, starts in _SPELLINGS.items():
            if label in found and spelled.lower().startswith(starts):
                found[label].append(int(index))
    if any(len(indices) != 1 for indices in found.values()):
        raise SettingsError(
            f"RAG_VERIFIER={name} is not a model for NLI: its labels are {', '.join(id2label.values())}. "
            "Needed are entailment, contradiction and neutral, or entailment and not_entailment. "
            "Choose another model or `bundled`."
        )
    return {label: indices[0] for label, indices in found.items()}


def cross_encoder(name: str) -> NliCrossEncoder:
    """Load a cross-encoder for NLI by its name or from a folder.

    Raises:
        MissingPackage: sentence-transformers is not installed.
        SettingsError: there is no such model, or its labels are not those of NLI.
    """
    try:
        from sentence_transformers import CrossEncoder
    except ImportError:
        raise MissingPackage(
            f"The verifier {name} needs a package. Run: pip install 'sentence-transformers>=5'"
        ) from None
    try:
        model = CrossEncoder(name)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(f"RAG_VERIFIER={name} cannot be loaded: {reason}") from None
    labels = getattr(model.config, "id2label", None) or {}
    return NliCrossEncoder(model, labels, name)
