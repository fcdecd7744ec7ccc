"""Whether an article is about what was asked: its own people and intervention, not words in passing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rag.records import Article, Question, Screening
from rag.text import ages, terms
from rag.text.sentences import sentences

LEAST_ELEMENT = 0.45
"""Least part of the population, and of the intervention, that an article must cover to be direct."""
LEAST_NAMED = 0.3
"""The same for an element with a known concept, which must be named besides."""
LEAST_WHOLE = 0.5
"""Least part of the whole question that a direct article covers."""
GENERIC = 5.0
"""An element whose words all have less rarity than this ("early outcome measures") may go uncovered ..."""
TELLING = 4.0
"""Rarity of a word of an outcome ("wound") that an article on it has somewhere."""
ENOUGH = 0.62
"""... where this part of the whole question is covered."""
LITTLE = "little of what was asked is in it"
"""The reason where no mismatch is found and less than ``LEAST_WHOLE`` is covered."""
OFF_THE_QUESTION = "what it tells is on something else"
"""The reason where an article is on the subjects asked about and does not speak to the question."""
REVERSED = "it was not treated by it"
"""How a reason ends that finds the condition to have followed the treatment asked about."""
_NEAR = 0.8
"""What a word counts that only shares its beginning with a word of the article (mammogram, mammography)."""
_SOFT = 0.5
"""Weight of the outcome and the comparator beside population and intervention."""
_MAIN = ("population", "intervention")
_SURROGATE = re.compile(
    r"\b(?:serum|plasma|urinary|salivary|circulating)\s+[a-z]|\b(?:levels?|concentrations?) of\b"
    r"|\b\w+ (?:levels?|concentrations?)\b|\bHbA1c\b|\bA1c\b|\bcholesterol\b|\btriglycerides\b|\bLDL\b"
    r"|\bmineral density\b"
    r"|\bblood pressure\b|\bviral load\b|\bejection fraction\b|\b(?:bio)?markers?\b|\bC-reactive protein\b"
    r"|\bPSA\b|\bcounts?\b",
    re.IGNORECASE,
)
"""Measurements that are taken in the place of what patients feel or die of."""
_OWN = 2
"""An article with a title names its subject there or in MeSH, or at least so often elsewhere;
once more if its title names another of the same kind."""


def screen(question: Question, article: Article) -> Screening:
    """Judge whether an article answers the question itself.

    The words of population and intervention are sought in title, abstract, keywords and MeSH, through stems
    and the synonyms of the concept table, each weighted by its rarity. Mismatches that words alone do not
    show reject: twins (spinal cord injury for infarction), a reversed role (the condition followed the
    intervention), animals, another age group. Thresholds were set on the development questions of PubMedQA
    (Jin et al. 2019).

    Args:
        question: the question as understood.
        article: a record with its abstract; the title may be empty.

    Returns:
        ``direct`` if the article is about the question's population and intervention; ``because`` has one
        reason in words for each mismatch; ``score`` is the weighted part of the question covered, 0 to 1.
    """
    text = _read(article)
    elements = _elements(question)
    covered = [(element, _coverage(element, text)) for element in elements]
    total = sum(element.weight * element.importance for element in elements)
    found = sum(element.weight * element.importance * part for element, part in covered)
    score = found / total if total else 0.0
    reasons = (
        *_missing(covered, score, text),
        *_standing_in(question, elements, text),
        *_of_people(elements, text),
        *_reversed(elements, article),
        *_others(question, text),
        *_no_accuracy(question, text),
    )
    because = list(dict.fromkeys(reasons))
    if not because and score < LEAST_WHOLE:
        because.append(LITTLE)
    return Screening(not because, tuple(because), round(score, 3))


# --- The article --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Text:
    """An article as stems: where each stands, and where each concept is named."""

    where: dict[str, list[int]]
    beginnings: frozenset[str]
    concepts: dict[str, terms.Places]
    title: frozenset[str]
    headings: frozenset[str]
    titled: bool
    title_length: int
    mesh: frozenset[str]
    plain: str
    concluding: str


@lru_cache(maxsize=1024)
def _read(article: Article) -> _Text:
    body = (*(section.text for section in article.sections), *article.keywords)
    mesh = tuple(heading.descriptor for heading in article.mesh)
    plain = " . ".join(filter(None, (article.title, *body, *mesh)))
    where = terms.positions(terms.stems(plain))
    title = terms.named_in(article.title)
    return _Text(
        where,
        frozenset(each[:6] for each in where if len(each) >= 6),
        _own(terms.named(where, members=True)),
        frozenset(_own(title)),
        _names(" . ".join(mesh)),
        bool(article.title),
        len(terms.stems(article.title)),
        frozenset(each.lower() for each in mesh),
        plain,
        article.sections[-1].text if article.sections else "",
    )


def _own(every: dict[str, terms.Places]) -> dict[str, terms.Places]:
    """Leave out names that are only part of a twin's name: the stroke of "spinal cord stroke"."""
    twins = {name: terms.concepts()[name].twins for name in every}
    kept = {
        name: terms.outermost(name, places, {twin: every[twin] for twin in twins[name] if twin in every})
        for name, places in every.items()
    }
    return {name: places for name, places in kept.items() if places}


# --- The question -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Element:
    """One element of the question: its known concepts, its other stems, and how much they weigh together."""

    role: str
    words: str
    importance: float
    concepts: tuple[str, ...]
    loose: tuple[str, ...]
    weight: float


@lru_cache(maxsize=64)
def _elements(question: Question) -> tuple[_Element, ...]:
    pico = question.pico
    found = (
        _element("population", pico.population, 1.0),
        _element("intervention", pico.intervention, 1.0),
        _element("comparator", pico.comparator, _SOFT),
        _element("outcome", pico.outcome, _SOFT),
    )
    kept = tuple(each for each in found if each.weight)
    return kept or tuple(each for each in (_element("question", question.understood, 1.0),) if each.weight)


def _element(role: str, words: str, importance: float) -> _Element:
    subject = ages.without(words)
    concepts = terms.mentioned(subject)
    inside = {place for places in concepts.values() for each in places for place in each}
    loose = dict.fromkeys(stem for place, stem in enumerate(terms.stems(subject)) if place not in inside)
    weight = terms.weight(loose) + sum(_heft(name) for name in concepts)
    return _Element(role, words, importance, tuple(concepts), tuple(loose), weight)


@lru_cache(maxsize=1024)
def _heft(name: str) -> float:
    return min(terms.weight(stems) for stems in terms.concepts()[name].stems)


# --- Matching -----------------------------------------------------------------------------------


def _coverage(element: _Element, text: _Text) -> float:
    """The part of an element that the article covers, weighted by rarity."""
    found = sum(_heft(name) for name in element.concepts if name in text.concepts)
    for stem in element.loose:
        if stem in text.where:
            found += terms.rarity(stem)
        elif len(stem) >= 6 and stem[:6] in text.beginnings:
            found += _NEAR * terms.rarity(stem)
    return found / element.weight


def _missing(covered: list[tuple[_Element, float]], score: float, text: _Text) -> Iterator[str]:
    """A reason for each of population and intervention that is not the article's own.

    An outcome may be told in other words, but an article that has none of its words did not study it.
    """
    named = [name for element, _ in covered if element.role in _MAIN for name in _decisive(element)]
    unnamed = len(named) > 1 and not set(named) & (text.title | text.headings)
    for element, part in covered:
        telling = element.concepts or any(terms.rarity(stem) >= TELLING for stem in element.loose)
        if element.role == "outcome" and telling and not part:
            yield f"outcome: not {element.words}"
        if element.role not in _MAIN:
            continue
        reasons = list(_named_wrongly(element, text, unnamed))
        generic = all(terms.rarity(stem) < GENERIC for stem in element.loose) and not element.concepts
        least = LEAST_NAMED if element.concepts else LEAST_ELEMENT
        if not reasons and part < least and not (generic and score >= ENOUGH):
            reasons.append(f"{element.role}: not {element.words}")
        elif text.titled and not element.concepts and not generic and _fleeting(element, text):
            reasons.append(f"{element.role}: {element.words} is named only in passing")
        yield from reasons


def _named_wrongly(element: _Element, text: _Text, unnamed: bool) -> Iterator[str]:
    """A reason for each known concept that the article lacks, has a twin of, or names in passing.

    Args:
        element: population or intervention.
        text: the article.
        unnamed: neither title nor MeSH names any concept that is asked about.
    """
    for name in _decisive(element):
        concept = terms.concepts()[name]
        if name not in text.concepts or (set(concept.twins) & text.title and name not in text.title):
            yield f"{element.role}: {_instead(name, text)}not {name}"
        elif text.titled and name not in text.title | text.headings:
            rival = any(terms.concepts()[each].kind == concept.kind for each in text.title)
            if unnamed or len(text.concepts[name]) < _OWN + rival:
                yield f"{element.role}: {name} is named only in passing"


def _standing_in(question: Question, elements: tuple[_Element, ...], text: _Text) -> Iterator[str]:
    """A reason where the effect of a treatment is concluded on a measurement that stands for the outcome.

    Such an article never names the outcome by its last word ("flares" of "gout flares").
    """
    for element in elements if question.type in ("therapy", "harm") else ():
        stems = terms.stems(element.words) if element.role == "outcome" else ()
        named = not stems or stems[-1] in text.where or stems[-1][:6] in text.beginnings
        if not named and _SURROGATE.search(text.concluding) and not _SURROGATE.search(element.words):
            yield f"outcome: a measurement that may stand for it, not {element.words}"


_ASKS_ACCURACY = re.compile(r"\b(?:in)?accura(?:te|cy)\b|\bsensitivity\b|\bspecificity\b", re.IGNORECASE)
_ACCURACY = re.compile(
    r"\b(?:sensitiv|specific(?:ity|ities)\b|accura|predictive value|likelihood ratio|c-statistic|concordan)"
    r"|\b(?:AUC|AUROC|ROC)\b|\barea under the (?:\w+[- ]){0,4}curve\b|\bdetect(?:ed|s|ion)\b"
    r"|\bdiagnos(?:ed|es|ing)\b|\bfalse[- ](?:positive|negative)",
    re.IGNORECASE,
)


def _no_accuracy(question: Question, text: _Text) -> Iterator[str]:
    """A reason where the accuracy of a test is asked for and an article never tells how well it tells."""
    if _ASKS_ACCURACY.search(question.asked) and not _ACCURACY.search(text.plain):
        yield "outcome: not how well the test tells"


_PEOPLE_WITH = re.compile(
    r"\b(?:[\w-]+ )?(?:people|patients?|adults|women|men|children|subjects|individuals|those|persons"
    r"|participants)\b"
    r"(?:\s+(?:with|without|who have|having|at (?:high |increased )?risk (?:of|for))\s+"
    r"(?:(?!\b(?:had|has|have|were|was|is|who|received|given|treated|showed|developed|and)\b)[^.,;:]){3,60})?"
    r"|\bdiabetics?\b",
    re.IGNORECASE,
)
"""People by what they have."""


def _of_people(elements: tuple[_Element, ...], text: _Text) -> Iterator[str]:
    """A reason where a condition asked about as an outcome is only what the people studied had."""
    for element in elements:
        wanted = {name for name in element.concepts if terms.concepts()[name].kind == "condition"}
        if element.role != "outcome" or not wanted & set(text.concepts):
            continue
        if not wanted & set(terms.named_in(_PEOPLE_WITH.sub(" ", text.plain))):
            yield f"outcome: {element.words} is what its people had, not what followed"


def _fleeting(element: _Element, text: _Text) -> bool:
    """Whether the title has no telling word of an element and the rest has none of them twice."""
    telling = [stem for stem in element.loose if terms.rarity(stem) >= GENERIC and stem in text.where]
    title = text.title_length
    return bool(telling) and all(
        text.where[stem][0] >= title and len(text.where[stem]) < _OWN for stem in telling
    )


def _decisive(element: _Element) -> list[str]:
    """The concepts of an element without which an article cannot be about it."""
    return [name for name in element.concepts if terms.concepts()[name].kind in {"condition", "treatment"}]


def _instead(name: str, text: _Text) -> str:
    """What the article has in the place of a concept: a twin first, else what it names most."""
    concept = terms.concepts()[name]
    twins = [each for each in concept.twins if each in text.concepts]
    alike = [
        each
        for each in text.concepts
        if terms.concepts()[each].kind == concept.kind and each != name and not terms.takes_in(each, name)
    ]
    for candidates in (set(twins) & text.title, set(alike) & text.title, twins, alike):
        if candidates:
            return max(sorted(candidates), key=lambda each: len(text.concepts.get(each, ()))) + ", "
    return ""


# --- Roles --------------------------------------------------------------------------------------

_CAUSED = (
    r"complicating|secondary to|caused by|as a result of|resulting from|induced by|sequelae? of|attributed to"
    r"|consequence of|complications? (?:of|after|from)"
)
_FOLLOWS = re.compile(rf"\b(?:{_CAUSED})\b", re.IGNORECASE)
"""Words between a condition and the intervention that it came of."""
_FOLLOWS_IN_TITLE = re.compile(rf"\b(?:{_CAUSED}|after|following|due to)\b", re.IGNORECASE)
"""In a title "after" tells the cause; in a sentence it may tell the time of a measurement."""
_LEADS = re.compile(
    r"\b(?:complicated by|result(?:s|ed|ing) in|caus(?:es|ed|ing)|le(?:ads|d|ading) to|induc(?:es|ed|ing))\b"
    r"|[- ](?:induced|associated|related)\b",
    re.IGNORECASE,
)
"""Words between an intervention and the condition that came of it."""
_TREATED = re.compile(r"\b(?:treated|managed|rescued|resolved|reversed|recovered)\b", re.IGNORECASE)
"""Words that make what follows "after" a treatment all the same."""
_REACH = 60
"""How many characters either side of such words the two are looked for."""


def _reversed(elements: tuple[_Element, ...], article: Article) -> Iterator[str]:
    """Find articles in which the condition followed the treatment that is asked about as its cure."""
    roles = {element.role: element for element in elements}
    if not {"population", "intervention"} <= set(roles):
        return
    conditions = [n for n in roles["population"].concepts if terms.concepts()[n].kind == "condition"]
    treatments = [n for n in roles["intervention"].concepts if terms.concepts()[n].kind == "treatment"]
    for condition in conditions[:1]:
        for treatment in treatments[:1]:
            verdicts = _roles(condition, treatment, article)
            if verdicts and all(verdicts):
                yield f"{condition} came after {treatment}; {REVERSED}"


def _roles(condition: str, treatment: str, article: Article) -> list[bool]:
    """For each sentence that names both: whether it tells the condition as following the treatment.

    The title alone is asked if it names both.
    """
    if {condition, treatment} <= _names(article.title):
        return [_follows(condition, treatment, article.title, _FOLLOWS_IN_TITLE)]
    spoken = [span.text for section in article.sections for span in sentences(section.text)]
    return [
        _follows(condition, treatment, each, _FOLLOWS)
        for each in spoken
        if {condition, treatment} <= _names(each)
    ]


def _follows(condition: str, treatment: str, sentence: str, follows: re.Pattern[str]) -> bool:
    for pattern, first, second in ((follows, condition, treatment), (_LEADS, treatment, condition)):
        for match in pattern.finditer(sentence):
            if _TREATED.search(sentence[match.end() :][:_REACH]):
                continue
            before, after = (
                _names(sentence[max(match.start() - _REACH, 0) : match.start()]),
                _names(sentence[match.end() :][:_REACH]),
            )
            if first in before and second in after and second not in before:
                return True
    return False


@lru_cache(maxsize=4096)
def _names(text: str) -> frozenset[str]:
    return frozenset(_own(terms.named_in(text)))


# --- Species and age ----------------------------------------------------------------------------

_PREGNANT = re.compile(r"\b(?:pregnan|gestation|antenatal|prenatal|obstetric|maternal)", re.IGNORECASE)
_ANIMAL = re.compile(
    r"\b(?:rats?|mice|mouse|murine|rodents?|rabbits?|pigs?|piglets?|porcine|swine|dogs?|canine|cats?|feline"
    r"|ewes?|sheep|ovine|lambs?|goats?|horses?|equine|bovine|cattle|cows?|monkeys?|macaques?|primates?"
    r"|zebrafish|drosophila|gerbils?|hamsters?"
    r"|guinea pigs?|chickens?|animals?|in vitro|cell lines?|veterinary|caenorhabditis|elegans|yeast)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:patients?|humans?|men|women|children|adults?|people|persons?|participants?|volunteers?|infants?"
    r"|subjects)\b"
    r"|\byear-old\b",
    re.IGNORECASE,
)
_YOUNG = frozenset({"children", "infants", "adolescents"})
_ADULT = re.compile(r"\b(?:adults?|middle[- ]aged|aged|elderly|older)\b", re.IGNORECASE)


def _others(question: Question, text: _Text) -> Iterator[str]:
    """A reason where the article is about another species or age than the question."""
    asked = f"{question.asked} {question.understood}"
    if not _ANIMAL.search(asked) and _only_animals(text):
        yield "animal or laboratory study"
    if _PREGNANT.search(asked) and not _PREGNANT.search(text.plain):
        yield "people who are not pregnant"
    young = _YOUNG & set(terms.mentioned(asked))
    if young and not _YOUNG & set(text.concepts) and _ADULT.search(text.plain):
        yield f"adults, not {min(young)}"
    grown = "older people" in terms.mentioned(asked) or re.search(r"\badults?\b", asked, re.IGNORECASE)
    if grown and not young and _YOUNG & text.title and not _ADULT.search(text.plain):
        yield "children, not adults"
    if not ages.studied(question.pico.population or asked, text.plain):
        yield f"population: not {question.pico.population or 'people of the age asked about'}"


def _only_animals(text: _Text) -> bool:
    if text.mesh & {"animals", "humans"}:
        return "humans" not in text.mesh
    return bool(_ANIMAL.search(text.plain)) and not _PERSON.search(text.plain)
