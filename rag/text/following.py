"""The forms in which follow-ups are asked: their opening words, what they ask of a topic, pronouns, people.

Regular expressions for ``rag.answering.condense``, to be matched without regard to case.
"""

from __future__ import annotations

import re

LEAD = re.compile(
    r"^\W*(?:(?:and|but|or|so|ok(?:ay)?|now|then|also|only|just|what about|how about|what if"
    r"|same (?:question )?for"
    r"|(?:what is|is there|are there|any)(?: the| any)? (?:evidence|data|studies|trials)"
    r"(?: for (?:it|this|that))?(?= (?:in|among|for|during|after|with)))\b[\s,]*)+",
    re.I,
)
COMPARED = re.compile(
    r"^(?:is (?:it|this|that) (?:any )?(?:better|worse|safer|superior|inferior|more effective) (?:than|to)"
    r"|(?:how does (?:it|this|that) compare|compared|in comparison) (?:with|to)|versus|vs\.?|against"
    r"|rather than|instead of)\s+(?P<x>.+)$",
    re.I,
)
SETTING = re.compile(
    r"^(?P<how>in|among|for|during|after|before|with|without|at|within|over|under)\s+(?P<x>.+)$", re.I
)
STATE = re.compile(
    r"^(?:they|he|she|(?:the |these )?(?:patients?|people|women|men|children))\s+(?P<verb>have|has|are|is)\s+"
    r"(?P<x>.+)$",
    re.I,
)
TIME = re.compile(r"^(?:the (?:first|last|next)|\d+)\b.*\b(?:hours?|days?|weeks?|months?|years?)$", re.I)
_ASPECT = (
    r"^(?:(?:what|which)(?:'s| is| are| about)?\s+|(?:are|is) )?(?:there )?(?:the |its |their |any )*(?:{})"
    r"(?: (?:of (?:it|this|that)|is best))?$"
)
ASPECTS = tuple(
    (re.compile(_ASPECT.format(form), re.I), whole)
    for form, whole in (
        (
            r"(?:(?:optimal|best|right|recommended|usual) )?dos(?:es?|age|ing)|how much",
            "What is the dose of {topic}?",
        ),
        (
            r"harms?|risks?|(?:side|adverse) e(?:ffects?|vents?)|toxicity|safety|complications?",
            "What are the harms of {topic}?",
        ),
        (r"benefits?|efficacy|effectiveness", "What are the benefits of {topic}?"),
        (
            r"(?:duration|length)(?: of (?:treatment|therapy))?|(?:for )?how long",
            "What is the duration of {topic}?",
        ),
        (r"costs?|cost-effectiveness", "What is the cost-effectiveness of {topic}?"),
        (r"mechanisms?", "What is the mechanism of {topic}?"),
        (r"contra-?indications?", "What are the contraindications of {topic}?"),
        (r"interactions?", "What are the interactions of {topic}?"),
        (r"timing|time window", "What is the timing of {topic}?"),
        (r"(?:in the )?long[- ](?:term|run)", "What are the long-term effects of {topic}?"),
        (r"prognosis|long[- ]term outcomes?|outcomes?", "What is the prognosis of {people}?"),
        (
            r"alternatives?|other (?:treatments?|options)|what else (?:can|could|may) be (?:given|used|done)",
            "What treatments have been reported for {people}?",
        ),
    )
)
"""What a follow-up may ask, and the whole question; one about people alone names no treatment."""
SUBJECT = re.compile(
    r"\b(?:it|this|that|they"
    r"|(?:the|this|that|such) (?:drug|treatment|therapy|procedure|intervention|medication|test))\b",
    re.I,
)
PATIENTS = re.compile(
    r"\b(?:them|(?:these|those|such) (?:patients|people|children|women|men|adults))\b", re.I
)
PEOPLE = re.compile(
    r"\b(?:(?:healthy|older|elderly|young|pregnant|premature|critically ill|hospitali[sz]ed)\s+)?"
    r"(?:adults?|children|infants|neonates|newborns|adolescents|women|men|people|patients|elderly"
    r"|smokers|survivors|recipients|athletes|workers|users|carriers|students|diabetics)\b",
    re.I,
)
CONDITION = re.compile(
    r"\b\w{2,}(?:itis|osis|aemia|emia|oma|pathy|algia|ache)\b"
    r"|\b(?:diseases?|syndromes?|disorders?|failure|injur(?:y|ies)"
    r"|cancers?|infections?|infarctions?|pain|sepsis|fractures?|ulcers?|deficiency)\b",
    re.I,
)
BESIDE = re.compile(
    r"pregnan|breast-?feeding|lactat|renal|kidney|liver|hepatic|diabet|obes|elderly|frail|immuno|dialysis|older",
    re.I,
)
"""States that people have beside the condition that is asked about."""
