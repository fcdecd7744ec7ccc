"""The independent judge: a second model that scores citations, never the checker that let them pass.

Where people labelled the data their labels are used and no judge is asked. Beside every figure that a judge
produces stands how often the judge itself is right on the labelled suites.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.bench import Bench
from eval.datasets.claims import FORMATS
from eval.held_out import in_sample
from eval.measure import interval, shown
from eval.measures.agreement import confusion
from eval.measures.citations import attribution
from eval.records import Claim, Figure, Outcome, Unit
from eval.suites import files, missing, names, suite
from rag import providers
from rag.answering.batch import whole_lines
from rag.answering.verify import quoted
from rag.errors import BadInput
from rag.records import Complete, Entail
from rag.settings import Settings
from rag.text.markers import strip_markers

SAMPLE = 60
"""Claims of each labelled suite on which the judge is judged."""
UNSCORED = "UNSCORED"


def judge(settings: Settings, complete: Complete | None) -> Entail:
    """The judge that ``RAG_JUDGE`` names: ``llm``, ``bundled``, or any cross-encoder for NLI.

    Args:
        settings: ``judge`` names it.
        complete: the language model behind ``llm``.

    Raises:
        BadInput: it is the checker that gates the run.
        SettingsError: it cannot be had.
    """
    if settings.judge == settings.verifier:
        raise BadInput(
            f"RAG_JUDGE={settings.judge} is the checker that gates this run, so it would judge itself. "
            "Name another judge, or none: human labels are used where the data has them."
        )
    return providers.entailment(settings.model_copy(update={"verifier": settings.judge}), complete)


class Judgements:
    """Labels by (premise, statement), kept in ``judgements.jsonl`` of a run so that no pair is judged twice.

    Args:
        folder: the run folder.
        entail: the judge; None to read only, so that a pair which was never judged is UNSCORED.
    """

    def __init__(self, folder: Path, entail: Entail | None = None) -> None:
        self._path = folder / "judgements.jsonl"
        self._entail = entail
        rows = map(json.loads, whole_lines(self._path))
        self._labels: dict[str, str] = {row["pair"]: row["label"] for row in rows}

    def label(self, premise: str, statement: str) -> str:
        """The most probable label of the pair, UNSCORED where the judge gave none."""
        key = hashlib.sha256(f"{premise}\n\0\n{statement}".encode()).hexdigest()[:24]
        if key not in self._labels:
            if self._entail is None:
                return UNSCORED
            self._labels[key] = likeliest(self._entail([(premise, statement)])[0])
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"pair": key, "label": self._labels[key]}) + "\n")
        return self._labels[key]

    def entails(self, premise: str, statement: str) -> bool | None:
        """Whether the judge takes the premise to support the statement; None where it gave no label."""
        label = self.label(premise, statement)
        return None if label == UNSCORED else label == "SUPPORT"


def likeliest(scores: dict[str, float] | None) -> str:
    """The label with the highest probability; UNSCORED for none."""
    return UNSCORED if scores is None else max(scores, key=lambda label: scores[label])


def labelled(settings: Settings) -> dict[str, list[Claim]]:
    """The claims of every suite that people labelled and whose data is here, by the suite's name.

    Those that the training of checkers may have seen are left out.
    """
    found = {}
    for one in map(suite, names()):
        if one.labelled and not missing(one, settings):
            claims = FORMATS[one.data.format](files(one, settings))
            seen = in_sample(claims, one.trained)
            found[one.name] = [claim for claim in claims if claim.id not in seen]
    return found


def judge_run(
    entail: Entail,
    bench: Bench,
    folder: Path,
    outcomes: Sequence[Outcome],
    seed: int,
    progress: Callable[[int, int], None],
    labels: Callable[[Settings], dict[str, list[Claim]]] = labelled,
) -> None:
    """Let the judge score every citation of a run's answers, and judge the judge on what people labelled.

    Args:
        entail: the judge.
        bench: the desk of the run.
        folder: the run folder; what it holds already is not judged again.
        outcomes: of the run; without an answer among them nobody is asked.
        seed: of the sample that the judge is judged on.
        progress: told how many of how many answers are judged.
        labels: gives claims with human labels, by suite.

    Raises:
        BadInput: the judge is the model that gates the run, under another name.
    """
    answers = [one for one in outcomes if "answer" in one]
    if not answers:
        return
    if entail.name == bench.entail.name:
        raise BadInput(f"The judge {entail.name} is the checker that gates this run. Name another judge.")
    held = Judgements(folder, entail)
    for number, one in enumerate(answers, start=1):
        list(_scored(one, held))
        progress(number, len(answers))
    path = folder / "judge.json"
    if not path.exists():
        own = {name: trust(entail, claims, seed) for name, claims in labels(bench.settings).items()}
        wrote = bench.complete is not None and entail.name == f"llm/{bench.complete.name}"
        facts = {"name": entail.name, "gate": bench.entail.name, "wrote": wrote, "labelled": own}
        path.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def trust(entail: Entail, claims: Sequence[Claim], seed: int) -> dict[str, Any]:
    """How often the judge is right on a sample of labelled claims: accuracy, confusion, claims unscored."""
    drawn = random.Random(seed).sample(list(claims), min(SAMPLE, len(claims)))
    labels = [likeliest(scores) for scores in entail([(_premise(one), one.statement) for one in drawn])]
    units = [
        Unit(one.id, one.cluster, None if label == UNSCORED else float(label == one.given))
        for one, label in zip(drawn, labels, strict=True)
    ]
    scored = [(one.given, label) for one, label in zip(drawn, labels, strict=True) if label != UNSCORED]
    return {
        "accuracy": shown(interval(Figure(units), seed)),
        "confusion": confusion([given for given, _ in scored], [label for _, label in scored]),
        "unscored": len(drawn) - len(scored),
    }


def figures(folder: Path, outcomes: Sequence[Outcome], seed: int) -> dict[str, Any]:
    """The figures of the judge in a run folder, with its own beside them; empty where no judge was asked.

    Returns:
        ``figures`` (as in ``eval.measure.measured``) and ``judge``: its facts, and lines for a terminal.
    """
    path = folder / "judge.json"
    if not path.exists():
        return {}
    facts = json.loads(path.read_text(encoding="utf-8"))
    result = {
        name: shown(interval(figure, seed)) for name, figure in judged(Judgements(folder), outcomes).items()
    }
    return {"figures": result, "judge": facts | {"lines": list(_lines(facts))}}


def judged(held: Judgements, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Support and contradiction as TREC BioGen counts them, citation recall and precision as ALCE does."""
    rows = [row for one in outcomes if "answer" in one for row in _scored(one, held)]
    made = {
        "judged: citation support rate": [
            (u, _is(label, "SUPPORT")) for u, labels, _ in rows for label in labels
        ],
        "judged: citation contradict rate": [
            (u, _is(label, "CONTRADICT")) for u, labels, _ in rows for label in labels
        ],
        "judged: citation recall (ALCE)": [(u, found.recall) for u, _, found in rows],
        "judged: citation precision (ALCE)": [
            (u, value) for u, _, found in rows for value in found.precision
        ],
    }
    return {
        name: Figure([Unit(one["id"], one["cluster"], value) for one, value in values])
        for name, values in made.items()
        if values
    }


def _scored(outcome: Outcome, held: Judgements) -> Iterator[tuple[Outcome, list[str], Any]]:
    """For each statement of an answer: the label of each of its citations, and ALCE's view of all of them."""
    for statement in outcome["answer"]["statements"]:
        text = quoted(strip_markers(statement["text"]))
        quotes = [citation["quote"] for citation in statement["citations"]]
        labels = [held.label(quote, text) for quote in quotes]
        yield outcome, labels, attribution(text, quotes, held.entails)


def _is(label: str, wanted: str) -> float | None:
    return None if label == UNSCORED else float(label == wanted)


def _premise(claim: Claim) -> str:
    return " ".join(one.text for one in claim.article.sections)


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"The judge is {facts['name']}, the gate was {facts['gate']}. Its agreement with people:"
    if facts["wrote"]:
        yield "  The same language model wrote the answers: it may favour its own words."
    if not facts["labelled"]:
        yield "  not known: no labelled suite is here"
    for name, one in facts["labelled"].items():
        if one["accuracy"] is None:
            yield f"  {name:24} not scored, {one['unscored']} unscored"
            continue
        accuracy = one["accuracy"]
        interval_ = f"[{accuracy['low']:.3f}, {accuracy['high']:.3f}]"
        counts = f"n={accuracy['n']}, {one['unscored']} unscored"
        yield f"  {name:24} {accuracy['value']:.3f}  {interval_}  {counts}"
