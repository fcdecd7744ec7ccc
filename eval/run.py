"""Run a suite: one JSON line an item, resumable, with settings, versions and hashes beside it.

A run folder holds ``run.json`` (what was run, with what), ``items.jsonl`` (one line an item) and
``metrics.json`` (each figure with its interval).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.output.json import render

from eval.measures.agreement import accuracy, confusion, macro_f1
from eval.measures.citations import coverage, support_rate
from eval.measures.detection import auc, caught, false_alarms
from eval.statistics import Estimate, mean
from eval.suites import Suite, digest, locate, missing, rows
from rag import __version__
from rag.answering.batch import whole_lines
from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.answering.verify import against
from rag.errors import BadInput, RagError
from rag.records import Article, Section

Item = dict[str, Any]


def run(
    declared: Suite,
    desk: Desk,
    folder: Path,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """Run every item of a suite that the folder does not hold yet, then measure all.

    Args:
        declared: the suite.
        desk: settings, models and corpora.
        folder: the run folder; made if absent. A folder of another suite or of other settings is refused.
        seed: of the bootstrap.
        progress: told how many of how many items are done.

    Returns:
        The figures, as in ``metrics.json``.

    Raises:
        BadInput: the data is missing, or the folder belongs to another run.
    """
    why = missing(declared, desk.settings)
    if why:
        raise BadInput(f"Suite {declared.name} cannot run: {why}.")
    folder.mkdir(parents=True, exist_ok=True)
    _describe(declared, desk, folder, seed)
    items = list(rows(_path(declared.data.items, desk)))
    path = folder / "items.jsonl"
    done = {row["id"] for row in map(json.loads, whole_lines(path))}
    run_item = _TASKS[declared.task](declared, desk)
    with path.open("a", encoding="utf-8") as file:
        for number, item in enumerate(items, start=1):
            if item["id"] not in done:
                start = time.perf_counter()
                outcome = run_item(item)
                outcome["seconds"] = round(time.perf_counter() - start, 4)
                file.write(json.dumps(outcome, ensure_ascii=False) + "\n")
                file.flush()
            progress(number, len(items))
    outcomes = list(rows(path))
    figures = _FIGURES[declared.task](outcomes, seed)
    figures["seconds per item"] = _shown(mean([one["seconds"] for one in outcomes], _ids(outcomes), seed))
    figures["unscored"] = sum(bool(one.get("error")) or one.get("verdict") == "UNSCORED" for one in outcomes)
    (folder / "metrics.json").write_text(
        json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return figures


def _describe(declared: Suite, desk: Desk, folder: Path, seed: int) -> None:
    files = [one for one in (declared.data.items, declared.data.abstracts) if one]
    facts = {
        "suite": declared.model_dump(mode="json"),
        "software": f"pubmed-rag {__version__}",
        "settings": desk.settings.public() | {"home": "", "data": ""},
        "settings_hash": desk.settings.fingerprint(),
        "data_sha256": {one: digest(_path(one, desk)) for one in files},
        "seed": seed,
    }
    path = folder / "run.json"
    if path.exists() and json.loads(path.read_text(encoding="utf-8")) != json.loads(json.dumps(facts)):
        raise BadInput(f"{folder} holds another run. Name another folder with --out.")
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _path(relative: str, desk: Desk) -> Path:
    path = locate(relative, desk.settings)
    if path is None:
        raise BadInput(f"{relative} is not here.")
    return path


# --- Tasks: how one item is run ------------------------------------------------------------------


def _claims(declared: Suite, desk: Desk) -> Callable[[Item], Item]:
    """Check a statement against the sections of its abstract; the best section decides."""
    abstracts = {row["pmid"]: _article(row) for row in rows(_path(str(declared.data.abstracts), desk))}

    def one(item: Item) -> Item:
        verdict = against(item["statement"], abstracts[item["pmid"]], desk.entail)[0].verdict
        return {
            "id": item["id"],
            "cluster": item["pmid"],
            "given": item["verdict"],
            "error_type": item["error_type"],
            "statement": item["statement"],
            "verdict": verdict.label,
            "score": verdict.score,
            "rationale": verdict.rationale.text if verdict.rationale else None,
            "checks": [asdict(check) for check in verdict.checks],
        }

    return one


def _article(row: Item) -> Article:
    return Article(row["pmid"], "", tuple(Section(part["label"], part["text"]) for part in row["sections"]))


def _questions(declared: Suite, desk: Desk) -> Callable[[Item], Item]:
    """Answer a question; a typed error is the outcome of that item, not of the run."""

    def one(item: Item) -> Item:
        base = {"id": item["id"], "cluster": item["id"], "question": item["question"], "given": item["kind"]}
        try:
            made = json.loads(render(answer(desk, item["question"], corpora=declared.data.corpora)))
        except RagError as error:
            return base | {"error": {"type": type(error).__name__, "message": str(error)}}
        cited = {reference["article"] for reference in made["references"]}
        wanted = set(item.get("articles", ()))
        return base | {
            "verdict": made["verdict"]["kind"],
            "cited_wanted": len(cited & wanted) / len(wanted) if wanted else None,
            "answer": made,
        }

    return one


_TASKS = {"claims": _claims, "questions": _questions}


# --- Figures: what a finished run shows ----------------------------------------------------------


def _claim_figures(outcomes: Sequence[Item], seed: int) -> dict[str, Any]:
    scored = [one for one in outcomes if one["verdict"] != "UNSCORED"]
    given, predicted = [one["given"] for one in scored], [one["verdict"] for one in scored]
    supported, faithful = (
        [one == "SUPPORT" for one in predicted],
        [one["error_type"] is None for one in scored],
    )
    wrong, right = (
        [one for one in scored if one["error_type"]],
        [one for one in scored if not one["error_type"]],
    )
    figures = {
        "caught": _shown(mean(caught(supported, faithful), _ids(wrong), seed)),
        "false alarms": _shown(mean(false_alarms(supported, faithful), _ids(right), seed)),
        "AUC": round(auc([one["score"] for one in scored], faithful), 4),
        "accuracy": _shown(
            mean([float(a == b) for a, b in zip(given, predicted, strict=True)], _ids(scored), seed)
        ),
        "macro-F1": round(macro_f1(given, predicted), 4),
        "confusion": confusion(given, predicted),
    }
    for kind in sorted({one["error_type"] for one in wrong}):
        values = [float(one["verdict"] != "SUPPORT") for one in wrong if one["error_type"] == kind]
        clusters = [one["cluster"] for one in wrong if one["error_type"] == kind]
        figures[f"caught: {kind}"] = _shown(mean(values, clusters, seed))
    return figures


def _question_figures(outcomes: Sequence[Item], seed: int) -> dict[str, Any]:
    answered = [one for one in outcomes if "answer" in one]
    given, predicted = [one["given"] for one in answered], [one["verdict"] for one in answered]
    covered = [(value, one["cluster"]) for one in answered for value in coverage(one["answer"])]
    cited = [(value, one["cluster"]) for one in answered for value in support_rate(one["answer"])]
    wanted = [one for one in answered if one["cited_wanted"] is not None]
    return {
        "answered": len(answered),
        "verdict accuracy": _shown(mean([float(a == b) for a, b in zip(given, predicted, strict=True)],
                                        _ids(answered), seed)),
        "verdict macro-F1": round(macro_f1(given, predicted), 4),
        "exact agreement": round(accuracy(given, predicted), 4),
        "confusion": confusion(given, predicted),
        "citation coverage": _shown(mean(*_unzipped(covered), seed)),
        "citation support rate": _shown(mean(*_unzipped(cited), seed)),
        "wanted articles cited": _shown(mean([one["cited_wanted"] for one in wanted], _ids(wanted), seed)),
        "statements per answer": _shown(
            mean([float(len(one["answer"]["statements"])) for one in answered], _ids(answered), seed)
        ),
        "removed per answer": _shown(
            mean([float(len(one["answer"]["removed"])) for one in answered], _ids(answered), seed)
        ),
    }  # fmt: skip


_FIGURES = {"claims": _claim_figures, "questions": _question_figures}


def _ids(outcomes: Sequence[Item]) -> list[str]:
    return [one["cluster"] for one in outcomes]


def _unzipped(pairs: Sequence[tuple[float | None, str]]) -> tuple[list[float | None], list[str]]:
    return [value for value, _ in pairs], [cluster for _, cluster in pairs]


def _shown(figure: Estimate | None) -> dict[str, float] | None:
    return None if figure is None else {name: round(value, 4) for name, value in asdict(figure).items()}


def lines(figures: dict[str, Any]) -> Iterator[str]:
    """The figures for a terminal, one a line."""
    for name, value in figures.items():
        if isinstance(value, dict) and "value" in value:
            interval = f"[{value['low']:.3f}, {value['high']:.3f}]"
            yield f"{name:28} {value['value']:7.3f}  {interval}  n={value['n']}"
        elif isinstance(value, int | float):
            yield f"{name:28} {value:7.3f}" if isinstance(value, float) else f"{name:28} {value:7d}"
