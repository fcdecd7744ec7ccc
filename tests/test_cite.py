"""The grammar of citation markers: what is one, what never is, and what is done with them."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.cite import CitedSentence, bind, cited_sentences
from rag.text.markers import add_markers, markers, numbers_in, render, strip_markers

# id -> text, the numbers it cites, the text without markers.
READ = {
    "one": ("It works [1].", (1,), "It works."),
    "comma": ("It works [1,2].", (1, 2), "It works."),
    "comma_space": ("It works [1, 2].", (1, 2), "It works."),
    "semicolon": ("It works [1; 2].", (1, 2), "It works."),
    "range": ("It works [1-3].", (1, 2, 3), "It works."),
    "range_en_dash": ("It works [1–3].", (1, 2, 3), "It works."),
    "range_spaced": ("It works [1 - 3].", (1, 2, 3), "It works."),
    "range_of_one": ("It works [4-4].", (4,), "It works."),
    "mixed": ("It works [1, 3-5; 9].", (1, 3, 4, 5, 9), "It works."),
    "row": ("It works [1][2].", (1, 2), "It works."),
    "row_spaced": ("It works [1] [2].", (1, 2), "It works."),
    "row_comma": ("It works [1], [2].", (1, 2), "It works."),
    "dashed_brackets": ("It works [1]–[3].", (1, 2, 3), "It works."),
    "wide": ("It works【1】.", (1,), "It works."),
    "wide_list": ("It works 【1, 3】.", (1, 3), "It works."),
    "wide_source": ("It works【1†source】.", (1,), "It works."),
    "wide_lines": ("It works【2†L1-L9】.", (2,), "It works."),
    "footnote": ("It works [^1].", (1,), "It works."),
    "footnotes": ("It works [^1, ^2].", (1, 2), "It works."),
    "source_word": ("It works [source 1].", (1,), "It works."),
    "source_words": ("It works [Source 1, 2].", (1, 2), "It works."),
    "sources_word": ("It works [Sources 1-3].", (1, 2, 3), "It works."),
    "source_twice": ("It works [Source 1, Source 2].", (1, 2), "It works."),
    "superscript": ("It works¹.", (1,), "It works."),
    "superscript_after_stop": ("It works.¹", (1,), "It works."),
    "superscript_list": ("It works.¹,²", (1, 2), "It works."),
    "superscript_range": ("It works¹⁻³ well.", (1, 2, 3), "It works well."),
    "superscript_two_digits": ("It works.¹²", (12,), "It works."),
    "superscript_quote": ("It “works”.² So.", (2,), "It “works”. So."),
    "after_stop": ("It works.[1] So.", (1,), "It works. So."),
    "after_stop_spaced": ("It works. [1] So.", (1,), "It works. So."),
    "no_space": ("It works[1].", (1,), "It works."),
    "inside": ("It [1] works.", (1,), "It works."),
    "between_words": ("It[1]works.", (1,), "It works."),
    "leading": ("[1] showed it.", (1,), "showed it."),
    "in_parenthesis": ("It works (see [1]).", (1,), "It works (see)."),
    "before_comma": ("In one [1], not in two [2], it works.", (1, 2), "In one, not in two, it works."),
    "before_decimal": ("It fell [1] .5 points.", (1,), "It fell .5 points."),
    "order_of_use": ("So [3]. And [1,3].", (3, 1), "So. And."),
    "repeated": ("It works [2,2,1].", (2, 1), "It works."),
    "highest": ("It works [999].", (999,), "It works."),
    "after_percent": ("It fell by 40% [1-3].", (1, 2, 3), "It fell by 40%."),
    "after_count_of_trials": ("It works in 3 trials [1-3].", (1, 2, 3), "It works in 3 trials."),
    "after_year": ("It was seen in 2019 [1-3].", (1, 2, 3), "It was seen in 2019."),
    "after_type": ("It is seen in type 2 [1-3].", (1, 2, 3), "It is seen in type 2."),
    "after_named_thing": ("It binds GLP-1 [2-4].", (2, 3, 4), "It binds GLP-1."),
    "one_after_value": ("It fell to 5 [1].", (1,), "It fell to 5."),
    "pair_beside_value": ("It fell to 9 [1, 2].", (1, 2), "It fell to 9."),
    "three_after_value": ("It fell to 2 [1, 2, 3].", (1, 2, 3), "It fell to 2."),
    "after_interval": ("HR 0.81 (0.70-0.94) [1].", (1,), "HR 0.81 (0.70-0.94)."),
    "after_p_value": ("It fell (P<.001) [2].", (2,), "It fell (P<.001)."),
    "beside_nuclide": ("It is seen on [18F]FDG PET [1].", (1,), "It is seen on [18F]FDG PET."),
    "after_square": ("It was 20 per m² [1].", (1,), "It was 20 per m²."),
    "line_start": ("It works.\n[1] So.", (1,), "It works.\nSo."),
    "parenthesised_beside": ("Of two, (1) works [1].", (1,), "Of two, (1) works."),
    "after_unlike_word": ("It works [1] [see text].", (1,), "It works [see text]."),
}

# id -> a text that holds no marker at all.
TEXT = {
    "nuclide_fluorine": "We used [18F]FDG.",
    "nuclide_carbon": "We used [11C]PiB.",
    "nuclide_tritium": "We used [3H]thymidine.",
    "nuclide_split": "We used [18]F-FDG and [11]C-PiB and [3]H.",
    "nuclide_raised": "We used [¹⁸F]FDG and ⁹⁹mTc.",
    "interval": "HR 0.81 [0.70-0.94].",
    "interval_en_dash": "HR 0.81 [0.70–0.94] on [18F]FDG PET.",
    "interval_words": "It fell [95% CI 1.2, 3.4].",
    "interval_decimals": "It fell [1.2, 3.4].",
    "interval_integers": "The mean was 5 [2-9].",
    "interval_integers_en_dash": "The mean was 5 [2–9] days.",
    "interval_no_space": "The mean was 5[2-9].",
    "interval_decimal_value": "The mean was 5.5 [2-9].",
    "interval_thousands": "The cost was 1,200 [900-999].",
    "interval_pair": "The median was 4 [3, 5].",
    "interval_percent": "It was 40% [35-45].",
    "interval_unit": "It took 5 days [2-9] or 12 mg [10, 14].",
    "interval_named": "It was small (IQR [2, 9]; 95% CI [1-3]; range: [4-8]).",
    "square_metre": "It was 60 ml/min/1.73 m² and 20 kg/m².",
    "square_centimetre": "It was 4 cm² or 3 mm³.",
    "power": "It was 10⁹ per litre, 5 × 10¹² in all.",
    "inverse": "It was 5 s⁻¹ and 7 min⁻¹ and 3 mol² here.",
    "charge": "Ca²⁺, Fe³⁺ and Mg²⁺ fell.",
    "r_squared": "R² was 0.4, I² was 0, χ² was 3 and chi² was 3.",
    "square_of_sum": "It is (weight/height)² here.",
    "isotope_raised": "We used ¹⁸F and technetium ⁹⁹Tc.",
    "p_value": "It fell (P<.001).",
    "registration": "The trial is NCT01234567 [NCT01234567].",
    "species": "E. coli grew vs. none, given i.v.",
    "calcium": "We measured [Ca2+] and [Na+].",
    "year": "It was shown before [2022].",
    "years": "It was shown before [2019, 2021] and [2019-2021].",
    "count": "It was large [1200].",
    "thousands": "It was large [1,000].",
    "leading_zero": "It was [01] or [007].",
    "positive": "The cells were CD4[+] and CD8[-].",
    "letters": "It is interleukin [IL]-6.",
    "parenthesis": "It works (1).",
    "parentheses": "There are (1) two, (2) three.",
    "link": "See [text](https://example.org).",
    "link_number": "See [1](https://example.org).",
    "link_number_doubled": "See [[1]](https://example.org).",
    "link_definition": "[1]: https://example.org",
    "footnote_definition": "Text.\n[^1]: Smith J. A trial.",
    "nested": "See [[1]2] here.",
    "empty": "See [] and [ ] and [-] and [,].",
    "open": "See [1 and 2].",
    "negative": "It was [-1].",
    "decimal": "It was [1.5].",
    "percent": "It was [5%].",
    "unicode_digit": "It was [٣].",
}

# id -> a marker that is malformed, and a word of its fault.
MALFORMED = {
    "descending": ("It works [9-2].", "descending"),
    "descending_raised": ("It works.³⁻¹", "descending"),
    "huge": ("It works [1-9999].", "more than 50"),
    "just_too_long": ("It works [1-51].", "more than 50"),
    "huge_brackets": ("It works [1]-[99].", "more than 50"),
    "zero": ("It works [0].", "from 1"),
    "zero_among": ("It works [0, 1].", "from 1"),
    "too_high_among": ("It works [1, 2022].", "from 1"),
    "no_source_number": ("It works【4:0†source】.", "no source number"),
}


@pytest.mark.parametrize(
    ("text", "numbers", "clean"), [pytest.param(*case, id=k) for k, case in READ.items()]
)
def test_reads_and_strips(text: str, numbers: tuple[int, ...], clean: str) -> None:
    assert numbers_in(text) == numbers
    assert strip_markers(text) == clean
    assert not any(marker.fault for marker in markers(text))


@pytest.mark.parametrize("text", [pytest.param(text, id=k) for k, text in TEXT.items()])
def test_is_never_mistaken_for_a_marker(text: str) -> None:
    assert markers(text) == []
    assert strip_markers(text) == text


@pytest.mark.parametrize(("text", "fault"), [pytest.param(*case, id=k) for k, case in MALFORMED.items()])
def test_a_malformed_marker_is_reported_and_binds_to_nothing(text: str, fault: str) -> None:
    (marker,) = markers(text)
    assert fault in marker.fault
    assert marker.numbers == ()
    assert strip_markers(text) == "It works."
    (sentence,) = cited_sentences(text)
    assert len(sentence.faults) == 1
    assert marker.text in sentence.faults[0]


def test_the_longest_range_is_still_read() -> None:
    assert numbers_in("It works [1-50].") == tuple(range(1, 51))


def test_a_malformed_marker_leaves_its_neighbours_alone() -> None:
    (sentence,) = cited_sentences("It works [9-2][3].")
    assert sentence.numbers == (3,)
    assert len(sentence.faults) == 1


def test_spans_are_exact() -> None:
    text = "It works [1, 2] and【3】so¹."
    assert [(text[m.start : m.end], m.text) for m in markers(text)] == [
        ("[1, 2]", "[1, 2]"),
        ("【3】", "【3】"),
    ]
    assert [m.text for m in markers("It does so well¹.")] == ["¹"]


SENTENCES = {
    "before_stop": ("It works [1]. It is safe [2].", [("It works.", (1,)), ("It is safe.", (2,))]),
    "after_stop": ("It works.[1] It is safe.[2]", [("It works.", (1,)), ("It is safe.", (2,))]),
    "after_space": ("It works. [1] It is safe. [2]", [("It works.", (1,)), ("It is safe.", (2,))]),
    "both_sides": ("It works [1]. [2] It is safe.", [("It works.", (1, 2)), ("It is safe.", ())]),
    "raised": ("It works.¹ It is safe.²,³", [("It works.", (1,)), ("It is safe.", (2, 3))]),
    "wide": ("It works。【1】It is safe【2】。", [("It works。", (1,)), ("It is safe。", (2,))]),
    "quoted": (
        'A trial: "It works." [1] It is safe [2].',
        [('A trial: "It works."', (1,)), ("It is safe.", (2,))],
    ),
    "uncited": ("It works. It is safe [2].", [("It works.", ()), ("It is safe.", (2,))]),
    "own_line": ("It works.\n\n[1]", [("It works.", (1,))]),
    "leading": ("[1] showed it. It is safe [2].", [("showed it.", (1,)), ("It is safe.", (2,))]),
    "abbreviation": (
        "Smith et al. [1] showed 0.8 vs. 1.2 [2].",
        [("Smith et al. showed 0.8 vs. 1.2.", (1, 2))],
    ),
    "list": ("- It works [1]\n- It is safe [2]", [("- It works", (1,)), ("- It is safe", (2,))]),
    "only_markers": ("[1]", [("", (1,))]),
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*case, id=k) for k, case in SENTENCES.items()])
def test_each_sentence_gets_its_numbers(text: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited_sentences(text) == [CitedSentence(words, numbers) for words, numbers in expected]


def test_bind_reports_unknown_numbers_and_keeps_order() -> None:
    assert bind([3, 9, 1, 3, 7], {1, 2, 3}) == ((3, 1), (9, 7))
    assert bind([], {1}) == ((), ())


def test_render_is_canonical() -> None:
    assert render([3, 1, 3]) == "[1,3]"
    assert render([]) == ""


ADDED = {
    "stop": ("It works.", "It works [1,2]."),
    "none": ("It works", "It works [1,2]"),
    "question": ("Does it work?", "Does it work [1,2]?"),
    "quoted": ('A trial: "It works."', 'A trial: "It works." [1,2]'),
    "quoted_inside": ('A trial: "It works".', 'A trial: "It works". [1,2]'),
    "curly": ("A trial: “It works.”", "A trial: “It works.” [1,2]"),
    "parenthesis": ("It works (n = 12).", "It works (n = 12). [1,2]"),
    "ellipsis": ("It works...", "It works [1,2]..."),
    "abbreviation": ("It was given i.v.", "It was given i.v [1,2]."),
}


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*case, id=k) for k, case in ADDED.items()])
def test_markers_are_added_and_strip_gives_the_text_back(text: str, expected: str) -> None:
    assert add_markers(text, [2, 1]) == expected
    assert strip_markers(expected) == text
    assert add_markers(text, []) == text


TOKENS = (
    '[1]|[2-3]|[|]|1|2|,|-|.|(|)|(u)|word|m|5|%|¹|²|⁻|【1】|【|】|†|^|[18]|F|[2022]|:|;|"| |\n|, |source '
)
PIECES = st.sampled_from(TOKENS.split("|"))
TEXTS = st.one_of(st.text(), st.lists(PIECES).map("".join))


@given(TEXTS)
def test_any_text_is_read_without_error_and_spans_are_slices(text: str) -> None:
    end = 0
    for marker in markers(text):
        assert marker.start >= end
        assert text[marker.start : marker.end] == marker.text
        assert bool(marker.numbers) != bool(marker.fault)
        assert all(1 <= n <= 999 for n in marker.numbers)
        end = marker.end


@given(TEXTS)
def test_stripping_twice_is_stripping_once(text: str) -> None:
    once = strip_markers(text)
    assert markers(once) == []
    assert strip_markers(once) == once


@given(TEXTS)
def test_stripping_removes_no_word(text: str) -> None:
    """Outside its markers a text keeps every character but space and the commas between markers."""
    kept, end = "", 0
    for marker in markers(text):
        kept += text[end : marker.start]
        end = marker.end
    gaps = re.compile(r"[\s,;]")
    assert gaps.sub("", strip_markers(text)) == gaps.sub("", kept + text[end:])


@given(st.text().map(lambda text: re.sub(r"[\[\]【】¹²³⁰⁴-⁹]", "", text)))
def test_text_without_brackets_or_superscripts_is_unchanged(text: str) -> None:
    assert strip_markers(text) == text
    assert numbers_in(text) == ()


@given(TEXTS)
def test_no_number_is_lost_between_text_and_sentences(text: str) -> None:
    assert {n for sentence in cited_sentences(text) for n in sentence.numbers} == set(numbers_in(text))


NUMBERS = st.lists(st.integers(1, 30), min_size=1, max_size=4)


WORDS = st.sampled_from(
    ["rose", "to", "4", "type", "2", "mg", "95", "CI", "(n = 9)", "m²", '"so."', "i.v.", "5%"]
)


@given(st.lists(WORDS, min_size=1, max_size=6), st.sampled_from(["", ".", "?", "..."]), NUMBERS)
def test_what_is_added_is_read_and_stripped_again(words: list[str], stop: str, numbers: list[int]) -> None:
    text = " ".join(words) + stop
    cited = add_markers(text, numbers)
    assert numbers_in(cited) == tuple(sorted(set(numbers)))
    assert strip_markers(cited) == text


@pytest.mark.parametrize(
    "unit", ["[1]", "[", "[1,", "[1[", "¹", "【", "【1", "word¹ ", "5 [2-9] ", "[1]-", "[1] "]
)
def test_time_grows_with_length_only(unit: str) -> None:
    """100,000 characters of the worst kind take under 5 seconds of the processor."""
    began = time.process_time()
    strip_markers(unit * (100_000 // len(unit)))
    assert time.process_time() - began < 5
