"""Words that tell one reader what to do. A statement of evidence has none: it says what was found."""

from __future__ import annotations

import re

_ADVICE = re.compile(
    r"""
      \b(?:you|your|yours|yourself|yourselves)\b
    | \b(?:I|we)\s+(?:\w+\s+)?(?:recommend|advise|urge|suggest\s+that\s+(?:he|she|they))\b
    | ^\W*(?:please\b|(?:do\s+not|don['’]t|never|always|just|simply)\s+(?:take|stop|start|use|give|eat|drink
        |try|skip|exceed|combine)\b
      |(?:take|stop|start|try|ask|call|see|talk\s+to|speak\s+to|consult|contact|avoid|continue|increase|double
        |switch|tell)\s+(?:a|an|the|this|any|all|taking|to|with|using|at|it|no|\d|one|two|\w+\s+\d))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DIRECTIVE = re.compile(
    r"""\b(?:(?:you|your\ patient|this\ patient|he|she)\ (?:should|must|needs?\ to|ha(?:s|ve)\ to|ought\ to)
    |(?:start|stop|take|increase|reduce|double|halve|skip)\ (?:taking\ )?your
    |(?:give|start|put)\ (?:him|her|this\ patient|your\ patient))\b""",
    re.IGNORECASE | re.VERBOSE,
)


def advice(text: str) -> str | None:
    """Find words that speak to a reader as "you", give an order, or advise in the first person.

    Returns:
        The words, or None.
    """
    match = _ADVICE.search(text)
    return match[0].strip() if match else directive(text)


def directive(text: str) -> str | None:
    """Find words that tell one patient, or one reader, what to do.

    Returns:
        The words, or None.
    """
    match = _DIRECTIVE.search(text)
    return match[0] if match else None
