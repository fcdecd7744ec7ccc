"""Make ``rag/answering/stance.json``: which way an article points on a yes/no question.

    python -m training.stance

Fits two logistic regressions on named features (does not decide; yes rather than no), two that weigh them
and the cross-encoder on questions that neither saw, and one that tells whether a source that a search found
speaks to its question at all; prints the figures that go into the model file. Run it after
``training.checker --from``, which makes the cross-encoder.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold, StratifiedKFold

from rag.answering import relevance
from rag.answering import stance as model
from rag.answering.question import understand
from rag.answering.screen import screen
from rag.models.logistic import logistic
from rag.models.pair_encoder import ANSWERS, pair_encoder
from rag.settings import load
from rag.text.pointing import frame
from training.pairs import split
from training.questions import SPEAKS, Item, bioasq, evidence_inference, pubmedqa, retrieved, written

SEED = 20250101
STRENGTH = {"undecided": 0.03, "yes": 0.005, "joint": 0.1, "speaks": 0.1}
"""Inverse strength of the L2 penalty of each regression."""
WEIGHTS = {"pubmedqa": 1.0, "bioasq": 0.7, "evidence_inference": 0.15}
"""Weight of one item of each set in "yes rather than no"."""
FOLDS, RESAMPLES = 10, 2000

Vector = NDArray[np.float64]


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


def probabilities(part: dict[str, Any], names: tuple[str, ...], x: Vector) -> Vector:
    """Probability of every row under one regression."""
    fitted = logistic(part, names)
    return np.array([fitted.probability(row) for row in x])


# --- Both readings together -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Both:
    """What the regressions and the cross-encoder make of questions that neither was trained on."""

    sources: NDArray[np.str_]
    decided: Vector
    doubted: Vector
    answers: NDArray[np.str_]

    def at(self, rows: NDArray[Any]) -> Both:
        """The questions at ``rows``."""
        return Both(*(getattr(self, name)[rows] for name in self.__slots__))


def both(sets: dict[str, list[Item]], rules: dict[str, Any]) -> Both:
    """Read held-out questions by both; ``rules`` has the regressions "yes" and "undecided"."""
    items = [one for each in sets.values() for one in each]
    fitted = {
        "yes": logistic(rules["yes"], model.EVIDENCE),
        "undecided": logistic(rules["undecided"], model.DOUBT),
    }
    asked = [frame(one.question) for one in items]
    told = [model.concluding_text(each, one.article) for each, one in zip(asked, items, strict=True)]
    logits = pair_encoder().answers([(text, one.question) for text, one in zip(told, items, strict=True)])
    decided, doubted = [], []
    for each, one, row in zip(asked, items, logits, strict=True):
        read = model.Reading.of(each, model.conclusion(one.article, each))
        by_rules = (read.yes(fitted["yes"]), fitted["undecided"].probability(read.doubt()))
        sure, open_ = model.joint(by_rules, row)
        decided.append(sure)
        doubted.append(open_)
    names = [name for name, each in sets.items() for _ in each]
    answers = np.array([one.answer for one in items])
    return Both(np.array(names), np.array(decided), np.array(doubted), answers)


def fit_joint(seen: Both) -> dict[str, Any]:
    """Fit both regressions, and the threshold from which as many are called undecided as are so.

    Written questions are asked to trip a reader up: how far the cross-encoder is to be trusted beside the
    rules is learned from questions that people asked. BioASQ has no undecided questions: it is not asked for
    them, and how many are so is PubMedQA's share.
    """
    sure = np.flatnonzero((seen.answers != "maybe") & (seen.sources != "written"))
    asked = np.flatnonzero(seen.sources != "bioasq")
    maybe = seen.answers[asked] == "maybe"
    usual = seen.sources[asked] == "pubmedqa"
    yes = fit(
        seen.decided[sure],
        seen.answers[sure] == "yes",
        model.JOINT_YES,
        STRENGTH["joint"],
        np.ones(len(sure)),
    )
    undecided = fit(seen.doubted[asked], maybe, model.JOINT_UNDECIDED, STRENGTH["joint"], np.ones(len(asked)))
    chance = probabilities(undecided, model.JOINT_UNDECIDED, seen.doubted[asked])
    limit = round(float(np.quantile(chance[usual], 1 - maybe[usual].mean())), 4)
    return {"joint_yes": yes, "joint_undecided": undecided, "threshold": limit}


def said(fitted: dict[str, Any], shown: Both) -> NDArray[np.str_]:
    """The answers to ``shown`` by a fitted joint reading."""
    yes = probabilities(fitted["joint_yes"], model.JOINT_YES, shown.decided)
    maybe = probabilities(fitted["joint_undecided"], model.JOINT_UNDECIDED, shown.doubted)
    return np.where(maybe > fitted["threshold"], "maybe", np.where(yes >= 0.5, "yes", "no"))


def cross_validated(seen: Both) -> NDArray[np.str_]:
    """The answer to every question by a joint reading that was not fitted to it."""
    found = np.empty(len(seen.answers), dtype="<U6")
    strata = np.char.add(seen.sources, seen.answers)
    for inside, outside in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(strata, strata):
        found[outside] = said(fit_joint(seen.at(inside)), seen.at(outside))
    return found


def interval(true: NDArray[np.str_], told: NDArray[np.str_]) -> dict[str, Any]:
    """Accuracy and macro-F1 over the labels that occur, with 95% intervals from resampling the questions."""
    draw, labels = np.random.default_rng(SEED), sorted(set(true.tolist()))

    def measure(rows: NDArray[Any]) -> tuple[float, float]:
        macro_f1 = f1_score(true[rows], told[rows], labels=labels, average="macro", zero_division=0)
        return float(accuracy_score(true[rows], told[rows])), float(macro_f1)

    resampled = np.array([measure(draw.integers(0, len(true), len(true))) for _ in range(RESAMPLES)])
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    return {
        name: {"mean": round(value, 3), "low": round(float(low[at]), 3), "high": round(float(high[at]), 3)}
        for at, (name, value) in enumerate(
            zip(("accuracy", "macro_f1"), measure(np.arange(len(true))), strict=True)
        )
    }


def measured(seen: Both) -> dict[str, Any]:
    """Figures on the held-out questions of each set: both readings together, and each alone."""
    joint = cross_validated(seen)
    found = {}
    for name in dict.fromkeys(seen.sources.tolist()):
        rows = np.flatnonzero(seen.sources == name)
        truth, sure = seen.answers[rows], np.isin(seen.answers[rows], ("yes", "no"))
        alone = {
            how: round(float(accuracy_score((truth == "yes")[sure], seen.decided[rows, at][sure] >= 0)), 3)
            for at, how in enumerate(("rules", "encoder"))
            if sure.any()
        }
        found[name] = {
            "items": len(rows),
            **interval(truth, joint[rows]),
            "confusion_yes_no_maybe": confusion_matrix(truth, joint[rows], labels=ANSWERS[:3]).tolist(),
            "yes_or_no_accuracy_alone": alone,
        }
    return found


# --- Whether a source speaks to the question ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: features of "speaks to the question", whether it does, by which question."""

    features: Vector
    speaks: NDArray[np.bool_]
    questions: NDArray[np.str_]
    direct: NDArray[np.bool_]

    @classmethod
    def of(cls, items: list[Item]) -> Found:
        """Read what was found; ``direct`` is what screening by words makes of it."""
        asked = [understand(one.question) for one in items]
        screened = [screen(each, one.article) for each, one in zip(asked, items, strict=True)]
        cut = [relevance.passages(each, one.article) for each, one in zip(asked, items, strict=True)]
        pairs = [(text, one.question) for texts, one in zip(cut, items, strict=True) for text in texts]
        logits = pair_encoder().answers(pairs)
        ends = np.cumsum([len(texts) for texts in cut])
        rows = [
            relevance.features(each, one.article, seen.score, logits[end - len(texts) : end])
            for each, one, seen, texts, end in zip(asked, items, screened, cut, ends, strict=True)
        ]
        return cls(
            np.array(rows),
            np.array([one.answer != "silent" for one in items]),
            np.array([one.question for one in items]),
            np.array([seen.direct for seen in screened]),
        )

    def fit(self, rows: NDArray[Any]) -> dict[str, Any]:
        """Fit the regression to the sources at ``rows``."""
        weight = np.ones(len(rows))
        return fit(self.features[rows], self.speaks[rows], relevance.SPEAKS, STRENGTH["speaks"], weight)

    def measured(self) -> dict[str, Any]:
        """Precision and recall of the sources taken to speak, by words and by both, cross-validated."""
        chance = np.zeros(len(self.speaks))
        for inside, outside in GroupKFold(FOLDS).split(self.features, self.speaks, self.questions):
            part = self.fit(inside)
            chance[outside] = probabilities(part, relevance.SPEAKS, self.features[outside])
        ways = {
            "by words": self.direct,
            "by words and reading": self.direct & (chance >= relevance.SPEAKS_FROM),
        }
        return {
            "sources": len(self.speaks),
            "questions": len(set(self.questions.tolist())),
            "speak": int(self.speaks.sum()),
            "auc": round(float(roc_auc_score(self.speaks, chance)), 3),
            **{
                name: {
                    "taken": int(taken.sum()),
                    "precision": round(float(self.speaks[taken].mean()), 3),
                    "recall": round(float(taken[self.speaks].mean()), 3),
                }
                for name, taken in ways.items()
            },
        }


def main() -> None:
    """Fit, measure on what is held out, write the model file and print its figures."""
    settings = load()
    sets = {
        "pubmedqa": pubmedqa(settings),
        "bioasq": [one for one in bioasq(settings) if one.answer != SPEAKS],
        "written": written(settings),
        "evidence_inference": evidence_inference(settings, random.Random(SEED)),
    }
    out = split(settings)
    mine = {name: [one for one in each if out.trains(one.article.id)] for name, each in sets.items()}
    theirs = {name: [one for one in each if one.article.id in out.abstracts] for name, each in sets.items()}
    labelled = features(mine["pubmedqa"])
    others = [(features(mine[name]), WEIGHTS[name]) for name in ("bioasq", "evidence_inference")]
    rules = {"undecided": fit_undecided(labelled), "yes": fit_yes(labelled, others)}
    asked = {name: theirs[name] for name in ("pubmedqa", "bioasq", "written")}
    seen = both(asked, rules)
    found = Found.of(retrieved(settings, "regression"))
    figures = measured(seen) | {"what a search finds": found.measured()}
    stored = {
        "card": {
            "task": "which way an abstract points on a yes/no question: yes, no, undecided, silent",
            "data": {name: len(each) for name, each in sets.items()} | {"search results": len(found.speaks)},
            "licence": "PubMedQA MIT, BioASQ CC BY 2.5, Evidence Inference MIT, written here Apache-2.0",
            "weights": WEIGHTS,
            "strength": STRENGTH,
            "seed": SEED,
            "measured": figures,
            "method": "questions that neither the regressions nor the cross-encoder were trained on; the two "
            f"that weigh both are fitted to them, figures by {FOLDS}-fold cross-validation",
            "limits": "English abstracts; a conclusion that answers without the question's words, or by what "
            "it implies, is often misread; `undecided` is the weakest of the three. The cues of the rules "
            "were written with the development questions at hand: expect less on others.",
        },
        "speaks": found.fit(np.arange(len(found.speaks))),
        **fit_joint(seen),
        **rules,
    }
    model.MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    json.dump(figures, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
