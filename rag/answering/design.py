"""Study design of one article, the reason for it, and its OCEBM 2011 level for one type of question.

The publication type counts first, then MeSH, then the wording of title and abstract. The name of the
design is taken from one closed table. Level: OCEBM Levels of Evidence Working Group, "The Oxford 2011
Levels of Evidence". Where the scale leaves a choice that an abstract cannot settle, the lower level is
given: a systematic review whose studies are not those of the top row takes the level of its studies, and
no survey is taken to be local.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rag.records import Article, Design, EvidenceBody, QuestionType
from rag.text import study
from rag.text.participants import participants

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

_NOTICES = {
    "published erratum",
    "retraction of publication",
    "retraction notice",
    "expression of concern",
    "correction",
}
_LETTERS = {"letter", "comment"}
_EDITORIALS = {
    "editorial", "news", "newspaper article", "interview", "biography", "portrait", "lecture", "address",
    "congress", "congresses", "lectures", "historical article", "personal narrative", "obituary",
    "introductory journal article",
}  # fmt: skip
_GUIDELINES = {
    "practice guideline",
    "guideline",
    "consensus development conference",
    "consensus development conference, nih",
    "consensus statement",
}
_VETERINARY = {
    "randomized controlled trial, veterinary",
    "clinical trial, veterinary",
    "observational study, veterinary",
}
_TRIALS = {
    "clinical trial",
    "controlled clinical trial",
    "clinical trial, phase i",
    "clinical trial, phase ii",
    "clinical trial, phase iii",
    "clinical trial, phase iv",
    "pragmatic clinical trial",
    "adaptive clinical trial",
    "equivalence trial",
}
_RANDOMISED_TYPE = "randomized controlled trial"
_OWN_DATA = {
    _RANDOMISED_TYPE,
    "case reports",
    "observational study",
    "meta-analysis",
    "systematic review",
} | _TRIALS

_LABORATORY_MESH = re.compile(
    r"^(?:Cell Line\b.*|In Vitro Techniques|(?:Tumor )?Cells, Cultured|"
    r"Molecular D(?:ocking|ynamics) Simulation|(?:HEK293|HeLa|Vero) Cells|"
    r"Coculture Techniques|Computational Biology)$"
)

Basis = Literal["publication_type", "mesh", "text", "none"]


class _Read(NamedTuple):
    """A design as one rule read it."""

    name: str
    basis: Basis
    reason: str


@dataclass(frozen=True)
class _Record:
    """An article as the rules see it: text without words about other studies.

    ``types`` maps each publication type in lower case to the form in the record.
    """

    title: str
    text: str
    types: Mapping[str, str]
    mesh: frozenset[str]
    notice: bool
    has_abstract: bool

    def typed(self, *names: str) -> str | None:
        """The first of ``names`` that is a publication type of the record, as the record writes it."""
        return next((self.types[name] for name in names if name in self.types), None)

    def has(self, names: Iterable[str]) -> bool:
        """Whether any of ``names`` is a publication type of the record."""
        return any(name in self.types for name in names)

    @property
    def humans(self) -> bool:
        return "Humans" in self.mesh

    @property
    def animals(self) -> bool:
        return "Animals" in self.mesh


def design(article: Article, question_type: QuestionType) -> Design:
    """Read the study design of ``article`` and its level for a question of ``question_type``.

    Returns:
        The design with its reason in words, such as ``publication type: Randomized Controlled Trial`` or
        ``text: "were randomly assigned"``. Its level is None where OCEBM 2011 has none for the design or
        for the type of question. ``participants`` is what the record states, else what the text states
        clearly, else None.
    """
    read = _read(_record(article))
    if read.name == "case report" and (article.participants or 1) > 1:
        read = _Read("case series", read.basis, f"{read.reason}; {article.participants} cases")
    row = DESIGNS[read.name]
    column = _QUESTIONS.index(question_type) if question_type in _QUESTIONS else None
    digit = "." if column is None else row.levels[column]
    return Design(
        name=read.name,
        basis=read.basis,
        reason=read.reason,
        level=None if digit == "." else int(digit),
        participants=_participants(article, read.name, row.body),
        body=row.body,
        review=row.review,
    )


def _participants(article: Article, name: str, body: EvidenceBody) -> int | None:
    if article.participants is not None or body not in _COUNTED:
        return article.participants
    if name == "case report":
        return 1
    return participants([article.title, *(section.text for section in article.sections)])


def _record(article: Article) -> _Record:
    body = ". ".join(f"{section.label}: {section.text}" for section in article.sections)
    return _Record(
        title=study.own_words(article.title),
        text=study.own_words(body),
        types={name.lower(): name for name in article.publication_types},
        mesh=frozenset(heading.descriptor for heading in article.mesh),
        notice=article.notice,
        has_abstract=bool(article.sections),
    )


def _read(record: _Record) -> _Read:
    readings = (rule(record) for rule in _RULES)
    unclear = _Read(
        "study of unclear design", "none", "no publication type, MeSH heading or wording names it"
    )
    return next((reading for reading in readings if reading), unclear)


def _of_type(name: str, publication_type: str) -> _Read:
    return _Read(name, "publication_type", f"publication type: {publication_type}")


def _of_mesh(name: str, heading: str) -> _Read:
    return _Read(name, "mesh", f"MeSH heading: {heading}")


def _of_text(name: str, match: re.Match[str]) -> _Read:
    return _Read(
        name, "text", f'design inferred from the text: "{" ".join(match[0].split()).strip(" .,:;[(")}"'
    )


def _first(pattern: re.Pattern[str], *texts: str) -> re.Match[str] | None:
    return next((match for text in texts if (match := pattern.search(text))), None)


# --- The rules, in the order in which they count -------------------------------------------------------


def _notice(record: _Record) -> _Read | None:
    name = "notice about another article"
    if (kind := record.typed(*_NOTICES)) is not None:
        return _of_type(name, kind)
    return _Read(name, "publication_type", "the record is a notice") if record.notice else None


def _protocol(record: _Record) -> _Read | None:
    if (kind := record.typed("clinical trial protocol")) is not None:
        return _of_type("trial protocol", kind)
    found = study.PROTOCOL_TITLE.search(record.title)
    if found is None:
        plans = list(study.PLANNED.finditer(record.text))
        if len(plans) < 2 or re.search(r"\bresults?\s*:", record.text, re.IGNORECASE):
            return None
        found = plans[0]
    trial = record.has((_RANDOMISED_TYPE, *_TRIALS)) or re.search(
        r"\b(?:trial|randomi[sz]ed)\b", record.title, re.IGNORECASE
    )
    reviewed = _first(study.SYSTEMATIC_TITLE, record.title) or _first(study.META_TITLE, record.title)
    return _of_text("trial protocol" if trial and not reviewed else "study protocol", found)


def _opinion(record: _Record) -> _Read | None:
    if record.has(_OWN_DATA):
        return None
    if (kind := record.typed(*_EDITORIALS)) is not None:
        return _of_type("editorial or letter", kind)
    letter = record.typed(*sorted(_LETTERS, reverse=True))
    if letter and not (record.has_abstract and study.LETTER_WITH_DATA.search(record.text)):
        return _of_type("editorial or letter", letter)
    found = study.COMMENT_TITLE.search(record.title)
    return _of_text("editorial or letter", found) if found else None


def _guideline(record: _Record) -> _Read | None:
    if (kind := record.typed(*sorted(_GUIDELINES, reverse=True))) is not None:
        return _of_type("guideline", kind)
    if record.has(_OWN_DATA) or study.ABOUT_GUIDELINES.search(record.title):
        return None
    found = study.GUIDELINE_TITLE.search(record.title)
    return _of_text("guideline", found) if found else None


def _systematic_review(record: _Record) -> _Read | None:
    kind = record.typed("meta-analysis", "network meta-analysis", "systematic review")
    if record.has(("case reports", _RANDOMISED_TYPE)) and not study.META_TITLE.search(record.title):
        return None
    if "case reports" in record.types and "systematic review" not in record.types:
        return None
    if scoping := study.SCOPING.search(record.title):
        return _of_text("scoping review", scoping)
    named = _first(study.META_TITLE, record.title) or _first(study.SYSTEMATIC_TITLE, record.title)
    found = named or _first(study.SYSTEMATIC_TEXT, record.text)
    if kind is None and found is None:
        return None
    pooled = "meta-analysis" in record.types or study.META_TITLE.search(record.title)
    name = _reviewed(record, "meta-analysis" if pooled else "systematic review")
    if kind is not None:
        return _of_type(name, kind)
    return _of_text(name, found) if found else None


def _reviewed(record: _Record, kind: str) -> str:
    """The name of a review of ``kind``, by the studies that it includes."""
    whole = f"{record.title}. {record.text}"
    topics = " ".join(record.mesh)
    if (record.animals and not record.humans) or (
        not record.humans and study.SPECIES.search(record.title) and not study.PEOPLE.search(whole)
    ):
        return "systematic review of animal studies"
    if study.CASE_STUDIES.search(record.title):
        return "systematic review of case reports"
    if study.DIAGNOSTIC_TITLE.search(record.title) and study.ACCURACY_TEXT.search(whole):
        return f"{kind} of diagnostic accuracy studies"
    randomised = study.RANDOMISED_STUDIES.search(whole) or "Randomized Controlled Trials as Topic" in topics
    others = study.OTHER_STUDIES.search(whole)
    if study.RANDOMISED_STUDIES.search(record.title) or (randomised and not others):
        return f"{kind} of randomised trials"
    if not randomised and (others or (not record.animals and study.OBSERVATIONAL_TOPIC.search(record.title))):
        return f"{kind} of observational studies"
    return kind


def _narrative_review(record: _Record) -> _Read | None:
    if "case reports" in record.types:
        return None
    if (kind := record.typed("review")) is not None and not record.has(_OWN_DATA):
        return _of_type("narrative review", kind)
    return None


def _animals_only(record: _Record) -> _Read | None:
    if (kind := record.typed(*_VETERINARY)) is not None:
        return _of_type("animal study", kind)
    if record.animals and not record.humans:
        return _Read("animal study", "mesh", "MeSH heading: Animals, without Humans")
    return None


def _cases(record: _Record) -> _Read | None:
    if "case reports" not in record.types:
        return None
    said_one = re.search(r"\bcase report\b(?!s)", record.title, re.IGNORECASE)
    series = study.CASE_SERIES.search(record.title) or (
        None
        if said_one
        else _first(study.CASE_SERIES, record.text)
        or _first(study.REPORTED_CASES, record.title, record.text)
        or _first(study.SEVERAL_CASES, record.title, record.text)
    )
    if series:
        return _Read(
            "case series", "publication_type", f'publication type: Case Reports, with "{series[0].strip()}"'
        )
    return _of_type("case report", record.types["case reports"])


def _randomised_type(record: _Record) -> _Read | None:
    if _RANDOMISED_TYPE not in record.types:
        return None
    secondary = _first(study.SECONDARY_TITLE, record.title) or _first(study.SECONDARY, record.text)
    if secondary:
        return _of_text("secondary analysis of a randomised trial", secondary)
    return _of_type("randomised trial", record.types[_RANDOMISED_TYPE])


def _trial_type(record: _Record) -> _Read | None:
    kind = record.typed(*sorted(_TRIALS, reverse=True))
    if kind is None:
        return None
    whole = f"{record.title}. {record.text}"
    if not study.NON_RANDOMISED.search(whole) and (found := _randomised(record)):
        return _of_text("randomised trial", found)
    if found := study.COHORT_TITLE.search(record.title) or re.search(
        r"\bcohort study\b", whole, re.IGNORECASE
    ):
        return _of_text("cohort study", found)
    if study.NON_RANDOMISED.search(whole) or "controlled clinical trial" in record.types:
        return _of_type("non-randomised trial", kind)
    if (found := study.SINGLE_ARM.search(whole)) or not study.COMPARED.search(whole):
        return _of_type("single-arm trial", kind) if found is None else _of_text("single-arm trial", found)
    return _of_type("clinical trial, allocation not stated", kind)


def _randomised(record: _Record) -> re.Match[str] | None:
    return _first(study.RANDOMISED_TITLE, record.title) or _first(study.RANDOMISED_TEXT, record.text)


def _special(record: _Record) -> _Read | None:
    """Designs that no publication type names and that a title names plainly."""
    if found := re.search(r"\bmendelian[\s-]*randomi[sz]ation\b", record.title, re.IGNORECASE):
        return _of_text("Mendelian randomisation study", found)
    if found := study.ECONOMIC_TITLE.search(record.title):
        return _of_text("economic evaluation", found)
    if "Qualitative Research" in record.mesh:
        return _of_mesh("qualitative study", "Qualitative Research")
    if found := _first(study.QUALITATIVE, record.title, record.text):
        return _of_text("qualitative study", found)
    found = study.DIAGNOSTIC_TITLE.search(record.title)
    if found and study.ACCURACY_TEXT.search(f"{record.title}. {record.text}"):
        return _of_text("diagnostic accuracy study", found)
    return None


def _animals_and_laboratory(record: _Record) -> _Read | None:
    if "observational study" in record.types:
        return None
    whole = f"{record.title}. {record.text}"
    people = study.PEOPLE.search(whole)
    studied = list(study.SPECIES_STUDIED.finditer(whole))
    enough = 1 if record.animals or not people else 2
    if len(studied) >= enough and (record.animals or not study.PEOPLE.search(record.title)):
        return _of_text("animal study", studied[0])
    if people is None and (heading := next(filter(_LABORATORY_MESH.match, sorted(record.mesh)), None)):
        return _of_mesh("laboratory study", heading)
    found = _first(study.LABORATORY, record.title, record.text)
    if people is None and found:
        return _of_text("laboratory study", found)
    return None


def _observational_mesh(record: _Record) -> _Read | None:
    named = {
        "Case-Control Studies": ("case-control study", study.CASE_CONTROL_NAMED),
        "Cross-Sectional Studies": ("cross-sectional study", study.CROSS_SECTIONAL),
        "Cohort Studies": ("cohort study", study.COHORT),
    }
    present = [heading for heading in named if heading in record.mesh]
    if len(present) == 1:
        return _of_mesh(named[present[0]][0], present[0])
    for heading in present:
        if _first(named[heading][1], record.title, record.text):
            return _of_mesh(named[heading][0], heading)
    return None


def _observational_text(record: _Record) -> _Read | None:
    named: tuple[tuple[str, re.Pattern[str]], ...] = (
        ("inception cohort study", study.INCEPTION),
        ("historically controlled study", study.HISTORICAL),
        ("case-control study", study.CASE_CONTROL_NAMED),
        ("cross-sectional study", study.CROSS_SECTIONAL),
        ("cohort study", study.COHORT),
        ("case series", study.CASE_SERIES),
    )
    titled = (("cohort study", study.COHORT_TITLE), ("case series", study.EXPERIENCE_TITLE))
    for name, pattern in (*named, *titled, ("case report", study.CASE_REPORT_TITLE)):
        if found := pattern.search(record.title):
            return _of_text(name, found)
    for name, pattern in named:
        if found := pattern.search(record.text):
            return _of_text(name, found)
    return None


def _timed(record: _Record) -> _Read | None:
    """Follow-up studies by MeSH or wording; without a comparison in the text they are case series."""
    whole = f"{record.title}. {record.text}"
    headings = ("Longitudinal Studies", "Prospective Studies", "Follow-Up Studies", "Retrospective Studies")
    heading = next((heading for heading in headings if heading in record.mesh), None)
    found = _first(study.FOLLOWED, record.title, record.text)
    if heading is None and found is None:
        return None
    compared = study.ASSOCIATION.search(whole) or study.COMPARED.search(whole)
    name = "cohort study" if compared else "case series"
    if heading:
        return _of_mesh(name, heading)
    return _of_text(name, found) if found else None


def _last_wording(record: _Record) -> _Read | None:
    patterns: Iterable[tuple[str, re.Pattern[str], tuple[str, ...]]] = (
        ("case series", study.REPORTED_CASES, (record.title, record.text)),
        ("case report", study.CASE_REPORT_TEXT, (record.title, record.text)),
        ("narrative review", study.REVIEW_TEXT, (record.text,)),
        ("narrative review", study.REVIEW_TITLE, (record.title,)),
        ("modelling study", study.MODELLING_TITLE, (record.title,)),
        ("cross-sectional study", study.SURVEY, (record.title, record.text)),
        ("case-control study", study.CASE_CONTROL, (record.text,)),
        ("diagnostic accuracy study", study.ACCURACY_TEXT, (record.title, record.text)),
    )
    for name, pattern, texts in patterns:
        if found := _first(pattern, *texts):
            return _of_text(name, found)
    return None


def _randomised_text(record: _Record) -> _Read | None:
    whole = f"{record.title}. {record.text}"
    if secondary := _first(study.SECONDARY_TITLE, record.title):
        return _of_text("secondary analysis of a randomised trial", secondary)
    if found := study.NON_RANDOMISED.search(whole):
        return _of_text("non-randomised trial", found)
    found = _randomised(record)
    return _of_text("randomised trial", found) if found else None


_RULES: tuple[Callable[[_Record], _Read | None], ...] = (
    _notice,
    _protocol,
    _opinion,
    _guideline,
    _systematic_review,
    _narrative_review,
    _animals_only,
    _cases,
    _randomised_type,
    _trial_type,
    _special,
    _animals_and_laboratory,
    _randomised_text,
    _observational_mesh,
    _observational_text,
    _timed,
    _last_wording,
)
