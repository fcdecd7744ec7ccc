"""A follow-up made whole: what it leaves out is carried over from the question before it.

By rules without a model: the form of the follow-up ("what about in children?", "and the dose?", "is it
safe?") tells which element of the question before (PICO) it changes; the others are carried over. With a
model the rules still say which elements are carried; the model only words the question, and its wording is
taken where it keeps them and adds nothing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from rag.answering.question import understand
from rag.errors import LLMUnavailable
from rag.records import Complete, Pico, Question
from rag.resources import prompt
from rag.text import asking, following, pico, terms
from rag.text.injection import visible
from rag.text.language import english, language
from rag.text.rewording import ELEMENTS, TELLING, asks_the_same

SHARED = 0.3
"""Share of the telling words of two questions from which they are on one topic."""
LONGEST = 400
"""Characters of a question that a model may write."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A follow-up as a question of its own.

    ``carried`` names the elements taken from the question before; ``new_topic``: it has nothing to do with
    the question before.
    """

    question: Question
    carried: tuple[str, ...] = ()
    new_topic: bool = False
    tokens: int = 0
    by_model: bool = False


def condense(asked: str, before: Question, complete: Complete | None = None) -> Condensed:
    """Make a follow-up whole.

    Args:
        asked: the follow-up, free of identifying text.
        before: the question before it in the thread, as understood.
        complete: a language model that words the question; None for rules alone.
    """
    ruled = _by_rules(asked, before)
    if complete is None or not ruled.carried:
        return ruled
    try:
        reply = complete(
            prompt(
                "condense",
                before=visible(before.understood),
                **{name: getattr(before.pico, name) or "not named" for name in ELEMENTS},
                asked=visible(asked),
            )
        )
    except LLMUnavailable:
        return ruled
    worded = _accepted(reply.text, asked, ruled, before)
    if worded is None:
        return replace(ruled, tokens=reply.tokens)
    return replace(ruled, question=worded, tokens=reply.tokens, by_model=True)


def related(one: Pico, other: Pico) -> bool:
    """Whether two questions are on one topic: they share a condition, a treatment or a test, or enough words.

    People, events and places do not make a topic: every second question is about mortality in adults.
    """
    first, second = _topic(one), _topic(other)
    shared = sum(first[word] for word in first.keys() & second.keys())
    least = min(sum(first.values()), sum(second.values()))
    known = any(word in terms.concepts() for word in first.keys() & second.keys())
    return known or (least > 0 and shared / least >= SHARED)


def _topic(elements: Pico) -> dict[str, float]:
    """The concepts and the telling words outside them of a question, each with its weight."""
    found: dict[str, float] = {}
    for name in ELEMENTS:
        text = getattr(elements, name)
        concepts = terms.mentioned(text)
        inside = {place for places in concepts.values() for each in places for place in each}
        found |= {
            each: TELLING for each in concepts if terms.concepts()[each].kind not in ("people", "event")
        }
        loose = (stem for place, stem in enumerate(terms.stems(text)) if place not in inside)
        found |= {stem: terms.rarity(stem) for stem in loose if terms.rarity(stem) >= TELLING}
    return found


# --- By rules -----------------------------------------------------------------------------------


def _by_rules(asked: str, before: Question) -> Condensed:
    if spoken := language(asked):
        return _foreign(asked, before, spoken)
    led = following.LEAD.match(asked)
    body = asked[led.end() if led else 0 :].strip().rstrip("?!. ").strip()
    if compared := following.COMPARED.match(body):
        return _whole(_with_comparator(before, compared["x"]), asked, before, comparator=compared["x"])
    for form, whole in following.ASPECTS:
        if form.match(body):
            return _aspect(asked, before, whole)
    asks = asking.POLAR.match(body) or asking.OPEN.match(body)
    if state := following.STATE.match(body):
        return _in_others(asked, before, f"people {_WHO[state['verb'].lower()]} {state['x']}")
    if (setting := following.SETTING.match(body)) and not re.search(rf"\b{asking.AUXILIARY}\b", body, re.I):
        return _in_setting(asked, before, setting)
    if not asks and (led or len(body.split()) <= 3) and body:
        return _instead(asked, before, body)
    return _own(asked, before, body if led and asks else asked)


def _foreign(asked: str, before: Question, spoken: str) -> Condensed:
    """A follow-up in another language, read by the English terms that it maps to."""
    read = understand(asked)
    if read.pico.population and read.pico.intervention:
        return Condensed(read, new_topic=not related(read.pico, before.pico))
    words = " ".join(english(asked, spoken))
    if words:
        made = _instead(asked, before, words)
        told = f"The follow-up is in {spoken}; it was read by these English terms: {words}."
    else:
        made = _whole(before.understood, asked, before)
        told = f"The follow-up is in {spoken} and could not be read; the question before is answered again."
    return replace(made, question=replace(made.question, assumptions=(*made.question.assumptions, told)))


_WHO = {"have": "with", "has": "with", "are": "who are", "is": "who are"}


def _aspect(asked: str, before: Question, whole: str) -> Condensed:
    """What is asked of the topic: its dose, its harms, its alternatives."""
    changed = {} if _aims(before) else {"outcome": ""}
    if "{topic}" not in whole:
        changed["intervention"] = ""
    text = whole.format(topic=_named(before), people=_sick(before))
    return _whole(text, asked, before, **changed)


def _in_setting(asked: str, before: Question, setting: re.Match[str]) -> Condensed:
    """The same question in other people, or at another time or place."""
    people = setting["how"].lower() in ("in", "among") or _names_people(setting["x"])
    if people and not following.TIME.match(setting["x"]):
        return _in_others(asked, before, setting["x"])
    return _whole(f"{before.understood.rstrip('?. ')}, {setting[0]}?", asked, before)


def _in_others(asked: str, before: Question, people: str) -> Condensed:
    """The same question in other people, or in people who also have something else."""
    old = before.pico.population
    if not old:
        text = f"{before.understood.rstrip('?. ')} in {people}?"
        return _whole(text, asked, before, population=people)
    new = _people(old, people)
    return _whole(_swapped(before.understood, old, new), asked, before, population=new)


def _people(old: str, new: str) -> str:
    """The population when ``new`` people are asked about: with the condition, unless they name another."""
    meant = _meaning(new)
    if _content(new) >= _content(old):
        return new
    if not _is_condition(old) or (_is_condition(meant) and not following.BESIDE.search(meant)):
        return new
    if following.PEOPLE.search(old) and not following.BESIDE.search(following.PEOPLE.sub("", meant)):
        return following.PEOPLE.sub(lambda match: new, old, count=1)
    return f"{old} in {new}"


def _instead(asked: str, before: Question, words: str) -> Condensed:
    """The same question with one element replaced: the one that the words are by their kind."""
    meant, old = _meaning(words), before.pico
    kinds = terms.kinds(meant)
    in_outcome = _is_condition(old.outcome) and not _is_condition(old.population)
    if "people" in kinds or following.PEOPLE.match(words):
        return _in_others(asked, before, words)
    if kinds & {"treatment", "test"} or pico.is_treatment(meant):
        element = "intervention"
    elif _is_condition(meant):
        element = "outcome" if in_outcome else "population"
    elif "event" in kinds:
        element = "outcome"
    else:
        element = "intervention" if old.intervention else "population"
    known = getattr(old, element)
    if known:
        text = _swapped(before.understood, known, words)
    else:
        text = f"What is known of {words}, for {_named(before)}?"
    return _whole(text, asked, before, **{element: words})


def _own(asked: str, before: Question, text: str) -> Condensed:
    """A question with a verb of its own: its pronouns are filled in, and what it lacks is carried over."""
    old = before.pico
    filled = following.PATIENTS.sub(lambda match: _sick(before), text)
    filled = following.SUBJECT.sub(lambda match: old.intervention or _sick(before), filled, count=1)
    read = understand(filled)
    if not _topic(read.pico):
        return _whole(f"{filled.rstrip('?. ')}, for {_named(before)}?", asked, before)
    bare = asking.POLAR.match(filled) and not (read.pico.population or read.pico.outcome)
    if filled == text and not bare:
        return Condensed(replace(read, asked=asked), new_topic=not related(read.pico, old))
    new = {name: value for name in ELEMENTS if (value := getattr(read.pico, name))}
    if "population" in new and not _names_people(new["population"]):
        del new["population"]  # "given early": an adverb or a second treatment, no people
    if "population" not in new:
        filled = _extended(filled, "in", old.population)
    elif old.population:
        merged = _people(old.population, new["population"])
        filled, new["population"] = _swapped(filled, new["population"], merged), merged
    if _aims(before) and "outcome" not in new:
        return _whole(_extended(filled, "for", old.outcome), asked, before, **new)
    return _whole(filled, asked, before, **{"outcome": ""} | new)


def _extended(text: str, word: str, element: str) -> str:
    """A question with an element behind it, unless it names it already."""
    if not element or terms.fold(element) in terms.fold(text):
        return text
    return f"{text.rstrip('?. ')} {word} {element}?"


def _whole(text: str, asked: str, before: Question, **changed: str) -> Condensed:
    """The condensed question: read anew for type and abbreviations, its elements as the rules know them."""
    read = understand(text[:1].upper() + text[1:])
    elements = replace(before.pico, **{name: _expanded(words, read) for name, words in changed.items()})
    carried = tuple(name for name in ELEMENTS if _keeps(getattr(elements, name), getattr(before.pico, name)))
    question = Question(
        asked=asked,
        understood=read.understood,
        type=pico.question_type(read.understood, elements),
        pico=elements,
        expansions=read.expansions,
        assumptions=(_told(elements, before.pico, carried), *read.assumptions),
    )
    return Condensed(question, carried)


def _keeps(new: str, old: str) -> bool:
    """Whether an element of the new question has all, or the telling part, of the old one's words."""
    return bool(new and old) and (_content(new) >= _content(old) or bool(_shared(new, old)))


def _shared(new: str, old: str) -> set[str]:
    """The concepts and telling words that two elements share."""
    return _topic(Pico(population=old)).keys() & _topic(Pico(population=new)).keys()


def _told(elements: Pico, before: Pico, carried: tuple[str, ...]) -> str:
    """The assumption that names what was carried over, and of a changed element only what was kept."""
    kept = []
    for name in carried:
        new, old = getattr(elements, name), getattr(before, name)
        words = old if terms.fold(old) in terms.fold(new) else ", ".join(sorted(_shared(new, old))) or new
        kept.append(f"{name} {words}")
    return f"Carried over from the question before: {'; '.join(kept) or 'its topic'}."


def _meaning(words: str) -> str:
    """``words`` with abbreviations expanded, to tell their kind."""
    return _expanded(words, understand(words))


def _expanded(words: str, read: Question) -> str:
    for one in read.expansions:
        words = re.sub(rf"(?<!\w){re.escape(one.abbreviation)}(?!\w)", one.meaning, words, flags=re.I)
    return words


def _is_condition(words: str) -> bool:
    return "condition" in terms.kinds(words) or following.CONDITION.search(words) is not None


def _names_people(words: str) -> bool:
    meant = _meaning(words)
    return "people" in terms.kinds(meant) or _is_condition(meant) or bool(following.PEOPLE.search(meant))


def _aims(before: Question) -> bool:
    """Whether the outcome is the disease that is treated, and so belongs to the topic."""
    return before.type == "therapy" and _is_condition(before.pico.outcome)


def _sick(before: Question) -> str:
    """The people whom the question before is about, with what they have."""
    old = before.pico
    if not _aims(before) or _is_condition(old.population):
        return old.population or old.outcome or old.intervention
    return f"{old.outcome} in {old.population}" if old.population else old.outcome


def _named(before: Question) -> str:
    """What the question before is about, in a phrase."""
    old = before.pico
    what = old.intervention or old.outcome
    aim = f" for {old.outcome}" if old.intervention and _aims(before) else ""
    people = f" in {old.population}" if old.population else ""
    return f"{what}{aim}{people}" if what else old.population or before.understood.rstrip("?. ")


def _with_comparator(before: Question, words: str) -> str:
    if before.pico.comparator:
        return _swapped(before.understood, before.pico.comparator, words)
    return f"{before.understood.rstrip('?. ')} compared with {words}?"


def _swapped(text: str, old: str, new: str) -> str:
    """``text`` with an element replaced; where it is not there word for word, the new one is added."""
    found = re.search(re.escape(old), text, re.I)
    if found is None:
        return f"{text.rstrip('?. ')}, for {new}?"
    return text[: found.start()] + new + text[found.end() :]


# --- By a model ---------------------------------------------------------------------------------


def _accepted(reply: str, asked: str, ruled: Condensed, before: Question) -> Question | None:
    """The question as a model worded it; None where it lost, added or kept what it must not, or turned it."""
    text = _worded(reply)
    if not text or len(text) > LONGEST:
        return None
    read = understand(text)
    said = _content(read.understood)
    elements, old = (
        " ".join(getattr(one.pico, name) for name in ELEMENTS) for one in (ruled.question, before)
    )
    wanted = _content(f"{_expanded(asked, ruled.question)} {elements}")
    whole = _content(f"{asked} {ruled.question.understood}")
    replaced = _content(old) - whole
    if not wanted <= said or replaced & said:
        return None
    if not asks_the_same(ruled.question.understood, read.understood):
        return None
    if pico.is_polar(read.understood) != pico.is_polar(ruled.question.understood):
        return None
    kind = pico.question_type(read.understood, ruled.question.pico)
    return replace(ruled.question, understood=read.understood, type=kind)


def _worded(reply: str) -> str:
    """The question in a model's reply: one JSON object with ``question``."""
    start = reply.find("{")
    try:
        value, _ = json.JSONDecoder().raw_decode(reply, max(start, 0))
        return str(value["question"]) if isinstance(value["question"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _content(text: str) -> set[str]:
    return set(terms.stems(text))
