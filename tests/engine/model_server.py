"""A server of model files on 127.0.0.1 that fails in the ways real ones do, and a catalogue that points to it."""

import hashlib
import http.server
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from depthview.engine.models.catalogue import CatalogueModel, RemoteFile, RemoteVariant
from depthview.engine.models.download.fetch import Patience
from tests.engine import onnx_graphs as graphs
from tests.engine.local_server import serving

QUICK = Patience(silence_s=20, tries=3, pause_s=0.01, longest_pause_s=0.02)
HASTY = Patience(silence_s=0.3, tries=2, pause_s=0.01, longest_pause_s=0.02)


@dataclass
class Served:
    """One file, and how it is given away.

    `cuts` are taken one after another: the byte after which the line breaks. `claims` is a Content-Length to say in
    place of the true one, -1 to say none; `pace_s` is slept after every 64 KiB; `stall` holds the line open in the end
    of a cut; `statuses` are answered first, one after another, instead of the file.
    """

    body: bytes
    tag: str | None = '"one"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    claims: int | None = None
    pace_s: float = 0.0
    stall: bool = False
    statuses: list[int] = field(default_factory=list)
    location: str = ""
    content_type: str = "application/octet-stream"


@dataclass
class Asked:
    path: str
    range: str | None
    if_range: str | None
    status: int


@dataclass
class ModelServer:
    port: int
    files: dict[str, Served] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    sent_bytes: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def serve(self, name: str, body: bytes, **how: object) -> Served:
        self.files[f"/{name}"] = served = Served(body, **how)  # type: ignore[arg-type]
        return served


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: ModelServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        served = self.web.files.get(self.path)
        asked, if_range = self.headers.get("Range"), self.headers.get("If-Range")
        if served is None:
            self._say(404, {"Content-Length": "0"}, asked, if_range)
            return
        if served.statuses or served.location:
            status = served.statuses.pop(0) if served.statuses else 302
            self._say(status, {"Content-Length": "0", "Location": served.location}, asked, if_range)
            return
        size, start, status = len(served.body), 0, 200
        if asked and served.ranges and if_range in (None, served.tag):
            start, status = int(asked.removeprefix("bytes=").partition("-")[0]), 206
        headers = {"Content-Type": served.content_type}
        if served.tag is not None:
            headers["ETag"] = served.tag
        if status == 206 and start >= size:
            self._say(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"}, asked, if_range)
            return
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        claims = served.claims if served.claims is not None else size - start
        if claims >= 0:
            headers["Content-Length"] = str(claims)
        else:
            headers["Connection"] = "close"
        self._say(status, headers, asked, if_range)
        end = min(served.cuts.pop(0), size) if served.cuts else size
        try:
            for at in range(start, end, 1 << 16):
                block = served.body[at : min(at + (1 << 16), end)]
                self.wfile.write(block)
                self.web.sent_bytes += len(block)
                if served.pace_s:
                    self.web.closing.wait(served.pace_s)
            self.wfile.flush()
            if served.stall and end < size:
                self.web.closing.wait(20)
        except OSError:
            pass
        if end < size or claims != size - start:
            self.close_connection = True

    def _say(self, status: int, headers: dict[str, str], asked: str | None, if_range: str | None) -> None:
        self.web.asked.append(Asked(self.path, asked, if_range, status))
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@contextmanager
def model_server() -> Iterator[ModelServer]:
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    web = ModelServer(server.server_port)
    handler.web = web  # type: ignore[attr-defined]
    with serving(server):
        try:
            yield web
        finally:
            web.closing.set()


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def graph_bytes(folder: Path, build: Callable[..., Path] = graphs.pair_graph, *arguments: object) -> bytes:
    """A small model that works, as its bytes."""
    return build(folder / "made" / "made.onnx", *arguments).read_bytes()


def entry(*files: RemoteFile, model_id: str = "toy", **how: object) -> CatalogueModel:
    """A catalogue entry with one variant of these files."""
    facts = {
        "title": "Toy",
        "kind": "stereo",
        "licence": "MIT",
        "terms": "Free for everything.",
        "commercial": True,
        "source": "https://example.org/toy",
        "good_for": "tests",
        "cost": "nothing",
        "variants": (RemoteVariant("only", files),),
        "default": "only",
        "manifest": {},
        "export": "",
    }
    return CatalogueModel(model_id=model_id, **{**facts, **how})  # type: ignore[arg-type]
