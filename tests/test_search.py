"""Live search on the route: what PubMed says is recorded, and what failed is never told as "no evidence"."""

from __future__ import annotations

from itertools import chain, repeat

import pytest

from rag.answering.conversation import ask
from rag.answering.desk import Desk
from rag.answering.pipeline import answer
from rag.answering.saved import Saved
from rag.errors import BadInput, SearchFailed, SettingsError
from rag.library.eutils import Pace
from rag.library.pubmed import PubMed
from rag.settings import Settings

QUESTION = "Does fluvoxine prevent migraine in adults?"
ABSTRACT = (
    "We randomly assigned 412 adults with migraine to fluvoxine or placebo. Migraine days fell by 3.4 a "
    "month with fluvoxine. Fluvoxine prevented migraine in adults."
)


@pytest.fixture
def desk(eutils, settings, embedder, house):
    """A desk whose PubMed is the loopback server, with little patience, and a local corpus."""
    own = Settings(home=settings.home, email="a@example.org", eutils_url=eutils.url)
    with Desk(own) as opened:
        opened.__dict__["embed"] = embedder
        opened.__dict__["pubmed"] = PubMed(own, timeout=1.0, patience=1.0, pause=0.01, pace=Pace(0.01))
        opened.corpus("house", create=True).add(house.ARTICLES)
        yield opened


def kinds(made):
    return {notice.kind for notice in made.notices}


def test_live_alone_searches_pubmed_only_and_keeps_the_records_as_a_corpus(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    made = answer(desk, QUESTION, live=True)
    assert made.search.mode == "live"
    assert [one.name.startswith("live-") for one in made.search.corpora] == [True]
    asked = [one for one in made.search.queries if one.database == "PubMed"]
    assert asked[0].translation
    assert asked[0].count == 1
    assert "fluvoxine" in asked[0].query
    assert [reference.pmid for reference in made.references] == ["31"]
    kept = desk.corpus(made.search.corpora[0].name).article("31")
    assert kept is not None


def test_a_follow_up_of_a_live_answer_is_read_from_its_records_and_live_again_only_if_asked(
    eutils, desk, tmp_path
):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    saved = Saved(tmp_path)
    first = ask(desk, saved, QUESTION, live=True)
    offline = ask(desk, saved, "what about in children?", thread=first.thread)
    assert offline.search.mode == "local"
    assert offline.search.corpora[0].name == first.search.corpora[0].name
    again = ask(desk, saved, "and the dose?", thread=first.thread, live=True)
    assert again.search.mode == "live"
    for made in (offline, again):
        assert {one.pmid: one.n for one in made.references} == {"31": 1}


def test_live_with_a_corpus_searches_both(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    made = answer(desk, QUESTION, live=True, corpora=("house",))
    assert made.search.corpora[0].name == "house"
    assert len(made.search.corpora) == 2
    assert {"31", "90000001"} <= {reference.pmid for reference in made.references}


def test_nothing_found_is_an_answer_and_says_where(eutils, desk):
    eutils.hold("1", title="Something else.", abstract="Nothing on the topic is told here.")
    made = answer(desk, QUESTION, live=True)
    assert made.verdict.kind == "no_direct_evidence"
    assert "PubMed" in made.verdict.text
    assert made.search.failed == ()
    assert made.not_found


@pytest.mark.parametrize("fault", ["429", "500", "html", "empty", "drop"])
def test_a_search_that_fails_is_an_error_and_never_no_evidence(eutils, desk, fault):
    eutils.faults = repeat(fault)
    with pytest.raises(SearchFailed):
        answer(desk, QUESTION, live=True)


def test_a_failed_search_beside_a_corpus_is_answered_from_the_corpus_and_told_as_incomplete(eutils, desk):
    eutils.faults = repeat("500")
    made = answer(desk, QUESTION, live=True, corpora=("house",))
    assert made.search.failed
    assert "search_incomplete" in kinds(made)
    assert made.references


def test_a_failed_search_with_nothing_direct_elsewhere_cannot_say_that_there_is_no_evidence(eutils, desk):
    eutils.faults = repeat("500")
    made = answer(desk, "Does febuxostat prevent gout?", live=True, corpora=("house",))
    assert made.verdict.kind == "not_answerable"
    assert "incomplete" in made.verdict.text
    assert not made.not_found


def test_a_failed_search_falls_back_to_what_an_earlier_one_kept_and_names_its_date(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    answer(desk, QUESTION, live=True)
    eutils.faults = repeat("500")
    made = answer(desk, QUESTION, live=True)
    assert [reference.pmid for reference in made.references] == ["31"]
    assert any("stored on 20" in notice.text for notice in made.notices)


def test_a_record_that_could_not_be_fetched_makes_the_search_incomplete(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    eutils.hold("32", title="Fluvoxine in migraine of adults.", abstract=ABSTRACT)
    eutils.articles["32"] = eutils.articles["32"].replace("</PMID>", "</PMID><Broken>")
    made = answer(desk, QUESTION, live=True)
    assert any("32" in one for one in made.search.failed)
    assert "search_incomplete" in kinds(made)


def test_a_newly_retracted_record_stops_supporting_at_once(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    assert answer(desk, QUESTION, live=True).references
    eutils.hold("31", title="Fluvoxine for migraine in adults.", abstract=ABSTRACT, more=RETRACTED)
    made = answer(desk, QUESTION, live=True)
    assert made.references == ()
    assert any(one.reason == "retracted" for one in made.search.excluded)


RETRACTED = (
    '<PublicationTypeList><PublicationType UI="D016441">Retracted Publication</PublicationType>'
    "</PublicationTypeList>"
)


def test_live_without_an_e_mail_refuses_and_names_the_setting(settings, embedder):
    with Desk(settings) as desk, pytest.raises(SettingsError, match="RAG_EMAIL"):
        answer(desk, QUESTION, live=True)


def test_a_question_without_a_word_to_search_for_is_refused_before_pubmed_is_asked(eutils, desk):
    with pytest.raises(BadInput, match="searched for"):
        answer(desk, "Is it?", live=True)
    assert eutils.seen == []


def test_identifying_text_never_reaches_pubmed(eutils, desk):
    eutils.hold("31", title="Fluvoxine for migraine in adults: a randomized trial.", abstract=ABSTRACT)
    answer(desk, "Should Mrs Agatha Miller take fluvoxine for migraine?", live=True, redacted=True)
    sent = str(list(chain.from_iterable(one.items() for one in eutils.seen)))
    assert "Miller" not in sent
    assert "Agatha" not in sent
