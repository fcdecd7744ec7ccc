"""Population, intervention, comparator and outcome read from an English question by its form.

A grammar of the forms in which clinicians ask ("Is I indicated in P?", "Does I reduce O in P compared with
C?", "X: a risk factor for Y?", "I versus C for P"). It reads words, it does not know medicine beyond the
kinds of the concepts in ``terms``; what it cannot read it leaves empty. PICO: Richardson et al. 1995, ACP J
Club.
"""

from __future__ import annotations

import re

from rag.records import Pico, QuestionType
from rag.text import asking, terms


def is_polar(text: str) -> bool:
    """Whether ``text`` asks for yes or no."""
    text = text.strip()
    if re.search(r"\byes\s*(?:or|/)\s*no\b", text, re.I):
        return True
    if asking.OPEN.match(text) or re.match(r"^(?:can|could|would|will) you\b", text, re.I):
        return False
    topic, clause = _title(text.rstrip("?! "))
    if topic and clause:
        return text.endswith("?") and not asking.OPEN.match(clause)
    return bool(asking.POLAR.match(text))


def read(text: str) -> Pico:
    """Read the elements of a question or topic.

    Args:
        text: the question, cleaned and with abbreviations expanded.

    Returns:
        The elements in the question's own words; empty where the form names none.
    """
    text = re.sub(r"\s+", " ", text).strip().rstrip("?.! ").strip()
    text = re.sub(r",?\s*yes\s*(?:or|/)\s*no$", "", text, flags=re.I)
    first = re.match(rf"^({asking.AUXILIARY}\b[^?]+)\?", text, re.I)
    topic, clause = _title(first[1] if first else text)
    pico = _clause(clause) if clause else _phrase(topic)
    if topic and clause:
        pico = _joined(_phrase(topic), pico, clause)
    return _by_kind(Pico(*(_clean(each) for each in _elements(pico))))


def question_type(text: str, pico: Pico) -> QuestionType:
    """The kind of question, by its words; therapy where a treatment is asked about and nothing else fits.

    What is asked to reduce, shorten, improve is taken for a treatment, whether or not its name is known,
    unless it is a condition or a trait of people; of those, survival and outcomes are a prognosis.
    """
    lower = terms.fold(text)
    treatment = is_treatment(pico.intervention)
    condition = not treatment and "condition" in terms.kinds(pico.intervention)
    trait = condition or bool(_TRAIT.search(terms.fold(pico.intervention)))
    if _SHARE_THAT_FARES.search(lower) or (trait and _FATE.search(lower) and "screening" not in lower):
        return "prognosis"
    if (
        pico.intervention
        and not trait
        and _AIM.search(lower)
        and not _ASKED_OTHERWISE.search(lower)
        and (treatment or asking.POLAR.match(text) or _AVERTS.search(lower))
    ):
        return "therapy"
    if _SHARE.match(text):
        return "prevalence"
    if not trait and _WORSENS.search(lower):
        return "harm"
    for kind, pattern in _TYPES:
        if pattern.search(lower):
            return kind
    return "therapy" if treatment else "other"


def types(text: str) -> tuple[QuestionType, ...]:
    """Every kind of question that some word of ``text`` speaks for."""
    lower = terms.fold(text)
    return tuple(kind for kind, pattern in _TYPES if pattern.search(lower))


def is_treatment(element: str) -> bool:
    """Whether an element names a treatment, by the table of concepts or by the form of its words."""
    return "treatment" in terms.kinds(element) or bool(re.search(_TREATMENT_WORD, terms.fold(element)))


_TREATMENT_WORD = (
    r"\b\w{4,}(?:ectomy|otomy|ostomy|plasty|therapy|mab|nib|statin|pril|sartan|olol|azole|cillin|mycin|vir"
    r"|gliptin|gliflozin|formin|xaban|gatran|plase|parin|oxetine|zepam|caine|cycline|floxacin|lukast|dronate"
    r"|triptan|glutide|tidine|cept|setron)\b|supplement|treatment|surger|drug|dose|therap"
)
_AIM = re.compile(
    r"\b(?:reduce|lower|decrease|diminish|improve|prevent|alleviate|relieve|treat|cure|help|shorten|protect|speed"
    r"|hasten|accelerate|delay|control|slow|halt|stop|reverse|resolve|ease|avoid|save|eradicate|suppress)s?\b"
    r"|\b(?:increase|raise|enhance|promote)s?\b.{0,30}\b(?:survival|eradication|cure|remission|healing|response"
    r"|recovery|live birth|success|quality|adherence)"
    r"|\bprolongs?\b.{0,20}\b(?:survival|life|pregnancy|remission)"
)
_ASKED_OTHERWISE = re.compile(
    r"\bpredict|\bassociated\b|\brisk of\b.*\bincrease|\bdiagnos|\bdetect|\baccura|\bdifferentiat"
    r"|\bdistinguish|\bscreen|\bsensitivity\b"
)
"""Words that make a question with such a verb one of another kind: "help to predict"."""
_TRAIT = re.compile(
    r"\b(?:sex|gender|age|race|ethnicity|(?<!quitting )(?<!stopping )smoking(?! cessation)|smokers?|frailty"
    r"|education|income|marital|insurance|volume|genotypes?|polymorphisms?|mutations?"
    r"|expression|levels?|concentrations?|status"
    r"|history|experience)\b"
)
"""What people are or have and nobody gives them."""
_FATE = re.compile(
    r"\b(?:associated|linked|related|worsen|affect|influence|impact|reduce|increase|improve|shorten)\w*\b.{0,30}"
    r"\b(?:surviv|mortality|prognosis|outcomes?\b|deaths?\b|recover)"
)
_SHARE_THAT_FARES = re.compile(
    r"^(?:how (?:many|long)|what (?:proportion|percentage|fraction|share))\b.*"
    r"\b(?:die\b|live\b|surviv|recover|relapse)"
)
_WORSENS = re.compile(
    r"\b(?:worsen|aggravate|exacerbate|trigger|provoke)s?\b|\b(?:leads?|linked) to\b"
    r"|\b(?:increase|raise)s?\b.{0,20}"
    r"\b(?:blood pressure|bleeding|infections?|falls?|fractures?|mortality|deaths?)\b"
)
_AVERTS = re.compile(
    r"\b(?:reduce|lower|decrease|prevent|shorten)s?\b.{0,40}\b(?:mortality|death|pain|infection|bleed|relapse"
    r"|recurrence|complication|stroke|falls?\b|fractures?|length of stay|hospital|symptom|seizure|nausea)"
)
"""What is asked to avert these is given for it, whether or not its name is known."""
_TYPES: tuple[tuple[QuestionType, re.Pattern[str]], ...] = (
    (
        "prevalence",
        re.compile(r"\bprevalen|\bincidence\b|how (?:common|frequent|rare)|\bepidemiolog|\bfrequency of\b"),
    ),
    ("screening", re.compile(r"\bscreening\b|\bscreen(?:ed)?\b(?! logic)")),
    (
        "diagnosis",
        re.compile(
            r"\bdiagnos|\bsensitivity\b|\baccura(?:te|cy)\b|\bdetect|\bdiscriminat|\bdifferentiat"
            r"|\bdistinguish|\bdiagnostic|\bimaging\b.*\b(?:need|useful|necessary|reliab)|\breliable\b"
            r"|\brules? (?:out|in)\b|\bexcludes?\b|\bconfirms?\b|\b(?:what|which) (?:\w+ )?tests?\b"
        ),
    ),
    (
        "harm",
        re.compile(
            r"\brisk factor|\b(?:adverse|side) e(?:ffect|vent)|\bharm|\btoxic|\bcauses?\b|\bcaused by\b"
            r"|\bdangerous|\b(?:increase|raise)s?d?\b.{0,30}\brisk|\bcomplication|\bassociated with\b"
            r"|\brisk of\b|\bsafe\b(?! and)|\bsafety\b|\bcontra-?indicat"
        ),
    ),
    (
        "prognosis",
        re.compile(
            r"\bprogno|\bpredict|\bsurviv|\bmortality\b|\brecurrence\b|\blong-term outcome|\brecover"
            r"|\boutcomes? (?:of|after|in)\b|\blife expectancy"
        ),
    ),
    (
        "therapy",
        re.compile(
            r"\bindicated\b|\beffective|\befficac|\btreat|\btherap|\bprevent|\breduc|\bimprov|\bbenefi"
            r"|\bversus\b|\bvs\b|\bshould\b|\bmanage|\buseful|\bhelp|\bsuperior|\balleviat|\brelie[fv]"
            r"|\bbest\b|\bfirst[- ]line\b"
        ),
    ),
)


def _elements(pico: Pico) -> tuple[str, str, str, str]:
    return pico.population, pico.intervention, pico.comparator, pico.outcome


def _title(text: str) -> tuple[str, str]:
    """Split ``topic: clause``; a plain question is all clause, a plain topic all topic."""
    if re.match(rf"^{asking.AUXILIARY}\b", text, re.I) or asking.OPEN.match(text):
        return "", text
    match = re.match(r"^(.{4,}?)\s*(?::|\?|--|—|\s[-–]|\.)\s*(.+)$", text)
    if match:
        return match[1], match[2]
    inverted = re.match(
        rf"^((?:in|for|among|after|during|with)\b.+?),?\s+({asking.AUXILIARY}\s.+)$", text, re.I
    )
    return (inverted[1], inverted[2]) if inverted else (text, "")


def _joined(topic: Pico, clause: Pico, words: str) -> Pico:
    """Combine a title's topic with its question: a pronoun in the question stands for the topic."""
    subject = re.sub(rf"^{asking.AUXILIARY}\s+", "", words, flags=re.I)
    own = re.match(rf"^{asking.AUXILIARY}\b", words, re.I) and not asking.PRONOUN.match(subject)
    if own and clause.intervention:
        whole = " ".join(filter(None, (topic.intervention, topic.population)))
        return Pico(
            clause.population or whole,
            clause.intervention,
            clause.comparator,
            clause.outcome or topic.outcome,
        )
    return Pico(
        topic.population or clause.population,
        topic.intervention or clause.intervention,
        topic.comparator or clause.comparator,
        clause.outcome or topic.outcome,
    )


def _clause(text: str) -> Pico:
    """Read a question that has a verb; otherwise a predicate ("a risk factor for Y") or a phrase."""
    asked = re.match(
        r"^(?:what|which) (?:is|are|was|were) (?:the )?(?:best |optimal |recommended |current "
        r"|first-line )?(?:treatments?|therap(?:y|ies)"
        r"|management) (?:for|of) (.+)$|^how (?:should|do|can|to) (?:we |you |i )?(?:treat|manage) (.+)$",
        text,
        re.I,
    )
    if asked:
        return Pico(population=asked[1] or asked[2])
    chosen = _CHOSEN.match(text)
    if chosen:
        return Pico(chosen["p"], "" if _ANY_TREATMENT.fullmatch(chosen["i"]) else chosen["i"])
    share = _SHARE.match(text)
    if share:
        return Pico(f"{share['what']} in {share['people']}", outcome="prevalence")
    open_ = asking.OPEN.match(text) is not None and not re.match(
        r"^\W*(?:list|describe|explain|define|name)", text, re.I
    )
    text = re.sub(
        r"^(?:what|which|how|why|when|where|who)\b(?: \w+)??\s+(?=(?:is|are|was|were|do|does|did|can"
        r"|should)\b)",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(
        r"^(?:please )?(?:list|describe|explain|define|name|give|tell me about)\b\s*", "", text, flags=re.I
    )
    body = re.sub(rf"^{asking.AUXILIARY}(?: not)?\s+", "", text, flags=re.I)
    body = re.sub(rf"\bhelps?(?: to)? (?={asking.VERB} )", "", body, count=1, flags=re.I)
    if open_:
        lead = re.match(
            rf"^(?:{asking.RELATION}|{asking.EVALUATION})\s+(?:(?:in|for|to|of|with|by)\s+)?(.+)$", body, re.I
        )
        if lead or not re.match(rf"^{asking.AUXILIARY}\b", text, re.I):
            return Pico(intervention=lead[1] if lead else asking.OPEN.sub("", body))
    impersonal = re.match(r"^it (?:really |still )?\w+ to (?:\w+ly )?\w+ (.+)$", body, re.I)
    if impersonal:
        subject, population, comparator = _complements(impersonal[1])
        return Pico(population, subject, comparator)
    between = re.match(
        r"^(?:there )?(?:an? |any |the |\w+ )?(?:associations?|relationships?|relations?|links?|correlations?"
        r"|differences?"
        r"|interactions?|connections?|discrepanc(?:y|ies)|agreement) (?:between|of) (.+?) (?:and|with) (.+)$",
        body,
        re.I,
    )
    if between:
        outcome, population, _ = _complements(between[2])
        return Pico(population, between[1], "", outcome)
    role = re.match(
        r"^(?:there )?(?:still )?(?:an? |any |the )?(?:\w+ )?(?:role|place|need|benefits?|advantages?"
        r"|indications?|evidence"
        r"|contribution|risk|use|increase) (?:for|of|to|from|in)(?: using| the use of)? (.+)$",
        body,
        re.I,
    )
    if role:
        subject, population, comparator = _complements(role[1])
        return Pico(population, subject, comparator)
    if not re.match(rf"^{asking.AUXILIARY}\b", text, re.I):
        relation = re.match(rf"^{asking.RELATION}\s+(.+)$", body, re.I)
        return _predicate(relation[1]) if relation else _phrase(body)
    verbal = re.match(r"^(?:do|does|did|can|could|may|might|will|would|should|must)\b", text, re.I)
    heads = (
        (asking.VERB, asking.EVALUATION, asking.RELATION)
        if verbal
        else (asking.RELATION, asking.EVALUATION, asking.VERB)
    )
    splits = [m for head in heads if (m := _split(head, body))]
    if not splits:
        return _phrase(body)
    split = min(splits, key=lambda match: match.start()) if not verbal else splits[0]
    subject, rest = body[: split.start()], body[split.end() :].strip(" ,")
    evaluated = re.fullmatch(asking.EVALUATION, split[1], re.I) is not None
    subject, subject_population, subject_comparator = _complements(subject, asking.SETTING)
    if evaluated and _ORDER.search(split[1]):
        rest = re.sub(r"^to ", "than ", rest)
    found = _evaluated(rest) if evaluated else _of_the_ill(split[1].lower(), _predicate(rest))
    return Pico(
        found.population or subject_population,
        subject,
        found.comparator or subject_comparator,
        found.outcome,
    )


_CHOSEN = re.compile(
    r"^(?:what|which) (?P<i>[\w-]+(?: [\w-]+){0,3}?) (?:is|are|works?) (?:the )?"
    r"(?:best|most effective|preferred|safest|first[- ]line|recommended|indicated)(?: (?:choice|option))?"
    r" (?:for|in|against|to treat) (?P<p>.+)$",
    re.IGNORECASE,
)
_ANY_TREATMENT = re.compile(r"(?:treatment|therapy|drug|medication|option)s?", re.IGNORECASE)
_SHARE = re.compile(
    r"^(?:how many|what (?:proportion|percentage|fraction|share) of) (?P<people>(?:[\w-]+ ){0,3}?(?:people"
    r"|patients|adults|children|women|men|persons|infants|adolescents)\b.*?) (?:have|suffer from|carry)"
    r" (?P<what>.+)$",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\b(?:superior|inferior|equivalent|comparable|preferable)$", re.IGNORECASE)
_COURSE = re.compile(
    r"^(?:the )?(?:progression|healing|resolution|duration|severity|course) of (?P<of>.+)$",
    re.IGNORECASE,
)
_CHANGES_COURSE = re.compile(
    r"slow|delay|halt|stop|reverse|prevent|reduce|lower|decrease|shorten|improve|speed(?: up)?|hasten"
    r"|accelerate"
)
_TIME = re.compile(
    r"\b(?:stays?|duration|time|length|survival|hospital\w*|ventilation|interval|recovery|use)\b", re.I
)


def _of_the_ill(verb: str, found: Pico) -> Pico:
    """Move to the population what people have already: what is treated, shortened, slowed in its course."""
    if verb == "shorten" and not _TIME.search(found.outcome):
        condition, outcome = found.outcome, f"duration of {asking.LEADING.sub('', found.outcome)}"
    elif verb in ("treat", "cure") or (verb == "help" and terms.kinds(found.outcome) == {"condition"}):
        condition, outcome = found.outcome, ""
    elif (
        _CHANGES_COURSE.fullmatch(verb) and (course := _COURSE.match(found.outcome)) and not found.population
    ):
        condition, outcome = course["of"], found.outcome
    else:
        return found
    whole = f"{condition} in {found.population}" if found.population else condition
    return Pico(whole, found.intervention, found.comparator, outcome)


def _evaluated(rest: str) -> Pico:
    """Read what follows "effective", "indicated", "safe": who it is for, compared with what, to which end."""
    rest, comparator = _without_comparator(re.sub(r"^(?:and|or|as|,)\s+\S+\s*", "", rest))
    rest = re.sub(r"^(?:in|for|to|of|among|as)\s+", "", rest)
    purpose = asking.PURPOSE.match(rest)
    if purpose:
        outcome, population, _ = _complements(rest[purpose.end() :])
        return Pico(f"{outcome} {population}".strip() if population else outcome, "", comparator)
    verb = re.match(rf"^({asking.VERB})\s+(.+)$", rest, re.I)
    if verb:
        outcome, population, _ = _complements(verb[2])
        return Pico(population, "", comparator, outcome)
    return Pico(rest, "", comparator)


def _predicate(rest: str) -> Pico:
    """Read what follows a verb or a relation: the outcome, then in whom."""
    bare = re.match(rf"^{asking.SETTING}\s+(.+)$", rest, re.I)
    if bare:
        return Pico(population=bare[1])
    outcome, population, comparator = _complements(rest)
    return Pico(population, "", comparator, outcome)


def _without_comparator(text: str) -> tuple[str, str]:
    match = re.search(rf"{asking.COMPARED}(.+?)(?=\s(?:in|for|among)\b|$)", text, re.I)
    if not match:
        return text, ""
    return (text[: match.start()] + text[match.end() :]).strip(), match[1]


def _split(head: str, body: str) -> re.Match[str] | None:
    """The first place of the pattern ``head`` in ``body`` that leaves a subject before it."""
    for match in re.finditer(rf"(?<=\S)\s+({head})(?=[\s,]|$)", body, re.I):
        if terms.stems(asking.LEADING.sub("", body[: match.start()] + " ")):
            return match
    return None


def _complements(text: str, places: str = asking.PLACE) -> tuple[str, str, str]:
    """Split a noun phrase into its head, the people or setting after it, and a comparator."""
    text, comparator = _without_comparator(text)
    match = re.search(
        rf"\s+({places})\s+(.+)$|\s+for\s+((?:patients|children|women|men|adults|people|infants)\b.*)$",
        text,
        re.I,
    )
    if not match or not text[: match.start()].strip():
        return text, "", comparator
    return text[: match.start()], match[2] or match[3], comparator


def _phrase(text: str) -> Pico:
    """Read a topic without a verb."""
    forms: tuple[str, ...] = (
        r"^(?:the )?(?:treatment|management|therapy) of (?P<p>.+?) (?:with|by|using) (?P<i>.+)$",
        r"^(?:the )?(?:\w+ )?(?:effects?|impact|influence|efficacy|effectiveness|value|benefits?|use"
        r"|safety) of (?P<i>.+?)"
        r" (?:on|upon) (?P<o>.+?)(?: (?:in|among) (?P<p>.+))?$",
        r"^(?:the )?(?:\w+ )?(?:associations?|relationships?|correlations?|links?) (?:between"
        r"|of) (?P<i>.+?) (?:and|with)"
        r" (?P<o>.+?)(?: (?:in|among) (?P<p>.+))?$",
        r"^(?:the )?(?P<o>(?:\w+ )?(?:prevalence|incidence|prognosis|mortality|outcomes?|survival|risks?"
        r"|epidemiology|causes?|symptoms|recurrence|natural history|life expectancy)) (?:rate )?(?:of|in|for"
        r"|after"
        r"|with) (?P<p>.+)$",
        r"^(?:the )?(?:management|treatment|therapy|treatments) (?:of|for) (?P<p>.+)$",
        rf"^(?P<i>.+?) {asking.COMPARED}(?P<c>.+?) (?:for|in|among)"
        r" (?:the (?:treatment|prevention|management) of )?(?P<p>.+)$",
        rf"^(?P<i>.+?) {asking.COMPARED}(?P<c>.+)$",
        r"^(?:the )?(?:\w+ )?(?:role|use|value|efficacy|effectiveness|safety|place"
        r"|utility) of (?P<i>.+?) (?:in|for|among)"
        r" (?:the (?:treatment|prevention|management|diagnosis) of )?(?P<p>.+)$",
        r"^(?P<i>.+?) (?:in|for|among) (?:the )?(?:treatment|prevention|management|diagnosis|detection) of"
        r" (?P<p>.+)$",
        r"^(?P<i>.+?) (?:as an? \w+ (?:for|of|in)|as (?:a )?(?:treatment|risk factor|predictor) (?:for"
        r"|of)) (?P<o>.+)$",
        rf"^(?P<i>.+?) (?:for|{asking.PLACE[2:-2]}) (?P<p>.+)$",
        r"^(?P<o>.+?) and (?P<i>.+?) in (?P<p>.+)$",
    )
    for form in forms:
        match = re.match(form, text, re.I)
        if match:
            parts = match.groupdict()
            return Pico(*(parts.get(key) or "" for key in "pico"))
    return Pico(intervention=text)


_SAID_OF = re.compile(
    r"^(?:(?:adverse|side|unwanted|long-term) (?:effects?|events?|reactions?)"
    r"|(?:diagnostic|prognostic|predictive) (?:accuracy|value|performance|yield|utility)"
    r"|(?:benefits and harms|harms|benefits|accuracy|complications)) of (?=\S)",
    re.IGNORECASE,
)
"""What is asked of an intervention is no part of its name."""


def _clean(element: str) -> str:
    element = asking.LEADING.sub("", element.strip(" ,;:-–—\"'()")).strip(" ,;:-–—")
    element = _SAID_OF.sub("", element)
    return "" if asking.EMPTY.match(element) else element


def _by_kind(pico: Pico) -> Pico:
    """Move a lone element to where its kind belongs: a bare condition is a population."""
    if pico.population or not pico.intervention or pico.outcome:
        return pico
    kinds = terms.kinds(pico.intervention)
    if kinds and kinds <= {"condition", "people"}:
        return Pico(population=pico.intervention, comparator=pico.comparator)
    return pico
