"""Text that may identify a patient: found by pattern and replaced before anything is sent or stored.

The kinds are the 18 identifiers of the HIPAA Safe Harbor rule (45 CFR 164.514(b)(2)) as far as patterns can
see them. Names are found by what stands before them (a title, "patient", "named"); a bare name is missed, and
this module never claims otherwise. Eponyms (Parkinson disease) and trials (MR CLEAN) are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rag.records import Redacted
from rag.text.injection import visible

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_PARTICLE = r"(?:van|von|der|den|ter|de|da|di|del|della|el|al|bin|la|le|O['’]|Mc|Mac)[ -]?"
_NAME = rf"(?:{_PARTICLE}){{0,3}}[A-Z][a-zà-öø-ÿ]+(?:[-'’][A-Z][a-zà-öø-ÿ]+)*"
_NAMES = rf"{_NAME}(?:\s+(?:[A-Z]\.?\s+)?{_NAME}){{0,2}}"
_INITIAL_NAME = rf"(?:[A-Z]\.\s*)*{_NAMES}"
_UNLIKELY = (
    r"(?!(?:Is|Are|Was|Were|Do|Does|Did|Can|Could|Should|Would|Will|May|Might|Has|Have|Had|With|Without|In|On"
    r"|At|For|And|Or|The|A|An|Who|What|Which|When|Where|Why|How|Not|No|Of|To|From|By|After|Before|During"
    r"|Outcomes?|Care|Safety|Reported|Health|Satisfaction|Education|Centered|Selection|Characteristics"
    r"|Experience|Preferences?|Compliance|Adherence|Awareness|Comprehension|Survival|Activation|Records?|Data"
    r"|Controlled|Protection|Questionnaire|Registry|Population|Blood|Level|Group|Foundation|Global|Specific"
    r"|Management|Monitoring|Perspectives?|Engagement|Participation|Information|Parkinson|Alzheimer|Crohn"
    r"|Hodgkin|Down|Marfan|Turner|Klinefelter|Cushing|Addison|Graves|Hashimoto|Wilson|Huntington|Kawasaki"
    r"|Barrett|Sj[oö]gren|Raynaud|Beh[cç]et|Ehlers|Lynch|Meniere|Bell|Guillain)\b)"
)

_NUMBERED = (
    r"(?:MRN|medical record|health record|NHS|medicare|medicaid|passport|driver['’]?s? licen[cs]e|VIN|serial"
    r"|member|beneficiary|health plan)"
)
"""Words that a number beside them identifies someone by."""
_MAYBE_NUMBERED = (
    r"(?:hospital|chart|account|acct|case|file|admission|encounter|visit|insurance|policy|patient|licen[cs]e"
    r"|certificate|device|pacemaker|implant|registration|(?:number )?plate|record|ID)"
)
"""The same where the text says that it is a number: "case no. 10045", not "case 10045"."""
_NUMBER = r"\s+(?:number|no\.?|num|ID|identifier|serial)"
_CODE = r"(?:[A-Z]{0,4}[- ]?\d[\d-]{4,}[A-Z]{0,3}|\d{3} \d{3} \d{4}|(?=(?:[A-Z-]{0,6}\d){4})[A-Z0-9-]{4,24})"

_NOT_OVER = r"(?<!over )(?<!above )(?<!than )(?<!least )(?<![>≥])(?<![>≥] )"
_NOT_A_GROUP = r"(?!\s*(?:years?\s+)?(?:old\s+|of age\s+)?(?:(?:or|and)\s+(?:older|over|above)|\+))"
"""Ages from 90 on identify a person, not a group: "aged 90 years or older" stays."""

Replace = str | Callable[[re.Match[str]], str]

_RULES: tuple[tuple[str, re.Pattern[str], Replace], ...] = (
    ("url", re.compile(r"\b(?:https?://|www\.)[^\s<>\"')]+", re.I), "[url]"),
    ("e-mail", re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (
        "ip address",
        re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])"),
        "[ip address]",
    ),
    ("ip address", re.compile(r"\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b", re.I), "[ip address]"),
    (
        "social security number",
        re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
        "[social security number]",
    ),
    (
        "social security number",
        re.compile(r"\b(SSN|social security(?: number| no\.?)?)\s*[:#]?\s*(?:is\s+)?[\d -]{9,11}\b", re.I),
        r"\1 [social security number]",
    ),
    (
        "record number",
        re.compile(rf"\b({_NUMBERED}(?:{_NUMBER})?)\s*(?:[:#]|\bis\b)?\s*#?\s*(?=[\w-]*\d){_CODE}\b", re.I),
        r"\1 [record number]",
    ),
    (
        "record number",
        re.compile(
            rf"\b({_MAYBE_NUMBERED}(?:{_NUMBER}|(?=\s*[:#])))\s*(?:[:#]"
            rf"|\bis\b)?\s*#?\s*(?=[\w-]*\d){_CODE}\b",
            re.I,
        ),
        r"\1 [record number]",
    ),
    (
        "fax",
        re.compile(r"\b(fax)(?:\s+(?:number|no\.?))?\s*[:#]?\s*(?:is\s+)?\+?\(?\d[\d ().-]{5,}\d", re.I),
        r"\1 [fax]",
    ),
    (
        "phone",
        re.compile(
            r"(?<![\w.-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{2,4}\)\s?|\d{3}[-.])\d{3,4}[ .-]\d{4}(?![\d-])"
            r"|(?<!\w)\+\d{1,3}(?:[ .-]?\d{2,4}){2,4}(?!\d)"
        ),
        "[phone]",
    ),
    (
        "phone",
        re.compile(
            r"\b((?:tel|phone|telephone|mobile|cell|call(?: (?:him|her|me|them))?(?: (?:at"
            r"|on))?)\.?(?:\s+(?:number|no\.?))?)"
            r"\s*[:#]?\s*(?:is\s+)?\(?\d[\d ().-]{5,}\d",
            re.I,
        ),
        r"\1 [phone]",
    ),
    ("phone", re.compile(r"(?<![\d.,])0\d{4} ?\d{6}(?!\d)"), "[phone]"),
    ("record number", re.compile(r"(?<![\d.,])\d{3} \d{3} \d{4}(?![\d.,]*\d)"), "[record number]"),
    (
        "address",
        re.compile(
            r"\b\d{1,5}[A-Za-z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z][a-z]+\s+){1,3}(?:Street|St\.?|Avenue|Ave\.?|Road"
            r"|Rd\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Way|Place|Terrace|Square|Close"
            r"|Crescent)(?![a-z])(?:,?\s*(?:Apt|Apartment|Unit|Suite|Flat|#)\.?\s*\w+)?"
        ),
        "[address]",
    ),
    (
        "address",
        re.compile(r"\b[A-Z][a-zäöü]+(?:straße|strasse|weg|gasse|platz)\s+\d{1,4}[a-z]?\b"),
        "[address]",
    ),
    (
        "zip code",
        re.compile(
            r"\b(ZIP|zip code|postcode|postal code)\s*[:#]?\s*(?:is\s+)?[A-Z0-9][A-Z0-9 -]{2,9}[A-Z0-9]\b",
            re.I,
        ),
        r"\1 [zip code]",
    ),
    (
        "zip code",
        re.compile(
            r"(?<=, )(A[KLRZ]|C[AOT]|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]"
            r"|T[NX]|UT|V[AT]|W[AIVY]) \d{5}(?:-\d{4})?\b"
        ),
        r"\1 [zip code]",
    ),
    (
        "date",
        re.compile(
            r"\b(DOB|date of birth|born(?: on)?|birth ?date)\s*[:=]?\s*(?:is\s+)?\d[\d./-]{3,9}\d\b", re.I
        ),
        r"\1 [date]",
    ),
    ("date", re.compile(rf"(?<![\d./-]){_DAY}([./-])(?:0?[1-9]|1[0-2])\1(?:19|20)?\d\d(?![\d/-])"), "[date]"),
    ("date", re.compile(rf"(?<![\d./-])(?:0?[1-9]|1[0-2])([/-]){_DAY}\1(?:19|20)?\d\d(?![\d/-])"), "[date]"),
    ("date", re.compile(rf"(?<!\d)(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1{_DAY}(?!\d)"), "[date]"),
    (
        "date",
        re.compile(rf"\b{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\.?(?:,?\s+(?:19|20)\d\d)?\b"),
        "[date]",
    ),
    (
        "date",
        re.compile(
            rf"\b(?!May\s+\d+\s+[a-z]){_MONTH}\.?\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+(?:19|20)\d\d)?\b(?!\s*(?:%"
            rf"|mg|ml|g\b))"
        ),
        "[date]",
    ),
    (
        "age",
        re.compile(
            rf"{_NOT_OVER}\b(?:9\d|1[01]\d)(?=\s*(?:[- ]?(?:years?|yrs?|y)[- ]?(?:old|of age)|\s*y\.?/?o\b"
            rf"|-year-old)){_NOT_A_GROUP}"
            rf"|(?<=\baged )(?:9\d|1[01]\d)\b{_NOT_A_GROUP}|(?<=\bage )(?:9\d|1[01]\d)\b{_NOT_A_GROUP}"
            r"|\bninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?(?=[- ]years?[- ]old)",
            re.I,
        ),
        "[age 90 or over]",
    ),
    (
        "name",
        re.compile(
            rf"\b(?:Mr|Mrs|Ms|(?<![Ww]e )(?<![Tt]o )(?<![Nn]ot )(?<!hey )(?<!ou )Miss|Mx|Herr|Frau|Monsieur"
            rf"|Madame|Señora?)\b\.?\s+(?:(?:Dr|Prof)\.?\s+)*(?!CLEAN\b)(?:{_INITIAL_NAME}|[A-Z]{{2,}}\b)(?:['’]s\b)?"
        ),
        "[name]",
    ),
    ("name", re.compile(rf"(?<!\w)Dr\.?\s+{_INITIAL_NAME}(?:['’]s\b)?"), "[name]"),
    (
        "name",
        re.compile(
            r"\b(mr|mrs|ms|miss)\.?\s+(?!clean\b)[a-z][a-z'-]+(?=\s+(?:is|was|has|had|who|aged|with|and|take"
            r"|have|be|[A-Z])\b|[,?.']|$)"
        ),
        "[name]",
    ),
    (
        "name",
        re.compile(
            rf"\b((?i:(?:patient['’]?s?\s+|full\s+|first\s+|last\s+|her\s+|his\s+|my\s+"
            rf"|their\s+)names?\s*(?:is|are|:|=)|named|name:|(?:he|she) is called"
            rf"|i['’]?a?m called))\s+{_UNLIKELY}{_NAMES}"
        ),
        r"\1 [name]",
    ),
    ("name", re.compile(r"\b((?:[Pp]atient|[Pp]t)\s*:?)\s+(?:[A-Z]\.\s?){2,3}(?!\w)"), r"\1 [name]"),
    (
        "name",
        re.compile(
            rf"\b(?:I am|I['’]m|This is) (?!(?:Dr|Mr|Mrs|Ms)\b){_UNLIKELY}{_NAME}\s+{_NAME}(?=[,.]|\s+and\b)"
        ),
        "[name]",
    ),
)

_BY_CAPITALS: tuple[tuple[str, re.Pattern[str], Replace], ...] = (
    (
        "name",
        re.compile(
            rf"\b((?i:(?:my|our|the|this|a|your)\s+(?:new\s+|old\s+)?(?:patient|pt|client|mother|father|mum"
            rf"|mom|dad|wife|husband|son|daughter|sister|brother|friend|uncle|aunt|grandmother|grandfather"
            rf"|baby|child)|patient"
            rf"|pt)\s*[,:]?)\s+{_UNLIKELY}{_NAME}(?:\s+{_UNLIKELY}{_NAME}){{0,2}}(?:['’]s)?"
        ),
        r"\1 [name]",
    ),
)
"""Rules that tell a name by its capital letter alone: of no use in a headline."""


def redact(text: str) -> Redacted:
    """Replace text that may identify a patient.

    Args:
        text: a question as it was typed.

    Returns:
        The text with each place replaced by its kind in brackets, such as ``[name]``, without characters that
        hide text (zero-width, bidirectional); ``found`` has the kind of each place.
    """
    clean = visible(text)
    found: list[str] = []
    for kind, pattern, replacement in (*_RULES, *(() if _headline(clean) else _BY_CAPITALS)):
        clean, times = pattern.subn(replacement, clean)
        found += [kind] * times
    return Redacted(clean, tuple(found))


def _headline(text: str) -> bool:
    """Whether most long words of ``text`` begin with a capital."""
    initials = [word[0] for word in re.findall(r"[^\W\d_]{5,}", text)]
    return len(initials) >= 4 and sum(letter.isupper() for letter in initials) > 0.8 * len(initials)
