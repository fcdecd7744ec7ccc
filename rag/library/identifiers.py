"""What names an article: PMID, DOI, PMC id, year, and the id by which everything here knows it."""

from __future__ import annotations

import re

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""As a citation's date names them."""
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMCID = re.compile(r"PMC\d+", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:1[5-9]|20|21)\d\d\b")
_PMID = re.compile(r"[1-9]\d{0,8}")


def doi_of(text: str) -> str | None:
    """Bare DOI in ``text`` (``https://doi.org/``, ``doi:`` and a closing full stop removed), None if none."""
    found = _DOI.search(text)
    return found[0].rstrip(".,;") if found else None


def pmcid_of(text: str) -> str | None:
    """PMC id in ``text``, e.g. ``PMC2682512``, None if none."""
    found = _PMCID.search(text)
    return found[0].upper() if found else None


def pmid_of(text: str) -> str | None:
    """``text`` if it is a PMID: digits, at most nine, no leading zero; else None."""
    text = text.strip()
    return text if _PMID.fullmatch(text) else None


def article_id(pmid: str | None, doi: str | None, given: str = "") -> str:
    """Id of an article: the PMID, else ``doi:`` and the DOI in lower case, else the id that was given."""
    if pmid:
        return pmid
    return f"doi:{doi.lower()}" if doi else given


def year_of(date: str) -> int | None:
    """First year of a citation's date, e.g. 1998 of ``1998 Dec-1999 Jan``; None if it names none."""
    found = _YEAR.search(date)
    return int(found[0]) if found else None
