"""Saved answers: found by id, prefix or ``last``, private, kept through reviews, gone after a purge."""

from __future__ import annotations

import os
import sqlite3
import stat
from dataclasses import replace
from datetime import timedelta

import pytest

from rag.answering.conversation import ask
from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.answering.saved import Saved, Turn
from rag.errors import BadInput, SavedError
from rag.models.replay import FILE
from rag.output.differences import as_json, as_text, differences
from rag.purge import age, carry_out, purge
from rag.records import Answer
from rag.settings import Settings


@pytest.fixture(scope="module")
def made(house, tmp_path_factory, embedder) -> Answer:
    """An answer from two trials that oppose each other and a study in rats."""
    with Desk(Settings(home=tmp_path_factory.mktemp("home"))) as desk:
        desk.__dict__["embed"] = embedder
        return answer(desk, house.QUESTIONS[0], articles=(house.TRIAL, house.AGAINST, house.ANIMAL))


@pytest.fixture
def saved(tmp_path):
    return Saved(tmp_path / "home")


def named(made, name, thread=None, generated="2026-01-01T00:00:00+00:00"):
    return replace(made, id=name, thread=thread or name, status=replace(made.status, generated=generated))


def test_an_answer_comes_back_as_it_was_saved_with_the_studies_it_was_restricted_to(saved, made):
    saved.put(Turn(named(made, "abc1"), "randomised trials, since 2015"))
    assert saved.get("abc1") == Turn(named(made, "abc1"), "randomised trials, since 2015")


def test_an_answer_is_found_by_the_beginning_of_its_id_and_the_newest_as_last(saved, made):
    for name in ("abc1", "abd2", "b"):
        saved.put(Turn(named(made, name)))
    assert saved.get("abd").answer.id == "abd2"
    assert saved.get("last").answer.id == "b"
    assert saved.get("b").answer.id == "b"
    assert [one.answer.id for one in saved.newest(2)] == ["b", "abd2"]


@pytest.mark.parametrize(
    ("name", "words"), [("ab", "Several"), ("zz", "no saved answer zz"), ("", "no saved"), ("%", "no saved")]
)
def test_a_name_that_fits_none_or_several_is_refused(saved, made, name, words):
    for each in ("abc1", "abd2"):
        saved.put(Turn(named(made, each)))
    with pytest.raises(BadInput, match=words):
        saved.get(name)


def test_without_answers_the_last_one_is_asked_for_in_vain(saved):
    with pytest.raises(BadInput, match="rag ask QUESTION"):
        saved.get("last")


def test_the_file_is_readable_by_its_owner_alone(saved, made):
    os.umask(0o022)
    saved.put(Turn(named(made, "a")))
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600


def test_a_file_that_is_no_store_is_an_error_that_names_it(saved):
    saved.path.parent.mkdir()
    saved.path.write_text("not a database, but a text that is long enough to be read as one" * 20)
    with pytest.raises(SavedError, match=r"answers\.sqlite"):
        saved.get("last")


def test_what_cannot_be_saved_is_refused_before_it_is_asked(saved):
    saved.path.mkdir(parents=True)
    with Desk(Settings(home=saved.path.parent)) as desk, pytest.raises(SavedError, match="--no-save"):
        ask(desk, saved, "Does fluvoxine prevent migraine in adults?", corpora=("nowhere",))


def test_a_turn_whose_numbers_were_given_to_others_meanwhile_is_not_saved(saved, made):
    saved.put(Turn(named(made, "a")))
    other = tuple(replace(one, article=f"other-{one.n}") for one in made.references)
    with pytest.raises(BadInput, match="Ask this one again"):
        saved.put(Turn(replace(named(made, "b", "a"), references=other)))
    moved = tuple(replace(one, n=one.n + 10) for one in made.references)
    with pytest.raises(BadInput, match="Ask this one again"):
        saved.put(Turn(replace(named(made, "b", "a"), references=moved)))
    assert [one.answer.id for one in saved.turns("a")] == ["a"]
    assert saved.numbers("a") == {one.article: one.n for one in made.references}


def test_reviews_are_kept_and_the_latest_is_the_status_of_the_answer(saved, made):
    saved.put(Turn(named(made, "a")))
    assert saved.get("a").answer.status.reviewed is None
    saved.review("a", "under-review", "R. Reader", "")
    saved.review("a", "rejected", "S. Senior", "Misses a trial")
    assert [one.status for one in saved.reviews("a")] == ["under-review", "rejected"]
    latest = saved.get("a").answer.status.reviewed
    assert (latest.by, latest.note) == ("S. Senior", "Misses a trial")


# --- Purge ----------------------------------------------------------------------------------------


@pytest.fixture
def home(made, settings, house, embedder):
    """Settings whose home holds two threads, a live cache, a corpus that is none, and recorded replies."""
    saved = Saved(settings.home)
    saved.put(Turn(named(made, "old1", generated="2020-01-01T00:00:00+00:00")))
    saved.put(Turn(named(made, "old2", "old1", "2020-01-02T00:00:00+00:00")))
    saved.put(Turn(named(made, "new1", generated="2099-01-01T00:00:00+00:00")))
    saved.review("old1", "approved", "R", "")
    with Desk(settings) as desk:
        desk.__dict__["embed"] = embedder
        for name in ("live-0123456789", "kept"):
            desk.corpus(name, create=True).add([house.TRIAL])
    (settings.home / FILE).write_text("{}\n")
    return settings


def test_nothing_is_removed_until_the_plan_is_carried_out_and_then_all_that_it_names(home):
    plan = purge(home, (), "1d")
    assert plan.answers == ("old1", "old2")
    assert plan.threads == ("old1",)
    assert str(plan) == "2 saved answers, 1 thread"
    assert len(Saved(home.home).newest(9)) == 3
    carry_out(plan, home)
    assert [one.answer.id for one in Saved(home.home).newest(9)] == ["new1"]
    assert Saved(home.home).numbers("old1") == {}
    assert Saved(home.home).reviews("old1") == ()


def test_without_an_age_everything_but_corpora_goes(home):
    plan = purge(home, (), None)
    assert str(plan) == "2 saved answers, 1 thread, 1 live cache, the recorded replies"
    carry_out(plan, home)
    assert str(purge(home, (), None)) == ""
    with Desk(home) as desk:
        assert desk.has_corpus("kept")
        assert not desk.has_corpus("live-0123456789")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("answers", "2 saved answers"),
        ("threads", "1 thread"),
        ("live", "1 live cache"),
        ("replies", "the recorded replies"),
    ],
)
def test_only_the_kinds_that_are_named_are_removed(home, kind, told):
    assert str(purge(home, (kind,), None)) == told


def test_what_is_removed_is_overwritten_in_the_file(home, made):
    words = made.statements[0].citations[0].quote.encode()
    assert words in Saved(home.home).path.read_bytes()
    Saved(home.home).remove(answers=["old1", "old2", "new1"])
    assert words not in Saved(home.home).path.read_bytes()


def test_the_numbers_of_a_thread_stay_while_one_of_its_answers_does(home, made):
    saved = Saved(home.home)
    saved.remove(answers=["old1"])
    assert saved.numbers("old1") == {one.article: one.n for one in made.references}


@pytest.mark.parametrize(
    ("text", "hours"), [("12h", 12), ("30d", 720), ("2 w", 336), ("6M", 4320), ("1y", 8760)]
)
def test_an_age_is_a_number_and_a_unit(text, hours):
    assert age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3 fortnights", "3.5d"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(BadInput, match="30d"):
        age(text)


# --- Differences ----------------------------------------------------------------------------------


def test_an_answer_does_not_differ_from_itself(made):
    found = differences(made, made, lambda name: None)
    assert as_text(found) == "Nothing differs.\n"


def test_every_kind_of_difference_is_told(made, house):
    first, second, third = made.references
    newer = replace(
        made,
        question=replace(made.question, understood="Another question?"),
        verdict=replace(made.verdict, kind="supported", text="Possibly yes [1]."),
        certainty=replace(made.certainty, level="high"),
        statements=(replace(made.statements[0], text="Something new [1]."), *made.statements[2:]),
        references=(
            replace(first, status="corrected"),
            replace(third, n=7, article="99", vancouver="A new study."),
        ),
    )
    retracted = replace(house.AGAINST, status="retracted")
    found = differences(made, newer, {retracted.id: retracted}.get)
    assert [one.article for one in found.new] == ["99"]
    assert [one.article for one in found.gone] == [third.article]
    assert [(one.article, one.change) for one in found.changed] == [
        (first.article, "status: ok -> corrected")
    ]
    assert [one.article for one in found.retracted] == [second.article]
    text = as_text(found)
    told = (
        "Question: ",
        "Verdict: Conflicting evidence -> Supported",
        "Certainty: ",
        "Retracted since:",
        "New sources:\n  A new study.",
        "Sources gone:",
        "New statements:\n  Something new.",
        "Statements gone:",
    )
    for words in told:
        assert words in text
    assert '"before": "conflicting"' in as_json(found)


def test_another_number_of_the_same_source_is_no_difference(made):
    other = replace(made, references=tuple(replace(one, n=one.n + 4) for one in made.references))
    assert as_text(differences(made, other, lambda name: None)) == "Nothing differs.\n"


def test_the_store_holds_no_more_than_its_three_tables(saved, made):
    saved.put(Turn(named(made, "a")))
    with sqlite3.connect(saved.path) as db:
        names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert names == {"answers", "numbers", "reviews", "sqlite_sequence"}
