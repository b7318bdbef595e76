"""kill -9 of a job's process at random moments: nothing is lost that was shown, and no half file is ever read.

The moments are few by default; `DEPTHVIEW_KILLS=30` asks for as many as the product is promised to stand.
"""

import os
import random
import time
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.alive import kill_with_children
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.training.files import CHECKPOINTS
from tests.engine.capture.small_job import chain, checkpoint, small
from tests.engine.capture.waiting import PATIENCE_S, job_of, ticked_until

KILLS = int(os.environ.get("DEPTHVIEW_KILLS", "4"))
LONGEST_LIFE_S = 1.0
ITERATIONS = 50 * max(4, KILLS)
"""So many that it outlasts the kills, also where this process is the one that waits."""


def shown_in(folder: Path) -> dict[str, bytes]:
    """What a person has seen: checkpoints and finished stages."""
    whole = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".depthview-")]
    shown = [path for path in whole if path.parent.name == CHECKPOINTS or path.name == "done"]
    return {str(path): path.read_bytes() for path in shown}


@pytest.mark.parametrize("seed", [1])
def test_a_job_is_killed_at_random_moments(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    queue = Queue(tmp_path, worker="tests.engine.capture.small_job", most_deaths=1_000_000)
    number = queue.add("killed", small(Path("/photos"), ITERATIONS))
    folder = job_of(queue, number).folder
    kills = 0
    while kills < KILLS and job_of(queue, number).state is not State.DONE:
        # Now and then before it has said a word, mostly while it works.
        if chance.random() < 0.2:
            ticked_until(queue, lambda: number in queue._children or job_of(queue, number).state is State.DONE)
        else:
            ticked_until(queue, lambda: job_of(queue, number).worker is not None)
        time.sleep(chance.uniform(0, LONGEST_LIFE_S))
        shown = shown_in(folder)
        kills += 1
        worker = job_of(queue, number).worker
        if worker is not None:
            kill_with_children(worker)
        elif number in queue._children:
            queue._children[number].kill()
        if (child := queue._children.get(number)) is not None:
            child.wait(PATIENCE_S)
        assert shown.items() <= shown_in(folder).items()
    assert kills == KILLS, "it was done before: ask for more iterations"
    ticked_until(queue, lambda: job_of(queue, number).state is State.DONE)
    queue.tick()
    job = job_of(queue, number)
    assert (job.fault, job.worker) == ("", None)
    assert checkpoint(folder, ITERATIONS).read_text() == chain(ITERATIONS)
    for iteration in range(10, ITERATIONS, 10):
        assert checkpoint(folder, iteration).read_text() == chain(iteration)
    assert not list(folder.rglob(".depthview-*")), "nothing half written is left"
    queue.close()
