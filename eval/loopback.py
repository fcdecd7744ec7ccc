"""Servers on loopback that fail as real ones do, for hazards that lie in what the program depends on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><eSearchResult><ERROR>Invalid db name specified</ERROR>'
    "</eSearchResult>"
)
FAILURES: dict[str, tuple[int, str, float]] = {
    "broken": (200, "<eSearchResult><Count>12</Cou", 0.0),
    "error": (200, ERROR, 0.0),
    "forbidden": (403, "Forbidden", 0.0),
    "down": (503, "Service Unavailable", 0.0),
    "limited": (429, '{"error":"rate limit exceeded"}', 0.0),
    "hangs": (200, "{}", 5.0),
}
"""How a server fails: the status and body of every reply, and the seconds before it."""


@contextmanager
def failing(how: str) -> Iterator[str]:
    """A server whose every reply fails in one way of ``FAILURES``; gives its address, ending in a slash."""
    status, body, seconds = FAILURES[how]
    gone = threading.Event()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), _handler(status, body.encode(), lambda: gone.wait(seconds))
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        gone.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(status: int, body: bytes, wait: Callable[[], object]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            wait()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

    return Handler
