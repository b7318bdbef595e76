"""The program of a job's process: `python -m depthview.engine.capture.jobs.worker STORE NUMBER`."""

import sys

from depthview.engine.capture.jobs.process import main
from depthview.engine.capture.jobs.road import ROAD

if __name__ == "__main__":
    sys.exit(main(ROAD))
