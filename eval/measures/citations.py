"""Whether citations support what they stand beside: as TREC BioGen counts it, and as ALCE does.

BioGen judges each citation alone by a label; ALCE asks an entailment function about the passages together.
An outcome that could not be had is None and is counted apart, never as support nor as its absence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]

Entails = Callable[[str, str], bool | None]
"""Whether a premise entails a statement; None if the model failed."""


# --- TREC BioGen (Gupta et al. 2024, 2025) ----------------------------------------------------------
#
# The functions pool statements or citations of all answers, so that n and the interval are theirs. The track
# takes the share within each topic (0 for one without citations) and then the mean over topics: ``share``.


def coverage(answer: Answer) -> list[float | None]:
    """Citation coverage: for each statement 1 if one of its citations supports it.

    A statement without citations is not covered. One without a supporting citation, but with one that could
    not be scored, is not scored.
    """
    return [_covered(statement) for statement in answer["statements"]]


def _covered(statement: Mapping[str, Any]) -> float | None:
    labels = [citation["verdict"] for citation in statement["citations"]]
    return None if "SUPPORT" not in labels and "UNSCORED" in labels else float("SUPPORT" in labels)


def support_rate(answer: Answer) -> list[float | None]:
    """Citation support rate: for each citation 1 if its label is SUPPORT."""
    return _labelled(answer, "SUPPORT")


def contradict_rate(answer: Answer) -> list[float | None]:
    """Citation contradict rate: for each citation 1 if its label is CONTRADICT."""
    return _labelled(answer, "CONTRADICT")


def _labelled(answer: Answer, label: str) -> list[float | None]:
    return [
        None if citation["verdict"] == "UNSCORED" else float(citation["verdict"] == label)
        for statement in answer["statements"]
        for citation in statement["citations"]
    ]


def share(values: Sequence[float | None]) -> float | None:
    """One topic's share as the track has it: 0 without values, None if one of them is not scored."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    return sum(known) / len(known) if known else 0.0


# --- ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations") ---------


@dataclass(frozen=True, slots=True)
class Attribution:
    """One statement's citation recall, and the precision of each of its citations that counts."""

    recall: float | None
    precision: tuple[float | None, ...]


def attribution(statement: str, cited: Sequence[str | None], entails: Entails, most: int = 3) -> Attribution:
    """Judge the citations of one statement as ALCE's ``eval.py`` does.

    Recall is 1 if the cited passages, one after the other, entail the statement. It is 0 for a statement that
    cites nothing or cites outside the passages; the citations of the latter do not count for precision.
    A citation is precise if the statement has full recall and it either entails the statement alone, or its
    removal breaks the entailment; it is irrelevant otherwise.

    Args:
        statement: a sentence without its markers.
        cited: the passages in order of citation, a repeated citation repeated; None for one that names none.
        entails: the judge. ALCE uses TRUE's T5-11B and puts ``Title: ...`` before each passage.
        most: citations beyond it are ignored, as in ALCE.

    Returns:
        Recall and precision; None where a call that decides failed.
    """
    if not cited or any(passage is None for passage in cited):
        return Attribution(0.0, ())
    passages = [passage for passage in cited[:most] if passage is not None]
    whole = entails("\n".join(passages), statement)
    if not whole:
        value = None if whole is None else 0.0
        return Attribution(value, (value,) * len(passages))
    if len(passages) == 1:
        return Attribution(1.0, (1.0,))
    return Attribution(1.0, tuple(_precise(n, passages, statement, entails) for n in range(len(passages))))


def _precise(n: int, passages: Sequence[str], statement: str, entails: Entails) -> float | None:
    alone = entails(passages[n], statement)
    if alone:
        return 1.0
    without = entails("\n".join([*passages[:n], *passages[n + 1 :]]), statement)
    return None if alone is None or without is None else float(not without)


def citation_recall(statements: Sequence[Attribution]) -> float | None:
    """One answer's citation recall: the mean over its statements; None without any or if one has no score."""
    return share([one.recall for one in statements]) if statements else None


def citation_precision(statements: Sequence[Attribution]) -> float | None:
    """One answer's citation precision: the mean over its citations, 0 if none counts; None as for recall."""
    return share([value for one in statements for value in one.precision]) if statements else None


def citation_f1(recall: float, precision: float) -> float:
    """Harmonic mean of citation recall and precision, both means over answers; 0 if both are 0.

    ALCE itself reports recall and precision. This is the F1 of the two means, not the mean of F1 scores.
    """
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def grounded(statement: str, passages: Sequence[str], entails: Entails) -> float | None:
    """1 if all passages together entail a statement, whatever it cites (ALCE's AutoAIS, concatenated).

    This is what a faithfulness score that ignores citations measures, e.g. that of RAGAS (Es et al. 2024). 0
    without passages, None if the judge failed.
    """
    outcome = entails("\n".join(passages), statement) if passages else False
    return None if outcome is None else float(outcome)


def claim_recall(answer: str, claims: Sequence[str], entails: Entails) -> list[float | None]:
    """For each claim of a reference answer: 1 if the answer, without markers, entails it (ALCE on ELI5)."""
    outcomes = [entails(answer, claim) for claim in claims]
    return [None if outcome is None else float(outcome) for outcome in outcomes]
