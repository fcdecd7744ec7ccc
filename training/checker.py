"""Make the bundled checker from the trained cross-encoder, and measure it.

    python -m training.checker --from DIR      export, calibrate, write the model with its card
    python -m training.checker --from DIR --average FILE   the same of the mean of two checkpoints
    python -m training.checker                 only measure the model that is there

Writes ``rag/models/checker.onnx`` and ``rag/models/checker.json``. The regression that weighs the
cross-encoder and the features is fitted on statements whose abstracts the cross-encoder did not see; its
own figures are cross-validated by abstract. ``planted_errors``, HealthVer and the held-out documents of
SciFact are for measuring only. Same seed, same files.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from eval.datasets.claims import FORMATS
from eval.held_out import in_sample
from eval.measures.calibration import calibration_error
from eval.suites import files, suite
from rag.answering.verify import candidates, verify_pairs
from rag.models.entailment import FEATURES, LABELS, MODEL, bundled, features
from rag.models.pair_encoder import FILE, PairEncoder
from rag.records import Entail, Verdict
from rag.settings import Settings, load
from training.export import write
from training.pairs import split, statements

SEED = 20
FOLDS = 10
STRENGTH = 0.03
PRECISION = 0.95
"""Precision of SUPPORT that the gate's threshold is chosen for."""


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled (statement, passage) pair; items of one ``group`` are never split between folds."""

    source: str
    group: str
    statement: str
    passage: str
    label: str
    kind: str = ""


# --- Data -------------------------------------------------------------------------------------------


def held_out(settings: Settings) -> list[Item]:
    """Statements of ``checker_training`` on abstracts that no training saw; none of ``planted_errors``."""
    out = split(settings)
    return [
        Item("checker_training", one.group, one.text, one.passage, one.label, one.kind)
        for one in statements(settings)
        if one.group in out.abstracts
    ]


def measured_on(settings: Settings, name: str) -> list[Item]:
    """The claims of a suite of the harness, each against its whole article; of SciFact what is held out."""
    declared = suite(name)
    claims = FORMATS[declared.data.format](files(declared, settings))
    seen = in_sample(claims, declared.trained)
    return [
        Item(
            name,
            one.article.id,
            one.statement,
            " ".join(section.text for section in one.article.sections),
            one.given,
            one.kind or "faithful",
        )
        for one in claims
        if one.id not in seen
    ]


# --- Fitting ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Windows:
    """The stretches of all items that the check looks at; ``owner[i]`` is the item of pair ``i``."""

    pairs: list[tuple[str, str]]
    owner: Any
    rows: Any


def windows_of(items: Sequence[Item], encoder: PairEncoder) -> Windows:
    """Cut every passage into the stretches that the claim check would look at, and read them."""
    pairs, owner = [], []
    for i, item in enumerate(items):
        for window in candidates(item.statement, item.passage):
            pairs.append((window.text, item.statement))
            owner.append(i)
    return Windows(pairs, np.array(owner), features(pairs, encoder(pairs)))


def most_telling(windows: Windows, neither: Any) -> Any:
    """Index of the stretch of each item that leaves least open, as the claim check chooses it."""
    order = np.lexsort((neither, windows.owner))
    return order[np.unique(windows.owner[order], return_index=True)[1]]


def fit(windows: Windows, labels: Any, train: Any) -> tuple[StandardScaler, LogisticRegression]:
    """Fit on the most telling stretch of each training item, by the cross-encoder first, then by itself."""
    chosen = most_telling(windows, windows.rows[:, FEATURES.index("neither")])
    scaler = StandardScaler().fit(windows.rows[chosen[np.isin(windows.owner[chosen], train)]])
    model = LogisticRegression(C=STRENGTH, max_iter=3000)
    for _ in range(2):
        own = chosen[np.isin(windows.owner[chosen], train)]
        model.fit(scaler.transform(windows.rows[own]), labels[windows.owner[own]])
        neither = model.predict_proba(scaler.transform(windows.rows))[:, LABELS.index("NOT_ENOUGH_INFO")]
        chosen = most_telling(windows, neither)
    return scaler, model


class Known:
    """An Entail that looks its answers up."""

    name = "cross-validated"
    reads_checks = True

    def __init__(self, table: dict[tuple[str, str], dict[str, float]]) -> None:
        self._table = table

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """See ``records.Entail``."""
        return [self._table[pair] for pair in pairs]


def cross_validated(items: Sequence[Item], windows: Windows, labels: Any) -> Known:
    """Probabilities of every stretch from a regression that has not seen its abstract."""
    groups = np.array([item.group for item in items])
    found: dict[tuple[str, str], dict[str, float]] = {}
    for train, outside in GroupKFold(FOLDS).split(labels, labels, groups):
        scaler, model = fit(windows, labels, train)
        inside = np.flatnonzero(np.isin(windows.owner, outside))
        for i, row in zip(inside, model.predict_proba(scaler.transform(windows.rows[inside])), strict=True):
            found[windows.pairs[i]] = dict(zip(LABELS, row.tolist(), strict=True))
    return Known(found)


# --- Measuring --------------------------------------------------------------------------------------


def judged(items: Sequence[Item], entail: Entail) -> list[Verdict]:
    """The verdict of the whole check on every item."""
    return verify_pairs([(item.statement, item.passage) for item in items], entail)


def threshold(items: Sequence[Item], verdicts: Sequence[Verdict]) -> tuple[float, float]:
    """The least score from which ``PRECISION`` of the statements that fail no check are supported.

    Returns:
        That score, rounded up, and the share of all supported statements that pass there.
    """
    right = np.array([item.label == "SUPPORT" for item in items])
    passed = np.array([all(check.passed is not False for check in verdict.checks) for verdict in verdicts])
    score = np.where(passed, [verdict.score for verdict in verdicts], -1.0)
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(right[order])
    good = np.flatnonzero((hits / np.arange(1, len(hits) + 1) >= PRECISION) & (score[order] > 0))
    if not len(good):
        return 0.99, 0.0
    return float(np.ceil(score[order][good[-1]] * 1000) / 1000), float(hits[good[-1]] / right.sum())


def report(items: Sequence[Item], verdicts: Sequence[Verdict], support_at: float) -> dict[str, Any]:
    """Figures of the whole check on labelled items: labels, ranking, calibration, the gate, by kind."""
    truth, said = [item.label for item in items], [verdict.label for verdict in verdicts]
    score = np.array([verdict.score for verdict in verdicts])
    right = np.array([label == "SUPPORT" for label in truth])
    low = np.array([label != "SUPPORT" for label in said])
    clean = np.array([all(check.passed is not False for check in verdict.checks) for verdict in verdicts])
    gate = clean & (score >= support_at)
    tenth = score < np.quantile(score[right], 0.1)
    kinds = {kind: np.array([item.kind == kind for item in items]) for kind in {one.kind for one in items}}
    return {
        "items": len(items),
        "accuracy": _round(accuracy_score(truth, said)),
        "macro_f1": _round(f1_score(truth, said, average="macro")),
        "auc_of_support": _round(roc_auc_score(right, score)),
        "calibration_error": _round(calibration_error(score.tolist(), right.tolist())),
        "caught_and_false_alarms": [_round(low[~right].mean()), _round(low[right].mean())],
        "caught_at_10_percent_false_alarms": _round(tenth[~right].mean()),
        "caught_by_kind_at_10_percent": {
            kind: _round(tenth[of].mean())
            for kind, of in sorted(kinds.items())
            if kind not in ("", "faithful")
        },
        "gate_precision": _round(right[gate].mean()) if gate.any() else None,
        "gate_recall": _round(gate[right].mean()),
    }


def _round(value: Any) -> float:
    return round(float(value), 3)


def averaged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The mean of the weights of a checkpoint and of the one that its training began with.

    A model so far from both is often better than either (Wortsman et al. 2022, "Model soups").
    """
    model = {name: (one + second["model"][name]) / 2 for name, one in first["model"].items()}
    return {"model": model, "done": first["done"] + second["done"]}


def make(settings: Settings, folder: Path, average: Path | None = None) -> None:
    """Export the checkpoint in ``folder``, fit the regression, write the model with its card.

    Args:
        settings: where the data is.
        folder: of the checkpoint.
        average: another checkpoint, whose weights are averaged with it.
    """
    state = torch.load(folder / "checkpoint.pt", weights_only=True, map_location="cpu")
    if average:
        state = averaged(state, torch.load(average, weights_only=True, map_location="cpu"))
    write(state["model"], FILE)
    items = held_out(settings)
    labels = np.array([LABELS.index(item.label) for item in items])
    windows = windows_of(items, PairEncoder())
    verdicts = judged(items, cross_validated(items, windows, labels))
    support_at, passed = threshold(items, verdicts)
    scaler, model = fit(windows, labels, np.arange(len(items)))
    card = {
        "what": "MiniLM cross-encoder and named features of a pair in one multinomial regression",
        "made_by": "python -m training.cross_encoder --out A; the same --out B --start A/checkpoint.pt; "
        "python -m training.checker --from B --average A/checkpoint.pt",
        "data": "checker_training; statements, questions and search results of training/data; SciFact, "
        "Check-COVID, Evidence Inference, Citation Integrity, K-QA, FEVER, FEVER-symmetric, WiCE, PubMedQA, "
        "BioASQ, planted changes; regression: held-out checker_training",
        "licence": "Apache-2.0; started from all-MiniLM-L6-v2 (Apache-2.0)",
        "seed": SEED,
        "steps": state["done"],
        "support_at": support_at,
        "share_of_supported_statements_that_pass": _round(passed),
        "cross_validated": report(items, verdicts, support_at),
        "limits": "English abstracts. Another outcome, population or intervention is often missed: the "
        "gate's threshold is therefore strict. Weak on claims not written about abstracts (HealthVer).",
    }
    stored = {
        "card": card,
        "version": 3,
        "features": list(FEATURES),
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "coefficients": model.coef_.round(6).tolist(),
        "intercept": model.intercept_.round(6).tolist(),
    }
    MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))  # noqa: T201


def main() -> None:
    """Make and measure; see the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--from", dest="folder", type=Path, help="folder of the cross-encoder's checkpoint")
    parser.add_argument("--average", type=Path, help="another checkpoint, to average the weights with")
    chosen = parser.parse_args()
    settings = load()
    if chosen.folder:
        make(settings, chosen.folder, chosen.average)
    entail = bundled()
    support_at = json.loads(MODEL.read_text(encoding="utf-8"))["card"]["support_at"]
    for name in ("planted-errors", "scifact", "healthver"):
        items = measured_on(settings, name)
        started = time.perf_counter()
        verdicts = judged(items, entail)
        pace = len(items) / (time.perf_counter() - started)
        figures = report(items, verdicts, support_at) | {"pairs_per_second": round(pace, 1)}
        print(name, json.dumps(figures))  # noqa: T201


if __name__ == "__main__":
    main()
