"""Figures are read as a reader reads them, and a figure that the source has not is found out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.quantities import mismatch, quantities, unmatched


def values(text: str) -> list[tuple[float, str]]:
    return [(round(q.value, 6), q.unit) for q in quantities(text)]


DAY, WEEK, MONTH, YEAR = 1.0, 7.0, 30.4375, 365.25

READ = {
    "thousands with a comma": ("1,234 patients", [(1234, "")]),
    "thousands with a space": ("1 234 patients", [(1234, "")]),
    "thousands with a thin space": ("12\u2009345 patients", [(12345, "")]),
    "thousands without a mark": ("1234 patients", [(1234, "")]),
    "decimal point": ("0.81", [(0.81, "")]),
    "middle dot": ("0·81", [(0.81, "")]),
    "leading dot": (".81", [(0.81, "")]),
    "percent sign": ("25%", [(25, "%")]),
    "percent sign after a space": ("25 %", [(25, "%")]),
    "percent": ("25 percent", [(25, "%")]),
    "per cent": ("25 per cent", [(25, "%")]),
    "percentage points": ("5 percentage points", [(5, "%")]),
    "one in four": ("one in four", [(25, "%")]),
    "one patient in four": ("one patient in four", [(25, "%")]),
    "two out of five": ("two out of five", [(40, "%")]),
    "1 in 10": ("1 in 10 people", [(10, "%")]),
    "a quarter": ("a quarter of them", [(25, "%")]),
    "half": ("half of them", [(50, "%")]),
    "two thirds": ("two thirds of them", [(66.666667, "%")]),
    "n of N are two numbers": ("12 of 48", [(12, ""), (48, "")]),
    "n/N are two numbers": ("12/48", [(12, ""), (48, "")]),
    "one": ("one patient died", [(1, "")]),
    "ninety-nine": ("ninety-nine patients", [(99, "")]),
    "hundred": ("two hundred patients", [(200, "")]),
    "hundred and": ("one hundred and fourteen patients", [(114, "")]),
    "hundred with hyphens": ("one-hundred-fourteen patients", [(114, "")]),
    "thousand": ("one thousand ninety-nine patients", [(1099, "")]),
    "dozen": ("a dozen patients", [(12, "")]),
    "two dozen": ("two dozen patients", [(24, "")]),
    "million": ("1.2 million people", [(1.2e6, "")]),
    "range with a hyphen": ("3-6 months", [(3 * MONTH, "d"), (6 * MONTH, "d")]),
    "range with a dash": ("3–6 months", [(3 * MONTH, "d"), (6 * MONTH, "d")]),
    "range in words": ("3 to 6 weeks", [(21, "d"), (42, "d")]),
    "list that shares a unit": ("10, 20 and 30 mg", [(0.01, "g"), (0.02, "g"), (0.03, "g")]),
    "pair that shares a unit": ("25.3 vs 10.2%", [(25.3, "%"), (10.2, "%")]),
    "confidence interval": ("(95% CI 0.70-0.94)", [(95, "confidence"), (0.7, ""), (0.94, "")]),
    "confidence in words": ("95% confidence interval", [(95, "confidence")]),
    "P below": ("P<.001", [(0.001, "P")]),
    "p equals": ("p = 0.03", [(0.03, "P")]),
    "P at most": ("P ≤ 0.05", [(0.05, "P")]),
    "spread": ("5.2 ± 1.1 kg", [(5200, "g"), (1100, "g")]),
    "spread in ASCII": ("5.2 +/- 1.1 kg", [(5200, "g"), (1100, "g")]),
    "superscript": ("10⁹", [(1e9, "")]),
    "power with a cross": ("1.5×10⁹/L", [(1.5e9, "/L")]),
    "power with an x and a caret": ("1.5 x 10^9/L", [(1.5e9, "/L")]),
    "power in brackets": ("1.5 x 10(9)/l", [(1.5e9, "/L")]),
    "milligram": ("10mg", [(0.01, "g")]),
    "microgram, micro sign": ("50 \u00b5g", [(5e-5, "g")]),
    "microgram, Greek mu": ("50 \u03bcg", [(5e-5, "g")]),
    "microgram, mcg": ("50 mcg", [(5e-5, "g")]),
    "millilitre": ("5 mL", [(0.005, "L")]),
    "pressure": ("80 mm Hg", [(80, "mmHg")]),
    "blood pressure": ("120/80 mmHg", [(120, "mmHg"), (80, "mmHg")]),
    "length": ("25 mm", [(0.025, "m")]),
    "concentration": ("110 mg/dL", [(1.1, "g/L")]),
    "per in words": ("5 mg per kg", [(5e-6, "g/g")]),
    "moles": ("7.8 mmol/L", [(0.0078, "mol/L")]),
    "body mass index": ("30 kg/m²", [(30000, "g/m2")]),
    "body mass index in brackets": ("30 kg/m(2)", [(30000, "g/m2")]),
    "international units": ("800 IU", [(800, "U")]),
    "a dose a day": ("20 mg daily", [(0.02, "g/d")]),
    "hours": ("24 hours", [(1, "d")]),
    "hour glued on": ("24h", [(1, "d")]),
    "age with hyphens": ("an 18-year-old", [(18 * YEAR, "d")]),
    "aged": ("aged 18 to 65", [(18 * YEAR, "d"), (65 * YEAR, "d")]),
    "or older": ("65 or older", [(65 * YEAR, "d")]),
    "half an hour": ("half an hour", [(round(0.5 / 24, 6), "d")]),
    "one and a half years": ("one and a half years", [(1.5 * YEAR, "d")]),
    "week as a point in time": ("by week 12", [(84, "d")]),
    "two-fold": ("a two-fold rise", [(2, "fold")]),
    "twice": ("twice as likely", [(2, "fold")]),
    "ratio": ("allocated 3:1", [(3, ":")]),
    "calendar year": ("in 2015", [(2015, "")]),
    "odds ratio": ("OR 3.8", [(3.8, "ratio")]),
    "type": ("type 2 diabetes", [(2, "type")]),
    "phase": ("phase III", [(3, "phase")]),
    "grades": ("grade 3 or 4", [(3, "grade"), (4, "grade")]),
    "stages": ("stages I-III", [(1, "stage"), (3, "stage")]),
    "group before a result": ("group 48.5 IU/L", [(48.5, "U/L")]),
    "decade": ("the 1990s", [(1990, "")]),
    "an adjective before the unit": ("12 consecutive months", [(12 * MONTH, "d")]),
    "negative": ("a change of -0.5 mm", [(-0.0005, "m")]),
    "a list of doses": ("5, 10 or 20 mg", [(0.005, "g"), (0.01, "g"), (0.02, "g")]),
    "a list by commas alone": ("at 3, 6, 12 months", [(3 * MONTH, "d"), (6 * MONTH, "d"), (12 * MONTH, "d")]),
    "people before a share": ("Of 300, 12% died", [(300, ""), (12, "%")]),
    "people before two shares": ("in 30, 12% and 5%", [(30, ""), (12, "%"), (5, "%")]),
    "people before shares that share a sign": ("Of 40, 12 and 15% died", [(40, ""), (12, "%"), (15, "%")]),
    "shares of a list": ("doses of 5, 10 and 20%", [(5, "%"), (10, "%"), (20, "%")]),
    "a ratio before a time": ("OR 2.1, 12 months", [(2.1, "ratio"), (12 * MONTH, "d")]),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ.keys())
def test_a_figure_is_read_with_its_value_and_dimension(text: str, expected: list[tuple[float, str]]) -> None:
    assert values(text) == [(pytest.approx(value), unit) for value, unit in expected]


@pytest.mark.parametrize(
    "text",
    [
        "NCT01234567",
        "IL-6",
        "CD4",
        "H1N1",
        "COVID-19",
        "B12",
        "T2",
        "HbA1c",
        "GPT-4",
        "5-HT",
        "5-FU",
        "25(OH)D",
        "25-hydroxyvitamin D",
        "1,25-dihydroxyvitamin D",
        "18F-FDG",
        "omega-3",
        "Table 2",
        "section 3",
        "Figure 1",
        "the 95th percentile",
        "the 2nd dose",
        "the twenty-first patient",
        "the second half",
        "one another",
        "the two of them",
        "half-life",
        "the third group",
        "no figures here",
        "",
    ],
)
def test_identifiers_ordinals_and_pronouns_are_no_figures(text: str) -> None:
    assert quantities(text) == []


FOUND = {
    "same number, other form": ("0·81", "a ratio of .81"),
    "thousands": ("1234 people", "1,234 people"),
    "words and digits": ("forty-eight students", "48 students"),
    "digits and words": ("48 students", "Forty eight third year students"),
    "rounded by decimals": ("25%", "25.3%"),
    "rounded to the nearest": ("0.84", "0.836"),
    "about, to tens": ("about 30%", "28.4%"),
    "nearly": ("nearly 13 days", "12.6 days"),
    "more than, cut down": ("more than 85,000 people", "N = 85,754"),
    "one in four": ("about one in four", "25.3%"),
    "a quarter": ("a quarter of patients", "25% of patients"),
    "almost three quarters": ("almost three quarters", "73.8%"),
    "more than nine in ten": ("more than nine in ten", "94%"),
    "under half": ("slightly under half", "45%"),
    "share of n of N": ("a quarter", "12 of 48 patients"),
    "share of n/N": ("25%", "12/48"),
    "share of Of N, n": ("roughly one-third", "Of 83 patients examined by cystoscopy, 26 had a tumour"),
    "proportion and percent": ("94%", "a sensitivity of 0.939"),
    "a year in months": ("12 months", "1 year"),
    "a day in hours": ("one day", "24 hours"),
    "two weeks in days": ("two weeks", "14 days"),
    "half a year in weeks": ("6 months", "26 weeks"),
    "milligrams and grams": ("1 g", "1000 mg"),
    "mg/dL and g/L": ("1.1 g/L", "110 mg/dL"),
    "P in other forms": ("P < 0.001", "p<.001"),
    "Roman and Arabic": ("phase 3", "phase III"),
    "T2D is type 2": ("type 2 diabetes", "adults with T2DM"),
    "a time point": ("after 12 weeks", "at week 12"),
    "ordinal weeks": ("between 23 and 29 weeks", "between the 23rd and 29th weeks"),
    "twice of a ratio": ("twice as likely", "an odds ratio of 2.0"),
    "both is two": ("two arms", "in both arms"),
    "a dose of a daily dose": ("20 mg", "20 mg/day"),
    "10 times": ("ten servings", "offered 10 times"),
    "range with a word": ("15- to 30-year-olds", "15-30 year olds"),
    "a sign left out": ("fell by 0.5 mm", "a change of -0.5 mm"),
}


@pytest.mark.parametrize(("statement", "source"), FOUND.values(), ids=FOUND.keys())
def test_a_figure_in_another_form_is_found(statement: str, source: str) -> None:
    assert unmatched(statement, [source]) == []


LOST = {
    "another number": ("14% died", "4% died", "number_not_in_source"),
    "more precise than the source": ("25.3%", "25%", "number_not_in_source"),
    "more precise than about": ("24%", "about a quarter", "number_not_in_source"),
    "wrong rounding": ("26%", "25.3%", "number_not_in_source"),
    "rounding across the null": ("a ratio of 1", "a ratio of 0.96", "number_not_in_source"),
    "integers are not rounded": ("110 patients", "114 patients", "number_not_in_source"),
    "the wrong side of more than": ("more than 30%", "28.4%", "number_not_in_source"),
    "mg and g": ("20 g", "20 mg", "unit_not_in_source"),
    "weeks and months": ("12 weeks", "12 months", "unit_not_in_source"),
    "percent and count": ("25%", "25 patients", "unit_not_in_source"),
    "confidence is no share": ("95% of patients", "95% CI", "unit_not_in_source"),
    "another grade word": ("grade 3", "stage 3", "unit_not_in_source"),
    "another type": ("type 1 diabetes", "type 2 diabetes", "number_not_in_source"),
    "another operator of P": ("P = .001", "P < .001", "number_not_in_source"),
    "opposite bounds": ("> 18 years", "< 18 years", "number_not_in_source"),
    "another fraction": ("a third of patients", "25% of patients", "number_not_in_source"),
    "another year": ("in 2015", "in 2005", "number_not_in_source"),
    "another ratio": ("allocated 2:1", "allocated 3:1", "number_not_in_source"),
    "another sign": ("a change of -0.5 mm", "a change of 0.5 mm", "number_not_in_source"),
}


@pytest.mark.parametrize(("statement", "source", "why"), LOST.values(), ids=LOST.keys())
def test_a_figure_that_the_source_has_not_is_named_with_the_reason(
    statement: str, source: str, why: str
) -> None:
    lost = unmatched(statement, [source])
    assert [mismatch(figure, [source]) for figure in lost] == [why]


def test_figures_may_come_from_several_premises() -> None:
    assert unmatched("5 of 120 patients", ["120 patients were enrolled.", "Five died."]) == []


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_every_figure_is_an_exact_slice_and_is_found_in_its_own_text(text: str) -> None:
    text = text.replace("\u03bc", "\u00b5")
    for figure in quantities(text):
        assert text[figure.start : figure.end] == figure.text
    assert unmatched(text, [text]) == []


@given(st.text(alphabet="0123456789.,%-/± one two half quarter in of mgdLP<=()", max_size=120))
@settings(max_examples=150, deadline=None)
def test_dense_figures_are_found_in_their_own_text(text: str) -> None:
    assert unmatched(text, [text]) == []


@given(st.integers(0, 999_999))
@settings(max_examples=100, deadline=None)
def test_an_integer_is_the_same_with_and_without_separators(number: int) -> None:
    assert values(f"{number:,} people") == values(f"{number} people") == [(number, "")]


@given(st.integers(1, 9_999), st.sampled_from(["mg", "mL", "mmHg", "%", "weeks", "kg/m2"]))
@settings(max_examples=60, deadline=None)
def test_a_changed_number_is_never_found(number: int, unit: str) -> None:
    assert unmatched(f"{number} {unit}", [f"{number + 1} {unit}"])


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    started = time.perf_counter()
    quantities("12 of 48 patients (25%) aged 18-65 years; P < .001. " * 1000)
    assert time.perf_counter() - started < 10
