"""The real job's process, but that it saves its state more often: a short training has moments between.

`python -m tests.engine.capture.often_saving_worker STORE NUMBER`.
"""

import sys

from depthview.engine.capture.jobs.process import main
from depthview.engine.capture.jobs.road import ROAD
from depthview.engine.capture.training import settings

_ITERATIONS = 20

if __name__ == "__main__":
    settings._STATE_EVERY = _ITERATIONS
    sys.exit(main(ROAD))
