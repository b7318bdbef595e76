"""A web server's answer to one question for a file, over https only, that nobody has to wait for."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import certifi

from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.sources.patient import PatientThread
from depthview.engine.sources.web_address import USER_AGENT, refused
from depthview.engine.sources.web_messages import no_answer

T = TypeVar("T")

_CHUNK_BYTES = 1 << 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class LineLostError(Exception):
    """The connection broke, or the server is in trouble for now. `said` is what to tell when it stays like that."""

    def __init__(self, said: UserError, wait_s: float = 0.0) -> None:
        super().__init__(str(said))
        self.said, self.wait_s = said, wait_s

    @classmethod
    def cut(cls, address: str) -> "LineLostError":
        return cls(no_answer(address, ConnectionError("the connection ended before the file")))


class RangeRefusedError(Exception):
    """The server does not send from that byte on: what is there is of another file, or longer than it."""


class Answer:
    """Read by a thread of its own, so that whoever waits for it can give up at once."""

    def __init__(self, address: str, headers: Mapping[str, str], stop: StopToken, silence_s: float) -> None:
        """Raises UserError where asking again would not help, LineLostError where it might, Stopped."""
        check_address(address)
        self._address, self._stop, self._silence_s = address, stop, silence_s
        self._thread, self._left = PatientThread("depthview-download"), False
        self._response: Any = None
        request = urllib.request.Request(address, headers={"User-Agent": USER_AGENT, **headers})

        def work() -> None:
            self._response = _opener().open(request, timeout=silence_s)

        try:
            self._wait(work, 4 * silence_s)  # each redirect has its own time-out
        except BaseException:
            self._thread.end()
            raise

    @property
    def status(self) -> int:
        return int(self._response.status)

    @property
    def headers(self) -> HTTPMessage:
        found: HTTPMessage = self._response.headers
        return found

    def read(self) -> bytes:
        """What has come, at most a megabyte; empty at the end. Raises LineLostError and Stopped."""
        return self._wait(lambda: bytes(self._response.read1(_CHUNK_BYTES)), 2 * self._silence_s)

    def close(self) -> None:
        if not self._left:  # else the thread is still reading, and closes it when that ends
            self._response.close()
        self._thread.end()

    def _wait(self, work: Callable[[], T], timeout_s: float) -> T:
        def speaking() -> T:
            try:
                return work()
            except urllib.error.HTTPError as error:
                error.close()
                raise _refusal(self._address, error) from error
            except (OSError, HTTPException, ValueError) as error:
                raise LineLostError(no_answer(self._address, error)) from error

        try:
            return self._thread.run(speaking, timeout_s=timeout_s, stop=self._stop, if_late=self._close_late)
        except (UserError, LineLostError, RangeRefusedError):
            raise
        except BaseException as error:
            self._left = True
            if isinstance(error, TimeoutError):
                raise LineLostError(no_answer(self._address, error)) from error
            raise

    def _close_late(self) -> None:
        if self._response is not None:
            self._response.close()


def check_address(address: str) -> None:
    """Raises UserError unless it is https; plain http only reaches this very computer, where tests have a server."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UserError("Models are only fetched from https addresses: {path}", path=address)


class _OnlyHttps(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to another https address, and to nothing else."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> object:
        to = urljoin(req.full_url, headers.get("Location") or "")
        here, there = urlsplit(req.full_url), urlsplit(to)
        if there.scheme != "https" and not (there.scheme == here.scheme and there.hostname == here.hostname):
            fp.close()
            raise UserError(
                "This address leads on to one that is not https, so nothing was fetched: {path}", path=req.full_url
            )
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opener() -> urllib.request.OpenerDirector:
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(certifi.where())  # Python on macOS comes without anybody to trust
    return urllib.request.build_opener(_OnlyHttps(), urllib.request.HTTPSHandler(context=trusted))


def _refusal(address: str, error: urllib.error.HTTPError) -> Exception:
    if error.code in (404, 410):
        return UserError(
            "The model is no longer at this address (the server says {code}); look for it on its authors' page: {path}",
            code=error.code,
            path=address,
        )
    if error.code == 416:
        return RangeRefusedError()
    said = refused(address, error.code)
    if error.code in (408, 425, 429) or error.code >= 500:
        wait = error.headers.get("Retry-After", "")
        return LineLostError(said, float(wait) if wait.isascii() and wait.isdigit() else 0.0)
    return said
