"""A web server on 127.0.0.1 that a test starts, and that misbehaves exactly as told."""

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.engine.local_server import serving


@dataclass
class Reply:
    """What one request gets. `cut_at`: stop sending after this byte of the whole file, then hang up, or stall if told.

    `ranges`: honour Range requests. `stall_s`: keep the connection open, sending nothing, before hanging up.
    """

    body: bytes = b""
    content_type: str = "application/octet-stream"
    status: int = 200
    location: str | None = None
    ranges: bool = True
    cut_at: int | None = None
    stall_s: float = 0.0


@dataclass
class Request:
    path: str
    query: str
    headers: dict[str, str]


Answering = Callable[[Request], Reply]


@dataclass
class WebServer:
    """`pages` maps a path to its reply, or to a function of the request; everything else is 404."""

    port: int
    scheme: str = "http"
    pages: dict[str, Reply | Answering] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    stalling: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def asked(self, path: str) -> int:
        return sum(1 for request in self.requests if request.path == path)

    def reply_to(self, request: Request) -> Reply:
        self.requests.append(request)
        page = self.pages.get(request.path, Reply(b"not here", "text/plain", 404))
        return page if isinstance(page, Reply) else page(request)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: WebServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path, _, query = self.path.partition("?")
        reply = self.web.reply_to(Request(path, query, dict(self.headers)))
        size = len(reply.body)
        start, end, status = 0, size, reply.status
        asked = self.headers.get("Range")
        if asked and reply.ranges and status == 200:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end, status = int(first), min(int(last) + 1 if last else size, size), 206
            if start >= size:
                status, start, end = 416, 0, 0
        self.send_response(status)
        self.send_header("Content-Type", reply.content_type)
        if reply.location is not None:
            self.send_header("Location", reply.location)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        self.end_headers()
        if not body:
            return
        stop = end if reply.cut_at is None else max(start, min(end, reply.cut_at))
        try:
            self.wfile.write(reply.body[start:stop])
            self.wfile.flush()
        except OSError:
            self.close_connection = True
            return
        if stop < end:
            self.web.stalling += 1
            self.web.closing.wait(reply.stall_s)
            self.web.stalling -= 1
            self.close_connection = True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@contextmanager
def web_server(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    web = WebServer(server.server_port, scheme="http" if tls is None else "https")
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    handler.web = web  # type: ignore[attr-defined]
    with serving(server):
        try:
            yield web
        finally:
            web.closing.set()
