"""The bundled entailment model: a small cross-encoder, and features a reader can name, in one regression.

The cross-encoder (``pair_encoder.py``, ``checker.onnx``) says how likely each label is; the features say if
words, figures, negation, direction, certainty and population of premise and hypothesis agree. A multinomial
logistic regression weighs both. Its coefficients, data, seed and figures are in ``checker.json`` (the
model card), made by ``python -m training.checker``. Inference needs no torch.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rag.models.pair_encoder import PairEncoder, pair_encoder
from rag.text import words
from rag.text.quantities import mismatch, quantities, unmatched

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
"""Order of the columns of every array of probabilities here."""

MODEL = Path(__file__).with_name("checker.json")
LONGEST = 4_000
"""Characters of a premise or hypothesis that are looked at."""


class Bundled:
    """An Entail: the logits of the cross-encoder and the features of each pair through a model file."""

    reads_checks = True

    def __init__(self, encoder: PairEncoder, model: dict[str, Any]) -> None:
        if tuple(model["features"]) != FEATURES:
            raise ValueError("checker.json was made for other features: run `python -m training.checker`")
        self.name = f"bundled-{model['version']}"
        self._encoder = encoder
        self._mean = np.array(model["mean"])
        self._scale = np.array(model["scale"])
        self._coefficients = np.array(model["coefficients"])
        self._intercept = np.array(model["intercept"])

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Score each (premise, hypothesis) pair; see ``records.Entail``."""
        if not pairs:
            return []
        rows = (features(pairs, self._encoder(pairs)) - self._mean) / self._scale
        logits = rows @ self._coefficients.T + self._intercept
        return [dict(zip(LABELS, row.tolist(), strict=True)) for row in softmax(logits)]


def bundled(path: Path = MODEL) -> Bundled:
    """The bundled entailment model."""
    return Bundled(pair_encoder(), json.loads(path.read_text(encoding="utf-8")))


def support_at(path: Path = MODEL) -> float:
    """The probability of SUPPORT from which the model's card takes a statement as supported."""
    return float(json.loads(path.read_text(encoding="utf-8"))["card"]["support_at"])


def softmax(logits: Any) -> Any:
    """Row-wise softmax: shape (n, labels) in and out."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


# --- Features ---------------------------------------------------------------------------------------

FEATURES = (
    "support",
    "contradict",
    "neither",
    "covered",
    "covered_all",
    "covered_pairs",
    "jaccard",
    "length",
    "length_ratio",
    "figures",
    "figures_lost",
    "figures_lost_share",
    "figures_lost_any",
    "digits_lost",
    "units_lost",
    "figures_unused",
    "null_only_hypothesis",
    "null_only_premise",
    "null_both",
    "negation_only_hypothesis",
    "negation_only_premise",
    "negated_affirmed",
    "direction_same",
    "direction_flipped",
    "direction_new",
    "direction_words_new",
    "hedge_lost",
    "hedge_both",
    "certainty_new",
    "cause_new",
    "cause_of_association",
    "names_lost",
    "population_foreign",
    "nothing_new",
)
"""Names of the columns of ``features``, in order."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What is read once from a text, on whichever side of a pair it stands."""

    stems: tuple[str, ...]
    bigrams: frozenset[tuple[str, str]]
    affirmed: frozenset[str]
    negated: frozenset[str]
    null: bool
    negation: bool
    up: frozenset[str]
    down: frozenset[str]
    hedged: bool
    certain: int
    causal: bool
    associative: bool
    names: frozenset[str]


@lru_cache(maxsize=16_384)
def _read(text: str) -> _Reading:
    stems = words.content(text)
    negated = words.negated(text)
    up, down = words.directions(text)
    return _Reading(
        stems=tuple(stems),
        bigrams=frozenset(pairwise(stems)),
        affirmed=frozenset(stems) - negated,
        negated=negated,
        null=words.null_result(text),
        negation=words.negations(text) > 0,
        up=up,
        down=down,
        hedged=words.hedges(text) > 0,
        certain=words.certainties(text),
        causal=words.causal(text) > 0,
        associative=words.associative(text) > 0,
        names=words.names(text),
    )


def features(pairs: Sequence[tuple[str, str]], logits: Any) -> Any:
    """Compare each (premise, hypothesis) pair, of which the cross-encoder gave ``logits`` (n, 3).

    Returns float64 of shape (n, len(FEATURES)).
    """
    likely = np.log(softmax(logits) + 1e-9)
    rows = [
        [*own, *_row(premise[:LONGEST], hypothesis[:LONGEST])]
        for own, (premise, hypothesis) in zip(likely.tolist(), pairs, strict=True)
    ]
    return np.array(rows).reshape(len(pairs), len(FEATURES))


def _row(premise: str, hypothesis: str) -> list[float]:
    there, ours = _read(premise), _read(hypothesis)
    row = [
        *_overlap(there, ours),
        *_figures(premise, hypothesis),
        *_cues(there, ours),
        float(bool(words.foreign_populations(hypothesis, premise))),
    ]
    named = dict(zip(FEATURES[len(LABELS) :], row, strict=False))
    return [*row, float(named["covered_all"] == 1 and not any(named[name] for name in _PARTINGS))]


_PARTINGS = (
    "figures_lost_any",
    "null_only_hypothesis",
    "null_only_premise",
    "negation_only_hypothesis",
    "negation_only_premise",
    "negated_affirmed",
    "direction_flipped",
    "direction_words_new",
    "hedge_lost",
    "certainty_new",
    "cause_new",
    "names_lost",
    "population_foreign",
)
"""Features that say where premise and hypothesis part ways; none of them: the hypothesis adds nothing."""


def _overlap(there: _Reading, ours: _Reading) -> list[float]:
    known, own = set(there.stems), list(pairwise(ours.stems))
    covered = sum(stem in known for stem in ours.stems) / (len(ours.stems) or 1)
    return [
        covered,
        float(covered == 1 and len(ours.stems) > 2),
        sum(pair in there.bigrams for pair in own) / (len(own) or 1),
        len(known & set(ours.stems)) / (len(known | set(ours.stems)) or 1),
        math.log1p(len(ours.stems)),
        math.log((len(ours.stems) + 1) / (len(there.stems) + 1)),
    ]


def _figures(premise: str, hypothesis: str) -> list[float]:
    figures = quantities(hypothesis)
    lost = unmatched(hypothesis, [premise])
    units = any(mismatch(figure, [premise]) == "unit_not_in_source" for figure in lost)
    return [
        min(len(figures), 4),
        min(len(lost), 3),
        len(lost) / (len(figures) or 1),
        float(bool(lost)),
        float(any(char.isdigit() for figure in lost for char in figure.text)),
        float(units),
        float(not figures and bool(quantities(premise))),
    ]


def _cues(there: _Reading, ours: _Reading) -> list[float]:
    up, down, up_there, down_there = bool(ours.up), bool(ours.down), bool(there.up), bool(there.down)
    return [
        float(ours.null and not there.null and not there.negation),
        float(there.null and not ours.null and not ours.negation),
        float(ours.null and there.null),
        float(ours.negation and not there.negation),
        float(there.negation and not ours.negation),
        float(not ours.null and bool(ours.affirmed & there.negated)),
        float((up and up_there and not down) or (down and down_there and not up)),
        float(
            (up and not down and down_there and not up_there)
            or (down and not up and up_there and not down_there)
        ),
        float((up or down) and not (up_there or down_there)),
        float(not (ours.up | ours.down) <= (there.up | there.down)),
        float(there.hedged and not ours.hedged),
        float(there.hedged and ours.hedged),
        float(ours.certain > there.certain),
        float(ours.causal and not there.causal),
        float(ours.causal and not there.causal and there.associative),
        float(not ours.names <= there.names),
    ]
