"""The banner of limits above an answer."""

from __future__ import annotations

import pytest

from rag.answering.limits import limits
from rag.records import Article, Design, Found, Screening, Section, Source, Stance


def source(n: int, year: int | None) -> Source:
    article = Article(id=str(n), title="Oil", sections=(Section("", "Oil helps."),), year=year)
    design = Design("cohort study", "text", "stated", 3)
    return Source(n, Found(article, (), 1.0, "starter"), design, Screening(True), Stance("silent", 0.5))


@pytest.mark.parametrize(
    ("years", "said"),
    [
        ((2000, 1998), "The newest source is from 2000."),
        ((2000, None), "The newest source with a year is from 2000; 1 without a year."),
        ((None, None), None),
        ((2000, 2025), None),
    ],
)
def test_the_age_of_the_newest_source_is_told_with_what_has_no_year(
    years: tuple[int | None, ...], said: str | None
) -> None:
    notices = limits([source(n, year) for n, year in enumerate(years, 1)], ())
    assert next((one.text for one in notices if one.kind == "outdated"), None) == said
