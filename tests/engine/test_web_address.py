"""Web addresses as text: which are accepted, what is remembered under them, what their first bytes show."""

import pytest

from depthview.engine.errors import UserError
from depthview.engine.sources.web import open_web
from depthview.engine.sources.web_address import checked_address, content_of, expires_at, identity_of
from depthview.engine.sources.web_stream import cookie_lines


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "ftp://host/x.mp4", "data:video/mp4;base64,AAAA", "concat:a|b", "javascript:alert(1)",
        "rtsp://cam/1", "http:", "https://", "", "no address", "http://a b/c", "http://host:99999/x", "http://[::1/x",
        "https://host/\nx", "C:\\films\\a.mp4", "/home/me/a.mp4",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(UserError) as caught:
        open_web(address)
    assert "\n" not in str(caught.value)


# --- small things


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("  https://youtu.be/abc?t=3#x ", "https://youtu.be/abc?t=3"),
        ("youtu.be/abc", "https://youtu.be/abc"),
        ("<HTTP://Example.org/A b.mp4>", "http://example.org/A%20b.mp4"),
        ("https://example.org/영상.mp4", "https://example.org/%EC%98%81%EC%83%81.mp4"),
        ("http://127.0.0.1:8080/a%20b?x=%2F", "http://127.0.0.1:8080/a%20b?x=%2F"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_addresses_as_people_type_them(typed: str, address: str) -> None:
    assert checked_address(typed) == address


def test_identity_forgets_what_changes() -> None:
    one = identity_of("https://cdn.example/v.mp4?id=5&Expires=1800000000&Signature=abc&X-Amz-Date=1")
    two = identity_of("https://user:pw@cdn.example/v.mp4?id=5&Expires=1900000000&Signature=xyz&X-Amz-Date=2")
    assert one == two == "https://cdn.example/v.mp4?id=5"
    assert identity_of("https://www.youtube.com/watch?v=aaa") != identity_of("https://www.youtube.com/watch?v=bbb")


@pytest.mark.parametrize(
    ("address", "at"),
    [
        ("https://h/videoplayback?expire=1763700000&ip=1.2.3.4", 1763700000.0),
        ("https://h/v.mp4?Expires=1763700000&Signature=s", 1763700000.0),
        ("https://h/api/manifest/expire/1763700000/ei/x/file.m3u8", 1763700000.0),
        ("https://h/v.mp4?expire=soon", None),
        ("https://h/v.mp4?expire=5", None),
        ("https://h/v.mp4", None),
    ],
)
def test_expiry(address: str, at: float | None) -> None:
    assert expires_at(address) == at


@pytest.mark.parametrize(
    ("head", "content_type", "content"),
    [
        (b"\x89PNG\r\n\x1a\n", "text/html", "image"),
        (b"\xff\xd8\xff\xe0", "application/octet-stream", "image"),
        (b"\0\0\0\x20ftypisom", "text/plain", "video"),
        (b"\0\0\0\x20ftypavif", "video/mp4", "image"),
        (b"\x1aE\xdf\xa3", "application/octet-stream", "video"),
        (b"\xef\xbb\xbf#EXTM3U\n", "text/plain", "streaming list"),
        (b"  <!DOCTYPE html>", "video/mp4", "page"),
        (b"G" + b"\0" * 187 + b"G" + b"\0" * 187 + b"G", "", "video"),
        (b"?", "video/mp4", "video"),
        (b"{}", "application/json", "page"),
    ],
)
def test_what_the_first_bytes_show(head: bytes, content_type: str, content: str) -> None:
    assert content_of(head, content_type) == content


def test_cookies_are_split_where_the_next_begins() -> None:
    cookies = "a=1; Domain=.x.y; Path=/; Secure; Expires=9; b=2; Path=/z"
    assert cookie_lines(cookies) == "a=1; Domain=.x.y; Path=/\nb=2; Path=/z"
    assert cookie_lines(cookies, with_domain=False) == "a=1; Path=/\nb=2; Path=/z"
