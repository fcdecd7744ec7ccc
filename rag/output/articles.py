"""A stored article, the facts of a corpus, and the list of corpora, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rag.output.references import vancouver
from rag.records import Article
from rag.text.injection import visible


def article_json(article: Article) -> str:
    """The whole stored article as one JSON object."""
    return json.dumps(asdict(article), ensure_ascii=False) + "\n"


def article_text(article: Article) -> str:
    """Reference, status and stored text of an article."""
    lines = [visible(vancouver(article)), ""]
    if article.status != "ok":
        lines += [f"Status: {article.status}", ""]
    if article.access == "summary":
        lines += ["Our summary, not the article's words:", ""]
    for section in article.sections:
        label = f"{section.label}: " if section.label else ""
        lines += [visible(f"{label}{section.text}"), ""]
    return "\n".join(lines)


def facts_text(facts: Mapping[str, Any]) -> str:
    """Name, counts and fingerprint of a corpus, one a line."""
    return "".join(f"{name:12} {value}\n" for name, value in facts.items())


def listing_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """One corpus a line: name, articles or "not built", title."""
    lines = []
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        count = f"{row['articles']:,} articles" if row["articles"] is not None else "not built"
        lines.append(f"{row['name']:{width}} {count:>18}  {row['title']}\n")
    return "".join(lines) or "There is no corpus yet. Make one with: rag corpus import NAME FILE\n"
