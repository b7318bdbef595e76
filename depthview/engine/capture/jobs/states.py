"""How far a job can be, and which step may follow which."""

from enum import Enum


class State(Enum):
    """A job's states. Whether it is paused is said beside it: a paused job is QUEUED and waits for its person."""

    QUEUED = "queued"
    FEATURES = "features"
    MATCHING = "matching"
    MAPPING = "mapping"
    UNDISTORTION = "undistortion"
    TRAINING = "training"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


AT_WORK = (State.FEATURES, State.MATCHING, State.MAPPING, State.UNDISTORTION, State.TRAINING)
"""In the order in which a job goes through them."""
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def may_follow(before: State, after: State) -> bool:
    """Whether a job may go from one state to the other.

    Work goes forward only, but a job that was interrupted or paused waits in the queue again, and then begins with the
    first stage that is not whole. What has ended may be queued anew.
    """
    if before in ENDED:
        return after is State.QUEUED
    if before is State.QUEUED:
        return after in AT_WORK or after in ENDED
    if after in AT_WORK:
        return AT_WORK.index(after) >= AT_WORK.index(before)
    return True
