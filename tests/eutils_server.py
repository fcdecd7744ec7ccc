"""A loopback server that speaks NCBI's E-utilities as PubMed does: esearch, epost, efetch, and its failures.

It keeps NCBI's rules: a search names at most 9,999 articles, a history that is unknown is an error, and if
``strict`` too many requests in a second get 429. ``faults`` are used up one a request, in order.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

MOST = 9_999
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
    faults: Iterator[str] = field(default_factory=lambda: iter(()))
    seen: list[dict[str, Any]] = field(default_factory=list)
    histories: dict[str, list[str]] = field(default_factory=dict)
    count: int | None = None
    """Pretend that a search finds so many articles."""
    keeps_history: bool = True
    strict: bool = False
    """Answer 429 to more requests in a second than NCBI allows."""
    stalled: threading.Event = field(default_factory=threading.Event)
    url: str = ""

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
        words = re.findall(r"[\w-]+", re.sub(r"\[[^\]]*\]", " ", given["term"]))
        words = [word.lower() for word in words if word not in ("AND", "OR", "NOT")]
        texts = {pmid: re.sub("<[^>]*>", " ", xml).lower() for pmid, xml in self.articles.items()}
        unknown = [word for word in words if not any(word in text for text in texts.values())]
        every = any if " OR " in given["term"] else all
        hits = [pmid for pmid, text in texts.items() if words and every(word in text for word in words)]
        hits.sort(key=lambda pmid: -sum(texts[pmid].count(word) for word in words))
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
        body = "\n".join(self.articles[pmid] for pmid in pmids if pmid in self.articles)
        return (
            '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
            '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
            f"<PubmedArticleSet>\n{body}\n</PubmedArticleSet>\n"
        )

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


HTML = "<!DOCTYPE html><html><head><title>NCBI</title></head><body>Down for maintenance.</body></html>"
FAULTS = ("429", "429 later", "500", "html", "json", "xml error", "empty", "drop", "broken", "short", "stall")
"""Every fault; ``short`` ends before the promised length, ``broken`` ends early and promises no more."""


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
        body = getattr(state, utility)(given).encode()
        if fault is None:
            self._send(200, body)
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
