"""How the web tests read a source, and what they call whole."""

import threading

import pytest

from depthview.engine.frames import Frame
from depthview.engine.sources.base import Notice, Source
from depthview.engine.sources.web_stream import Patience
from tests.engine.coded_clips import number_in

COUNT = 100
FPS = 25
QUICK = Patience(answer_s=3.0, stall_s=1.0, extract_s=120.0, attempts=3, first_pause_s=0.05, notice_every_s=3.0)


def read_all(source: Source, most: int = 1000) -> tuple[list[Frame], list[Notice]]:
    frames: list[Frame] = []
    notices: list[Notice] = []
    for _ in range(most):
        item = source.read()
        if item is None:
            return frames, notices
        if isinstance(item, Frame):
            frames.append(item)
        else:
            notices.append(item)
    raise AssertionError(f"no end after {most} items: {notices[-3:]}")


def next_frame(source: Source) -> Frame:
    for _ in range(50):
        item = source.read()
        if isinstance(item, Frame):
            return item
        assert item is not None, "the end, where a frame was expected"
    raise AssertionError("only notices")


def web_threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.name.startswith("depthview-web")}


def numbers(frames: list[Frame]) -> list[int]:
    return [number_in(f.image) for f in frames]


def assert_whole(frames: list[Frame]) -> None:
    """Every frame once, in order, at its own time, counted without gaps."""
    assert numbers(frames) == list(range(COUNT))
    assert [f.pts_s for f in frames] == pytest.approx([n / FPS for n in range(COUNT)], abs=2e-3)
    assert [f.seq for f in frames] == list(range(COUNT))
