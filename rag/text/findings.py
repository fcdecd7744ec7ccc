"""Parts of an abstract that state no finding: aims, methods, registration, funding."""

from __future__ import annotations

import re

_PAPER = re.compile(
    r"fund|registr|trial (?:id|number)|support|sponsor|copyright|key ?words|disclos|conflict|declaration"
    r"|ethic|acknowledg|availab",
    re.IGNORECASE,
)
_TO_FIND_OUT = (
    r"to (?:assess|evaluate|determine|compare|investigate|examine|explore|study|test|identify|describe|review"
    r"|analy[sz]e|estimate|establish|clarify|report|measure|develop|characteri[sz]e|quantify|summari[sz]e)\b"
)
_THIS_STUDY = (
    r"(?:this|the present|the current) (?:[a-z-]+ )?(?:study|trial|review|paper|article|work|analysis)"
)
_WAS_TO = r"(?:was|is) (?:designed|conducted|undertaken|performed|planned) to"
_ASKS = re.compile(
    rf"^(?:(?:aims?|objectives?|purpose|background|introduction)\b\W*)?(?:{_TO_FIND_OUT}"
    r"|(?:the|our) (?:main |primary )?(?:aims?|objectives?|purpose|goal)\b"
    rf"|{_THIS_STUDY} (?:aim|sought|set out|{_WAS_TO})"
    r"|(?:here,? )?we (?:aim|sought|set out|hypothesi[sz]ed|wanted)\b)"
    r"|\bNCT\d{6,}|\bISRCTN\d|\bclinicaltrials\.gov|\bfunded by\b|\bgrants? (?:from|number|no)\b",
    re.IGNORECASE,
)


_METHODS = re.compile(
    r"\b(?:was|were) (?:then |all )?(?:randomly|randomi[sz]ed|assigned|allocated|recruited|enrol+ed|included"
    r"|searched|invited|divided|conducted|carried out|undertaken|developed using)\b"
    r"|\bwe (?:randomly|randomi[sz]ed|recruited|enrol+ed|included|searched|conducted|undertook)\b",
    re.IGNORECASE,
)


def about_the_paper(label: str) -> bool:
    """Whether a section of this label tells of the paper (funding, registration), not of the study."""
    return bool(_PAPER.search(label))


def asks_or_registers(sentence: str) -> bool:
    """Whether a sentence says what a study set out to do, or where it is registered and who paid for it."""
    return bool(_ASKS.search(sentence))


def tells_methods(sentence: str) -> bool:
    """Whether a sentence tells who was recruited or allocated, or how a study was done."""
    return bool(_METHODS.search(sentence))
