"""What was found of the two eyes and what is done to them, for files and scripts."""

from collections import Counter

from depthview.engine.frames import Layout
from depthview.engine.stereo.box import Box
from depthview.engine.stereo.prepare.preparer import EyesDecision

Facts = dict[str, object]


def facts_of(decision: EyesDecision, asked: Layout | None) -> Facts:
    """`asked`: the layout that the person told, None: as found. Pixels are those of an eye's own picture; the error of
    the rows is at width 640."""
    found, done = decision.findings, decision.preparation
    rows, colours = found.rows, found.colours
    return {
        "layout": decision.layout.value,
        "layout_reason": decision.guess.reason if asked is None else "as asked",
        "swapped": decision.swap,
        "swap_proposed": decision.proposes_swap,
        "swap_reason": found.order.reason,
        "order_sure": found.order.sure,
        "bars": _cut(done.bars.left, found.size_hw),
        "rows": {
            "applied": done.warp is not None,
            "trusted": rows.trusted if rows is not None else None,
            "before_px": _rounded(rows.before_px) if rows is not None else None,
            "after_px": _rounded(rows.after_px) if rows is not None else None,
            "reason": rows.reason if rows is not None else None,
        },
        "colours": {
            "applied": done.colours is not None,
            "reason": colours.reason if colours is not None else None,
        },
        "shift_px": done.shift_px,
    }


class StepCounts:
    """In how many frames each step was in force: in a folder, each picture has its own."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._frames = 0

    def follow(self, decision: EyesDecision) -> None:
        """Count in what one more frame's eyes were taken for."""
        found, done = decision.findings, decision.preparation
        self._frames += 1
        for step, in_force in (
            ("swapped", decision.swap),
            ("swap_proposed", decision.proposes_swap),
            ("bars", done.bars.left.size_hw != found.size_hw),
            ("rows", done.warp is not None),
            ("rows_doubted", done.warp is None and found.rows is not None and not found.rows.trusted),
            ("colours", done.colours is not None),
            ("shift", done.shift_px != 0),
        ):
            self._counts[step] += int(in_force)

    @property
    def facts(self) -> Facts:
        """`frames`, and of these for each step how many. `rows_doubted`: their rows were left as they are, since it
        could not be told well enough how to even them."""
        return {"frames": self._frames, **self._counts}


def _cut(box: Box, size_hw: tuple[int, int]) -> list[int]:
    """What is cut off the left eye: top, bottom, left, right."""
    height, width = size_hw
    return [box.top, height - box.top - box.height, box.left, width - box.left - box.width]


def _rounded(value_px: float | None) -> float | None:
    return None if value_px is None else round(value_px, 3)
