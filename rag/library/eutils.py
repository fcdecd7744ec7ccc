"""NCBI's E-utilities as a transport: one request in, the checked bytes of one reply out.

Requests are built by Bio.Entrez and sent here, since Bio.Entrez itself (1.88) opens sockets without a
timeout, knows one address only, tries again after HTTP 429 without a pause, and keeps e-mail, key and
pace in module variables that threads share. NCBI's rules: https://www.ncbi.nlm.nih.gov/books/NBK25497/.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, IncompleteRead
from threading import Lock
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import urlopen

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    wait_exponential_jitter,
)

from rag.errors import RateLimited, SearchFailed, SettingsError
from rag.settings import Settings

T = TypeVar("T")
TOOL = "pubmed-rag"
ATTEMPTS = 5
_ERROR = re.compile(rb"<ERROR>(.*?)</ERROR>", re.DOTALL)
_BUSY_WORDS = ("backend failed", "rate limit", "temporarily", "timed out", "timeout", "try again")


class Refused(SearchFailed):
    """PubMed understood the request and turned it down; asking again would not help."""


class Broken(SearchFailed):
    """PubMed's reply broke off before anything in it could be used, more than once."""


class _Transient(Exception):
    """A failure that may pass: ``wait`` is what the server asked for, in seconds."""

    def __init__(
        self, reason: str, *, limited: bool = False, broken: bool = False, wait: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.limited = limited
        self.broken = broken
        self.wait = wait


class Pace:
    """Lets at most ``rate`` requests begin in any second, over all threads that share it.

    Args:
        window: what counts as a second; more than one, since requests do not all travel equally fast.
    """

    def __init__(self, window: float = 1.1) -> None:
        self._window = window
        self._lock = Lock()
        self._begun: deque[float] = deque(maxlen=10)

    def wait(self, rate: int) -> None:
        """Take the next free place and sleep until it comes.

        Args:
            rate: requests a second, 1 to 10.
        """
        with self._lock:
            now = due = time.monotonic()
            if len(self._begun) >= rate:
                due = max(now, self._begun[-rate] + self._window)
            self._begun.append(due)
        time.sleep(due - now)


PACE = Pace()
"""NCBI counts by address and key, so every client of this process keeps one pace."""


class Eutils:
    """The E-utilities at ``settings.eutils_url``, asked with NCBI's identification, in pace, patiently.

    Args:
        settings: e-mail, key and address.
        timeout: seconds without a byte after which a request is given up.
        patience: seconds that one request may take with its repetitions.
        pause: seconds before the first repetition; it doubles each time, with jitter.
        pace: what requests wait for.

    Raises:
        SettingsError: there is no e-mail to send to NCBI.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float = 20.0,
        patience: float = 90.0,
        pause: float = 1.0,
        pace: Pace = PACE,
    ) -> None:
        if not settings.email:
            raise SettingsError(
                "PubMed needs your e-mail address: NCBI asks for one with every request. "
                "Set RAG_EMAIL=you@example.org (or email in rag.toml)."
            )
        key = settings.ncbi_api_key.get_secret_value()
        self._identity = {"tool": TOOL, "email": settings.email, "api_key": key or None}
        self._base = settings.eutils_url
        self._rate = 10 if key else 3
        self._pace = pace
        self._timeout = timeout
        self._patience = patience
        self._backoff = wait_exponential_jitter(initial=pause, max=20.0, jitter=pause)

    def call(
        self,
        utility: str,
        root: str,
        read: Callable[[bytes], T],
        part: bytes = b"",
        **parameters: str | int,
    ) -> T:
        """Ask one utility and read its reply, which begins with the element ``root``.

        Args:
            utility: ``esearch``, ``epost`` or ``efetch``.
            root: element that a good reply consists of.
            read: makes something of the reply; a ValueError says why it cannot be used, and PubMed is then
                asked again as after any failure that may pass.
            part: words that make a reply useful even if it breaks off behind them.
            **parameters: as in NCBI's documentation.

        Returns:
            What ``read`` made of the reply.

        Raises:
            RateLimited: PubMed said "too many requests" until the repetitions were spent.
            Refused: PubMed named an error in the request.
            Broken: its replies broke off, twice.
            SearchFailed: PubMed gave no usable reply.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=self._enough,
            wait=self._wait,
            reraise=True,
        )
        try:
            reply: T = retrying(self._once, utility, root, read, part, parameters)
            return reply
        except _Transient as error:
            if error.limited:
                raise RateLimited(
                    "PubMed answered that there were too many requests. Wait a minute and try again; "
                    "with a free NCBI key (RAG_NCBI_API_KEY) it allows more."
                ) from None
            kind = Broken if error.broken else SearchFailed
            raise kind(
                f"PubMed gave no usable answer ({error}). This says nothing about the evidence. "
                "Try again in a few minutes."
            ) from None

    def _wait(self, state: RetryCallState) -> float:
        return max(_failure(state).wait, self._backoff(state))

    def _enough(self, state: RetryCallState) -> bool:
        """Stop in time: a wait that would outlast the patience is not begun."""
        attempts = 2 if _failure(state).broken else ATTEMPTS
        spent = (state.seconds_since_start or 0.0) + state.upcoming_sleep
        return state.attempt_number >= attempts or spent >= self._patience

    def _once(
        self,
        utility: str,
        root: str,
        read: Callable[[bytes], T],
        part: bytes,
        parameters: dict[str, str | int],
    ) -> T:
        body = self._send(utility, parameters)
        start = body[:2000].lstrip()
        if not start:
            raise _Transient("an empty reply")
        if start.startswith(b"{"):
            message = _json_error(body)
            raise _Transient(message or "a cut error message", limited="rate limit" in message.lower())
        if error := _ERROR.search(start):
            raise self._told(" ".join(error[1].decode(errors="replace").split()))
        if f"<{root}".encode() not in start:
            raise _Transient("a page instead of a reply of the E-utilities")
        if not is_whole(body, root) and not (part and part in body):
            raise _Transient("a reply that broke off", broken=True)
        try:
            return read(body)
        except ValueError as error:
            raise _Transient(str(error)) from None

    def _send(self, utility: str, parameters: dict[str, str | int]) -> bytes:
        from Bio import Entrez

        # Private, but the only part of Bio.Entrez that builds a request without also sending it.
        request = Entrez._build_request(  # type: ignore[no-untyped-call]
            f"{self._base}{utility}.fcgi",
            {**parameters, **self._identity},
            post=True if utility == "epost" else None,
        )
        self._pace.wait(self._rate)
        try:
            with urlopen(request, timeout=self._timeout) as response:
                return _body(response, time.monotonic() + self._patience)
        except HTTPError as error:
            with error:
                raise self._http(error) from None
        except IncompleteRead:
            raise _Transient("a reply that broke off", broken=True) from None
        except TimeoutError:
            raise _Transient(f"no reply within {self._timeout:g} s") from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise _Transient(f"no connection: {type(reason).__name__}") from None

    def _http(self, error: HTTPError) -> Exception:
        if error.code == 429 or error.code >= 500:
            return _Transient(f"HTTP {error.code}", limited=error.code == 429, wait=_retry_after(error))
        return self._told(_json_error(error.read(2000)) or f"HTTP {error.code}")

    def _told(self, message: str) -> Exception:
        """An error that the server put into words; the key is taken out should it be among them."""
        key = self._identity["api_key"]
        message = message.replace(key, "***")[:200] if key else message[:200]
        if any(word in message.lower() for word in _BUSY_WORDS) and "retstart" not in message:
            return _Transient(message, limited="rate limit" in message.lower())
        hint = " Check RAG_NCBI_API_KEY." if "api key" in message.lower() else ""
        return Refused(f"PubMed refused the request: {message}.{hint} This says nothing about the evidence.")


def _failure(state: RetryCallState) -> _Transient:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, _Transient) else _Transient("")


def is_whole(body: bytes, root: str) -> bool:
    """Say whether a reply goes on to the end of its root element."""
    return re.search(rf"</{root}\s*>|<{root}\s*/>".encode(), body[-500:]) is not None


def _body(response: HTTPResponse, deadline: float) -> bytes:
    """Read a whole reply; a server that sends a byte now and then is not waited for beyond the deadline."""
    parts = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if time.monotonic() > deadline:
            raise TimeoutError
    if response.length:
        raise IncompleteRead(b"", response.length)
    return b"".join(parts)


def _json_error(body: bytes) -> str:
    """The message of ``{"error": ...}``; empty if the body is nothing of that kind."""
    try:
        reply = json.loads(body)
    except ValueError:
        return ""
    return str(reply.get("error", "an error without a message")) if isinstance(reply, dict) else ""


def _retry_after(error: HTTPError) -> float:
    """Seconds that the header Retry-After asks for, in either of its forms (RFC 9110, 10.2.3)."""
    value = (error.headers.get("Retry-After") or "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
