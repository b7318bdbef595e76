"""What was found of a source's two eyes, and what follows from it together with what is asked for."""

from dataclasses import dataclass

from depthview.engine.frames import DisparitySpan
from depthview.engine.stereo.eyes.order import OrderJudge, OrderVerdict
from depthview.engine.stereo.prepare.bars import Bars
from depthview.engine.stereo.prepare.colours import ColoursVerdict
from depthview.engine.stereo.prepare.geometry import Asked, Geometry
from depthview.engine.stereo.prepare.preparation import Preparation
from depthview.engine.stereo.prepare.span import SpanVerdict
from depthview.engine.stereo.rectification.rows import RowsVerdict

NOT_LOOKED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The sum of all looks at one source, whose eyes are of `size_hw`; `seq` is the newest frame looked at.

    `bars` and `order` are of the eyes as the source gives them. The other three hold for `geometry`, and are None where
    nothing was judged: `rows` under a measured rig, all three for one eye.
    """

    size_hw: tuple[int, int]
    seq: int
    bars: Bars
    order: OrderVerdict
    geometry: Geometry
    rows: RowsVerdict | None = None
    colours: ColoursVerdict | None = None
    span: SpanVerdict | None = None

    @classmethod
    def none_yet(cls, size_hw: tuple[int, int], asked: Asked, bars: Bars | None = None) -> "Findings":
        """Before the first look: nothing is known but what is asked for, and perhaps the bars. Raises as `preparation`
        does."""
        bars, order = bars or Bars.whole(size_hw), OrderJudge().verdict
        return cls(size_hw, NOT_LOOKED, bars, order, Geometry.of(size_hw, bars, order, asked))

    @property
    def looked(self) -> bool:
        """Whether there was a look at all."""
        return self.seq != NOT_LOOKED

    def preparation(self, asked: Asked) -> Preparation:
        """What is to be done to each frame. What was judged in another geometry does not count.

        Raises UserError when the chosen rig was measured with pictures of another shape.
        """
        geometry = Geometry.of(self.size_hw, self.bars, self.order, asked)
        choices = asked.choices
        rows, colours, span = self.rows, self.colours, self.span
        if geometry != self.geometry:
            rows = colours = span = None
        warp = geometry.measured
        if rows is not None and geometry.evened and (rows.trusted or choices.rows):
            warp = rows.warp
        match = None
        if colours is not None and choices.colours is not False and (colours.helps or choices.colours):
            match = colours.match
        found = span.span if span is not None else None
        if choices.shift_share is not None:
            found = _moved_to(choices.shift_share, found, geometry.bars.left.width)
        return Preparation(geometry.swap, geometry.bars, warp, match, found)


def _moved_to(shift_share: float, found: DisparitySpan | None, width: int) -> DisparitySpan | None:
    """The span that begins where a person says; nothing is known of it where they want the eyes as they come, nor of
    its end where all that was found lies behind its beginning."""
    if shift_share == 0:
        return None
    lowest_px = -round(shift_share * width)
    if found is None or found.highest_px <= lowest_px:
        return DisparitySpan(lowest_px, width)
    return DisparitySpan(lowest_px, found.highest_px)
