"""Certainty of a body of evidence, and the words that go with it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.grade import grade
from rag.records import (
    Article,
    ArticleStatus,
    Certainty,
    Design,
    Domain,
    EvidenceBody,
    Found,
    Screening,
    Section,
    Source,
    Span,
    Stance,
    VerdictKind,
)
from rag.text.wording import causal_overreach, too_strong, verdict_words

NAMES: dict[EvidenceBody, str] = {
    "randomised": "randomised trial",
    "observational": "cohort study",
    "uncontrolled": "case report",
    "mechanism": "animal study",
    "opinion": "narrative review",
    "none": "trial protocol",
}


def source(
    n: int,
    body: EvidenceBody = "randomised",
    *,
    participants: int | None = 1000,
    level: int | None = 2,
    direct: bool = True,
    direction: Any = "supports",
    text: str = "Oil lowered the risk.",
    status: ArticleStatus = "ok",
    review: bool = False,
) -> Source:
    article = Article(id=str(n), title="Oil", sections=(Section("", text),), status=status)
    return Source(
        n=n,
        found=Found(article, (), 1.0, "starter"),
        design=Design(NAMES[body], "publication_type", "stated", level, participants, body, review),
        screening=Screening(direct, () if direct else ("about cerebral stroke",)),
        stance=Stance(direction, 0.9, 0, Span(text, 0, len(text))),
    )


def rate(kind: VerdictKind, *sources: Source, quotes: dict[int, list[str]] | None = None) -> Certainty:
    return grade(kind, sources, quotes or {one.n: [] for one in sources})


def domain(made: Certainty, name: str) -> Domain:
    return next(one for one in made.domains if one.name == name)


def test_trials_alone_are_moderate_at_most() -> None:
    made = rate("supported", source(1), source(2))
    assert (made.level, made.studies, made.participants, made.direct) == ("moderate", 2, 2000, True)
    assert domain(made, "ceiling").change == -1


def test_observational_evidence_starts_low() -> None:
    assert rate("supported", source(1, "observational")).level == "low"


def test_a_case_report_is_very_low_for_risk_of_bias_and_publication_bias() -> None:
    made = rate("supported", source(1, "uncontrolled", participants=1))
    assert made.level == "very_low"
    assert domain(made, "risk of bias").change == -2
    assert domain(made, "publication bias").change == -1


def test_trials_that_oppose_each_other_lose_one_level() -> None:
    against = source(2, direction="opposes", text="Oil did nothing.")
    made = rate("supported", source(1), against)
    found = domain(made, "inconsistency")
    assert (found.change, found.quote) == (-1, "Oil did nothing.")


def test_a_weaker_dissenter_does_not_lower_a_trial() -> None:
    made = rate("supported", source(1), source(2, "uncontrolled", direction="opposes"))
    assert domain(made, "inconsistency").change == 0
    assert made.studies == 2


def test_one_source_cannot_be_inconsistent() -> None:
    assert domain(rate("supported", source(1)), "inconsistency").status == "not_assessable"


def test_agreement_is_told_only_of_direct_sources_that_point_the_same_way() -> None:
    agree = domain(rate("supported", source(1), source(2)), "inconsistency")
    assert agree.status == "rated"
    assert agree.reason.startswith("2 direct sources point the same way")
    apart: list[tuple[VerdictKind, list[Source]]] = [
        ("supported", [source(1), source(2, direct=False)]),
        ("supported", [source(1), source(2, "observational")]),
        ("supported", [source(1, direction="silent"), source(2, direction="silent")]),
        ("uncertain", [source(1, direction="inconclusive"), source(2, direction="inconclusive")]),
        ("no_direct_evidence", [source(1, direct=False), source(2, direct=False)]),
    ]
    for kind, sources in apart:
        assert domain(rate(kind, *sources), "inconsistency").status == "not_assessable"


def test_how_many_sources_a_reason_tells_is_how_many_direct_ones_are_cited() -> None:
    made = rate("supported", source(1), source(2, "observational"), source(3, "uncontrolled"))
    assert "Of the 3 direct sources" in domain(made, "inconsistency").reason


def test_indirect_trials_give_no_start_at_high_and_rate_no_domain_but_indirectness() -> None:
    text = "Low-certainty evidence favoured oil in an open-label trial."
    made = rate("no_direct_evidence", source(1, direct=False, participants=9, text=text))
    assert "Starts at low" in domain(made, "starting point").reason
    assert {one.name for one in made.domains if one.change} == {"indirectness"}
    assert all(one.status != "reported_by_source" for one in made.domains)


def test_indirect_animal_work_is_named_as_such_and_other_reasons_are_counted() -> None:
    animals = rate("no_direct_evidence", source(1, "mechanism", direct=False))
    assert "Only animal or laboratory work" in domain(animals, "indirectness").reason
    mixed = rate("no_direct_evidence", source(1, "mechanism", direct=False), source(2, direct=False))
    assert "(2 of 2: about cerebral stroke)" in domain(mixed, "indirectness").reason


def test_without_a_direct_source_certainty_is_very_low() -> None:
    made = rate("no_direct_evidence", source(1, direct=False), source(2, direct=False))
    assert (made.level, made.direct, made.studies, made.best_level.level) == ("very_low", False, 0, None)
    assert "about cerebral stroke" in domain(made, "indirectness").reason


def test_indirect_sources_do_not_count_beside_a_direct_one() -> None:
    made = rate("supported", source(1, "observational", level=3), source(2, direct=False, level=1))
    assert (made.level, made.best_level.level, made.studies) == ("low", 3, 1)


def test_nothing_that_carries_a_statement_is_not_assessable() -> None:
    assert grade("no_direct_evidence", [source(1)], {}).level == "not_assessable"
    assert rate("not_answerable", source(1)).level == "not_assessable"


@pytest.mark.parametrize("silent", [source(1, status="retracted"), source(1, "none")])
def test_retracted_articles_and_protocols_carry_nothing(silent: Source) -> None:
    assert rate("supported", silent).level == "not_assessable"


def test_animal_work_is_indirect_by_two() -> None:
    made = rate("supported", source(1, "mechanism", level=5))
    assert (made.level, domain(made, "indirectness").change) == ("very_low", -2)


def test_few_participants_are_imprecise() -> None:
    made = rate("supported", source(1, participants=30))
    assert domain(made, "imprecision").change == -1
    assert made.level == "moderate"


@pytest.mark.parametrize(
    ("quote", "change"),
    [
        ("death was rarer (RR 0.80, 95% CI 0.70 to 0.91)", 0),
        ("death was rarer (RR 0.80, 95% CI 0.60 to 1.10)", -1),
        ("odds ratio 0.9 (95% confidence interval, 0.3-2.9)", -2),
        ("HR 1.01 (95% CI 0.97-1.05)", 0),
        ("mean difference -2.0 (95% CI -4.1 to 0.2)", -1),
        ("mean difference -2.0 (95% CI -4.1 to -0.2)", 0),
    ],
)
def test_an_interval_that_holds_no_effect_and_an_important_one_is_imprecise(quote: str, change: int) -> None:
    found = domain(rate("supported", source(1), quotes={1: [quote]}), "imprecision")
    assert found.change == change
    assert found.quote in quote


def test_considerable_heterogeneity_in_a_quote_is_inconsistency() -> None:
    made = rate("supported", source(1, review=True), quotes={1: ["Pooled RR 0.7 (I2 = 88%)."]})
    assert domain(made, "inconsistency").quote == "I2 = 88%"


def test_a_weak_method_that_the_source_names_is_risk_of_bias() -> None:
    made = rate("supported", source(1, text="In this open-label trial oil lowered the risk."))
    found = domain(made, "risk of bias")
    assert (found.change, found.quote) == (-1, "In this open-label trial oil lowered the risk.")


@pytest.mark.parametrize(
    ("sentence", "level", "change"),
    [
        ("We found low-certainty evidence of benefit.", "low", -1),
        ("There was high-certainty evidence of benefit.", "moderate", 0),
        ("The quality of evidence was very low.", "very_low", -2),
        ("Oil helped (GRADE: low).", "low", -1),
        ("Moderate to low quality evidence supports oil.", "low", -1),
    ],
)
def test_a_source_s_own_rating_comes_first_and_only_lowers(sentence: str, level: str, change: int) -> None:
    made = rate("supported", source(1, text=f"Oil was given. {sentence}", review=True))
    first = made.domains[0]
    assert (first.status, first.change, first.quote) == ("reported_by_source", change, sentence)
    assert made.level == level


@pytest.mark.parametrize(
    "sentence",
    ["High-quality evidence is needed.", "Patients had low quality of life.", "Low quality sleep hurts."],
)
def test_what_is_not_a_rating_is_not_read_as_one(sentence: str) -> None:
    assert rate("supported", source(1, text=sentence)).domains[0].name == "starting point"


def test_different_ratings_for_different_outcomes_are_shown_and_not_applied() -> None:
    text = "High-certainty evidence showed fewer deaths. Low-certainty evidence showed fewer strokes."
    made = rate("supported", source(1, text=text))
    assert (made.domains[0].change, made.level) == (0, "moderate")


def test_another_scale_is_quoted_and_not_converted() -> None:
    text = "Oil is advised (Class IIa, Level of Evidence B)."
    made = rate("supported", source(1, "opinion", text=text))
    assert (made.domains[0].quote, made.domains[0].change) == (text, 0)


def test_participants_are_not_summed_across_a_review_and_a_trial_it_may_hold() -> None:
    assert rate("supported", source(1, review=True), source(2)).participants is None
    assert rate("supported", source(1, review=True)).participants == 1000


def test_participants_are_not_summed_when_one_is_unknown() -> None:
    assert rate("supported", source(1), source(2, participants=None)).participants is None


def test_one_article_under_two_numbers_is_one_study() -> None:
    twice = source(1)
    again = Source(2, twice.found, twice.design, twice.screening, twice.stance)
    assert rate("supported", twice, again).studies == 1


_KINDS: tuple[VerdictKind, ...] = get_args(VerdictKind)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(_KINDS),
    st.lists(
        st.builds(
            source,
            st.integers(1, 9),
            st.sampled_from(list(NAMES)),
            participants=st.none() | st.integers(1, 9000),
            direct=st.booleans(),
            direction=st.sampled_from(["supports", "opposes", "inconclusive", "silent"]),
            text=st.sampled_from(
                ["Oil helped.", "Low-certainty evidence favoured oil.", "An open-label trial."]
            ),
        ),
        max_size=5,
        unique_by=lambda one: one.n,
    ),
)
def test_the_start_and_the_changes_add_up_to_the_level(kind: VerdictKind, sources: list[Source]) -> None:
    """No body of abstracts is above moderate, every step is in the table, and every quote is verbatim."""
    made = rate(kind, *sources)
    if made.level == "not_assessable":
        assert made.domains == ()
        return
    levels = ("very_low", "low", "moderate")
    start = 4 if "high" in domain(made, "starting point").reason else 2
    total = start + sum(one.change for one in made.domains)
    assert levels.index(made.level) + 1 == max(1, total)
    texts = {one.found.article.sections[0].text for one in sources}
    assert all(not one.quote or any(one.quote in text for text in texts) for one in made.domains)


@pytest.mark.parametrize(
    ("text", "highest_refused"),
    [
        ("Oil reduces death.", "moderate"),
        ("Oil does not reduce death.", "moderate"),
        ("Yes. Oil was tried twice.", "moderate"),
        ("Oil is effective.", "moderate"),
        ("Oil is associated with death.", "moderate"),
        ("Oil probably reduces death.", "low"),
        ("Probably yes.", "low"),
        ("Oil may reduce death.", "very_low"),
        ("Possibly yes.", "very_low"),
        ("The evidence is very uncertain about oil.", None),
        ('In a randomised trial: "Oil reduces death."', None),
        ("In one randomised trial oil reduced death.", None),
        ("The drug used to reduce pain was given early.", None),
    ],
)
def test_words_may_not_exceed_the_certainty(text: str, highest_refused: str | None) -> None:
    order = ("high", "moderate", "low", "very_low")
    refused = [level for level in order if too_strong(text, level)]  # type: ignore[arg-type]
    expected = order[order.index(highest_refused) :] if highest_refused else ()
    assert tuple(refused) == tuple(expected)


@pytest.mark.parametrize("level", ["high", "moderate", "low", "very_low", "not_assessable"])
@pytest.mark.parametrize("kind", _KINDS)
def test_every_opening_is_allowed_at_its_level(kind: VerdictKind, level: Any) -> None:
    for imprecise in (False, True):
        assert too_strong(verdict_words(kind, level, imprecise), level) is None


def test_an_imprecise_null_result_is_not_told_as_no_effect() -> None:
    assert verdict_words("not_supported", "low", imprecise=True).endswith("an effect is not excluded.")
    assert "excluded" not in verdict_words("not_supported", "low")
    assert verdict_words("supported", "low", imprecise=True) == verdict_words("supported", "low")


def test_the_words_that_exceed_are_returned() -> None:
    assert too_strong("Oil was given. Oil prevents asthma.", "low") == "prevents"


@pytest.mark.parametrize(
    ("text", "body", "words"),
    [
        ("Oil causes asthma.", "observational", "causes"),
        ("Deaths fell because of oil.", "uncontrolled", "because of"),
        ("Oil led to fewer deaths.", "observational", "led to"),
        ("Oil causes asthma.", "randomised", None),
        ("Oil is associated with asthma.", "observational", None),
        ("Oil may cause asthma.", "observational", None),
        ('In a cohort study: "Oil causes asthma."', "observational", None),
    ],
)
def test_a_cause_is_claimed_from_randomised_evidence_only(
    text: str, body: EvidenceBody, words: str | None
) -> None:
    assert causal_overreach(text, body) == words
