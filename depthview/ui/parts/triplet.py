"""Three numbers that belong together, side by side."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.ui.parts.sections import Number

Triple = tuple[float, float, float]


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

    def show_values(self, values: Triple) -> None:
        """Show these without emitting."""
        for number, value in zip(self.numbers, values, strict=True):
            number.show_number(value)
