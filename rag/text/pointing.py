"""Which way a sentence points on a yes/no question: question kinds, cues and the scope of negation.

Two tables carry the reading: ``KINDS`` says what sort of yes a question asks for, ``CUES`` what a sentence
can say about it. A cue is *asserted* or *denied*: the scope of a negation runs from its word to the next
break of the clause (the idea of NegEx, Chapman et al. 2001, doi:10.1006/jbin.2001.1029). ``LEAN`` joins
the two: the sign with which an asserted cue answers a question of that kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.words import content, stem, words


def _table(**patterns: str) -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(rf"(?<![\w!])(!?)(?:{pattern})", re.VERBOSE) for name, pattern in patterns.items()
    }


KINDS = _table(
    same=r"""same\b|equal|equivalen|similar|comparable|interchangeable|agree\b|correspond|generali[sz]|
        as\ (?:\w+\ ){1,2}as\b|unchanged|reproduc|concord|consisten""",
    differ=r"differ|vary\b|varies|variation|discrepan|dispar|inequal|gap\b|heterogen|chang(?:e|es|ed|ing)\b|distinct",
    need=r"""necess|need|require|mandatory|always|routin|justif|indicat(?:ed|ion)\b|worth|should|must\b|still\b|really|
        obligat|essential|warrant|we\b|time\ to|all\b""",
    harm=r"""contraindicat|harm|danger|waste|barrier|limit|overestimat|underestimat|adverse|worse|impair|
        complicat|delay|lost|myth|detriment|problem|burden|toxic|misus|overus|inadequat|unnecess|neglect|
        disadvantag|confound|threat|obstacle|futil|fail|poor|miss""",
    merit=r"""safe|effective|efficac|efficien|useful|reliab|valid|accura|feasib|adequa|sufficien|appropriat|valuab|
        benefi|accept|viable|alternativ|success|work\b|good|ideal|better|superior|promis|suitab|help|value\b|
        role\b|satisf|option|applicable|advantag|optimal|prefer|important|proper|enough|tool\b|justified|worth""",
    relation=r"""associat|relat|correlat|link|predict|prognos|marker|depend|determin|indicator|factor|connect|
        explain|risk|contribut|caus|lead\b|due\ to|matter|responsib""",
    effect=r"affect|influen|impact|effect\b|effects\b|alter|modif|make\ a\ difference|play|induc|consequence",
    upward=r"improv|increas|enhanc|rais|promot|more\b|higher|greater|gain|boost|elevat|better|longer",
    downward=r"reduc|decreas|prevent|lower|protect|less\b|fewer|declin|diminish|delay|eliminat|shorten|minimi[sz]",
    ability=r"can\b|could\b|possible|may\b|able\b|feasib",
    replace=r"replac|substitut|alternativ|instead|surrogate",
    alternative=r"or\b|versus|vs\b|than\b",
)
"""Kinds of question, read from its last clause; a question can be of several."""

CUES = _table(
    good=r"""safe|effective|efficac|efficien|useful|reliab|valid\b|validity|accura|feasib|adequa|sufficien|
        appropriat|valuab|benefi|accept|viable|success|good\b|superior|promis|suitab|helpful|advantag|optimal|
        satisf|excellent|important|applicable|favou?rabl|well\ tolerated|tolerated|prefer|option|support|
        strong|high\ (?:sensitiv|specific|accura)|encouraging|better""",
    bad=r"""unsafe|ineffective|inefficien|useless|unreliab|invalid\b|inaccura|infeasib|inadequa|insufficien|
        inappropriat|unaccept|unsuccess|poor|unsuitab|disadvantag|unsatisf|inferior|unnecess|limited\b|weak|
        contraindicat|questionabl|doubt|unlikely|low\ yield|minor\b|trivial|marginal|modest|disappoint|
        deficien|minimal|negligib|little\b|overestimat|underestimat|abandon|avoid|fail|lack|only\ a\ small|
        refut|contradict|discourag|unable|worse|impair|barrier|obstacle|harm|risky|dangerous|deficit|discomfort|
        underutili|underdiagnos|misclassif|improper|incorrect|low\ (?:yield|sensitiv|accura|rate)|failings|revisit|problematic""",
    relation=r"""associat|relat(?:ed|ion|es)|correlat|link|predict|prognos|risk\ factor|depend(?:s|ent|ed)?\b|determin|
        indicator|contribut|caus|lead|led\b|due\ to|explain|attribut|responsib|result(?:s|ed)?\ in""",
    effect=r"affect|influen|impact|effects?\b|alter|modif|play|induc|role\b",
    independent=r"independen|irrespectiv|regardless|unrelated|unaffected|unchanged|undisturbed|no\ matter",
    differ=r"differ|vari(?:es|ed|ation|able|ability)|discrepan|dispar|inequal|distinct|divergen|disagree|deviat",
    comparative=r"""higher|lower|greater|more\b|less\b|fewer|larger|smaller|longer|shorter|better|worse|superior|
        inferior|exceed|outperform|compared""",
    same=r"similar|comparab|equal|equivalen|identical|same\b|as\ \w+\ as|did\ not\ differ|parallel|non-?inferior|maintain|preserv",
    upward=r"improv|increas|enhanc|rais|promot|higher|greater|more\b|gain|elevat|better|longer|reviv|restor|positiv",
    downward=r"reduc|decreas|prevent|lower|protect|less\b|fewer|declin|diminish|worse|shorter|drop|minimi[sz]|negativ",
    needed=r"necess|needed|need\b|required?\b|mandatory|justif|indicated|essential|should|must\b|routin|warrant|recommend|advocat|crucial",
    needless=r"""unnecess|needless|unwarranted|unjustif|selectiv|abandon|avoid|sufficien|omit|without\b|
        low\ yield|overus|redundant|obviat|eliminat|replac|instead|rather\ than|alternativ|optional|question|reconsider|expectant""",
    able=r"can\b|possible|able\b|allow|enabl|permit|provid|feasib|achiev|offer",
    found=r"show|demonstrat|confirm|found\b|observ|reveal|identif|evident|suggest|indicat(?:e|es|ing)|evidence|exist|occur|data|clear",
    significant=r"significant|substantial|marked|considerab",
    hedge=r"may\b|might\b|could\b|possibl|potential|seem|appear|likely|probabl|perhaps",
    further=r"""further|future|larger|additional\ (?:stud|research|work)|more\ (?:research|studies|data|work)|
        prospective|randomi[sz]ed|remain|studies\ are|research\ is|investigat""",
    unclear=r"""unclear|inconclusiv|uncertain|unknown|controvers|conflict|inconsisten|caution|preliminary|
        difficult|debat|equivocal|undetermined|contradict|mixed|premature""",
    contrast=r"however|although|but\b|though\b|despite|whereas|while\b|nevertheless|yet\b|nonetheless|in\ contrast|except",
    partial=r"only\b|some\b|certain\b|selected|subgroup|subset|partial|part\b|depending|vari(?:es|ed)|specific|particular|limited|most\b|both\b",
    rare=r"rare|low\b|few\b|infrequen|uncommon|small\b|seldom|minority",
    frequent=r"common|frequent|high\b|majority|most\b|prevalen|many\b|often|large\b",
)
"""What a sentence can say; the name of a cue is the name of its features."""

LEAN: dict[str, dict[str, int]] = {
    "same": {"same": 1, "independent": 1, "differ": -1, "comparative": -1, "upward": -1, "downward": -1, "good": 1, "bad": -1},
    "differ": {"differ": 1, "comparative": 1, "same": -1, "upward": 1, "downward": 1, "independent": -1, "relation": 1},
    "need": {"needed": 1, "needless": -1, "good": 1, "bad": -1, "rare": -1, "same": -1, "relation": 1},
    "harm": {"bad": 1, "good": -1, "same": -1, "needless": 1, "relation": 1, "able": -1, "independent": -1, "effect": 1, "rare": -1},
    "merit": {"good": 1, "bad": -1, "needed": 1, "same": 1, "able": 1, "upward": 1, "relation": 1, "needless": -1},
    "relation": {"relation": 1, "effect": 1, "differ": 1, "comparative": 1, "upward": 1, "downward": 1, "independent": -1, "same": -1, "bad": -1, "good": 1},
    "effect": {"effect": 1, "relation": 1, "differ": 1, "comparative": 1, "upward": 1, "downward": 1, "independent": -1, "same": -1, "bad": 1},
    "upward": {"upward": 1, "good": 1, "relation": 1, "effect": 1, "bad": -1, "same": -1, "independent": -1, "significant": 1},
    "downward": {"downward": 1, "good": 1, "relation": 1, "effect": 1, "bad": -1, "same": -1, "independent": -1, "significant": 1},
    "ability": {"able": 1, "good": 1, "bad": -1, "upward": 1, "relation": 1},
    "replace": {"good": 1, "same": 1, "bad": -1, "able": 1, "needed": -1},
    "alternative": {},
    "plain": {"good": 1, "bad": -1, "relation": 1, "effect": 1, "found": 1, "independent": -1, "frequent": 1, "rare": -1, "able": 1, "needed": 1},
}  # fmt: skip
"""Sign of an asserted cue for a yes to a question of a kind; ``plain`` is a question of no kind."""

DOUBTS = {
    name: re.compile(pattern)
    for name, pattern in {
        "selected": r"\b(?:select(?:ed|ive|ively)?|certain|particular|specific|some|subset|subgroup) (?:\w+ ){0,2}"
        r"(?:patient|case|group|wom[ae]n|m[ae]n|population|individual|circumstance|condition|situation)",
        "depends": r"may or may not|depend(?:s|ing|ed|ent)? (?:\w+ ){0,2}(?:on|upon)|conditional|case.by.case|individuali[sz]ed",
        "but_not": r"\b(?:but|although|whereas|while|however)\b[^.]*\b(?:not|no|neither|cannot)\b|\bnot\b[^.]*\b(?:but|however|although)\b",
        "partly": r"\bpartial|\bin part\b|\bto some extent|\bmodest|\bmoderate(?:ly)?\b|\bsomewhat|\bslight|"
        r"\bnot (?:always|necessarily|perfectly|fully|entirely|completely)|\bonly (?:in|for|when|if|some|among|partially|moderate)",
        "unclear": r"unclear|inconclusive|uncertain|unknown|controvers|conflict|inconsisten|mixed|premature|equivocal|caution|"
        r"insufficient (?:evidence|data)|not (?:been )?(?:established|clear|known)|remains? (?:to|un|a matter)|matter of concern",
        "condition": r"\b(?:if|unless|provided that|as long as|except|when)\b",
        "firm": r"\b(?:clear(?:ly)?|strong(?:ly)?|confirm\w*|demonstrat\w*|conclu\w*|significant(?:ly)?|effective(?:ly)?|show(?:s|ed|n)?)\b",
    }.items()
}
"""What a conclusion that does not decide tends to say, and (``firm``) what one that decides does."""

_NEGATION = re.compile(
    r"\b(?:(?P<far>(?<!or )(?<!who had )(?<!who did )(?:not|no|nor|neither|cannot|never|none)|unlikely|fail(?:s|ed)?|hardly|unable|nothing|little)|"
    r"(?P<near>without|lack(?:s|ed|ing)?|rather than|instead of|absence of|rarely|seldom|insufficient|refute[sd]?|against))\b|n't\b"
)
_NOT_NEGATION = re.compile(
    r"\b(?:not only|no longer than|not necessarily only|not to mention|no doubt|without (?:any )?(?:increas|compromis|complication|affecting|sacrific)\w*)\b"
)
_BREAK = re.compile(
    r"[,;:.()]|\b(?:but|however|although|though|whereas|while|because|despite|which|suggesting|indicating)\b"
)
_BACKWARD = re.compile(
    r"\b(?:not|no longer|never|n't)\W+(?:\w+\W+){0,2}?(?:found|observed|seen|detected|demonstrated|shown|significant|confirmed|"
    r"supported|evident|apparent|established|justified|recommended|warranted|necessary|required|needed|indicated|differ\w*)\b"
    r"|\b(?:was|were|is|are) (?:absent|lacking|unlikely|unaffected|unchanged)\b"
)
_WORD = re.compile(r"[a-z][a-z'’-]*")
REACH = 8
"""Words that a negation reaches within its clause."""
NEAR = 4
"""Words that a weak negation (``without``, ``lack of``) reaches."""


def marked(sentence: str) -> str:
    """The sentence in lower case, with ``!`` before each word that a negation denies."""
    text = sentence.lower().replace("’", "'")
    quiet = [match.span() for match in _NOT_NEGATION.finditer(text)]
    denied: set[int] = set()
    for match in _NEGATION.finditer(text):
        if any(start <= match.start() < end for start, end in quiet):
            continue
        stop = _BREAK.search(text, match.end())
        clause = text[match.end() : stop.start() if stop else len(text)]
        reach = NEAR if match["near"] else REACH
        denied.update(match.end() + word.start() for word in list(_WORD.finditer(clause))[:reach])
    for match in _BACKWARD.finditer(text):
        opening = max((found.end() for found in _BREAK.finditer(text, 0, match.start())), default=0)
        denied.update(opening + word.start() for word in _WORD.finditer(text[opening : match.start()]))
    pieces, last = [], 0
    for place in sorted(denied):
        pieces += [text[last:place], "!"]
        last = place
    return "".join([*pieces, text[last:]])


@dataclass(frozen=True, slots=True)
class Frame:
    """What a yes/no question asks, as far as its words tell: stems of all its words, of its last clause, of
    the words that ask (``predicate``), and its kinds; ``main`` is the kind that prevails.
    """

    content: frozenset[str]
    clause: frozenset[str]
    predicate: frozenset[str]
    kinds: tuple[str, ...]
    main: str


_CLAUSE = re.compile(r"(?<=[:.;?!])\s+|--|—")
_PRECEDENCE = (
    "same", "replace", "harm", "need", "differ", "merit", "downward", "upward", "effect", "relation", "ability",
)  # fmt: skip
"""The first of a question's kinds in this order is its main one."""
_NOT_PREDICATE = {"ability", "alternative"}


def frame(question: str) -> Frame:
    """Read what ``question`` asks; in ``Title: is it safe?`` the last clause asks and the rest is its topic."""
    text = question.lower().replace("’", "'")
    clauses = [part for part in _CLAUSE.split(text) if part.strip(" .:?!")] or [text]
    clause = next((part for part in reversed(clauses) if "?" in part), clauses[-1])
    kinds = tuple(name for name, pattern in KINDS.items() if pattern.search(clause)) or ("plain",)
    asking = [pattern for name, pattern in KINDS.items() if name not in _NOT_PREDICATE]
    told = set(content(clause))
    predicate = {
        stem(word) for word in words(clause) if any(pattern.match(word) for pattern in asking)
    } & told
    predicate = predicate or set(content(clause)[-1:])
    main = next((name for name in _PRECEDENCE if name in kinds), "plain")
    return Frame(frozenset(content(text)), frozenset(told), frozenset(predicate), kinds, main)


_NULL = re.compile(
    r"\b(?:no|not|nor|neither)\b[^.;]{0,40}\b(?:differ|effect|affect|impact|influenc|associat|correlat|relat|benefit|improv|"
    r"increas|reduc|chang|predict|support|justif|necess|recommend|role|evidence|advantage|need|requir|superior|better|signific)"
)
_REFUSAL = re.compile(
    r"cast(?:s|ing)? doubt|call(?:s|ed)? into question|do(?:es)? not support|(?:no|little|insufficient) evidence|should (?:not|be (?:avoided|abandoned))|"
    r"not (?:suitable|useful|adequate|safe|reliable|justified|necessary|recommended|indicated|required|effective|improve|"
    r"affect|influence|predict|exist|seem|appear)"
)
_NOT_NEXT = re.compile(r"(?:\b(?:not|no|cannot|nor|neither)|n't)\W+(\w+)(?:\W+(\w+))?")
_ANTONYMS = tuple(
    tuple(stem(word) for word in pair.split("/"))
    for pair in (
        "increase/decrease improve/worsen improve/impair higher/lower common/rare safe/risk better/worse reduce/increase "
        "same/different similar/different equal/different more/less overestimate/underestimate associated/independent "
        "predict/independent"
    ).split()
)
_OPPOSITE = re.compile(r"\b(?:un|in|non|im)-?(\w{4,})")

SIGNALS = (
    "lean", "lean_main", "predicate_denied", "predicate_asserted", "denied_next", "antonym", "opposite", "negation",
    "question_denied", "question_asserted", "null", "refusal",
)  # fmt: skip
"""Names of what ``signals`` joins from question and sentence."""
CUE_SIGNALS = tuple(f"{name}{side}" for name in CUES for side in "+-")


def signals(asked: Frame, sentence: str) -> list[float]:
    """What ``sentence`` says with regard to the question: ``SIGNALS``, then each cue asserted and denied."""
    text = marked(sentence)
    plain = text.replace("!", "")
    told = [(raw.startswith("!"), stem(raw.lstrip("!"))) for raw in _MARKED_WORD.findall(text)]
    denied = {word for negated, word in told if negated}
    asserted = {word for negated, word in told if not negated}
    sides = [side for pattern in CUES.values() for side in _sides(pattern, text)]
    net = {name: sides[2 * at] - sides[2 * at + 1] for at, name in enumerate(CUES)}
    leans = {
        kind: sum(sign * net[cue] for cue, sign in LEAN[kind].items()) for kind in (*asked.kinds, asked.main)
    }
    lean = sum(leans[kind] for kind in asked.kinds) / len(asked.kinds)
    everything = asserted | denied
    return [
        max(-3.0, min(3.0, lean)),
        max(-3.0, min(3.0, leans[asked.main])),
        float(bool(denied & asked.predicate)),
        float(bool(asserted & asked.predicate) and not denied & asked.predicate),
        float(any(stem(word) in asked.content for pair in _NOT_NEXT.findall(plain) for word in pair if word)),
        float(_antonym(asked.clause, everything)),
        float(any(stem(word) in asked.clause for word in _OPPOSITE.findall(plain))),
        float("!" in text),
        min(3, len(denied & asked.content)) / 3,
        min(5, len(asserted & asked.content)) / 5,
        float(bool(_NULL.search(plain))),
        float(bool(_REFUSAL.search(plain))),
        *sides,
    ]


_MARKED_WORD = re.compile(r"!?[a-z]+")


def _sides(pattern: re.Pattern[str], text: str) -> tuple[float, float]:
    """Whether a cue is asserted and whether it is denied."""
    found = {match[1] for match in pattern.finditer(text)}
    return float("" in found), float("!" in found)


def _antonym(clause: frozenset[str], said: set[str]) -> bool:
    """Whether the sentence says the contrary of a word of the question, and not the word itself."""
    return any(
        (one in clause and other in said and one not in said)
        or (other in clause and one in said and other not in said)
        for one, other in _ANTONYMS
    )
