"""The bundled entailment model: a multinomial logistic regression over features a reader can name.

The features compare a premise and a hypothesis: the cosine of their MiniLM vectors, how much of the
hypothesis finds a counterpart in the premise, and whether figures, negation, direction, certainty and
population agree. Coefficients, data, seed and measured figures are in ``checker.json`` (its own model card),
made by ``python -m training.checker``. Inference is numpy only.
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

from rag.records import Embed
from rag.text import words
from rag.text.quantities import mismatch, quantities, unmatched
from rag.text.sentences import sentences

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
"""Order of the columns of every array of probabilities here."""

MODEL = Path(__file__).with_name("checker.json")
LONGEST = 4_000
"""Characters of a premise or hypothesis that are looked at."""


class Bundled:
    """An Entail: features of each pair through the coefficients of a model file."""

    def __init__(self, embedder: Embed, model: dict[str, Any]) -> None:
        if tuple(model["features"]) != FEATURES:
            raise ValueError("checker.json was made for other features: run `python -m training.checker`")
        self.name = f"bundled-{model['version']}"
        self._vectors = Vectors(embedder)
        self._mean = np.array(model["mean"])
        self._scale = np.array(model["scale"])
        self._coefficients = np.array(model["coefficients"])
        self._intercept = np.array(model["intercept"])

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """Score each (premise, hypothesis) pair; see ``records.Entail``."""
        if not pairs:
            return []
        rows = (features(pairs, self._vectors) - self._mean) / self._scale
        logits = rows @ self._coefficients.T + self._intercept
        return [dict(zip(LABELS, row.tolist(), strict=True)) for row in softmax(logits)]


def bundled(embedder: Embed, path: Path = MODEL) -> Bundled:
    """The bundled entailment model on ``embedder``, which must be the one it was trained on."""
    return Bundled(embedder, json.loads(path.read_text(encoding="utf-8")))


def support_at(path: Path = MODEL) -> float:
    """The probability of SUPPORT from which the model's card takes a statement as supported."""
    return float(json.loads(path.read_text(encoding="utf-8"))["card"]["support_at"])


def softmax(logits: Any) -> Any:
    """Row-wise softmax: shape (n, labels) in and out."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


class Vectors:
    """Unit vectors of texts, each embedded once; the oldest go when ``size`` is reached."""

    def __init__(self, embedder: Embed, size: int = 50_000) -> None:
        self._embedder = embedder
        self._size = size
        self._known: dict[str, Any] = {}

    def learn(self, texts: Sequence[str]) -> None:
        """Embed the texts that are not known yet in one call."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not new:
            return
        if len(self._known) + len(new) > self._size:
            for text in list(self._known)[: len(self._known) // 2]:
                del self._known[text]
        self._known.update(zip(new, self._embedder.documents(new), strict=True))

    def __getitem__(self, text: str) -> Any:
        """The vector of a text, shape (dimension,)."""
        if text not in self._known:
            self.learn([text])
        return self._known[text]


# --- Features ---------------------------------------------------------------------------------------

FEATURES = (
    "cosine",
    "cosine_best",
    "covered",
    "covered_all",
    "covered_pairs",
    "aligned",
    "aligned_low",
    "aligned_lowest",
    "jaccard",
    "length",
    "length_ratio",
    "figures",
    "figures_lost",
    "figures_lost_share",
    "figures_lost_any",
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

    parts: tuple[str, ...]
    stems: tuple[str, ...]
    bigrams: frozenset[tuple[str, str]]
    plain: tuple[str, ...]
    plain_stems: frozenset[str]
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
    plain = tuple(
        dict.fromkeys(
            word for word in words.words(text) if word not in words.FUNCTION_WORDS and len(word) > 2
        )
    )
    negated = words.negated(text)
    up, down = words.directions(text)
    return _Reading(
        parts=tuple(span.text for span in sentences(text)) or (text,),
        stems=tuple(stems),
        bigrams=frozenset(pairwise(stems)),
        plain=plain,
        plain_stems=frozenset(words.stem(word) for word in plain),
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


def features(pairs: Sequence[tuple[str, str]], vectors: Vectors) -> Any:
    """Compare each (premise, hypothesis) pair. Returns float64 of shape (n, len(FEATURES))."""
    cut = [(premise[:LONGEST], hypothesis[:LONGEST]) for premise, hypothesis in pairs]
    wanted: dict[str, None] = {}
    for premise, hypothesis in cut:
        there = _read(premise)
        wanted |= dict.fromkeys((hypothesis, *there.parts, *there.plain, *_read(hypothesis).plain))
    vectors.learn(list(wanted))
    rows = [_row(premise, hypothesis, vectors) for premise, hypothesis in cut]
    return np.array(rows).reshape(len(cut), len(FEATURES))


def _row(premise: str, hypothesis: str, vectors: Vectors) -> list[float]:
    there, ours = _read(premise), _read(hypothesis)
    row = [
        *_similarity(there, ours, hypothesis, vectors),
        *_figures(premise, hypothesis),
        *_cues(there, ours),
        float(bool(words.foreign_populations(hypothesis, premise))),
    ]
    named = dict(zip(FEATURES, row, strict=False))
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


def _similarity(there: _Reading, ours: _Reading, hypothesis: str, vectors: Vectors) -> list[float]:
    parts = np.array([vectors[part] for part in there.parts], dtype=np.float64)
    mean = parts.mean(axis=0)
    vector = np.asarray(vectors[hypothesis], dtype=np.float64)
    known, own = set(there.stems), list(pairwise(ours.stems))
    covered = sum(stem in known for stem in ours.stems) / (len(ours.stems) or 1)
    aligned = _aligned(there, ours, vectors)
    return [
        float(vector @ mean / (np.linalg.norm(mean) or 1)),
        float((parts @ vector).max()),
        covered,
        float(covered == 1 and len(ours.stems) > 2),
        sum(pair in there.bigrams for pair in own) / (len(own) or 1),
        float(aligned.mean()),
        float((aligned < 0.5).mean()),
        float(aligned.min()),
        len(known & set(ours.stems)) / (len(known | set(ours.stems)) or 1),
        math.log1p(len(ours.stems)),
        math.log((len(ours.stems) + 1) / (len(there.stems) + 1)),
    ]


def _aligned(there: _Reading, ours: _Reading, vectors: Vectors) -> Any:
    """For each content word of the hypothesis, the cosine of its nearest word of the premise."""
    if not ours.plain or not there.plain:
        return np.zeros(1)
    table = np.array([vectors[w] for w in ours.plain]) @ np.array([vectors[w] for w in there.plain]).T
    same = [words.stem(word) in there.plain_stems for word in ours.plain]
    return np.where(same, 1.0, table.max(axis=1))


def _figures(premise: str, hypothesis: str) -> list[float]:
    figures = quantities(hypothesis)
    lost = unmatched(hypothesis, [premise])
    units = any(mismatch(figure, [premise]) == "unit_not_in_source" for figure in lost)
    return [
        min(len(figures), 4),
        min(len(lost), 3),
        len(lost) / (len(figures) or 1),
        float(bool(lost)),
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
