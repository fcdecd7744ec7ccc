"""Parts of an abstract that state no finding: aims, methods, registration, funding."""

from __future__ import annotations

import re

_PAPER = re.compile(
    r"fund|registr|trial (?:id|number)|support|sponsor|copyright|key ?words|disclos|conflict|declaration"
    r"|ethic|acknowledg|availab",
    re.IGNORECASE,
)
_TO_FIND_OUT = (
    r"to (?:assess|evaluate|determine|compare|investigate|examine|explore|study|test|identify|describe|review"
    r"|analy[sz]e|estimate|establish|clarify|report|measure|develop|characteri[sz]e|quantify|summari[sz]e)\b"
)
_THIS_STUDY = (
    r"(?:this|our|the present|the current) (?:[a-z-]+ )?(?:study|trial|review|paper|article|work|analysis)"
)
_WAS_TO = r"(?:was|is) (?:designed|conducted|undertaken|performed|planned) to"
_ASKS = re.compile(
    rf"^(?:(?:aims?|objectives?|purpose|background|introduction)\b\W*)?(?:{_TO_FIND_OUT}"
    r"|(?:the|our) (?:main |primary )?(?:aims?|objectives?|purpose|goal)\b"
    rf"|{_THIS_STUDY} (?:aim|sought|set out|{_WAS_TO})"
    r"|(?:here,? )?we (?:aim|sought|set out|hypothesi[sz]ed|wanted)\b)"
    r"|\bNCT\d{6,}|\bISRCTN\d|\bclinicaltrials\.gov|\bfunded by\b|\bgrants? (?:from|number|no)\b",
    re.IGNORECASE,
)


_METHODS = re.compile(
    r"\b(?:was|were) (?:then |all )?(?:randomly|randomi[sz]ed|assigned|allocated|recruited|enrol+ed|included"
    r"|searched|invited|divided|conducted|carried out|undertaken|developed using)\b"
    r"|\bwe (?:randomly|randomi[sz]ed|recruited|enrol+ed|included|searched|conducted|undertook)\b"
    r"|\bconsidered (?:to be )?(?:statistically )?significant\b"
    r"|\b(?:differ\w*|similar|comparable|balanced)\b[^.;]{0,60}\bat baseline\b",
    re.IGNORECASE,
)
_DONE = (
    r"(?:record|measur|assess|evaluat|collect|calculat|analy[sz]|monitor|examin|determin|review|obtain|compar"
    r"|document|perform|stud|investigat|test|follow|summari[sz]|extract)(?:ed|ied)"
)
_SET_UP = re.compile(
    rf"\b(?:was|were) (?:\w+ly |then |all |also )?{_DONE}\b|\b(?:was|were) used (?:to|for)\b|\bwe {_DONE}\b"
    r"|\bwe present (?:the|our) results\b|\brandomi[sz]ed to\b"
    r"|\b(?:groups?|arms?) (?:[A-D]|[1-4]|I{1,3})\b[^.;]{0,30}?\b(?:had|comprised|consisted of|included"
    r"|contained|received|underwent) "
    r"|\b(?:received|were given|underwent)\b[^.;]*\b(?:or|versus|vs\.?) (?:a )?(?:placebo|no treatment"
    r"|usual care|control)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\bsignifican|\bp\s*[<=>≤]|\bCIs?\b|\bconfidence interval|\bratio\b|\bthan\b|\bdiffer|\bsimilar"
    r"|\bassociated\b|\b(?:higher|lower|greater|fewer|better|worse|longer|shorter|no|not|improved|reduced"
    r"|increased|decreased|effective|superior|concluded?)\b",
    re.IGNORECASE,
)
_HEADED_METHODS = re.compile(
    r"^(?:OBJECTIVES?|AIMS?|PURPOSE|BACKGROUND|CONTEXT|INTRODUCTION|METHODS?|MATERIALS?|DESIGN|SETTING"
    r"|PARTICIPANTS|PATIENTS|SUBJECTS|INTERVENTIONS?|MAIN OUTCOMES?|OUTCOME MEASURES?|DATA SOURCES?"
    r"|STUDY (?:DESIGN|SELECTION|POPULATION))\b(?! AND (?:RESULTS|FINDINGS))"
    r"|^(?:Objectives?|Aims?|Purpose|Background|Introduction|Methods?|Design|Setting|Participants|Interventions?"
    r"|Main outcome measures?)(?:\s*[:.]|\s+[A-Z])|^What is (?:already )?known\b"
)
_KNOWN_OR_WANTED = re.compile(
    r"\b(?:has|have) (?:recently |long )?been (?:used|explored|proposed|developed|introduced|advocated)\b"
    r"|\bgaps? in (?:the |our )?(?:knowledge|literature|evidence)\b|\blittle is known\b"
    r"|\bis (?:unknown|not known)\b"
    r"|^(?:further|future|larger|additional|more|such)\b[^.;]{0,80}\b(?:stud|trial|research|investigat|evaluat)"
    r"|\brequires? (?:further|more|additional)\b"
    r"|\b(?:further|more|larger|additional) (?:\w+ ){0,2}?(?:stud|trial|research)\w* (?:are|is) "
    r"(?:needed|required|warranted)\b",
    re.IGNORECASE,
)
"""What was known before, or should be studied next."""
_FINDING = re.compile(
    rf"{_COMPARES.pattern}|\b(?:safe|tolerated|beneficial|harmful|useful|feasible|acceptable|promising)\b"
    r"|\b(?:improv|reduc|increas|decreas|lower|prevent|rais|shorten|prolong|enhanc|mitigat|attenuat|relie[fv]"
    r"|declin|protect|worsen|resol|help|recover|benefi|induc|caus|impair|correlat|predict|recommend|comparab)"
    r"|\b(?:shows?|showed|suggest|demonstrat|indicat|support|confirm|reveal|found)"
    r"|\b(?:occurred|developed|died|survived|achieved|reached|experienced|exhibited|resulted|led to|fell"
    r"|rose)\b"
    r"|\b(?:should|may|might)\b|\bmost (?:common|frequent)|\d\s*%",
    re.IGNORECASE,
)


def about_the_paper(label: str) -> bool:
    """Whether a section of this label tells of the paper (funding, registration), not of the study."""
    return bool(_PAPER.search(label))


def asks_or_registers(sentence: str) -> bool:
    """Whether a sentence says what a study set out to do, or where it is registered and who paid for it."""
    return bool(_ASKS.search(sentence))


def tells_methods(sentence: str) -> bool:
    """Whether a sentence tells who was recruited or allocated, or how a study was done.

    One that compares or tells a result beside how it was measured does not.
    """
    if _METHODS.search(sentence) or _HEADED_METHODS.match(sentence):
        return True
    return bool(_SET_UP.search(sentence)) and not _COMPARES.search(sentence)


def tells_finding(sentence: str) -> bool:
    """Whether a sentence has the words of a result or a conclusion.

    One that tells methods, an aim, what was known before or what should be studied next has none, unless a
    result stands before that.
    """
    if tells_methods(sentence) or asks_or_registers(sentence):
        return False
    aside = _KNOWN_OR_WANTED.search(sentence)
    if aside:
        return bool(_COMPARES.search(sentence[: aside.start()]))
    return bool(_FINDING.search(sentence))
