"""One file from the web, against a server that fails in the ways real ones do. Bytes are compared, not words."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.models.download.fetch import Patience, Wanted, fetch_file, forget_part
from depthview.engine.progress import Progress, StopToken
from tests.engine.live_fakes import PATIENCE_S
from tests.engine.model_server import HASTY, QUICK, ModelServer, model_server, sha256

BODY = np.random.default_rng(5).integers(0, 256, 700_001, np.uint8).tobytes()
OTHER = np.random.default_rng(6).integers(0, 256, 700_001, np.uint8).tobytes()


@pytest.fixture
def web() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "net.onnx.part"


def fetch(web: ModelServer, part: Path, *, size: int | None = None, sha: str | None = None, **how: object) -> str:
    how = {"patience": QUICK, **how}
    return fetch_file(Wanted(web.url("net.onnx"), size, sha), part, **how)  # type: ignore[arg-type]


def left(part: Path) -> list[str]:
    return sorted(path.name for path in part.parent.iterdir())


def test_it_comes_whole_and_its_sum_is_told(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY)
    told: list[Progress] = []
    assert fetch(web, part, report=told.append) == sha256(BODY)
    assert part.read_bytes() == BODY
    loading = [p for p in told if p.label == "net.onnx, MB"]
    assert [p.done for p in loading] == sorted(p.done for p in loading)
    assert loading[-1].done == loading[-1].total == pytest.approx(len(BODY) / 1e6)
    assert fetch(web, part) == sha256(BODY)
    assert len(web.asked) == 1, "what is whole is not fetched twice"
    forget_part(part)
    assert left(part) == []


def test_a_line_that_breaks_is_gone_on_with_where_it_broke(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[100_000, 350_000, 600_000])
    assert fetch(web, part) == sha256(BODY)
    assert part.read_bytes() == BODY
    assert [a.status for a in web.asked] == [200, 206, 206, 206]
    assert [a.if_range for a in web.asked] == [None, '"one"', '"one"', '"one"']
    assert web.sent_bytes == len(BODY), "no byte came twice"


def test_what_came_another_day_is_gone_on_with(web: ModelServer, part: Path) -> None:
    served = web.serve("net.onnx", BODY, cuts=[300_000] * 3)
    with pytest.raises(UserError, match="No connection to"):
        fetch(web, part)
    assert left(part) == ["net.onnx.part", "net.onnx.part.toml"]
    served.cuts.clear()
    web.asked.clear()
    assert fetch(web, part) == sha256(BODY)
    assert part.read_bytes() == BODY
    assert [a.range for a in web.asked] == ["bytes=300000-"]


def test_a_server_that_breaks_off_at_the_same_byte_is_given_up(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[300_000] * 99, ranges=False)
    with pytest.raises(UserError, match="No connection to"):
        fetch(web, part)
    assert len(web.asked) == QUICK.tries


def test_a_server_without_ranges_is_asked_from_the_first_byte_on(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[300_000], ranges=False)
    assert fetch(web, part) == sha256(BODY)
    assert part.read_bytes() == BODY


def test_a_file_that_changed_meanwhile_is_not_stitched_together(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[300_000] * 3)
    with pytest.raises(UserError):
        fetch(web, part)
    web.serve("net.onnx", OTHER, tag='"two"')
    assert fetch(web, part) == sha256(OTHER)
    assert part.read_bytes() == OTHER


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_the_servers_word_only_a_known_sum_lets_it_go_on(web: ModelServer, part: Path, tag: str | None) -> None:
    web.serve("net.onnx", BODY, cuts=[300_000], tag=tag)
    assert fetch(web, part) == sha256(BODY)
    assert [a.range for a in web.asked] == [None, None]
    part.unlink()
    web.asked.clear()
    web.serve("net.onnx", BODY, cuts=[300_000], tag=tag)
    assert fetch(web, part, sha=sha256(BODY)) == sha256(BODY)
    assert [a.range for a in web.asked] == [None, "bytes=300000-"]


def test_two_halves_of_different_files_are_noticed_and_fetched_anew(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", OTHER, cuts=[300_000] * 3, tag=None)
    with pytest.raises(UserError):
        fetch(web, part, sha=sha256(BODY))
    web.serve("net.onnx", BODY, tag=None)
    assert fetch(web, part, sha=sha256(BODY)) == sha256(BODY)
    assert part.read_bytes() == BODY


def test_half_a_file_from_another_address_is_not_gone_on_with(web: ModelServer, part: Path) -> None:
    web.serve("old.onnx", OTHER, cuts=[300_000] * 3)
    with pytest.raises(UserError):
        fetch_file(Wanted(web.url("old.onnx")), part, patience=QUICK)
    web.serve("net.onnx", BODY)
    assert fetch(web, part) == sha256(BODY)


def test_wrong_bytes_are_thrown_away(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", OTHER)
    with pytest.raises(UserError, match=r"not the file that was expected \(its sha256 differs\)"):
        fetch(web, part, sha=sha256(BODY), size=len(BODY))
    assert left(part) == []


def test_another_length_than_the_catalogues_is_refused_before_it_comes(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY)
    with pytest.raises(UserError, match=r"another file than the catalogue knows \(700001 bytes instead of 5\)"):
        fetch(web, part, size=5)
    assert not part.exists()


def test_a_server_that_says_too_much_and_sends_less(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, claims=len(BODY) + 1000, ranges=False)
    with pytest.raises(UserError, match="No connection to"):
        fetch(web, part)


def test_a_server_that_says_too_little_is_found_out_by_the_sum(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, claims=1000, ranges=False)
    with pytest.raises(UserError, match="sha256 differs"):
        fetch(web, part, sha=sha256(BODY))
    assert left(part) == []


def test_a_server_that_never_ends_is_stopped_at_the_known_length(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY * 20, claims=-1, pace_s=0.01)
    with pytest.raises(UserError, match="sends more than it said"):
        fetch(web, part, size=len(BODY))
    assert left(part) == []
    assert web.sent_bytes < 10 * len(BODY)


def test_a_length_that_nobody_says_is_taken_as_it_comes(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, claims=-1)
    assert fetch(web, part) == sha256(BODY)


def test_silence_is_given_up(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[100_000] * 9, stall=True)
    with pytest.raises(UserError, match=r"127\.0\.0\.1 does not answer"):
        fetch(web, part, patience=HASTY)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>Sign in</html>", b"\n <?xml version='1.0'?><Error/>"])
def test_a_web_page_is_no_model(web: ModelServer, part: Path, body: bytes) -> None:
    web.serve("net.onnx", body, content_type="text/html")
    with pytest.raises(UserError, match="a web page in place of the model"):
        fetch(web, part)
    assert not part.exists() or part.stat().st_size == 0


def test_a_pointer_is_no_model(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
    with pytest.raises(UserError, match="Git LFS pointer"):
        fetch(web, part)


def test_a_busy_server_is_asked_again_and_a_missing_file_is_not(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, statuses=[503, 429])
    assert fetch(web, part) == sha256(BODY)
    web.asked.clear()
    web.serve("net.onnx", BODY, statuses=[404] * 9)
    with pytest.raises(UserError, match="no longer at this address"):
        fetch(web, part.with_name("b.part"))
    assert len(web.asked) == 1
    web.serve("net.onnx", BODY, statuses=[403] * 9)
    with pytest.raises(UserError, match="refuses to give this file"):
        fetch(web, part.with_name("c.part"))


def test_a_half_file_that_is_too_long_is_begun_anew(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[600_000] * 3)
    with pytest.raises(UserError):
        fetch(web, part)
    short = BODY[:500_000]
    web.serve("net.onnx", short)  # under the same tag, against all rules
    assert fetch(web, part) == sha256(short)
    assert 416 in [a.status for a in web.asked]


def test_only_https_and_only_to_https(web: ModelServer, part: Path) -> None:
    for address in ("http://example.org/net.onnx", "ftp://127.0.0.1/net.onnx", "file:///etc/passwd"):
        with pytest.raises(UserError, match="only fetched from https"):
            fetch_file(Wanted(address), part, patience=QUICK)
    web.serve("net.onnx", BODY, location="http://example.org/net.onnx")
    with pytest.raises(UserError, match="leads on to one that is not https"):
        fetch(web, part)
    web.serve("net.onnx", BODY, location="file:///etc/passwd")
    with pytest.raises(UserError, match="leads on to one that is not https"):
        fetch(web, part)
    assert left(part) == []


def test_a_redirect_is_followed_with_the_range(web: ModelServer, part: Path) -> None:
    web.serve("there.onnx", BODY, cuts=[300_000])
    web.serve("net.onnx", b"", location="/there.onnx")
    assert fetch(web, part) == sha256(BODY)
    assert [a.range for a in web.asked if a.path == "/there.onnx"] == [None, "bytes=300000-"]


def test_stopping_takes_a_moment_even_while_the_server_is_silent(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, cuts=[100_000], stall=True)
    stop = StopToken()
    came = threading.Event()
    told_at: list[float] = []

    def report(progress: Progress) -> None:
        if progress.done >= 0.1:
            came.set()

    def stop_once_it_came() -> None:
        came.wait(PATIENCE_S)
        told_at.append(time.monotonic())
        stop.stop()

    threading.Thread(target=stop_once_it_came, daemon=True).start()
    with pytest.raises(Stopped):
        fetch(web, part, report=report, stop=stop, patience=Patience(silence_s=60))
    assert time.monotonic() - told_at[0] < 30, "it did not wait for the server's time-out"
    web.serve("net.onnx", BODY)
    web.asked.clear()
    assert fetch(web, part) == sha256(BODY)
    assert [a.range for a in web.asked] == ["bytes=100000-"]


def test_there_has_to_be_room_before_anything_comes(web: ModelServer, part: Path) -> None:
    web.serve("net.onnx", BODY, claims=10**15)
    with pytest.raises(UserError, match="no room for this model: it takes 1000000000 MB"):
        fetch(web, part)
    assert not part.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small disk as root")
def test_a_disk_that_fills_up_is_a_sentence_and_gets_its_room_back(web: ModelServer, tmp_path: Path) -> None:
    """The room is there when it begins; something else takes it meanwhile."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=66m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk can only be mounted by root, and not in every container")
    try:
        body = BODY * 2

        def report(progress: Progress) -> None:
            if not (disk / "else").exists():
                (disk / "else").write_bytes(b"\0" * (shutil.disk_usage(disk).free - 100_000))

        web.serve("net.onnx", body)
        with pytest.raises(UserError, match="The disk is full: free some space"):
            fetch(web, disk / "net.onnx.part", report=report)
        assert left(disk / "net.onnx.part") == ["else"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
