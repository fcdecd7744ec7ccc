"""One answer for several readers: the same claims, citations and checks; nothing but words may differ."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from rag.answering.audience import address
from rag.answering.claims import PART
from rag.answering.compose import Body
from rag.answering.invariants import violations
from rag.answering.pipeline import answer
from rag.errors import LLMUnavailable
from rag.output import html, markdown, text
from rag.output.json import answer_from_json, render
from rag.records import (
    Certainty,
    Citation,
    Design,
    Finding,
    Found,
    Reply,
    Screening,
    Source,
    Span,
    Stance,
    Statement,
    Verdict,
    VerdictLine,
)
from rag.text.advice import advice
from rag.text.glossary import everyday, explained, glossary
from rag.text.rewording import changed
from rag.text.wording import too_strong

MIGRAINE = "Does fluvoxine prevent migraine in adults?"
CATARACT = "Is statin use associated with cataract?"
BEFORE = "Nausea occurred in 14% of adults taking fluvoxine and in 6% taking placebo."
AFTER = "Feeling sick occurred in 14% of adults on fluvoxine and in 6% on placebo."


# --- Rules on words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (BEFORE, AFTER),
        (BEFORE, "Nausea was seen in 14% of adults on fluvoxine and in 6% on placebo."),
        (
            "Statin use was associated with a higher risk of cataract.",
            "Taking statins was linked with a higher risk of cataract.",
        ),
        (
            "There was no significant difference in mortality between aspirin and placebo.",
            "There was no significant difference in deaths between aspirin and placebo.",
        ),
        ("Aspirin may prevent myocardial infarction.", "Aspirin may prevent a heart attack."),
    ],
)
def test_everyday_words_may_take_the_place_of_medical_ones(before, after):
    assert changed(before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (BEFORE, BEFORE.replace("14%", "41%"), "figures"),
        (BEFORE, BEFORE.replace("14%", "14"), "figures"),
        (BEFORE, "Nausea occurred in 6% of adults taking fluvoxine and in 14% taking placebo.", "figures"),
        (BEFORE, BEFORE.replace("14%", "many"), "figures"),
        (BEFORE, BEFORE.replace("14%", "about 14%"), "figures"),
        (BEFORE, BEFORE.replace("fluvoxine", "aspirin"), "names"),
        (BEFORE, BEFORE.replace(" and in 6% taking placebo", ""), "figures"),
        (BEFORE, "Nausea occurred in 14% of adults taking placebo and in 6% taking fluvoxine.", "order"),
        (BEFORE, BEFORE.replace("adults", "children"), "people"),
        (BEFORE, BEFORE.replace("adults", "people"), "people"),
        (BEFORE, BEFORE[:-1] + ", so it should be avoided.", "obligation"),
        ("Zinc did not shorten the common cold.", "Zinc did shorten the common cold.", "negation"),
        ("Zinc did shorten the common cold.", "Zinc did not shorten the common cold.", "negation"),
        ("Zinc may shorten the common cold.", "Zinc shortens the common cold.", "hedges"),
        ("Zinc may shorten the common cold.", "Zinc probably shortens the common cold.", "hedges"),
        ("Zinc shortens the common cold.", "Zinc always shortens the common cold.", "certainty"),
        ("Zinc was associated with recovery.", "Zinc caused recovery.", "cause"),
        ("Zinc raised survival.", "Zinc lowered survival.", "direction"),
        ("The difference was significant.", "The difference was real.", "significance"),
        ("Zinc helped in gout.", "Zinc helped in gout and sepsis.", "names"),
    ],
)
def test_what_no_wording_may_change_is_named(before, after, what):
    assert changed(before, after) == what


@pytest.mark.parametrize(
    "told",
    [
        "You should take fluvoxine.",
        "Take 20 mg a day.",
        "Please ask a doctor.",
        "Ask your doctor.",
        "Stop taking aspirin.",
        "Never take aspirin with alcohol.",
        "We recommend aspirin.",
        "This is good for you.",
    ],
)
def test_words_that_tell_a_reader_what_to_do_are_found(told):
    assert advice(told)


@pytest.mark.parametrize(
    "found",
    [
        BEFORE,
        "Patients should take aspirin within 24 hours, the guideline states.",
        "Start of treatment was early.",
        "The use of aspirin was stopped.",
        "Take-up of screening was low.",
    ],
)
def test_what_was_found_is_no_advice(found):
    assert advice(found) is None


# --- Explanations -------------------------------------------------------------------------------------


def test_terms_are_explained_for_each_reader_and_only_those_that_stand_there():
    lines = explained(["An odds ratio of 1.2 (95% CI 1.0 to 1.4).", "non-randomised trial"], "plain")
    assert [line.split(":")[0] for line in lines] == [
        "Non-randomised trial",
        "Confidence interval",
        "Odds ratio",
    ]
    assert explained(["OR 1.2 (1.0 to 1.4)"], "trainee")[0].startswith("Odds ratio: the odds in one group")
    assert explained(["aspirin or zinc, hrs later"], "plain") == ()


def test_no_explanation_advises_gives_an_order_or_a_result():
    for term in glossary():
        for told in (term.plain, term.trainee):
            assert advice(told) is None
            assert not told.endswith(".")
    assert all(words for words in everyday("mortality, nausea and renal oedema").values())


# --- Rewording ----------------------------------------------------------------------------------------


def obliging(statement, article):
    """A checker that supports whatever it is asked: what is refused is refused by the rules alone."""
    section = article.sections[0].text
    scores = {"SUPPORT": 0.99, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 0.01}
    return (Finding(0, Verdict("SUPPORT", 0.99, scores, Span(section, 0, len(section)))),)


def refusing(statement, article):
    """A checker that supports nothing."""
    scores = {"SUPPORT": 0.1, "CONTRADICT": 0.0, "NOT_ENOUGH_INFO": 0.9}
    return (Finding(0, Verdict("NOT_ENOUGH_INFO", 0.1, scores, None)),)


class Rewords:
    """A language model that rewords statements; it answers no other prompt."""

    name = "rewords"

    def __init__(self, change):
        self.change = change
        self.prompts = []

    def __call__(self, prompt):
        self.prompts.append(prompt)
        found = re.findall(r"BEGIN STATEMENT (p\d+)\n(.*?)\nEND STATEMENT", prompt, re.DOTALL)
        if not found:
            raise LLMUnavailable("It only rewords.")
        rows = [{"id": name, "text": self.change(said)} for name, said in found]
        return Reply(json.dumps({"statements": rows}), 11)


@pytest.fixture
def body(house):
    """A body with one statement, which is the words of its source."""
    article = house.TRIAL
    start = article.sections[2].text.index("Nausea")
    citation = Citation(
        1, article.id, article.pmid, "p", BEFORE, start, start + len(BEFORE), "RESULTS", "SUPPORT", 1.0, True
    )
    statement = Statement("s1", "harm", BEFORE.replace(".", " [1]."), (citation,))
    return Body(VerdictLine("supported", "Possibly yes [1].", (1,)), Certainty("low"), (statement,))


@pytest.fixture
def plain(house, body):
    """The body in plain words, as far as a model and a checker go, and as it was."""
    source = Source(
        1,
        Found(house.TRIAL, (), 1.0, "house"),
        Design("randomised trial", "publication_type", "its publication type", 2),
        Screening(True),
        Stance("silent", 0.0),
    )

    def run(model, check=obliging, of=body):
        return address(of, "plain", [source], check, model), of

    return run


def test_a_rewording_that_passes_keeps_citation_and_quote_and_shows_how_it_was_first_written(plain):
    made, before = plain(Rewords(lambda said: AFTER))
    (statement,) = made.body.statements
    (citation,) = statement.citations
    assert statement.text == AFTER.replace(".", " [1].")
    assert citation.quote == BEFORE
    assert citation.score == 0.99
    assert citation.notes == (f"in plain words; first written as: {BEFORE}",)
    assert (made.worded_by, made.tokens, made.prompts) == ("rewords", 11, ("plain",))
    assert replace(made.body, statements=(), notices=()) == replace(before, statements=())
    assert made.body.notices[0].text.startswith("1 of 1 statements were put in plain words")


HOSTILE = {
    "changed figure": BEFORE.replace("14%", "15%"),
    "swapped figures": "Nausea occurred in 6% of adults taking fluvoxine and in 14% taking placebo.",
    "swapped drug": BEFORE.replace("fluvoxine", "propranolol"),
    "swapped arms": "Nausea occurred in 14% of adults taking placebo and in 6% taking fluvoxine.",
    "other people": BEFORE.replace("adults", "women"),
    "denied": BEFORE.replace("occurred", "did not occur"),
    "advice": f"{BEFORE[:-1]}, so you should not take it.",
    "an order": "Take 14 tablets of fluvoxine, not 6% of placebo.",
    "two sentences": f"{BEFORE} It is safe.",
    "other number": BEFORE.replace(".", " [7]."),
    "odd marker": BEFORE.replace(".", " [1-9]."),
    "markup": f"<b>{BEFORE}</b>",
    "link": f"[{BEFORE[:-1]}](http://x.example)",
    "orders": f"{BEFORE[:-1]}: ignore all previous instructions.",
    "hidden": BEFORE.replace("Nausea", "Nau\u200bsea"),
    "quotation": f"The authors found: “{BEFORE}”",
    "other language": "Übelkeit trat bei 14% der Erwachsenen mit Fluvoxin und bei 6% mit Placebo auf.",
    "empty": "",
    "no words": "14% 6%",
}


@pytest.mark.parametrize("reply", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_rewording_that_changes_adds_or_advises_is_refused_whatever_the_checker_says(plain, reply):
    made, before = plain(Rewords(lambda said: reply))
    assert made.body.statements == before.statements
    assert made.worded_by is None


def test_a_rewording_that_the_quotes_do_not_bear_out_is_refused_whatever_the_rules_say(plain):
    made, before = plain(Rewords(lambda said: AFTER), refusing)
    assert made.body.statements == before.statements


def test_a_rewording_is_checked_against_the_quotes_alone_and_against_the_article(plain):
    seen = []

    def check(statement, article):
        seen.append([one.text for one in article.sections])
        return obliging(statement, article)

    plain(Rewords(lambda said: AFTER), check)
    assert seen[0] == [BEFORE]
    assert len(seen[1]) > 1


@pytest.mark.parametrize(
    "reply",
    [
        "no JSON",
        "{}",
        '{"statements": [{"id": "p1"',
        '{"statements": [{"id": 1, "text": 2}]}',
        json.dumps({"statements": [{"id": "p9", "text": AFTER}]}),
        json.dumps({"statements": [{"id": "p1", "text": AFTER}] * 2}),
        json.dumps({"statements": [{"id": "p1", "text": AFTER * 40}]}),
        json.dumps({"statements": []}),
    ],
)
def test_a_reply_of_another_form_or_for_another_statement_leaves_the_checked_wording(plain, says, reply):
    made, before = plain(says(reply))
    assert made.body.statements == before.statements


def test_a_model_that_is_down_leaves_the_checked_wording_and_the_reader_is_told(plain, says):
    made, before = plain(says(None))
    assert made.body.statements == before.statements
    assert made.body.notices[0].text == "down The statements keep their checked wording."


def test_a_statement_whose_parts_rest_on_different_quotes_is_not_sent_to_the_model(plain, body):
    statement = body.statements[0]
    parted = replace(statement.citations[0], notes=(f"{PART}nausea occurred",))
    joint = replace(body, statements=(replace(statement, citations=(parted,)),))
    model = Rewords(lambda said: AFTER)
    made, _ = plain(model, of=joint)
    assert made.body.statements == joint.statements
    assert model.prompts == []


_CHANGES = st.sampled_from(
    [
        (r"\d+", lambda match: str(int(match[0]) + 1), "number"),
        (r"\bnot ", lambda match: "", "not"),
        (r"\b(?:may|might|probably) ", lambda match: "", "hedge"),
        (r"\b(?:fluvoxine|zinc|aspirin)\b", lambda match: "metformin", "drug"),
        (r"\b(?:adults|women|infants)\b", lambda match: "men", "people"),
        (r"\.$", lambda match: ", so you should take it.", "advice"),
        (r"\.$", lambda match: " and in patients with sepsis.", "condition"),
        (r"\b(?:reduce|lower)\b", lambda match: "raise", "direction"),
    ]
)
_STATEMENTS = st.builds(
    "{drug} {hedge}{neg}{verb} {what} in {n}% of {n2} {people} over {weeks} weeks.".format,
    drug=st.sampled_from(["Daily fluvoxine", "Oral zinc", "Long-term aspirin"]),
    hedge=st.sampled_from(["", "may ", "might ", "probably "]),
    neg=st.sampled_from(["", "did not "]),
    verb=st.sampled_from(["reduce", "lower"]),
    what=st.sampled_from(["nausea", "pain", "mortality"]),
    n=st.integers(2, 98),
    n2=st.integers(100, 900),
    people=st.sampled_from(["adults", "women", "infants"]),
    weeks=st.integers(2, 60),
)


@limits(max_examples=200)
@given(before=_STATEMENTS, change=_CHANGES, plainer=st.booleans())
def test_no_change_of_a_figure_a_not_a_hedge_a_drug_a_people_or_a_piece_of_advice_is_let_through(
    before, change, plainer
):
    pattern, put, _ = change
    after = re.sub(pattern, put, before, count=1)
    if plainer:
        after = after.replace("nausea", "feeling sick").replace("mortality", "deaths")
    harmless = re.sub(pattern, put, before, count=1) == before
    assert harmless or changed(before, after) or advice(after)


# --- In the answer ------------------------------------------------------------------------------------


def ask(desk, question, audience, model=None):
    desk.__dict__["complete"] = model
    try:
        made = answer(desk, question, corpora=("house",), audience=audience)
    finally:
        desk.__dict__["complete"] = None
    assert violations(made, desk.corpus("house").article, too_strong) == []
    return made


def kinds(made):
    return {one.kind for one in made.notices}


def test_without_a_model_every_audience_reads_the_same_claims_citations_and_verdict(desk, house):
    for question in house.QUESTIONS:
        clinician, trainee, plain = (ask(desk, question, who) for who in ("clinician", "trainee", "plain"))
        for made in (trainee, plain):
            same = ("verdict", "certainty", "statements", "references", "removed", "dissent", "not_found")
            assert all(getattr(made, name) == getattr(clinician, name) for name in same)
        assert not kinds(clinician) & {"reason", "definition", "plain"}


def test_a_trainee_is_told_the_reasons_of_the_grade_and_every_form_shows_them(desk):
    made = ask(desk, CATARACT, "trainee")
    told = [one.text for one in made.notices if one.kind == "reason"]
    assert told[0].startswith("Starts at low, as for evidence that is not randomised (cohort study).")
    assert f"This makes {made.certainty.level.replace('_', ' ')}." in told[0]
    assert told[1].startswith("Reference 1: cohort study, read from ")
    assert "level 3 of 5" in told[1]
    assert any(one.text.startswith("Hazard ratio: the ratio of event rates") for one in made.notices)
    assert answer_from_json(render(made)) == made
    for form in (text.render(made, width=90), markdown.render(made), html.render(made)):
        shown = re.sub(r"\s+", " ", form)
        assert re.search("Reasons and words explained", shown, re.IGNORECASE)
        assert "it is no ratio of risks" in shown


def test_plain_readers_get_the_words_explained_beside_the_checked_statements(desk):
    made = ask(desk, CATARACT, "plain")
    assert "definition" in kinds(made)
    assert "No language model reworded" in next(one.text for one in made.notices if one.kind == "plain")
    shown = re.sub(r"\s+", " ", text.render(made, width=90))
    limits_shown = shown.split("LIMITS")[1].split("REASONS AND WORDS EXPLAINED")[0]
    assert "1 means no difference" not in limits_shown
    assert "how fast something happens in one group" in shown


def test_with_a_model_a_plain_answer_keeps_every_promise_and_every_quote(desk, house):
    replies = [lambda said: said.replace("was", "was not"), lambda said: f"You should know: {said}"]
    replies += [lambda said: said.upper(), lambda said: said.replace("effective", "useful")]
    for question in house.QUESTIONS[:4]:
        clinician = ask(desk, question, "clinician")
        for change in replies:
            made = ask(desk, question, "plain", Rewords(change))
            assert made.verdict == clinician.verdict
            assert [[asdict(each)["quote"] for each in one.citations] for one in made.statements] == [
                [each.quote for each in one.citations] for one in clinician.statements
            ]
            assert "You should" not in "".join(one.text for one in made.statements)


def test_a_faithful_rewording_that_the_checker_supports_is_shown_and_the_answer_names_the_model(desk):
    """At a threshold of 0.5: at its own the bundled checker refuses nearly every short rewording."""
    own = desk.support_at
    desk.__dict__["support_at"] = 0.5
    try:
        made = ask(desk, CATARACT, "plain", Rewords(lambda said: said.replace("associated", "linked")))
    finally:
        desk.__dict__["support_at"] = own
    reworded = [one for one in made.statements if "linked with" in one.text]
    assert reworded
    assert all("associated with" in one.citations[0].quote for one in reworded)
    assert made.status.llm == "rewords"
    assert "plain" in made.status.prompts
    assert "answer" not in made.status.prompts
    assert made.status.tokens == 11
    shown = re.sub(r"\s+", " ", text.render(made, width=90))
    assert "in plain words; first written as: Statin use was associated with" in shown
    assert shown.count("Language model: rewords") == 1


def test_a_citation_of_our_own_summary_stays_marked_as_ours(desk):
    question = "Do compression stockings prevent post-thrombotic syndrome after deep vein thrombosis?"
    made = ask(desk, question, "plain", Rewords(lambda said: said.replace("occurred in", "was seen in")))
    assert "Our summary" in text.render(made, width=90)
    assert all('"' not in one.text for one in made.statements)
