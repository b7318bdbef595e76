"""Which sentence a person reads for what yt-dlp or the network says. The left column is theirs, the right one ours."""

import errno
import re
import socket
import ssl
import urllib.error
from dataclasses import dataclass
from urllib.parse import urlsplit

from depthview.engine.errors import UserError


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind`: the exception's class name in yt-dlp ("" for any); `pattern`: searched in its text, without case."""

    kind: str
    pattern: str
    template: str


_SIGN_IN = "This video needs a signed-in account: {path}"
_BUSY = "The site is limiting this network; wait an hour, or use another network: {path}"
_NO_VIDEO = "No video found at this address: {path}"
_JS = (
    "YouTube needs a small helper, Deno, on this computer; install it (pip install deno) "
    "and open the address again: {path}"
)
_STALE = "The site offers no stream that can be opened right now; update yt-dlp (pip install -U yt-dlp): {path}"

RULES: tuple[Rule, ...] = (
    Rule("UnsupportedError", "", _NO_VIDEO),
    Rule("", r"no connection adapters|file:// URLs are disabled|unsupported protocol",
         "This address leads to something that is not on the web: {path}"),
    Rule("GeoRestrictedError", "", "This video is blocked in your country: {path}"),
    Rule("", r"not (made this video )?available (in|from) your (country|location|region)",
         "This video is blocked in your country: {path}"),
    Rule("", r"confirm you.{1,8}re not a bot", _BUSY),
    Rule("", r"content isn.t available, try again later|HTTP Error 429|too many requests", _BUSY),
    Rule("", r"premieres? in|will begin in|is_upcoming|scheduled to (start|begin)",
         "This broadcast has not begun yet; open it again when it is live: {path}"),
    Rule("UserNotLive", "", "This channel is not live now: {path}"),
    Rule("", r"not currently live", "This channel is not live now: {path}"),
    Rule("", r"confirm your age|age.restricted|private video|members.only|join this channel|login required|log ?in to"
         r"|sign in|only available for registered|requires authentication|--cookies|account", _SIGN_IN),
    Rule("", r"DRM", "This video is protected and cannot be read: {path}"),
    Rule("", r"video (is )?(unavailable|not available)|has been removed|no longer available|does not exist",
         "This video is no longer there: {path}"),
    Rule("", r"HTTP Error (40[1345]|410)", "The site does not give this page or video; check the address: {path}"),
    Rule("", r"javascript runtime", _JS),
    Rule("", r"requested format is not available|no video formats found|SABR|only images are available", _STALE),
    Rule("", r"unsupported url|is not a valid url", _NO_VIDEO),
    Rule("", r"timed out|timeout|name or service not known|getaddrinfo|failed to resolve|connection (refused|reset)"
         r"|network is unreachable|unable to connect|remote end closed|transporterror|certificate",
         "No connection to {host}; check the network and try again: {path}"),
)  # fmt: skip

_UNKNOWN = "No video could be opened at this address: {path}"


def extraction_error(page: str, kinds: list[str], text: str, warnings: list[str]) -> UserError:
    """What yt-dlp raised, as a sentence. `kinds`: class names of the error and its causes; `warnings`: said before it.

    A missing JavaScript runtime is only a warning there, but it is the cause when formats are missing afterwards.
    """
    host = urlsplit(page).hostname or page
    details = "\n".join([text, *warnings])
    for rule in RULES:
        if rule.kind and rule.kind not in kinds:
            continue
        if rule.pattern and not re.search(rule.pattern, text, re.IGNORECASE):
            continue
        template = rule.template
        if template is _STALE and any("javascript runtime" in w.lower() for w in warnings):
            template = _JS
        return UserError(template, path=page, host=host, details=details)
    return UserError(_UNKNOWN, path=page, details=details)


def no_answer(address: str, error: BaseException) -> UserError:
    """Why a server could not be asked."""
    host = urlsplit(address).hostname or address
    cause: object = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, socket.gaierror):
        template = "There is no computer called {host}, or no network; check the address: {path}"
    elif isinstance(cause, TimeoutError):
        template = "{host} does not answer; check the network and try again: {path}"
    elif isinstance(cause, ConnectionRefusedError):
        template = "{host} refuses the connection; check the address: {path}"
    elif isinstance(cause, ssl.SSLCertVerificationError):
        template = "{host} cannot prove who it is (its certificate is not valid), so it is not opened: {path}"
    elif isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        template = "There is no network to reach {host}; check the connection: {path}"
    else:
        template = "No connection to {host}; check the network and try again: {path}"
    return UserError(template, host=host, path=address, details=repr(cause))
