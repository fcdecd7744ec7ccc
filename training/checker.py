"""Make ``rag/models/checker.json``, the bundled entailment model, and measure it.

    python -m training.checker                 fit, cross-validate, write the model with its card
    python -m training.checker --measure       only measure the model that is there

Data to train on: ``checker_training`` (split by abstract) and near copies: sentences of its abstracts,
shortened (SUPPORT) or with one word or figure changed (CONTRADICT), so that the model has seen statements
which stay close to their source. SciFact and Check-COVID (training parts), HealthVer and
``planted_errors`` are for measuring only. Same seed, same file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from rag.answering.verify import CANDIDATES, candidates, verify_pairs
from rag.models.entailment import FEATURES, LABELS, MODEL, Vectors, bundled, features
from rag.providers import embedder
from rag.records import Embed
from rag.settings import Settings, load
from rag.text.quantities import quantities

SEED = 20
FOLDS = 5
SUPPORT_AT = 0.98
"""Probability from which the gate takes a statement as supported: on cross-validated ``checker_training``,
half of it planted errors, 95 % of the statements from 0.978 on are supported. The bundled model takes one
paraphrase in a thousand that far (see its card): with it little but quotation passes."""


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


def _rows(settings: Settings, relative: str) -> Iterator[Any]:
    path = settings.data_file(relative)
    if path is None:
        raise SystemExit(f"{relative} is in none of the folders of RAG_DATA.")
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as file
    ):
        for line in file:
            yield json.loads(line)


def checker_training(settings: Settings) -> list[Item]:
    """The statements of ``checker_training``, each against its whole abstract."""
    development = {row["pmid"] for row in _rows(settings, "pubmedqa/questions.jsonl.gz")}
    reserved = {row["pmid"] for row in _rows(settings, "pubmedqa/corpus.jsonl.gz")} - development
    passages = {
        row["pmid"]: " ".join(sentence["text"] for sentence in row["sentences"])
        for row in _rows(settings, "checker_training/abstracts.jsonl")
        if row["pmid"] not in reserved
    }
    return [
        Item("checker_training", row["pmid"], row["statement"], passages[row["pmid"]], row["verdict"],
             row["error_type"] or "faithful")
        for row in _rows(settings, "checker_training/items.jsonl")
        if row["pmid"] in passages
    ]  # fmt: skip


def scifact(settings: Settings) -> list[Item]:
    """SciFact's training claims against each abstract they cite (Wadden et al. 2020)."""
    corpus = {
        str(row["doc_id"]): " ".join(row["abstract"]) for row in _rows(settings, "scifact/corpus.jsonl.gz")
    }
    found = []
    for row in _rows(settings, "scifact/claims_train.jsonl.gz"):
        for doc in map(str, row["cited_doc_ids"]):
            evidence = row["evidence"].get(doc)
            label = evidence[0]["label"] if evidence else "NOT_ENOUGH_INFO"
            found.append(Item("scifact", f"scifact-{doc}", row["claim"], corpus[doc], label))
    return found


def check_covid(settings: Settings) -> list[Item]:
    """Check-COVID's training claims against their abstract (Wang et al. 2023)."""
    names = {"SUPPORT": "SUPPORT", "REFUTE": "CONTRADICT", "NOTENOUGHINFO": "NOT_ENOUGH_INFO"}
    corpus = {
        row["cord_id"]: " ".join(row["abstract"]) for row in _rows(settings, "check_covid/corpus.jsonl.gz")
    }
    return [
        Item("check_covid", row["cord_id"], row["claim"], corpus[row["cord_id"]], names[row["label"]])
        for row in _rows(settings, "check_covid/train.jsonl.gz")
        if row["cord_id"] in corpus
    ]


_ANTONYMS = (
    ("increased", "decreased"), ("higher", "lower"), ("more", "fewer"), ("greater", "smaller"),
    ("longer", "shorter"),
    ("improved", "worsened"), ("increase", "decrease"), ("better", "worse"), ("positive", "negative"),
    ("before", "after"), ("men", "women"), ("male", "female"), ("children", "adults"), ("younger", "older"),
)  # fmt: skip
_SWAPS = {a: b for pair in _ANTONYMS for a, b in (pair, pair[::-1])}


def near_copies(settings: Settings) -> list[Item]:
    """Two near copies of sentences of every abstract, one left true and one made false."""
    draw = random.Random(SEED)
    found = []
    for row in _rows(settings, "checker_training/abstracts.jsonl"):
        passage = " ".join(sentence["text"] for sentence in row["sentences"])
        whole = [one["text"] for one in row["sentences"] if 8 <= len(one["text"].split()) <= 45]
        for text in draw.sample(whole, min(3, len(whole))):
            short = _shortened(text)
            false = _falsified(short, draw)
            if short != text:
                found.append(Item("near_copies", row["pmid"], short, passage, "SUPPORT", "shortened"))
            if false:
                found.append(Item("near_copies", row["pmid"], false, passage, "CONTRADICT", "changed"))
    kept = {item.group for item in checker_training(settings)}
    return [item for item in found if item.group in kept]


def _shortened(text: str) -> str:
    """The sentence without its brackets and its opening connective."""
    bare = re.sub(r"\s*[(\[][^()\[\]]*[)\]]", "", text)
    bare = re.sub(
        r"^(?:However|Moreover|Furthermore|In addition|Additionally|Overall|In conclusion),\s+", "", bare
    )
    return bare[:1].upper() + bare[1:]


def _falsified(text: str, draw: random.Random) -> str | None:
    """The sentence with one word turned round, one negation set or lost, or one figure changed."""
    edits: list[str] = []
    for word, other in _SWAPS.items():
        edits += [text[: m.start()] + other + text[m.end() :] for m in re.finditer(rf"\b{word}\b", text)]
    for have, put in ((r"\bwas not\b", "was"), (r"\bwere not\b", "were"), (r"\bdid not\b", "did"),
                      (r"\bno significant\b", "a significant"),
                      (r"\bwas significantly\b", "was not significantly"),
                      (r"\bwere significantly\b", "were not significantly"),
                      (r"\bis associated\b", "is not associated"),
                      (r"\bwas associated\b", "was not associated")):  # fmt: skip
        edits += [re.sub(have, put, text, count=1)] if re.search(have, text) else []
    for figure in quantities(text)[:3]:
        digits = re.search(r"\d+", figure.text)
        if digits:
            start = figure.start + digits.start()
            new = str(int(digits.group()) + draw.choice((1, 2, 3, 7, 10)))
            edits.append(text[:start] + new + text[start + len(digits.group()) :])
    return draw.choice(edits) if edits else None


# --- Fitting ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Windows:
    """The candidate windows of all items in one table: ``rows[owner == i]`` are those of item ``i``."""

    pairs: list[tuple[str, str]]
    owner: Any
    rows: Any


def windows_of(items: Sequence[Item], vectors: Vectors) -> Windows:
    """Cut every passage into the windows that the claim check would look at, and read their features."""
    pairs, owner = [], []
    for i, item in enumerate(items):
        for window in candidates(item.statement, item.passage, CANDIDATES):
            pairs.append((window.text, item.statement))
            owner.append(i)
    rows = [features(pairs[start : start + 500], vectors) for start in range(0, len(pairs), 500)]
    return Windows(pairs, np.array(owner), np.concatenate(rows))


def fit(windows: Windows, labels: Any, train: Any) -> tuple[StandardScaler, LogisticRegression]:
    """Fit on the most telling window of each training item, found by a first fit on the nearest."""
    first = np.unique(windows.owner, return_index=True)[1]
    chosen = first[np.isin(windows.owner[first], train)]
    scaler = StandardScaler().fit(windows.rows[chosen])
    model = LogisticRegression(C=0.3, max_iter=3000)
    for _ in range(3):
        model.fit(scaler.transform(windows.rows[chosen]), labels[windows.owner[chosen]])
        best = best_windows(windows, 1 - model.predict_proba(scaler.transform(windows.rows))[:, 2])
        chosen = best[np.isin(windows.owner[best], train)]
    return scaler, model


def best_windows(windows: Windows, telling: Any) -> Any:
    """Index of the most telling window of each item, as the claim check chooses it."""
    order = np.lexsort((-telling, windows.owner))
    return order[np.unique(windows.owner[order], return_index=True)[1]]


def model_of(scaler: StandardScaler, model: LogisticRegression) -> dict[str, Any]:
    """The model file's part that inference reads."""
    return {
        "version": 1,
        "features": list(FEATURES),
        "mean": scaler.mean_.round(6).tolist(),
        "scale": scaler.scale_.round(6).tolist(),
        "coefficients": model.coef_.round(6).tolist(),
        "intercept": model.intercept_.round(6).tolist(),
    }


def cross_validated(
    items: Sequence[Item], windows: Windows, labels: Any
) -> dict[tuple[str, str], dict[str, float]]:
    """Probabilities of every window from a model that has not seen its abstract."""
    groups = np.array([item.group for item in items])
    found: dict[tuple[str, str], dict[str, float]] = {}
    for train, held in GroupKFold(FOLDS).split(labels, labels, groups):
        scaler, model = fit(windows, labels, train)
        inside = np.flatnonzero(np.isin(windows.owner, held))
        for i, row in zip(inside, model.predict_proba(scaler.transform(windows.rows[inside])), strict=True):
            found[windows.pairs[i]] = dict(zip(LABELS, row.tolist(), strict=True))
    return found


# --- Measuring --------------------------------------------------------------------------------------


class Known:
    """An Entail that looks its answers up."""

    name = "cross-validated"

    def __init__(self, table: dict[tuple[str, str], dict[str, float]]) -> None:
        self._table = table

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """See ``records.Entail``."""
        return [self._table[pair] for pair in pairs]


def report(items: Sequence[Item], entail: Any) -> dict[str, Any]:
    """Figures of the whole check on labelled items: argmax, what the gate shows, calibration, by kind."""
    started = time.perf_counter()
    verdicts = verify_pairs([(item.statement, item.passage) for item in items], entail)
    seconds = time.perf_counter() - started
    truth = [item.label for item in items]
    argmax = [max(LABELS, key=lambda label: v.scores[label]) for v in verdicts]
    support = np.array([v.score for v in verdicts])
    right = np.array([label == "SUPPORT" for label in truth])
    shown = support >= SUPPORT_AT
    kinds = sorted({item.kind for item in items if item.kind})
    of = {k: np.array([item.kind == k for item in items]) for k in kinds}
    low = argmax_support(argmax)
    return {
        "items": len(items),
        "accuracy": round(float(accuracy_score(truth, argmax)), 4),
        "macro_f1": round(float(f1_score(truth, argmax, average="macro")), 4),
        "ece_of_support": round(calibration_error(support, right), 4),
        "shown": {
            "passed": int(shown.sum()),
            "precision": round(float(right[shown].mean()), 4) if shown.any() else None,
            "recall": round(float(shown[right].mean()), 4),
            "errors_caught": round(float(1 - shown[~right].mean()), 4) if (~right).any() else None,
        },
        "argmax": {
            "errors_caught": round(float(1 - low[~right].mean()), 4),
            "false_alarms": round(float(1 - low[right].mean()), 4),
            "caught_by_kind": {k: round(float(1 - low[of[k]].mean()), 3) for k in kinds},
        },
        "pairs_per_second": round(len(items) / seconds, 1),
    }


def argmax_support(labels: Sequence[str]) -> Any:
    """Which labels are SUPPORT, as a boolean array."""
    return np.array([label == "SUPPORT" for label in labels])


def calibration_error(support: Any, right: Any, bins: int = 10) -> float:
    """Expected calibration error of the probability of SUPPORT (Naeini et al. 2015), equal-width bins."""
    which = np.minimum((support * bins).astype(int), bins - 1)
    return float(
        sum(
            (which == b).mean() * abs(support[which == b].mean() - right[which == b].mean())
            for b in range(bins)
            if (which == b).any()
        )
    )


def threshold(support: Any, right: Any, precision: float = 0.95) -> tuple[float, float]:
    """The least score from which at least ``precision`` of the items are supported, and the recall there."""
    order = np.argsort(-support, kind="stable")
    hits = np.cumsum(right[order])
    good = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= precision)
    return (float(support[order][good[-1]]), float(hits[good[-1]] / right.sum())) if len(good) else (1.0, 0.0)


def planted_errors(settings: Settings) -> list[Item]:
    """The development set with planted errors: for measuring only."""
    passages = {
        row["pmid"]: " ".join(section["text"] for section in row["sections"])
        for row in _rows(settings, "planted_errors/abstracts.jsonl")
    }
    return [
        Item("planted_errors", row["pmid"], row["statement"], passages[row["pmid"]], row["verdict"],
             row["error_type"] or "faithful")
        for row in _rows(settings, "planted_errors/dev.jsonl")
    ]  # fmt: skip


def healthver(settings: Settings) -> list[Item]:
    """HealthVer's development pairs (Sarrouti et al. 2021): another domain, for measuring only."""
    names = {"Supports": "SUPPORT", "Refutes": "CONTRADICT", "Neutral": "NOT_ENOUGH_INFO"}
    return [
        Item("healthver", str(row["id"]), row["claim"], row["evidence"], names[row["label"]])
        for row in _rows(settings, "healthver/dev.jsonl.gz")
    ]


class Cosine:
    """The baseline: the cosine of the best window stands for the probability of SUPPORT."""

    name = "cosine"

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        """See ``records.Entail``."""
        column = FEATURES.index("cosine_best")
        values = np.clip(features(pairs, self._vectors)[:, column], 0, 1).tolist()
        return [{"SUPPORT": v, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 1 - v} for v in values]


class Kept:
    """An embedder whose vectors are kept in a file between runs."""

    def __init__(self, inner: Embed, path: Path) -> None:
        self.name, self.dimension, self._inner, self._path = inner.name, inner.dimension, inner, path
        self._known: dict[str, Any] = {}
        if path.exists():
            kept = np.load(path, allow_pickle=False)
            self._known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def documents(self, texts: Sequence[str]) -> Any:
        """See ``records.Embed``."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._inner.documents(new), strict=True))
        return np.array([self._known[text] for text in texts], np.float32)

    def query(self, text: str) -> Any:
        """See ``records.Embed``."""
        return self.documents([text])[0]

    def keep(self) -> None:
        """Write the vectors to the file."""
        np.savez(self._path, texts=np.array(list(self._known)), vectors=np.array(list(self._known.values())))


def main() -> None:
    """Fit and measure; see the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--measure", action="store_true", help="do not fit")
    parser.add_argument(
        "--vectors", type=Path, default=Path("/dev/null"), help="file that keeps vectors between runs"
    )
    options = parser.parse_args()
    settings = load()
    kept = Kept(embedder(settings), options.vectors)
    vectors = Vectors(kept, size=500_000)
    if not options.measure:
        _write(settings, vectors)
    if options.vectors != Path("/dev/null"):
        kept.keep()
    model = bundled(kept)
    for items in (planted_errors(settings), scifact(settings), check_covid(settings), healthver(settings)):
        for entail in (model, Cosine(vectors)):
            print(items[0].source, entail.name, json.dumps(report(items, entail), indent=1))  # noqa: T201


def _write(settings: Settings, vectors: Vectors) -> None:
    items = [*checker_training(settings), *near_copies(settings)]
    labels = np.array([LABELS.index(item.label) for item in items])
    windows = windows_of(items, vectors)
    table = cross_validated(items, windows, labels)
    figures: dict[str, Any] = {}
    for source in ("checker_training", "near_copies"):
        mine = [item for item in items if item.source == source]
        figures[source] = report(mine, Known(table))
        verdicts = verify_pairs([(item.statement, item.passage) for item in mine], Known(table))
        support = np.array([v.score for v in verdicts])
        right = np.array([item.label == "SUPPORT" for item in mine])
        for wanted in (0.9, 0.95):
            figures[source][f"threshold_and_recall_at_precision_{wanted}"] = threshold(support, right, wanted)
        failed = np.array([any(check.passed is False for check in v.checks) for v in verdicts])
        figures[source]["supported_though_a_check_failed"] = round(float(right[failed].mean()), 4)
    scaler, model = fit(windows, labels, np.arange(len(items)))
    card = {
        "what": "multinomial logistic regression over named features of (premise, hypothesis)",
        "made_by": "python -m training.checker",
        "data": "checker_training and near copies of its abstracts (PubMedQA-L, Evidence Inference: MIT)",
        "licence": "Apache-2.0; the file holds coefficients only",
        "seed": SEED,
        "support_at": SUPPORT_AT,
        "cross_validated": figures,
    }
    text = json.dumps({"card": card, **model_of(scaler, model)}, indent=1)
    MODEL.write_text(text + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
