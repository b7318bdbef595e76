"""What can be seen of a running session from outside."""

from dataclasses import dataclass

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import EstimatorInfo, Selection
from depthview.engine.frames import Layout, LayoutGuess
from depthview.engine.live.playback import PlaybackStatus
from depthview.engine.live.telemetry import Telemetry
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.preparation import Preparation


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One look at a running session.

    `guess` is what detection says of the layout; `layout` and `swap` are what is in force; `proposes_swap` is True when
    the content says that the eyes are the other way round; `findings` is what was found of the eyes beside that, and
    `preparation` what is done to them. `eyes` is how many there are to see, None until there was a
    picture. `running` is the estimator that serves, `loading` the one being made ready. `fault` is the problem to
    show, None when all is well; `model_fault` is the part of it that says why the wanted model could not be loaded.
    """

    playback: PlaybackStatus | None
    telemetry: Telemetry
    guess: LayoutGuess | None
    layout: Layout | None
    swap: bool
    proposes_swap: bool
    findings: Findings | None
    preparation: Preparation | None
    eyes: int | None
    running: EstimatorInfo | None
    loading: Selection | None
    fault: UserError | None
    model_fault: UserError | None
