"""Makes threads late, so that tests that hope instead of waiting are found on an idle machine.

    python -m pytest -p tests.strain tests/window            (STRAIN_SEED=2 for other moments)

At calls of the project's own functions a thread now and then sleeps for up to a third of a second: likely at the first
call of a function in a test, less so the oftener it is called, and for a second or two in all. The main thread is held
up more seldom. Moments follow from the seed and the test's name, as far as threads let them.
"""

import os
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

import depthview

_SEED = os.environ.get("STRAIN_SEED", "1")
_OURS = str(Path(depthview.__file__).parent)
_LIKELY_BESIDE, _LIKELY_MAIN = 0.12, 0.04
_LONGEST_S = 0.35
_MOST_S = 1.5
"""For one thread in one test: waiting is patient, but not for ever."""


class _Strain:
    def __init__(self) -> None:
        self._chance = random.Random()
        self._calls: Counter[tuple[CodeType, str]] = Counter()
        self._slept_s: defaultdict[int, float] = defaultdict(float)

    def start_over(self, test: str) -> None:
        self._chance.seed(f"{_SEED} {test}")
        self._calls.clear()
        self._slept_s.clear()

    def beside(self, frame: FrameType, event: str, _argument: object) -> None:
        self._perhaps_sleep(frame.f_code, event, _LIKELY_BESIDE)

    def main(self, frame: FrameType, event: str, _argument: object) -> None:
        self._perhaps_sleep(frame.f_code, event, _LIKELY_MAIN)

    def _perhaps_sleep(self, code: CodeType, event: str, likely: float) -> None:
        if event not in ("call", "return") or not code.co_filename.startswith(_OURS):
            return
        self._calls[code, event] += 1
        thread = threading.get_ident()
        if self._chance.random() * self._calls[code, event] >= likely or self._slept_s[thread] >= _MOST_S:
            return
        length_s = _LONGEST_S * self._chance.random() ** 2
        self._slept_s[thread] += length_s
        time.sleep(length_s)


_strain = _Strain()
threading.setprofile(_strain.beside)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _strain.start_over(item.nodeid)
    sys.setprofile(_strain.main)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
