"""A verdict of the claim checker as a JSON line."""

from __future__ import annotations

import json
from dataclasses import asdict

from rag.records import Verdict


def as_line(name: object, verdict: Verdict) -> str:
    """One line ``{"id","verdict","score","scores","rationale","checks"}`` with its line end."""
    row = {
        "id": name,
        "verdict": verdict.label,
        "score": round(verdict.score, 6),
        "scores": {label: round(value, 6) for label, value in verdict.scores.items()},
        "rationale": asdict(verdict.rationale) if verdict.rationale else None,
        "checks": [asdict(check) for check in verdict.checks],
    }
    return json.dumps(row, ensure_ascii=False) + "\n"
