"""A loopback server that speaks NCBI's E-utilities as PubMed does: esearch, epost, efetch, and its failures.

It keeps NCBI's rules: a search names at most 9,999 articles, a history that is unknown is an error, and if
``strict`` too many requests in a second get 429. A query is read as PubMed reads it, from left to right, with
parentheses, phrases, truncation, a few field tags, and dates of entry and change; a word is found wherever
its letters are. ``faults`` are used up one a request, in order.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

MOST = 9_999
ENTERED = "2002/07/25"
"""Day of entry of a record for which none was set."""
TOKEN = re.compile(r'"[^"]*"|[()]|\[[^\]]*\]|:|[^\s()\[\]":]+')
DTD = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd"


def record(pmid: str, title: str = "A trial.", abstract: str = "It worked.", more: str = "") -> str:
    """One PubmedArticle; ``abstract`` is XML text, ``more`` goes behind the Abstract."""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        "<Article><Journal><JournalIssue><Volume>1</Volume><PubDate><Year>2002</Year><Month>Jul</Month>"
        "<Day>25</Day></PubDate></JournalIssue><Title>A journal</Title></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{abstract}</AbstractText></Abstract>"
        f"{more}</Article><MedlineJournalInfo><MedlineTA>J Test</MedlineTA></MedlineJournalInfo>"
        f'</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>'
        "</ArticleIdList></PubmedData></PubmedArticle>"
    )


@dataclass
class Eutils:
    """State of the server: what it holds, what it shall do wrong, what it was asked."""

    articles: dict[str, str] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)
    """Day on which a record was added, ``2002/07/25``, where it is not ENTERED."""
    changed: dict[str, str] = field(default_factory=dict)
    """Day on which a record was last changed, where it is not that of its entry."""
    faults: Iterator[str] = field(default_factory=lambda: iter(()))
    seen: list[dict[str, Any]] = field(default_factory=list)
    histories: dict[str, list[str]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    """Records that a search names and a fetch does not give."""
    count: int | None = None
    """Pretend that a search finds so many articles."""
    keeps_history: bool = True
    strict: bool = False
    """Answer 429 to more requests in a second than NCBI allows."""
    stalled: threading.Event = field(default_factory=threading.Event)
    url: str = ""
    _texts: dict[str, tuple[str, str]] = field(default_factory=dict)

    def hold(self, *pmids: str, **text: str) -> None:
        """Hold a made-up record for each PMID."""
        self.articles.update({pmid: record(pmid, **text) for pmid in pmids})

    def asked(self, utility: str) -> list[dict[str, Any]]:
        """The requests for one utility."""
        return [one for one in self.seen if one["utility"] == utility]

    # --- replies ---------------------------------------------------------------------------------

    def esearch(self, given: dict[str, str]) -> str:
        start, most = int(given.get("retstart", 0)), int(given.get("retmax", 20))
        if start > MOST - 1:
            return self.result(
                "eSearchResult",
                "<ERROR>Search Backend failed: Exception:&#xD;\n'retstart' cannot be larger than 9998. For "
                "PubMed, ESearch can only retrieve the first 9,999 records matching the query.</ERROR>",
            )
        query = Query(self, given["term"])
        found, words, unknown = query.found(), query.words, query.unknown
        if "datetype" in given:
            found &= self.within(given["datetype"], given["mindate"], given["maxdate"])
        hits = sorted(found, key=int, reverse=True)
        if given.get("sort") == "relevance":
            hits = [pmid for pmid in self.articles if pmid in found]
            hits.sort(key=lambda pmid: -sum(self.text(pmid).count(word) for word in words))
        shown = hits[start : min(start + most, MOST)]
        history = ""
        if given.get("usehistory") == "y":
            history = f"<QueryKey>1</QueryKey><WebEnv>{self._keep(hits)}</WebEnv>"
        errors = "".join(f"<PhraseNotFound>{escape(word)}</PhraseNotFound>" for word in unknown)
        errors = f"<ErrorList>{errors}</ErrorList>" if errors else ""
        if not hits:
            errors += "<WarningList><OutputMessage>No items found.</OutputMessage></WarningList>"
        translation = escape(" AND ".join(f'"{word}"[All Fields]' for word in words))
        ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in shown)
        return self.result(
            "eSearchResult",
            f"<Count>{len(hits) if self.count is None else self.count}</Count><RetMax>{len(shown)}</RetMax>"
            f"<RetStart>{start}</RetStart>{history}<IdList>\n{ids}</IdList><TranslationSet/>"
            f"<QueryTranslation>{translation}</QueryTranslation>{errors}",
        )

    def epost(self, given: dict[str, str]) -> str:
        pmids = [pmid for pmid in given.get("id", "").split(",") if pmid.isdigit()]
        if not pmids:
            return self.result("ePostResult", "<ERROR>Empty ID list; Nothing to store</ERROR>")
        return self.result("ePostResult", f"\n<QueryKey>1</QueryKey>\n<WebEnv>{self._keep(pmids)}</WebEnv>\n")

    def efetch(self, given: dict[str, str]) -> str:
        if "WebEnv" in given:
            start, most = int(given.get("retstart", 0)), int(given.get("retmax", 20))
            kept = self.histories.get(given["WebEnv"])
            if kept is None or start > MOST - 1:
                return (
                    '<?xml version="1.0" encoding="UTF-8" ?>\n<eFetchResult>\n<ERROR>Cannot retrieve history '
                    f"data. query_key: 1, WebEnv: {given['WebEnv']}, retstart: {start}, retmax: {most}"
                    "</ERROR>\n</eFetchResult>"
                )
            pmids = kept[start : start + most]
        else:
            pmids = given["id"].split(",")
        body = "\n".join(
            self.articles[pmid] for pmid in pmids if pmid in self.articles and pmid not in self.absent
        )
        return (
            '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
            '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
            f"<PubmedArticleSet>\n{body}\n</PubmedArticleSet>\n"
        )

    # --- what is held ----------------------------------------------------------------------------

    def text(self, pmid: str) -> str:
        """Words of a record in small letters; kept, since a search reads thousands of them."""
        xml = self.articles[pmid]
        if self._texts.get(pmid, ("", ""))[0] is not xml:
            self._texts[pmid] = (xml, re.sub("<[^>]*>", " ", xml).lower())
        return self._texts[pmid][1]

    def day(self, kind: str, pmid: str) -> str:
        """Day of entry (edat) or of the last change (lr); the former stands for publication (dp)."""
        entered = self.entered.get(pmid, ENTERED)
        return self.changed.get(pmid, entered) if kind == "lr" else entered

    def within(self, kind: str, first: str, last: str) -> set[str]:
        """Records with a day in a span; an end may be a year or a month alone."""
        return {pmid for pmid in self.articles if first <= self.day(kind, pmid) <= f"{last}/99"}

    def _keep(self, pmids: list[str]) -> str:
        name = f"MCID_{len(self.histories):024x}"
        if self.keeps_history:
            self.histories[name] = pmids
        return name

    def result(self, root: str, inside: str) -> str:
        form = {"eSearchResult": "20060628/esearch.dtd", "ePostResult": "20090526/epost.dtd"}[root]
        return (
            f'<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE {root} PUBLIC "-//NLM//DTD {root}//EN" '
            f'"{DTD}/{form}">\n<{root}>{inside}</{root}>\n'
        )

    def too_many(self, key: str | None) -> bool:
        """More requests within a second than NCBI allows."""
        limit = 10 if key else 3
        times = [one["time"] for one in self.seen]
        return self.strict and len(times) > limit and times[-1] - times[-1 - limit] < 1.0


class Query:
    """A query in PubMed's language, read over the records of a server."""

    def __init__(self, state: Eutils, term: str) -> None:
        self._state = state
        self._tokens = TOKEN.findall(term)
        self.words: list[str] = []
        self.unknown: list[str] = []

    def found(self) -> set[str]:
        """PMIDs of the records that match what is left of the query, up to a closing parenthesis."""
        found: set[str] | None = None
        operator = "AND"
        while self._tokens and self._tokens[0] != ")":
            if self._tokens[0] in ("AND", "OR", "NOT"):
                operator = self._tokens.pop(0)
                continue
            hits = self._operand()
            if found is None:
                found = hits
            else:
                found = {"AND": found & hits, "OR": found | hits, "NOT": found - hits}[operator]
            operator = "AND"
        return found or set()

    def _operand(self) -> set[str]:
        if self._tokens[0] == "(":
            self._tokens.pop(0)
            hits = self.found()
            self._tokens.pop(0)
            return hits
        text, tag = self._term()
        if self._tokens[:1] == [":"]:
            self._tokens.pop(0)
            last, _ = self._term()
            return self._state.within(tag, text, last)
        return self._matching(text.lower(), tag)

    def _term(self) -> tuple[str, str]:
        words = [self._tokens.pop(0).strip('"')]
        tagged = next((token for token in self._tokens if not re.fullmatch(r"[^\s()\[\]\":]+", token)), "")
        plain = words[0] and tagged.startswith("[") and not {"AND", "OR", "NOT"} & set(self._tokens[:1])
        while plain and self._tokens[0] != tagged and self._tokens[0] not in ("AND", "OR", "NOT"):
            words.append(self._tokens.pop(0))
        tag = self._tokens.pop(0)[1:-1].lower() if self._tokens[:1] and self._tokens[0][0] == "[" else ""
        return " ".join(words), tag

    def _matching(self, text: str, tag: str) -> set[str]:
        held = self._state.articles
        if (text, tag) == ("all", "sb"):
            return set(held)
        if (text, tag) == ("fha", "filter"):
            return {pmid for pmid, xml in held.items() if "<AbstractText" in xml}
        if tag == "la":
            code = f"<Language>{text[:3]}<"
            return {pmid for pmid, xml in held.items() if code in xml or "<Language>" not in xml}
        if tag in ("mh", "pt"):
            forms = tuple(f">{form}<" for form in (text, text.capitalize(), text.title()))
            return {pmid for pmid, xml in held.items() if any(form in xml for form in forms)}
        word = text.rstrip("*")
        self.words += word.split()
        hits = {pmid for pmid in held if word in self._state.text(pmid)}
        self.unknown += [] if hits else [word]
        return hits


HTML = "<!DOCTYPE html><html><head><title>NCBI</title></head><body>Down for maintenance.</body></html>"
PASSING = (
    "429", "429 later", "500", "502", "html", "json", "busy", "empty", "drop", "reset", "broken", "short",
    "stall", "count", "stale", "bad record", "left out", "hollow",
)  # fmt: skip
"""Every fault that passes; ``short`` ends before the promised length, ``broken`` ends early and promises no
more, ``reset`` tears the connection, ``count`` miscounts, ``stale`` has lost the history, ``bad record`` is
garbled, ``left out`` lacks a record, and ``hollow`` is whole without any."""
LASTING = ("bad key", "xml error", "trickle")
"""Faults that stay: of the request itself, and a reply that comes byte by byte and does not end in time."""


def at_random(rate: float, seed: int, kinds: tuple[str, ...] = PASSING) -> Iterator[str | None]:
    """Faults for ever, each kind at the same rate, the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        place = int(chance.random() / rate)
        yield kinds[place] if place < len(kinds) else None


BUSY = "<ERROR>Search Backend failed: Exception: server is temporarily unavailable</ERROR>"
RECORD = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)
GARBLED: dict[str, Callable[[bytes], bytes]] = {
    "count": lambda body: re.sub(rb"<Count>(\d+)", lambda n: b"<Count>%d" % (int(n[1]) + 7), body, count=1),
    "bad record": lambda body: body.replace(b"<Article>", b"<Article", 1),
    "left out": lambda body: RECORD.sub(b"", body, count=1),
    "hollow": lambda body: RECORD.sub(b"", body),
}
"""Faults that change what a good reply says; one that does not apply changes nothing."""


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *args: Any) -> None:
        """Keep the test output quiet."""

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _answer(self, query: str) -> None:
        state: Eutils = self.server.state
        utility = urlsplit(self.path).path.rpartition("/")[2].removesuffix(".fcgi")
        given = {name: values[0] for name, values in parse_qs(query).items()}
        state.seen.append(
            {"utility": utility, "method": self.command, "time": time.monotonic(), "path": self.path, **given}
        )
        fault = next(state.faults, None)
        if fault is None and state.too_many(given.get("api_key")):
            fault = "429"
        if fault == "stale":
            state.histories.clear()
        body = getattr(state, utility)(given).encode()
        if fault is None or fault == "stale":
            self._send(200, body)
        elif fault in GARBLED:
            self._send(200, GARBLED[fault](body))
        elif fault == "502":
            self._send(502, HTML.encode())
        elif fault == "busy":
            self._send(200, state.result("eSearchResult", BUSY).encode())
        elif fault == "trickle":
            self._send(200, b"", {"Content-Length": str(len(body))})
            for byte in body:
                if state.stalled.wait(0.05):
                    break
                self.wfile.write(bytes([byte]))
        elif fault == "reset":
            self._send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault.startswith("429"):
            wait = {"Retry-After": "1"} if fault == "429 later" else {}
            key = given.get("api_key", "127.0.0.1")
            text = f'{{"error":"API rate limit exceeded","api-key":"{key}","count":"4","limit":"3"}}'
            self._send(429, text.encode(), wait)
        elif fault == "500":
            self._send(500, b"Internal Server Error")
        elif fault == "html":
            self._send(200, HTML.encode())
        elif fault == "json":
            self._send(200, b'{"error":"error forwarding request","api-key":"127.0.0.1"}')
        elif fault == "bad key":
            text = f'{{"error":"API key invalid","api-key":"{given["api_key"]}"}}'
            self._send(400, text.encode())
        elif fault == "xml error":
            self._send(200, state.result("eSearchResult", "<ERROR>Invalid db name</ERROR>").encode())
        elif fault == "empty":
            self._send(200, b"")
        elif fault == "broken":
            self._send(200, body[: len(body) * 2 // 3])
        elif fault == "short":
            self._send(200, body[: len(body) // 2], {"Content-Length": str(len(body))})
        elif fault == "stall":
            state.stalled.wait(30)
        self.close_connection = True

    def _send(self, code: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def serving() -> Iterator[Eutils]:
    """Run a server until the generator is closed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = Eutils(url=f"http://127.0.0.1:{server.server_port}/entrez/eutils/")
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    state.stalled.set()
    server.shutdown()
    server.server_close()
    thread.join()
