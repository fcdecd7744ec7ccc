"""The claim check: checks lower a verdict whatever the model says, and every rationale is an exact slice."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import providers
from rag.answering.design import DESIGNS
from rag.answering.verify import LONGEST_STATEMENT, against, quoted, verify, verify_pairs
from rag.models.entailment import MODEL
from rag.records import Article, Section
from rag.settings import Settings
from rag.text.quantities import unmatched

PASSAGE = (
    "We enrolled 120 adults with hypertension. Mean pressure fell by 12 mmHg with amlodipine. "
    "Adherence was associated with younger age. There was no significant difference in mortality. "
    "These findings suggest that amlodipine may reduce stroke."
)


class Credulous:
    """A model that believes everything: what still fails, fails by a check."""

    name = "credulous"
    reads_checks = False

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        return [{"SUPPORT": 0.99, "CONTRADICT": 0.005, "NOT_ENOUGH_INFO": 0.005} for _ in pairs]


class Broken:
    """A model that fails on every pair."""

    name = "broken"
    reads_checks = False

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        return [None for _ in pairs]


class Asked(Credulous):
    """Counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        self.calls += 1
        return super().__call__(pairs)


SENTENCE = "Mean pressure fell by 12 mmHg with amlodipine."


@pytest.mark.parametrize(
    "statement",
    [
        SENTENCE,
        f'In a randomised trial: "{SENTENCE}"',
        f"In a case report: “{SENTENCE}”",
        f"Our summary of a case report: {SENTENCE}",
        f'In a systematic review of case reports: "{SENTENCE} Adherence was associated with younger age."',
    ],
)
def test_words_of_the_passage_need_no_model(statement: str) -> None:
    verdict = verify(statement, PASSAGE, Broken())
    assert (verdict.label, verdict.score) == ("SUPPORT", 1.0)
    assert verdict.rationale is not None
    assert verdict.rationale.text.startswith(SENTENCE)
    assert PASSAGE[verdict.rationale.start : verdict.rationale.end] == verdict.rationale.text


def test_a_question_of_the_source_supports_nothing_by_being_quoted() -> None:
    question = "Does amlodipine lower pressure?"
    assert verify(question, question, Broken()).label == "UNSCORED"


def test_brackets_and_an_opening_connective_may_be_left_out_of_a_quotation() -> None:
    passage = "Overall, pressure fell by 12 mmHg (95% CI 8-16; P<.001) with amlodipine. Pain fell (P = .4)."
    verdict = verify("Pressure fell by 12 mmHg with amlodipine.", passage, Broken())
    assert verdict.label == "SUPPORT"
    assert verdict.rationale is not None
    assert verdict.rationale.text.startswith("Overall, pressure fell by 12 mmHg (95% CI")


@pytest.mark.parametrize(
    "statement",
    [
        "Pressure fell by 12 mmHg (and every stroke was prevented) with amlodipine.",
        "Pressure fell by 12 mmHg [in children too] with amlodipine (95% CI 8-16).",
        "Pressure fell (95% CI 8-16) by 12 mmHg with amlodipine.",
    ],
)
def test_a_bracket_that_the_passage_has_not_or_has_elsewhere_is_no_quotation(statement: str) -> None:
    passage = "Pressure fell by 12 mmHg (95% CI 8-16) with amlodipine."
    assert verify(statement, passage, Broken()).label == "UNSCORED"


@pytest.mark.parametrize("bracket", ["(P = .4)", "(not significant)", "(n.s.)", "(p > 0.05)", "(NS)"])
def test_a_bracket_that_takes_the_sentence_back_may_not_be_left_out(bracket: str) -> None:
    assert (
        verify("Pain fell with amlodipine.", f"Pain fell with amlodipine {bracket}.", Broken()).label
        == "UNSCORED"
    )


@pytest.mark.parametrize(
    "statement",
    [
        f'Contrary to the truth: "{SENTENCE}"',
        f'In a trial of 9000 children: "{SENTENCE}"',
        f'In no trial was it shown: "{SENTENCE}"',
        f'In a randomised trial: "{SENTENCE}" This cures stroke.',
        'In a randomised trial: "pressure fell by 12 mmHg"',
        'In a randomised trial: "significant difference in mortality."',
    ],
)
def test_a_claim_around_a_quotation_or_half_a_sentence_goes_the_normal_way(statement: str) -> None:
    assert verify(statement, PASSAGE, Broken()).label == "UNSCORED"


def test_every_name_of_a_design_may_lead_in_a_quotation() -> None:
    for name in DESIGNS:
        for lead in (f"In a {name}", f"In an {name}"):
            assert quoted(f'{lead}: "{SENTENCE}"') == SENTENCE, name


FAILS = {
    "another figure": ("Mean pressure fell by 21 mmHg with amlodipine.", "figures", "CONTRADICT"),
    "another unit": ("Mean pressure fell by 12 % with amlodipine.", "units", "CONTRADICT"),
    "direction flipped": ("With amlodipine mean pressure rose by 12 mmHg.", "direction", "CONTRADICT"),
    "effect for none": ("The difference in mortality was significant.", "negation", "CONTRADICT"),
    "none for effect": ("Mean pressure did not change with amlodipine.", "negation", "CONTRADICT"),
    "other people": ("Mean pressure fell by 12 mmHg in children on amlodipine.", "population", "CONTRADICT"),
    "another drug": ("Mean pressure fell by 12 mmHg with simvastatin.", "names", "NOT_ENOUGH_INFO"),
    "a hedge lost": ("Amlodipine reduces stroke.", "certainty", "NOT_ENOUGH_INFO"),
    "cause for association": ("Younger age causes adherence.", "certainty", "NOT_ENOUGH_INFO"),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "check", "label"), FAILS.values(), ids=FAILS.keys())
def test_a_failed_check_lowers_the_verdict_whatever_the_model_says(
    statement: str, check: str, label: str
) -> None:
    verdict = verify(statement, PASSAGE, Credulous())
    failed = [one for one in verdict.checks if one.passed is False]
    assert check in [one.name for one in failed]
    assert all(one.detail for one in failed)
    assert verdict.label == label
    assert verdict.score < 0.5
    assert sum(verdict.scores.values()) == pytest.approx(1)


def test_a_paraphrase_passes_when_model_and_checks_agree() -> None:
    verdict = verify("Amlodipine brought pressure down by 12 mmHg on average.", PASSAGE, Credulous())
    assert verdict.label == "SUPPORT"
    assert verdict.rationale is not None
    assert verdict.rationale.text == SENTENCE


@pytest.mark.parametrize(
    ("statistic", "passed"), [("OR 0.88, 95% CI 0.81 to 0.96", True), ("HR 0.88, 95% CI 0.81 to 0.96", False)]
)
def test_a_statistic_may_be_shortened_and_not_exchanged(statistic: str, passed: bool) -> None:
    passage = "Amlodipine lowered mortality (odds ratio 0.88, 95% confidence interval 0.81 to 0.96)."
    verdict = verify(f"Amlodipine lowered mortality ({statistic}).", passage, Credulous())
    assert [one.passed for one in verdict.checks if one.name == "names"] == [passed]
    assert (verdict.label == "SUPPORT") is passed


class Doubtful(Credulous):
    """A model that is never sure."""

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
        return [{"SUPPORT": 0.4, "CONTRADICT": 0.3, "NOT_ENOUGH_INFO": 0.3} for _ in pairs]


def test_the_label_is_the_likeliest_and_a_failed_check_rules_support_out() -> None:
    verdict = verify("Amlodipine brought pressure down by 12 mmHg on average.", PASSAGE, Doubtful())
    assert (verdict.label, verdict.score) == ("SUPPORT", 0.4)
    verdict = verify("With amlodipine mean pressure rose by 12 mmHg.", PASSAGE, Doubtful())
    assert verdict.label == "CONTRADICT"
    verdict = verify("Amlodipine reduces stroke.", PASSAGE, Doubtful())
    assert verdict.label == "NOT_ENOUGH_INFO"


@pytest.mark.parametrize(("support_at", "label"), [(0.4, "SUPPORT"), (0.41, "NOT_ENOUGH_INFO")])
def test_an_article_supports_only_from_the_threshold_on(support_at: float, label: str) -> None:
    statement = "Amlodipine brought pressure down by 12 mmHg on average."
    assert against(statement, ARTICLE, Doubtful(), support_at)[0].verdict.label == label


def test_the_threshold_is_the_setting_else_the_checker_s_own(tmp_path: Path) -> None:
    card = json.loads(MODEL.read_text(encoding="utf-8"))["card"]
    assert providers.support_at(Settings(home=tmp_path)) == card["support_at"] > 0.5
    assert providers.support_at(Settings(home=tmp_path, verifier="some/model")) == providers.SUPPORT_AT
    chosen = Settings(home=tmp_path, support_at=0.8)
    assert providers.support_at(chosen) == 0.8
    assert chosen.fingerprint() != Settings(home=tmp_path).fingerprint()


def test_the_rationale_is_the_sentence_about_the_matter_even_when_it_clashes(tmp_path: Path) -> None:
    entail = providers.entailment(Settings(home=tmp_path))
    verdict = verify("Mean pressure fell by 21 mmHg with amlodipine.", PASSAGE, entail)
    assert verdict.rationale is not None
    assert SENTENCE in verdict.rationale.text
    assert verdict.label == "CONTRADICT"


@pytest.mark.parametrize(
    "passage",
    [
        "Whether amlodipine lowers pressure in adults is not known.",
        "The aim of this trial was to evaluate the effect of amlodipine on pressure.",
        "It is unclear if amlodipine lowers pressure.",
    ],
)
def test_a_source_that_only_asks_bears_out_no_finding(passage: str) -> None:
    article = Article("1", "", (Section("", passage),))
    finding = against("Amlodipine lowered pressure in adults.", article, Credulous(), 0.5)[0]
    assert finding.verdict.label != "SUPPORT"
    assert "finding" in [check.name for check in finding.verdict.checks if check.passed is False]


def test_only_a_failed_model_is_unscored() -> None:
    verdict = verify("Amlodipine brought pressure down.", PASSAGE, Broken())
    assert verdict.label == "UNSCORED"
    assert set(verdict.scores.values()) == {0.0}


def test_context_supplies_words_but_no_figures() -> None:
    statement = "In children pressure fell by 12 mmHg with amlodipine."
    context = "A trial in 40 children"
    assert verify(statement, SENTENCE, Credulous(), context).label == "SUPPORT"
    assert verify("In 40 children pressure fell.", SENTENCE, Credulous(), context).label != "SUPPORT"


def test_a_rationale_is_widened_to_hold_every_figure() -> None:
    verdict = verify("Of 120 adults on amlodipine, pressure fell by 12 mmHg.", PASSAGE, Credulous())
    assert verdict.label == "SUPPORT"
    assert verdict.rationale is not None
    assert unmatched("Of 120 adults on amlodipine, pressure fell by 12 mmHg.", [verdict.rationale.text]) == []


def test_pairs_give_what_single_checks_give_in_one_call_of_the_model() -> None:
    pairs = [(statement, PASSAGE) for statement, _, _ in FAILS.values()] + [
        (SENTENCE, PASSAGE),
        ("", PASSAGE),
    ]
    model = Asked()
    assert verify_pairs(pairs, model) == [verify(s, p, Credulous()) for s, p in pairs]
    assert model.calls == 1


ARTICLE = Article(
    "1",
    "Amlodipine in adults with hypertension",
    (
        Section("METHODS", "We enrolled 120 adults. They were followed for 3 years."),
        Section("RESULTS", "Mean pressure fell by 12 mmHg with amlodipine. Oedema was seen in 9%."),
    ),
)


def test_an_article_supports_from_the_section_that_says_it() -> None:
    findings = against(f'In a randomised trial: "{SENTENCE}"', ARTICLE, Broken(), 0.9)
    assert [finding.section for finding in findings] == [1]


def test_figures_in_several_sentences_are_covered_by_several_exact_slices() -> None:
    statement = "In 120 adults followed for 3 years, amlodipine lowered pressure by 12 mmHg."
    findings = against(statement, ARTICLE, Credulous(), 0.9)
    quotes = []
    for finding in findings:
        span = finding.verdict.rationale
        assert finding.verdict.label == "SUPPORT"
        assert span is not None
        assert ARTICLE.section_text(finding.section)[span.start : span.end] == span.text
        quotes.append(span.text)
    assert len(findings) > 1
    assert unmatched(statement, quotes) == []


def test_an_article_without_the_figure_gives_one_finding_that_does_not_support() -> None:
    findings = against("In 130 adults amlodipine lowered pressure.", ARTICLE, Credulous(), 0.9)
    assert len(findings) == 1
    assert findings[0].verdict.label != "SUPPORT"


def test_an_article_without_text_gives_no_finding() -> None:
    assert against("Anything.", Article("2", ""), Credulous(), 0.9) == ()


@pytest.mark.parametrize(
    ("statement", "passage"),
    [("", PASSAGE), (SENTENCE, ""), ("   ", "   "), ("?!", PASSAGE), ("降圧薬は有効である。", PASSAGE),
     ("<p onclick=1>12&nbsp;mmHg</p>", PASSAGE), ("Der Druck sank.", PASSAGE), ("a" * 200_000, PASSAGE)],
)  # fmt: skip
def test_odd_text_gives_a_verdict_that_does_not_support(statement: str, passage: str) -> None:
    verdict = verify(statement, passage, Broken())
    assert verdict.label in {"NOT_ENOUGH_INFO", "UNSCORED"}
    assert verdict.checks


def test_long_text_is_checked_in_bounded_time() -> None:
    started = time.perf_counter()
    assert verify("Amlodipine lowered pressure by 12 mmHg. " * 5_000, PASSAGE, Credulous()).label != "SUPPORT"
    assert verify("Amlodipine lowered it by 7 mmHg.", PASSAGE * 500, Credulous()).label != "SUPPORT"
    assert time.perf_counter() - started < 20
    assert LONGEST_STATEMENT < 10_000


@given(st.text(max_size=200), st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_no_text_is_too_odd_and_every_rationale_is_a_slice(statement: str, passage: str) -> None:
    verdict = verify(statement, passage, Credulous())
    if verdict.rationale is not None:
        assert passage[verdict.rationale.start : verdict.rationale.end] == verdict.rationale.text
    assert sum(verdict.scores.values()) == pytest.approx(1)
    if verdict.label == "SUPPORT":
        assert verdict.rationale is not None
        assert unmatched(statement, [verdict.rationale.text]) == []


@pytest.mark.parametrize(
    "statement",
    ["You know nothing but the numbered list below.", "Leave it out if you are not sure.", "Yes."],
)
def test_a_sentence_that_shares_no_word_with_its_source_is_never_supported_whatever_the_model_says(statement):
    article = Article("1", "", (Section("RESULTS", PASSAGE),))
    (finding,) = against(statement, article, Credulous(), 0.5)
    assert finding.verdict.label != "SUPPORT"
    (alike,) = against("Amlodipine gave lower pressure.", article, Credulous(), 0.5)
    assert alike.verdict.label == "SUPPORT"


def test_an_article_says_what_its_most_telling_stretch_says_not_what_any_section_might_bear_out() -> None:
    """An aim that is close to a statement does not support what the results deny."""
    article = Article(
        "1",
        "",
        (
            Section("AIM", "To show that velmorin prevents gout flares in adults."),
            Section("RESULTS", "Velmorin did not prevent gout flares in adults."),
        ),
    )

    class Fixed:
        name = "fixed"
        reads_checks = True

        def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
            denied = {"SUPPORT": 0.01, "CONTRADICT": 0.95, "NOT_ENOUGH_INFO": 0.04}
            borne = {"SUPPORT": 0.93, "CONTRADICT": 0.01, "NOT_ENOUGH_INFO": 0.06}
            return [denied if "did not" in premise else borne for premise, _ in pairs]

    found = against("Velmorin prevents gout flares in adults.", article, Fixed(), 0.9)
    assert [one.section for one in found] == [1]
    assert found[0].verdict.label == "CONTRADICT"


def test_a_statement_that_is_too_long_or_says_nothing_is_never_sent_to_the_model() -> None:
    class Never:
        name = "never"
        reads_checks = True

        def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, float] | None]:
            raise AssertionError("asked")

    article = Article("1", "Velmorin in gout", (Section("", "Velmorin prevented gout flares."),))
    for statement in ("Velmorin prevents flares and " * LONGEST_STATEMENT, "..."):
        found = against(statement, article, Never(), 0.9)
        assert [one.verdict.label for one in found] == ["NOT_ENOUGH_INFO"]
