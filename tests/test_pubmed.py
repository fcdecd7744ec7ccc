"""Live PubMed, against a loopback server that speaks the E-utilities and fails in every way they do."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import date
from itertools import chain, pairwise, repeat
from pathlib import Path

import pytest

from rag.errors import RateLimited, SearchFailed, SettingsError
from rag.library.eutils import PACE, Pace, Refused
from rag.library.pubmed import BATCH, FRUITLESS, PubMed
from rag.records import Article, Unreadable
from rag.settings import Settings

KEY = "s3cretkey"


@pytest.fixture
def pubmed(eutils, settings):
    """A client of the loopback server, with a key and short waits; keywords change its patience."""

    def make(key: str = KEY, **options) -> PubMed:
        own = Settings(home=settings.home, email="a@example.org", ncbi_api_key=key, eutils_url=eutils.url)
        return PubMed(own, **{"timeout": 2.0, "patience": 20.0, "pause": 0.01, "pace": Pace(0.01), **options})

    return make


def pmids_of(records) -> list[str]:
    return [record.pmid for record in records if isinstance(record, Article)]


def lost(records) -> dict[str, str]:
    return {record.pmid: record.reason for record in records if isinstance(record, Unreadable)}


# --- Search ---------------------------------------------------------------------------------------


def test_a_search_keeps_the_order_of_relevance_and_reports_translation_and_count(eutils, pubmed):
    eutils.hold("1", "2", title="Statin.")
    eutils.hold("3", title="Statin, statin and statin.")
    found = pubmed().search("statin[tiab]", 2)
    assert (found.pmids, found.count) == (("3", "1"), 3)
    assert found.translation == '"statin"[All Fields]'
    assert found.query == "statin[tiab]"


def test_every_request_names_tool_e_mail_and_key(eutils, pubmed):
    eutils.hold("1")
    client = pubmed()
    client.search("trial", 5)
    list(client.fetch(["1"]))
    assert {(one["tool"], one["email"], one["api_key"]) for one in eutils.seen} == {
        ("pubmed-rag", "a@example.org", KEY)
    }


def test_without_an_e_mail_live_search_refuses_and_names_the_setting(settings):
    with pytest.raises(SettingsError, match="RAG_EMAIL"):
        PubMed(settings)


def test_c1_no_more_than_9999_articles_are_asked_for_and_the_full_count_is_still_told(eutils, pubmed):
    eutils.hold("1")
    eutils.count = 250_000
    found = pubmed().search("trial", 20_000)
    assert eutils.asked("esearch")[0]["retmax"] == "9999"
    assert found.count == 250_000
    assert any("9,999 of 250,000" in warning for warning in found.warnings)


def test_c8_a_phrase_that_pubmed_does_not_know_is_reported_not_just_empty(eutils, pubmed):
    eutils.hold("1")
    found = pubmed().search("asprin", 5)
    assert (found.count, found.pmids) == (0, ())
    assert "PhraseNotFound: asprin" in found.warnings
    assert "OutputMessage: No items found." in found.warnings


def test_a_long_query_is_posted_so_that_no_address_is_too_long(eutils, pubmed):
    eutils.hold("1")
    query = " OR ".join(["trial", *(f"unknown{number}" for number in range(200))])
    assert pubmed().search(query, 5).pmids == ("1",)
    assert eutils.seen[0]["method"] == "POST"
    assert eutils.seen[0]["term"] == query


def test_a_count_without_articles_is_an_error_never_zero_hits(eutils, pubmed):
    eutils.count = 12
    with pytest.raises(SearchFailed, match="counts 12 articles and names none"):
        pubmed().search("anything", 5)


def test_real_replies_are_read_as_pubmed_meant_them(eutils, pubmed, data):
    """Replies recorded from NCBI, older DTD, without XML declaration, with remarks."""
    expected = {
        "biopython/Entrez_esearch1.xml": (63, "41282813", ()),
        "biopython/Entrez_esearch8.xml": (
            0,
            None,
            ("PhraseNotFound: abcXYZ", "OutputMessage: No items found."),
        ),
        "dspace/pubmed-esearch.fcgi.xml": (4, "31031165", ("PhraseIgnored: of", "PhraseIgnored: from")),
    }
    for name, (count, first, warnings) in expected.items():
        body = data(f"eutils_fixtures/{name}").read_text(encoding="utf-8")
        eutils.esearch = lambda given, body=body: body
        found = pubmed().search("x", 50)
        assert (found.count, next(iter(found.pmids), None)) == (count, first)
        assert set(warnings) <= set(found.warnings)
        assert bool(warnings) == bool(found.warnings)
    body = data("eutils_fixtures/biopython/Entrez_pubmed4.xml").read_text(encoding="utf-8")
    eutils.efetch = lambda given: body
    assert isinstance(next(pubmed().fetch(["27797938"])), Article | Unreadable)


# --- Failures -------------------------------------------------------------------------------------

PASSING = ("429", "429 later", "500", "html", "json", "empty", "drop", "broken", "short")


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_passes_costs_a_repetition_and_nothing_else(eutils, pubmed, fault):
    eutils.hold("1", "2")
    eutils.faults = iter([fault])
    assert pubmed().search("trial", 5).pmids == ("1", "2")
    assert len(eutils.asked("esearch")) == 2


@pytest.mark.parametrize("fault", PASSING)
def test_a_failure_that_stays_is_an_error_and_never_zero_hits(eutils, pubmed, fault):
    eutils.hold("1", "2")
    eutils.faults = repeat(fault)
    client = pubmed(patience=0.5)
    with pytest.raises(SearchFailed) as caught:
        client.search("trial", 5)
    assert isinstance(caught.value, RateLimited) == fault.startswith("429")
    if fault in ("broken", "short"):  # what the reply held is used; what it did not is named
        assert list(lost(client.fetch(["1", "2"]))) == (["2"] if fault == "broken" else ["1", "2"])
        return
    with pytest.raises(SearchFailed):
        list(client.fetch(["1", "2"]))


def test_c2_between_repetitions_the_client_waits_and_longer_each_time(eutils, pubmed):
    eutils.hold("1")
    eutils.faults = iter(["500", "500", "500"])
    pubmed(pause=0.1).search("trial", 5)
    times = [one["time"] for one in eutils.seen]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] >= 0.1
    assert gaps[2] >= 0.4


def test_retry_after_is_honoured(eutils, pubmed):
    eutils.hold("1")
    eutils.faults = iter(["429 later"])
    pubmed().search("trial", 5)
    first, second = eutils.seen
    assert second["time"] - first["time"] >= 1.0


def test_a_retry_after_beyond_the_clients_patience_ends_at_once(eutils, pubmed):
    eutils.faults = repeat("429 later")
    began = time.monotonic()
    with pytest.raises(RateLimited, match="RAG_NCBI_API_KEY"):
        pubmed(patience=0.8).search("trial", 5)
    assert time.monotonic() - began < 0.8
    assert len(eutils.seen) == 1


def test_c4_a_stalled_socket_is_given_up_within_the_timeout(eutils, pubmed):
    eutils.faults = repeat("stall")
    began = time.monotonic()
    with pytest.raises(SearchFailed, match="no reply within"):
        pubmed(timeout=0.2, patience=0.3).search("trial", 5)
    assert time.monotonic() - began < 2


def test_c4_a_reply_that_trickles_in_is_given_up_within_the_clients_patience(eutils, pubmed):
    eutils.faults = repeat("trickle")
    began = time.monotonic()
    with pytest.raises(SearchFailed, match="no reply within"):
        pubmed(timeout=1.0, patience=0.5).search("trial", 5)
    assert time.monotonic() - began < 3


def test_c4_identification_is_kept_by_the_client_and_not_in_biopythons_module(eutils, pubmed):
    """Two clients of one process must not send each other's key."""
    from Bio import Entrez

    eutils.hold("1")
    one, other = pubmed(key="key-of-one"), pubmed(key="key-of-other")
    for client in (one, other, one):
        client.search("trial", 5)
    assert [asked["api_key"] for asked in eutils.seen] == ["key-of-one", "key-of-other", "key-of-one"]
    assert (Entrez.email, Entrez.api_key) == (None, None)


def test_an_error_in_the_request_is_not_repeated_and_is_told_in_pubmeds_words(eutils, pubmed):
    eutils.faults = repeat("xml error")
    with pytest.raises(Refused, match="Invalid db name"):
        pubmed().search("trial", 5)
    assert len(eutils.seen) == 1


@pytest.mark.parametrize("fault", ["bad key", "429", "500", "json", "drop", "html"])
def test_the_key_is_in_no_error_and_no_log(eutils, pubmed, fault, caplog):
    caplog.set_level(logging.DEBUG)
    eutils.faults = repeat(fault)
    with pytest.raises(SearchFailed) as caught:
        pubmed(patience=0.3).search("trial", 5)
    chain_of = [caught.value]
    while (cause := chain_of[-1].__cause__) is not None:
        chain_of.append(cause)
    assert KEY not in caplog.text + "".join(map(repr, chain_of)) + "".join(map(str, chain_of))
    if fault == "bad key":
        assert "Check RAG_NCBI_API_KEY" in str(caught.value)


# --- Pace -----------------------------------------------------------------------------------------


def test_c3_threads_share_one_pace_and_the_server_never_says_too_many(eutils, pubmed):
    """NCBI allows 3 requests a second without a key; the server answers the fourth with 429."""
    eutils.hold("1")
    eutils.strict = True
    threads = [
        threading.Thread(target=lambda: pubmed(key="", pace=PACE).search("trial", 1)) for _ in range(7)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(one["time"] for one in eutils.seen)
    assert len(times) == 7, "a repetition means that the server refused a request"
    assert all(times[place + 3] - times[place] >= 1.0 for place in range(len(times) - 3))


def test_a_key_allows_ten_requests_at_once():
    pace = Pace()
    began = time.monotonic()
    for _ in range(10):
        pace.wait(10)
    assert time.monotonic() - began < 0.2
    pace.wait(10)
    assert time.monotonic() - began >= 1.0


# --- Fetch ----------------------------------------------------------------------------------------


def test_articles_come_in_the_order_asked_for_each_once(eutils, pubmed):
    eutils.hold("1", "2", "3")
    assert pmids_of(pubmed().fetch(["3", "1", "3", "2"])) == ["3", "1", "2"]
    assert len(eutils.asked("efetch")) == 1


def test_many_articles_go_through_the_history_server(eutils, pubmed):
    wanted = [str(number) for number in range(1, 2 * BATCH + 51)]
    eutils.hold(*wanted)
    assert Counter(pmids_of(pubmed().fetch(wanted))) == Counter(wanted)
    assert [one["method"] for one in eutils.asked("epost")] == ["POST"]
    slices = [(one["WebEnv"], one["query_key"], one["retstart"]) for one in eutils.asked("efetch")]
    assert [start for _, _, start in slices] == ["0", str(BATCH), str(2 * BATCH)]


def test_a_lost_history_is_no_loss_the_articles_are_fetched_by_id(eutils, pubmed):
    wanted = [str(number) for number in range(1, BATCH + 11)]
    eutils.hold(*wanted)
    eutils.keeps_history = False
    assert sorted(pmids_of(pubmed().fetch(wanted)), key=int) == wanted


def test_an_unknown_pmid_is_named_and_its_neighbours_come(eutils, pubmed):
    eutils.hold("1", "3")
    records = list(pubmed().fetch(["1", "2", "3", "x2"]))
    assert pmids_of(records) == ["1", "3"]
    assert lost(records) == {"2": "PubMed sent no record", "x2": "is not a PMID"}


def test_c7_a_malformed_record_does_not_cost_its_neighbours(eutils, pubmed):
    eutils.hold("1", "2", "3")
    eutils.articles["2"] = eutils.articles["2"].replace("<Article>", "<Article")
    records = list(pubmed().fetch(["1", "2", "3"]))
    assert pmids_of(records) == ["1", "3"]
    assert "not well-formed" in lost(records)["2"]


def test_c7_a_reply_that_breaks_off_is_used_as_far_as_it_goes_and_the_rest_asked_again(eutils, pubmed):
    wanted = [str(number) for number in range(1, 31)]
    eutils.hold(*wanted)
    eutils.faults = iter(["broken", "broken"])
    assert sorted(pmids_of(pubmed().fetch(wanted)), key=int) == wanted
    asked = [len(one["id"].split(",")) for one in eutils.asked("efetch")]
    assert asked[0] > asked[1] > asked[2]


@pytest.mark.parametrize("fault", ["left out", "hollow", "bad record"])
def test_a_record_that_a_whole_reply_lacks_once_is_asked_for_again(eutils, pubmed, fault):
    eutils.hold("1", "2", "3")
    eutils.faults = iter([fault])
    assert sorted(pmids_of(pubmed().fetch(["1", "2", "3"]))) == ["1", "2", "3"]
    assert len(eutils.seen) == 2


def test_a_search_that_counts_other_than_it_names_is_asked_for_again(eutils, pubmed):
    eutils.hold("1", "2")
    eutils.faults = iter(["count"])
    day = date(2002, 7, 25)
    assert pubmed().entered("trial", day, day).pmids == ("2", "1")
    assert pubmed().entered("trial", date(2003, 1, 1), date(2004, 1, 1)).count == 0
    eutils.faults = repeat("count")
    with pytest.raises(SearchFailed, match="counts 9 articles and names 2"):
        pubmed().entered("trial", day, day)


def test_a_reply_that_breaks_off_behind_its_last_record_is_complete(eutils, pubmed):
    eutils.hold("1", "2")
    reply = eutils.efetch
    eutils.efetch = lambda given: reply(given).replace("</PubmedArticleSet>", "")
    assert pmids_of(pubmed().fetch(["1", "2"])) == ["1", "2"]
    assert len(eutils.seen) == 1


def test_c7_a_record_that_always_breaks_the_reply_is_found_by_halving(eutils, pubmed):
    wanted = [str(number) for number in range(1, 9)]
    eutils.hold(*wanted)
    reply = eutils.efetch

    def breaks_at_five(given):
        body = reply(given)
        return body[: body.index("<PubmedArticle>")] if "5" in given["id"].split(",") else body

    eutils.efetch = breaks_at_five
    records = list(pubmed().fetch(wanted))
    assert sorted(pmids_of(records)) == [pmid for pmid in wanted if pmid != "5"]
    assert list(lost(records)) == ["5"]
    assert "broke off" in lost(records)["5"]


def test_replies_that_break_off_for_ever_end_in_an_error_after_a_bounded_number(eutils, pubmed):
    wanted = [str(number) for number in range(1, BATCH + 1)]
    eutils.efetch = lambda given: "<?xml version='1.0'?><PubmedArticleSet>"
    with pytest.raises(SearchFailed, match="broke off"):
        list(pubmed().fetch(wanted))
    assert len(eutils.seen) == 2 * (FRUITLESS + 1)


def test_a_pmid_for_which_pubmed_refuses_the_whole_list_does_not_cost_its_neighbours(eutils, pubmed):
    wanted = [str(number) for number in range(1, 41)]
    eutils.hold(*wanted)
    reply = eutils.efetch

    def refuses(given):
        refused = "<eFetchResult><ERROR>Failed to understand id: 3</ERROR></eFetchResult>"
        return refused if {"3", "17", "33"} & set(given["id"].split(",")) else reply(given)

    eutils.efetch = refuses
    records = list(pubmed().fetch(wanted))
    assert len(pmids_of(records)) == 37
    assert set(lost(records)) == {"3", "17", "33"}
    assert "Failed to understand id" in lost(records)["17"]


def test_h10_a_fetch_that_fails_half_way_names_every_pmid_that_is_missing(eutils, pubmed):
    wanted = [str(number) for number in range(1, 2 * BATCH + 1)]
    eutils.hold(*wanted)
    eutils.faults = chain([None, None], repeat("500"))  # the post and the first slice go well
    records = list(pubmed(patience=0.2).fetch(wanted))
    assert pmids_of(records) == wanted[:BATCH]
    assert list(lost(records)) == wanted[BATCH:]
    assert all(reason.startswith("not fetched: PubMed gave no") for reason in lost(records).values())


# --- Biopython's habits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "Service unavailable",
        "<html><body>Down</body></html>",
        "<eSearchResult><Count>1</Count><IdList><Id>1</IdList></eSearchResult>",
        "<eSearchResult><Count>1</Count></eSearchResult>",
        "<eSearchResult><Count>many</Count><IdList><Id>1</Id></IdList></eSearchResult>",
        "<ePostResult><WebEnv>x</WebEnv></ePostResult>",
        "\x00\x01\x02",
    ],
)
def test_c7_a_reply_that_biopython_cannot_parse_is_asked_for_again_and_then_a_typed_error(
    eutils, pubmed, body
):
    """Biopython raises NotXMLError, CorruptedXMLError, ValueError and more; none of them gets out."""
    eutils.hold("1")
    reply = eutils.esearch
    replies = iter([body])
    eutils.esearch = lambda given: next(replies, None) or reply(given)
    assert pubmed().search("trial", 5).pmids == ("1",)
    eutils.esearch = lambda given: body
    with pytest.raises(SearchFailed, match="says nothing about the evidence"):
        pubmed(patience=0.3).search("trial", 5)


def test_c7_a_reply_without_declaration_and_dtd_is_read(eutils, pubmed):
    eutils.esearch = lambda given: (
        "<eSearchResult><Count>1</Count><IdList><Id>7</Id></IdList></eSearchResult>"
    )
    assert pubmed().search("trial", 5).pmids == ("7",)


def test_c5_records_under_a_dtd_of_the_future_are_read_with_what_is_known_of_them(eutils, pubmed):
    eutils.hold("1", title="A trial.", more="<NewElement Kind='x'><Inner/></NewElement>")
    reply = eutils.efetch
    eutils.efetch = lambda given: reply(given).replace("pubmed_250101.dtd", "pubmed_990101.dtd")
    (record,) = pubmed().fetch(["1"])
    assert (record.pmid, record.title) == ("1", "A trial.")


def test_c9_c10_markup_keeps_its_meaning_and_free_dates_their_year_on_the_way_from_pubmed(eutils, pubmed):
    eutils.hold("1", abstract="Platelets were 10<sup>9</sup>/L (P&lt;0.001) in <i>E. coli</i> sepsis.")
    dated = "<MedlineDate>2019 Nov-Dec</MedlineDate>"
    plain = "<Year>2002</Year><Month>Jul</Month><Day>25</Day>"
    assert plain in eutils.articles["1"]
    eutils.articles["1"] = eutils.articles["1"].replace(plain, dated)
    (record,) = pubmed().fetch(["1"])
    assert record.sections[0].text == "Platelets were 10⁹/L (P<0.001) in E. coli sepsis."
    assert (record.date, record.year) == ("2019 Nov-Dec", 2019)


def test_c5_a_reply_that_names_a_dtd_of_the_future_is_read_without_downloading_it(eutils, pubmed):
    eutils.hold("1")
    reply = eutils.esearch
    eutils.esearch = lambda given: (
        reply(given)
        .replace("20060628/esearch.dtd", "20990101/esearch_next.dtd")
        .replace("<IdList>", "<NewTag>1</NewTag><IdList>")
    )
    assert pubmed().search("trial", 5).pmids == ("1",)


def test_c6_nothing_is_written_outside_rag_home(eutils, tmp_path):
    """Biopython makes ~/.config/biopython when its parser is imported, so a fresh process must show it."""
    eutils.hold("1")
    (tmp_path / "user").mkdir()
    program = (
        "from rag.settings import load; from rag.library.pubmed import PubMed;"
        "print(PubMed(load()).search('trial', 5).pmids)"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("RAG_")}
    env |= {"HOME": str(tmp_path / "user"), "RAG_HOME": str(tmp_path / "home"), "NO_PROXY": "127.0.0.1"}
    env |= {"RAG_EMAIL": "a@example.org", "RAG_EUTILS_URL": eutils.url}
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], env={**env, "PYTHONPATH": str(root)}, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "('1',)\n"
    assert list((tmp_path / "user").iterdir()) == []
    assert (tmp_path / "home" / "cache" / "biopython").is_dir()
