"""The extractive writer: it chooses and orders sentences of the sources, quotes them, and adds nothing.

Its statements read ``In a randomised trial: "<the sentence>"``; a sentence of our own summary is
introduced as such and stands without quotation marks, since it is not the article's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rag.answering.relation import alternative_to, condition, names, tells_of_what_is_shared
from rag.answering.relevance import speaking
from rag.answering.select import role
from rag.records import Article, Draft, DraftStatement, Question, Source, StatementSection
from rag.text.findings import about_the_paper, asks_or_registers, tells_finding, tells_methods
from rag.text.injection import orders
from rag.text.markers import markers
from rag.text.sentences import sentences

DIRECT_SOURCES = 5
ALTERNATIVE_SOURCES = 5
INDIRECT_SOURCES = 3
SENTENCES_A_SOURCE = 2
READ_AGAIN = 6
"""Sentences of a direct source that are read together with the question."""
SPEAKING = 0.5
"""What it is worth that a sentence speaks to the question, beside 1 for having all its words."""
LEAST_SPEAKING = 0.1
"""A sentence that is less likely to speak to the question is not shown as an answer to it."""
OPENING = 4
"""An abstract without labels of so many sentences opens with what was known before."""
LONGEST_QUOTE = 600
LONGEST_DECIDING_QUOTE = 900
"""Characters of a quoted sentence; more where it is the one that says which way its source points."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_HARM = re.compile(
    r"\b(?:adverse|complication|side.effect|toxicit|bleed|haemorrhag|hemorrhag|safety|harm|mortality|death)",
    re.IGNORECASE,
)
_LEANS_ON_ANOTHER = re.compile(
    r"^(?:it|this|these|those|they|he|she|its|their|such|both|however|moreover|furthermore|additionally|also|"
    r"in addition|conversely|similarly|in contrast|therefore|thus|hence)\b",
    re.IGNORECASE,
)
_TELLS_NO_RESULT = re.compile(
    r"\b(?:aims?|objectives?|purpose|background|introduction|context|design|settings?|methods?|methodology"
    r"|materials?|participants|patients|subjects|interventions?|outcome measures?|measurements|data sources?"
    r"|(?:data|study) (?:selection|extraction)|protocol|hypothesis|rationale)\b",
    re.IGNORECASE,
)
_TELLS_RESULTS = re.compile(
    r"\b(?:result|finding|outcomes?(?! measures?)|conclusion|summary|interpretation|discussion)",
    re.IGNORECASE,
)
_TELLS_EFFECT = re.compile(
    r"\b(?:improv|recover|outcome|respon|benefi|effect|surviv|reduc|lower|decreas|increas|treat|prevent|resol)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be quoted: its section and place, what it is worth, whether it tells a result."""

    section: int
    text: str
    order: int
    worth: float
    on_outcome: bool = False
    finding: bool = True


def main_section(question: Question) -> StatementSection:
    """The section in which a source that answers the question belongs."""
    if question.type == "harm":
        return "harm"
    return "benefit" if question.type in ("therapy", "screening") else "background"


def quote_statement(source: Source, sentence: str, section: StatementSection) -> DraftStatement:
    """One statement that quotes ``sentence`` of ``source`` and says what the source is."""
    name = source.design.name
    article = "an" if name[0] in "aeiou" else "a"
    if source.found.article.access == "summary":
        text = f"Our summary of {article} {name}: {sentence}"
    else:
        text = f'In {article} {name}: "{sentence}"'
    return DraftStatement(section, text, (source.n,))


def extract(question: Question, sources: Sequence[Source]) -> Draft:
    """Write an answer from sentences of the sources.

    Args:
        question: as understood; its type names the main section.
        sources: what the writer may use, best first.

    Returns:
        A draft of verbatim statements. It has no verdict: that is concluded from the sources.
    """
    main = main_section(question)
    asks_of_harm = _HARM.search(question.understood)
    statements: list[DraftStatement] = []
    for source in [one for one in sources if role(one) == "direct"][:DIRECT_SOURCES]:
        # What a source answers the question with comes first; only what it adds can be a harm.
        for position, sentence in enumerate(_telling(source, question, SENTENCES_A_SOURCE)):
            harm = position and question.type == "therapy" and not asks_of_harm and _HARM.search(sentence)
            statements.append(quote_statement(source, sentence, "harm" if harm else main))
    alternatives = _alternatives(question, sources)
    statements += [quote_statement(one, text, "alternatives") for one, text in alternatives]
    taken = {one.n for one, _ in alternatives}
    rest = [one for one in sources if not one.screening.direct and one.n not in taken]
    statements += [quote_statement(one, text, "indirect") for one, text in _indirect(question, rest)]
    return Draft(tuple(dict.fromkeys(statements)), verdict=None, kind=None)


def carrying_sentence(source: Source, question: Question) -> str | None:
    """The sentence of a source that says which way it points, else its best sentence."""
    best = _telling(source, question, 1)
    return best[0] if best else None


def _alternatives(question: Question, sources: Sequence[Source]) -> list[tuple[Source, str]]:
    """Other treatments of the condition asked about, each with what its source says it did."""
    found: list[tuple[Source, str]] = []
    treated = condition(question)
    for source in sources:
        treatment = alternative_to(question, source)
        if not treatment or not treated:
            continue
        about = names(treated, source.found.article.title)
        fits = partial(_tells_of, treatment, "" if about else treated)
        sentence = _best(source, question, _words(treatment) | _words(treated), fits)
        if sentence:
            found.append((source, sentence))
    return found[:ALTERNATIVE_SOURCES]


def _indirect(question: Question, sources: Sequence[Source]) -> list[tuple[Source, str]]:
    """Sources that share what matters with the question, each with what it says on that."""
    found: list[tuple[Source, str]] = []
    for source in sorted(sources, key=lambda one: role(one) != "indirect"):
        fits = partial(tells_of_what_is_shared, question, source)
        sentence = _best(source, question, _words(question.understood), fits)
        if sentence:
            found.append((source, sentence))
    return found[:INDIRECT_SOURCES]


def _tells_of(treatment: str, treated: str, sentence: str) -> bool:
    """Whether a sentence tells what a treatment did, and not what happened because of it or after it.

    It must also name ``treated`` where that is given.
    """
    if treated and not names(treated, sentence):
        return False
    if not names(treatment, sentence) or not _TELLS_EFFECT.search(sentence):
        return False
    words = "|".join(re.escape(word) for word in sorted(_words(treatment)))
    before = (
        rf"\b(?:after|following|complicating|caused by|due to|during|followed)\b[^.,;]{{0,60}}\b(?:{words})"
    )
    return re.search(before, sentence.lower()) is None


def _telling(source: Source, question: Question, most: int) -> list[str]:
    """The sentences of a source that say most on the question, none that is on something else."""
    candidates = _ranked(source, question, _words(question.understood))[:READ_AGAIN]
    spoken = speaking(question, [one.text for one in candidates])
    again = [
        replace(one, worth=one.worth + SPEAKING * chance)
        for one, chance in zip(candidates, spoken, strict=True)
        if chance >= LEAST_SPEAKING
    ]
    return _chosen(source, sorted(again, key=_rank), most)


def _best(
    source: Source, question: Question, wanted: frozenset[str], fits: Callable[[str], bool]
) -> str | None:
    """The first finding that fits, of a source without a say in the verdict; None if none does."""
    ranked = _ranked(source, question, wanted)
    return next((one.text for one in ranked if one.finding and fits(one.text)), None)


def _ranked(source: Source, question: Question, wanted: frozenset[str]) -> list[_Candidate]:
    return sorted(_candidates(source.found.article, question, wanted), key=_rank)


def _rank(candidate: _Candidate) -> tuple[bool, float, int]:
    """What a source found on the outcome asked about first, then by worth, then in order of the abstract."""
    return not candidate.on_outcome, -candidate.worth, candidate.order


def _chosen(source: Source, candidates: Sequence[_Candidate], most: int) -> list[str]:
    """The sentence that says which way the source points, then the best one, then findings that add to it."""
    chosen: list[_Candidate] = []
    stance = source.stance
    if stance.span is not None and stance.section is not None and _decides(stance.span.text):
        chosen.append(_Candidate(stance.section, stance.span.text, -1, 0.0))
    for candidate in candidates:
        if len(chosen) >= most:
            break
        if chosen and not candidate.finding:
            continue
        if all(candidate.text not in one.text and one.text not in candidate.text for one in chosen):
            chosen.append(candidate)
    return [one.text for one in chosen[:most]]


def _candidates(article: Article, question: Question, wanted: frozenset[str]) -> Iterator[_Candidate]:
    """The sentences of an article that may state a result or a conclusion: no aim, method or background."""
    order = 0
    last = len(article.sections) - 1
    for index, section in enumerate(article.sections):
        results = bool(_TELLS_RESULTS.search(section.label))
        if about_the_paper(section.label) or (_TELLS_NO_RESULT.search(section.label) and not results):
            continue
        spans = sentences(section.text)
        for position, span in enumerate(spans):
            order += 1
            if not quotable(span.text):
                continue
            finding = tells_finding(span.text)
            # An abstract without labels opens with what was known and ends with results and a conclusion.
            late = not section.label and index == last and position >= len(spans) * 0.6
            opens = not section.label and index == 0 and position < len(spans) * 0.3 and len(spans) >= OPENING
            if opens or not (finding or results or late):
                continue
            worth = len(_words(span.text) & wanted) / (len(wanted) or 1)
            worth += 0.4 * (results or late) + 0.3 * finding + 0.1 * bool(_FIGURE.search(span.text))
            if _LEANS_ON_ANOTHER.match(span.text):
                worth -= 0.25
            on_outcome = finding and _names_outcome(question, span.text)
            yield _Candidate(index, span.text, order, worth, on_outcome, finding)


def _names_outcome(question: Question, text: str) -> bool:
    """Whether a sentence names the outcome asked about: any harm where a question of harm names none."""
    if question.pico.outcome:
        return names(question.pico.outcome, text)
    return question.type == "harm" and bool(_HARM.search(text))


def quotable(text: str) -> bool:
    """Whether a sentence can be shown as it is: whole, of some length, no aim, no method, no marker in it."""
    told = 25 <= len(text) <= LONGEST_QUOTE and len(_WORD.findall(text)) >= 4
    # A stored abstract may begin in the middle of a word.
    whole = not (text[:2].isalpha() and text[:2].islower())
    return told and whole and _decides(text) and not asks_or_registers(text) and not tells_methods(text)


def _decides(text: str) -> bool:
    """Whether a sentence that says which way its source points can be shown, however short it is."""
    return len(text) <= LONGEST_DECIDING_QUOTE and orders(text) is None and not markers(text)


def _words(text: str) -> frozenset[str]:
    """Words cut to their first six letters: enough to make plural and tense fall together."""
    return frozenset(word.lower()[:6] for word in _WORD.findall(text))
