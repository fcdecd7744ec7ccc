"""Study design of one article, the reason for it, and its OCEBM 2011 level for one type of question.

The design is read by rules (``design_rules.py``); its name is taken from one closed table. Level: OCEBM
Levels of Evidence Working Group, "The Oxford 2011 Levels of Evidence". Where the scale leaves a choice that
an abstract cannot settle, the lower level is given: a systematic review whose studies are not those of the
top row takes the level of its studies, and no survey is taken to be local.
"""

from __future__ import annotations

from typing import NamedTuple

from rag.answering.design_rules import Reading, read
from rag.records import Article, Design, EvidenceBody, QuestionType
from rag.text import study
from rag.text.participants import participants

FEW = 3
"""Cases that a case report may have; a report of more is a series."""

_QUESTIONS: tuple[QuestionType, ...] = (
    "therapy",
    "harm",
    "diagnosis",
    "prognosis",
    "prevalence",
    "screening",
)


class _Row(NamedTuple):
    body: EvidenceBody
    levels: str
    review: bool = False


# Levels in the order of _QUESTIONS: treatment benefit, common harm, diagnosis, prognosis, prevalence,
# screening; a dot where the scale has none. Questions of another type have no level.
DESIGNS: dict[str, _Row] = {
    "meta-analysis of randomised trials": _Row("randomised", "11...1", review=True),
    "systematic review of randomised trials": _Row("randomised", "11...1", review=True),
    "meta-analysis of diagnostic accuracy studies": _Row("observational", "..1...", review=True),
    "systematic review of diagnostic accuracy studies": _Row("observational", "..1...", review=True),
    "meta-analysis of observational studies": _Row("observational", "333323", review=True),
    "systematic review of observational studies": _Row("observational", "333323", review=True),
    "meta-analysis": _Row("observational", "333323", review=True),
    "systematic review": _Row("observational", "333323", review=True),
    "systematic review of case reports": _Row("uncontrolled", "44.444", review=True),
    "systematic review of animal studies": _Row("mechanism", "555..5", review=True),
    "randomised trial": _Row("randomised", "22.3.2"),
    "secondary analysis of a randomised trial": _Row("observational", "33.3.3"),
    "non-randomised trial": _Row("observational", "33.3.3"),
    "clinical trial, allocation not stated": _Row("observational", "44.4.4"),
    "single-arm trial": _Row("uncontrolled", "44.4.4"),
    "inception cohort study": _Row("observational", "333233"),
    "cohort study": _Row("observational", "333333"),
    "case-control study": _Row("observational", "4444.4"),
    "cross-sectional study": _Row("observational", "..2.3."),
    "diagnostic accuracy study": _Row("observational", "..2..."),
    "historically controlled study": _Row("observational", "44.4.4"),
    "Mendelian randomisation study": _Row("observational", "......"),
    "economic evaluation": _Row("observational", "......"),
    "qualitative study": _Row("observational", "......"),
    "case series": _Row("uncontrolled", "44.444"),
    "case report": _Row("uncontrolled", "44.4.4"),
    "modelling study": _Row("mechanism", "555..5"),
    "animal study": _Row("mechanism", "555..5"),
    "laboratory study": _Row("mechanism", "555..5"),
    "guideline": _Row("opinion", "......"),
    "narrative review": _Row("opinion", "......"),
    "scoping review": _Row("opinion", "......"),
    "editorial or letter": _Row("none", "......"),
    "trial protocol": _Row("none", "......"),
    "study protocol": _Row("none", "......"),
    "notice about another article": _Row("none", "......"),
    "study of unclear design": _Row("observational", "......"),
}
"""Every design: its body of evidence and its levels. Nothing with body ``none`` supports an effect."""

_COUNTED = ("randomised", "observational", "uncontrolled")
"""Bodies of evidence about people, whose number is worth reading."""


def design(article: Article, question_type: QuestionType) -> Design:
    """Read the study design of ``article`` and its level for a question of ``question_type``.

    Returns:
        The design with its reason in words, such as ``publication type: Randomized Controlled Trial`` or
        ``text: "were randomly assigned"``. Its level is None where OCEBM 2011 has none for the design or
        for the type of question. ``participants`` is what the record states, else what the text states
        clearly, else None.
    """
    told = read(article)
    if told.name == "case report" and (article.participants or 1) > FEW:
        told = Reading("case series", told.basis, f"{told.reason}; {article.participants} cases")
    row = DESIGNS[told.name]
    column = _QUESTIONS.index(question_type) if question_type in _QUESTIONS else None
    digit = "." if column is None else row.levels[column]
    return Design(
        name=told.name,
        basis=told.basis,
        reason=told.reason,
        level=None if digit == "." else int(digit),
        participants=_participants(article, told.name, row.body),
        body=row.body,
        review=row.review,
    )


def _participants(article: Article, name: str, body: EvidenceBody) -> int | None:
    if article.participants is not None or body not in _COUNTED:
        return article.participants
    texts = [article.title, *(section.text for section in article.sections)]
    if name == "case report":
        return None if any(study.MORE_THAN_ONE.search(text) for text in texts) else 1
    return participants(texts)
