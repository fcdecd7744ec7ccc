"""A corpus from PubMed is complete and current, whatever the network does and whenever it is stopped."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from rag.cli import main
from rag.errors import CorpusError, SearchFailed, Unwritable
from rag.library.account import account, unlike
from rag.library.building import Job, build, update
from rag.library.corpus import folder, open_corpus, remove
from rag.library.declared import declaration, pmid_sha256
from rag.library.eutils import Pace
from rag.library.ledger import Ledger
from rag.library.pubmed import MOST, PubMed
from rag.library.pubmed_xml import from_xml
from rag.library.slicing import every
from rag.records import Article
from rag.settings import Settings

QUERY = "query = 'sepsis[tiab]'"
TODAY = datetime.now(UTC).date()
PASSING = (
    "429", "429 later", "500", "502", "html", "json", "busy", "empty", "drop", "reset", "broken", "short",
    "stall", "count", "stale", "bad record", "left out", "hollow",
)  # fmt: skip


class Site:
    """Corpus ``mine`` as it is declared, PubMed on loopback, and what the build told."""

    def __init__(self, eutils, settings, embedder):
        self.eutils = eutils
        self.settings = Settings(home=settings.home, email="a@example.org", eutils_url=eutils.url)
        self.folder = folder("mine", settings)
        self.told = []
        self.pubmed = PubMed(self.settings, timeout=0.3, patience=20.0, pause=0.01, pace=Pace(0.0))
        self._embedder = embedder
        self._corpora = []

    def declare(self, text=QUERY):
        place = Path("corpora/mine/corpus.toml")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    @property
    def corpus(self):
        if not self._corpora:
            opened = open_corpus("mine", self.settings, embed=lambda: self._embedder, create=True)
            self._corpora.append(opened)
        return self._corpora[0]

    def job(self, progress=None):
        said = declaration("mine", self.settings)
        told = progress or (lambda *what: self.told.append(what))
        return Job(said, self.folder, lambda: self.pubmed, lambda: self.corpus, told)

    def asked(self):
        """How often each PMID was fetched by id."""
        return Counter(
            pmid for one in self.eutils.asked("efetch") for pmid in one.get("id", "").split(",") if pmid
        )

    def is_what_pubmed_holds(self):
        """Every record of the server and no other is stored, as the server has it."""
        held = {
            pmid: record for pmid, xml in self.eutils.articles.items() for record in from_xml(xml.encode())
        }
        assert self.corpus.ids() == sorted(held)
        assert all(self.corpus.article(pmid) == record for pmid, record in held.items())
        assert self.corpus.check() == []

    def sql(self, *statements):
        """Leave the ledger as a process that was stopped between two writes would."""
        with closing(sqlite3.connect(self.folder / "pubmed.sqlite")) as db, db:
            for statement in statements:
                db.execute(statement)

    def close(self):
        for opened in self._corpora:
            opened.close()
        self._corpora.clear()

    def forget(self):
        """Remove the corpus, so that it can be built from the beginning."""
        self.close()
        remove("mine", self.settings)


@pytest.fixture
def site(eutils, settings, embedder):
    made = Site(eutils, settings, embedder)
    made.declare()
    yield made
    made.close()


def hold(eutils, *numbers, **text):
    eutils.hold(*map(str, numbers), title="Sepsis.", **text)


# --- Build ----------------------------------------------------------------------------------------


def test_a_build_stores_every_article_found_and_accounts_for_it(site, eutils):
    hold(eutils, *range(1, 21))
    made = build(site.job())
    assert (made.found, made.stored, made.finished, made.adds_up) == (20, 20, True, True)
    assert made.sentence() == ("20 found = 20 stored + 0 excluded + 0 quarantined + 0 missing at PubMed.")
    assert made.pmid_sha256 == pmid_sha256(eutils.articles)
    site.is_what_pubmed_holds()
    assert account(site.corpus, site.folder) == made
    assert {what for what, _, _ in site.told} == {"Searching", "Fetching", "Indexing"}


def test_every_reply_is_saved_as_it_came_before_it_is_read(site, eutils):
    hold(eutils, 1, 2)
    build(site.job())
    (raw,) = (site.folder / "raw").iterdir()
    assert gzip.decompress(raw.read_bytes()).decode() == eutils.efetch({"id": "1,2"})


def test_each_narrowing_is_counted_with_its_reason(site, eutils):
    hold(eutils, *range(1, 6))
    hold(eutils, 6, 7, abstract="<i>x</i>", more="<Language>ger</Language>")
    eutils.entered |= dict.fromkeys(["1", "2", "3"], "1999/01/01")
    site.declare(QUERY + "\nfrom = 2000\nfilters = [{term='english[la]', reason='not in English'}]")
    made = build(site.job())
    assert made.excluded == (("not published from 2000 to today", 3), ("not in English", 2))
    assert (made.found, made.stored) == (7, 2)
    assert site.corpus.ids() == ["4", "5"]


def test_a_record_that_cannot_be_read_is_quarantined_with_its_reason_and_costs_no_other(site, eutils):
    hold(eutils, *range(1, 10))
    eutils.articles["5"] = eutils.articles["5"].replace("<Article>", "<Article")
    eutils.articles["7"] = eutils.articles["7"].replace('<PMID Version="1">7</PMID>', "")
    made = build(site.job())
    assert list(made.unreadable) == ["5", "7"]
    assert "not well-formed" in made.unreadable["5"]
    reason, _, place = made.unreadable["7"].rstrip(")").partition(" (")
    assert reason == "the record has no PMID"
    assert eutils.articles["7"] in gzip.decompress((site.folder / place).read_bytes()).decode()
    assert (made.found, made.stored, made.adds_up) == (9, 7, True)


def test_an_article_that_pubmed_names_but_does_not_send_is_asked_for_twice_and_counted_missing(site, eutils):
    hold(eutils, 1, 2, 3)
    reply = eutils.efetch
    eutils.efetch = lambda given: reply({"id": given["id"].replace("2", "")})
    made = build(site.job())
    assert (made.missing, made.stored, made.adds_up) == (("2",), 2, True)
    assert site.asked()["2"] == 2


def test_a_declaration_that_pubmed_would_misread_is_refused_before_pubmed_is_asked(site, eutils):
    site.declare("query = 'sepsis[tiab] and shock'")
    with pytest.raises(CorpusError, match="Write AND in capitals"):
        build(site.job())
    assert eutils.seen == []
    assert not site.folder.exists()


def test_a_query_that_finds_nothing_is_an_error_with_pubmeds_remarks_and_makes_no_corpus(site, eutils):
    hold(eutils, 1)
    site.declare("query = 'asprin[tiab]'")
    with pytest.raises(CorpusError, match="PhraseNotFound: asprin"):
        build(site.job())
    assert not (site.folder / "articles.sqlite").exists()


def test_counts_that_do_not_add_up_are_searched_anew_and_then_an_error(site, eutils):
    hold(eutils, 1, 2)
    reply = eutils.esearch
    lies = 1

    def counts_one_more(given):
        nonlocal lies
        lies -= given["retmax"] == "0"
        wrong = given["retmax"] == "0" and lies >= 0
        return reply(given).replace("<Count>2<", "<Count>3<") if wrong else reply(given)

    eutils.esearch = counts_one_more
    assert build(site.job()).stored == 2
    lies = 99
    site.forget()
    with pytest.raises(CorpusError, match="counts 3 articles, excludes none and names 2"):
        build(site.job())


def test_one_build_at_a_time(site, eutils):
    hold(eutils, 1)
    for other in (lambda: build(site.job()), lambda: remove("mine", site.settings)):
        with pytest.raises(CorpusError, match="being built by another process"):
            build(site.job(progress=lambda *what, other=other: other()))
    assert build(site.job()).stored == 1


def test_a_folder_that_cannot_be_written_is_an_error_that_says_so(site):
    site.folder.parent.mkdir(parents=True)
    site.folder.write_text("a file where the folder should be")
    with pytest.raises(Unwritable, match="cannot be written"):
        build(site.job())


def test_a_list_of_pmids_is_fetched_without_a_search(site, eutils):
    hold(eutils, 1, 2, 3)
    site.declare("pmids = [3, 1]")
    made = build(site.job())
    assert (made.found, made.stored, eutils.asked("esearch")) == (2, 2, [])
    assert site.corpus.ids() == ["1", "3"]


def test_the_declared_set_is_compared_with_pubmeds(site, eutils):
    hold(eutils, 1, 2)
    made = build(site.job())
    for keys, difference in (
        (f"expected_count = 2\npmid_sha256 = '{pmid_sha256(['1', '2'])}'", ""),
        ("expected_count = 3", "expected_count is 3; PubMed now has 2."),
        (f"pmid_sha256 = '{pmid_sha256(['1', '9'])}'", "pmid_sha256 names another set"),
    ):
        site.declare(f"{QUERY}\n{keys}")
        assert unlike(made, declaration("mine", site.settings).declaration).startswith(difference)
    assert unlike(made, declaration("mine", site.settings).declaration)


def test_c8_a_phrase_that_pubmed_does_not_know_is_told_with_the_account(site, eutils):
    """It takes nothing away from the others, so nobody would notice the misspelling."""
    hold(eutils, 1)
    site.declare("query = 'sepsis[tiab] OR asprin[tiab]'")
    made = build(site.job())
    assert (made.stored, made.remarks) == (1, ("PhraseNotFound: asprin",))


# --- More than PubMed names -----------------------------------------------------------------------


def test_c1_a_search_of_any_size_is_cut_by_days_until_every_part_fits(site, eutils):
    """12,000 articles, all of them of two weeks; none is lost, none asked for twice."""
    day = date(2020, 1, 1)
    for number in range(1, 12_001):
        eutils.articles[str(number)] = "<PubmedArticle>sepsis</PubmedArticle>"
        eutils.entered[str(number)] = (day + timedelta(days=number // 900)).isoformat().replace("-", "/")
    site.folder.mkdir(parents=True)
    with closing(Ledger(site.folder)) as ledger:
        assert every(site.pubmed, ledger, "all", "sepsis", TODAY) == set(eutils.articles)
        asked = len(eutils.asked("esearch"))
        assert asked < 60
        assert every(site.pubmed, ledger, "all", "sepsis", TODAY) == set(eutils.articles)
        assert len(eutils.asked("esearch")) == asked


def test_c1_more_articles_of_one_day_than_pubmed_names_are_an_error_that_says_what_to_do(site, eutils):
    eutils.articles = {str(number): "<PubmedArticle>sepsis</PubmedArticle>" for number in range(1, MOST + 2)}
    site.folder.mkdir(parents=True)
    with closing(Ledger(site.folder)) as ledger, pytest.raises(CorpusError, match="of 2002-07-25 alone"):
        every(site.pubmed, ledger, "all", "sepsis", TODAY)


# --- Whatever the network does --------------------------------------------------------------------


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_loses_nothing(site, eutils, faults, fault):
    """A third of all requests fail in one way; what is stored is what PubMed holds."""
    hold(eutils, *range(1, 9))
    eutils.faults = faults(0.33, 7, (fault,))
    for _ in range(20):
        try:
            made = build(site.job())
        except SearchFailed:
            continue
        break
    assert (made.found, made.stored) == (8, 8)
    site.is_what_pubmed_holds()


def test_a_failure_keeps_what_was_fetched_and_the_next_build_asks_only_for_the_rest(site, eutils):
    hold(eutils, *range(1, 451))
    alive = iter([None] * 4)  # two searches, the list, the first 200 records
    eutils.faults = iter([*alive, *["500"] * 9])
    with pytest.raises(SearchFailed):
        build(site.job())
    assert not (site.folder / "articles.sqlite").exists()
    eutils.seen.clear()
    eutils.faults = iter(())
    assert build(site.job()).stored == 450
    assert [len(one["id"].split(",")) for one in eutils.asked("epost")] == [250]


class Stop(BaseException):
    """Stands for a process that ends between two steps."""


def test_a_build_stopped_at_any_step_goes_on_and_fetches_nothing_twice(site, eutils):
    hold(eutils, *range(1, 7))
    for stop in range(1, 30):
        steps = iter(range(1, 1_000))

        def told(*what, steps=steps, stop=stop):
            if next(steps) == stop:
                raise Stop

        eutils.seen.clear()
        try:
            build(site.job(progress=told))
            break
        except Stop:
            made = build(site.job())
        assert (made.found, made.stored) == (6, 6)
        assert max(site.asked().values()) == 1
        assert len([one for one in eutils.asked("esearch") if one["retmax"] != "0"]) == 1
        site.is_what_pubmed_holds()
        site.forget()
    assert stop > 8


def test_a_reply_saved_by_a_process_that_then_ended_is_not_fetched_again(site, eutils):
    hold(eutils, 1, 2, 3)
    raw = site.folder / "raw"
    with pytest.raises(Stop):
        build(site.job(progress=_stop_at("Fetching")))
    site.sql("DELETE FROM replies", "DELETE FROM records", "INSERT INTO wanted SELECT pmid, 0 FROM found")
    (raw / "000002.part").write_bytes(b"half a reply")
    eutils.seen.clear()
    assert build(site.job()).stored == 3
    assert eutils.seen == []
    assert [path.name for path in raw.iterdir()] == ["000001.xml.gz"]


def _stop_at(phase):
    def told(what, done, total):
        if what == phase:
            raise Stop

    return told


def test_a_corpus_that_lost_articles_gets_them_back_from_the_raw_replies(site, eutils):
    hold(eutils, *range(1, 6))
    build(site.job())
    site.corpus.delete(["2", "4"])
    eutils.seen.clear()
    assert build(site.job()).stored == 5
    assert eutils.seen == []
    site.is_what_pubmed_holds()


@pytest.mark.parametrize("damage", [b"", b"no gzip", None])
def test_a_raw_reply_that_is_damaged_is_fetched_again(site, eutils, damage):
    hold(eutils, *range(1, 6))
    with pytest.raises(Stop):
        build(site.job(progress=_stop_at("Fetching")))
    (raw,) = (site.folder / "raw").iterdir()
    raw.write_bytes(raw.read_bytes()[:-20] if damage is None else damage)
    with pytest.raises(CorpusError, match="is damaged"):
        build(site.job())
    assert build(site.job()).stored == 5
    site.is_what_pubmed_holds()


# --- Update ---------------------------------------------------------------------------------------


@pytest.fixture
def built(site, eutils):
    """A corpus of six articles that was built ten days ago."""
    hold(eutils, *range(1, 7))
    build(site.job())
    earlier = (TODAY - timedelta(days=10)).isoformat()
    with closing(Ledger(site.folder)) as ledger:
        ledger.begin(searched=earlier)
    eutils.seen.clear()
    return site


def changed_today(eutils, pmid, old, new):
    assert old in eutils.articles[pmid]
    eutils.articles[pmid] = eutils.articles[pmid].replace(old, new)
    eutils.changed[pmid] = TODAY.isoformat().replace("-", "/")


RETRACTED = (
    "</Abstract>",
    "</Abstract><PublicationTypeList><PublicationType>Retracted Publication</PublicationType>"
    "</PublicationTypeList>",
)


def test_an_update_where_nothing_changed_fetches_nothing_and_keeps_the_fingerprint(built, eutils):
    before = built.corpus.facts()
    made, changes = update(built.job())
    assert (made.stored, changes, eutils.asked("efetch")) == (6, {}, [])
    assert built.corpus.facts() == before
    assert made.searched == TODAY.isoformat()


def test_an_update_tells_apart_what_is_new_revised_retracted_unmatched_and_deleted(built, eutils):
    before = built.corpus.fingerprint
    hold(eutils, 7)
    changed_today(eutils, "1", "It worked.", "It did not work.")
    changed_today(eutils, "2", *RETRACTED)
    changed_today(eutils, "3", "Sepsis.", "Shock.")
    del eutils.articles["4"]
    made, changes = update(built.job())
    assert changes == {"7": "new", "1": "revised", "2": "retracted", "3": "unmatched", "4": "deleted"}
    assert built.corpus.ids() == ["1", "2", "5", "6", "7"]
    assert built.corpus.article("1").sections[0].text == "It did not work."
    assert built.corpus.article("2").status == "retracted"
    assert "5" not in built.asked()
    assert (made.found, made.stored, made.adds_up) == (5, 5, True)
    assert built.corpus.fingerprint != before
    assert built.corpus.check() == []
    assert update(built.job())[1] == {}


def test_a_record_touched_at_pubmed_without_a_change_of_content_changes_no_fingerprint(built, eutils):
    before = built.corpus.fingerprint
    eutils.changed["1"] = TODAY.isoformat().replace("-", "/")
    assert update(built.job())[1] == {}
    assert built.asked() == {"1": 1}
    assert built.corpus.fingerprint == before


def test_a_retraction_is_found_even_where_pubmeds_day_of_change_does_not_show_it(built, eutils):
    changed_today(eutils, "2", *RETRACTED)
    eutils.changed["2"] = "2002/07/25"
    assert update(built.job())[1] == {"2": "retracted"}
    assert update(built.job())[1] == {}
    assert built.asked() == {"2": 1}


def test_what_could_not_be_had_is_asked_for_again_by_the_next_update(built, eutils):
    hold(eutils, 8)
    good = eutils.articles["8"]
    eutils.articles["8"] = good.replace("<Article>", "<Article")
    made, changes = update(built.job())
    assert (list(made.unreadable), made.adds_up, changes) == (["8"], True, {})
    eutils.articles["8"] = good
    made, changes = update(built.job())
    assert (made.unreadable, made.stored, changes) == ({}, 7, {"8": "new"})


def test_an_article_whose_new_record_cannot_be_read_is_no_longer_shown_in_its_old_form(built, eutils):
    """The unread record might be the one that says that it was retracted."""
    changed_today(eutils, "1", "<Article>", "<Article")
    made, _ = update(built.job())
    assert list(made.unreadable) == ["1"]
    assert built.corpus.article("1") is None
    assert made.adds_up


def test_an_update_stopped_at_any_step_goes_on_and_still_reports_everything(built, eutils):
    hold(eutils, 7)
    changed_today(eutils, "1", "It worked.", "It did not work.")
    del eutils.articles["4"]
    for phase in ("Searching", "Fetching", "Indexing"):
        with pytest.raises(Stop):
            update(built.job(progress=_stop_at(phase)))
    made, changes = update(built.job())
    assert changes == {"7": "new", "1": "revised", "4": "deleted"}
    assert (made.stored, made.finished) == (6, True)
    assert (built.asked()["1"], built.asked()["7"]) == (1, 1)
    built.is_what_pubmed_holds()


def test_an_update_stopped_on_an_earlier_day_is_finished_and_another_follows(built, eutils):
    hold(eutils, 7)
    with pytest.raises(Stop):
        update(built.job(progress=_stop_at("Fetching")))
    with closing(Ledger(built.folder)) as ledger:
        ledger.begin(searched=(TODAY - timedelta(days=3)).isoformat())
    hold(eutils, 8)
    made, changes = update(built.job())
    assert changes == {"7": "new", "8": "new"}
    assert (made.searched, made.stored) == (TODAY.isoformat(), 8)


def test_articles_of_ones_own_in_the_corpus_stay(built, eutils):
    own = Article(id="ward-7", title="A note on hand washing")
    built.corpus.add([own])
    del eutils.articles["4"]
    made, _ = update(built.job())
    assert built.corpus.article("ward-7") == own
    assert made.stored == 5


def test_another_query_fetches_only_what_is_not_held_and_removes_what_is_not_found(built, eutils):
    eutils.hold("9", title="Shock.")
    changed_today(eutils, "3", "Sepsis.", "Shock.")
    built.declare("query = 'shock[tiab]'")
    assert build(built.job()).stored == 2
    assert built.corpus.ids() == ["3", "9"]
    assert built.corpus.article("3").title == "Shock."


def test_raw_replies_that_hold_nothing_current_are_removed(built, eutils):
    for pmid in list(eutils.articles):
        changed_today(eutils, pmid, "It worked.", "It did not work.")
    update(built.job())
    assert [path.name for path in (built.folder / "raw").iterdir()] == ["000002.xml.gz"]
    built.is_what_pubmed_holds()


def test_a_reply_that_was_removed_just_before_the_process_ended_hides_no_later_one(built, eutils):
    """File 000002 is gone, its row is not; the next reply takes the name."""
    built.sql("INSERT INTO replies VALUES ('000002.xml.gz', 1)")
    changed_today(eutils, "1", "It worked.", "It did not work.")
    update(built.job())
    built.is_what_pubmed_holds()


def test_a_list_of_pmids_is_fetched_whole_by_an_update(built, eutils):
    built.declare("pmids = [1, 2]")
    build(built.job())
    eutils.articles["1"] = eutils.articles["1"].replace("It worked.", "It did not work.")
    del eutils.articles["2"]
    made, changes = update(built.job())
    assert changes == {"1": "revised"}
    assert (made.missing, made.stored, made.adds_up) == (("2",), 1, True)


def test_an_update_of_what_was_never_built_says_what_to_do(site):
    with pytest.raises(CorpusError, match="Run: rag corpus build mine"):
        update(site.job())


def test_a_corpus_that_ships_with_its_articles_is_neither_built_nor_updated(site, settings):
    said = declaration("starter", settings)
    with pytest.raises(CorpusError, match="ships with its articles"):
        build(Job(said, settings.home / "x", lambda: site.pubmed, lambda: site.corpus))


# --- As other commands see it ---------------------------------------------------------------------


def test_a_corpus_built_in_part_says_so_when_it_is_opened(site, eutils):
    hold(eutils, *range(1, 4))
    with pytest.raises(Stop):
        build(site.job(progress=_stop_at("Indexing")))
    site.close()
    notices = []
    opened = open_corpus("mine", site.settings, embed=lambda: site._embedder, notify=notices.append)
    opened.close()
    assert notices == ["Corpus mine is built only in part. To finish it, run: rag corpus build mine"]


def test_removing_a_corpus_removes_ledger_and_raw_replies_and_keeps_the_declaration(site, eutils):
    hold(eutils, 1)
    build(site.job())
    site.forget()
    assert not [path for path in site.folder.iterdir() if "lock" not in path.name]
    assert declaration("mine", site.settings) is not None


@pytest.fixture
def command(site, monkeypatch):
    """``rag corpus`` on the corpora of this test."""
    monkeypatch.setenv("RAG_EMAIL", "a@example.org")
    monkeypatch.setenv("RAG_EUTILS_URL", site.settings.eutils_url)
    return lambda *arguments: CliRunner().invoke(main, ["corpus", *arguments])


def test_the_commands_build_update_show_and_check_tell_everything(site, eutils, command):
    hold(eutils, 1, 2, 3)
    eutils.articles["2"] = eutils.articles["2"].replace("<Article>", "<Article")
    site.declare(f"{QUERY}\nexpected_count = 9")
    done = command("build", "mine")
    assert done.exit_code == 0, done.stderr
    assert "3 found = 2 stored + 0 excluded + 1 quarantined + 0 missing" in done.stdout
    assert "quarantined 2: not well-formed" in done.stdout
    assert "expected_count = 3" in done.stdout
    assert "Not the declared set: expected_count is 9; PubMed now has 3." in done.stderr
    assert "Fetching: 3 of 3" in done.stderr
    shown = json.loads(command("show", "mine", "--format", "json").stdout)
    assert {"name", "fingerprint", "articles", "passages", "built"} <= set(shown)
    assert shown["pubmed"]["quarantined"][0]["pmid"] == "2"
    checked = command("check", "mine")
    assert "quarantined 2" in checked.stdout
    assert "agree" in checked.stdout
    del eutils.articles["3"]
    done = command("update", "mine")
    assert "1 deleted at PubMed" in done.stdout
    assert "deleted at PubMed: 3" in done.stdout
    assert json.loads(command("show", "mine", "--format", "json").stdout)["articles"] == 1


def test_a_name_that_is_not_declared_is_an_error_that_says_how_to_declare_it(command):
    done = command("build", "unknown")
    assert done.exit_code == 1
    assert "Write corpora/unknown/corpus.toml" in done.stderr


def test_without_an_e_mail_a_build_says_which_setting_is_missing(command, monkeypatch):
    monkeypatch.delenv("RAG_EMAIL")
    done = command("build", "mine")
    assert done.exit_code == 1
    assert "RAG_EMAIL" in done.stderr


def test_check_finds_an_article_that_was_built_and_is_gone(site, eutils, command):
    hold(eutils, 1, 2)
    build(site.job())
    site.corpus.delete(["2"])
    site.close()
    done = command("check", "mine")
    assert done.exit_code == 1
    assert "The counts do not add up: 2 found = 1 stored" in done.stdout
