"""How titles and abstracts say what kind of study they report: the wording, as patterns.

``answering/design.py`` decides what the patterns mean and in which order they count.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_NOT_SYSTEMATIC = re.compile(r"\bnon[- ]?systematic(?:ally)?\b", re.IGNORECASE)
_OTHERS_WORK = _any(
    r"\b(?:are|is|were)\s+(?:still\s+|urgently\s+|therefore\s+|now\s+|clearly\s+)?"
    r"(?:needed|warranted|required|lacking|encouraged)\b",
    r"\b(?:need|lack|absence|paucity)\s+(?:of|for)\b[^.]*\b(?:trials?|stud(?:y|ies))\b",
    r"\b(?:future|further|larger?)\s+[\w\s,-]{0,60}\b(?:trials?|stud(?:y|ies))\b",
    r"\b(?:exclud(?:ed|ing)|previous(?:ly)?|earlier|prior)\b[^.]*\b(?:trials?|stud(?:y|ies)|reviews?)\b",
)


def own_words(text: str) -> str:
    """``text`` without the sentences about studies that others did or that nobody did yet."""
    sentences = re.split(r"(?<=\.)\s+", _NOT_SYSTEMATIC.sub(" ", text))
    return " ".join(sentence for sentence in sentences if not _OTHERS_WORK.search(sentence))


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
LETTER_WITH_DATA = _any(
    r"\bwe\s+(?:report|describe|present|treated|studied|analy[sz]ed|enrolled|conducted|evaluated|included)\b",
    r"\b(?:patients|participants)\s+were\b",
)
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
META_TEXT = _any(r"\b(?:this|we|our|present|network|a)\s+(?:\w+\s+){0,6}meta-?\s?analys[ei]s")
SYSTEMATIC_TITLE = _any(
    r"\bsystematic\s+(?:\w+\s+){0,3}(?:review|overview|synthesis|search)\b",
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
REVIEW_TITLE = _any(
    r"\b(?:an?|the|brief|mini|short|narrative|literature|critical|comprehensive|updated?|integrative|this)?\s*"
    r"(?<!peer )(?<!chart )(?<!case )(?<!record )(?<!retrospective )(?<!records )(?<!note )\breview\b"
    r"(?!\s+(?:of\s+(?:\d+|\w+)\s+(?:cases|patients)|board|process))",
    r"\b(?:overview|state[- ]of[- ]the[- ]art|perspectives?|viewpoint|primer)\b",
    r"\b(?:recent|current)\s+(?:advances|insights|progress|trends|concepts|understanding|developments)\b",
)
REVIEW_TEXT = _any(
    r"\b(?:in\s+)?(?:this|the\s+present|present|the\s+current)\s+(?:\w+[\s-]){0,2}(?:mini-?)?(?:review|overview)"
    r"(?:\s+article|\s+paper)?s?,?\s+(?:we\s+)?(?:\w+ly\s+)?(?:aims?|summari|discuss|focus|provid|describ|highlight|"
    r"present|updat|cover|explor|outlin|examin|address|consider|critical|evaluat|will|is|has|presents|was|compil|"
    r"introduc|analy[sz]|report|various)\w*",
    r"\b(?:this|the\s+present)\s+(?:article|paper|chapter)\s+(?:\w+ly\s+)?(?:reviews|summari[sz]es|discusses|"
    r"provides\s+an\s+overview|outlines)\b",
    r"\b(?:here|herein),?\s+we\s+(?:\w+ly\s+)?(?:review|summari[sz]e|discuss)\b",
    r"\bwe\s+(?:\w+ly\s+)?(?:review|summari[sz]e|discuss)\s+(?:the|recent|current|how|what|evidence|advances|"
    r"potential|new|several|our|some|various)\b",
)

RANDOMISED_STUDIES = _any(
    r"\brandomi[sz]ed[,\s\w()/-]{0,60}?\b(?:trials|studies|RCTs)\b",
    r"\bRCTs?\b",
    r"\brandomi[sz]ed\s+(?:controlled\s+|clinical\s+)*trial\s+(?:evidence|data)\b",
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
OBSERVATIONAL_TOPIC = _any(
    r"\b(?:prevalence|incidence|seroprevalence|association|risk\s+factors?|associated\s+with|epidemiolog\w+)\b"
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

# --- Trials -----------------------------------------------------------------------------------------

SECONDARY = _any(
    r"\b(?:secondary|post[- ]?hoc|ancillary|exploratory|retrospective)\s+(?:\w+\s+){0,2}analys[ei]s\s+"
    r"(?:of|from|using|in)\s+(?:\w+\s+){0,3}(?:data\s+(?:from|of)\s+)?[^.]{0,60}"
    r"\b(?:trial|study|stud(?:y|ies)|trials|RCTs?|cohort)\b",
    r"\b(?:observational|cohort|cross-sectional)?\s*stud(?:y|ies)\s+was\s+(?:part\s+of|nested\s+(?:with)?in)\b[^.]*"
    r"\b(?:randomi[sz]ed|trial)\b",
    r"\b(?:sub-?study|sub-?analysis)\s+of\s+(?:the|a)\b[^.]{0,60}\btrial\b",
)
SECONDARY_TITLE = _any(
    r"\b(?:secondary|post[- ]?hoc|ancillary)\s+(?:\w+\s+){0,2}analys[ei]s\b",
    r"\b(?:sub-?study|sub-?analysis|sub-?group\s+analysis)\b",
    r"\bdata\s+from\s+(?:a|an|the|two)\s+[^.]*\btrials?\b",
)
RANDOMISED_TITLE = _any(
    r"(?<!non-)(?<!non)(?<!non )(?<!quasi-)\brandomi[sz]ed\b[^.;:]{0,80}"
    r"\b(?:trial|study|comparison|evaluation|experiment|investigation)\b(?!s)",
    r"(?<!non-)(?<!non)(?<!non )(?<!quasi-)\brandomi[sz]ed\s*[.:{]?\s*$",
    r"(?<!non-)\brandomi[sz]ed\s+controlled\s+trial\b",
)
RANDOMISED_TEXT = _any(
    r"\b(?:were|was|we|then|been)\s+(?:\w+ly\s+){0,2}(?:randomi[sz]ed|randomly\s+(?:assigned|allocated|divided|"
    r"distributed|split|grouped|received|selected\s+to\s+receive)|assigned\s+(?:at\s+random|randomly)|"
    r"allocated\s+(?:at\s+random|randomly)|divided\s+randomly)\b",
    r"\b(?:participants|patients|subjects|women|men|children|adults|individuals|volunteers|infants|\d+)\s*(?:\w+\s+)?"
    r"(?<!non-)randomi[sz]ed\s+(?:to|into|in\s+a|between|\d)\b",
    r"\b(?:design|methods?|this|our|we\s+conducted|we\s+performed|we\s+did|^in|(?<=\.\s)in|in\s+this|in\s+our|was)\b[:,]?\s+(?:a|an|this|the|our)?\s*"
    r"(?:(?!no\b|of\b|for\b|which\b)[\w/-]+,?\s+){0,6}?"
    r"(?<!non-)(?<!quasi-)randomi[sz]ed,?\s+(?:[\w/-]+,?\s+){0,6}?(?:trial|study|design)\b",
    r"\brandomly\s+(?:assigned|allocated)\s+to\b",
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
COMPARED = _any(
    r"\b(?:compared|comparison|comparing|versus|vs|placebo|controls?|control\s+group|both\s+groups|two\s+groups|"
    r"than\s+(?:in\s+)?(?:the|those)|groups)\b"
)

# --- Observational designs --------------------------------------------------------------------------

CASE_SERIES = _any(
    r"\bcase\s+series\b",
    r"\b(?:a|our|this)\s+series\s+of\b",
    r"\b(?:report|review|analysis|study)\s+of\s+(?:two|three|four|five|six|seven|eight|nine|ten|\w+teen|\d+)\s+"
    r"(?:\w+\s+){0,3}(?:cases|patients)\b",
)
EXPERIENCE_TITLE = _any(
    r"\b(?:initial|preliminary|our|clinical|institutional|single[- ]cent(?:er|re))\s+experiences?\b",
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|[1-9]\d)\s+(?:\w+\s+){0,3}(?:case\s+reports|cases)\b",
)
_A_FEW = r"(?:two|three|four|five|six|seven|eight|nine|ten|\w+teen|twenty|[2-9]|[1-9]\d+)"
_PERSONS = r"(?:cases|patients|children|women|men|siblings|brothers|sisters|infants|individuals)"
REPORTED_CASES = _any(
    rf"\bwe\s+(?:here(?:in|by)?\s+)?(?:report|describe|present)\s+(?:on\s+|our\s+experience\s+(?:with|in)\s+|"
    rf"the\s+(?:cases|courses?)\s+of\s+)?{_A_FEW}\s+(?:\w+[\s-]){{0,5}}{_PERSONS}\b",
    rf"\b(?:report|cases)\s+of\s+{_A_FEW}\s+(?:cases|patients)\b",
)
SEVERAL_CASES = _any(
    rf"(?:^|[.:;]\s*){_A_FEW}\s+(?:\w+[\s-]){{0,5}}{_PERSONS}\b",
)
"""Only for what is known to report cases: elsewhere such words open any sentence about some of many."""
CASE_REPORT_TITLE = _any(
    r"\bcase\s+report\b(?!s)",
    r"\b(?:an?\s+)?(?:unusual|rare|first|unique|fatal)\s+(?:\w+\s+){0,2}case\b",
    r"\ba\s+case\s+(?:of|study)\b",
)
CASE_REPORT_TEXT = _any(
    r"\bwe\s+(?:here(?:in|by)?\s+)?(?:report|describe|present)\s+(?:here\s+)?(?:a|an|the|one)\s+"
    r"(?:\w+[\s-]){0,4}(?:case|\d+-\s?year-\s?old|patient|man|woman|boy|girl|infant)\b",
    r"\b(?:a|an|the)\s+\d+-\s?(?:year|month|week|day)s?-\s?old\s+(?:\w+\s+){0,4}(?:man|woman|male|female|boy|girl|"
    r"patient|infant|child|lady|gentleman|neonate|person)\b",
    r"\bthis\s+(?:is\s+a\s+|single\s+)?case\b",
    r"\bcase\s+presentation\b",
)
CASE_CONTROL = _any(
    r"\bcase[- /]?control(?:led)?\b",
    r"\b(?:matched|healthy|normal)\s+(?:\w+\s+){0,3}(?:controls|comparison\s+subjects|control\s+subjects)\b",
    r"\bpatients\b[^.]{0,80}\band\s+(?:\d+|\w+)\s+(?:age\S*\s+|sex\S*\s+)?(?:healthy|matched|control)\b",
)
CASE_CONTROL_NAMED = _any(r"\bcase[- /]?control(?:led)?\s+(?:\w+\s+)?(?:study|design|analysis)\b")
CROSS_SECTIONAL = _any(r"\bcross-?\s?sectional(?:ly)?\b", r"\bprevalence\s+(?:study|survey)\b")
SURVEY = _any(
    r"\bsurveys?\b",
    r"\bsero-?\s?(?:prevalence|epidemiolog\w+|survey\w*)\b",
    r"\bprevalences?\s+(?:rates?\s+)?(?:of|was|were|and)\b",
    r"\b(?:surveyed|respondents)\b",
)
INCEPTION = _any(r"\binception\s+cohort\b")
COHORT = _any(
    r"\bcohort\s+(?:\w+\s+)?(?:study|studies|analysis|design)\b",
    r"\b(?:prospective|retrospective|multicent\w+|population-based|birth|nationwide|national|historical|longitudinal|"
    r"registry|matched|observational)\s+(?:\w+\s+){0,2}cohort\b",
)
COHORT_TITLE = _any(r"\bcohorts?\b")
FOLLOWED = _any(
    r"\bretrospective(?:ly)?\b",
    r"\b(?:longitudinal|prospective(?:ly)?|followed[- ](?:up|prospectively))\b",
    r"\bmedian\s+follow-?up\b",
    r"\bhazard\s+ratios?\b",
    r"\b(?:overall|progression-free|disease-free)\s+survival\b",
    r"\bmortality\s+in\s+hospitali[sz]ed\b",
    r"\b(?:in-hospital|28-day|30-day|90-day)\s+mortality\b",
    r"\b(?:registry|claims\s+data\w*|medical\s+records|chart\s+review|health\s+records)\b",
)
ASSOCIATION = _any(
    r"\b(?:associat\w+|risk\s+factors?|correlat\w+|predict\w+|odds\s+ratios?|regression|relat\w+\s+to|determinants?)\b"
)
HISTORICAL = _any(
    r"\bhistorical(?:ly)?\s+(?:control\w*|comparison|cohort\s+as\s+control)\b",
    r"\b(?:before[- ]and[- ]after|"
    r"before[-/–]after|pre[- ]?(?:and|/|-)\s?post|pre-?\s?test[\s/-]+post-?\s?test)"
    r"\s+(?:\w+\s+){0,2}(?:study|design|analysis|intervention|comparison)\b",
    r"\binterrupted\s+time[- ]series\b",
)
MENDELIAN = _any(r"\bmendelian[\s-]*randomi[sz]ation\b")
ECONOMIC_TITLE = _any(
    r"\bcost[- ](?:effectiveness|utility|benefit|minimi[sz]ation)\b",
    r"\beconomic\s+(?:evaluation|analysis)\b",
    r"\bbudget\s+impact\b",
)
QUALITATIVE = _any(
    r"\bqualitative\s+(?:\w+\s+)?(?:study|research|analysis|interview\w*|approach|exploration|inquiry|descriptive)\b",
    r"\b(?:semi-?\s?structured|in-depth)\s+(?:\w+\s+)?interviews?\b",
    r"\bfocus\s+groups?\b",
    r"\b(?:thematic|grounded|phenomenological)\s+(?:analysis|theory|study|approach)\b",
)
MODELLING_TITLE = _any(
    r"\b(?:mathematical|transmission|simulation|compartmental|agent-based|epidemic|dynamic)\s+model(?:s|l?ing)?\b",
    r"\bmodel(?:l?ing)\s+(?:the|study|of|analysis)\b",
    r"\b(?:SEIR|SIR)\b",
)

# --- Animals and the laboratory ---------------------------------------------------------------------

SPECIES = _any(
    r"\b(?:mice|mouse|murine|rats?|rabbits?|zebrafish|drosophila|pigs?|piglets|porcine|swine|dogs?|canine|cats|"
    r"feline|sheep|ovine|cows?|cattle|bovine|calves|horses?|equine|monkeys?|macaques?|chickens?|broilers?|hamsters?|"
    r"guinea\s+pigs?|goats?|larvae|tilapia|shrimp|elegans|mosquito(?:es)?|ferrets?|birds?|knockout|wild-type)\b"
)
SPECIES_STUDIED = _any(
    r"\b(?:in|of|on|to|using|from|with|induced|treated|fed|infected|male|female|adult|wistar|sprague-?\s?dawley|"
    r"c57bl/?6\w*|balb/?c|deficient|knockout|transgenic|wild-type|old|diabetic|obese|client-owned|beagle|infant|"
    r"aged|null)\s+(?:\w+\s+){0,2}(?:mice|rats|rabbits|zebrafish|dogs|pigs|piglets|sheep|cats|cattle|cows|horses|"
    r"monkeys|macaques|hamsters|chickens|broilers|mouse\s+models?|rat\s+models?|larvae|goats|calves|ferrets)\b",
    r"\b(?:mice|rats|rabbits|piglets|dogs|zebrafish|larvae|hamsters)\s+(?:were|received|showed|exhibited|fed)\b",
    r"\b(?:mouse|rat|murine|porcine|rabbit|animal|zebrafish)\s+models?\b",
)
LABORATORY = _any(
    r"\bin\s?[- ]?\s?(?:vitro|silico)\b",
    r"\bcell\s+(?:lines?|cultures?)\b",
    r"\bcultured?\s+(?:\w+\s+){0,3}cells\b",
    r"\b(?:primary|stem|tumou?r|cancer|epithelial|endothelial|vero|hela)\s+cells\b",
    r"\b(?:fibroblasts|sebocytes|adipocytes|hepatocytes|macrophages|keratinocytes|organoids|neurons|osteoblasts)\b",
    r"\bmolecular\s+(?:docking|dynamics|mechanisms?)\b",
    r"\b(?:transfect\w+|overexpress\w+|knockdown|knock-?out|western\s+blot\w*|CRISPR|transcriptom\w+|RNA-?seq\w*|"
    r"proteom\w+|metabolomics?|epitopes?|interactome|splicing|phylogen\w+|sequenced|genomes?(?!-wide)|mutants?|"
    r"promoter|plasmids?|bacteriophages?|isolates|strains?|isoforms?|phosphorylation|ligands?|binding\s+sites?)\b",
    r"\b(?:crystal\s+structure|density\s+functional|spectroscop\w+|chromatograph\w+|nanoparticles?|polymers?|"
    r"hydrolysates?|bioreactor|biofilms?|substrate|catalysts?|electrodes?|fermentation|nanocomposites?|composites?|"
    r"scaffolds?|hydrogels?|adsorption|electrochemical|synthesi[sz]ed|solvents?|enzymatic|sediments?)\b",
    r"\b(?:finite\s+element|phantoms?|algorithms?|image\s+reconstruction|neural\s+networks?|machine\s+learning)\b",
    r"\b(?:cadaver\w*|ex\s+vivo)\b",
    r"\bbioinformatics?\b",
)
PEOPLE = _any(
    r"\b(?:patients?|participants?|volunteers|women|men|children|adolescents|adults|infants|individuals|"
    r"respondents|residents|workers|hospitali[sz]ed|clinical\s+trials?|people|persons|students|subjects|"
    r"families|mothers|cases|parents|caregivers|nurses|physicians)\b"
)
