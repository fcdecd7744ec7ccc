"""Which way one article points on a yes/no question, read from its conclusion without a language model.

Logistic regressions over features a reader can name (``rag/text/pointing.py``) say whether the article
decides, and which way; the bundled cross-encoder reads question and conclusion together; two more
regressions weigh both. Whether the article speaks to the question at all is for ``relevance.py``.
Coefficients, data, seed and measured figures are in ``stance.json`` (its own model card), made by
``python -m training.stance``. The task is PubMedQA's (Jin et al. 2019, doi:10.18653/v1/D19-1259): yes, no or
maybe, from the abstract.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.models.logistic import Logistic, Vector, logistic
from rag.models.pair_encoder import pair_encoder
from rag.records import Article, Pico, Question, Span, Stance
from rag.text import terms
from rag.text.findings import about_the_paper
from rag.text.pointing import CUE_SIGNALS, CUES, DOUBTS, KINDS, SIGNALS, Frame, frame, signals
from rag.text.sentences import sentences
from rag.text.words import content

MODEL = Path(__file__).with_name("stance.json")
LONGEST = 20_000
"""Characters of an abstract that are looked at, its last ones."""
CLOSING = 2
"""Last sentences of an abstract without a labelled conclusion that are read as its conclusion."""
PLAIN_SHARE = 0.5
"""Share of the question's words from which a sentence that repeats its predicate speaks plainly."""
CONCLUDES_NOT = 0.75
"""Factor of a stance read from results alone: the model was made from conclusions."""
_NOT_MEASURED = re.compile(r"\bnot (?:recorded|measured|assessed|collected|evaluated)\b", re.IGNORECASE)
"""A conclusion that says so finds nothing, neither yes nor no."""
SUREST = 2.0
"""Log-odds of yes that the cross-encoder is believed at most: it is as sure where it errs."""
_FLOOR = 0.1
"""Weight of a sentence that shares no word with the question."""
_CONCLUSION = re.compile(r"conclu|interpret|implication|discussion|summary|comment", re.IGNORECASE)
_RESULTS = re.compile(r"result|finding|outcome", re.IGNORECASE)
_ASKS_OF_SAFETY = re.compile(
    r"\b(?:un)?safe\b|\bharmful\b|\bdangerous\b|\btoxic\b|\bcontra-?indicated\b|\bbe avoided\b", re.IGNORECASE
)
_SAFETY = re.compile(
    r"\b(?:un)?safe|\bharm|\bdanger|\btoxic|\bcontra-?indicat|\badverse|\bside.effect|\bcomplicat|\brisk|\btolera"
    r"|\bdeath|\bmortality|\bbleed|\binjur|\bworse|\bhazard|\bcaution|\bavoid|\brecommend",
    re.IGNORECASE,
)
_BENEFIT = re.compile(r"\b(?:in)?effective|\befficac|\bbenefi|\bimprov|\bsuperior", re.IGNORECASE)
_ASKS_FOR_MORE = re.compile(r"\b(?:increase|raise|cause|induce|trigger|provoke|worsen)\b", re.IGNORECASE)
_LESS = re.compile(r"\bprevent|\breduc|\bprotect|\blower|\bdecreas|\bfewer", re.IGNORECASE)
_MORE = re.compile(
    r"\bincreas|\brais|\bcaus|\binduc|\btrigger|\bprovok|\bworse|\bhigher|\bgreater|\bmore\b|\belevat|\bassociat|\brisk",
    re.IGNORECASE,
)
_THAN = re.compile(
    r"\b(?:than|(?:superior|inferior|preferable) to|(?:compared|comparison) (?:with|to)|versus|vs|over)\b",
    re.IGNORECASE,
)
_BY_KIND = ("lean", "negation", "null", "predicate_denied", "antonym")


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence of an article with the index of its section."""

    section: int
    span: Span


def stance(question: Question, article: Article) -> Stance:
    """Say which way ``article`` points on ``question``.

    Args:
        question: a yes/no question; ``asked`` is read.
        article: its conclusion is read if a section is labelled so, else the end of its last section. An
            article without an abstract is silent.

    Returns:
        The direction, its probability, and the sentence that weighed most for it, an exact slice of its
        section. A silent article has no span. What is told of the comparator alone, of another treatment or
        another harm, of benefit where the question asks of safety, or of less where it asks for more, decides
        nothing.
    """
    asked = frame(question.asked)
    concluding = conclusion(article, asked)
    if not concluding:
        return Stance("silent", 1.0)
    read = _read(question, asked, concluding, article)
    if read.direction == "inconclusive":
        return read
    return _guarded(question, article.title, read, " ".join(place.span.text for place in concluding))


def _guarded(question: Question, title: str, read: Stance, told: str) -> Stance:
    """A reading without what its words cannot bear: they answer another question than the one asked."""
    assert read.span is not None
    said = read.span.text
    if _NOT_MEASURED.search(said):
        return Stance("silent", read.score)
    if _of_another(question, f"{title} {said}" if title else "", f"{title} {told}"):
        return Stance("silent", read.score)
    if _ASKS_OF_SAFETY.search(question.asked) and _BENEFIT.search(told) and not _SAFETY.search(told):
        return Stance("silent", read.score)
    asks_for_more = read.direction == "supports" and _ASKS_FOR_MORE.search(question.asked)
    if asks_for_more and _LESS.search(said) and not _MORE.search(said):
        return replace(read, direction="inconclusive")
    turned = _turned(question.pico, said)
    if turned == "round" and read.direction == "supports":
        return replace(read, direction="opposes")
    return replace(read, direction="inconclusive") if turned else read


def _of_another(question: Question, said: str, told: str) -> bool:
    """Whether an article decides on another treatment, or concludes on another harm, than the question.

    Args:
        question: on a treatment or a harm; what is read for others is theirs.
        said: title and deciding sentence; empty without a title, since a sentence alone need not name both.
        told: title and conclusion.
    """
    if question.type not in ("therapy", "harm"):
        return False
    if said and not named(question.pico.intervention, said):
        return True
    outcomes = terms.mentioned(question.pico.outcome)
    harms = {name for name in outcomes if terms.concepts()[name].kind == "condition"}
    return question.type == "harm" and bool(harms) and not harms & set(terms.named_in(told))


def _read(question: Question, asked: Frame, concluding: list[Place], article: Article) -> Stance:
    """What the regressions make of a conclusion, or what it says plainly."""
    said = plainly(asked, concluding)
    if said is not None:
        return said
    model = _model()
    told = " ".join(place.span.text for place in concluding)
    logits = pair_encoder().answers([(told, question.asked)])[0]
    read = Reading.of(asked, concluding)
    by_rules = (read.yes(model["yes"]), model["undecided"].probability(read.doubt()))
    decided, doubted = joint(by_rules, logits)
    yes, maybe = model["joint_yes"].probability(decided), model["joint_undecided"].probability(doubted)
    if asked.denied:  # the cross-encoder overlooks that "ineffective" asks for the contrary
        yes = by_rules[0]
    direction: Literal["supports", "opposes", "inconclusive"]
    if maybe > model["threshold"]:
        direction, score = "inconclusive", maybe
    elif yes >= 0.5:
        direction, score = "supports", (1 - maybe) * yes
    else:
        direction, score = "opposes", (1 - maybe) * (1 - yes)
    place = concluding[read.deciding(direction, model["yes"])]
    from_results = CONCLUDES_NOT if _RESULTS.search(article.sections[place.section].label) else 1.0
    return Stance(direction, float(score * from_results), place.section, place.span)


def joint(by_rules: tuple[float, float], logits: Vector) -> tuple[Vector, Vector]:
    """Features of the two readings together, in the order of ``JOINT_YES`` and of ``JOINT_UNDECIDED``.

    Args:
        by_rules: the probabilities of "yes rather than no" and of "does not decide" by the regressions.
        logits: of the answers by the cross-encoder, in the order of its ``ANSWERS``.
    """
    yes, maybe = (float(np.log(one / (1 - one))) for one in np.clip(by_rules, 1e-4, 1 - 1e-4))
    sure = float(np.clip(logits[0] - logits[1], -SUREST, SUREST))
    open_ = float(logits[2] - np.logaddexp(logits[0], logits[1]))
    return np.array([yes, sure]), np.array([maybe, open_, abs(yes), abs(sure)])


def _turned(pico: Pico, sentence: str) -> Literal["round", "away", ""]:
    """Whether a sentence turns the question's comparison round, or tells of its comparator alone."""
    ours, other = set(content(pico.intervention)), set(content(pico.comparator))
    ours, other = ours - other, other - ours
    if not ours or not other:
        return ""
    first, *rest = (set(content(part)) for part in _THAN.split(sentence, maxsplit=1))
    second = rest[0] if rest else set()
    if other <= first and ours & second and not ours & first:
        return "round"
    return "away" if other <= first | second and not ours & (first | second) else ""


def plainly(asked: Frame, concluding: list[Place]) -> Stance | None:
    """The stance of a conclusion that repeats the question's predicate, asserted or denied; else None.

    The probabilities are the shares measured on the development questions of PubMedQA: of 101 that assert
    it 83 are answered yes, of 24 that deny it 23 no.
    """
    asserting: list[Place] = []
    denying: list[Place] = []
    for place in concluding:
        told = dict(zip(SIGNALS, signals(asked, place.span.text), strict=False))
        near = len(asked.content & set(content(place.span.text))) >= PLAIN_SHARE * len(asked.content)
        turned = any(told[name] for name in ("question_denied", "null", "refusal", "antonym", "opposite"))
        if near and told["predicate_asserted"] and told["lean"] >= 0 and not turned:
            asserting.append(place)
        if near and told["predicate_denied"] and told["lean"] <= -1:
            denying.append(place)
    if asked.denied or bool(asserting) == bool(denying):
        return None
    if asserting:
        return Stance("supports", 0.82, asserting[0].section, asserting[0].span)
    return Stance("opposes", 0.95, denying[0].section, denying[0].span)


def conclusion(article: Article, asked: Frame) -> list[Place]:
    """The sentences in which an article concludes, in order; empty if it has no abstract.

    Where the last section tells results and nothing is concluded, the results nearest to the question.
    """
    filled = [
        index
        for index, section in enumerate(article.sections)
        if section.text.strip() and not about_the_paper(section.label)
    ]
    labelled = [index for index in filled if _CONCLUSION.search(article.sections[index].label)]
    if labelled:
        return [Place(labelled[-1], span) for span in _spans(article.sections[labelled[-1]].text)]
    if not filled:
        return []
    last = article.sections[filled[-1]]
    spans = _spans(last.text)
    if _RESULTS.search(last.label):
        near = sorted(spans, key=lambda span: -len(asked.content & set(content(span.text))))[:CLOSING]
        return [Place(filled[-1], span) for span in spans if span in near]
    return [Place(filled[-1], span) for span in spans[-CLOSING:]]


def concluding_text(asked: Frame, article: Article) -> str:
    """The sentences in which an article concludes, joined: what a model reads of it."""
    return " ".join(place.span.text for place in conclusion(article, asked))


def _spans(text: str) -> list[Span]:
    skipped = max(0, len(text) - LONGEST)
    return [Span(one.text, one.start + skipped, one.end + skipped) for one in sentences(text[skipped:])]


def named(element: str, text: str) -> float:
    """Share of an element's words that a text has; all of it where it names the same concept or a member."""
    words = set(content(element))
    if not words or set(terms.mentioned(element)) & set(terms.named_in(text)):
        return 1.0
    return len(words & set(content(text))) / len(words)


@dataclass(frozen=True, slots=True)
class Reading:
    """The signals of the sentences of a conclusion, one row each, and how near each is to the question."""

    asked: Frame
    rows: Vector
    overlap: Vector
    text: str

    @classmethod
    def of(cls, asked: Frame, places: list[Place]) -> Reading:
        """Read every sentence with regard to the question."""
        texts = [place.span.text for place in places]
        overlap = [len(asked.content & set(content(text))) / (len(asked.content) or 1) for text in texts]
        rows = np.array([signals(asked, text) for text in texts])
        return cls(asked, rows, np.array(overlap), " ".join(texts).lower())

    def yes(self, fitted: Logistic) -> float:
        """Probability of yes rather than no; a question put in the negative turns it round."""
        chance = fitted.probability(self.evidence())
        return 1 - chance if self.asked.denied else chance

    def evidence(self) -> Vector:
        """Features of "yes rather than no", in the order of ``EVIDENCE``."""
        weight = (self.overlap + _FLOOR) / (self.overlap + _FLOOR).sum()
        weighted, nearest = weight @ self.rows, self.rows[weight.argmax()]
        first, last, most, least = self.rows[0], self.rows[-1], self.rows.max(0), self.rows.min(0)
        joint = np.concatenate([one[: len(SIGNALS)] for one in (weighted, nearest, first, last, most, least)])
        cues = np.concatenate([one[len(SIGNALS) :] for one in (weighted, nearest)])
        kinds = np.array([float(kind in self.asked.kinds) for kind in KINDS])
        main = np.array([float(kind == self.asked.main) for kind in KINDS])
        by_kind = [kinds * weighted[SIGNALS.index(name)] for name in _BY_KIND]
        return np.concatenate([joint, cues, kinds, main, *by_kind, [most[0] - least[0], self.overlap.max()]])

    def doubt(self) -> Vector:
        """Features of "does not decide", in the order of ``DOUBT``."""
        count = [min(2, len(pattern.findall(self.text))) for pattern in CUES.values()]
        doubts = [float(bool(pattern.search(self.text))) for pattern in DOUBTS.values()]
        nearest, last = self.rows[self.overlap.argmax()], self.rows[-1]
        said = [row[len(SIGNALS) :: 2] + row[len(SIGNALS) + 1 :: 2] for row in (nearest, last)]
        negation = SIGNALS.index("negation")
        by_kind = [float(kind in self.asked.kinds) * nearest[negation] for kind in KINDS]
        size = [min(8, len(self.rows)), self.overlap.max(), len(self.text) / 500]
        return np.concatenate([count, doubts, *said, by_kind, [self.rows[:, negation].mean()], size])

    def deciding(self, direction: str, fitted: Logistic) -> int:
        """Index of the sentence that speaks most for ``direction``, near sentences first."""
        alone = [Reading(self.asked, self.rows[[at]], self.overlap[[at]], "") for at in range(len(self.rows))]
        chance = np.array([one.yes(fitted) for one in alone])
        chance = {"supports": chance, "opposes": 1 - chance}.get(direction, np.ones(len(alone)))
        return int(((self.overlap + _FLOOR) * chance).argmax())


EVIDENCE = (
    *(
        f"{name}.{how}"
        for how in ("weighted", "nearest", "first", "last", "most", "least")
        for name in SIGNALS
    ),
    *(f"{name}.{how}" for how in ("weighted", "nearest") for name in CUE_SIGNALS),
    *(f"kind.{kind}" for kind in KINDS),
    *(f"main.{kind}" for kind in KINDS),
    *(f"{kind}*{name}" for name in _BY_KIND for kind in KINDS),
    "lean.range",
    "overlap",
)
"""Names of the features of "yes rather than no"."""
DOUBT = (
    *(f"{name}.count" for name in CUES),
    *(f"doubt.{name}" for name in DOUBTS),
    *(f"{name}.{how}" for how in ("nearest", "last") for name in CUES),
    *(f"{kind}*negation" for kind in KINDS),
    "negation",
    "sentences",
    "overlap",
    "length",
)
"""Names of the features of "does not decide"."""
JOINT_YES = ("rules.yes", "encoder.yes")
"""Names of the features of "yes rather than no" by both readings together."""
JOINT_UNDECIDED = ("rules.undecided", "encoder.undecided", "rules.sure", "encoder.sure")
"""Names of the features of "does not decide" by both readings together."""


@cache
def _model() -> dict[str, Any]:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    return {"threshold": float(stored["threshold"])} | {
        name: logistic(stored[name], names)
        for name, names in (
            ("undecided", DOUBT),
            ("yes", EVIDENCE),
            ("joint_yes", JOINT_YES),
            ("joint_undecided", JOINT_UNDECIDED),
        )
    }
