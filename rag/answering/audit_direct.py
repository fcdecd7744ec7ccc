"""Whether an audited answer to a yes/no question answers it, or hedges around it.

Yes, no, "unclear" and "no evidence" are answers. "A limited role, to be considered case by case" is none: its
reader knows no more than before. Every answer in words that a program can see counts, however it is worded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.audit_records import AuditedStatement, AuditFinding
from rag.records import Question
from rag.text import pico, terms

OPENING = 3
"""Statements at the beginning of a text in which an answer is looked for; bottom line and conclusion too."""
SHORT_LINE = 8
"""Words of a line up to which it may be a heading or a verdict on its own."""

_HEDGE = re.compile(
    r"""\b(?:limited|restricted|evolving|emerging|potential|possible)\ role
    |\bcase[- ]by[- ]case\b|\bindividuali[sz]\w+|\b(?:on|to)\ an\ individual\ basis\b|\btailored\b
    |\bselect(?:ed)?\ (?:[\w-]{1,30}\ ){0,2}?(?:cases|patients|people|situations|circumstances|settings)\b
    |\bdepend(?:s|ing|ent)?\ (?:up)?on\b
    |\b(?:carefully|careful)\ (?:weigh\w*|consider\w*|selection|evaluation)
    |\bweigh(?:ing|ed)?\ (?:[\w-]{1,30}\ ){0,4}?(?:against|and)\b
    |\b(?:complex|nuanced|multifaceted)\b
    |\b(?:many|multiple|several|various|a\ (?:number|variety)\ of)\ factors\b
    |\b(?:clinical|expert)\ judge?ment\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PLAIN = re.compile(
    r"""\b(?:yes|no|not|none|never|neither|nor|without|cannot|\w{2,9}n['’]t|can['’]t|avoid\w*|contra-?\w+)\b
    |\b(?:un(?:clear|known|certain|proven|established|likely|safe|necessary|supported)|inconclusive
        |insufficient|conflict|controvers|contradict|mixed|equivocal|debat|disputed|doubt|lack|scarc|sparse
        |absen|missing)\w*
    |\b(?:few|little|weak|limited|low|poor|preliminary|anecdotal|indirect)[- ](?:[\w-]{1,30}\ ){0,2}?
        (?:evidence|data|research|studies|trials|literature|reports?|certainty|quality)\b
    |\b(?:evidence|data|studies|trials|literature)\ (?:is|are|remains?)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that deny, doubt, or miss evidence."""
_TELLING = re.compile(
    r"""\b(?:indicat|recommend|approv|licen[cs]|endors|advis|advoca|support(?!ive)|suggest|appear|seem|show[ns]?\b
        |effectiv|ineffectiv|efficac|beneficial|superior|inferior|equivalent|similar|comparable|better|worse
        |reduc|decreas|lower|increas|higher|rais|improv|worsen|prevent|protect|caus|associat|link|help|harm
        |safe|danger|justif|appropriate|reasonabl|useful|valuable|acceptable|feasibl|warrant|reserv|prefer
        |likely|probabl|possibl[ey]|prove|establish|demonstrat|confirm|cure|resolv)\w*
    |\bbenefits?\ from\b|\b(?:of|an?|some|clear|modest|small)\ benefit\b|\bfirst[- ]line\b
    |\bstandard\ of\ care\b
    |\b(?:is|are|remains?)\ (?:an?|the)\ (?:[\w-]{1,30}\ ){0,3}?
        (?:option|alternative|choice|treatment|therapy|strategy|approach|standard|adjunct)\b
    |\b(?:is|are|remains?|considered)\ (?:still\ |currently\ )?(?:investigational|experimental)\b
    |\b(?:should|must|can|could|may|might)\ (?:only\ |also\ |always\ |safely\ )*(?:be\ )?(?:only\ |safely\ )?
        (?:us|giv|offer|perform|start|treat|receiv|administ|undergo|work|tr[iy])\w*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words that may be of an answer: where they stand, nothing is said against the text."""
_ALONE = re.compile(
    r"(?:^|[.:!?;|*>–—])[\s*_]{0,6}(?:yes|no|maybe|probably)\b[\s*_]{0,6}(?:[.,;:!–—]|$)",
    re.IGNORECASE | re.MULTILINE,
)
"""An answer that is a sentence of its own, and too short for a statement."""


def unanswered(
    running: str, statements: Sequence[AuditedStatement], question: Question | None
) -> Iterator[AuditFinding]:
    """A bottom line that hedges where yes or no was asked, in a text that answers nowhere it should.

    Args:
        running: the text without its reference list: an answer may stand in a heading, or be one word.
        statements: as they were checked.
        question: what was asked, if known.
    """
    if question is None or not _asks_yes_or_no(question):
        return
    bottom = [one for one in statements if one.role == "bottom_line"]
    hedges = dict.fromkeys(" ".join(m[0].split()) for one in bottom for m in _HEDGE.finditer(one.text))
    telling = [one for one in statements if one.role in ("bottom_line", "conclusion")]
    read = [one.text for one in (*statements[:OPENING], *telling)]
    if (
        not hedges
        or any(_answers(one, question) for one in read)
        or any(_PLAIN.search(one) for one in _short_lines(running))
        or _ALONE.search(running)
    ):
        return
    shown = ", ".join(f"“{one}”" for one in hedges)
    text = f"Yes or no is asked, and not answered, not even by “unclear”; the bottom line hedges: {shown}."
    yield AuditFinding("unanswered", text, tuple(one.id for one in bottom))


def _asks_yes_or_no(question: Question) -> bool:
    """Whether it is asked in so many words, and does not ask which of two."""
    choice = re.search(r"\bor\b(?! not?\b)", question.understood, re.IGNORECASE)
    return question.asked.rstrip().endswith("?") and pico.is_polar(question.understood) and not choice


def _short_lines(running: str) -> list[str]:
    lines = [one.strip() for one in running.splitlines()]
    return [one for one in lines if len(one.split()) <= SHORT_LINE and not one.endswith("?")]


def _answers(text: str, question: Question) -> bool:
    """Whether a text has words of an answer, or says of the topic what was asked of it."""
    elements = question.pico
    named = f"{elements.population} {elements.intervention} {elements.comparator} {elements.outcome}"
    predicate = set(terms.stems(question.understood)) - set(terms.stems(named))
    return bool(_PLAIN.search(text) or _TELLING.search(text) or predicate & set(terms.stems(text)))
