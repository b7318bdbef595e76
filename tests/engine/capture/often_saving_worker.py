"""The real job's process, but that states and checkpoints lie nearer together: a short training has moments between.

`python -m tests.engine.capture.often_saving_worker STORE NUMBER`.
"""

import sys

from depthview.engine.capture.jobs.process import main
from depthview.engine.capture.jobs.road import ROAD
from depthview.engine.capture.training import settings

SAVED_EVERY, SHOWN_EVERY, LATEST = 20, 40, 1000

if __name__ == "__main__":
    settings._STATE_EVERY = SAVED_EVERY
    settings._CHECKPOINTS = tuple(range(SHOWN_EVERY, LATEST, SHOWN_EVERY))  # type: ignore[assignment]
    sys.exit(main(ROAD))
