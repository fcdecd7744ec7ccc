"""The sentence splitter: where it must cut, where it must not, and what it never loses."""

from __future__ import annotations

import gzip
import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.settings import load
from rag.text.sentences import sentences

# One case a row: id -> the text with "|" where the splitter must cut, and nowhere else.
CASES = {
    # not split: abbreviations that want something after them
    "versus_number": "Mortality was 0.8 vs. 1.2 per 100.|It fell.",
    "versus_capital": "Aspirin vs. Placebo was tested.",
    "eg_lower": "Drugs (e.g. aspirin) help.",
    "eg_capital": "Drugs, e.g. Aspirin, help.",
    "ie": "The best arm, i.e. the first, won.|It was large.",
    "approx": "It took approx. 12 days.|Then it stopped.",
    "circa": "It took ca. 12 days.",
    "cf": "This is new (cf. Table 2).|It matters.",
    "doctor": "Dr. Xu treated her.|She lived.",
    "saint": "It was done in St. Louis.|Costs fell.",
    "et_al_year": "Smith et al. 2019 found none.",
    "et_al_verb": "Smith et al. showed it.|Others did not.",
    "et_al_bracket": "Smith et al. [12] showed it.",
    "et_al_ends": "This agrees with Smith et al.|The effect was small.",
    "figure": "See Fig. 2 for details.|It is clear.",
    "figure_letter": "See Fig. S1 and Figs. 2 and 3.|They agree.",
    "number_sign": "Protocol No. 3 was used.|It worked.",
    "no_as_answer": "Is it safe?|No.|The trial was stopped.",
    "reference_number": "Shown before (ref. 12).|It holds.",
    "and_so_on": "Fever, cough, etc. were noted.|None died.",
    "and_so_on_ends": "They had fever, cough, etc.|The rest had none.",
    "incorporated": "Acme Inc. Boston paid for it.",
    "incorporated_ends": "It was paid for by Acme Inc.|The authors declare none.",
    "month": "From Jan. 2019 to Sept. 2020 we waited.|Then we wrote.",
    # not split: names, initials, species
    "species": "We grew E. coli and S. aureus.|Both died.",
    "serovar": "We grew S. Typhimurium and C. difficile.",
    "species_plural": "Candida spp. were found.|Aspergillus spp. Grocott stain was used.",
    "initials": "The method of J. R. Smith was used.|It is old.",
    "initial_before_article": "It was done by J. A. Smith.|A trial followed.",
    "hepatitis": "They had hepatitis B.|Vaccination was offered.",
    "vitamin": "They took vitamin D.|The level rose.",
    "group_letter": "They were in group A.|Mortality was higher there.",
    # not split: routes, doses, countries
    "intravenous": "Ketamine i.v. was given.|It helped.",
    "by_mouth": "Then 5 mg p.o. b.i.d. for 3 days.|It helped.",
    "route_ends": "Ketamine was given i.v.|The control got none.",
    "once_daily": "They took it q.d. with food.",
    "united_states": "The U.S. Food and Drug Administration approved it.|It is sold.",
    "united_states_ends": "It is sold in the U.S.|However, it is not used.",
    "unit_ends": "The dose was 5 mg.|Placebo looked alike.",
    "hours": "It was given every 8 h.|Placebo looked alike.",
    "time": "It was given at 8 a.m. daily.",
    "degree": "One Ph.D. student read it.|Two agreed.",
    # not split: figures
    "decimal": "The mean was 0.81 (95% CI 0.70-0.94).|It fell.",
    "bare_decimal": "It was significant (P<.001).|The rest was not (P = .05).",
    "bare_decimals_in_row": "Values were .04 and .05.|All were small.",
    "broken_decimal": "It was small (P = 0. 05 or p<0. 01).",
    "square_metre": "Clearance was 60 ml/min/1.73 m².|It fell.",
    "registration": "The trial is NCT01234567.|It is done.",
    "registration_site": "See ClinicalTrials.gov for it.|It is there.",
    "sample_size": "Some were treated (n = 12).|Others were not.",
    "number_opens": "The rate was 5%.|12 patients died.",
    "number_closes": "The score rose to 5.|The rest fell.",
    "range": "It took 3–5 days.|All lived.",
    "version": "We used SPSS v. 21 and R 4.1.2 for it.|It ran.",
    "variant": "The p.Arg117His variant was found.|It is rare.",
    # not split: dots that trail off
    "ellipsis_dots": "It was ... not seen.",
    "ellipsis_sign": "It was … Not seen.",
    "ellipsis_ends": "It went on...|The trial was stopped.",
    # split
    "plain": "It works.|The effect is small.",
    "question": "Does it work?|Perhaps.",
    "question_low": "does it work?|is it safe?",
    "exclamation": "It works!|It is safe.",
    "question_inside": 'They asked "why?" and left.',
    "closing_parenthesis": "(It was small.)|The rest was large.",
    "closing_quote": 'They wrote "it works."|The rest did not.',
    "curly_quote": "They wrote “it works.”|The rest did not.",
    "opening_quote": 'It works.|"It is safe," they wrote.',
    "opening_parenthesis": "It works.|(It is safe.)",
    "lower_case_gene": "It was seen.|p53 was lost.",
    "lower_case_rna": "It was seen.|mRNA levels rose.",
    "lower_case_word": "It was seen approx. now and acc. to plan.",
    "greek": "It was seen.|β-blockers help.",
    "accent": "It was seen.|Être is French.",
    "chinese": "有效。|没有不良反应。",
    # citation markers after the stop belong to the sentence before
    "marker_before_stop": "It works [1].|The effect is small [2].",
    "marker_after_stop": "It works.[1]|The effect is small.[2]",
    "marker_after_space": "It works. [1]|The effect is small. [2]",
    "marker_list": "It works. [1, 2-4]|The effect is small.",
    "marker_row": "It works.[1][2]|The effect is small.",
    "marker_row_spaced": "It works. [1] [2]|The effect is small.",
    "marker_cjk": "It works.【1†source】|The effect is small.",
    "marker_word": "It works. [Source 1, 2]|The effect is small.",
    "marker_footnote": "It works.[^1]|The effect is small.",
    "marker_superscript": "It works.¹,²|The effect is small.",
    "nuclide_is_no_marker": "It was imaged.|[18F]FDG was used.",
    # lines
    "list_dash": "It has:\n|- fever\n|- cough",
    "list_number": "Steps:\n|1. Look.\n|2. Treat.|Then wait.",
    "list_inline": "They are: 1. Look.|2. Treat.",
    "list_bold_number": "**1.** Look here.",
    "paragraph": "It works\n\n|the end",
    "paragraph_crlf": "It works\r\n\r\n|the end",
    "wrapped_line": "It works in\nParkinson disease.",
    "wrapped_after_stop": "It works.\n|The rest does not.",
    "heading": "# Benefit\n|It works.|It is safe.",
    "bold": "**It works.**|**It is safe.**",
    "label": "RESULTS: It works.|CONCLUSION: Use is rare.",
    "one": "It works",
}


@pytest.mark.parametrize("marked", [pytest.param(text, id=name) for name, text in CASES.items()])
def test_cuts_exactly_where_marked(marked: str) -> None:
    # A mark stands for a space, but for nothing after a line break or where the script has no spaces.
    text = re.sub(r"(?<![\n。])\|", " ", marked).replace("|", "")
    assert [span.text for span in sentences(text)] == [part.strip() for part in marked.split("|")]


@pytest.mark.parametrize("text", ["", " ", "\n\n \t", "\u00a0"])
def test_nothing_but_white_space_has_no_sentence(text: str) -> None:
    assert sentences(text) == []


PIECES = st.sampled_from(
    [
        "The drug works",
        "vs",
        "E",
        ".",
        "?",
        " ",
        "  ",
        "\n",
        "\n\n",
        "- ",
        "1",
        "[1]",
        "¹",
        ")",
        '"',
        "…",
        "i.v",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_spans_are_exact_ordered_trimmed_and_lose_nothing(text: str) -> None:
    spans = sentences(text)
    kept = set()
    end = 0
    for span in spans:
        assert span.start >= end
        assert span.text == text[span.start : span.end] == span.text.strip() != ""
        kept.update(range(span.start, span.end))
        end = span.end
    assert all(i in kept or character.isspace() for i, character in enumerate(text))


@given(st.lists(PIECES).map("".join))
def test_a_sentence_that_stands_alone_keeps_its_words(text: str) -> None:
    """Splitting a sentence again may cut it where its surroundings forbade it, but loses nothing."""
    for span in sentences(text):
        again = sentences(span.text)
        assert "".join("".join(s.text for s in again).split()) == "".join(span.text.split())


@pytest.mark.parametrize("unit", [".", "…", "a. ", "[1]", ".[1]", ". ", "\n", '."', "1. ", "A.B."])
def test_time_grows_with_length_only(unit: str) -> None:
    """No text makes the splitter slow: 200,000 characters of the worst kind take well under 5 seconds."""
    began = time.perf_counter()
    sentences(unit * (200_000 // len(unit)))
    assert time.perf_counter() - began < 5


def test_real_abstracts_are_cut_into_plausible_sentences() -> None:
    """In published abstracts nearly every sentence opens with a capital or digit and is of human length."""
    path = load().data_file("pubmedqa/questions.jsonl.gz")
    if path is None:
        pytest.skip("pubmedqa is not in RAG_DATA")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [section["text"] for line in lines for section in json.loads(line)["sections"]]
    spans = [span for text in texts for span in sentences(text)]
    assert len(spans) > 1.5 * len(texts)
    stubs = [span.text for span in spans if len(span.text) < 12]
    assert len(stubs) < 0.005 * len(spans), stubs[:20]
    long = [span.text for span in spans if len(span.text) > 900]
    assert len(long) < 0.005 * len(spans)
