"""Snowball's English stemmer (Porter 2001), safe for threads: it keeps the word it works on in itself."""

from __future__ import annotations

from threading import local

_OWN = local()


def snowball(word: str) -> str:
    """The stem of one word in lower case; every thread has a stemmer of its own."""
    if not hasattr(_OWN, "stemmer"):
        import snowballstemmer

        _OWN.stemmer = snowballstemmer.stemmer("english")
    return str(_OWN.stemmer.stemWord(word))
