"""What is said of jobs: how far they are, how long they will take, how they ended."""

from enum import Enum

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from depthview.engine.capture.jobs.row import Job, Wish
from depthview.engine.capture.jobs.states import ENDED, State
from depthview.engine.capture.poses.outcome import Outcome

_CONTEXT = "JobWords"
_STATES = {
    State.QUEUED: str(QT_TRANSLATE_NOOP("JobWords", "Waiting for its turn")),
    State.FEATURES: str(QT_TRANSLATE_NOOP("JobWords", "Finding features")),
    State.MATCHING: str(QT_TRANSLATE_NOOP("JobWords", "Comparing photos")),
    State.MAPPING: str(QT_TRANSLATE_NOOP("JobWords", "Placing cameras")),
    State.UNDISTORTION: str(QT_TRANSLATE_NOOP("JobWords", "Straightening photos")),
    State.TRAINING: str(QT_TRANSLATE_NOOP("JobWords", "Training")),
    State.DONE: str(QT_TRANSLATE_NOOP("JobWords", "Done")),
    State.FAILED: str(QT_TRANSLATE_NOOP("JobWords", "Failed")),
    State.CANCELLED: str(QT_TRANSLATE_NOOP("JobWords", "Cancelled")),
}
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 24 * 3600
_LEAST_S = 90


class Mood(Enum):
    """How a job stands, as the eye should tell it: by the colour of its bar and of its words."""

    AT_WORK = "at work"
    QUIET = "quiet"
    """It waits, is paused, or ended as somebody wished: nothing moves, and nothing is wrong."""
    DONE = "done"
    FAILED = "failed"


def mood_of(job: Job) -> Mood:
    if job.state is State.FAILED:
        return Mood.FAILED
    if job.state is State.DONE:
        return Mood.DONE
    return Mood.AT_WORK if job.is_at_work and not job.must_stop else Mood.QUIET


def state_words(job: Job) -> str:
    """What it does now, in two or three words."""
    if job.wish is Wish.REMOVE:
        return _tr("Being deleted…")
    if job.wish is Wish.CANCEL:
        return _tr("Being cancelled…")
    if job.paused:
        return _tr("Paused") if job.worker is None else _tr("Being paused…")
    if job.state is State.QUEUED and job.worker is not None:
        return _tr("Starting…")
    return _tr(_STATES[job.state])


def row_words(job: Job) -> str:
    """The line under its name: what it does, and how long that takes or how far it came."""
    words = [state_words(job)]
    if job.state not in ENDED and job.wish is None:
        if mood_of(job) is Mood.AT_WORK and job.eta_s is not None:
            words.append(left_words(job.eta_s))
        elif job.progress >= 1:
            words.append(percent_words(job))
    return " · ".join(words)


def percent_words(job: Job) -> str:
    """Never 100 before it is done."""
    return _tr("{percent} %").format(percent=100 if job.state is State.DONE else min(99, int(job.progress)))


def left_words(seconds: float) -> str:
    """Coarse, since nobody can tell finely."""
    if seconds < _LEAST_S:
        return _tr("about a minute left")
    if seconds < 2 * _HOUR_S:
        return _tr("{minutes} min left").format(minutes=round(seconds / _MINUTE_S))
    if seconds < 2 * _DAY_S:
        return _tr("{hours} h left").format(hours=round(seconds / _HOUR_S))
    return _tr("{days} days left").format(days=round(seconds / _DAY_S))


def ended_words(job: Job) -> str:
    """The news of a job that ended: one sentence with its name."""
    if job.state is State.DONE:
        return _tr("“{name}” is done.").format(name=job.name)
    return _tr("“{name}” failed: {fault}").format(name=job.name, fault=fault_words(job))


def fault_words(job: Job) -> str:
    """Why it failed: the engine's sentence, without the job's folder at its end, which is a click away."""
    template = QCoreApplication.translate("Engine", job.fault.replace(str(job.folder), "{path}"))
    return template.removesuffix(": {path}").replace("{path}", str(job.folder))


def doing_words(job: Job) -> str:
    """What its process says it does at the moment; nothing where none works."""
    if not job.doing or job.state in ENDED or job.worker is None:
        return ""
    return QCoreApplication.translate("Engine", job.doing)


def placed_words(outcome: Outcome) -> str:
    """How many photos found their place."""
    if outcome.placed == outcome.total:
        return _tr("All {total} photos were placed").format(total=outcome.total)
    return _tr("{placed} of {total} photos were placed").format(placed=outcome.placed, total=outcome.total)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
