"""What the training of the bundled models holds out: the one rule that training and evaluation share.

A model that was trained on a part of a data set is measured on the rest of it. Training asks ``held`` of
every article; a suite whose data is trained on in part declares how its articles are named there, and its
figures are over what is held out, those over the rest apart.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from eval.records import Claim

HELD_OUT = 0.15
"""Share of the articles that is held out."""
QUESTIONS_HELD_OUT = 0.2
"""Share of the yes/no questions, with the articles that answer them, that is held out."""


def held(name: str, share: float = HELD_OUT) -> bool:
    """Whether an article is held out, by a hash of its name: the same in every run and on every machine."""
    return zlib.crc32(f"held-out {name}".encode()) % 10_000 < share * 10_000


def in_sample(claims: Sequence[Claim], named: str) -> frozenset[str]:
    """Ids of the claims that training may have seen.

    Args:
        claims: all claims of a suite.
        named: how training names an article, with ``{article}`` for its id; empty if nothing was trained on.

    Returns:
        The claims of a cluster of which any article is not held out: their words may have been seen with it.
    """
    if not named:
        return frozenset()
    seen = {one.cluster for one in claims if not held(named.format(article=one.article.id))}
    return frozenset(one.id for one in claims if one.cluster in seen)
