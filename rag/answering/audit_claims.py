"""What the statements of an audited answer claim beyond the sources that they cite.

Every rule quotes the words it rests on, and says nothing where it cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rag.audit_records import AuditedReference, AuditedStatement, AuditFinding
from rag.records import Question
from rag.text import terms
from rag.text.advice import directive
from rag.text.quantities import quantities


def overclaims(
    statements: Sequence[AuditedStatement],
    references: Sequence[AuditedReference],
    question: Question | None,
) -> Iterator[AuditFinding]:
    """List what the statements claim and their sources do not bear.

    Args:
        statements: as they were checked.
        references: as they were resolved.
        question: what was asked, if known.
    """
    by_number = {one.n: one for one in references}
    for one in statements:
        yield from _directive(one)
        yield from _indirect_figure(one, by_number)
        yield from _too_few_sources(one, by_number)
        yield from _kind_not_cited(one, by_number)
        if question:
            yield from _other_condition(one, question)
    yield from _designs_untold(statements, references)


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(filter(None, (", ".join(f"[{n}]" for n in numbers[:-1]), f"[{numbers[-1]}]")))


def _directive(one: AuditedStatement) -> Iterator[AuditFinding]:
    if words := directive(one.text):
        yield AuditFinding("directive", f"Tells one patient or reader what to do: “{words}”.", (one.id,))


def _indirect_figure(
    one: AuditedStatement, references: Mapping[int, AuditedReference]
) -> Iterator[AuditFinding]:
    """Figures of a statement all of whose sources that were found are indirect."""
    found = [n for n in one.numbers if n in references and references[n].article]
    figures = dict.fromkeys(each.text for each in quantities(one.text))
    if figures and found and all(references[n].because for n in found):
        told = f"The figure {', '.join(figures)} rests on {_listed(found)} alone, which is indirect."
        if len(figures) > 1 or len(found) > 1:
            told = f"These figures rest on indirect sources alone, {_listed(found)}: {', '.join(figures)}."
        yield AuditFinding("indirect_figure", told, (one.id,), tuple(found))


def _other_condition(one: AuditedStatement, question: Question) -> Iterator[AuditFinding]:
    """Conditions that are mistaken for the one asked about: the injury of a cord for its infarction."""
    asked, told = terms.mentioned(question.understood), terms.mentioned(one.text)
    for name in asked:
        if terms.concepts()[name].kind != "condition":
            continue
        others = [twin for twin in terms.concepts()[name].twins if twin in told and twin not in asked]
        if others:
            text = f"Speaks of {' and '.join(others)}; what was asked is {name}."
            yield AuditFinding("other_condition", text, (one.id,))


_PLURAL = r"(?:studies|trials|reviews|meta-?analyses|cohorts|case\ reports|publications|papers)"
_FIND = r"""(?:show|suggest|report|demonstrate|find|found|highlight|recommend|indicate|support|confirm
    |describe|note|identif(?:y|ied)|reveal|conclude|document|establish|advise|observe|agree
    |emphasi[sz]e)(?:s|d|ed|n)?\b"""
_COUNT = r"(?P<count>two|three|four|five|six|seven|eight|nine|ten|[2-9]|[1-9]\d)"
_SEVERAL = r"(?:several|multiple|many|numerous|various|most|some|recent|different|other|large|both)"
_SORT = r"(?:randomi[sz]ed|controlled|clinical|observational|prospective|retrospective|previous|earlier)"
_STUDIES = re.compile(
    rf"""\b(?P<said>(?:(?:{_COUNT}|{_SEVERAL})\ (?:[\w-]+\ ){{0,3}}?)?(?:{_SORT}\ ){{0,3}}{_PLURAL})\b
    [^.;:?!]{{0,90}}?\b{_FIND}""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_STUDIES = re.compile(
    rf"""\b(?:in|across|from|according\ to|by)[ ]
    (?P<said>(?:{_COUNT}|{_SEVERAL})\ (?:[\w-]+\ ){{0,3}}?{_PLURAL})\b""",
    re.IGNORECASE | re.VERBOSE,
)
_DENIED = re.compile(
    r"\b(?:no|not|few|fewer|further|future|more|additional|ongoing|lack\w*|without|need\w*|until|await\w*|limited)\b",
    re.IGNORECASE,
)
"""Words beside which studies are missed or wished for, not reported."""
_WISHED = re.compile(
    r"\W+(?:\w+\W+){0,3}?(?:needed|required|lacking|warranted|awaited|absent|scarce|under\s?way|ongoing)\b",
    re.IGNORECASE,
)
_WORTH = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_SYNTHESIS = re.compile(r"review|meta-analysis|guideline")
"""Designs of articles that can speak for several studies."""


def _too_few_sources(
    one: AuditedStatement, references: Mapping[int, AuditedReference]
) -> Iterator[AuditFinding]:
    """Words for several sources over fewer citations, or over fewer that bear the statement out."""
    match = _STUDIES.search(one.text) or _IN_STUDIES.search(one.text)
    if not match or not one.numbers or _wished(one.text, match.start("said"), match.end("said")):
        return
    cited = [references[n] for n in one.numbers if n in references]
    if any(_SYNTHESIS.search(each.design or each.text.lower()) for each in cited):
        return
    count = (match["count"] or "two").lower()
    wanted = int(count) if count.isdigit() else _WORTH[count]
    bearing = [each.n for each in one.citations if each.verdict == "SUPPORT"]
    said = " ".join(match["said"].split())
    if len(one.numbers) < wanted:
        only = "one" if len(one.numbers) == 1 else str(len(one.numbers))
        text = f"Says “{said}” and cites {only}: {_listed(one.numbers)}."
    elif bearing and len(bearing) < wanted:
        text = f"Says “{said}”; of what it cites only {_listed(bearing)} supports it."
    else:
        return
    yield AuditFinding("too_few_sources", text, (one.id,), one.numbers)


def _wished(text: str, start: int, end: int) -> bool:
    return bool(_DENIED.search(text[max(0, start - 40) : end]) or _WISHED.match(text[end:]))


_KIND_NAMES: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (name, re.compile(said, re.IGNORECASE), re.compile(design, re.IGNORECASE))
    for name, said, design in (
        (
            "a guideline",
            r"\b(?:guidelines?|consensus statements?|practice parameters?)\b",
            r"guideline|consensus|recommendations?\b",
        ),
        (
            "a systematic review",
            r"\bsystematic reviews?\b|\bCochrane reviews?\b",
            r"systematic review|meta-?anal",
        ),
        ("a meta-analysis", r"\bmeta-?analys[ei]s\b", r"meta-?anal|systematic review"),
        (
            "a randomised trial",
            r"\brandomi[sz]ed (?:[\w-]{1,30} ){0,2}?(?:trials?|stud(?:y|ies))\b|\bRCTs?\b",
            r"randomi[sz]ed|review|meta-?anal|guideline",
        ),
        ("a cohort study", r"\bcohort stud(?:y|ies)\b", r"cohort|review|meta-?anal|guideline|unclear"),
    )
)
"""A kind of source, the words that claim it, and the designs or titles that may be meant by them."""


def _kind_not_cited(
    one: AuditedStatement, references: Mapping[int, AuditedReference]
) -> Iterator[AuditFinding]:
    """A kind of source that a statement speaks of and none of those that it cites is."""
    for name, said, meant in _KIND_NAMES:
        match = said.search(one.text)
        if not match or not one.numbers or _wished(one.text, match.start(), match.end()):
            continue
        cited = [references[n] for n in one.numbers if n in references]
        if any(meant.search(f"{each.design} {each.title or each.text}") for each in cited):
            continue
        text = f"Speaks of “{match[0]}”; nothing that it cites is {name}: {_what(one.numbers, references)}."
        yield AuditFinding("kind_not_cited", text, (one.id,), one.numbers)


def _what(numbers: Sequence[int], references: Mapping[int, AuditedReference]) -> str:
    told = []
    for n in numbers:
        one = references.get(n)
        if one is None:
            told.append(f"[{n}] names no source")
        else:
            told.append(f"[{n}] is {_article(one.design)}" if one.design else f"[{n}] was not found")
    return ", ".join(told)


_WEAK: dict[str, str] = {
    "case report": r"\bcases?\b|\b(?:one|single|a) (?:\w+ )?(?:patient|man|woman|child|boy|girl|infant)\b",
    "case series": r"\bcases?\b|\bseries\b",
    "animal study": r"\b(?:animals?|rats?|mice|mouse|murine|rabbits?|pigs?|dogs?|preclinical|experimental)\b",
    "laboratory study": r"\b(?:in vitro|laborator\w+|cells?|preclinical|experimental)\b",
    "modelling study": r"\b(?:model\w*|simulat\w+)\b",
    "editorial or letter": r"\b(?:editorial|letter|comment\w*|opinion|argue\w*)\b",
    "trial protocol": r"\b(?:protocol|planned|ongoing|under way|will)\b",
    "study protocol": r"\b(?:protocol|planned|ongoing|under way|will)\b",
}
"""Designs that a reader must know of, and the words that tell them."""


def _designs_untold(
    statements: Sequence[AuditedStatement], references: Sequence[AuditedReference]
) -> Iterator[AuditFinding]:
    for one in references:
        citing = [each for each in statements if one.n in each.numbers]
        words = _WEAK.get(one.design)
        if not citing or not words or any(re.search(words, each.text, re.IGNORECASE) for each in citing):
            continue
        size = f" (n = {one.participants:,})" if one.participants else ""
        text = f"[{one.n}] is {_article(one.design)}{size}, which the text does not tell where it cites it."
        yield AuditFinding("design_untold", text, tuple(each.id for each in citing), (one.n,))


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
