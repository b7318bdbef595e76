"""Fetch one file from the web: aside, resumed where it broke off, and checked by its length and its sha256.

HTTP ranges and validators as RFC 9110 (13.1.5, 14.2) has them: what is there already is only gone on with where the
server vouches (`If-Range`) that it is still the same file, or where a known sum will tell.
"""

import errno
import hashlib
import os
import re
import shutil
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path

import tomli_w

from depthview.engine.atomic import writing_error
from depthview.engine.errors import UserError
from depthview.engine.models.download.answer import Answer, LineLostError, RangeRefusedError
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.sources.web_address import refused

_BLOCK_BYTES = 1 << 20
_SPARE_BYTES = 64_000_000
"""Left free on the disk: a computer without any room misbehaves in many ways."""
_PAGE_STARTS = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<script")
_POINTER_START = b"version https://git-lfs"
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may keep one waiting, and how often to ask again; the pause doubles from one to the next."""

    silence_s: float = 30.0
    tries: int = 6
    pause_s: float = 1.0
    longest_pause_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to fetch. `size_bytes` and `sha256` are None where nobody has told them."""

    address: str
    size_bytes: int | None = None
    sha256: str | None = None


def fetch_file(
    wanted: Wanted,
    part: Path,
    *,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
    patience: Patience | None = None,
) -> str:
    """Fetch `wanted` into `part`, going on with what is there of it, and return its sha256.

    `part` and the note beside it stay, so that what is whole is not fetched twice; `forget_part` removes them. Raises
    UserError with what a person can do; what has come so far is kept for the next time, except when the disk is full or
    it turned out to be the wrong file. Raises Stopped within a moment when `stop` is set.
    """
    stop = stop if stop is not None else StopToken()
    fetching = _Fetching(wanted, part, report, stop, patience if patience is not None else Patience())
    try:
        resumed = fetching.run()
        digest = file_sha256(part, report=report, stop=stop)
        if resumed and wanted.sha256 not in (None, digest):
            # Two halves of different files, perhaps: once more, from the first byte on.
            forget_part(part)
            fetching.run()
            digest = file_sha256(part, report=report, stop=stop)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            forget_part(part)  # a disk that was filled to the brim is given its room back
        raise writing_error(error, part) from error
    if wanted.sha256 not in (None, digest):
        forget_part(part)
        raise UserError(
            "What came is not the file that was expected (its sha256 differs), so it was thrown away; try again later, "
            "or from another network: {path}",
            path=wanted.address,
            details=f"expected {wanted.sha256}, got {digest}",
        )
    return digest


def forget_part(part: Path) -> None:
    """Remove what has come so far, and the note of where it came from; all of it may have been moved to its place."""
    for path in (part, _note_path(part)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def file_sha256(path: Path, *, report: Report = ignore_progress, stop: StopToken | None = None) -> str:
    """The sum of a file's bytes, as lower-case hex. Raises OSError, and Stopped when `stop` is set."""
    digest = hashlib.sha256()
    done, total = 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if stop is not None:
                stop.raise_if_stopped()
            digest.update(block)
            done += len(block)
            report(in_megabytes(done, total, f"Checking {path.name.removesuffix('.part')}"))
    return digest.hexdigest()


def in_megabytes(done_bytes: int, total_bytes: int | None, what: str) -> Progress:
    """Progress as people read it."""
    return Progress(done_bytes / 1e6, None if total_bytes is None else total_bytes / 1e6, f"{what}, MB")


def check_room(folder: Path, wanted_bytes: int) -> None:
    """Raises UserError where the disk of `folder` has no room for so many bytes more."""
    free = shutil.disk_usage(folder).free
    if wanted_bytes + _SPARE_BYTES > free:
        raise UserError(
            "There is no room for this model: it takes {wanted_mb} MB, and of {free_mb} MB some have to stay free; "
            "free some space: {path}",
            wanted_mb=-(-wanted_bytes // 1_000_000),
            free_mb=free // 1_000_000,
            path=folder,
        )


@dataclass(frozen=True, slots=True)
class _Note:
    """Of a half file: where it comes from, how the server names its content, and its whole length (0: unknown)."""

    address: str
    validator: str
    size_bytes: int


class _Fetching:
    def __init__(self, wanted: Wanted, part: Path, report: Report, stop: StopToken, patience: Patience) -> None:
        self._wanted, self._part = wanted, part
        self._report, self._stop, self._patience = report, stop, patience

    def run(self) -> bool:
        """Fetch to the end; True when some of it had come another time. Raises UserError, Stopped and OSError."""
        resumed, furthest, tries = False, -1, 0
        while True:
            self._stop.raise_if_stopped()
            try:
                return self._fetch() or resumed
            except RangeRefusedError:
                if not _size(self._part):
                    raise refused(self._wanted.address, 416) from None
                forget_part(self._part)
                resumed = False
            except LineLostError as lost:
                # A server that breaks off at the same byte each time must not keep us for ever.
                size = _size(self._part)
                resumed = resumed or size > 0
                tries = 1 if size > furthest else tries + 1
                furthest = max(furthest, size)
                if tries >= self._patience.tries:
                    raise lost.said from lost
                pause_s = max(lost.wait_s, self._patience.pause_s * 2 ** (tries - 1))
                self._stop.wait(min(pause_s, self._patience.longest_pause_s))

    def _fetch(self) -> bool:
        """One connection, to the end of the file. True when it went on with what was there."""
        start, headers = self._what_to_ask()
        if start and start == (self._wanted.size_bytes or _read_note(self._part).size_bytes):
            return True  # it was all there, and only not looked over yet
        answer = Answer(self._wanted.address, headers, self._stop, self._patience.silence_s)
        try:
            start, total = self._begin(answer, start)
            self._receive(answer, start, total)
        finally:
            answer.close()
        return start > 0

    def _what_to_ask(self) -> tuple[int, dict[str, str]]:
        """Where to go on, and how to ask for it; 0 where there is nothing to go on with."""
        have, limit = _size(self._part), self._wanted.size_bytes
        note = _read_note(self._part)
        if have == 0 or note.address != self._wanted.address or (limit is not None and have > limit):
            return 0, {}
        if not note.validator and self._wanted.sha256 is None:
            return 0, {}
        headers = {"Range": f"bytes={have}-"}
        return have, {**headers, "If-Range": note.validator} if note.validator else headers

    def _begin(self, answer: Answer, start: int) -> tuple[int, int | None]:
        """From which byte on the server sends, and how long the whole file is (None: it does not say)."""
        address = self._wanted.address
        length = answer.headers.get("Content-Length", "")
        total = int(length) if length.isascii() and length.isdigit() else None
        if answer.status == 206:
            ranged = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
            if ranged is None or int(ranged[1]) != start:
                raise RangeRefusedError
            total = int(ranged[3])
        else:
            start = 0
        expected = self._wanted.size_bytes
        if None not in (expected, total) and expected != total:
            raise UserError(
                "The server has another file than the catalogue knows ({there} bytes instead of {expected}); nothing "
                "was installed: {path}",
                there=total,
                expected=expected,
                path=address,
            )
        total = total if total is not None else expected
        check_room(self._part.parent, (total or 0) - start)
        note = {"address": address, "validator": _validator(answer.headers), "size_bytes": total or 0}
        _note_path(self._part).write_text(tomli_w.dumps(note), encoding="utf-8")
        return start, total

    def _receive(self, answer: Answer, start: int, total: int | None) -> None:
        label = self._part.name.removesuffix(".part")
        done = start
        with self._part.open("r+b" if start else "wb", buffering=0) as file:
            file.seek(start)
            file.truncate()
            while block := answer.read():
                if done == 0:
                    self._check_head(block)
                done += len(block)
                if total is not None and done > total:
                    break
                view = memoryview(block)
                while view:  # a raw file may take less than it is given
                    view = view[file.write(view) :]
                self._report(in_megabytes(done, total, label))
            os.fsync(file.fileno())
        if total is None or done == total:
            return
        if done > total:
            forget_part(self._part)
            raise UserError(
                "The server sends more than it said, so it was not taken: try again later: {path}",
                path=self._wanted.address,
            )
        raise LineLostError.cut(self._wanted.address)

    def _check_head(self, block: bytes) -> None:
        head = block.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
        if head.startswith(_PAGE_STARTS):
            raise UserError(
                "The server gave a web page in place of the model; it may want a signed-in account, or the address has "
                "moved: {path}",
                path=self._wanted.address,
            )
        if head.startswith(_POINTER_START):
            raise UserError(
                "The server gave a Git LFS pointer in place of the model; look for it on its authors' page: {path}",
                path=self._wanted.address,
            )


def _validator(headers: HTTPMessage) -> str:
    """What `If-Range` takes: a strong tag, else the date; empty where the server gives neither."""
    tag = headers.get("ETag", "").strip()
    return tag if tag.startswith('"') else headers.get("Last-Modified", "").strip()


def _note_path(part: Path) -> Path:
    return part.with_name(part.name + ".toml")


def _read_note(part: Path) -> _Note:
    try:
        note = tomllib.loads(_note_path(part).read_text(encoding="utf-8"))
        return _Note(str(note["address"]), str(note["validator"]), int(note["size_bytes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return _Note("", "", 0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
