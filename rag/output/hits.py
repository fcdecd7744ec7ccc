"""Passages found, for people, for programs, and as a TREC run."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rag.records import Found
from rag.text.injection import visible


def as_text(found: Sequence[Found]) -> str:
    """Articles with their passages, best first, for a terminal."""
    if not found:
        return "Nothing was found.\n"
    lines = []
    for rank, one in enumerate(found, start=1):
        article = one.article
        status = "" if article.status == "ok" else f"  [{article.status}]"
        lines.append(
            f"{rank:>3}. {visible(article.title) or '(no title)'} ({article.year or 'year unknown'}){status}"
        )
        lines.append(f"     {article.id} · {one.corpus} · score {one.score:.4f}")
        lines += [f"     {hit.passage.label or '-'}: {visible(hit.passage.text)}" for hit in one.hits]
        lines.append("")
    return "\n".join(lines)


def as_json(found: Sequence[Found]) -> str:
    """One JSON array: each article with its passages, offsets and scores."""
    rows = [
        {
            "article": one.article.id,
            "pmid": one.article.pmid,
            "title": one.article.title,
            "year": one.article.year,
            "status": one.article.status,
            "corpus": one.corpus,
            "score": round(one.score, 6),
            "passages": [
                {
                    "id": hit.passage.id,
                    "section": hit.passage.label,
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "text": hit.passage.text,
                    "score": round(hit.score, 6),
                    "rank": hit.rank,
                }
                for hit in one.hits
            ],
        }
        for one in found
    ]
    return json.dumps(rows, ensure_ascii=False) + "\n"


def as_trec(query_id: str, found: Sequence[Found], tag: str = "pubmed-rag") -> str:
    """Lines of a TREC run: ``query_id Q0 article rank score tag``."""
    return "".join(
        f"{query_id} Q0 {one.article.id} {rank} {one.score:.6f} {tag}\n"
        for rank, one in enumerate(found, start=1)
    )
