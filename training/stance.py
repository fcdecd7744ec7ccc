"""Make ``rag/answering/stance.json``: which way an article points on a yes/no question.

    python -m training.stance

Fits three logistic regressions (speaks to the question; does not decide; yes rather than no) and prints the
cross-validated figures that go into the model file. Development data only: the labelled questions of
PubMedQA, the yes/no questions of BioASQ, the prompts of Evidence Inference put as questions.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from rag.answering import stance as model
from rag.records import Article, Section
from rag.settings import Settings, load
from rag.text.pointing import frame

SEED = 20250101
STRENGTH = {"speaks": 1.0, "undecided": 0.03, "yes": 0.005}
"""Inverse strength of the L2 penalty of each regression."""
WEIGHTS = {"pubmedqa": 1.0, "bioasq": 0.7, "evidence_inference": 0.15}
"""Weight of one item of each set in "yes rather than no"."""
FOLDS, REPEATS, RESAMPLES = 10, 3, 2000
LABELS = ("yes", "no", "maybe")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Item:
    """One question on one article with its answer: yes, no or maybe."""

    question: str
    article: Article
    answer: str


def _rows(settings: Settings, relative: str) -> Iterator[dict[str, Any]]:
    path = settings.data_file(relative)
    if path is None:
        raise SystemExit(f"{relative} is in none of the folders of RAG_DATA.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def pubmedqa(settings: Settings) -> list[Item]:
    """The 500 labelled development questions of PubMedQA, each with its whole abstract."""
    return [
        Item(
            row["question"],
            Article(
                row["pmid"],
                "",
                (
                    *(Section(one["label"], one["text"]) for one in row["sections"]),
                    Section("CONCLUSIONS", row["long_answer"]),
                ),
            ),
            row["final_decision"],
        )
        for row in _rows(settings, "pubmedqa/questions.jsonl.gz")
    ]


def bioasq(settings: Settings, snippets: int = 4) -> list[Item]:
    """The yes/no questions of BioASQ; the first snippets of each stand for a conclusion."""
    items = []
    for row in _rows(settings, "bioasq/questions.jsonl.gz"):
        if row["type"] == "yesno":
            texts = list(dict.fromkeys(one["text"] for one in row["snippets"]))[:snippets]
            answer = row["exact_answer"].strip(" .").lower()
            items.append(Item(row["question"], _concluding(row["id"], " ".join(texts)), answer))
    return items


_FORMS = (
    ("Does {intervention} affect {outcome}?", ("increased", "decreased")),
    (
        "Is there a difference in {outcome} between {intervention} and {comparator}?",
        ("increased", "decreased"),
    ),
    ("Does {intervention} increase {outcome} compared with {comparator}?", ("increased",)),
    ("Does {intervention} reduce {outcome} compared with {comparator}?", ("decreased",)),
)


def evidence_inference(settings: Settings, longest: int = 900) -> list[Item]:
    """Prompts of Evidence Inference, each put as one of four questions, with its evidence sentence."""
    choose = random.Random(SEED)
    items = []
    for row in _rows(settings, "evidence_inference/prompts.jsonl.gz"):
        texts = [one["text"] for one in row["evidence"] if one["label"] == row["label"]]
        if row["flagged_incorrect_prompt"] or not texts or len(texts[0]) > longest:
            continue
        form, yes = choose.choice(_FORMS)
        answer = "yes" if row["label"].endswith(yes) else "no"
        items.append(Item(form.format(**row), _concluding(str(row["id"]), texts[0]), answer))
    return items


def _concluding(name: str, text: str) -> Article:
    return Article(name, "", (Section("CONCLUSIONS", text),))


def without_labels(item: Item) -> Item:
    """The same item with its abstract in one piece."""
    text = " ".join(section.text for section in item.article.sections)
    return Item(item.question, Article(item.article.id, "", (Section("", text),)), item.answer)


@dataclass(frozen=True, slots=True)
class Features:
    """Features of one set, one row an item, with its answers."""

    evidence: Vector
    doubt: Vector
    answers: NDArray[np.str_]

    def at(self, rows: NDArray[Any]) -> Features:
        """The items at ``rows``."""
        return Features(self.evidence[rows], self.doubt[rows], self.answers[rows])


def features(items: list[Item]) -> Features:
    """Read every item: features of "yes rather than no" and of "does not decide"."""
    asked = [frame(one.question) for one in items]
    read = [
        model.Reading.of(each, model.conclusion(one.article, each))
        for each, one in zip(asked, items, strict=True)
    ]
    return Features(
        np.array([one.evidence() for one in read]),
        np.array([one.doubt() for one in read]),
        np.array([one.answer for one in items]),
    )


def fit(
    x: Vector, y: NDArray[np.bool_], names: tuple[str, ...], strength: float, weight: Vector
) -> dict[str, Any]:
    """Fit one regression; returns its part of the model file."""
    mean, scale = x.mean(0), x.std(0)
    scale[scale == 0] = 1.0
    fitted = LogisticRegression(C=strength, max_iter=5000)
    fitted.fit(np.clip((x - mean) / scale, -4, 4), y, sample_weight=weight)
    return {
        "features": list(names),
        "mean": mean.round(5).tolist(),
        "scale": scale.round(5).tolist(),
        "coefficients": fitted.coef_[0].round(5).tolist(),
        "intercept": round(float(fitted.intercept_[0]), 5),
    }


def fit_yes(labelled: Features, others: list[tuple[Features, float]]) -> dict[str, Any]:
    """Fit "yes rather than no" on the decided items of PubMedQA and on the other sets."""
    decided = labelled.at(np.flatnonzero(labelled.answers != "maybe"))
    parts = [(decided, WEIGHTS["pubmedqa"]), *others]
    return fit(
        np.vstack([part.evidence for part, _ in parts]),
        np.concatenate([part.answers == "yes" for part, _ in parts]),
        model.EVIDENCE,
        STRENGTH["yes"],
        np.concatenate([np.full(len(part.answers), weight) for part, weight in parts]),
    )


def fit_undecided(labelled: Features) -> dict[str, Any]:
    """Fit "does not decide" on PubMedQA."""
    maybe = labelled.answers == "maybe"
    return fit(labelled.doubt, maybe, model.DOUBT, STRENGTH["undecided"], np.ones(len(maybe)))


def fit_speaks(items: list[Item]) -> dict[str, Any]:
    """Fit "speaks to the question" on questions with their own article and with one drawn from the others."""
    others = random.Random(SEED).sample(items, len(items))
    pairs = [(one, one.article) for one in items]
    pairs += [(one, other.article) for one, other in zip(items, others, strict=True) if one is not other]
    x = np.array([model.relevance(frame(one.question), article) for one, article in pairs])
    own = np.array([one.article is article for one, article in pairs])
    return fit(x, own, model.SPEAKS, STRENGTH["speaks"], np.ones(len(own)))


def probabilities(part: dict[str, Any], names: tuple[str, ...], x: Vector) -> Vector:
    """Probability of every row under one regression."""
    fitted = model.logistic(part, names)
    return np.array([fitted.probability(row) for row in x])


def folds(answers: NDArray[np.str_], seed: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Stratified folds: rows to fit on, rows to measure on."""
    yield from StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(answers, answers)


def threshold(labelled: Features, seed: int = SEED) -> float:
    """The least probability called undecided, such that as many are called so as are so.

    Probabilities are of items that the regression was not fitted to.
    """
    chance = np.zeros(len(labelled.answers))
    for inside, outside in folds(labelled.answers, seed):
        chance[outside] = probabilities(
            fit_undecided(labelled.at(inside)), model.DOUBT, labelled.doubt[outside]
        )
    return round(float(np.quantile(chance, (labelled.answers != "maybe").mean())), 4)


def predict(yes: Vector, maybe: Vector, limit: float) -> NDArray[np.str_]:
    """The answers that ``stance`` would give, put as PubMedQA's labels."""
    return np.where(maybe > limit, "maybe", np.where(yes >= 0.5, "yes", "no"))


def cross_validate(
    labelled: Features, shown: Features, others: list[tuple[Features, float]], seed: int
) -> dict[str, Any]:
    """Predict every item of ``shown`` by regressions, and a threshold, that did not see its answer."""
    size = len(labelled.answers)
    yes, maybe, said = np.zeros(size), np.zeros(size), np.empty(size, dtype="<U5")
    for inside, outside in folds(labelled.answers, seed):
        seen = labelled.at(inside)
        yes[outside] = probabilities(fit_yes(seen, others), model.EVIDENCE, shown.evidence[outside])
        maybe[outside] = probabilities(fit_undecided(seen), model.DOUBT, shown.doubt[outside])
        said[outside] = predict(yes[outside], maybe[outside], threshold(seen))
    return {"said": said, "yes": yes, "maybe": maybe}


def interval(true: NDArray[np.str_], said: list[NDArray[np.str_]]) -> dict[str, Any]:
    """Accuracy and macro-F1, mean of the repeats, with 95% intervals from resampling the questions."""
    draw = np.random.default_rng(SEED)

    def measure(rows: NDArray[Any]) -> tuple[float, float]:
        scores = [
            (
                accuracy_score(true[rows], one[rows]),
                f1_score(true[rows], one[rows], labels=LABELS, average="macro"),
            )
            for one in said
        ]
        accuracy, macro_f1 = np.mean(scores, axis=0)
        return float(accuracy), float(macro_f1)

    resampled = np.array([measure(draw.integers(0, len(true), len(true))) for _ in range(RESAMPLES)])
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return {
        name: {"mean": round(value, 3), "low": round(float(low[at]), 3), "high": round(float(high[at]), 3)}
        for at, (name, value) in enumerate(
            zip(("accuracy", "macro_f1"), measure(np.arange(len(true))), strict=True)
        )
    }


def measured(labelled: Features, unlabelled: Features, others: dict[str, Features]) -> dict[str, Any]:
    """Cross-validated figures on PubMedQA, with and without section labels, and on BioASQ."""
    weighted = [(one, WEIGHTS[name]) for name, one in others.items()]
    runs = [cross_validate(labelled, labelled, weighted, SEED + repeat) for repeat in range(REPEATS)]
    joined = [
        cross_validate(labelled, unlabelled, weighted, SEED + repeat)["said"] for repeat in range(REPEATS)
    ]
    decided = labelled.answers != "maybe"
    yes_right = [((run["yes"] >= 0.5) == (labelled.answers == "yes"))[decided].mean() for run in runs]
    matrix = sum(confusion_matrix(labelled.answers, run["said"], labels=LABELS) for run in runs) / REPEATS
    return {
        "pubmedqa": {
            "items": len(labelled.answers),
            "method": f"{FOLDS}-fold cross-validation, {REPEATS} repeats; bootstrap over questions",
            **interval(labelled.answers, [run["said"] for run in runs]),
            "majority_accuracy": round(float((labelled.answers == "yes").mean()), 3),
            "yes_or_no_accuracy_where_decided": round(float(np.mean(yes_right)), 3),
            "maybe_auc": round(float(np.mean([roc_auc_score(~decided, run["maybe"]) for run in runs])), 3),
            "confusion_yes_no_maybe": matrix.round(1).tolist(),
        },
        "pubmedqa_without_section_labels": interval(labelled.answers, joined),
        "bioasq": bioasq_figures(labelled, others),
    }


def bioasq_figures(labelled: Features, others: dict[str, Features]) -> dict[str, Any]:
    """Yes or no on BioASQ's questions by a regression that did not see them."""
    target = others["bioasq"]
    said = np.empty(len(target.answers), dtype="<U5")
    for inside, outside in folds(target.answers, SEED):
        rest = [(one.at(inside) if name == "bioasq" else one, WEIGHTS[name]) for name, one in others.items()]
        yes = probabilities(fit_yes(labelled, rest), model.EVIDENCE, target.evidence[outside])
        said[outside] = np.where(yes >= 0.5, "yes", "no")
    return {
        "items": len(said),
        "method": f"{FOLDS}-fold cross-validation; the first snippets stand for the abstract",
        "accuracy": round(float(accuracy_score(target.answers, said)), 3),
        "macro_f1": round(float(f1_score(target.answers, said, average="macro")), 3),
    }


def main() -> None:
    """Measure, fit on everything, write the model file and print its figures."""
    settings = load()
    items = pubmedqa(settings)
    labelled = features(items)
    others = {
        "bioasq": features(bioasq(settings)),
        "evidence_inference": features(evidence_inference(settings)),
    }
    figures = measured(labelled, features([without_labels(one) for one in items]), others)
    stored = {
        "card": {
            "task": "which way an abstract points on a yes/no question: yes, no, undecided, silent",
            "data": {
                "pubmedqa": f"{len(items)} labelled development questions; MIT",
                "bioasq": f"{len(others['bioasq'].answers)} yes/no questions with snippets; CC BY 2.5",
                "evidence_inference": f"{len(others['evidence_inference'].answers)} prompts; MIT",
            },
            "weights": WEIGHTS,
            "strength": STRENGTH,
            "seed": SEED,
            "measured": figures,
            "limits": "English abstracts; a conclusion that answers without the question's words, or by what "
            "it implies, is often misread; `undecided` is the weakest of the three. The cues were written "
            "with the development questions at hand: expect less on others.",
        },
        "threshold": threshold(labelled),
        "speaks": fit_speaks(items),
        "undecided": fit_undecided(labelled),
        "yes": fit_yes(labelled, [(one, WEIGHTS[name]) for name, one in others.items()]),
    }
    model.MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    json.dump(figures, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
