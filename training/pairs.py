"""Labelled (premise, hypothesis) pairs for the bundled checker, from sets whose licence allows training.

Every function returns pairs of one set. ``Split`` says which articles are held out: none of their sentences,
statements or questions is ever trained on, by whatever set they come in.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eval.held_out import QUESTIONS_HELD_OUT, held
from rag.answering.verify import candidates
from rag.library import medline
from rag.records import Article, Section
from rag.settings import Settings
from rag.text.sentences import sentences

NOT_SUPPORT = "NOT_SUPPORT"
"""Label of a pair of which is known only that it is no support."""
_DATA = Path(__file__).with_name("data")
STATEMENTS = _DATA / "statements.jsonl"
QUESTIONS = _DATA / "questions.jsonl"
"""Written for this project, on articles of Evidence Inference and of MEDLINE records."""
RETRIEVED = _DATA / "retrieved.jsonl"
"""Read for this project: what a search finds for clinical questions."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A premise, a hypothesis and the label of the two; ``group`` names the article, ``kind`` the making."""

    source: str
    group: str
    premise: str
    hypothesis: str
    label: str
    kind: str = ""


def rows(settings: Settings, relative: str) -> Iterator[Any]:
    """The records of a data file. Raises SystemExit when no folder of RAG_DATA has it."""
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


# --- What is held out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Split:
    """Articles that are not trained on: held out for calibration and estimates, or reserved for others."""

    abstracts: frozenset[str]
    reserved: frozenset[str]

    def trains(self, group: str) -> bool:
        """Whether texts of this article may be trained on."""
        return group not in self.abstracts and group not in self.reserved


def split(settings: Settings) -> Split:
    """Hold out a share of the articles that statements or questions are about, and ``planted_errors``."""
    asked = {row["pmid"] for row in rows(settings, "pubmedqa/questions.jsonl.gz")}
    others = {row["id"] for row in rows(settings, "bioasq/questions.jsonl.gz")}
    planted = {row["pmid"] for row in rows(settings, "planted_errors/abstracts.jsonl")}
    abstracts = {row["pmid"] for row in rows(settings, "checker_training/abstracts.jsonl")}
    mine = {name for name in abstracts if held(name)}
    with QUESTIONS.open(encoding="utf-8") as file:
        others |= {json.loads(line)["article"] for line in file}
    mine |= {name for name in asked | others if held(name, QUESTIONS_HELD_OUT)}
    reserved = {row["pmid"] for row in rows(settings, "pubmedqa/corpus.jsonl.gz")} - asked
    return Split(frozenset(mine | planted), frozenset(reserved))


# --- Articles ---------------------------------------------------------------------------------------


@cache
def articles(settings: Settings) -> dict[str, Article]:
    """The articles that statements and questions of this project are about, by name: a PMID or a PMC id."""
    found = {
        row["pmcid"]: article(row["pmcid"], [(one["label"], one["text"]) for one in row["sections"]])
        for row in rows(settings, "evidence_inference/abstracts.jsonl.gz")
    }
    files = [settings.data_file(f"medline_text/medline_{number:02}.txt.gz") for number in range(1, 7)]
    for path in files:
        if path is None:
            raise SystemExit("medline_text is in none of the folders of RAG_DATA.")
        found |= {one.id: one for one in medline.read(path) if isinstance(one, Article)}
    return found


def article(name: str, parts: Sequence[tuple[str | None, str]]) -> Article:
    """An article without a title, from the labels and texts of its sections."""
    return Article(name, "", tuple(Section(label or "", " ".join(text.split())) for label, text in parts))


def told(one: Article) -> tuple[str, ...]:
    """The sentences of an article's abstract, in order."""
    return tuple(span.text for section in one.sections for span in sentences(section.text))


# --- Written statements -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about an abstract with the sentences that decide it."""

    group: str
    text: str
    label: str
    kind: str
    sentences: tuple[str, ...]
    deciding: tuple[int, ...]

    @property
    def passage(self) -> str:
        """The whole abstract."""
        return " ".join(self.sentences)


def written_here(settings: Settings) -> list[Statement]:
    """The statements written for this project.

    Raises:
        SystemExit: an abstract falls into other sentences than when its statements were written.
    """
    found = []
    with STATEMENTS.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            parts = told(articles(settings)[row["article"]])
            if len(parts) != row["sentences"]:
                raise SystemExit(
                    f"{row['article']}: {len(parts)} sentences, {row['sentences']} when written."
                )
            kind = row["error_type"] or "faithful"
            found.append(Statement(row["article"], row["statement"], row["verdict"], kind, parts,
                                   tuple(row["rationale_sentences"])))  # fmt: skip
    return found


def statements(settings: Settings) -> list[Statement]:
    """All statements of ``checker_training``."""
    texts = {
        row["pmid"]: tuple(one["text"] for one in row["sentences"])
        for row in rows(settings, "checker_training/abstracts.jsonl")
    }
    return [
        Statement(row["pmid"], row["statement"], row["verdict"], row["error_type"] or "faithful",
                  texts[row["pmid"]], tuple(row["rationale_sentences"]))
        for row in rows(settings, "checker_training/items.jsonl")
    ]  # fmt: skip


def nearest(statement: str, parts: Sequence[str], windows: int = 2) -> set[int]:
    """Indices of the sentences in the windows that the claim check would look at first."""
    passage = " ".join(parts)
    found, start = set(), 0
    chosen = candidates(statement, passage, windows)
    for index, part in enumerate(parts):
        end = start + len(part)
        if any(start < window.end and window.start < end for window in chosen):
            found.add(index)
        start = end + 1
    return found


def written(chosen: Sequence[Statement], draw: random.Random) -> list[Pair]:
    """One pair a statement: its deciding sentences alone, among others, or (one in seven) without them."""
    found = []
    for one in chosen:
        deciding, near = set(one.deciding), nearest(one.text, one.sentences, 1)
        way, label = draw.random(), one.label
        if way < 0.6:
            shown = set(deciding)
            if draw.random() < 0.3:
                shown.add(
                    max(0, min(len(one.sentences) - 1, draw.choice(one.deciding) + draw.choice((-1, 1))))
                )
        elif way < 0.85 or label == "NOT_ENOUGH_INFO":
            shown = deciding | near
        else:
            far = [i for i in range(len(one.sentences)) if all(abs(i - j) > 1 for j in deciding)]
            shown, label = set(draw.sample(far, min(2, len(far)))), "NOT_ENOUGH_INFO"
        if shown:
            premise = " ".join(one.sentences[i] for i in sorted(shown))
            found.append(Pair("checker_training", one.group, premise, one.text, label, one.kind))
    return found


# --- Other labelled sets ----------------------------------------------------------------------------


def scifact(settings: Settings) -> list[Pair]:
    """SciFact's training claims (Wadden et al. 2020): evidence sentences, or the sentences nearest."""
    corpus = {str(row["doc_id"]): row["abstract"] for row in rows(settings, "scifact/corpus.jsonl.gz")}
    found = []
    for row in rows(settings, "scifact/claims_train.jsonl.gz"):
        for doc in map(str, row["cited_doc_ids"]):
            parts = [one.strip() for one in corpus[doc]]
            near, sets = nearest(row["claim"], parts), row["evidence"].get(doc)
            for evidence in sets or [{"sentences": (), "label": "NOT_ENOUGH_INFO"}]:
                shown = set(evidence["sentences"]) | near
                premise = " ".join(parts[i] for i in sorted(shown))
                found.append(Pair("scifact", f"scifact-{doc}", premise, row["claim"], evidence["label"]))
    return found


def check_covid(settings: Settings) -> list[Pair]:
    """Check-COVID's training claims (Wang et al. 2023)."""
    names = {"SUPPORT": "SUPPORT", "REFUTE": "CONTRADICT", "NOTENOUGHINFO": "NOT_ENOUGH_INFO"}
    corpus = {row["cord_id"]: row["abstract"] for row in rows(settings, "check_covid/corpus.jsonl.gz")}
    found = []
    for row in rows(settings, "check_covid/train.jsonl.gz"):
        if row["cord_id"] in corpus:
            parts = corpus[row["cord_id"]]
            shown = {one["sent_index"] for one in row["evidence_set"] or ()} | nearest(row["claim"], parts, 1)
            premise = " ".join(parts[i] for i in sorted(shown) if 0 <= i < len(parts))
            found.append(Pair("check_covid", row["cord_id"], premise, row["claim"], names[row["label"]]))
    return found


_CITED = {
    "ACCURATE": "SUPPORT",
    "CONTRADICT": "CONTRADICT",
    "NOT_SUBSTANTIATE": "NOT_ENOUGH_INFO",
    "IRRELEVANT": "NOT_ENOUGH_INFO",
    "OVERSIMPLIFY": NOT_SUPPORT,
    "MISQUOTE": NOT_SUPPORT,
}


def citations(settings: Settings) -> list[Pair]:
    """Citation Integrity (Sarol et al. 2024): citing sentences with the passages found for them."""
    found = []
    for row in rows(settings, "citation_integrity/train.jsonl.gz"):
        kinds = set(row["original_labels"] or ())
        text = re.sub(r"\s*[\[(]?<\|\w+\|>[\])]?", "", row["claim_span"] or row["citing_text"]).strip()
        if len(kinds) == 1 and kinds <= set(_CITED) and 6 <= len(text.split()) <= 45:
            premise = " ".join(row["reference_sentences"][:3])
            group = f"citint-{row['cited_article_group']}"
            found.append(Pair("citation_integrity", group, premise, text, _CITED[kinds.pop()]))
    return found


_EFFECTS = {
    "significantly increased": (
        "{i} significantly increased {o} compared with {c}.",
        "{o} was higher with {i} than with {c}.",
        "Compared with {c}, {i} led to more {o}.",
    ),
    "significantly decreased": (
        "{i} significantly reduced {o} compared with {c}.",
        "{o} was lower with {i} than with {c}.",
        "Compared with {c}, {i} led to less {o}.",
    ),
    "no significant difference": (
        "There was no significant difference in {o} between {i} and {c}.",
        "{i} did not change {o} compared with {c}.",
        "{o} was similar with {i} and {c}.",
    ),
}


def effects(settings: Settings, draw: random.Random) -> list[Pair]:
    """Evidence Inference (DeYoung et al. 2020): trial results told rightly, and told as another result."""
    found = []
    for row in rows(settings, "evidence_inference/prompts.jsonl.gz"):
        good = [
            " ".join(one["text"].split())
            for one in row["evidence"]
            if one["label"] == row["label"] and one["valid_label"] == "True"
        ]
        good = [
            text for text in good if 8 <= len(text.split()) <= 90 and re.search(r"[a-z]{3} [a-z]{2}", text)
        ]
        if not good or row["flagged_incorrect_prompt"] or row["label"] not in _EFFECTS:
            continue
        names = {"i": row["intervention"], "c": row["comparator"], "o": row["outcome"]}
        true = draw.random() < 0.5
        told = row["label"] if true else draw.choice([one for one in _EFFECTS if one != row["label"]])
        if not true and row["label"] != "no significant difference" and draw.random() < 0.4:
            told, names = row["label"], {**names, "i": names["c"], "c": names["i"]}
        text = draw.choice(_EFFECTS[told]).format(**names)
        text = text[:1].upper() + text[1:]
        label = "SUPPORT" if true else "CONTRADICT"
        found.append(Pair("evidence_inference", f"PMC{row['pmcid'].removeprefix('PMC')}",
                          draw.choice(good), text, label))  # fmt: skip
    return found


def physicians(settings: Settings) -> list[Pair]:
    """K-QA (Manes et al. 2024): statements against answers, labelled by three physicians."""
    names = {"Entailment": "SUPPORT", "Contradiction": "CONTRADICT", "Neutral": "NOT_ENOUGH_INFO"}
    return [
        Pair("k_qa", row["id"], row["answer"], row["statement"], names[row["majority_label"]])
        for row in rows(settings, "k_qa/physician_nli.jsonl.gz")
    ]


_WIKI = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]"}


def general(settings: Settings) -> list[Pair]:
    """FEVER-symmetric (Schuster et al. 2019), WiCE (Kamoi et al. 2023) and pairs of FEVER."""
    names = {"SUPPORTS": "SUPPORT", "REFUTES": "CONTRADICT", "entailment": "SUPPORT"}
    found = [
        Pair("fever_symmetric", row["id"], row["evidence"], row["claim"], names[row["label"]])
        for row in rows(settings, "fever_symmetric/dev.jsonl.gz")
    ]
    for row in rows(settings, "fever_pairs/pairs.jsonl.gz"):
        text = row["evidence"]
        for mark, sign in _WIKI.items():
            text = text.replace(mark, sign)
        label = names.get(row["label"], NOT_SUPPORT)
        found.append(Pair("fever_pairs", row["id"], text, row["claim"], label))
    for row in rows(settings, "wice/dev.jsonl.gz"):
        sets = row["supporting_sentences"]
        if row["label"] == "supported" and sets and len(sets[0]) <= 4:
            premise = " ".join(row["evidence"][i] for i in sorted(sets[0]))
            found.append(Pair("wice", row["id"], premise, row["claim"], "SUPPORT"))
        elif row["label"] != "supported":
            near = sorted(nearest(row["claim"], row["evidence"], 1))
            premise = " ".join(row["evidence"][i] for i in near)
            found.append(Pair("wice", row["id"], premise, row["claim"], NOT_SUPPORT))
    return [one for one in found if len(one.premise.split()) < 120]


def abstracts(settings: Settings, out: Split) -> list[tuple[str, list[str]]]:
    """Articles that may be trained on, as (name, sentences): raw text for planted changes."""
    found = {
        row["pmid"]: [one["text"] for one in row["sentences"]]
        for row in rows(settings, "checker_training/abstracts.jsonl")
    }
    for row in rows(settings, "scifact/corpus.jsonl.gz"):
        found[f"scifact-{row['doc_id']}"] = [one.strip() for one in row["abstract"]]
    return [
        (name, parts)
        for name, parts in found.items()
        if out.trains(name) and not (name.startswith("scifact-") and held(name))
    ]
