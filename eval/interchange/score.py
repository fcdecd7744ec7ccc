"""Score other people's answers: the format is found out, and whatever the file allows is measured.

Citation faults need no model. Support is judged by a model that is handed in, which must not be the one that
let the answers pass; without it, our own records are counted by the verdicts that they carry, and others not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

from eval.interchange import alce, answers, biogen, ragas
from eval.interchange.files import objects
from eval.interchange.submitted import Failed, Fault, Submitted
from eval.measures import citations, integrity, resources
from eval.measures.citations import Attribution
from eval.measures.integrity import Texts
from eval.statistics import Estimate, estimate, mean
from rag.errors import BadInput
from rag.text.markers import strip_markers
from rag.text.sentences import sentences

FORMATS: Mapping[str, ModuleType] = {"answers": answers, "biogen": biogen, "alce": alce, "ragas": ragas}
"""Each format's module has ``recognised(row)`` and ``read(rows)``; the first that fits is taken."""

Judge = Callable[[Sequence[tuple[str, str]]], Sequence[str]]
"""Gives each (passage, statement) pair a label of ``records.Label``."""

Answer = Mapping[str, Any]
Values = Sequence[float | None]
Figures = dict[str, Estimate | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """Figures of a file, None where there is nothing to count; ``failed`` answers are in none of them."""

    format: str
    answers: int
    failed: int
    judge: str
    figures: Figures


def read(path: Path, form: str | None = None) -> tuple[str, list[Submitted | Failed]]:
    """The format of a file and its answers.

    Args:
        path: the file.
        form: its format, if it shall not be found out.

    Raises:
        BadInput: the file is in none of the formats, or not what its format says; names the place.
    """
    rows = objects(path)
    name = form or next((one for one, module in FORMATS.items() if module.recognised(rows[0][1])), None)
    if name is None:
        raise BadInput(f"{path} has none of the forms that can be scored: {', '.join(FORMATS)}.")
    return name, FORMATS[name].read(rows)


def score(
    path: Path,
    texts: Texts | None = None,
    judge: Judge | None = None,
    judge_name: str = "",
    form: str | None = None,
    seed: int = 0,
    prices: Mapping[str, float] | None = None,
) -> Scored:
    """Score the answers of a file.

    Args:
        path: the file; see ``FORMATS``.
        texts: text of an article by its id, None if it is in none of the corpora. Without it neither quotes
            nor invented articles can be checked, and BioGen's answers have nothing to be judged by.
        judge: labels (passage, statement) pairs.
        judge_name: what the judge is called beside its figures.
        form: the file's format, if it shall not be found out.
        seed: of the intervals.
        prices: money for a million tokens by language model, for what our own records cost.

    Returns:
        Every figure that the file allows, with n and an interval clustered by question.

    Raises:
        BadInput: as for ``read``.
    """
    name, everything = read(path, form)
    done = [one for one in everything if isinstance(one, Submitted)]
    figures = _faults(done, texts, seed)
    if judge is not None:
        figures |= _judged(done, texts, _Memory(judge), seed)
    elif name == "answers":
        figures |= _support([(one.id, one.answer) for one in done], seed)
        judge_name = "the checker that made the file"
    if name == "answers":
        figures |= _spent(done, prices or {}, seed)
    return Scored(name, len(everything), len(everything) - len(done), judge_name or "nobody", figures)


# --- Faults that code finds --------------------------------------------------------------------------

_COUNTED: Mapping[Fault, tuple[str, Callable[[Answer], Values]]] = {
    "dangling": ("dangling numbers", integrity.dangling),
    "orphan": ("orphan references", integrity.orphan),
    "duplicate": ("duplicate references", integrity.duplicate),
    "disorder": ("numbers out of order", integrity.disorder),
    "uncited": ("uncited statements", integrity.uncited),
}


def _faults(done: Sequence[Submitted], texts: Texts | None, seed: int) -> Figures:
    def having(fault: Fault) -> list[Submitted]:
        return [one for one in done if fault in one.faults]

    figures = {
        title: _pooled(((one.id, count(one.answer)) for one in having(fault)), seed)
        for fault, (title, count) in _COUNTED.items()
        if having(fault)
    }
    figures["figures not in the source"] = _pooled(
        (
            (one.id, integrity.foreign_figures(one.answer, partial(_text, one, texts=texts)))
            for one in having("figures")
        ),
        seed,
    )
    if texts is None:
        return figures
    if quoting := having("misquoted"):
        figures["quotes not in the source"] = _pooled(
            ((one.id, integrity.misquoted(one.answer, texts)) for one in quoting), seed
        )
    if citing := [one for one in done if not one.retrieved]:
        figures["articles in no corpus"] = _pooled(
            (
                (one.id, integrity.invented(one.answer, lambda name: texts(name) is not None))
                for one in citing
            ),
            seed,
        )
    return figures


# --- Resources ---------------------------------------------------------------------------------------


def _spent(done: Sequence[Submitted], prices: Mapping[str, float], seed: int) -> Figures:
    """Seconds and tokens of our own records; money where prices are given, unscored for a model without."""
    spent: dict[str, Callable[[Answer], float | None]] = {
        "seconds per answer": lambda made: resources.seconds(made)["total"],
        "tokens per answer": resources.tokens,
    }
    if prices:
        spent["cost per answer"] = lambda made: resources.cost(made, prices)
    return {title: _pooled(((one.id, [of(one.answer)]) for one in done), seed) for title, of in spent.items()}


# --- Support -----------------------------------------------------------------------------------------


class _Memory:
    """A judge that is asked about each pair once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known: dict[tuple[str, str], str] = {}

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[str]:
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._known]
        if new:
            self._known |= dict(zip(new, self._judge(new), strict=True))
        return [self._known[pair] for pair in pairs]

    def entails(self, premise: str, statement: str) -> bool | None:
        label = self([(premise, statement)])[0]
        return None if label == "UNSCORED" else label == "SUPPORT"


def _judged(done: Sequence[Submitted], texts: Texts | None, judge: _Memory, seed: int) -> Figures:
    figures = _support([(one.id, _labelled(one, texts, judge)) for one in done], seed)
    attributions = [_attributions(one, texts, judge) for one in done]
    recalls = [citations.citation_recall(one) for one in attributions]
    precisions = [citations.citation_precision(one) for one in attributions]
    pairs = [None if r is None or p is None else (r, p) for r, p in zip(recalls, precisions, strict=True)]
    ids = [one.id for one in done]
    figures["ALCE citation recall"] = mean(recalls, ids, seed)
    figures["ALCE citation precision"] = mean(precisions, ids, seed)
    figures["ALCE citation F1"] = estimate(_f1, pairs, ids, seed)
    if found := [one for one in done if one.retrieved]:
        grounded = ((one.id, _grounded(one, judge)) for one in found)
        figures["grounded in what was retrieved"] = _pooled(grounded, seed)
    if expected := [one for one in done if one.reference]:
        recalled = ((one.id, _recalled(one, judge)) for one in expected)
        figures["reference answer recalled"] = _pooled(recalled, seed)
    return figures


def _support(labelled: Sequence[tuple[str, Answer]], seed: int) -> Figures:
    measures = {
        "citation coverage": citations.coverage,
        "citation support rate": citations.support_rate,
        "citation contradict rate": citations.contradict_rate,
    }
    return {
        title: _pooled(((name, measure(answer)) for name, answer in labelled), seed)
        for title, measure in measures.items()
    }


def _labelled(one: Submitted, texts: Texts | None, judge: _Memory) -> Answer:
    """The answer with the judge's labels in place of its own."""
    return {
        **one.answer,
        "statements": [
            statement | {"citations": _relabelled(one, statement, texts, judge)}
            for statement in one.answer["statements"]
        ],
    }


def _relabelled(
    one: Submitted, statement: Mapping[str, Any], texts: Texts | None, judge: _Memory
) -> list[dict[str, Any]]:
    """A number that names nothing supports nothing; an article whose text is not at hand is not scored."""
    claim = strip_markers(statement["text"])
    passages = [_cited(one, citation, texts) for citation in statement["citations"]]
    labels = iter(judge([(passage, claim) for passage in passages if passage]))
    relabelled = []
    for citation, passage in zip(statement["citations"], passages, strict=True):
        unread = "UNSCORED" if passage is None else "NOT_ENOUGH_INFO"
        relabelled.append(citation | {"verdict": next(labels) if passage else unread})
    return relabelled


def _attributions(one: Submitted, texts: Texts | None, judge: _Memory) -> list[Attribution]:
    found = []
    for statement in one.answer["statements"]:
        passages = [_cited(one, citation, texts) for citation in statement["citations"]]
        if None in passages:
            found.append(Attribution(None, (None,) * len(passages)))
        else:
            cited = [passage or None for passage in passages]
            found.append(citations.attribution(strip_markers(statement["text"]), cited, judge.entails))
    return found


def _grounded(one: Submitted, judge: _Memory) -> Values:
    passages = list(one.passages.values())
    return [
        citations.grounded(strip_markers(statement["text"]), passages, judge.entails)
        for statement in one.answer["statements"]
    ]


def _recalled(one: Submitted, judge: _Memory) -> Values:
    said = " ".join(strip_markers(statement["text"]) for statement in one.answer["statements"])
    return citations.claim_recall(said, [span.text for span in sentences(one.reference)], judge.entails)


def _cited(one: Submitted, citation: Mapping[str, Any], texts: Texts | None) -> str | None:
    """The passage behind a citation: "" for a number that names nothing, None if the text is not at hand."""
    listed = {reference["n"] for reference in one.answer["references"]}
    return _text(one, citation["article"], texts) if citation["n"] in listed else ""


def _text(one: Submitted, article: str, texts: Texts | None) -> str | None:
    """The file's own passage of an article, else what the corpora have of it."""
    return one.passages.get(article) or (texts(article) if texts else None)


def _f1(pairs: Sequence[tuple[float, float]]) -> float:
    return citations.citation_f1(fmean(recall for recall, _ in pairs), fmean(one for _, one in pairs))


def _pooled(found: Iterable[tuple[str, Values]], seed: int) -> Estimate | None:
    units = [(value, name) for name, values in found for value in values]
    return mean([value for value, _ in units], [name for _, name in units], seed)
