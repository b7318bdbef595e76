"""What is at a web address: is it one we may ask, does it answer, and is it a picture, a video, a list or a page."""

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException, HTTPMessage
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.sources.web_messages import no_answer

USER_AGENT = "Mozilla/5.0 (compatible; DepthView)"

_SNIFF_BYTES = 4096
_ENOUGH_BYTES = 512
_LONGEST_ADDRESS = 8192
_SIGNATURES = re.compile(
    r"^(expires?|sig|signature|sign|token|auth|hmac|hdnts|hdnea|key-pair-id|policy|ip|lsig|x-(amz|goog)-.*|s[tepvri]|_)$",
    re.IGNORECASE,
)
_MEDIA_SUFFIXES = {
    ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".flv", ".ogv", ".m3u8",
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".jps", ".mpo",
}  # fmt: skip


class Content(StrEnum):
    """What the first bytes at an address show it to be."""

    IMAGE = "image"
    VIDEO = "video"
    STREAMING_LIST = "streaming list"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Answer:
    """`address` is where the redirects ended. `ranges`: any part of it may be asked for, so one can seek."""

    address: str
    content: Content
    ranges: bool


def checked_address(text: str) -> str:
    """The address a person typed or pasted, ready to be asked: http or https, with a host, percent-encoded.

    A missing scheme is taken as https when what stands there looks like a host ("youtu.be/abc"). Raises UserError for
    every other scheme, for control characters, and for what is no address at all.
    """
    address = text.strip().strip("<>\"'")
    if re.match(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?]|$)", address):
        address = "https://" + address
    if len(address) > _LONGEST_ADDRESS or re.search(r"[\x00-\x20\x7f]", address.replace(" ", "")):
        raise UserError(
            "This is not a web address; paste one that begins with https://: {path}",
            path=" ".join(address.split())[:200],
        )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UserError("This is not a web address; check it: {path}", path=address, details=str(error)) from error
    if parts.scheme.lower() not in ("http", "https"):
        raise UserError("Only http and https addresses can be opened: {path}", path=address)
    if not host:
        raise UserError("This web address names no host; check it: {path}", path=address)
    try:
        ascii_host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise UserError("This is not a web address; check it: {path}", path=address, details=str(error)) from error
    place = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    if port is not None:
        place += f":{port}"
    if "@" in parts.netloc:
        place = parts.netloc.rpartition("@")[0] + "@" + place
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="=&%/?:@!$'()*+,;~-._[]")
    return urlunsplit((parts.scheme.lower(), place, path, query, ""))


def identity_of(address: str) -> str:
    """The address without its signature, password and expiry: settings are remembered under it."""
    parts = urlsplit(address)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _SIGNATURES.match(k)]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2].lower(), parts.path, urlencode(kept), ""))


def title_of(address: str) -> str:
    """A name for people: the file's, or the host's."""
    parts = urlsplit(address)
    return unquote(PurePosixPath(parts.path).name) or parts.hostname or address


def host_of(address: str) -> str:
    return urlsplit(address).hostname or address


def names_media(address: str) -> bool:
    """Whether the address itself promises a picture or a video (".mp4")."""
    return PurePosixPath(unquote(urlsplit(address).path)).suffix.lower() in _MEDIA_SUFFIXES


def expires_at(address: str) -> float | None:
    """The Unix time at which a signed address stops working, where it says so: `expire=`, `Expires=`, `/expire/`."""
    parts = urlsplit(address)
    words = dict(parse_qsl(parts.query))
    said = next((v for k, v in words.items() if k.lower() in ("expire", "expires")), None)
    if said is None:
        found = re.search(r"/expires?/(\d+)(/|$)", parts.path)
        said = found.group(1) if found else None
    if said is None or not said.isascii() or not said.isdigit() or not 1e9 < int(said) < 1e11:
        return None
    return float(said)


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to another web address, and to nothing else."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> object:
        # The parent refuses some schemes itself, with an error that reads like a broken server.
        location = headers.get("Location") or headers.get("URI") or ""
        if location and urlsplit(urljoin(req.full_url, location)).scheme.lower() not in ("http", "https"):
            fp.close()
            raise UserError("This address leads to something that is not on the web: {path}", path=req.full_url)
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def get(address: str, headers: dict[str, str], timeout_s: float) -> "urllib.response.addinfourl":
    """The answer, headers read. Raises HTTPError for one that refuses, UserError where there is none."""
    opener = urllib.request.build_opener(_OnlyHttp())
    request = urllib.request.Request(address, headers={"User-Agent": USER_AGENT, **headers})
    try:
        return opener.open(request, timeout=timeout_s)  # type: ignore[no-any-return]
    except urllib.error.HTTPError:
        raise
    except (OSError, HTTPException, ValueError) as error:
        raise no_answer(address, error) from error


def ask(address: str, timeout_s: float) -> Answer:
    """Look at the first bytes of what is at an address (a small ranged GET).

    Raises UserError when there is no answer, or one that says that nothing is there. A page that refuses programs (403
    and the like) still counts as a page: yt-dlp may know how to ask.
    """
    try:
        response = get(address, {"Range": f"bytes=0-{_SNIFF_BYTES - 1}", "Accept": "*/*"}, timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            raise nothing_there(address, error.code) from error
        if error.code == 416:
            raise UserError("The file at this address is empty: {path}", path=address) from error
        if names_media(address):
            raise refused(address, error.code) from error
        return Answer(address, Content.PAGE, False)
    with response:
        final = checked_address(response.url)
        head = b""
        try:
            while len(head) < _ENOUGH_BYTES and (part := response.read1(_SNIFF_BYTES)):
                head += part
        except (OSError, HTTPException) as error:
            raise no_answer(address, error) from error
        if not head and names_media(final):
            raise UserError("The file at this address is empty: {path}", path=address)
        ranges = response.status == 206 or response.headers.get("Accept-Ranges", "").lower() == "bytes"
        content = content_of(head, response.headers.get_content_type())
    return Answer(final, content, ranges)


def nothing_there(address: str, code: int) -> UserError:
    return UserError(
        "There is nothing at this address any more (the server says {code}): {path}", code=code, path=address
    )


def refused(address: str, code: int) -> UserError:
    """For a server that answers, but not with what was asked for."""
    if code >= 500 or code == 429:
        template = "The server is in trouble or too busy ({code}); try again later: {path}"
    else:
        template = "The server refuses to give this file ({code}); it may need a signed-in account: {path}"
    return UserError(template, code=code, path=address)


def content_of(head: bytes, content_type: str) -> Content:
    """What the first bytes show; the server's own word (its content type) only where they show nothing."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if text.startswith(b"#extm3u"):
        return Content.STREAMING_LIST
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<script")):
        return Content.PAGE
    if _is_image(head):
        return Content.IMAGE
    if _is_video(head):
        return Content.VIDEO
    if content_type.startswith("image/") and content_type != "image/svg+xml":
        return Content.IMAGE
    if content_type.startswith("video/"):
        return Content.VIDEO
    return Content.PAGE


def _is_image(head: bytes) -> bool:
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return True
    return head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"heic", b"heix", b"mif1")


def _is_video(head: bytes) -> bool:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"):
        return True
    if head.startswith((b"\x1aE\xdf\xa3", b"FLV\x01", b"OggS", b"\x00\x00\x01\xba", b"0&\xb2u\x8ef\xcf\x11")):
        return True
    if head[:4] == b"RIFF" and head[8:11] == b"AVI":
        return True
    return len(head) > 376 and head[0] == head[188] == head[376] == 0x47


def fetch(address: str, timeout_s: float, most_bytes: int, stop: StopToken) -> bytes:
    """The whole of a small thing. Raises UserError when it is larger than `most_bytes` or does not come."""
    try:
        response = get(address, {"Accept": "*/*"}, timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        raise refused(address, error.code) from error
    parts: list[bytes] = []
    total = 0
    with response:
        try:
            while part := response.read(1 << 16):
                stop.raise_if_stopped()
                parts.append(part)
                total += len(part)
                if total > most_bytes:
                    raise UserError(
                        "The picture at this address is larger than {most_mb} MB: {path}",
                        most_mb=most_bytes // 1_000_000,
                        path=address,
                    )
        except (OSError, HTTPException) as error:
            raise no_answer(address, error) from error
    return b"".join(parts)
