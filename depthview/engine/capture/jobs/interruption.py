"""Ctrl-C and the system's wish that a process end become a stop token: what runs saves, and then ends."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from depthview.engine.progress import StopToken

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


@contextmanager
def heard_by(stop: StopToken) -> Iterator[None]:
    """Within the block a signal sets `stop`; a second Ctrl-C raises KeyboardInterrupt. Main thread only.

    pycolmap exchanges these handlers when it is imported, and so it is only in processes of its own (`poses/work.py`).
    """

    def hear(number: int, _frame: FrameType | None) -> None:
        if stop.stopped and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.stop()

    before = {number: signal.signal(number, hear) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
