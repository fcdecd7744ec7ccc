"""What the extractive writer quotes, and of which sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.answering.design import design
from rag.answering.extract import extract
from rag.answering.question import understand
from rag.answering.relation import names
from rag.records import Article, Design, EvidenceBody, Found, Question, Screening, Section, Source, Stance

TRIAL = ("Randomized Controlled Trial",)


def source(
    question: Question, title: str, *sections: tuple[str, str], because: tuple[str, ...], n: int = 1
) -> Source:
    """A trial with the reasons of its screening; without any it is direct."""
    told = tuple(Section(label, text) for label, text in sections)
    article = Article(str(n), title, told, publication_types=TRIAL)
    screening = Screening(not because, because, 0.6)
    found = Found(article, (), 1.0, "made")
    return Source(n, found, design(article, question.type), screening, Stance("silent", 0.0))


def quotes(question: Question, *sources: Source) -> list[tuple[str, str]]:
    """Section and words of every statement, without the lead-in."""
    made = extract(question, sources)
    return [(one.section, one.text.partition('"')[2].rstrip('"')) for one in made.statements]


MIGRAINE = understand("Does magnesium prevent migraine in adults?")
METHODS = ("METHODS", "We randomly assigned 90 adults with migraine to magnesium or placebo for a year.")
ASPIRIN = "intervention: aspirin, not magnesium"


def test_a_result_on_the_outcome_comes_before_any_other_sentence() -> None:
    asked = understand("Does listening to songs reduce anxiety before surgery?")
    found = "Anxiety scores were lower with songs than without (P=0.01)."
    other = "Patients listening to songs before surgery had lower pain scores before surgery than others."
    made = quotes(asked, source(asked, "Songs before surgery", ("RESULTS", f"{other} {found}"), because=()))
    assert made[0][1] == found


def test_a_harm_comes_first_where_a_question_of_harm_names_no_outcome() -> None:
    asked = understand("What are the adverse effects of magnesium?")
    harm = "Diarrhoea was the most common side effect of magnesium."
    good = "Magnesium had better effects on magnesium in blood than the effects of others."
    made = quotes(asked, source(asked, "Magnesium", ("RESULTS", f"{good} {harm}"), because=()))
    assert made[0] == ("harm", harm)


@pytest.mark.parametrize(
    "section",
    [
        METHODS,
        ("OBJECTIVE", "To find out whether magnesium prevents migraine in adults of working age."),
        ("BACKGROUND", "Magnesium has improved migraine in adults in earlier and smaller studies."),
        ("RESULTS", "Of 90 adults with migraine, 45 in group A and 45 in group B were analysed."),
        ("RESULTS", "Magnesium intakes and migraine days of all adults were recorded."),
        ("", "er drugs and magnesium significantly reduced migraine in adults of working age."),
    ],
)
def test_a_source_of_which_only_aims_methods_and_background_can_be_quoted_is_not_quoted(
    section: tuple[str, str],
) -> None:
    assert quotes(MIGRAINE, source(MIGRAINE, "Magnesium in migraine", section, because=())) == []


def test_what_an_abstract_without_labels_opens_with_is_not_quoted_as_its_finding() -> None:
    known = "Magnesium significantly reduced migraine days in adults in an earlier trial (P<0.001)."
    done = "Ninety adults took magnesium or nothing. Diaries were kept for a year."
    found = "Magnesium did not reduce migraine days in adults."
    made = quotes(MIGRAINE, source(MIGRAINE, "Magnesium", ("", f"{known} {done} {found}"), because=()))
    assert [text for _, text in made] == [found]


def test_a_second_quote_of_a_source_is_a_finding() -> None:
    found = "Magnesium reduced migraine days in adults (P<0.001)."
    dull = "Magnesium in adults with migraine is a matter of much interest to neurologists."
    made = quotes(MIGRAINE, source(MIGRAINE, "Magnesium", ("CONCLUSIONS", f"{found} {dull}"), because=()))
    assert [text for _, text in made] == [found]


ASPIRIN_HELPS = ("CONCLUSIONS", "Aspirin reduced the frequency of migraine in adults.")


def test_another_treatment_of_the_same_condition_is_an_alternative() -> None:
    one = source(MIGRAINE, "Aspirin for migraine", ASPIRIN_HELPS, because=(ASPIRIN,))
    assert quotes(MIGRAINE, one) == [("alternatives", ASPIRIN_HELPS[1])]


@pytest.mark.parametrize(
    ("question", "title", "section", "because"),
    [
        (MIGRAINE, "Aspirin for stroke", ("CONCLUSIONS", "Aspirin reduced strokes in adults."), ASPIRIN),
        (
            MIGRAINE,
            "Obesity and migraine",
            ("CONCLUSIONS", "Obesity increased migraine in adults."),
            "intervention: obesity, not magnesium",
        ),
        (understand("Does magnesium cause migraine?"), "Aspirin for migraine", ASPIRIN_HELPS, ASPIRIN),
        (MIGRAINE, "Rizatriptan for migraine", ASPIRIN_HELPS, ASPIRIN),
        (
            MIGRAINE,
            "Mechanical ventilation and migraine",
            ("CONCLUSIONS", "The ventilatory mode did not reduce migraine."),
            "intervention: mechanical ventilation, not magnesium",
        ),
    ],
    ids=["another condition", "no treatment", "a question of harm", "named in passing", "not told of"],
)
def test_what_is_no_treatment_of_the_same_condition_is_no_alternative(
    question: Question, title: str, section: tuple[str, str], because: str
) -> None:
    made = quotes(question, source(question, title, section, because=(because,)))
    assert all(name != "alternatives" for name, _ in made)


@pytest.mark.parametrize(
    ("body", "level", "shown"),
    [("opinion", None, True), ("observational", None, False), ("mechanism", 5, False)],
    ids=["a review", "a survey", "a laboratory study"],
)
def test_a_design_that_cannot_tell_what_a_treatment_did_gives_no_alternative(
    body: EvidenceBody, level: int | None, shown: bool
) -> None:
    one = source(MIGRAINE, "Aspirin for migraine", ASPIRIN_HELPS, because=(ASPIRIN,))
    made = quotes(MIGRAINE, replace(one, design=Design("study", "text", "stated", level, None, body)))
    assert ("alternatives" in dict(made)) is shown


HONEY = understand("Does honey prevent acute mountain sickness?")
PLAQUE = ("CONCLUSIONS", "Honey reduced plaque in adults more than chlorhexidine did.")
BEES = ("CONCLUSIONS", "This is the first report of a virus that was found in honey bees.")


def test_the_same_intervention_for_another_outcome_is_indirect_evidence() -> None:
    one = source(HONEY, "Honey and plaque", PLAQUE, because=("outcome: not acute mountain sickness",))
    assert quotes(HONEY, one) == [("indirect", PLAQUE[1])]


@pytest.mark.parametrize(
    ("section", "because"),
    [
        (BEES, ("what it tells is on something else",)),
        (PLAQUE, ("intervention: not honey", "outcome: not acute mountain sickness")),
        (("CONCLUSIONS", "Plaque was significantly reduced."), ("outcome: not acute mountain sickness",)),
        (PLAQUE, ("plaque came after honey; it was not treated by it",)),
    ],
    ids=["off the question", "nothing shared", "quote of nothing asked", "reversed"],
)
def test_a_source_that_shares_nothing_that_matters_is_not_shown(
    section: tuple[str, str], because: tuple[str, ...]
) -> None:
    assert quotes(HONEY, source(HONEY, "", section, because=because)) == []


def test_population_and_outcome_without_the_intervention_are_indirect_evidence() -> None:
    asked = understand("Does exercise improve depressive symptoms in older adults?")
    told = ("RESULTS", "Depressive symptoms improved with music in older adults.")
    assert quotes(asked, source(asked, "", told, because=("intervention: not exercise",))) == [
        ("indirect", told[1])
    ]
    denied = ("intervention: not exercise", "population: not older adults")
    assert quotes(asked, source(asked, "", told, because=denied)) == []
    others = ("RESULTS", "Depressive symptoms improved with music in caregivers.")
    assert quotes(asked, source(asked, "", others, because=("intervention: not exercise",))) == []


def test_at_most_three_indirect_sources_are_quoted() -> None:
    reason = ("outcome: not acute mountain sickness",)
    texts = [f"Honey reduced plaque in adults more than remedy {n} did." for n in "ABCDE"]
    many = [source(HONEY, "", ("RESULTS", text), n=n, because=reason) for n, text in enumerate(texts, 1)]
    assert len(quotes(HONEY, *many)) == 3


@pytest.mark.parametrize(
    ("element", "text", "named"),
    [
        ("uncomplicated diverticulitis", "Surface of flow diverters for aneurysms.", False),
        ("uncomplicated diverticulitis", "Patients with diverticulitis recovered.", True),
        ("listening to music", "Music lowered the pulse.", True),
        ("early mobilisation", "Early speech therapy in aphasia.", False),
        ("stroke", "Spinal cord injury.", False),
    ],
)
def test_an_element_is_named_by_its_condition_or_its_rare_words(element: str, text: str, named: bool) -> None:
    assert names(element, text) is named
