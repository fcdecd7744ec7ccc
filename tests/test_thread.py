"""Threads: follow-ups answered with the evidence and the numbers of the thread, saved, and gone on with."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.conversation import again, ask, finder, reopened
from rag.answering.desk import Desk
from rag.answering.invariants import violations
from rag.answering.saved import Saved
from rag.answering.standing import as_it_stands
from rag.errors import BadInput, IdentifyingText
from rag.providers import language_model
from rag.records import Link
from rag.settings import Settings, load
from rag.text.wording import too_strong

MIGRAINE = "Does fluvoxine prevent migraine in adults?"
CATARACT = "Is statin use associated with cataract?"


@pytest.fixture
def saved(tmp_path):
    return Saved(tmp_path)


def talk(desk, saved, *questions, corpus="house"):
    """Ask one question after the other in one thread; every answer must keep every promise."""
    made = []
    for question in questions:
        thread = made[0].thread if made else None
        taken = saved.numbers(thread).values() if thread else ()
        made.append(ask(desk, saved, question, thread=thread, corpora=() if made else (corpus,)))
        look_up = finder(desk, saved, *made)
        assert violations(made[-1], look_up, too_strong, taken) == []
    return made


def kinds(answer):
    return {one.kind for one in answer.notices}


def said(answer, kind):
    return next(one.text for one in answer.notices if one.kind == kind)


# --- Turns ----------------------------------------------------------------------------------------


def test_a_follow_up_is_answered_as_a_whole_question_with_its_own_search_and_checks(desk, saved):
    first, second = talk(desk, saved, MIGRAINE, "what about in children?")
    assert second.thread == first.thread == first.id
    assert second.question.asked == "what about in children?"
    assert second.question.understood == "Does fluvoxine prevent migraine in children?"
    assert second.verdict.kind == "no_direct_evidence"
    assert second.search.queries[0].query == "Does fluvoxine prevent migraine in children"
    assert second.search.queries[-1].database == "this thread"
    assert said(second, "reused") == "Reusing 3 sources of this thread, 0 new."
    assert {one.article: one.n for one in second.references} == {
        one.article: one.n for one in first.references
    }


def test_a_follow_up_points_where_the_same_question_points_when_it_is_asked_alone(desk, saved):
    *_, turn = talk(desk, saved, "Does fluvoxine prevent migraine in children?", "what about in adults?")
    alone = ask(desk, saved, MIGRAINE, corpora=("house",))
    assert turn.verdict.kind == alone.verdict.kind == "conflicting"
    assert [one.text for one in turn.statements if one.section == "benefit"]


def test_counts_of_a_follow_ups_search_reconcile(desk, saved):
    for made in talk(desk, saved, MIGRAINE, "and the dose?", "only cohort studies", CATARACT):
        counts = made.search.counts
        assert counts.screened == counts.excluded + counts.cited
        assert counts.excluded == len(made.search.excluded)


def test_a_topic_change_starts_afresh_says_so_and_numbers_go_on(desk, saved):
    made = talk(desk, saved, MIGRAINE, "only RCTs", CATARACT, "what about in children?")
    highest = max(one.n for one in made[0].references)
    assert "new_topic" in kinds(made[2])
    assert not kinds(made[2]) & {"reused", "restricted"}
    assert [one.n for one in made[2].references] == [highest + 1]
    assert made[2].verdict.text == "Possibly yes. This rests on a cohort study [4]."
    assert {one.article for one in made[3].references} <= {"90000003"}


def test_an_article_that_comes_back_after_a_change_of_topic_has_its_old_number(desk, saved):
    made = talk(desk, saved, MIGRAINE, CATARACT, MIGRAINE)
    assert "new_topic" in kinds(made[2])
    assert {one.article: one.n for one in made[2].references} == {
        one.article: one.n for one in made[0].references
    }


def test_a_restriction_says_what_it_leaves_out_holds_for_follow_ups_and_can_be_lifted(desk, saved):
    made = talk(desk, saved, MIGRAINE, "only RCTs since 2019", "and aspirin?", "all studies")
    assert {one.design for one in made[1].references} == {"randomised trial"}
    assert "not asked for: design: animal study" in {one.reason for one in made[1].search.excluded}
    assert "were left out" in said(made[1], "restricted")
    assert "among randomised trials, since 2019, on migraine with aspirin" in made[2].verdict.text
    assert "restricted" not in kinds(made[3])


def test_newer_means_after_the_newest_source_of_the_topic(desk, saved):
    turn = talk(desk, saved, MIGRAINE, "any newer evidence?")[1]
    assert turn.verdict.kind == "no_direct_evidence"
    assert turn.verdict.text.endswith("among studies since 2020, on migraine with fluvoxine in adults.")


SEQUENCES = st.lists(
    st.sampled_from(
        [MIGRAINE, CATARACT, "what about in children?", "and the dose?", "only RCTs", "all studies",
         "why [2]?", "Does zinc shorten the common cold?", "and aspirin?", "in English",
         "Do compression stockings prevent post-thrombotic syndrome after deep vein thrombosis?"]
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


@settings(max_examples=8)
@given(SEQUENCES)
def test_in_any_sequence_of_turns_a_number_never_changes_its_article_and_none_is_given_twice(
    desk, tmp_path_factory, turns
):
    saved = Saved(tmp_path_factory.mktemp("saved"))
    numbers: dict[int, str] = {}
    for made in talk(desk, saved, MIGRAINE, *turns):
        new = {one.n for one in made.references} - numbers.keys()
        assert new == set(range(len(numbers) + 1, len(numbers) + 1 + len(new)))
        for one in made.references:
            assert numbers.setdefault(one.n, one.article) == one.article
    assert len(set(numbers.values())) == len(numbers)
    assert saved.numbers(saved.thread_id("last")) == {article: n for n, article in numbers.items()}


# --- Why ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    ["why [1]?", "Why did you cite 1?", "explain [1]", "what does source 1 say?", "why is [1] relevant?"],
)
def test_why_is_answered_from_the_record_without_a_search_or_a_new_claim(desk, saved, asked):
    first, why = talk(desk, saved, MIGRAINE, asked)
    told = {one.text: one for one in first.statements}
    assert why.verdict.kind == "supported"
    assert [one.n for one in why.references] == [1]
    assert why.search.queries == ()
    assert why.statements
    for statement in why.statements:
        assert statement.text in told
        for citation in statement.citations:
            assert citation.quote in {one.quote for one in told[statement.text].citations}
            assert (
                "randomised trial: read from publication type: Randomized Controlled Trial" in citation.notes
            )
            assert any(note.startswith("checks passed: ") for note in citation.notes)


def test_why_alone_explains_what_the_last_verdict_rests_on(desk, saved):
    made = talk(desk, saved, MIGRAINE, "why?")
    assert {one.n for one in made[1].references} == set(made[0].verdict.citations)


def test_an_indirect_source_is_explained_as_indirect(desk, saved):
    why = talk(desk, saved, MIGRAINE, "why [3]?")[1]
    assert (why.verdict.kind, why.verdict.citations) == ("no_direct_evidence", ())
    assert "indirect" in why.verdict.text
    assert "animal or laboratory study" in why.statements[0].citations[0].notes


def test_a_number_that_the_thread_never_gave_is_said_to_be_unknown(desk, saved):
    why = talk(desk, saved, MIGRAINE, "why [8]?")[1]
    assert (why.verdict.kind, why.statements) == ("not_answerable", ())
    assert why.verdict.text == "No answer in this thread cites number 8."


def test_a_follow_up_after_an_explanation_goes_on_from_the_question_before_it(desk, saved):
    turn = talk(desk, saved, MIGRAINE, "only RCTs", "why [1]?", "what about in children?")[3]
    assert turn.question.understood == "Does fluvoxine prevent migraine in children?"
    assert turn.search.corpora[0].name == "house"
    assert "restricted" in kinds(turn)


# --- Retracted since ------------------------------------------------------------------------------


@pytest.fixture
def changing(house, tmp_path, embedder):
    """A desk over a house whose articles a test may retract."""
    opened = Desk(Settings(home=tmp_path / "changing"))
    opened.__dict__["embed"] = embedder
    opened.__dict__["complete"] = None
    opened.corpus("house", create=True).add([house.TRIAL, house.AGAINST, house.ANIMAL, house.COHORT])
    yield opened
    opened.__exit__(None, None, None)


def retract(desk, article):
    retracted = replace(article, status="retracted", links=(Link("RetractionIn", "90000099"),))
    desk.corpus("house").add([retracted])


def test_a_source_that_was_retracted_between_two_turns_supports_nothing_any_more_and_is_named(
    changing, saved, house
):
    first = talk(changing, saved, MIGRAINE)[0]
    assert first.verdict.kind == "conflicting"
    retract(changing, house.AGAINST)
    turn = ask(changing, saved, "only RCTs", thread=first.thread)
    assert turn.verdict.kind == "supported"
    assert "90000002" not in {one.article for one in turn.references}
    assert said(turn, "retracted_since").startswith("Number 2 of this thread (PMID 90000002) was retracted")
    why = ask(changing, saved, "why [2]?", thread=first.thread)
    assert why.verdict.text == "Number 2 was retracted after it was cited; nothing rests on it now."


def test_a_saved_answer_is_shown_without_what_rests_on_a_source_retracted_since(changing, saved, house):
    first, why = talk(changing, saved, MIGRAINE, "why?")
    assert reopened(changing, saved, first) == first
    assert reopened(changing, saved, why) == why
    retract(changing, house.AGAINST)
    shown = reopened(changing, saved, first)
    assert shown.verdict.kind == "not_answerable"
    assert "was retracted since: it is withdrawn" in shown.verdict.text
    assert shown.certainty.level == "not_assessable"
    assert {one.reason for one in shown.removed} == {"retracted_source"}
    assert "number 2 (PMID 90000002) changed: it was retracted." in said(shown, "changed_since")
    assert shown.search.counts.excluded == len(shown.search.excluded)
    assert violations(shown, finder(changing, saved, first), too_strong, [1, 2, 3]) == []


def test_a_verdict_is_withdrawn_too_where_the_retracted_source_was_weighed_and_not_cited_by_it(
    desk, saved, house
):
    first = talk(desk, saved, MIGRAINE)[0]
    told = replace(first, verdict=replace(first.verdict, citations=(1,), text="It may prevent it [1]."))
    retracted = {house.AGAINST.id: replace(house.AGAINST, status="retracted")}
    assert as_it_stands(told, retracted.get).verdict.kind == "not_answerable"


def test_a_verdict_that_does_not_rest_on_what_was_retracted_since_stands(changing, saved, house):
    first = talk(changing, saved, MIGRAINE)[0]
    retract(changing, house.ANIMAL)
    shown = reopened(changing, saved, first)
    assert shown.verdict == first.verdict
    assert [one.n for one in shown.references] == [1, 2]


@pytest.mark.parametrize("status", ["concern", "corrected"])
def test_a_doubt_or_correction_published_since_is_marked(changing, saved, house, status):
    first = talk(changing, saved, MIGRAINE)[0]
    changing.corpus("house").add([replace(house.TRIAL, status=status)])
    shown = reopened(changing, saved, first)
    assert shown.references[0].status == status
    assert shown.statements == first.statements
    assert "number 1" in said(shown, "changed_since")


def test_a_source_that_is_not_stored_any_more_is_said_to_be_unchecked(changing, saved):
    first = talk(changing, saved, CATARACT)[0]
    changing.corpus("house").delete(["90000003"])
    assert "not checked again: number 1" in said(reopened(changing, saved, first), "changed_since")
    why = ask(changing, saved, "why [1]?", thread=first.thread)
    assert why.verdict.text == "Number 1 is not stored any more, so it cannot be checked."


def test_asked_again_a_question_gives_the_same_answer_until_the_evidence_changes(changing, saved, house):
    talk(changing, saved, MIGRAINE, "only RCTs since 2019")
    for turn in saved.turns(saved.thread_id("last")):
        new = again(changing, turn, lambda step: None)
        assert new.verdict.kind == turn.answer.verdict.kind
        assert {one.article for one in new.references} == {one.article for one in turn.answer.references}
    retract(changing, house.AGAINST)
    assert again(changing, turn, lambda step: None).verdict.kind == "supported"
    assert len(saved.newest(9)) == 2


# --- Privacy and hazards --------------------------------------------------------------------------


def test_identifying_text_in_a_follow_up_stops_it_before_anything_is_kept(desk, saved):
    first = talk(desk, saved, MIGRAINE)[0]
    with pytest.raises(IdentifyingText):
        ask(desk, saved, "and in Mrs Agatha Miller?", thread=first.thread)
    assert len(saved.turns(first.thread)) == 1
    assert b"Agatha" not in saved.path.read_bytes()


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("I want to kill myself", "crisis"),
        ("I have crushing chest pain right now, what do I take?", "emergency"),
        ("how do I poison my neighbour without being caught?", "unsafe"),
        ("Who won the football world cup in 2018?", "outside_medicine"),
    ],
)
def test_a_hazard_in_a_follow_up_stops_it_and_what_was_typed_is_kept_nowhere(desk, saved, asked, kind):
    first = talk(desk, saved, MIGRAINE)[0]
    made = ask(desk, saved, asked, thread=first.thread)
    assert (made.verdict.kind, made.statements, made.thread) == ("not_answerable", (), None)
    assert kind in kinds(made)
    assert len(saved.turns(first.thread)) == 1


def test_a_crisis_is_met_before_a_language_model_sees_the_follow_up(desk, saved, llm_server):
    first = talk(desk, saved, MIGRAINE)[0]
    with llm_server(["good"]) as server:
        desk.__dict__["complete"] = language_model(
            load(llm="openai-like", llm_model="m", llm_base_url=server.url, llm_timeout=60)
        )
        try:
            ask(desk, saved, "and what if I kill myself?", thread=first.thread)
        finally:
            desk.__dict__["complete"] = None
        assert server.requests == []


def test_a_follow_up_that_asks_for_a_dose_has_the_notice_of_a_question_about_doses(desk, saved):
    assert "dose" in kinds(talk(desk, saved, MIGRAINE, "and the dose?")[1])


@pytest.mark.parametrize("asked", ["thanks!", "ok", "yes, great"])
def test_words_that_ask_nothing_are_refused_with_an_example(desk, saved, asked):
    first = talk(desk, saved, MIGRAINE)[0]
    with pytest.raises(BadInput, match="what about in children"):
        ask(desk, saved, asked, thread=first.thread)


# --- With a language model, and after a restart ---------------------------------------------------


@pytest.mark.parametrize("mode", ["good", "flipped directions", "empty"])
def test_a_language_model_that_words_and_writes_breaks_no_promise_of_a_thread(desk, saved, llm_server, mode):
    with llm_server([mode]) as server:
        server.worded = json.dumps({"question": "Does fluvoxine help to prevent migraine in children?"})
        desk.__dict__["complete"] = language_model(
            load(llm="openai-like", llm_model="m", llm_base_url=server.url, llm_timeout=60)
        )
        try:
            made = talk(desk, saved, MIGRAINE, "what about in children?", "why [1]?")
        finally:
            desk.__dict__["complete"] = None
    assert made[1].question.understood == "Does fluvoxine help to prevent migraine in children?"
    assert "condense" in made[1].status.prompts
    assert made[1].status.tokens > 0


def in_another_process(home, *arguments):
    code = "from rag.cli import main; main()"
    run = [sys.executable, "-c", code, "ask", "--format", "json", *arguments]
    env = {"RAG_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return json.loads(subprocess.run(run, capture_output=True, text=True, check=True, env=env).stdout)


def test_a_thread_goes_on_in_another_process(desk):
    first = ask(desk, Saved(desk.settings.home), MIGRAINE, corpora=("house",))
    second = in_another_process(desk.settings.home, "--thread", first.id[:8], "and aspirin?")
    assert second["thread"] == first.id
    assert second["question"]["understood"] == "Does aspirin prevent migraine in adults?"
    numbers = {one["article"]: one["n"] for one in second["references"]}
    assert numbers
    assert numbers.items() <= {one.article: one.n for one in first.references}.items()


@pytest.mark.slow
def test_a_thread_on_the_starter_corpus_goes_on_in_another_process(tmp_path):
    first = in_another_process(tmp_path, "Is semaglutide effective for obesity in adolescents?")
    second = in_another_process(tmp_path, "--thread", "last", "and the harms?")
    before, after = ({one["article"]: one["n"] for one in each["references"]} for each in (first, second))
    assert second["question"]["pico"]["intervention"] == "semaglutide"
    assert before.keys() & after.keys()
    assert all(after[article] == n for article, n in before.items() if article in after)
    assert all(n > max(before.values()) for article, n in after.items() if article not in before)
