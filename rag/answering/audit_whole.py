"""What an audited answer as a whole leaves unsaid, says twice, or says of itself and then otherwise.

Every rule quotes the words it rests on, and says nothing where it cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.audit_records import AuditedReference, AuditedStatement, AuditFinding, FindingKind
from rag.records import Question
from rag.text import terms
from rag.text.urgency import urgent

SHORTEST_REPEAT = 6
"""Words that two statements have in a row, endings apart, from which one repeats the other ..."""
LEAST_TELLING = 5
"""... if so many of them are no function words, not of the question and not the name of a condition."""


def of_the_whole(
    running: str,
    graded: bool,
    statements: Sequence[AuditedStatement],
    references: Sequence[AuditedReference],
    question: Question | None,
) -> Iterator[AuditFinding]:
    """List the faults that only the whole text shows.

    Args:
        running: the text without its reference list: the page around the answer speaks too.
        graded: whether a certainty of the evidence is stated.
        statements: as they were checked.
        references: as they were resolved.
        question: what was asked, if known.
    """
    if question:
        yield from _gap_untold(running, statements, references)
        yield from _not_urgent(running, question)
    yield from _left_unsaid(running, graded, statements)
    yield from _of_the_page(running, references)
    yield from _repeated(statements, question)
    yield from _echoed(running)


_GAP = re.compile(
    r"""\b(?:no|without|lack\ of|absence\ of|insufficient)\ (?:[\w-]{1,30}\ ){0,4}?
        (?:stud(?:y|ies)|trials?|evidence|data|reports?|research|literature)\b
    |\b(?:not|never)\ (?:yet\ )?(?:been\ )?(?:[\w-]{1,30}ly\ )?
        (?:studied|investigated|evaluated|tested|established)\b
    |\b(?:evidence|data|studies|trials|research)\ (?:is|are|remains?)\ (?:[\w-]{1,30}ly\ )?
        (?:lacking|absent|scarce|missing)\b
    |\b(?:extrapolat\w+|indirect(?:ly)?|unstudied)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_URGENCY = re.compile(
    r"\b(?:emergenc\w+|emergent\w*|urgen\w+|immediate\w*|time[- ](?:critical|sensitive)|without delay|at once"
    r"|as soon as possible|call 9\d\d|pathway)\b",
    re.IGNORECASE,
)
_EFFECT = re.compile(
    r"""\d\s?%|\bper\ ?cent\b|\b[nN]\s?=\s?\d|\b(?:a?OR|a?RR|a?HR|NNTB?|NNH|CI|SMD|WMD|ARR)\b
    |\b(?:odds|risk|hazard|rate|relative|absolute)\ (?:ratios?|risks?|differences?|reductions?|increases?)\b
    |\b\d[\d,]{0,12}\ (?:[\w-]{1,30}\ ){0,3}?
        (?:patients|participants|adults|people|women|men|children|cases|studies|trials)\b
    |\b\d+\ (?:of|out\ of|in)\ \d+\b""",
    re.VERBOSE,
)
_SEARCH = re.compile(
    r"\b(?:PubMed|MEDLINE|Embase|CINAHL|Cochrane Library|Web of Science|Scopus|databases?|search(?:ed|es)?"
    r"|search strateg\w+|inclusion criteria|last searched)\b",
    re.IGNORECASE,
)


def _gap_untold(
    running: str, statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    cited = {n for one in statements for n in one.numbers}
    found = [one for one in references if one.article and one.n in cited]
    if found and all(one.because for one in found) and not _GAP.search(running):
        text = "No source that was found is about what was asked, and the text does not say so."
        yield AuditFinding("gap_untold", text, (), tuple(one.n for one in found))


def _not_urgent(running: str, question: Question) -> Iterator[AuditFinding]:
    critical = urgent(question.understood)
    if critical and not _URGENCY.search(running):
        text = f"Minutes or hours count in {critical[0]}, and the text does not say to act at once."
        yield AuditFinding("not_urgent", text)


def _left_unsaid(
    running: str, graded: bool, statements: Sequence[AuditedStatement]
) -> Iterator[AuditFinding]:
    if not graded:
        yield AuditFinding("no_grade", "No certainty of the evidence is stated anywhere.")
    if not any(_EFFECT.search(one.text) for one in statements):
        text = "No size of an effect and no number of people studied is stated anywhere."
        yield AuditFinding("no_effect", text)
    if not _SEARCH.search(running):
        yield AuditFinding("no_search", "It does not say where, how and when the evidence was searched.")


_REVIEWED = re.compile(
    r"\b(?:fact[- ])?(?:checked|reviewed|verified|approved) (?:for accuracy"
    r"|by (?:our|a|an|the) [\w ]{0,40}?(?:board|team|physicians?|doctors?|experts?|clinicians?))",
    re.IGNORECASE,
)
_UNREVIEWED = re.compile(
    r"\b(?:pending (?:human |medical |expert )?review|not (?:yet )?(?:been )?(?:medically )?reviewed"
    r"|awaiting (?:\w+ )?review)\b",
    re.IGNORECASE,
)
_PROFESSIONALS = re.compile(
    r"\b(?:intended|only|written|meant|designed) for (?:use by )?(?:health ?care|medical|health)"
    r" professionals\b",
    re.IGNORECASE,
)
_LAY = re.compile(
    r"\b(?:(?:ask|talk to|consult|see) your (?:own )?(?:doctor|physician|health ?care provider)"
    r"|which best describes you|(?:easiest|most understandable) (?:for you|to understand))",
    re.IGNORECASE,
)
_BACKED = re.compile(r"\bguideline[- ](?:backed|based|supported|grounded|driven)\b", re.IGNORECASE)
_GUIDELINE = re.compile(r"guideline|consensus|recommendations?\b", re.IGNORECASE)
_OVERTRUST = re.compile(
    r"""\b(?:world[- ]class|answers?\ instantly|instant\ answers?|100\ ?%\ accura\w+|never\ wrong
    |always\ accurate|(?-i:Dr\.[A-Z])\w+
    |(?:used|trusted)\ by\ (?:[\w-]{1,30}\ ){0,3}(?:doctors|physicians|clinicians))""",
    re.IGNORECASE | re.VERBOSE,
)
"""Advertising, and a name written as if a program were a doctor."""


def _of_the_page(running: str, references: Sequence[AuditedReference]) -> Iterator[AuditFinding]:
    """What the page says of itself, and says otherwise elsewhere."""
    pairs: tuple[tuple[FindingKind, re.Pattern[str], re.Pattern[str], str], ...] = (
        ("review_unclear", _REVIEWED, _UNREVIEWED, "Says “{}” and also “{}”: which holds is not told."),
        (
            "two_audiences",
            _PROFESSIONALS,
            _LAY,
            "Says “{}” and also “{}”: who it is for is not told.",
        ),
    )
    for kind, says, otherwise, told in pairs:
        one, other = says.search(running), otherwise.search(running)
        if one and other:
            yield AuditFinding(kind, told.format(one[0], other[0]))
    backed = _BACKED.search(running)
    if backed and not any(_GUIDELINE.search(f"{one.design} {one.title or one.text}") for one in references):
        yield AuditFinding("kind_not_cited", f"Calls itself “{backed[0]}”; no guideline is listed.")
    boasts = dict.fromkeys(match[0] for match in _OVERTRUST.finditer(running))
    if boasts:
        shown = ", ".join(f"“{each}”" for each in list(boasts)[:4])
        yield AuditFinding("overtrust", f"Asks for trust that nothing in the text earns: {shown}.")


# --- Repetition -----------------------------------------------------------------------------------


def _repeated(statements: Sequence[AuditedStatement], question: Question | None) -> Iterator[AuditFinding]:
    """The longest run of telling words that a statement has in common with an earlier one."""
    asked = set(terms.stems(question.understood)) if question else set()
    first: dict[tuple[str, ...], AuditedStatement] = {}
    for one in statements:
        words = terms.words(one.text)
        stems = [terms.stem(word) for word in words]
        runs = [tuple(stems[i : i + SHORTEST_REPEAT]) for i in range(len(stems) - SHORTEST_REPEAT + 1)]
        start, end = _longest([run in first for run in runs])
        phrase = " ".join(words[start : end + SHORTEST_REPEAT - 1])
        if end and _telling(phrase, asked):
            text = f"Says again what was said before: “{phrase}”."
            yield AuditFinding("repeated", text, (first[runs[start]].id, one.id))
        for run in runs:
            first.setdefault(run, one)


def _longest(said: Sequence[bool]) -> tuple[int, int]:
    """The longest slice that is true throughout; empty at 0 if there is none."""
    best, start = (0, 0), 0
    for i, one in enumerate(said):
        start = start if one else i + 1
        best = max(best, (start, i + 1), key=lambda each: each[1] - each[0])
    return best


def _telling(phrase: str, asked: set[str]) -> bool:
    stems = set(terms.stems(phrase)) - asked
    for name in terms.mentioned(phrase):
        stems -= {stem for variant in terms.concepts()[name].stems for stem in variant}
    return len(stems) >= LEAST_TELLING


_ECHO = re.compile(r"\b(\w[\w-]{1,30}(?: [\w-]{1,30}){0,5}) \((?i:\1)\)")


def _echoed(running: str) -> Iterator[AuditFinding]:
    if match := _ECHO.search(running):
        yield AuditFinding("repeated", f"A template shows through: “{match[0]}”.")
