"""The inspector's section that thins a scene out to a wanted count."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from depthview.ui.figures import counted
from depthview.ui.parts.sections import Number, Section, say
from depthview.ui.splats.items import Item

_USUAL_SHARE = 0.5


class ThinSection(Section):
    """`thinned(count)` and `whole_wanted` when a person asks for it."""

    thinned = Signal(int)
    whole_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("ThinSection", "Thin out"), parent)
        self._number = 0
        self.count = Number(lowest=1, highest=1e9, step=1000, decimals=0, suffix="")
        self.count.setGroupSeparatorShown(True)
        self.add(
            self.tr("Splats"), self.count, self.tr("So many are to be left; those that are like each other become one")
        )
        self.thin = QPushButton(self.tr("Thin out"), self)
        self.thin.setToolTip(self.tr("The chosen scene, to that count; the file stays as it is"))
        self.thin.clicked.connect(lambda: self.thinned.emit(round(self.count.value())))
        self.whole = QPushButton(self.tr("All again"), self)
        self.whole.setToolTip(self.tr("The scene as it was read"))
        self.whole.clicked.connect(self.whole_wanted)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.thin, 1)
        row.addWidget(self.whole, 1)
        self.form.addRow(row)
        self._note = self.add_note()
        self.show_item(None)

    def show_item(self, item: Item | None) -> None:
        """What is chosen in the list of scenes."""
        whole = item.whole if item is not None else None
        self.setVisible(whole is not None)
        if item is None or whole is None:
            return
        if item.number != self._number:
            self._number = item.number
            self.count.setMaximum(len(whole))
            self.count.show_number(max(1, round(_USUAL_SHARE * len(whole))))
        self.whole.setEnabled(len(item) < len(whole))
        words = self.tr("{count} of its {total} splats are left")
        thinned = len(item) < len(whole)
        say(self._note, words.format(count=counted(len(item)), total=counted(len(whole))) if thinned else "")
