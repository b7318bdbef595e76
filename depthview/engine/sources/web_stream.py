"""What a decoder needs to open a media address, and how long it may take."""

import os
import ssl
import sys
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from depthview.engine.sources.web_address import USER_AGENT

PROTOCOLS = "http,https,tls,tcp,crypto,data"
"""What FFmpeg may use for a web address and for everything a remote list names; a local file is not among it."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A media address that a decoder can open, and what has to be sent along.

    `page` is where a fresh one can be asked for when this one expires, or None when the address is all there is.
    `expires_at` is Unix time.
    """

    address: str
    title: str
    page: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: str = ""
    live: bool = False
    streaming_list: bool = False
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what, seconds; tests are less patient."""

    answer_s: float = 8.0
    stall_s: float = 8.0
    extract_s: float = 60.0
    notice_every_s: float = 5.0
    attempts: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 8.0
    renewals: int = 3
    renewals_within_s: float = 300.0
    renew_before_s: float = 600.0


def decoder_options(stream: Stream, patience: Patience) -> dict[str, str]:
    """FFmpeg's options for a media address, with the headers and cookies that belong to it."""
    headers = {k: v for k, v in stream.headers.items() if not {"\r", "\n"} & set(k + v)}
    agent = next((headers.pop(k) for k in list(headers) if k.lower() == "user-agent"), USER_AGENT)
    options = {
        "protocol_whitelist": PROTOCOLS,
        "user_agent": agent,
        # Half the patience, so that FFmpeg's own taking up at the same byte comes before ours.
        "rw_timeout": str(int(patience.stall_s / 2 * 1e6)),
        "reconnect": "1",
        "reconnect_streamed": "1",
        "reconnect_delay_max": "1",
        "reconnect_max_retries": "2",
    }
    if (authorities := _authorities()) is not None:
        # FFmpeg believes any certificate unless told otherwise. (It does not hand this on to a list's segments.)
        options |= {"tls_verify": "1", "ca_file": authorities}
    if headers:
        options["headers"] = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    if stream.cookies:
        # FFmpeg compares the domain with host:port, so beside a port none ever fits.
        options["cookies"] = cookie_lines(stream.cookies, with_domain=urlsplit(stream.address).port is None)
    if stream.streaming_list:
        # Names and endings of a list's parts are the site's business; the protocols above are what protects.
        options |= {"allowed_extensions": "ALL", "allowed_segment_extensions": "ALL", "extension_picky": "0"}
    return options


def _authorities() -> str | None:
    """The file of certificate authorities, as Python and yt-dlp use it; None on Windows, where FFmpeg has its own."""
    if sys.platform == "win32":
        return None
    if said := os.environ.get("SSL_CERT_FILE"):
        return said
    try:
        import certifi
    except ImportError:
        return ssl.get_default_verify_paths().cafile
    return certifi.where()


def cookie_lines(cookies: str, *, with_domain: bool = True) -> str:
    """yt-dlp's cookies ("a=1; Domain=x; Path=/; b=2; ...") as FFmpeg wants them, one on each line."""
    lines: list[str] = []
    for part in cookies.replace("\r", "").replace("\n", "").split("; "):
        name = part.partition("=")[0].strip().lower()
        if name in ("domain", "path", "expires", "secure", "port", "version", "httponly") and lines:
            if name == "path" or (name == "domain" and with_domain):
                lines[-1] += f"; {part}"
        elif part:
            lines.append(part)
    return "\n".join(lines)
