"""Declared corpora: what a ``corpus.toml`` may say, and what becomes of it as a search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.errors import CorpusError
from rag.library.declared import declaration, declared, pmid_sha256, strategy
from rag.library.query_syntax import problems, terms
from rag.resources import shipped

SHIPPED = sorted(file.parent.name for file in shipped("corpora").glob("*/corpus.toml"))
SEARCHES = [name for name in SHIPPED if name != "starter"]
TRAPS = {"stroke", "septic", "diabetes", "reperfusion", "pregnancy", "pregnan*", "shock", "care", "trial*"}
"""Single words that find far more than is meant; alone in a title or abstract no strategy may search them."""


def write(folder: Path, text: str) -> None:
    place = folder / "corpora" / "mine"
    place.mkdir(parents=True, exist_ok=True)
    (place / "corpus.toml").write_text(text, encoding="utf-8")


# --- What ships -----------------------------------------------------------------------------------


def test_at_least_six_searches_ship_beside_the_starter():
    assert len(SEARCHES) >= 6


@pytest.mark.parametrize("name", SEARCHES)
def test_a_shipped_search_is_sound_and_leaves_nothing_to_pubmeds_guess(name, settings):
    """A term without a field tag is mapped by PubMed in a way that changes over the years."""
    found = declaration(name, settings)
    assert found is not None
    assert (found.articles, found.declaration.pmids) == (None, ())
    query = strategy(found.declaration)[-1].query
    assert problems(query) == []
    assert [term.text for term in terms(query) if not term.tag] == []


@pytest.mark.parametrize("name", SEARCHES)
def test_a_shipped_search_joins_headings_with_words_and_falls_into_no_known_trap(name, settings):
    said = declaration(name, settings).declaration
    used = terms(said.query)
    assert {"mh", "tiab"} <= {term.tag.partition(":")[0] for term in used}
    wide = TRAPS - ({"pregnan*"} if name == "antenatal-care" else set())  # there beside another concept
    assert [term.text for term in used if term.tag == "tiab" and term.text.lower() in wide] == []


@pytest.mark.parametrize("name", SEARCHES)
def test_a_shipped_search_excludes_animal_studies_and_gives_a_reason_for_every_filter(name, settings):
    said = declaration(name, settings).declaration
    assert "NOT (animals[mh] NOT humans[mh])" in {one.term for one in said.filters}
    assert all(one.reason for one in said.filters)
    assert said.title
    assert "NLM" in said.licence


@pytest.mark.parametrize("name", SEARCHES)
def test_a_shipped_search_carries_no_records_and_no_invented_count(name):
    folder = shipped("corpora", name)
    assert [file.name for file in folder.iterdir()] == ["corpus.toml"]
    text = (folder / "corpus.toml").read_text(encoding="utf-8")
    assert not re.search(r"^(expected_count|pmid_sha256)", text, re.MULTILINE)
    assert text.startswith("# ")


# --- A declaration as a search --------------------------------------------------------------------


def test_dates_and_filters_narrow_the_query_step_by_step(settings, tmp_path):
    write(
        tmp_path,
        """
        query = '''sepsis[tiab]
                   OR "septic shock"[tiab]'''
        from = 2010
        until = 2020-06-30
        filters = [{term = "NOT (animals[mh] NOT humans[mh])", reason = "animals"},
                   {term = "english[la]", reason = "language"}]
        """,
    )
    steps = strategy(declaration("mine", settings).declaration)
    query = 'sepsis[tiab] OR "septic shock"[tiab]'
    dated = f'({query}) AND ("2010"[dp] : "2020/06/30"[dp])'
    others = f'({query}) NOT ("2010"[dp] : "2020/06/30"[dp])'
    human = f"({dated}) NOT ((animals[mh] NOT humans[mh]))"
    assert [step.query for step in steps] == [query, dated, human, f"({human}) AND (english[la])"]
    assert [step.excluded for step in steps] == [
        "",
        others,
        f"({dated}) AND ((animals[mh] NOT humans[mh]))",
        f"({human}) NOT (english[la])",
    ]
    assert [step.reason for step in steps] == [
        "",
        "not published from 2010 to 2020-06-30",
        "animals",
        "language",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("query = '(sepsis[tiab]'", "query: A parenthesis is not closed"),
        ("query = 'sepsis[tiab]'\nfrom = 'May 2010'", "from: write 'May 2010' as 2015"),
        ("query = 'a[ti]'\nfilters = [{term = 'NOT x[yy]', reason = ''}]", "filter NOT x[yy]: [yy] is no"),
    ],
)
def test_a_declaration_that_pubmed_would_misread_is_refused_with_every_fault(text, fault, settings, tmp_path):
    write(tmp_path, text)
    with pytest.raises(CorpusError, match=re.escape(fault)):
        strategy(declaration("mine", settings).declaration)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pmids = [1, 2]\nquery = 'a'", "complete list"),
        ("pmids = ['x1']", "not a PMID"),
        ("pmids = [1, 2]\npmid_sha256 = 'beef'", "not the set that pmid_sha256 names"),
        ("title = 'empty'", "neither a query nor pmids"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(text, fault, settings, tmp_path):
    write(tmp_path, text)
    with pytest.raises(CorpusError, match=fault):
        declaration("mine", settings)


def test_the_hash_of_a_set_of_pmids_depends_on_nothing_but_the_set(settings, tmp_path):
    assert pmid_sha256(["10", "9", "9"]) == pmid_sha256({"9", "10"})
    assert pmid_sha256(["9"]) != pmid_sha256(["9", "10"])
    write(tmp_path, f"pmids = [10, 9]\npmid_sha256 = '{pmid_sha256(['9', '10'])}'")
    assert declaration("mine", settings).declaration.pmids == ("10", "9")
    assert "mine" in declared(settings)
