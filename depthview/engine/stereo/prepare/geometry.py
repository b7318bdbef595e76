"""Which parts of two eyes are compared, in which order, through which measured rig: what the finer steps build on."""

from dataclasses import dataclass, field
from functools import lru_cache

from depthview.engine.frames import LayoutGuess
from depthview.engine.stereo.eyes.order import OrderVerdict
from depthview.engine.stereo.prepare.bars import Bars
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.rectification.rows import Warp
from depthview.engine.stereo.rigs.rig import CalibratedRig


@dataclass(frozen=True, slots=True)
class Asked:
    """What overrules findings: the person's `swap` and `choices`, and what the source itself says of the order."""

    swap: bool | None = None
    choices: PreparationChoices = PreparationChoices()  # noqa: RUF009 - frozen
    told: LayoutGuess | None = None

    def swap_in_force(self, order: OrderVerdict) -> bool:
        """Whether the eyes are exchanged: as the person says, else as the content shows where that is sure, else as
        metadata or the file's name has it."""
        if self.swap is not None:
            return self.swap
        if order.sure:
            return order.swapped
        return self.told is not None and self.told.swapped

    def proposes_swap(self, order: OrderVerdict) -> bool:
        """Whether the eyes look as if they should be the other way round than they are."""
        return order.swapped != self.swap_in_force(order) and (order.sure or order.swapped)


@dataclass(frozen=True, slots=True)
class Geometry:
    """What must stay the same for rows, colours and span that were judged in it to hold. `bars` are in the source's
    order; `rig` is a measured one, and `measured` its warp for eyes of `size_hw`; `evened`: whether rows may be
    evened. Two of them with the same rig and size are the same, whenever their warps were made."""

    size_hw: tuple[int, int]
    swap: bool
    bars: Bars
    rig: CalibratedRig | None
    measured: Warp | None = field(compare=False)
    evened: bool

    @classmethod
    def of(cls, size_hw: tuple[int, int], bars: Bars, order: OrderVerdict, asked: Asked) -> "Geometry":
        """Raises UserError when the chosen rig was measured with pictures of another shape."""
        choices = asked.choices
        measured = None if choices.rig is None else _warp_of(choices.rig, size_hw)
        # A rig is measured with the whole picture: what is cut off it would no longer fit.
        cut = choices.bars is not False and measured is None
        evened = choices.rows is not False and measured is None
        kept = bars if cut else Bars.whole(size_hw)
        return cls(size_hw, asked.swap_in_force(order), kept, choices.rig, measured, evened)


@lru_cache(maxsize=2)
def _warp_of(rig: CalibratedRig, size_hw: tuple[int, int]) -> Warp:
    return rig.warp(size_hw)
