"""A window that does nothing but look after its jobs: `python -m tests.engine.capture.ticking_window FOLDER WORKER`."""

import sys
import time
from pathlib import Path

from depthview.engine.capture.jobs.queue import Queue

MANY = 1_000_000
_ROUND_S = 0.05


def main() -> None:
    queue = Queue(Path(sys.argv[1]), worker=sys.argv[2], most_deaths=MANY)
    while True:
        queue.tick()
        time.sleep(_ROUND_S)


if __name__ == "__main__":
    main()
