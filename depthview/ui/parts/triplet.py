"""Three numbers that belong together, side by side."""

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.ui.parts.sections import Number

Triple = tuple[float, float, float]

_MOST_DECIMALS = 7


class Triplet(QWidget):
    """`changed` gives all three after a person's edit of one."""

    changed = Signal(object)

    def __init__(
        self,
        names: tuple[str, str, str],
        tips: tuple[str, str, str],
        *,
        limit: float,
        step: float,
        decimals: int,
        suffix: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """`names`, which may be empty, stand before the numbers, which reach from -`limit` to `limit`."""
        super().__init__(parent)
        self._limit, self._decimals, self._suffix = limit, decimals, suffix
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.numbers = tuple(
            Number(lowest=-limit, highest=limit, step=step, decimals=decimals, suffix=suffix) for _name in names
        )
        for number, name, tip in zip(self.numbers, names, tips, strict=True):
            number.setPrefix(f"{name} " if name else "")
            number.setToolTip(tip)
            number.setAccessibleName(tip)
            number.setMinimumWidth(40)
            number.changed.connect(lambda _value: self.changed.emit(self.values))
            row.addWidget(number, 1)

    @property
    def values(self) -> Triple:
        x, y, z = (number.value() for number in self.numbers)
        return x, y, z

    def suit(self, size: float, farthest: float) -> None:
        """Hold places of a thing that is so large, and up to so far away: a step is a tenth of it or less."""
        place = math.floor(math.log10(size)) if size > 0 and math.isfinite(size) else 0
        decimals = min(_MOST_DECIMALS, max(self._decimals, 2 - place))
        limit = max(self._limit, 10.0 ** math.ceil(math.log10(max(1.0, farthest))))
        step = max(10.0 ** (place - 1), 10.0**-decimals)
        for number in self.numbers:
            if (number.decimals(), number.maximum(), number.singleStep()) != (decimals, limit, step):
                number.measure_in(self._suffix, lowest=-limit, highest=limit, decimals=decimals, step=step)

    def show_values(self, values: Triple) -> None:
        """Show these without emitting."""
        for number, value in zip(self.numbers, values, strict=True):
            number.show_number(value)
