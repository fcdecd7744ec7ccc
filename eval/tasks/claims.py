"""Claim check: statements against the text they are said of, compared with the labels that people gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from eval.datasets.claims import FORMATS
from eval.held_out import in_sample
from eval.measures.agreement import confusion, f1, macro_f1
from eval.measures.calibration import calibration_error, precision_at_recall, reliability
from eval.measures.detection import auc
from eval.records import Claim, Figure, Measured, Outcome, Unit
from eval.tasks.job import Job, Task
from rag.answering.verify import against

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")
Pair = tuple[str, str]
Scored = tuple[float, bool]


def items(job: Job) -> list[Claim]:
    """The claims of the suite."""
    return FORMATS[job.suite.data.format](job.files)


def run(job: Job) -> Callable[[Claim], Outcome]:
    """Check a claim against the title and every section of its article; the best section decides."""
    entail, support_at = job.bench.entail, job.bench.support_at
    seen = in_sample(items(job), job.suite.trained)

    def check(claim: Claim) -> Outcome:
        findings = against(claim.statement, claim.article, entail, support_at)
        base: Outcome = {
            "id": claim.id,
            "cluster": claim.cluster,
            "article": claim.article.id,
            "statement": claim.statement,
            "given": claim.given,
            "kind": claim.kind,
        }
        if job.suite.trained:
            base["trained"] = claim.id in seen
        if not findings:
            return base | {"verdict": "NOT_ENOUGH_INFO", "score": 0.0, "scores": _NOTHING, "rationale": None}
        verdict = findings[0].verdict
        return base | {
            "verdict": verdict.label,
            "score": round(verdict.score, 6),
            "scores": {label: round(value, 6) for label, value in verdict.scores.items()},
            "rationale": verdict.rationale.text if verdict.rationale else None,
            "failed": [check.name for check in verdict.checks if check.passed is False],
        }

    return check


_NOTHING = {"SUPPORT": 0.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 1.0}


def measure(outcomes: Sequence[Outcome]) -> Measured:
    """Agreement with the given labels, the gate's precision and recall, calibration, and errors caught.

    ``verdict`` is what the gate acts on: SUPPORT only from a high threshold. ``likeliest`` is the label of
    the highest probability, which is what other checkers report. What training may have seen is left out of
    all figures but those named in-sample.
    """
    known = [one for one in outcomes if one.get("trained")]
    outcomes = [one for one in outcomes if not one.get("trained")]
    scored = [one for one in outcomes if one["verdict"] != "UNSCORED"]
    verdicts = _pairs(outcomes, lambda one: one["verdict"])
    likeliest = _pairs(outcomes, _likeliest)
    scores = [_unit(one, (one["score"], one["given"] == "SUPPORT")) for one in outcomes]
    figures = {
        "accuracy": _equal(verdicts),
        "macro-F1": Figure(verdicts, lambda pairs: macro_f1(*_split(pairs))),
        "likeliest accuracy": _equal(likeliest),
        "likeliest macro-F1": Figure(likeliest, lambda pairs: macro_f1(*_split(pairs))),
        **{f"likeliest F1 {label}": _f1(likeliest, label) for label in LABELS if _has(scored, label)},
        "precision of SUPPORT": _share(scored, "verdict", "given"),
        "recall of SUPPORT": _share(scored, "given", "verdict"),
        "precision of SUPPORT at recall 0.5": Figure(scores, _precision_at_half),
        "calibration error": Figure(scores, lambda rows: calibration_error(*_scores(rows))),
    }
    figures |= _planted(scored)
    figures["in-sample: accuracy"] = _equal(_pairs(known, lambda one: one["verdict"]))
    figures["in-sample: likeliest macro-F1"] = Figure(
        _pairs(known, _likeliest), lambda pairs: macro_f1(*_split(pairs))
    )
    bins = reliability(*_scores([one.value for one in scores if one.value]))
    tables = {
        "confusion": confusion([one["given"] for one in scored], [one["verdict"] for one in scored]),
        "confusion of the likeliest": confusion(*_split([one.value for one in likeliest if one.value])),
        "reliability": [asdict(one) for one in bins],
    }
    return Measured({name: figure for name, figure in figures.items() if figure.units}, tables)


TASK = Task(items, run, measure)


def _planted(scored: Sequence[Outcome]) -> dict[str, Figure]:
    """Errors caught, in all and by type, and false alarms, where errors were planted."""
    wrong = [one for one in scored if one["kind"]]
    if not wrong:
        return {}
    right = [one for one in scored if not one["kind"]]
    ranked = [_unit(one, (one["score"], one["kind"] is None)) for one in scored]
    figures = {
        "caught": _not_supported(wrong),
        "false alarms": _not_supported(right),
        "AUC": Figure(ranked, lambda rows: auc(*_scores(rows))),
    }
    for kind in sorted({one["kind"] for one in wrong}):
        figures[f"caught: {kind}"] = _not_supported([one for one in wrong if one["kind"] == kind])
    return figures


def _unit(outcome: Outcome, value: object) -> Unit:
    return Unit(outcome["id"], outcome["cluster"], None if outcome["verdict"] == "UNSCORED" else value)


def _pairs(outcomes: Sequence[Outcome], predicted: Callable[[Outcome], str]) -> list[Unit]:
    return [_unit(one, (one["given"], predicted(one))) for one in outcomes]


def _likeliest(outcome: Outcome) -> str:
    return max(LABELS, key=lambda label: outcome["scores"][label])


def _equal(pairs: Sequence[Unit]) -> Figure:
    return Figure([Unit(u.item, u.cluster, u.value and float(u.value[0] == u.value[1])) for u in pairs])


def _f1(pairs: Sequence[Unit], label: str) -> Figure:
    return Figure(pairs, lambda values: f1(*_split(values), label))


def _has(scored: Sequence[Outcome], label: str) -> bool:
    return any(one["given"] == label for one in scored)


def _share(scored: Sequence[Outcome], among: str, right: str) -> Figure:
    """Of the outcomes that are SUPPORT by ``among``, the share that is so by ``right``."""
    return Figure([_unit(one, float(one[right] == "SUPPORT")) for one in scored if one[among] == "SUPPORT"])


def _not_supported(outcomes: Sequence[Outcome]) -> Figure:
    return Figure([_unit(one, float(one["verdict"] != "SUPPORT")) for one in outcomes])


def _precision_at_half(rows: Sequence[Scored]) -> float | None:
    point = precision_at_recall(*_scores(rows), 0.5)
    return point.precision if point else None


def _split(pairs: Sequence[Pair]) -> tuple[list[str], list[str]]:
    return [given for given, _ in pairs], [predicted for _, predicted in pairs]


def _scores(rows: Sequence[Scored]) -> tuple[list[float], list[bool]]:
    return [score for score, _ in rows], [positive for _, positive in rows]
