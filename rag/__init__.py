"""Medical question answering over PubMed, with graded answers and citations checked before display.

    from rag import ask
    answer = ask("Is mechanical thrombectomy indicated in spinal cord infarction?")
    print(answer.verdict.text)

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.api import ask as ask
    from rag.api import audit as audit
    from rag.audit_records import Audit as Audit
    from rag.errors import RagError as RagError
    from rag.records import Answer as Answer
    from rag.settings import Settings as Settings

__version__ = "0.1.0"
__all__ = ["Answer", "Audit", "RagError", "Settings", "ask", "audit"]

_HOMES = {
    "Answer": "rag.records",
    "Audit": "rag.audit_records",
    "RagError": "rag.errors",
    "Settings": "rag.settings",
    "ask": "rag.api",
    "audit": "rag.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
