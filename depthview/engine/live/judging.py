"""Looks at the eyes of what plays beside the estimator, so that no picture waits for it."""

import logging
import threading
import time
from collections.abc import Callable

from depthview.engine.errors import UserError
from depthview.engine.frames import StereoPair
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.progress import StopToken
from depthview.engine.stereo.prepare.bars import BarsJudge
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import PairJudge

_log = logging.getLogger(__name__)

_IDLE_S = 0.25
_RESTS = 4.0
"""Times as long as a look took, it is not looked again: the estimator is what the cores are there for. Glances rest by
themselves, and so come while looks rest."""
_EAGER_LOOKS = 3
"""Before that a clip is not settled, and what is shown of it may be wrong."""
_MOST_FAILURES = 3

_Task = tuple["JudgeBeside", StereoPair, Asked, bool]


class JudgingThread:
    """One thread for all sources of a session, one after the other; it starts with the first look."""

    def __init__(self, on_news: Callable[[], None]) -> None:
        self._on_news = on_news
        self._tasks: Mailbox[_Task] = Mailbox()
        self._stop = StopToken()
        self._thread: threading.Thread | None = None

    def judge(self, *, each_alone: bool = False) -> "JudgeBeside":
        """For a new source; of the one before it nothing more is heard."""
        return JudgeBeside(PairJudge(each_alone=each_alone), self._hand_over, each_alone=each_alone)

    def close(self, timeout_s: float) -> bool:
        """End the thread; True when it ended in time."""
        self._stop.stop()
        self._tasks.wake()
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self._thread is None or not self._thread.is_alive()

    def _hand_over(self, task: _Task) -> None:
        self._tasks.put(task)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="depthview-judge", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.stopped:
            task = self._tasks.take(_IDLE_S)
            if task is not None:
                beside, pair, asked, glances = task
                beside.look(pair, asked, glances=glances)
                self._on_news()


class JudgeBeside:
    """A `Judging` whose looks happen in the thread; what they find is in force from a later frame on.

    Only the bars of a source's first frame are found at once, which takes milliseconds: it would be seen with them.
    """

    def __init__(self, judge: PairJudge, hand_over: Callable[[_Task], None], *, each_alone: bool = False) -> None:
        self._judge, self._hand_over, self._each_alone = judge, hand_over, each_alone
        self._glimpsed: Findings | None = None
        self._busy = False
        self._looks = self._failures = 0
        self._rests_until_s = self._glances_again_s = 0.0

    @property
    def findings(self) -> Findings | None:
        return self._judge.findings or self._glimpsed

    def offer(self, pair: StereoPair, asked: Asked) -> None:
        if self.findings is None and not self._each_alone:
            bars = BarsJudge()
            bars.look(pair.left, pair.right)
            self._glimpsed = Findings.none_yet(pair.size_hw, asked, bars.bars)
        if self._busy or self._failures >= _MOST_FAILURES:
            return
        now_s = time.monotonic()
        tired = self._looks >= _EAGER_LOOKS and now_s < self._rests_until_s
        looks = self._judge.wants(pair, asked) and not (tired and self._judge.speaks_of(pair, asked))
        glances = not looks and self._judge.follows(pair) and now_s >= self._glances_again_s
        if looks or glances:
            self._busy = True
            self._hand_over((self, pair, asked, glances))

    def look(self, pair: StereoPair, asked: Asked, *, glances: bool = False) -> None:
        """In the thread. What cannot be judged is no reason to stop the picture: it goes on as it was."""
        began_s = time.monotonic()
        try:
            if glances:
                self._judge.glance(pair)
            else:
                self._judge.look(pair, asked)
        except UserError:
            pass  # the estimator's thread meets the same, and says it
        except Exception:  # noqa: BLE001 - a picture that defeats the judge is shown as it is
            self._failures += 1
            _log.exception("A pair could not be judged")
        finally:
            ended_s = time.monotonic()
            rests_until_s = ended_s + _RESTS * (ended_s - began_s)
            if glances:
                self._glances_again_s = rests_until_s
            else:
                self._looks += 1
                self._rests_until_s = rests_until_s
            self._busy = False
