"""Dangers in a question, found by rule on this machine before anything is searched.

Some stop the answer (a crisis, an emergency, intent to harm, no medicine in it); the others only tell the
reader something beside it. When in doubt a question is answered: clinicians ask about suicide, overdose and
poisons, and a refusal harms too. Whom to call is in ``crisis.toml``; it can be set out by region.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from rag.records import Hazard
from rag.text import terms
from rag.text.injection import orders, visible
from rag.text.language import language
from rag.text.urgency import urgent

OUTSIDE = (
    "This is not a medical question. This program answers questions on health, disease, tests and "
    "treatment from "
    "published studies, for example: Is apixaban safer than warfarin in older people with atrial "
    "fibrillation?"
)
UNSAFE = (
    "This program does not help to harm anyone, to make poisons, weapons or drugs, or to evade detection."
)


def hazard(text: str, region: str = "") -> Hazard | None:
    """The gravest danger in a question, or None; see ``hazards``."""
    return next(iter(hazards(text, region)), None)


def hazards(text: str, region: str = "") -> tuple[Hazard, ...]:
    """Every danger in a question, the gravest first.

    Args:
        text: the question as asked.
        region: ISO 3166 code of the reader's country, whose numbers are then given alone; empty for several.

    Returns:
        At most one hazard that stops, with kind ``crisis``, ``emergency``, ``unsafe`` or
        ``outside_medicine``, and nothing else with it; otherwise notices: ``time_critical``, ``individual``,
        ``dose``, ``language``, ``injection``.
    """
    plain = re.sub(r"\s+", " ", visible(text)).replace("’", "'").strip()
    stopping = _stopping(plain, region)
    return (stopping,) if stopping else tuple(_notices(plain, region))


def _stopping(text: str, region: str) -> Hazard | None:
    crisis = _CRISIS.search(text)
    if crisis and not _TOLD_BY_A_PATIENT.search(text[: crisis.start()]):
        return Hazard("crisis", _spoken("crisis", region), True)
    if _emergency(text):
        return Hazard("emergency", _spoken("emergency", region), True)
    if _UNSAFE.search(text) and not _PROTECTIVE.search(text):
        return Hazard("unsafe", UNSAFE, True)
    if _outside(text):
        return Hazard("outside_medicine", OUTSIDE, True)
    return None


def _notices(text: str, region: str) -> list[Hazard]:
    found = []
    critical = urgent(text)
    if critical:
        found.append(_notice("time_critical", _TIME_CRITICAL.format(", ".join(critical))))
    if "suicide" in terms.mentioned(text):
        found.append(
            _notice(
                "time_critical", f"If a life is in danger now, do not wait for this answer. {_lines(region)}"
            )
        )
    if _INDIVIDUAL.search(text):
        found.append(_notice("individual", _NOT_AN_ORDER))
    if _DOSE.search(text):
        found.append(_notice("dose", _CHECK_DOSE))
    spoken = language(text)
    if spoken:
        found.append(_notice("language", _LANGUAGE.format(spoken)))
    if orders(text):
        found.append(_notice("injection", _INJECTION))
    return found


def _notice(kind: str, text: str) -> Hazard:
    return Hazard(kind, text, False)


_TIME_CRITICAL = (
    "Minutes or hours count in this condition ({}). If it is suspected now, start your emergency pathway; "
    "do not wait for this answer."
)
_NOT_AN_ORDER = (
    "This answers the general question from studies of groups. It is no order for one person: check age, "
    "kidney and liver "
    "function, other diseases, other drugs and the person's wishes."
)
_CHECK_DOSE = (
    "Check every dose against the product label or your formulary before use. No dose is computed here."
)
_LANGUAGE = (
    "The question seems to be in {}. It was searched by the English terms that it maps to; "
    "the answer is in English."
)
_INJECTION = (
    "The question holds text that gives orders to a language model. It was treated as data and not followed."
)


# --- Whom to call -------------------------------------------------------------------------------


@cache
def _contacts() -> dict[str, Any]:
    with (Path(__file__).parent / "crisis.toml").open("rb") as file:
        return tomllib.load(file)


def _lines(region: str) -> str:
    contacts = _contacts()
    known = contacts["lines"].get(region.upper())
    return known if known else " ".join([*contacts["lines"].values(), contacts["elsewhere"]])


def _spoken(kind: str, region: str) -> str:
    numbers = _contacts()["numbers"]
    emergency = numbers.get(region.upper(), numbers["default"])
    return str(_contacts()[kind].format(lines=_lines(region), emergency=emergency))


# --- Crisis and emergency -----------------------------------------------------------------------

_CRISIS = re.compile(
    r"""
      \b(?:kill|hang|shoot|drown|unalive)(?:ing)?\s+myself\b | \b(?:end|ending|take|taking)\s+my\s+(?:own\s+
      )?life\b | \bend\s+it\s+all\b | \bI(?:'m|'ll|\s+am|\s+will)?\s+(?:just\s+)?(?:gonna\s+|going\s+to\s+
      |want\s+to\s+)?end\s+it\b | ^\W*kms\W*$
    | \bI(?:'m|\s+am|\s+feel|\s+have\s+been\s+feeling|'ve\s+been\s+feeling|\s+have\s+been)?\s+(?:so\s+
      |very\s+)?(?:suicidal|like\s+dying)\b
    | \bI(?:\s+just|\s+really|\s+only)?\s+(?:want|wanna|wish|need|would\s+like)\s+(?:to\s+)?(?:die
      |be\s+dead|disappear(?:\s+forever)?|it\s+(?:all\s+)?to\s+be\s+over|hurt\s+myself|harm\s+myself)\b
    | \bI\s+(?:just\s+)?(?:want|wish)\s+I\s+(?:was|were)\s+dead\b | \bI\s+wish\s+I\s+(?:was|were)\s+dead\b
    | \b(?:do\s+not|don't|dont|no\s+longer)\s+want\s+to\s+(?:live|be\s+alive|exist|wake\s+up)\b
    | \b(?:hurt|harm|cut|cutting|hurting|harming)\s+myself\b(?=.*)(?!\s+(?:shaving|cooking|on\s+a
      |accidentally|by\s+accident|with\s+a\s+rusty))
    | \bI(?:'d|\s+would)?(?:\s+be|'m|\s+am)\s+better\s+off\s+dead\b
      | \b(?:no|any|a)\s+reason\s+(?:left\s+)?(?:for\s+me\s+)?to\s+(?:live|go\s+on)\b
    | \bI\s+can(?:'?t|\s*not)\s+(?:go\s+on(?:\s+(?:living|any\s*more|like\s+this))|(?:do|take)\s+(?:this
      |it)\s+any\s*more)\b
    | \bI\s+hate\s+my\s+life\b | \b(?:no\s+one|nobody|no-one)\s+would\s+miss\s+me\b
      | \bbetter\s+off\s+without\s+me\b
    | \blife\s+(?:is\s+not|isn't|is\s+no\s+longer)\s+worth\s+living\b.*\bI\b
    | \bI(?:'m|\s+am|'ll|\s+will|\s+want\s+to)\s+(?:going\s+to\s+|gonna\s+|about\s+to\s+)?jump\s+(?:off
      |from|in\s+front)\b
    | \bI(?:'m|\s+am|\s+have\s+been|'ve\s+been)\s+(?:thinking|considering|planning)\s+(?:of|about
      |on)?\s*(?:suicide|ending\s+my|dying|my\s+(?:own\s+)?death)
    | \bI\s+(?:am\s+having|have|keep\s+having|had)\s+(?:\w+\s+)?(?:suicidal\s+thoughts
      |thoughts\s+of\s+(?:suicide|dying|death|self-?harm))
    | \bmy\s+(?:own\s+)?suicid(?:e|al\s+thoughts)\b | \bhow\s+(?:can|do|should|would|could)\s+I\s+(?:die
      |commit\s+suicide|overdose)\b
    | \bhow\s+to\s+(?:die|commit\s+suicide|kill\s+(?:yourself|oneself)|overdose)\b(?!\s+(?:in
      |of)\s+\w+\s+(?:be|is))
    | \b(?:painless|(?:least|less)\s+painful|easiest|quickest|fastest|best|easy
      |quick)\s+(?:way|method)s?\s+to\s+(?:die|commit\s+suicide
      |kill\s+oneself|overdose|end\s+(?:my|one's)\s+life)\b
    | \b(?:how\s+(?:much|many)|what\s+(?:dose|amount)|which\s+(?:pills?|drugs?))\b.{0,60}\b(?:kill
      |(?:lethal|fatal|deadly)\s+(?:to|for))\s+me\b | \benough\s+(?:\w+\s+){0,3}to\s+(?:die
      |kill\s+(?:me|myself))\b
    | \bhow\s+long\b.{0,20}\bto\s+die\s+(?:from|of|by|after)\s+(?:an?\s+)?(?:\w+\s+)?overdose\b
    | \bhow\s+many\b.{0,40}\b(?:pills|tablets|capsules|mg|paracetamol|tylenol|acetaminophen|aspirin|xanax
      |insulin)\b.{0,40}\b(?:to\s+die|kill\s+(?:me|myself)|would\s+it\s+take\s+to\s+kill)\b
    | \bI(?:'ve|\s+have)?\s+(?:just\s+)?(?:took|taken|swallowed)\s+(?:an?\s+overdose|(?:too\s+many
      |all\s+(?:of\s+)?my|a\s+(?:whole\s+)?(?:bottle|box|packet)\s+of)\b)
    | \bI(?:'ve|\s+have)?\s+(?:just\s+)?(?:took|taken|swallowed)\s+(?:about\s+|over\s+|like\s+)?(?:[2-9]\d
      |[1-9]\d\d)\s+(?:\w+\s+){0,2}(?:tablets?|pills?|capsules?|paracetamol|acetaminophen|tylenol|ibuprofen
      |aspirin|xanax)\b
    | \bmy\s+(?:husband|wife|partner|mother|father|mum|mom|dad|son|daughter|brother|sister|friend|boyfriend
      |girlfriend|flatmate|roommate)\b.{0,30}\b(?:wants?|going|threaten\w*|trying)\s+to\s+(?:die
      |kill\s+(?:him|her|them)sel(?:f|ves)|end\s+(?:his|her|their)\s+life)\b
    | \bich\s+(?:will|möchte)\s+(?:mich\s+umbringen|sterben|nicht\s+mehr\s+leben) | \bquiero\s+
      (?:morir(?:me)?|suicidarme|matarme|acabar\s+con\s+mi\s+vida)
    | \bje\s+veux\s+(?:mourir|en\s+finir|me\s+suicider|me\s+tuer) | хочу\s+умереть | покончить\s+с\s+собой
      | 我想死 | 想自[杀殺] | 不想活 | 死にたい | \bvoglio\s+(?:morire|uccidermi|suicidarmi)
      | \bquero\s+(?:morrer|me\s+matar|suicidar)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TOLD_BY_A_PATIENT = re.compile(
    r"(?<!\bI am a )(?<!\bI'm a )\b(?:patient|client|inpatient|adolescent)s?\b[^.?!]{0,60}?(?:\b(?:says?|said"
    r"|saying|tells?|told|states?|stated|reports?|reported|writes?|wrote|texts?|texted|expresses|expressed|who"
    r"|with|that)\b|[:,]\s*[\"'“‘])",
    re.IGNORECASE,
)
"""The words are a patient's, as told by whoever looks after them."""
_CARED_FOR = re.compile(
    r"\b(?:my|our|a|the|this|these|an)\s+(?:\d+[- ]\w+[- ]\w+\s+)?(?:patient|client|inpatient"
    r"|adolescent)s?\b|\bpatients?\s+(?:who|says?|said|with|that)\b",
    re.IGNORECASE,
)
"""Someone else is meant: the person who asks looks after a patient."""

_ACUTE = (
    r"(?:(?:crushing|severe|sudden|bad|terrible|sharp|awful)?\s*chest\s+(?:pain|pressure|tightness|hurts)"
    r"|heart\s+attack|stroke|can(?:'t|not|\s+not)\s+(?:breathe|swallow|move\s+(?:my|his|her)\s+(?:arm|leg"
    r"|face|legs|arms|left|right)|feel\s+my\s+(?:legs|arms|face)|speak)|(?:trouble|difficulty"
    r"|struggling)\s+(?:to\s+)?breath(?:e|ing)|not\s+breathing|stopped\s+breathing"
    r"|short(?:ness)?\s+of\s+breath|face\s+(?:is\s+)?droop\w*|(?:one|left|right)\s+side\s+(?:is\s+"
    r"|has\s+gone\s+|of\s+my\s+\w+\s+(?:is\s+)?)?(?:numb|weak|paraly[sz]ed)|worst\s+headache"
    r"|thunderclap\s+headache|(?:severe|heavy|won't\s+stop|uncontroll\w+)\s+bleeding|bleeding\s+(?:heavily"
    r"|badly|a\s+lot|that\s+won't\s+stop)|(?:coughing|vomiting|throwing)\s+(?:up\s+)?blood"
    r"|(?:throat|tongue|face|lips)\s+(?:is|are)\s+(?:closing|swelling)|anaphyla\w+|unconscious|passed\s+out"
    r"|collapsed|unresponsive|no\s+pulse|(?:was\s+|been\s+|got\s+)?bitten\s+by\s+a\s+\w*\s*snake|(?:won't"
    r"|will\s+not)\s+wake\s+up|turning\s+blue|having\s+a\s+seizure|seizing|overdos\w+|(?:swallowed|ate|drank"
    r"|took)\s+(?:\w+\s+){0,3}?(?:bleach|poison|battery|batteries|magnets?|antifreeze|methanol|detergent|pills"
    r"|bottle\s+of)|choking)"
)
_MINE = (
    r"(?:\b(?:I|I'm|I've|i\s+think\s+i)\b(?:\s+(?:am|have|had|think|feel|got|just|now|suddenly|currently"
    r"|having|getting|started|with|been|a|an|the|my|this|really|very|may|might|be|'m|'ve))*\s+|\b(?:my"
    r"|our)\s+(?:\w+\s+)?(?:husband|wife|partner|mother|father|mum|mom|dad|son|daughter|baby|child|kid"
    r"|toddler|friend|brother|sister|grandmother|grandfather|boyfriend|girlfriend|neighbou?r"
    r"|colleague)(?:'s)?\b(?:\s+(?:is|has|had|just|now|suddenly|was|got|having|started|a|an))*\s+|\b(?:he|she)(?:'s"
    r"|\s+is|\s+has)?\s+(?:just\s+|now\s+|suddenly\s+|having\s+|a\s+)*|\bmy\s+)"
)
_EMERGENCY = re.compile(rf"{_MINE}{_ACUTE}", re.IGNORECASE)
_WHAT_TO_DO = re.compile(
    rf"^[^.?!]{{0,60}}\b{_ACUTE}\b(?:[^.?!]{{0,40}}[,.;:!?-]+)?\s*(?:what|which|should|can|do"
    rf"|how)\b[^?]{{0,40}}\b(?:I|we)\b[^?]{{0,20}}\b(?:take|do|use|give)\b|\b(?:what|which|how\s+much"
    rf"|how\s+many|should|can)\b[^?.]{{0,50}}\bI\s+(?:take|do|use)\b[^?.]{{0,30}}\b(?:for|about"
    rf"|with)\s+(?:my\s+)?{_ACUTE}"
    rf"|^\W*(?:please\W+)?(?:help(?:\s+me)?|urgent|emergency)\s*[!,.:].{{0,40}}\b{_ACUTE}"
    rf"|\bright\s+now\b.{{0,40}}\b{_ACUTE}|\bI(?:'m|\s+am)\b[^.?!]{{0,30}}\bpregnant\s+and\s+(?:am\s+)?bleeding",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:last|previous|past)\s+(?:week|month|year|\w+)\b|\byears?\s+ago\b|\bmonths?\s+ago\b"
    r"|\bweeks?\s+ago\b|\bhad\s+an?\s+(?:heart\s+attack|stroke|seizure)\b|\bhistory\s+of\b|\bprevent"
    r"|\brisk\s+of\b|\bafter\s+(?:a|my)\s+(?:stroke|heart\s+attack)\b"
    r"|\bin\s+(?:19|20)\d\d\b|\bafraid\s+of\b|\bstud(?:y|ies|ying)\b",
    re.IGNORECASE,
)
"""The acute event is over or only feared."""


def _emergency(text: str) -> bool:
    if _CARED_FOR.search(text) or _PAST.search(text):
        return False
    return bool(_EMERGENCY.search(text) or _WHAT_TO_DO.search(text))


# --- Intent to harm -----------------------------------------------------------------------------

_AGENT = (
    r"(?:poisons?|ricin|sarin|vx|novichok|nerve\s+(?:agent|gas)|mustard\s+gas|anthrax"
    r"|bio(?:logical\s+)?weapons?|chemical\s+weapons?|explosives?|bombs?|botulinum\s+toxin|smallpox|plague"
    r"|abrin|cyanide|meth(?:amphetamine)?|crystal\s+meth|heroin|cocaine|crack|mdma|ecstasy|lsd|ghb|fentanyl"
    r"|carfentanil|date[- ]rape\s+drugs?|weapons?|pathogens?|a\s+virus|toxins?)"
)
_SOMEONE = (
    r"(?:someone|somebody|anyone|a\s+person|people|him|her|them|my\s+(?:wife|husband|boss|neighbou?r|partner"
    r"|mother|father|ex|roommate|colleague|child|sister|brother|in-laws|enemy|teacher|girlfriend|boyfriend)"
    r"|another\s+person|an?\s+(?:enemy|crowd|village|city))"
)
_UNSAFE = re.compile(
    rf"""
      \b(?:how\s+(?:can|could|do|would|should|might)\s+(?:I|we|you|one)|how\s+to|help\s+me(?:\s+to)?
        |I\s+want\s+to|teach\s+me(?:\s+how)?\s+to|ways?\s+to
        |(?:recipe|instructions|protocol|steps|guide)\s+(?:for|to)|tell\s+me\s+how\s+to|show\s+me\s+how\s+to)
      \s+(?:\w+\s+)?(?:make|making|build|building|synthesi[sz]e|synthesi[sz]ing|produce|producing|prepare
        |cook|cooking|extract|weaponi[sz]e|weaponi[sz]ing
        |grow|culture|manufacture|manufacturing|acquire|spread|release|aerosoli[sz]e|concentrate)
      \s+(?:\w+\s+){{0,4}}?{_AGENT}\b
    | \b(?:how\s+(?:can|could|do|would|should)\s+(?:I|we|you|one)|how\s+to|help\s+me(?:\s+to)?
      |I\s+want\s+to|(?:best|easiest)\s+(?:way|drug|poison)\s+to)
      \s+(?:\w+\s+)?(?:poison|kill|murder|sedate|drug|incapacitate|infect|harm|hurt
        |knock\s+out)\s+{_SOMEONE}\b
    | \b(?:untraceable|undetectable)\s+(?:\w+\s+)?(?:poison|drug|toxin|murder|substance|way)
    | \b(?:poison|drug|medication|substance|toxin|dose)\b.{{0,60}}\b(?:kill|sedate|poison
      |murder)\s+{_SOMEONE}\b.{{0,60}}\b(?:without|undetect|untrace|not\s+be\s+(?:detect|found|trac))
    | \bkill\s+{_SOMEONE}\s+(?:with|using|without)\b
    | \b(?:how\s+(?:can|could|do|would|should)\s+(?:I|you|one)|how\s+to|I\s+want\s+to)\b.{{0,80}}
      \bwithout\s+(?:being\s+|getting\s+)?(?:detected|caught|traced|anyone\s+(?:knowing|noticing)|(?:him
      |her|them|my\s+\w+)\s+(?:knowing|noticing))\b
    | \b(?:pass|beat|cheat|fool|evade|trick)\s+(?:a|my|the|an|your)?\s*(?:urine\s+
      |upcoming\s+)?(?:drug\s+(?:test|screen)\w*|doping\s+(?:test|control)\w*|urine\s+test)
    | \b(?:avoid|evade|escape|hide\s+from|fool)\s+(?:\w+\s+)?(?:detection|(?:in|at|by)\s+(?:an\s+)?autopsy
      |toxicology|forensic\w*|the\s+police|anti-?doping)
    | \bdetected\s+(?:in|at|by)\s+an?\s+autopsy\b.{{0,40}}\b(?:avoid|not|can't|cannot)
    | \b(?:spike|drug|lace)\s+(?:\w+\s+){{0,2}}(?:drink|food|coffee|tea)\b
    | \b(?:put|slip|mix|drop|dissolve|pour|add)\b.{{0,40}}\b(?:his|her|their|someone's|somebody's|my\s+\w+'s)
      \s+(?:drink|glass|food|coffee|tea|beer|wine|juice|water)\b.{{0,60}}
      \b(?:(?:(?:do|does|will|can)\s+not|(?:do|does|wo|ca)n't|cannot|never)\s+(?:remember|wake|resist|fight
      |realise|realize)|forgets?|pass(?:es)?\s+out|black(?:s)?\s+out)\b
    | \bforge\s+(?:a\s+)?prescription | \b(?:make|engineer|modify|mutate)\s+(?:\w+\s+){{0,4}}(?:virus
      |pathogen|bacteri\w+|influenza|anthrax|smallpox)\s+(?:\w+\s+){{0,2}}more\s+(?:transmissible|lethal
      |deadly|contagious|virulent)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PROTECTIVE = re.compile(
    r"\b(?:antidote|treat(?:ment|ed|ing)?|prevent|protect|diagnos|manage|screen|antitoxin|vaccin|antibod|immun"
    r")\w*\b",
    re.IGNORECASE,
)
"""Asked about care after or protection from the agent, which is medicine."""


# --- Outside medicine ---------------------------------------------------------------------------

_REQUEST = re.compile(
    r"^\s*(?:hi|hello|hey)?[,!\s]*(?:please\s+|can\s+you\s+|could\s+you\s+|i\s+want\s+you\s+to\s+)?(?:write"
    r"|compose|create|generate|draw|paint|tell|sing|give)\s+(?:me\s+|us\s+)?(?:an?\s+|some\s+"
    r"|the\s+)?(?:\w+\s+){0,2}(?:poem|song|story|joke|haiku|limerick|novel|screenplay|tweet|e-?mail"
    r"|cover\s+letter|speech|python|java|javascript|c\+\+|code|script"
    r"|program|function|website|app|picture|image|logo|rap|sonnet|recipe|horoscope)\b",
    re.IGNORECASE,
)
"""Asks for a thing to be made: outside, whatever it is about."""
_ELSEWHERE = re.compile(
    r"""
      \bwho\s+(?:won|is\s+the\s+(?:president|king|queen|prime\s+minister|ceo|richest)|wrote|painted
        |directed|sang|invented\s+the\s+(?:tele|light|radio|internet)|are\s+you|made\s+you|created\s+you)
    | \b(?:world\s+cup|super\s*bowl|olympics?\s+(?:games|medal)|football|soccer|basketball|baseball
      |cricket\s+(?:match|world)|premier\s+league|champions\s+league|(?:nba|nfl)\s+(?:game|team|draft
      |season)|formula\s+(?:1|one))\b
    | \b(?:movies?|films?|netflix|actors?|actress|songs?|lyrics|album|guitar|piano|concert|celebrit\w+
      |oscars?|tv\s+show|video\s+games?|minecraft|playstation|chess)\b
    | \b(?:poem|haiku|limerick|joke|sonnet|fairy\s+tale)s?\b
    | \bcapital\s+(?:city\s+)?of\b | \b(?:president|prime\s+minister|king|queen|currency|flag
      |national\s+anthem)\s+of\b | \bhow\s+far\s+is\b | \bpopulation\s+of\s+[A-Z]\w+\??$
    | \b(?:python|javascript|typescript|java|html|css|sql|c\+\+|rust|golang|excel|powershell|linux|docker
      |kubernetes)\s+(?:code|script|function|program|query|error|list|loop|formula|command|class|tutorial)\b
    | \b(?:code|script|function|program)\s+in\s+(?:python|java\w*|c\+\+|rust|go)\b
      | \bprogramming\s+language | \bpython\b | \bjavascript\b
    | \b(?:buy|sell|trade)\w*\s+(?:shares|bonds|funds)\b
      | \b(?:shares|bonds|funds)\s+(?:should|can|do|to|shall)(?:\s+I|\s+we)?\s+(?:buy|sell|trade|invest)
    | \b(?:bitcoin|crypto\w*|stock\s+(?:price|market)s?|stocks|mortgage|tax\s+return|income\s+tax
      |interest\s+rates?|real\s+estate|invest(?:ing|ment)?\s+(?:in|advice))\b
    | \bweather\b | \bforecast\b | \b(?:recipe|bake|baking)\b | \b(?:pizza|lasagna|spaghetti
      |chocolate\s+cake|cheesecake)\b | \b(?:restaurant|hotel|flights?\s+to|airline|tourist|vacation
      |holiday|visa)\b
    | \btranslate\b | \bwhat\s+time\s+is\s+it\b | \bwhat(?:'s|\s+is)\s+your\s+name\b
      | \bare\s+you\s+(?:an?\s+)?(?:ai|human|robot|bot|chatgpt|real)\b | \bhow\s+are\s+you\b
    | \b(?:car|engine|motorcycle|bicycle|laptop|iphone|android|wi-?fi|printer|dishwasher|lawn|garden)\b
    | \b(?:world\s+war|elections?|roman\s+empire|napoleon|shakespeare|french\s+revolution|democrats?
      |republicans?)\b
    | \b(?:planets?|galax\w+|black\s+holes?|moon\s+landing|speed\s+of\s+light|solar\s+system
      |eiffel\s+tower|tallest|longest\s+river|mount\s+everest|dinosaurs?)\b
    | ^\s*(?:what\s+is\s+|calculate\s+|compute\s+)?\d+\s*(?:[+*/x×-]|plus|times|minus
      |divided\s+by)\s*\d+\s*\??\s*$ | \bsquare\s+root\b | \b(?:integral|derivative)\s+of\b
      | \bsolve\s+(?:for\s+x|the\s+equation|this\s+equation)\b
    | \bmeaning\s+of\s+life\b | \b(?:horoscope|zodiac|astrology)\b | \bhomework\b | ^\W*(?:hi|hello|hey
      |thanks|thank\s+you|good\s+morning|test|testing)\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MEDICAL = re.compile(
    r"""
      \b(?:patient|disease|disorder|treat|therap|drug|medic|clinic|doctor|physician|nurs|health|hospital
        |symptom|syndrome|cancer|tumou?r|pain|infect|\w*virus|viral|neuro|biomark|alkalin|acid\w*|sodium
        |calcium|iron\b|sugar|caffein|bacter|vaccin
        |genes?\b|genetic|genom|protein|rna\b|dna\b|cells?\b|blood|heart|brain|lung|liver|kidney|skin|bone
          |joint|muscle|nerve|eye|vision|hearing|surg|operat|dose|dosage|diagnos|prognos|mortality
          |survival|injur|wound|fractur
        |pregnan|birth|fetal|fetus|infant|diet|nutri|vitamin|exercise|sleep|obes|weight\b|smok|alcohol
          |addict|allerg|asthma|diabet|stroke|fever|cough|headache|migraine|suicid|overdos|poison|toxi
        |cardi[ao]|cogniti|psych|vascul|pulmon|respirat|renal|hepat|gastr|dermat|retin|ocular|ophthalm|pa?ediatr
        |dystoni|venom|tremor|spasm|rash\b|nausea|vomit|bleed|\w+opia\b
        |antibiotic|hormon|insulin|enzym|receptor|biops|imaging|mri\b|ct\b|x-?ray|ultraso|screening|epidem
          |pandemic|covid|hiv\b|mental|anxi|depress|dement|autis|adhd|disab|rehab|anesth|anaesth
        |molecul|mutation|chromosom|inhibitor|antibod|trial|placebo|cohort|prevalence|incidence
          |risk\s+factor|side\s+effect|adverse|death|die\b|dying|sexual|contracep|fertil|teeth|tooth
          |dental|human|mouse|mice|rats?\b)
    | \w{3,}(?:itis|osis|emia|aemia|ectomy|otomy|plasty|pathy|oma|mab|nib|statin|cillin|mycin|azole|algia
      |uria|rrhea|rrhoea|plegia|paresis|gram|scopy)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def _outside(text: str) -> bool:
    """Whether the text is surely not medicine: a topic from elsewhere, and no word of medicine."""
    if _REQUEST.search(text) or not re.search(r"[^\W\d_]{2,}", text):  # "1", "?"
        return True
    if orders(text) and not _maps(text):
        return True
    return bool(_ELSEWHERE.search(text)) and not _maps(text)


def _maps(text: str) -> bool:
    return bool(_MEDICAL.search(text) or terms.mentioned(text) or re.search(r"\b[A-Z]{2,}\d*[A-Z]*\b", text))


# --- Notices ------------------------------------------------------------------------------------

_INDIVIDUAL = re.compile(
    r"\bshould\s+(?:I|we)\s+(?:\w+\s+)?(?:give|prescribe|start|stop|use|treat|refer|operate|take|continue"
    r"|offer|switch|order|add|discharge|admit|anticoagulate|intubate|transfuse|put|increase|reduce|scan"
    r"|screen)\b|\b(?:my|this|our)\s+(?:\d+[- ]year[- ]old\s+|elderly\s+|young\s+|own\s+|new\s+)?(?:patient"
    r"|mother|father|mum|mom|dad|wife|husband|son|daughter|child|baby|grandmother|grandfather)\b(?!s)|\b(?:Mr"
    r"|Mrs|Ms|Miss)\b\.?\s+(?!CLEAN)\[?[A-Z\[n]|\[name\]|\bcan\s+I\s+(?:take|give|use|stop|drink|eat)\b"
    r"|\bI\s+(?:have|am\s+taking|take|was\s+diagnosed)\b|\b(?:for|with)\s+me\b"
    r"|\b\d{1,3}[- ]?(?:year[- ]old|yo|y/o)\s+(?:man|woman|male|female|boy|girl|patient|lady|gentleman)\b",
    re.IGNORECASE,
)
_DOSE = re.compile(
    r"\b(?:what|which|correct|right|recommended|maximum|max|starting|usual|safe|loading|maintenance|daily"
    r"|paediatric|pediatric)\s+(?:\w+\s+){0,2}(?:dos(?:e|es|age|ing))\b|\b(?:dose|dosage|dosing)\s+(?:of"
    r"|for)\b|\bhow\s+(?:much|many)\b.{0,40}\b(?:mg|mcg|ml|milligrams?"
    r"|tablets?|pills?|units|give|take|prescribe|administer)\b|\bmg\s*/\s*kg\b",
    re.IGNORECASE,
)
