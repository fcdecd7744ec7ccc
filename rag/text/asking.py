"""The words in which questions are asked: auxiliaries, evaluations, relations, verbs, prepositions.

Regular expressions for ``pico``, to be matched without regard to case.
"""

from __future__ import annotations

import re

AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|may|might|must|has|have|had|shall|isn't"
    r"|aren't|doesn't|don't|can't|shouldn't)"
)
POLAR = re.compile(
    rf"^(?:(?:and|but|so|also|if|after|in|for|among)\b[^,:?]*[,:\s]\s*)?{AUXILIARY}\b\s+\S", re.I
)
OPEN = re.compile(
    r"^\W*(?:(?:in|for|among|at|to|by|from|on|with)\s+)?(?:what|which|who|whom|whose|when|where|why|how|list"
    r"|describe|explain"
    r"|define|name|give|please|tell|compare)\b",
    re.I,
)

EVALUATION = (
    r"(?:contra-?indicated|indicated|effective|efficacious|safe|useful|helpful|beneficial|feasible|necessary"
    r"|needed|required|recommended|justified|justifiable|appropriate|superior|inferior|better|worse|reliable"
    r"|accurate|valid|adequate|sufficient|possible|worthwhile|worth|warranted|acceptable|viable|harmful"
    r"|dangerous|toxic|essential|mandatory|advisable|suitable|reasonable|desirable|equivalent|comparable"
    r"|preferable|cost-effective|cost effective|applicable|available|approved|licensed"
    r"|(?:clinically )?relevant|predictive|specific|sensitive|an? (?:\S+ )?(?:safe|effective|useful|good"
    r"|reliable|valid|accurate|acceptable|feasible|viable|reasonable|valuable|better|adequate|appropriate"
    r"|realistic|worthwhile|necessary|suitable)\b[^,]*?(?=\s(?:in|for|to|of|among|than|after)\b|$)"
    r"|the (?:best|ideal|optimal|most|gold|key|answer|goal|treatment|first)\b[^,]*?(?=\s(?:in|for|to|of|among"
    r"|than)\b|$)|an? (?:alternative|option|contra-?indication|contributor|tool)\b|be (?:used|recommended"
    r"|considered|offered|given|performed|stopped|omitted|avoided|continued|started|routinely used|treated"
    r"|prescribed|administered|indicated|done|delayed|included|screened|tested|measured|optimized|restored"
    r"|prevented|improved|modified|the|a|an|useful|safe|effective|reliable|substituted|discontinued|withheld"
    r"|replaced|managed|diagnosed|detected|reduced|predicted|determined|safely|cost-effective|\w+ed)|used"
    r"|recommended|given|offered|utilized|work|works|benefit|benefits|efficacy)"
)
RELATION = (
    r"(?:(?:\w+ly )?(?:associated|related|linked|correlated|connected|involved|dependent"
    r"|implicated)(?: \w+ly)?(?: with| to| in| on)?|(?:caused|influenced|affected|determined|altered"
    r"|increased|decreased|reduced|impaired|modified|predicted|compromised|improved|explained|mediated"
    r"|underdiagnosed|overestimated|elevated)(?: by| in| with)?|an? (?:\S+ ){0,3}(?:risk factor|predictor"
    r"|marker|indicator|cause|sign|forerunner|determinant|complication|consequence|target|candidate|surrogate"
    r"|biomarker|tool|factor|inhibitor|form|type|part|symptom|precursor|contra-?indication|benefit)s?(?: for"
    r"| of| in| to)?|(?:risk factors?|predictors?|markers?)(?: for| of)|able to predict|responsible for"
    r"|due to|(?:more|less|as) \w+(?: \w+)?(?= than| in| as|$)|different(?: from)?|similar to"
    r"|protective(?: against)?)"
)
VERB = (
    r"(?:reduce|lower|decrease|diminish|speed(?: up)?|hasten|(?<!patients )(?<!people )(?<!we )stop|halt"
    r"|reverse|resolve|ease|eradicate|rule (?:out|in)|exclude|confirm|improve|increase|raise"
    r"|enhance|prevent|predict|affect|influence"
    r"|impact|cause|lead to|contribute to|result in|change|alter|modify|alleviate|relieve|attenuate"
    r"|ameliorate|treat|cure|help|play|have|provide|offer|promote|protect(?: against| from)?|inhibit|induce"
    r"|trigger|worsen|aggravate|delay|shorten|prolong|accelerate|slow|correlate with|relate to|associate with"
    r"|discriminate|differentiate|distinguish|detect|diagnose|identify|determine|indicate"
    r"|reflect|confer|carry|add|save"
    r"|compromise|impair|damage|harm|benefit(?: from)?|need|require|justify|replace|eliminate|modulate"
    r"|regulate|control|mediate|make|produce|receive|miss|know|restore|counteract|support|suppress|stimulate"
    r"|exist|occur|interact with|bind|target|express|encode|cross|matter|work|differ|vary|depend on"
    r"|account for|coincide with|serve|substitute|explain|drive|facilitate|hinder|limit|avoid|preserve"
    r"|maintain|achieve|generalize|measure|estimate|lengthen|precede|predispose to|put|participate|represent"
    r"|want|get|die|survive|respond(?: to)?|obviate|potentiate|elucidate"
    r"|use(?! (?:lead|cause|increas|decreas|reduc|rais|lower|improv|affect|prevent|protect|worsen|alter"
    r"|change|influence|impair|delay)))"
)
COMPARED = (
    r"\b(?:(?:when )?compared (?:with|to)|in comparison (?:with|to)|versus|vs\.?|v\.|rather than|instead of"
    r"|as opposed to|(?<=superior )to|(?<=inferior )to|than)\s+"
)
PLACE = (
    r"\b(?:in|among|amongst|undergoing|after|following|during|from|at|with|when|on|before|within|between"
    r"|receiving|without|under|prior to|by)\b"
)
SETTING = r"\b(?:in|among|amongst|undergoing|after|following|during|before|within|receiving|prior to)\b"
"""The prepositions that lead to people or a setting also within a subject."""
PRONOUN = re.compile(
    r"^(?:it|they|this|these|there|that|them|we|one|the two)\b\s*(?:really |still |always |a )?", re.I
)
LEADING = re.compile(
    r"^(?:the |a |an |any |some |all |both |each |either |our |your |their |its |that |use of |usage of "
    r"|routine use of |routine |really |still |currently |treatment with |therapy with |administration of "
    r"|application of |(?:very )?"
    r"early (?=use of )|also |often |always |generally )+",
    re.I,
)
PURPOSE = re.compile(
    r"^(?:the )?(?:(?:\w+ ){0,2}(?:treatment|therapy|management|diagnosis|prevention|detection|evaluation"
    r"|assessment|prediction|treating|managing|diagnosing|preventing|detecting|evaluating|care|follow-up"
    r"|setting|case|presence|cases|prophylaxis|staging|healing|treat|manage|prevent|diagnose|detect"
    r"|cure)(?: and \w+)?)(?: of| for|(?<=ing)|(?<=treat)"
    r"|(?<=manage)|(?<=prevent)|(?<=diagnose)|(?<=detect)|(?<=cure))\s+",
    re.I,
)
EMPTY = re.compile(
    r"^(?:there|it|they|we|this|these|you|i|one|practice|general|use|treatment|therapy|a|the|an|really"
    r"|still)$",
    re.I,
)
