"""The question as understood: cleaned, abbreviations expanded, PICO read, and turned into queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rag.records import Expansion, Pico, Question
from rag.text import pico, terms
from rag.text.injection import orders, visible
from rag.text.language import english, language
from rag.text.words import negations

_ENGLISH_LOOKALIKES = frozenset({"peg", "pad", "cap", "nec", "pts", "ect", "rop", "tha", "asa", "pet", "ice"})
"""Abbreviations that are words when written in lower case."""
_TELLING = 2.5
"""Least rarity of a word that goes into a PubMed query on its own: met in fewer than 1 of 12 records."""
_KNOWN = 20.0
"""How telling a known concept is at least: more than any single word can be."""


def understand(text: str, readings: Mapping[str, str] | None = None) -> Question:
    """Read a question: what is asked, about whom, with which meaning of its abbreviations.

    Args:
        text: the question as asked, free of identifying text. Orders to a language model in it are dropped.
        readings: meanings proposed for abbreviations. One of ours is taken where no word of the question
            decides; another only for an abbreviation that we do not know and that it spells out.

    Returns:
        The question; ``understood`` is the cleaned and expanded form that is searched and answered. A bare
        topic becomes the likeliest question, a question in another language the English terms it maps to;
        each such choice is among ``assumptions``.
    """
    asked = re.sub(r"\s+", " ", visible(text)).strip()
    body = _without_echo(_without_orders(asked))
    assumptions: list[str] = []
    spoken = language(body)
    mapped = english(body, spoken) if spoken else ()
    if mapped:
        body = " ".join(mapped)
        assumptions.append(f"The question is in {spoken}; it was searched by these English terms: {body}.")
    understood, expansions, chosen = _expanded(body, readings or {})
    assumptions += chosen
    elements = _sorted(mapped) if mapped else pico.read(understood)
    kind = pico.question_type(understood, elements)
    if mapped or _is_topic(understood):
        question = _likeliest(elements)
        if question:
            assumptions.append(f'It was read as "{question}"')
            understood = question
            kind = pico.question_type(question, elements) if kind == "other" else kind
        elif not mapped:
            assumptions.append("It is a topic, not a question: what the sources say of it is listed.")
    return Question(asked, understood, kind, elements, expansions, tuple(assumptions))


def known_readings(text: str) -> dict[str, tuple[str, ...]]:
    """The abbreviations of a question that we know, each with its meanings, likeliest first."""
    return {
        short: tuple(meaning for meaning, _ in readings)
        for short, readings in terms.abbreviations().items()
        if _written(short).search(text)
    }


def is_polar(question: Question) -> bool:
    """Whether the question, as understood, asks for yes or no."""
    return pico.is_polar(question.understood)


def suggestions(question: Question) -> tuple[str, ...]:
    """Two or three sharper questions where the question is a bare topic; empty where it is not."""
    if not _is_topic(question.asked):
        return ()
    people, treatment = question.pico.population, question.pico.intervention
    if people and treatment:
        return (
            f"Is {treatment} effective in {people}?",
            f"Is {treatment} safe in {people}?",
            f"What is {treatment} compared with in {people}?",
        )
    if people:
        return (
            f"What is the best treatment for {people}?",
            f"What is the prognosis of {people}?",
            f"How is {people} diagnosed?",
        )
    if treatment:
        return (
            f"Is {treatment} effective, and in whom?",
            f"What are the adverse effects of {treatment}?",
            f"Is {treatment} better than usual care?",
        )
    return ()


def local_query(question: Question) -> str:
    """The query for a local index: the question's words and the preferred names of its concepts."""
    text = question.understood
    present = " ".join(terms.words(text))
    extra = [name for name in terms.mentioned(text) if " ".join(terms.words(name)) not in present]
    extra += [each.abbreviation for each in question.expansions if each.abbreviation not in text]
    return " ".join([text.rstrip("?!. "), *extra])


def local_queries(question: Question) -> tuple[str, ...]:
    """The queries for a local index: the question, and for a treatment the treatments of its population.

    The second names the condition by every name that the concept table has for it: the question itself
    would find other treatments only where they use its words.
    """
    whole = local_query(question)
    population = question.pico.population
    if question.type != "therapy" or not (population and question.pico.intervention):
        return (whole,)
    names = (name for concept in terms.mentioned(population) for name in terms.concepts()[concept].names)
    return whole, " ".join(dict.fromkeys(("treatment of", population, *names)))


def pubmed_query(question: Question) -> str:
    """The PubMed query that states the question best: its population and intervention, with synonyms.

    Empty where the question has no telling word.
    """
    return next(iter(pubmed_queries(question)), "")


def pubmed_queries(question: Question) -> tuple[str, ...]:
    """PubMed queries from strict to broad.

    First population, intervention and comparator in the question's words; then population and intervention
    with their words in any order; then the most telling concept of each; last the population (or what else
    was named) alone. Every string in them is a word of the question or of our tables, quoted and stripped of
    operators, so that no question can add operators or field tags.

    Returns:
        Queries in PubMed's syntax; none where the question has no telling word.
    """
    main = [each for each in (question.pico.intervention, question.pico.population) if _units(each)]
    if len(main) < 2 and _units(question.pico.outcome):
        main.append(question.pico.outcome)
    if not main:
        main = [question.understood]
    comparator = [question.pico.comparator] if _units(question.pico.comparator) else []
    telling = [max(units, key=lambda unit: unit.telling) for each in main if (units := _units(each))]
    known_population = [unit for unit in _units(question.pico.population) if unit.telling > _KNOWN]
    queries = (
        _conjunction([unit for each in main + comparator for unit in _units(each, phrases=True)]),
        _conjunction([unit for each in main for unit in _units(each)]),
        _conjunction(telling),
        _conjunction(known_population[:1] or sorted(telling, key=lambda unit: -unit.telling)[:1]),
    )
    return tuple(dict.fromkeys(query for query in queries if query))


# --- Cleaning -----------------------------------------------------------------------------------


def _without_orders(text: str) -> str:
    """Drop what speaks to a language model; the rest of the question stays."""
    kept = []
    for sentence in re.split(r"(?<=[.!?;\n])\s+", text):
        order = orders(sentence)
        if order is None:
            kept.append(sentence)
            continue
        before = sentence[: max(sentence.lower().find(order.lower()), 0)].rstrip(" ,;:-–—")
        if len(terms.stems(before)) >= 2:
            kept.append(re.sub(r"\s+(?:and|then|but|please)$", "", before))
    return " ".join(kept).strip()


def _without_echo(text: str) -> str:
    """Drop a bracket that repeats the words before it, as templates leave it."""
    return re.sub(r"\b([^\W_][\w' -]{1,80}?)\s*[(\[]\s*\1\s*[)\]]", r"\1", text, flags=re.I)


def _defined(text: str) -> dict[str, str]:
    """Abbreviations that the question itself defines: "spinal cord infarction (SCI)".

    The letters of the bracket must be found in order, the first at the start of a word (Schwartz and Hearst
    2003).
    """
    found = {}
    for match in re.finditer(r"(?<![\w-])((?:[\w-]+\s+){1,8})\(\s*([A-Z][\w-]{1,9})\s*\)", text):
        long, short = match[1].split(), match[2]
        if sum(letter.isupper() for letter in short) < 2:
            continue
        letters = [letter for letter in short.lower().rstrip("s") if letter.isalnum()]
        for size in range(1, min(len(letters) + 3, len(long)) + 1):
            words = long[-size:]
            if words[0][0].lower() == letters[0] and _in_order(letters, " ".join(words).lower()):
                found[short] = " ".join(words)
                break
    return found


def _in_order(letters: list[str], text: str) -> bool:
    characters = iter(text)
    return all(letter in characters for letter in letters)


def _stands_for(short: str, meaning: str) -> bool:
    """Whether a proposed meaning spells out an abbreviation and is nothing but a few words."""
    letters, long = [letter for letter in short.lower() if letter.isalnum()], meaning.lower().split()
    return (
        re.fullmatch(r"[A-Z][A-Za-z0-9-]{1,9}", short) is not None
        and sum(letter.isupper() for letter in short) >= 2
        and re.fullmatch(r"[A-Za-z][A-Za-z' -]{2,80}", meaning) is not None
        and len(long) <= len(letters)
        and long[0][0] == letters[0]
        and _in_order(letters, meaning.lower())
        and not negations(meaning)
    )


def _expanded(text: str, proposed: Mapping[str, str]) -> tuple[str, tuple[Expansion, ...], list[str]]:
    """Replace abbreviations by their meaning; say which reading was chosen where there are several."""
    defined = _defined(text)
    expansions = [Expansion(short, meaning) for short, meaning in defined.items()]
    assumptions = []
    for short, meaning in defined.items():
        text = re.sub(rf"\s*\(\s*{re.escape(short)}\s*\)", "", text)
        text = re.sub(rf"(?<![\w-]){re.escape(short)}(?!\w)", meaning, text)
    shouted = text.isupper() and len(text.split()) > 2
    lower = terms.fold(text)
    for short, readings in terms.abbreviations().items():
        pattern = _written(short)
        if short in defined or (shouted and not pattern.flags & re.I) or not pattern.search(text):
            continue
        others = pattern.sub(" ", text)
        meaning, evident = _reading(readings, others)
        if not evident and proposed.get(short) in dict(readings):
            meaning = proposed[short]
        if terms.fold(meaning) in lower:
            text = re.sub(r"\s*\(\s*\)", "", pattern.sub("", text)) if f"({short}" in text else text
            continue
        text = pattern.sub(meaning, text)
        expansions.append(Expansion(short, meaning))
        if not evident:
            rest = " or ".join(other for other, _ in readings if other != meaning)
            assumptions.append(f"{short} was read as {meaning}, not {rest}.")
    for short, meaning in proposed.items():
        pattern = re.compile(rf"(?<![\w-]){re.escape(short)}(?!\w)")
        unknown = short not in defined and short not in terms.abbreviations()
        if unknown and not shouted and pattern.search(text) and _stands_for(short, meaning):
            text = pattern.sub(meaning, text)
            expansions.append(Expansion(short, meaning))
            assumptions.append(f"{short} was taken for {meaning}; the question does not say so.")
    text = text.capitalize() if shouted else text
    return re.sub(r"\s+", " ", text).strip(), tuple(expansions), assumptions


def _written(short: str) -> re.Pattern[str]:
    """Finds an abbreviation; one that is no English word may stand in lower case."""
    loose = len(short) > 2 and short.lower() not in _ENGLISH_LOOKALIKES
    return re.compile(rf"(?<![\w-]){re.escape(short)}(?!\w)", re.I if loose else 0)


def _reading(readings: tuple[tuple[str, tuple[str, ...]], ...], context: str) -> tuple[str, bool]:
    """Choose a reading by the words around it; False if none of them speaks for it.

    A reading without cues is the customary one and needs no words to speak for it.
    """
    words = terms.words(context)
    votes = {
        meaning: sum(word.startswith(cue) for word in words for cue in cues) for meaning, cues in readings
    }
    best = max(votes, key=lambda meaning: votes[meaning])  # the first of equals: the likeliest
    return best, votes[best] > 0 or not dict(readings)[best]


# --- Topics -------------------------------------------------------------------------------------


def _is_topic(text: str) -> bool:
    """Whether the text is a bare topic: a few words, no question mark, no verb of asking."""
    return (
        not text.rstrip().endswith("?")
        and len(text.split()) <= 12
        and not re.match(
            r"^(?:is|are|was|were|do|does|did|can|could|should|would|will|may|might|what|which|who|when|where"
            r"|why|how|list"
            r"|describe|define|explain|compare|i|my|we|he|she|tell|give|please|has|have)\b",
            text.strip(),
            re.I,
        )
    )


def _sorted(mapped: tuple[str, ...]) -> Pico:
    """Place English terms that came without grammar by their kind: conditions, treatments, the rest."""
    whole = " ".join(mapped)
    names = terms.mentioned(whole)
    kinds = {name: terms.concepts()[name].kind for name in names}
    people = [name for name in names if kinds[name] in {"condition", "people"}]
    outcomes = [name for name in names if kinds[name] == "event"]
    treatments = [name for name in names if kinds[name] in {"treatment", "test"}]
    covered = {place for places in names.values() for each in places for place in each}
    words = [word for word in terms.words(whole) if word not in terms.STOP_WORDS]
    others = [word for index, word in enumerate(words) if index not in covered]
    return Pico(" ".join(people), " ".join([*treatments, *others]), "", " ".join(outcomes))


def _likeliest(elements: Pico) -> str:
    """The question that a bare topic most likely stands for; empty if none is likelier than others."""
    treatment = pico.is_treatment(elements.intervention)
    if elements.population and elements.intervention and treatment and not elements.outcome:
        than = f" than {elements.comparator}" if elements.comparator else ""
        word = "better" if than else "effective"
        return f"Is {elements.intervention} {word}{than} in {elements.population}?"
    if elements.population and not elements.intervention and not elements.outcome:
        return f"What is the best treatment for {elements.population}?"
    if elements.intervention and not elements.population and treatment and not elements.outcome:
        return f"What are the benefits and harms of {elements.intervention}?"
    return ""


# --- PubMed -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Unit:
    """One part of a PubMed query and how telling it is."""

    query: str
    telling: float


def _units(element: str, phrases: bool = False) -> list[_Unit]:
    """The parts of a query that one element gives: known concepts with synonyms, then its other words.

    Args:
        element: words of the question.
        phrases: keep words that follow each other together as one phrase.
    """
    known = terms.mentioned(element)
    covered = {place for places in known.values() for each in places for place in each}
    units = [_Unit(_synonyms(name), _KNOWN + len(name)) for name in known]
    run: list[str] = []
    place = -1
    for token in terms.words(element):
        meant = token not in terms.STOP_WORDS
        place += meant
        telling = len(token) > 1 and not token.isdigit() and terms.rarity(terms.stem(token)) >= _TELLING
        if meant and place not in covered and telling:
            run.append(token)
            continue
        units += _words(run, phrases)
        run = []
    return [*units, *_words(run, phrases)]


def _words(run: list[str], phrases: bool) -> list[_Unit]:
    if not run:
        return []
    telling = [terms.rarity(terms.stem(word)) for word in run]
    if phrases and 1 < len(run) <= 4:
        return [_Unit(_field(" ".join(run)), sum(telling))]
    return [_Unit(_field(word), each) for word, each in zip(run, telling, strict=True)]


def _synonyms(name: str) -> str:
    concept = terms.concepts()[name]
    mesh = [f'"{concept.mesh}"[mh]'] if concept.mesh else []
    names = dict.fromkeys(" ".join(terms.words(each)) for each in (*concept.names, *concept.members))
    return "(" + " OR ".join([*mesh, *(_field(each) for each in names if each)]) + ")"


def _field(words: str) -> str:
    """One word or phrase as PubMed takes it, searched in title and abstract."""
    return f'"{words}"[tiab]'


def _conjunction(units: list[_Unit]) -> str:
    return " AND ".join(dict.fromkeys(unit.query for unit in units))
