"""Which design a record reports, and why: the rules, in the order in which they count.

The publication type counts first, then what the title names plainly, then what the record studies; studies
of people that nothing names are told by the points of their clues (``rag/text/clues.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from rag.records import Article
from rag.text import study
from rag.text.clues import Clue, Clues, Part, clues

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

OBJECTS = {
    "animals": "animal study",
    "laboratory": "laboratory study",
    "models": "modelling study",
    "technique": "study of unclear design",
    "literature": "narrative review",
    "opinion": "editorial or letter",
}
"""The design of a record that is not about people, by what it is about (``rag/text/clues.toml``)."""

_OBSERVED = ("cohort study", "cross-sectional study", "case-control study", "diagnostic accuracy study")
"""Designs that clues may name although the publication type is Clinical Trial."""

LEAST = 3
"""Points from which the clues to a design of a study of people name it."""
SURE = 16
"""Points from which they count more than the publication type Clinical Trial."""
SPOKEN = 6
"""Points from which the words of a review name it where no rule of wording does."""
WHOLE_ANIMALS = 2
"""Times the points of animals that the laboratory needs, for animals are studied with its words too."""
WHOLE_ABSTRACT = 400
"""Characters from which a text without a word of results is more than the beginning of an abstract."""

Basis = Literal["publication_type", "mesh", "text", "none"]


class Reading(NamedTuple):
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

    @cached_property
    def clues(self) -> Mapping[Part, Clues]:
        """What points to what is studied, and how."""
        return clues(self.title, self.text, self.mesh)

    @property
    def humans(self) -> bool:
        return "Humans" in self.mesh

    @property
    def animals(self) -> bool:
        return "Animals" in self.mesh


def _record(article: Article) -> _Record:
    body = ". ".join(f"{section.label}: {section.text}" for section in article.sections)
    return _Record(
        title=article.title,
        text=study.own_words(body),
        types={name.lower(): name for name in article.publication_types},
        mesh=frozenset(heading.descriptor for heading in article.mesh),
        notice=article.notice,
        has_abstract=bool(article.sections),
    )


def _of_type(name: str, publication_type: str) -> Reading:
    return Reading(name, "publication_type", f"publication type: {publication_type}")


def _of_mesh(name: str, heading: str) -> Reading:
    return Reading(name, "mesh", f"MeSH heading: {heading}")


def _of_text(name: str, match: re.Match[str]) -> Reading:
    return Reading(
        name, "text", f'design inferred from the text: "{" ".join(match[0].split()).strip(" .,:;[(")}"'
    )


def _of_clue(name: str, clue: Clue) -> Reading:
    if clue.heading:
        return _of_mesh(name, clue.words)
    return Reading(name, "text", f'design inferred from the text: "{" ".join(clue.words.split())}"')


def _first(pattern: re.Pattern[str], *texts: str) -> re.Match[str] | None:
    return next((match for text in texts if (match := pattern.search(text))), None)


# --- The rules, in the order in which they count -------------------------------------------------------


def _notice(record: _Record) -> Reading | None:
    name = "notice about another article"
    if (kind := record.typed(*_NOTICES)) is not None:
        return _of_type(name, kind)
    return Reading(name, "publication_type", "the record is a notice") if record.notice else None


def _protocol(record: _Record) -> Reading | None:
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


def _opinion(record: _Record) -> Reading | None:
    if record.has(_OWN_DATA):
        return None
    if (kind := record.typed(*_EDITORIALS)) is not None:
        return _of_type("editorial or letter", kind)
    letter = record.typed(*sorted(_LETTERS, reverse=True))
    if letter and "comment" not in record.types and (case := study.CASE_TITLE.search(record.title)):
        return _of_text("case report", case)
    told = study.LETTER_WITH_DATA.search(record.text) or "case report" in record.clues["how"].points
    if letter and not (record.has_abstract and told):
        return _of_type("editorial or letter", letter)
    found = study.COMMENT_TITLE.search(record.title)
    return _of_text("editorial or letter", found) if found else None


def _guideline(record: _Record) -> Reading | None:
    if (kind := record.typed(*sorted(_GUIDELINES, reverse=True))) is not None:
        return _of_type("guideline", kind)
    if record.has(_OWN_DATA) or study.ABOUT_GUIDELINES.search(record.title):
        return None
    found = study.GUIDELINE_TITLE.search(record.title)
    return _of_text("guideline", found) if found else None


def _genes_as_instruments(record: _Record) -> Reading | None:
    found = study.MENDELIAN.search(record.title)
    return _of_text("Mendelian randomisation study", found) if found else None


def _systematic_review(record: _Record) -> Reading | None:
    kind = record.typed("meta-analysis", "network meta-analysis", "systematic review")
    if record.has(("case reports", _RANDOMISED_TYPE)) and not study.META_TITLE.search(record.title):
        return None
    if "case reports" in record.types and "systematic review" not in record.types:
        return None
    if scoping := study.SCOPING.search(record.title):
        return _of_text("scoping review", scoping)
    named = _first(study.META_TITLE, record.title) or _first(study.SYSTEMATIC_TITLE, record.title)
    found = named or _first(study.SYSTEMATIC_TEXT, record.text)
    if found is None and kind is None:
        return None
    if not study.SYSTEMATIC_TITLE.search(record.title) and not _searched(record):
        return None
    if study.NARRATIVE.search(record.text) and not named:
        return None
    pooled = "meta-analysis" in record.types or study.META_TITLE.search(record.title)
    name = _reviewed(record, "meta-analysis" if pooled else "systematic review")
    if kind is not None:
        return _of_type(name, kind)
    return _of_text(name, found) if found else None


def _searched(record: _Record) -> bool:
    """Whether a record that is typed as a systematic review or a meta-analysis looked for studies of others.

    The types are also given to narrative reviews, and to new analyses of genomes that pool data sets.
    """
    return not record.text or study.SEARCHED.search(f"{record.title}. {record.text}") is not None


def _reviewed(record: _Record, kind: str) -> str:
    """The name of a review of ``kind``, by the studies that it includes."""
    whole = f"{record.title}. {record.text}"
    if _of_animals(record, whole):
        return "systematic review of animal studies"
    controlled = study.RANDOMISED_STUDIES.search(whole) or study.CONTROLLED_STUDIES.search(whole)
    if study.CASE_STUDIES.search(record.title) or (
        not controlled and study.CASES_INCLUDED.search(record.text)
    ):
        return "systematic review of case reports"
    if study.DIAGNOSTIC_TITLE.search(record.title) and study.ACCURACY_TEXT.search(whole):
        return f"{kind} of diagnostic accuracy studies"
    if study.RANDOMISED_STUDIES.search(record.title):
        return f"{kind} of randomised trials"
    if study.MIXED_STUDIES.search(whole):
        return kind
    as_topic = "Randomized Controlled Trials as Topic" in record.mesh
    randomised = as_topic or study.RANDOMISED_STUDIES.search(whole)
    others = study.OTHER_STUDIES.search(whole)
    if randomised:
        return kind if others else f"{kind} of randomised trials"
    if others or study.OBSERVATIONAL_TOPIC.search(record.title) or study.OBSERVED_EFFECT.search(record.text):
        return f"{kind} of observational studies"
    return kind


def _of_animals(record: _Record, whole: str) -> bool:
    if record.humans:
        return record.animals and study.ANIMAL_STUDIES.search(record.text) is not None
    if record.animals or study.PEOPLE.search(whole):
        return record.animals
    return (study.SPECIES.search(record.title) or study.ANIMAL_STUDIES.search(whole)) is not None


def _narrative_review(record: _Record) -> Reading | None:
    if "case reports" in record.types or record.has((_RANDOMISED_TYPE, *_TRIALS)):
        return None
    kind = record.typed("review")
    if kind is None and not _searched(record):
        kind = record.typed("systematic review")
    if kind is None or ("meta-analysis" in record.types and not study.NARRATIVE.search(record.text)):
        return None
    return _of_type("narrative review", kind)


def _review_named(record: _Record) -> Reading | None:
    own = record.clues["how"].best(SURE) or study.CASES_REVIEWED.search(record.text)
    if own or record.has(_OWN_DATA):
        return None
    found = study.REVIEW_NAMED.search(record.text) or study.REVIEW_TITLE.search(record.title)
    return _of_text("narrative review", found) if found else None


def _animals_only(record: _Record) -> Reading | None:
    if (kind := record.typed(*_VETERINARY)) is not None:
        return _of_type("animal study", kind)
    if not record.animals or record.humans:
        return None
    clue = record.clues["what"].strongest("laboratory")
    if clue and _outweighs_animals(record.clues["what"]):
        return _of_clue("laboratory study", clue)
    return Reading("animal study", "mesh", "MeSH heading: Animals, without Humans")


def _cases(record: _Record) -> Reading | None:
    if "case reports" not in record.types:
        return None
    other = None if record.humans else _not_people(record)
    if other is not None and (
        other.name == "animal study"
        or (other.name == "laboratory study" and "case report" not in record.clues["how"].points)
    ):
        return other
    said_one = re.search(r"\bcase report\b(?!s)", record.title, re.IGNORECASE)
    series = study.CASE_SERIES.search(record.title) or (
        None
        if said_one
        else _first(study.CASE_SERIES, record.text)
        or _first(study.REPORTED_CASES, record.title, record.text)
        or _first(study.SEVERAL_CASES, record.title, record.text)
    )
    if series:
        return Reading(
            "case series", "publication_type", f'publication type: Case Reports, with "{series[0].strip()}"'
        )
    return _of_type("case report", record.types["case reports"])


def _randomised_type(record: _Record) -> Reading | None:
    if _RANDOMISED_TYPE not in record.types:
        return None
    secondary = _first(study.SECONDARY_TITLE, record.title) or _first(study.SECONDARY, record.text)
    if secondary:
        return _of_text("secondary analysis of a randomised trial", secondary)
    return _of_type("randomised trial", record.types[_RANDOMISED_TYPE])


def _trial_type(record: _Record) -> Reading | None:
    kind = record.typed(*sorted(_TRIALS, reverse=True))
    if kind is None:
        return None
    whole = f"{record.title}. {record.text}"
    if not study.NON_RANDOMISED.search(whole) and (found := _randomised(record)):
        return _of_text("randomised trial", found)
    other = _not_people(record)
    if other is not None and other.name == "laboratory study":
        return other
    for name, pattern in (
        ("cohort study", study.COHORT_NAMED),
        ("single-arm trial", study.SINGLE_ARM),
        ("non-randomised trial", study.NON_RANDOMISED),
        ("clinical trial, allocation not stated", study.ASSIGNED),
    ):
        if found := pattern.search(whole):
            return _of_text(name, found)
    clue = record.clues["how"].best(SURE)
    if clue is not None and clue.name in _OBSERVED:
        return _of_clue(clue.name, clue)
    if not study.COMPARED.search(whole):
        return _of_type("single-arm trial", kind)
    controlled = "controlled clinical trial" in record.types
    return _of_type("non-randomised trial" if controlled else "clinical trial, allocation not stated", kind)


def _randomised(record: _Record) -> re.Match[str] | None:
    return _first(study.RANDOMISED_TITLE, record.title) or _first(study.RANDOMISED_TEXT, record.text)


def _not_people(record: _Record) -> Reading | None:
    what = record.clues["what"]
    clue = what.best()
    if clue is None or clue.name == "people":
        return None
    if clue.name == "literature" and what.points["literature"] < SPOKEN:
        return None
    animals = what.strongest("animals")
    if clue.name == "laboratory" and animals and not _outweighs_animals(what):
        clue = animals
    if "observational study" in record.types and clue.name != "animals":
        return None
    return _of_clue(OBJECTS[clue.name], clue)


def _outweighs_animals(what: Clues) -> bool:
    return what.points.get("laboratory", 0) > WHOLE_ANIMALS * what.points.get("animals", 0)


def _randomised_text(record: _Record) -> Reading | None:
    if secondary := _first(study.SECONDARY_TITLE, record.title):
        return _of_text("secondary analysis of a randomised trial", secondary)
    if found := study.NON_RANDOMISED.search(f"{record.title}. {record.text}"):
        return _of_text("non-randomised trial", found)
    found = _randomised(record)
    return _of_text("randomised trial", found) if found else None


def _people(record: _Record) -> Reading | None:
    clue = record.clues["how"].best(LEAST)
    return _of_clue(clue.name, clue) if clue else None


def _no_results(record: _Record) -> Reading | None:
    """What people have is told, and no word or figure of results: a review of what others found."""
    if len(record.text) < WHOLE_ABSTRACT or study.RESULTS.search(record.text):
        return None
    return Reading("narrative review", "text", "the abstract tells of no results of its own")


_RULES: tuple[Callable[[_Record], Reading | None], ...] = (
    _notice,
    _protocol,
    _opinion,
    _guideline,
    _genes_as_instruments,
    _systematic_review,
    _narrative_review,
    _cases,
    _review_named,
    _animals_only,
    _randomised_type,
    _trial_type,
    _not_people,
    _randomised_text,
    _people,
    _no_results,
)


def read(article: Article) -> Reading:
    """The design of ``article`` with its reason; ``study of unclear design`` where no rule knows."""
    record = _record(article)
    readings = (rule(record) for rule in _RULES)
    unclear = Reading(
        "study of unclear design", "none", "no publication type, MeSH heading or wording names it"
    )
    return next((reading for reading in readings if reading), unclear)
