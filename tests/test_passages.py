"""Passages are exact slices of the stored text, and together they lose nothing of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.library.passages import MAX_WORDS, embedded, passages, windows
from rag.records import TITLE, Article, Section

ARTICLE = Article(
    id="1",
    title="Zinc for the common cold: a randomised trial",
    sections=(
        Section("BACKGROUND", "Zinc is widely sold. Whether it helps is unknown."),
        Section(
            "RESULTS", " ".join(f"Finding {n} held in arm {n} vs. 0.5 in arm B (P<.001)." for n in range(60))
        ),
    ),
)

texts = st.text(st.sampled_from("aB3 .,;()[]\n\té<–"), max_size=300) | st.text(max_size=80)
articles = st.builds(
    lambda title, bodies: Article("x", title, tuple(Section("", body) for body in bodies)),
    texts,
    st.lists(texts, max_size=3),
)


@given(articles)
@settings(max_examples=60, deadline=None)
def test_every_passage_is_the_slice_that_it_says(article: Article) -> None:
    for passage in passages(article):
        assert passage.text == article.section_text(passage.section)[passage.start : passage.end]
        assert passage.label == article.section_label(passage.section)
        assert passage.text.strip() == passage.text != ""


@given(articles)
@settings(max_examples=60, deadline=None)
def test_every_word_is_in_exactly_one_passage(article: Article) -> None:
    for section in range(-1, len(article.sections)):
        text = article.section_text(section)
        covered = [0] * len(text)
        for passage in passages(article):
            if passage.section == section:
                for place in range(passage.start, passage.end):
                    covered[place] += 1
        assert all(covered[place] == 1 for place, character in enumerate(text) if not character.isspace())


@given(st.text(st.sampled_from("ab. A\n"), max_size=600), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_no_window_is_longer_than_allowed(text: str, most: int) -> None:
    assert all(len(window.text.split()) <= most for window in windows(text, most))


def test_a_long_section_is_cut_between_sentences_into_even_windows() -> None:
    results = [passage for passage in passages(ARTICLE) if passage.label == "RESULTS"]
    sizes = [len(passage.text.split()) for passage in results]
    assert len(results) > 1
    assert max(sizes) <= MAX_WORDS
    assert min(sizes) > max(sizes) / 2
    assert all(passage.text.startswith("Finding") and passage.text.endswith(").") for passage in results)


def test_the_title_is_a_passage_of_its_own_unless_it_is_empty() -> None:
    first, *rest = passages(ARTICLE)
    assert (first.section, first.label, first.text) == (-1, TITLE, ARTICLE.title)
    assert all(passage.section >= 0 for passage in rest)
    assert passages(replace(ARTICLE, title="  "))[0].section == 0
    assert passages(Article(id="2", title="")) == []


def test_a_changed_text_has_a_changed_id_and_an_unchanged_one_keeps_it() -> None:
    before = {passage.id: passage for passage in passages(ARTICLE)}
    assert {passage.id for passage in passages(ARTICLE)} == set(before)
    corrected = replace(
        ARTICLE, sections=(Section("BACKGROUND", "Zinc is widely sold. It may help."), ARTICLE.sections[1])
    )
    after = {passage.id for passage in passages(corrected)}
    assert {before[name].label for name in set(before) - after} == {"BACKGROUND"}
    assert not {passage.id for passage in passages(replace(ARTICLE, id="2"))} & set(before)


def test_a_passage_is_embedded_under_the_title_of_its_article() -> None:
    title, background, *_ = passages(ARTICLE)
    assert embedded(ARTICLE, title) == ARTICLE.title
    assert embedded(ARTICLE, background) == f"{ARTICLE.title}\n{background.text}"
