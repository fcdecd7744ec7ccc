"""The claim check: one statement against one passage, or against every section of one article.

A statement that quotes the passage word for word needs no model. Any other is compared with the sentences
of the passage that share most words with it: an entailment model scores each, and deterministic checks
(figures, units, negation, direction, population, names, certainty) may lower the outcome and never raise
it. When in doubt a statement does not pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.records import Article, Check, Entail, Finding, Label, Span, Verdict
from rag.text import words
from rag.text.quantities import mismatch, quantities, unmatched
from rag.text.sentences import sentences

FAILED_AT_MOST = 0.35
"""The most probability of support left to a statement that fails a check: the share of such statements
which ``checker_training`` labels as supported all the same (0.348)."""

SAME_MATTER = 0.6
"""Share of a statement's content words in a sentence from which the two are about the same thing, so that a
clash of figures, direction or negation contradicts."""

CANDIDATES = 3
"""How many stretches of a passage are shown to the entailment model."""

LONGEST_STATEMENT = 2_000
LONGEST_PASSAGE = 100_000
"""Characters that are looked at; a longer statement is not checked, a longer passage is cut."""

Scores = dict[str, float]

_CLASHES = frozenset({"figures", "units", "negation", "direction", "population"})
"""Checks whose failure, on a passage about the same thing, speaks against the statement."""


def verify(statement: str, passage: str, entail: Entail, context: str = "") -> Verdict:
    """Check one statement against one passage.

    Args:
        statement: a sentence without citation markers.
        passage: the text that should bear it out.
        entail: scores (premise, hypothesis) pairs.
        context: what else the article says (title, other sections); it may supply words such as the
            population or a drug's name, never figures.

    Returns:
        The verdict; its rationale is an exact slice of ``passage``. ``UNSCORED`` only if the model failed.
    """
    return _verdicts([_Claim(statement, passage, context)], entail)[0]


def verify_pairs(pairs: Sequence[tuple[str, str]], entail: Entail) -> list[Verdict]:
    """Check many (statement, passage) pairs; the model sees all their candidates in one call."""
    return _verdicts([_Claim(statement, passage, "") for statement, passage in pairs], entail)


def against(statement: str, article: Article, entail: Entail, support_at: float) -> tuple[Finding, ...]:
    """Check one statement against the title and every section of an article.

    Args:
        statement: a sentence without citation markers.
        article: what should bear it out.
        entail: scores (premise, hypothesis) pairs.
        support_at: the probability from which the label may be SUPPORT; below it nothing is said.

    Returns:
        What the most telling stretch of the article says. If that supports the statement: the finding, then
        one for each other sentence that holds a figure the first does not, so that together they cover every
        figure. Empty for an article without text.
    """
    indices = [i for i in range(-1, len(article.sections)) if article.section_text(i).strip()]
    whole = " ".join(article.section_text(i) for i in indices)
    claims = {
        i: _Claim(statement, article.section_text(i)[:LONGEST_PASSAGE], whole, joint=True) for i in indices
    }
    plain = {i: _without_model(claim) for i, claim in claims.items()}
    settled = [Finding(i, verdict) for i, verdict in plain.items() if verdict is not None]
    first = max(settled, key=lambda one: (supported([one]), one.section), default=None)
    if first is None or first.verdict.label != "SUPPORT":
        unsettled = {i: claim for i, claim in claims.items() if plain[i] is None}
        first = _most_telling(unsettled, entail, support_at) or first
    if first is None or first.verdict.label != "SUPPORT" or first.verdict.rationale is None:
        return () if first is None else (first,)
    rest = _covering(statement, article, first)
    if rest is None:
        return (Finding(first.section, _without_figures(first.verdict)),)
    return (first, *rest)


def supported(findings: Sequence[Finding]) -> bool:
    """Whether what ``against`` found supports the statement."""
    return bool(findings) and findings[0].verdict.label == "SUPPORT"


def _most_telling(claims: Mapping[int, _Claim], entail: Entail, support_at: float) -> Finding | None:
    """What the stretch that leaves least open says, of those of all sections that are most like a statement.

    The regression of the bundled model, and the gate's threshold, were fitted to that stretch.
    """
    near = sorted(
        (
            (share, i, span)
            for i, claim in claims.items()
            for share, span in _likenesses(claim.statement, claim.passage)
        ),
        key=lambda row: (-row[0], -row[1]),
    )[:CANDIDATES]
    pairs = [(span.text, claims[i].statement) for _, i, span in near]
    scored = zip(near, entail(pairs) if pairs else (), strict=True)
    usable = [(i, span, scores) for (_, i, span), scores in scored if scores is not None]
    if not near:
        return None
    if not usable:
        place = near[0][1]
        return Finding(place, _with_model(claims[place], (), entail.reads_checks))
    section, span, scores = min(usable, key=lambda row: row[2]["NOT_ENOUGH_INFO"])
    claim = claims[section]
    verdict = _with_model(claim, [(span, scores)], entail.reads_checks)
    return Finding(section, _from(support_at, claim.statement, verdict))


def _from(support_at: float, statement: str, verdict: Verdict) -> Verdict:
    """The verdict, SUPPORT only from a threshold on, if no check failed, and on words that both share.

    Models err on what is unlike all that they were trained on: the sentences of a prompt "followed" from
    sentences of abstracts that share no word with them.
    """
    failed = any(check.passed is False for check in verdict.checks)
    alike = verdict.rationale is not None and _shared(statement, verdict.rationale.text) > 0
    if verdict.label == "SUPPORT" and (failed or not alike or verdict.score < support_at):
        return replace(verdict, label="NOT_ENOUGH_INFO")
    return verdict


# --- Word for word ---------------------------------------------------------------------------------

_LEAD_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an the in of our summary one and with without on not stated allocation randomised randomized
        controlled clinical trial trials systematic review reviews meta analysis analyses diagnostic
        accuracy study studies observational case cases report reports series secondary non single arm
        inception cohort control cross sectional historically qualitative modelling animal laboratory
        narrative scoping article protocol practice guideline guidelines editorial comment letter pilot
        umbrella network individual participant data mendelian randomisation registry before after
        prospective retrospective veterinary unclear design unknown expert opinion consensus statement
        economic evaluation cost effectiveness book chapter retracted notice news record other type or
        about another""",
    )
)
_QUOTED = re.compile(r'^(?P<lead>[A-Za-z ,-]{2,120}): (?:"(?P<quote>.+)"|“(?P<curly>.+)”)\.?$', re.DOTALL)
_SUMMARY = re.compile(r"^(?P<lead>Our summary of [A-Za-z ,-]{2,100}): (?P<quote>.+)$", re.DOTALL)


def quoted(statement: str) -> str:
    """The words that a statement quotes after a lead-in made of design names only, else the statement itself.

    The lead-in is a closed vocabulary: a false claim put around a true quotation is not a quotation.
    """
    for pattern in (_QUOTED, _SUMMARY):
        match = pattern.match(statement.strip())
        if match and set(re.findall(r"[a-z]+", match["lead"].lower())) <= _LEAD_WORDS:
            return match["quote"] or match.groupdict().get("curly") or statement
    return statement


def _verbatim(statement: str, passage: str) -> Span | None:
    """The whole sentences of ``passage`` that ``statement`` repeats; part of one may have lost its "not"."""
    quote = quoted(statement).strip()
    if not words.words(quote) or quote.endswith("?"):  # a title that asks says nothing
        return None
    bounds = _sentences(passage)
    start = passage.find(quote)
    starts, ends = {one.start for one in bounds}, {one.end for one in bounds}
    while start >= 0:
        if start in starts and start + len(quote) in ends:
            return Span(quote, start, start + len(quote))
        start = passage.find(quote, start + 1)
    bare = _plain(quote)
    return next((one for one in bounds if bare in (_plain(one.text), _bare(one.text))), None)


_BRACKETS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")
_OPENING = re.compile(
    r"^(?:However|Moreover|Furthermore|In addition|Additionally|Overall|In conclusion|In summary|Finally),\s+"
)


def _bare(sentence: str) -> str:
    """A sentence of a source without brackets, opening connective, full stop and capital: what may go.

    Brackets that deny something or hold a P value above 0.05 stay.
    """
    return _plain(_BRACKETS.sub(lambda m: m.group() if _matters(m.group()) else "", sentence))


def _plain(sentence: str) -> str:
    """The sentence without opening connective, full stop and capital; what it adds in brackets stays."""
    text = " ".join(_OPENING.sub("", sentence.strip()).rstrip(".").split())
    return text[:1].lower() + text[1:]


def _matters(bracket: str) -> bool:
    high = any(one.unit == "P" and (one.value > 0.05 or one.bound > 0) for one in quantities(bracket))
    return (
        high
        or words.negations(bracket) > 0
        or bool(re.search(r"\b(?:ns|n\.s|non)\b", bracket, re.IGNORECASE))
    )


# --- Candidates ------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _sentences(passage: str) -> tuple[Span, ...]:
    return tuple(sentences(passage))


@lru_cache(maxsize=2048)
def _stems(passage: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(words.content(one.text)) for one in _sentences(passage))


def candidates(statement: str, passage: str, most: int = CANDIDATES) -> list[Span]:
    """The stretches of one or two sentences of ``passage`` most like ``statement``, best first."""
    return [span for _, span in _likenesses(statement, passage)[:most]]


def _likenesses(statement: str, passage: str) -> list[tuple[float, Span]]:
    """Every stretch of one or two sentences of ``passage`` with its likeness to ``statement``, best first.

    Likeness is the share of the statement's content words and figures found there. Of equals the shorter
    comes first, then the later: results and conclusions stand behind aims and methods.
    """
    parts, stems = _sentences(passage), _stems(passage)
    wanted = frozenset(words.content(statement))
    figures = quantities(statement)
    ranked = []
    for first in range(len(parts)):
        for last in (first, first + 1):
            if last >= len(parts):
                continue
            there = stems[first] | stems[last]
            shared = len(wanted & there) / (len(wanted) or 1)
            text = passage[parts[first].start : parts[last].end]
            if figures and shared:
                shared += 0.5 * (1 - len(unmatched(statement, [text])) / len(figures))
            ranked.append((shared - 0.05 * (last - first), first, last))
    ranked.sort(key=lambda row: (-row[0], row[2] - row[1], -row[1]))
    return [(share, _slice(passage, parts[first].start, parts[last].end)) for share, first, last in ranked]


def _slice(passage: str, start: int, end: int) -> Span:
    return Span(passage[start:end], start, end)


# --- The verdict -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Claim:
    """A statement to check; ``joint``: its figures may stand elsewhere in ``context``, found later."""

    statement: str
    passage: str
    context: str
    joint: bool = False


def _verdicts(claims: Sequence[_Claim], entail: Entail) -> list[Verdict]:
    claims = [replace(one, passage=one.passage[:LONGEST_PASSAGE]) for one in claims]
    found: list[Verdict | None] = [_without_model(claim) for claim in claims]
    windows = [
        [] if verdict else candidates(claim.statement, claim.passage)
        for claim, verdict in zip(claims, found, strict=True)
    ]
    pairs = [(w.text, claim.statement) for claim, ws in zip(claims, windows, strict=True) for w in ws]
    scored = iter(entail(pairs) if pairs else [])
    return [
        verdict or _with_model(claim, [(window, next(scored)) for window in ws], entail.reads_checks)
        for claim, verdict, ws in zip(claims, found, windows, strict=True)
    ]


def _without_model(claim: _Claim) -> Verdict | None:
    """The verdict where none is needed: nothing to check, too long, or word for word."""
    if not words.words(claim.statement) or not words.words(claim.passage):
        return _nothing("empty", "there is nothing to check")
    if len(claim.statement) > LONGEST_STATEMENT:
        return _nothing("length", f"longer than {LONGEST_STATEMENT} characters")
    span = _verbatim(claim.statement, claim.passage)
    if span is None:
        return None
    scores = {"SUPPORT": 1.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 0.0}
    return Verdict("SUPPORT", 1.0, scores, span, (Check("verbatim", True, "the words of the passage"),))


def _nothing(name: str, detail: str) -> Verdict:
    scores = {"SUPPORT": 0.0, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 1.0}
    return Verdict("NOT_ENOUGH_INFO", 0.0, scores, None, (Check(name, False, detail),))


def _with_model(claim: _Claim, scored: Sequence[tuple[Span, Scores | None]], reads_checks: bool) -> Verdict:
    usable = [(window, scores) for window, scores in scored if scores is not None]
    if not usable:
        failed = Check("model", False, "the entailment model gave no score")
        return Verdict("UNSCORED", 0.0, dict.fromkeys(_LABELS, 0.0), None, (failed,))
    window, scores = min(usable, key=lambda pair: pair[1]["NOT_ENOUGH_INFO"])
    window = _with_figures(claim, window)
    checks = _checks(claim, window)
    binding = [check for check in checks if not reads_checks or check.name in _BINDING]
    scores = _lowered(scores, binding, _shared(claim.statement, window.text) >= SAME_MATTER)
    open_to = _LABELS[:2] if any(check.passed is False for check in binding) else _LABELS
    label = max(open_to, key=lambda one: scores[one])
    return Verdict(label, scores["SUPPORT"], scores, window, checks)


_BINDING = frozenset({"figures", "population"})
"""Checks that bind even a model which reads them all: it may overlook a changed figure or population."""

_LABELS: tuple[Label, ...] = ("NOT_ENOUGH_INFO", "CONTRADICT", "SUPPORT")
"""Of equal probabilities the first counts; SUPPORT, the last, is out of the question where a check failed."""


def _lowered(scores: Scores, checks: Sequence[Check], same_matter: bool) -> Scores:
    """What is left of SUPPORT after failed checks; the rest goes to the label that the failure speaks for."""
    failed = {check.name for check in checks if check.passed is False}
    if not failed:
        return dict(scores)
    support = min(scores["SUPPORT"], FAILED_AT_MOST)
    if failed & _CLASHES and same_matter:
        neither = min(scores["NOT_ENOUGH_INFO"], (1 - support) / 4)
        return {"SUPPORT": support, "CONTRADICT": 1 - support - neither, "NOT_ENOUGH_INFO": neither}
    neither = scores["NOT_ENOUGH_INFO"] + scores["SUPPORT"] - support
    return {"SUPPORT": support, "CONTRADICT": scores["CONTRADICT"], "NOT_ENOUGH_INFO": neither}


def _shared(statement: str, text: str) -> float:
    """The share of the content words of ``statement`` that ``text`` has."""
    wanted = frozenset(words.content(statement))
    return len(wanted & frozenset(words.content(text))) / (len(wanted) or 1)


def _with_figures(claim: _Claim, window: Span) -> Span:
    """``window``, widened to the sentences of the passage that hold the figures it lacks."""
    if claim.joint:
        return window
    for figure in unmatched(claim.statement, [window.text]):
        holding = [one for one in _sentences(claim.passage) if _holds(figure.text, claim, one)]
        nearest = min(holding, key=lambda one: abs(one.start - window.start), default=None)
        if nearest:
            start, end = min(window.start, nearest.start), max(window.end, nearest.end)
            window = _slice(claim.passage, start, end)
    return window


def _holds(figure: str, claim: _Claim, sentence: Span) -> bool:
    missing = {one.text for one in unmatched(claim.statement, [sentence.text])}
    return figure not in missing


def _covering(statement: str, article: Article, first: Finding) -> tuple[Finding, ...] | None:
    """Findings that hold the figures the first lacks; None if the article has not all of them."""
    assert first.verdict.rationale is not None
    covered, found = [first.verdict.rationale.text], []
    sections = sorted(range(-1, len(article.sections)), key=lambda i: abs(i - first.section))
    while missing := unmatched(statement, covered):
        best = min(
            ((i, one) for i in sections for one in _sentences(article.section_text(i))),
            key=lambda place: len(unmatched(statement, [*covered, place[1].text])),
        )
        covered.append(best[1].text)
        if len(unmatched(statement, covered)) == len(missing):
            return None
        found.append(Finding(best[0], replace(first.verdict, rationale=best[1])))
    return tuple(found)


def _without_figures(verdict: Verdict) -> Verdict:
    failed = Check("figures", False, "not all figures stand in sentences that can be quoted")
    scores = _lowered(verdict.scores, [failed], same_matter=False)
    return replace(
        verdict,
        label="NOT_ENOUGH_INFO",
        score=scores["SUPPORT"],
        scores=scores,
        checks=(*verdict.checks, failed),
    )


# --- Deterministic checks ----------------------------------------------------------------------------


def _checks(claim: _Claim, window: Span) -> tuple[Check, ...]:
    known = f"{claim.passage} {claim.context}"
    nearest = _nearest(claim.statement, window.text)
    return (
        *_figures(claim.statement, [claim.context, claim.passage] if claim.joint else [window.text]),
        _negation(claim.statement, window.text, nearest),
        _direction(claim.statement, window.text),
        _population(claim.statement, known),
        _names(claim.statement, known),
        _certainty(claim.statement, nearest),
        _finding(claim.statement, window.text),
    )


def _figures(statement: str, premises: Sequence[str]) -> tuple[Check, Check]:
    """Every number of the statement stands in the source, in the same dimension."""
    if not quantities(statement):
        return Check("figures", None), Check("units", None)
    lost = unmatched(statement, premises)
    units = [one.text for one in lost if mismatch(one, premises) == "unit_not_in_source"]
    numbers = [one.text for one in lost if one.text not in units]
    return (
        Check("figures", not numbers, f"not in the source: {', '.join(numbers)}" if numbers else ""),
        Check("units", not units, f"another unit in the source: {', '.join(units)}" if units else ""),
    )


def _nearest(statement: str, premise: str) -> str:
    """The sentence of a stretch that has most content words of the statement; of equals the first."""
    return max(_sentences(premise), key=lambda one: _shared(statement, one.text)).text


def _negation(statement: str, premise: str, nearest: str) -> Check:
    """A null result stays a null result, an effect an effect.

    A sentence next to the nearest may report nothing found for something else.
    """
    ours, theirs = words.null_result(statement), words.null_result(nearest)
    if ours and not (
        words.null_result(premise) or words.negations(premise) or words.null_by_figures(premise)
    ):
        return Check("negation", False, "the statement denies what the source does not deny")
    if theirs and not ours and not words.negations(statement):
        return Check("negation", False, "the source reports no difference or effect here")
    return Check("negation", True if ours or theirs else None)


def _direction(statement: str, premise: str) -> Check:
    """Words for more and less point the same way where each side has one kind only."""
    up, down = words.directions(statement)
    up_there, down_there = words.directions(premise)
    if not (up or down) or not (up_there or down_there):
        return Check("direction", None)
    flipped = (up and not down and down_there and not up_there) or (
        down and not up and up_there and not down_there
    )
    return Check("direction", not flipped, "the source points the other way" if flipped else "")


def _population(statement: str, known: str) -> Check:
    """The statement names no group of people or animals where the article names others only."""
    if not words.populations(statement):
        return Check("population", None)
    foreign = words.foreign_populations(statement, known)
    return Check("population", not foreign, f"not in the source: {', '.join(foreign)}" if foreign else "")


def _names(statement: str, known: str) -> Check:
    """Every drug name and acronym of the statement is in the article; a statistic may be written out."""
    ours = words.names(statement)
    if not ours:
        return Check("names", None)
    foreign = sorted(ours - words.names(known) - set(words.words(known)) - words.written_out(known))
    return Check("names", not foreign, f"not in the source: {', '.join(foreign)}" if foreign else "")


def _certainty(statement: str, premise: str) -> Check:
    """A source that hedges, or speaks of association, is not told as certain or as cause."""
    if words.hedges(premise) and not words.hedges(statement):
        return Check("certainty", False, "the source is more cautious")
    if words.causal(statement) and not words.causal(premise) and words.associative(premise):
        return Check("certainty", False, "the source reports an association, not a cause")
    return Check("certainty", True if words.hedges(premise) else None)


_OPEN = re.compile(
    r"\bwhether\b|\bun(?:known|clear|certain)\b"
    r"|\bnot (?:yet )?(?:been )?(?:known|clear|established|studied)\b"
    r"|\b(?:aim(?:s|ed)?|objectives?|purposes?|sought|hypothes\w+)\b"
    r"|\bto (?:evaluate|assess|determine|investigate|examine|explore|test)\b",
    re.IGNORECASE,
)


def _finding(statement: str, premise: str) -> Check:
    """A source that only asks something, or says that it is not known, bears out no finding."""
    if _OPEN.search(statement):
        return Check("finding", None)
    told = [one for one in _sentences(premise) if not _OPEN.search(one.text)]
    return Check("finding", bool(told), "" if told else "the source only asks this, or calls it unknown")
