"""Where the two eyes are in a source's frames, and which is which: decided once, and again when it looks wrong."""

from dataclasses import dataclass, replace

from depthview.engine.camera import CameraChoice
from depthview.engine.frames import Frame, Layout, LayoutGuess, StereoPair
from depthview.engine.resources import known_camera
from depthview.engine.sources import SourceInfo
from depthview.engine.stereo.detect import guess_layout
from depthview.engine.stereo.layout import split, whole
from depthview.engine.stereo.order import judge_order

_LOOK_AGAIN_AFTER = 12
"""Frames. Clips fade in from black; a first look that sees nothing must not settle the matter. Each further look comes
after twice as many: at 25 ms each they would take a quick model for one eye a tenth of its time for ever."""
_ORDER_TRIES = 5


@dataclass(frozen=True, slots=True)
class EyesDecision:
    """`guess` is what was found, `layout` and `swap` are in force, `proposes_swap` says that the order looks wrong."""

    guess: LayoutGuess
    layout: Layout
    swap: bool
    proposes_swap: bool


class EyesJudge:
    """Splits the frames of one source. `layout` and `swap` overrule what is found."""

    def __init__(self, info: SourceInfo | None) -> None:
        self._info = info
        self._guess: LayoutGuess | None = None
        self._guessed_at = 0
        self._look_after = _LOOK_AGAIN_AFTER
        self._judged_for: tuple[Layout, bool] | None = None
        self._judged_at = 0
        self._tries = 0
        self._proposes = False
        self._count = 0

    def layout_of(self, frame: Frame, layout: Layout | None) -> Layout:
        """The layout in which `frame` would be split."""
        return layout or self._look(frame).layout

    def split(
        self,
        frame: Frame,
        layout: Layout | None,
        swap: bool | None,
        *,
        eyes: int = 2,
        camera: CameraChoice | None = None,
    ) -> tuple[StereoPair, EyesDecision]:
        """The eyes of `frame` for an estimator that looks at so many `eyes`.

        Raises UserError when it holds one and two are wanted. For an estimator of one eye the whole picture is then
        both; of two eyes it gets both as well, and takes the left, with the field of view of its `camera`, or the
        one that the source says.
        """
        self._count += 1
        guess = self._look(frame)
        in_force = layout or guess.layout
        swapped = guess.swapped if swap is None else swap
        if eyes == 1:
            pair = whole(frame) if in_force is Layout.MONO else split(frame, in_force, swap=swapped)
            if camera is None and self._info is not None:
                camera = known_camera(self._info.identity, self._info.fov_deg)
            fov_deg = None if camera is None else camera.known_fov_deg(pair.size_hw[1])
            return replace(pair, fov_deg=fov_deg), EyesDecision(guess, in_force, swapped, proposes_swap=False)
        pair = split(frame, in_force, swap=swapped)
        self._judge(pair, in_force, swapped)
        return pair, EyesDecision(guess, in_force, swapped, self._proposes)

    def _look(self, frame: Frame) -> LayoutGuess:
        unsettled = self._guess is None or (
            self._guess.layout is Layout.MONO
            and not self._guess.certain
            and self._count - self._guessed_at >= self._look_after
        )
        if unsettled or self._guess is None:
            hint = self._info.hint if self._info else None
            self._look_after *= 2 if self._guess is not None else 1
            self._guess = guess_layout(frame, hint=hint, name=self._info.title if self._info else "")
            self._guessed_at = self._count
        return self._guess

    def _judge(self, pair: StereoPair, layout: Layout, swap: bool) -> None:
        if self._judged_for != (layout, swap):
            self._judged_for, self._tries, self._proposes = (layout, swap), 0, False
        elif self._tries >= _ORDER_TRIES or self._count - self._judged_at < _LOOK_AGAIN_AFTER:
            return
        verdict = judge_order(pair)
        self._judged_at = self._count
        self._tries = _ORDER_TRIES if verdict.conclusive else self._tries + 1
        self._proposes = verdict.swapped
