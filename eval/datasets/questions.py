"""Questions that people answered: each format -> Asked, and the articles of a pool to search in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.datasets.lines import read
from eval.records import Asked
from rag.errors import BadInput
from rag.records import Article, MeshHeading, Section

Files = Mapping[str, Path]
Row = dict[str, Any]


def pubmedqa(files: Files, conclusions: bool = True) -> tuple[list[Asked], list[Article]]:
    """PubMedQA-L's development questions (Jin et al. 2019), each with its own abstract, and all abstracts.

    Args:
        files: ``questions`` and ``abstracts``.
        conclusions: whether abstracts keep their conclusion ("reasoning-free"); without it, contexts only
            ("reasoning-required").

    Returns:
        The questions, and the pool of all abstracts. Titles are unknown: the question often is the title,
        so an abstract must not carry one.
    """

    def article(row: Row) -> Article:
        sections = (Section(part["label"], part["text"]) for part in row["sections"])
        kept = tuple(one for one in sections if conclusions or one.label != "CONCLUSIONS")
        mesh = tuple(MeshHeading(name) for name in row["meshes"])
        return Article(
            row["pmid"], "", kept, pmid=row["pmid"], mesh=mesh, year=int(row["year"]) if row["year"] else None
        )

    pool = {one.id: one for one in read(files["abstracts"], article)}

    def asked(row: Row) -> Asked:
        return Asked(row["pmid"], row["question"], row["final_decision"], (pool[row["pmid"]],))

    return list(read(files["questions"], asked)), list(pool.values())


def bioasq(files: Files, yes_no: bool = True) -> tuple[list[Asked], list[Article]]:
    """BioASQ task B (Krithara et al. 2023): questions with gold snippets, and the pool of all snippets.

    An article is the snippets that experts picked of it, not its whole abstract.

    Args:
        files: ``questions`` and ``snippets``.
        yes_no: only yes/no questions, with ``given`` yes or no; else all, with ``given`` empty for others.
    """
    pool = {one.id: one for one in read(files["snippets"], _snippets)}

    def asked(row: Row) -> Asked | None:
        polar = row["type"] == "yesno"
        if yes_no and not polar:
            return None
        return Asked(
            row["id"],
            row["question"],
            str(row["exact_answer"]).lower() if polar else "",
            tuple(pool[pmid] for pmid in dict.fromkeys(row["document_pmids"]) if pmid in pool),
            tuple((one["pmid"], one["text"]) for one in row["snippets"]),
        )

    questions = [one for one in read(files["questions"], asked) if one and one.gold]
    for one in questions:
        if yes_no and one.given not in ("yes", "no"):
            raise BadInput(f"{files['questions']}: question {one.id} has no exact answer yes or no.")
    return questions, list(pool.values())


def _snippets(row: Row) -> Article:
    parts = sorted(row["passages"], key=lambda part: (part["section"] != "title", part["begin_offset"]))
    sections = tuple(Section("", part["text"]) for part in parts if part["section"] != "title")
    return Article(row["pmid"], row["title_snippet"] or "", sections, pmid=row["pmid"])


def demonstration(files: Files) -> list[Row]:
    """The demonstration questions: ``id``, ``question``, ``kind`` of the verdict, ``articles``."""
    return list(read(files["items"], lambda row: {**row, "id": row["id"], "question": row["question"]}))
