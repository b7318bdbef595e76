"""A 360° photo at a web address: fetched into a file, as far as it is one."""

import re
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.errors import UserError
from depthview.engine.panorama.opening.radiance import is_radiance
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.sources.patient import PatientThread
from depthview.engine.sources.web_address import (
    Content,
    checked_address,
    content_of,
    get,
    nothing_there,
    refused,
    title_of,
)
from depthview.engine.sources.web_messages import no_answer

T = TypeVar("T")

LARGEST_BYTES = 600_000_000
"""An uncompressed TIFF of 16384 x 8192 has 403 MB."""

_BLOCK_BYTES = 1 << 17
_HEAD_BYTES = 512
_LONGEST_NAME = 80
_BIG_TIFF = (b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may be silent, and how long the whole may take, seconds."""

    silence_s: float = 15.0
    longest_s: float = 900.0


def is_address(spec: str) -> bool:
    """Whether this is an address and no file, by its beginning; of the kinds of address only some can be opened."""
    return re.match(r"[a-z][a-z0-9+.-]+://", spec.strip(), re.IGNORECASE) is not None


def fetch_photo(
    address: str,
    folder: Path,
    *,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
    patience: Patience | None = None,
    most_bytes: int = LARGEST_BYTES,
) -> Path:
    """Fetch the picture at an http(s) address into `folder`, named as it is there; its path.

    Judged by its first bytes, not by what the address or the server calls it. Raises UserError when nothing, no
    picture or too much comes, or not all of it; Stopped within a moment when `stop` is set. Nothing is left then.
    """
    asked = checked_address(address)
    output_folder(folder)
    path = folder / _file_name(asked)
    fetching = _Fetching(asked, stop or StopToken(), patience or Patience(), most_bytes)
    try:
        with atomic_path(path) as temporary:
            fetching.into(temporary, report)
    finally:
        fetching.close()
    return path


@contextmanager
def photo_at_hand(spec: str, *, report: Report = ignore_progress, stop: StopToken | None = None) -> Iterator[Path]:
    """The file that `spec` names; what it is the web address of is fetched, and removed after the block.

    Raises UserError and Stopped as `fetch_photo` does; whether there is such a file is not looked at.
    """
    if not is_address(spec):
        yield Path(spec)
        return
    with TemporaryDirectory(prefix="depthview-photo-") as folder:
        yield fetch_photo(spec, Path(folder), report=report, stop=stop)


class _Fetching:
    """One answer of a server, read by a thread of its own, so that whoever waits can give up at once."""

    def __init__(self, address: str, stop: StopToken, patience: Patience, most_bytes: int) -> None:
        self._address, self._stop, self._patience, self._most_bytes = address, stop, patience, most_bytes
        self._thread = PatientThread("depthview-web-photo")
        self._response: Any = None
        self._left = False

    def into(self, path: Path, report: Report) -> None:
        ends_at_s = time.monotonic() + self._patience.longest_s
        # Each redirect has its own time-out.
        self._waiting(self._ask, 4 * self._patience.silence_s)
        total = self._promised()
        head, done = b"", 0
        with path.open("wb") as file:
            while block := self._waiting(lambda: bytes(self._response.read1(_BLOCK_BYTES)), self._patience.silence_s):
                if len(head) < _HEAD_BYTES:
                    head += block
                    if len(head) >= _HEAD_BYTES:
                        self._check_head(head)
                file.write(block)
                done += len(block)
                report(Progress(done / 1e6, total / 1e6 if total else None, "Fetching the photo, MB"))
                if done > self._most_bytes:
                    raise self._too_large()
                if time.monotonic() > ends_at_s:
                    raise no_answer(self._address, TimeoutError("it comes too slowly"))
        if not done:
            raise UserError("The file at this address is empty: {path}", path=self._address)
        if done < total:
            raise UserError(
                "The photo did not come whole ({done} of {total} bytes): try again: {path}",
                done=done,
                total=total,
                path=self._address,
            )
        if len(head) < _HEAD_BYTES:
            self._check_head(head)

    def close(self) -> None:
        if self._response is not None and not self._left:  # else the thread still reads, and closes it when that ends
            self._response.close()
        self._thread.end()

    def _ask(self) -> None:
        self._response = get(self._address, {"Accept": "image/*, */*;q=0.5"}, self._patience.silence_s)

    def _promised(self) -> int:
        """How many bytes the server says will come; 0 where it does not say."""
        said = self._response.headers.get("Content-Length", "")
        total = int(said) if said.isascii() and said.isdigit() else 0
        if total > self._most_bytes:
            raise self._too_large()
        return total

    def _check_head(self, head: bytes) -> None:
        content = content_of(head, "")
        if content is Content.IMAGE or is_radiance(head) or head.startswith(_BIG_TIFF):
            return
        if content is Content.VIDEO:
            raise UserError("At this address is a video, not a photo: open it as a video: {path}", path=self._address)
        raise UserError(
            "At this address is no photo, but a page or another kind of file: open it in a browser and copy the "
            "address of the picture itself: {path}",
            path=self._address,
        )

    def _too_large(self) -> UserError:
        return UserError(
            "The file at this address is larger than {most_mb} MB: make it smaller, or download it yourself: {path}",
            most_mb=self._most_bytes // 1_000_000,
            path=self._address,
        )

    def _waiting(self, work: Callable[[], T], timeout_s: float) -> T:
        def speaking() -> T:
            try:
                return work()
            except urllib.error.HTTPError as error:
                error.close()
                gone = error.code in (404, 410)
                raise (nothing_there if gone else refused)(self._address, error.code) from error
            except (OSError, HTTPException, ValueError) as error:
                raise no_answer(self._address, error) from error

        try:
            return self._thread.run(speaking, timeout_s=timeout_s + 1, stop=self._stop, if_late=self._close_late)
        except UserError:
            raise
        except BaseException as error:
            self._left = True
            if isinstance(error, TimeoutError):
                raise no_answer(self._address, error) from error
            raise

    def _close_late(self) -> None:
        if self._response is not None:
            self._response.close()


def _file_name(address: str) -> str:
    """The name at the address, as any disk takes it; short enough, with its ending."""
    name = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", title_of(address)).strip(". ") or "photo"
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:_LONGEST_NAME]}.{ending[:8]}" if dot and stem else name[:_LONGEST_NAME]
