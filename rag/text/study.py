"""How titles and abstracts say what kind of study they report: the wording, as patterns.

``answering/design_rules.py`` decides what the patterns mean and in which order they count.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_OTHERS_WORK = _any(
    r"\b(?:are|is|were)\s+(?:still\s+|urgently\s+|therefore\s+|now\s+|clearly\s+)?"
    r"(?:needed|warranted|required|lacking|encouraged)\b",
    r"\b(?:need|lack|absence|paucity)\s+(?:of|for)\b[^.]*\b(?:trials?|stud(?:y|ies))\b",
    r"\b(?:future|further|larger?)\s+[\w\s,-]{0,60}\b(?:trials?|stud(?:y|ies))\b",
    r"\b(?:exclud(?:ed|ing)|previous(?:ly)?|earlier|prior)\b[^.]*\b(?:trials?|stud(?:y|ies)|reviews?)\b",
)

_OTHERS = _any(
    r"\b(?:needed|warranted|required|lacking|encouraged|need|lack|absence|paucity|future|further|larger?|exclud\w+|"
    r"previous(?:ly)?|earlier|prior)\b"
)
"""A word that each of the patterns above has: it is looked for first, for speed."""


def own_words(text: str) -> str:
    """``text`` without the sentences about studies that others did or that nobody did yet."""
    sentences = re.split(r"(?<=\.)\s+", text)
    return " ".join(one for one in sentences if not (_OTHERS.search(one) and _OTHERS_WORK.search(one)))


# --- Protocols, notices of opinion ------------------------------------------------------------------

PROTOCOL_TITLE = _any(
    r"\b(?:study|trial|review|research|meta-?analysis|cohort|studies)\s*protocol\b",
    r"\bprotocol\s+(?:for|of)\s+(?:a|an|the|two|three)\b[^.]*\b(?:trial|study|review|meta-analysis|cohort|survey)\b",
    r"[:.-]\s*(?:a\s+)?(?:\w+\s+){0,3}protocol\.?\s*$",
    r"\brationale(?:,|\s+and)\s+(?:\w+\s+)?(?:design|methods|protocol)\b",
    r"\bdesign\s+and\s+rationale\b",
    r"\bstudy\s+design\s+and\s+(?:methods|protocol)\b",
)
PLANNED = _any(
    r"\bwill(?:\s+also|\s+then)?\s+(?:be\s+(?:\w+ly\s+)?(?:randomi[sz]|recruit|enrol|assign|allocat|invit|measur|"
    r"assess|conduct|collect|compar|analy[sz]|includ|perform|follow|evaluat|divid|us)\w*|"
    r"perform|conduct|recruit|enrol|compare|assess|test|measure|randomi[sz]e|investigate|evaluate|include|"
    r"involve|receive|examine)\b"
)
COMMENT_TITLE = _any(
    r"^\W*(?:commentary|editorial|viewpoint|(?:invited|expert)\s+comment\w*|(?:in\s+)?reply|response\s+to|letter\s+to)\b",
    r"[:.-]\s*(?:an?\s+)?(?:commentary|editorial|viewpoint)\.?\s*$",
)
CASE_TITLE = _any(
    r"\bcase\s+(?:reports?|of)\b",
    r"\bin\s+an?\s+\w+[- ](?:year|month|week|day)s?[- ]old\b",
    r"\b(?:in|of)\s+a\s+(?:\w+\s+)?(?:patient|child|infant|woman|man|boy|girl)\b",
)
LETTER_WITH_DATA = _any(
    r"\bwe\s+(?:report|describe|present|treated|studied|analy[sz]ed|enrolled|conducted|evaluated|included)\b",
    r"\b(?:patients|participants)\s+were\b",
)
RESULTS = _any(
    r"\b(?:results?|showed|shows?|found|findings|significant(?:ly)?|observed|measured|analy[sz]ed|collected|performed|tested|"
    r"compared|evaluated|detected|demonstrated?|revealed?|reveals|included|investigated|obtained|determined|reported?|identif\w+|"
    r"described?|here|developed|studied|examined|assessed)\b",
    r"\d\s?%|\bn\s?=|\bp\s?[<=]",
)
"""A word or a figure of a study of one's own: an abstract without any tells what others found."""
GUIDELINE_TITLE = _any(
    r"\b(?:clinical|practice|evidence-based|management|consensus|society|association|college|\w+an)\s+guidelines?\b",
    r"^guidelines?\b",
    r"\bguidelines?\.?$",
    r"\bconsensus\s+(?:statement|recommendations?|report|document|guidelines?)\b",
    r"\b(?:position|scientific|policy)\s+(?:statement|paper)\b",
    r"\bexpert\s+consensus\b",
    r"\bofficial\b[^.]*\b(?:statement|report)\b",
    r"\btask\s+force\s+(?:report|recommendation)",
)
ABOUT_GUIDELINES = _any(
    r"\b(?:adherence|compliance|impact|effects?|implement\w+|adoption|use|concordan\w+|comparison|according|"
    r"evaluation|survey|knowledge|review|quality|appraisal)\b[^.]*\bguidelines?\b"
)

# --- Reviews ----------------------------------------------------------------------------------------

META_TITLE = _any(r"\bmeta-?\s?anal[yi]\w*", r"\bmeta-regression\b", r"\bmetaanaly\w*")
SYSTEMATIC_TITLE = _any(
    r"(?<!non)(?<!non[- ])\bsystematic\s+(?:\w+\s+){0,3}(?:review|overview|synthesis|search)\b",
    r"\bsystematic\s+reviewand\b",
    r"\bsystematically\s+review",
    r"\bumbrella\s+review\b",
)
SYSTEMATIC_TEXT = _any(
    r"\b(?:this|our|present|current)\s+(?:\w+\s+){0,2}systematic\s+(?:\w+\s+){0,2}review\b",
    r"\bwe\s+(?:\w+\s+){0,3}(?:conducted|performed|undertook|did|carried\s+out)\s+(?:a|an)\s+(?:\w+\s+){0,3}"
    r"systematic(?:ally)?\s+(?:\w+\s+){0,2}(?:review|search)\b",
    r"\ba\s+systematic\s+(?:literature\s+|\w+\s+)?(?:review|search)\s+(?:of\s+[\w\s,-]{1,60}\s+)?"
    r"(?:was|were)\s+(?:conducted|performed|undertaken|done|carried\s+out)\b",
    r"\bwe\s+systematically\s+(?:reviewed|searched)\b",
    r"\bPRISMA\b",
    r"\bPreferred\s+Reporting\s+Items\s+for\s+Systematic\b",
)
SCOPING = _any(r"\bscoping\s+(?:\w+\s+)?review\b", r"\b(?:evidence|systematic)\s+map(?:ping)?\b")
NARRATIVE = _any(
    r"\bnarrative\s+(?:literature\s+)?review\s+(?:was|is|aims?)\b", r"\bthis\s+narrative\s+review\b"
)
REVIEW_NAMED = _any(
    r"\b(?:this|present|current|our)\s+(?:\w+\s+)?(?:mini-?)?(?:review|overview)(?:\s+article|\s+paper)?s?\b",
    r"\b(?:this|the\s+present)\s+(?:article|paper|chapter|work|manuscript)\s+(?:\w+ly\s+)?(?:reviews|summari[sz]es|discusses|"
    r"provides\s+an\s+overview|outlines|highlights)\b",
    r"\b(?:here|herein|in\s+this\s+(?:article|paper|work|chapter)),?\s+we\s+(?:\w+ly\s+)?(?:review|summari[sz]e|discuss|outline)\b",
    r"\bwe\s+(?:\w+ly\s+)?(?:review|summari[sz]e)\s+(?:the|recent|current|how|what|evidence|advances|several|our|some|various)\b",
    r"\bwe\s+will\s+(?:review|discuss|summari[sz]e)\b",
    r"\b(?:is|are)\s+(?:critically\s+|briefly\s+|also\s+)?reviewed\b",
)
"""How an abstract says that it is a review of what others found."""
REVIEW_TITLE = _any(
    r"[:.-]\s*(?:an?\s+)?(?:\w+\s+){0,2}(?:review|overview|update|primer)\W*$",
    r"^(?:an?\s+)?(?!.{0,30}\b(?:retrospective|chart|case|record)s?\b)(?:\w+\s+){0,2}(?:review|overview)\s+(?:of|on)\b",
    r"\b(?:recent|current)\s+(?:advances|insights|progress|trends|concepts|understanding|developments)\b",
)
CASES_REVIEWED = _any(
    r"\b(?:case\s+report|records|charts?|files|patients|cases)\s+(?:\w+\s+)?(?:were|was)\s+(?:\w+ly\s+)?reviewed\b"
)
SEARCHED = _any(
    r"\b(?:systematic\w*|prisma|search(?:ed|es)?|databases|pubmed|medline|embase|scopus|cochrane)\b",
    r"\b(?:included|eligible|identified|retrieved|published)\s+(?:\w+\s+){0,2}(?:studies|trials|articles|papers)\b",
    r"\b(?:studies|trials|articles|papers|publications)\s+(?:\w+\s+){0,3}(?:were|was)\s+(?:\w+\s+)?(?:included|identified|"
    r"selected|reviewed|pooled|analy[sz]ed)\b",
    r"\bdata\s+from\s+\d+\s+(?:studies|trials)\b",
    r"\bpooled\b",
)
RANDOMISED_STUDIES = _any(
    r"(?<!non)(?<!non[- ])(?<!quasi-)\brandomi[sz]ed[,\s\w()/-]{0,60}?\b(?:trials|studies|RCTs)\b",
    r"\bRCTs?\b",
    r"\brandomi[sz]ed\s+(?:controlled\s+|clinical\s+)*trial\s+(?:evidence|data)\b",
    r"\b(?:placebo|sham)\b",
    r"\b(?:jadad|revman|PEDro)\b",
    r"\bcochrane\s+(?:\w+\s+){0,3}(?:risk|bias|handbook)\b",
    r"\brisk\s+of\s+bias\s+(?:tool\s+)?2\b",
)
OTHER_STUDIES = _any(
    r"\bobservational\b",
    r"\bnon-?\s?randomi[sz]ed\b",
    r"\bcohorts?\b",
    r"\bcase[- ]control\b",
    r"\bcross-?\s?sectional\b",
    r"\b(?:retrospective|prospective)\s+(?:or\s+\w+\s+|and\s+\w+\s+|\w+\s+)?stud(?:y|ies)\b",
    r"\bcase\s+(?:series|reports?)\b",
    r"\bquasi-?\s?(?:experimental|randomi[sz]ed)\b",
    r"\bepidemiolog\w+\s+(?:research|studies)\b",
    r"\b(?:registry|single-arm|longitudinal|before-after)\s+stud(?:y|ies)\b",
    r"\bstudies\s+of\s+any\s+design\b",
    r"\bprevalence\s+stud(?:y|ies)\b",
)
MIXED_STUDIES = _any(
    r"\bin\s+vitro\b",
    r"\bbefore[- ](?:and[- ])?after\s+stud(?:y|ies)\b",
    r"\b(?:all|any)\s+(?:clinical\s+|original\s+|types?\s+of\s+)(?:\w+\s+)?studies\b",
    r"\b(?:all|any)\s+(?:types?\s+of\s+)?(?:study|research)\s+designs?\b",
    r"\bclinical\s+(?:trials|studies)\s+and\s+(?:\w+\s+){0,3}(?:animal|in\s+vivo|preclinical|observational)\b",
    r"\b(?:qualitative|mixed[- ]methods?)\s+(?:and\s+\w+\s+)?(?:studies|research)\b",
)
"""What shows that a review is not of one kind of study."""
OBSERVATIONAL_TOPIC = _any(
    r"\b(?:prevalences?|incidence|seroprevalence|associations?|risk\s+(?:of|for|factors?)|associated|epidemiolog\w+|predict\w+|"
    r"prognos\w+|determinants|correlates?|correlation|relations?(?:hip)?|exposures?|burden|frequency|mortality|influence|"
    r"cohorts?|real-world|causes?|aetiolog\w+|etiolog\w+|outbreaks?|survivors|natural\s+history|genotypes?)\b"
)
OBSERVED_EFFECT = _any(
    r"\bnewcastle\b",
    r"\bpooled\s+(?:\w+\s+){0,2}(?:prevalence|incidence|hazard|odds)\b",
    r"\bhazard\s+ratios?\b",
    r"\brisk\s+factors?\s+(?:for|of)\b",
    r"\bepidemiological\s+stud",
    r"\bassociations?\s+(?:between|of|with)\b",
    r"\bcase\s+fatality\b",
)
DIAGNOSTIC_TITLE = _any(
    r"\bdiagnostic\s+(?:test\s+)?(?:accuracy|performance|value|yield|utility|validity|efficacy|efficiency)\b",
    r"\b(?:test\s+)?accuracy\s+of\b",
    r"\bsensitivity\s+and\s+specificity\b",
    r"\b(?:in|for)\s+(?:the\s+)?(?:\w+\s+){0,2}(?:diagnosis|detection|identification|discrimination)\s+of\b",
)
ACCURACY_TEXT = _any(
    r"\bsensitivit(?:y|ies)\b[^.]{0,80}\bspecificit(?:y|ies)\b",
    r"\bspecificit(?:y|ies)\b[^.]{0,80}\bsensitivit(?:y|ies)\b",
    r"\bdiagnostic\s+(?:accuracy|performance)\b",
    r"\b(?:missed\s+diagnosis|misdiagnosis)\s+rate\b",
    r"\b(?:AUC|AUROC|area\s+under\s+the\s+(?:ROC\s+|receiver[^.]{0,30})?curve)\b[^.]{0,120}\bdiagnos",
)
CASE_STUDIES = _any(
    r"\breview\s+of\s+(?:\w+\s+){0,3}(?:case\s+reports|cases|published\s+cases|case\s+series)\b",
    r"\b(?:case\s+reports?\s+(?:and|or)\s+case\s+series|case\s+series\s+(?:and|or)\s+case\s+reports?)\b",
)

CASES_INCLUDED = _any(
    r"\bcase\s+reports?\b",
    r"\bcase\s+series\b",
    r"\b(?:published|reported|identified|individual)\s+cases\b",
    r"\bcases\s+(?:\w+\s+){0,2}(?:reported|published|identified|described)\b",
)
CONTROLLED_STUDIES = _any(
    r"\bcohort\b",
    r"\bcase[- ]control\b",
    r"\bcross-?\s?sectional\b",
    r"\bobservational\b",
    r"\bcomparative\b",
    r"\btrials?\b",
    r"\b(?:retro|pro)spective\b",
    r"\bprevalence\b",
    r"\bincidence\b",
)

# --- Trials -----------------------------------------------------------------------------------------

SECONDARY = _any(
    r"\b(?:secondary|post[- ]?hoc|ancillary|exploratory|retrospective)\s+(?:\w+\s+){0,2}analys[ei]s\s+"
    r"(?:of|from|using|in)\s+(?:\w+\s+){0,3}(?:data\s+(?:from|of)\s+)?[^.]{0,60}"
    r"\b(?:trial|study|stud(?:y|ies)|trials|RCTs?|cohort)\b",
    r"\b(?:observational|cohort|cross-sectional)?\s*stud(?:y|ies)\s+was\s+(?:part\s+of|nested\s+(?:with)?in)\b[^.]*"
    r"\b(?:randomi[sz]ed|trial)\b",
    r"\b(?:sub-?study|sub-?analysis)\s+of\s+(?:the|a)\b[^.]{0,60}\btrial\b",
    r"\banalys[ei]s\s+(?:was|were)\s+(?:performed|conducted|done)\s+within\s+(?:a|the)\s+(?:\w+\s+){0,3}"
    r"randomi[sz]ed\b",
)
SECONDARY_TITLE = _any(
    r"\b(?:secondary|post[- ]?hoc|ancillary)\s+(?:\w+\s+){0,2}analys[ei]s\b",
    r"\b(?:sub-?study|sub-?analysis|sub-?group\s+analysis)\b",
    r"\bdata\s+from\s+(?:a|an|the|two)\s+[^.]*\btrials?\b",
    r"\banalys[ei]s\s+of\s+(?:[\w-]+\s+){0,4}trials?\b",
)
RANDOMISED_TITLE = _any(
    r"(?<!non-)(?<!non)(?<!non )(?<!quasi-)\brandomi[sz]ed\b[^.;:]{0,80}"
    r"\b(?:trial|study|comparison|evaluation|experiment|investigation)\b(?!s)",
    r"(?<!non-)(?<!non)(?<!non )(?<!quasi-)\brandomi[sz]ed\s*[.:{]?\s*$",
    r"(?<!non-)\brandomi[sz]ed\s+controlled\s+trial\b",
)
RANDOMISED_TEXT = _any(
    r"\b(?:were|was|we|then|been)\s+(?:\w+ly\s+){0,2}(?:randomi[sz]ed|randomly\s+(?:assigned|allocated|divided|placed|"
    r"distributed|split|grouped|received|selected\s+to\s+receive)|assigned\s+(?:at\s+random|randomly)|"
    r"allocated\s+(?:at\s+random|randomly)|divided\s+randomly)\b",
    r"\b(?:participants|patients|subjects|women|men|children|adults|individuals|volunteers|infants|\d+)\s*(?:\w+\s+)?"
    r"(?<!non-)randomi[sz]ed\s+(?:to|into|in\s+a|between|\d)\b",
    r"\b(?:design|methods?|this|our|we\s+conducted|we\s+performed|we\s+did|^in|(?<=\.\s)in|in\s+this|in\s+our|was)\b[:,]?\s+(?:a|an|this|the|our)?\s*"
    r"(?:(?!(?:no|of|for|which|from)\b)[\w/-]+,?\s+){0,6}?"
    r"(?<!non-)(?<!quasi-)randomi[sz]ed,?\s+(?:[\w/-]+,?\s+){0,6}?(?:trial|study|design)\b",
    r"\brandomly\s+(?:assigned|allocated|placed|divided)\s+(?:in)?to\b",
)
NON_RANDOMISED = _any(
    r"\bnon-?\s?randomi[sz]ed\b", r"\bquasi-?\s?(?:experiment\w*|randomi[sz]ed)\b", r"\bnot\s+randomi[sz]ed\b"
)
SINGLE_ARM = _any(
    r"\b(?:single|one)[- ](?:arm|group)\b",
    r"\bphase\s+(?:I|1|Ib|1b|I/II|1/2|II|2|IIa|2a)\b(?![^.]*\b(?:randomi[sz]ed|versus|placebo|controlled)\b)",
    r"\buncontrolled\b",
    r"\bdose[- ]escalation\b",
)
ASSIGNED = _any(
    r"\bdouble[- ](?:blind|mask)\w*",
    r"\bplacebo\b",
    r"\bwere\s+(?:assigned|allocated)\s+to\b",
    r"\bexperimental\s+(?:study|group|and\s+control)\b",
)
COMPARED = _any(
    r"\b(?:control|comparison|experimental|intervention|treatment|treated|two|three|four|both|each|study)\s+(?:\w+\s+)?"
    r"(?:groups?|arms?)\b",
    r"\bgroups?\s+(?:[A-D]|[1-4]|I{1,3})\b",
    r"\b(?:placebo|versus|vs|controls|comparators?|sham)\b",
    r"\b(?:was|were)\s+compared\s+with\b",
    r"\bor\s+usual\s+care\b",
)

# --- Observational designs --------------------------------------------------------------------------

CASE_SERIES = _any(
    r"\bcase\s+series\b",
    r"\b(?:a|our|this)\s+series\s+of\b",
    r"\b(?:report|review|analysis|study)\s+of\s+(?:four|five|six|seven|eight|nine|ten|\w+teen|[4-9]|\d\d+)\s+"
    r"(?:\w+\s+){0,3}(?:cases|patients)\b",
)
_SEVERAL = r"(?:four|five|six|seven|eight|nine|ten|\w+teen|twenty|[4-9]|[1-9]\d+)"
_PERSONS = (
    r"(?:cases|patients|immigrants|travell?ers|adults|members|children|women|men|siblings|brothers|sisters|"
    r"infants|individuals)"
)
MORE_THAN_ONE = _any(rf"\b(?:two|three|both|[23])\s+(?:\w+[\s-]){{0,5}}{_PERSONS}\b", r"\b(?:twins|family)\b")
"""Words by which a report may be of more than one case."""
REPORTED_CASES = _any(
    rf"\bwe\s+(?:here(?:in|by)?\s+)?(?:report|describe|present)\s+(?:on\s+|our\s+experience\s+(?:with|in)\s+|"
    rf"the\s+(?:cases|courses?)\s+of\s+)?{_SEVERAL}\s+(?:\w+[\s-]){{0,5}}{_PERSONS}\b",
    rf"\b(?:report|cases)\s+of\s+{_SEVERAL}\s+(?:cases|patients)\b",
)
SEVERAL_CASES = _any(
    rf"(?:^|[.:;]\s*){_SEVERAL}\s+(?:\w+[\s-]){{0,5}}{_PERSONS}\b",
)
"""Only for what is known to report cases: elsewhere such words open any sentence about some of many."""
COHORT_NAMED = _any(r"\bcohort\s+(?:stud(?:y|ies)|analysis)\b")
MENDELIAN = _any(r"\bmendelian[\s-]*randomi[sz]ation\b")

# --- Animals and people ---------------------------------------------------------------------

SPECIES = _any(
    r"\b(?:mice|mouse|murine|rats?|rabbits?|zebrafish|drosophila|pigs?|piglets|porcine|swine|dogs?|canine|cats|"
    r"feline|sheep|ovine|cows?|cattle|bovine|calves|horses?|equine|monkeys?|macaques?|chickens?|broilers?|hamsters?|"
    r"guinea\s+pigs?|goats?|larvae|tilapia|shrimp|elegans|mosquito(?:es)?|ferrets?|birds?|knockout|wild-type)\b"
)
ANIMAL_STUDIES = _any(
    r"\b(?:in|of|on|from|using)\s+(?:\w+\s+){0,2}animal\s+(?:models?|studies|experiments)\b",
    r"\b(?:companion|farm|wild|laboratory)\s*animals\b",
    r"\bhost\s+species\b",
    r"\bstudies\s+(?:in|with)\s+(?:mice|rats|rodents)\b",
)
PEOPLE = _any(
    r"\b(?:patients?|participants?|volunteers|women|men|children|adolescents|adults|infants|individuals|"
    r"respondents|residents|workers|hospitali[sz]ed|clinical\s+trials?|people|persons|students|subjects|"
    r"families|mothers|cases|parents|caregivers|nurses|physicians)\b"
)
