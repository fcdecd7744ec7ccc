"""Claims that people checked: each format -> Claims, with labels in our spelling.

SciFact spells refute three ways and every set has a spelling of its own; they are converted here and
nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eval.datasets.lines import read
from eval.records import Claim
from rag.records import Article, Label, Section

Files = Mapping[str, Path]
Row = dict[str, Any]

_MARK = re.compile(r"\s*[\[(]?<\|(?:multi_|other_)?cit\|>[\])]?")
_PASSAGE = re.compile(r"^\[\d+\]\s+\S+\s*\n+(?P<text>.{40,})", re.DOTALL)


def planted(files: Files) -> list[Claim]:
    """Statements on abstracts, half with one planted error: ``items`` and ``abstracts``."""
    abstracts = {one.id: one for one in read(files["abstracts"], _abstract)}

    def claim(row: Row) -> Claim:
        return Claim(
            row["id"],
            row["pmid"],
            row["statement"],
            abstracts[row["pmid"]],
            _label(row["verdict"]),
            row["error_type"],
        )

    return list(read(files["items"], claim))


def scifact(files: Files) -> list[Claim]:
    """SciFact (Wadden et al. 2020): each claim against each abstract it cites, the whole abstract shown.

    An abstract without annotated evidence is NOT_ENOUGH_INFO for its claim. A claim and its cited abstracts
    are one cluster.
    """
    documents = {one.id: one for one in read(files["documents"], _scifact_document)}

    def claims(row: Row) -> list[Claim]:
        found = []
        for document in map(str, row["cited_doc_ids"]):
            evidence = row["evidence"].get(document)
            given = _label(evidence[0]["label"]) if evidence else "NOT_ENOUGH_INFO"
            found.append(
                Claim(f"{row['id']}-{document}", str(row["id"]), row["claim"], documents[document], given)
            )
        return found

    return [one for several in read(files["claims"], claims) for one in several]


def healthver(files: Files) -> list[Claim]:
    """HealthVer (Sarrouti et al. 2021): a claim and one evidence sentence; claims are the clusters."""

    def claim(row: Row) -> Claim:
        evidence = _passage(row["id"], row["evidence"])
        return Claim(str(row["id"]), row["claim"], row["claim"], evidence, _label(row["label"]))

    return list(read(files["claims"], claim))


def check_covid(files: Files) -> list[Claim]:
    """Check-COVID (Wang et al. 2023): news claims against abstracts; abstracts are the clusters."""

    def document(row: Row) -> Article:
        return Article(row["cord_id"], row["title"], (Section("", " ".join(row["abstract"])),))

    documents = {one.id: one for one in read(files["documents"], document)}

    def claim(row: Row) -> Claim:
        return Claim(row["id"], row["cord_id"], row["claim"], documents[row["cord_id"]], _label(row["label"]))

    return list(read(files["claims"], claim))


def citation_integrity(files: Files) -> list[Claim]:
    """Citation Integrity (Sarol et al. 2024): a citing sentence against sentences of the cited article.

    The annotated part of the sentence is the claim, without citation marks. INACCURATE counts as
    CONTRADICT, as in the paper's own conversion, although some of it merely oversimplifies. The sentences
    were picked by a retriever, so that the true evidence can be missing.
    """

    def claim(row: Row) -> Claim:
        statement = " ".join(_MARK.sub("", row["claim_span"] or row["citing_text"]).split())
        article = _passage(row["id"], " ".join(row["reference_sentences"]))
        return Claim(row["id"], str(row["cited_article_group"]), statement, article, _label(row["label"]))

    return list(read(files["claims"], claim))


def expertqa(files: Files) -> list[Claim]:
    """ExpertQA (Malaviya et al. 2024): generated claims, judged by experts by their citations.

    Only claims with a cited passage and a judgement are taken. Complete support is SUPPORT; partial,
    incomplete and missing support are NOT_ENOUGH_INFO, since the experts did not mark contradictions.
    """

    def claim(row: Row) -> Claim | None:
        matches = (_PASSAGE.match(one) for one in row["evidence"])
        passages = tuple(Section("", match["text"].strip()) for match in matches if match)
        if not passages or row["support"] not in _SUPPORT:
            return None
        statement = re.sub(r"\s*\[\d+\]", "", row["claim"]).strip()
        return Claim(
            row["id"], row["question"], statement, Article(row["id"], "", passages), _SUPPORT[row["support"]]
        )

    return [one for one in read(files["claims"], claim) if one]


def nli4ct(files: Files) -> list[Claim]:
    """NLI4CT (Jullien et al. 2023): statements on a section of one or two trial reports, never neutral."""
    trials = {row["Clinical Trial ID"]: row for row in read(files["trials"], lambda row: row)}

    def claim(row: Row) -> Claim:
        ids = [row["Primary_id"], *([row["Secondary_id"]] if row.get("Secondary_id") else [])]
        sections = tuple(
            Section(f"{place} trial", "\n".join(line.strip() for line in trials[name][row["Section_id"]]))
            for place, name in zip(("Primary", "Secondary"), ids, strict=False)
        )
        return Claim(
            row["id"],
            row["Primary_id"],
            row["Statement"],
            Article(ids[0], "", sections),
            _label(row["Label"]),
        )

    return list(read(files["claims"], claim))


FORMATS: dict[str, Callable[[Files], list[Claim]]] = {
    "planted": planted,
    "scifact": scifact,
    "healthver": healthver,
    "check-covid": check_covid,
    "citation-integrity": citation_integrity,
    "expertqa": expertqa,
    "nli4ct": nli4ct,
}
"""The table of formats."""

_LABELS: dict[str, Label] = {
    **dict.fromkeys(("support", "supports", "supported", "entailment", "accurate"), "SUPPORT"),
    **dict.fromkeys(
        ("contradict", "refute", "refutes", "refuted", "contradiction", "inaccurate"), "CONTRADICT"
    ),
    **dict.fromkeys(("not_enough_info", "notenoughinfo", "neutral"), "NOT_ENOUGH_INFO"),
}
_SUPPORT: dict[str, Label] = {
    "Complete": "SUPPORT",
    "Incomplete": "NOT_ENOUGH_INFO",
    "Partial": "NOT_ENOUGH_INFO",
    "Missing": "NOT_ENOUGH_INFO",
}


def _label(spelled: str) -> Label:
    try:
        return _LABELS[spelled.lower()]
    except KeyError:
        raise ValueError(f"{spelled!r} is no known label") from None


def _abstract(row: Row) -> Article:
    return Article(row["pmid"], "", tuple(Section(part["label"], part["text"]) for part in row["sections"]))


def _scifact_document(row: Row) -> Article:
    return Article(str(row["doc_id"]), row["title"], (Section("", " ".join(row["abstract"])),))


def _passage(name: object, text: str) -> Article:
    return Article(str(name), "", (Section("", text),))
