"""The inspector's section of a film: where its camera goes, how long it takes, and how large it is."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QListWidget, QPushButton, QWidget

from depthview.ui.parts.sections import Choice, Number, Section
from depthview.ui.splats_memory import SECONDS, FilmPlan, Flight

SIZES_PX = ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (1080, 1080), (1080, 1920))
RATES_HZ = (24, 25, 30, 60)
_ROWS_SHOWN = 6


class FilmSection(Section):
    """`plan_changed(FilmPlan)` when a person turns something; `stop_wanted` for a keyframe of the view that is shown,
    `stop_chosen(index)`, `play_wanted(bool)` and `film_wanted`."""

    plan_changed = Signal(object)
    stop_wanted = Signal()
    stop_chosen = Signal(int)
    play_wanted = Signal(bool)
    film_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("FilmSection", "Film"), parent)
        self._plan = FilmPlan()
        self.flight = Choice()
        self.flight.offer(
            [(self.tr("once round"), Flight.ROUND), (self.tr("through keyframes"), Flight.THROUGH)], Flight.ROUND
        )
        self.flight.chosen.connect(lambda flight: self._settle(replace(self._plan, flight=flight)))
        self.add(
            self.tr("Camera"),
            self.flight,
            self.tr("Once round what is in the middle of the view, or smoothly through the views that were added"),
        )
        self.stops = QListWidget(self)
        self.stops.setObjectName("views")
        self.stops.setFrameShape(QListWidget.Shape.NoFrame)
        self.stops.setAccessibleName(self.tr("Keyframes"))
        self.stops.setToolTip(self.tr("A click goes there"))
        self.stops.itemClicked.connect(lambda item: self.stop_chosen.emit(self.stops.row(item)))
        self.form.addRow(self.stops)
        self.add_stop = self._button(
            self.tr("Add this view"),
            self.tr("The view as it is now becomes the next keyframe (K)"),
            self.stop_wanted.emit,
        )
        self.remove_stop = self._button(
            self.tr("Remove"), self.tr("Take out the keyframe that is chosen in the list"), self._remove
        )
        self._stop_row = QWidget(self)
        row = QHBoxLayout(self._stop_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.add_stop, 1)
        row.addWidget(self.remove_stop)
        self.form.addRow(self._stop_row)
        self.closed = QCheckBox(self.tr("Back to the first"), self)
        self.closed.setToolTip(self.tr("The film ends where it began, so that it can be played again and again"))
        self.closed.setAccessibleName(self.tr("Back to the first"))
        self.closed.toggled.connect(lambda on: self._settle(replace(self._plan, closed=on)))
        self.form.addRow(self.closed)
        self.seconds = Number(lowest=SECONDS[0], highest=SECONDS[1], step=0.5, decimals=1, suffix=" s")
        self.seconds.changed.connect(lambda seconds: self._settle(replace(self._plan, seconds=seconds)))
        self.add(
            self.tr("Time"), self.seconds, self.tr("For the whole round, or from each keyframe to the next, seconds")
        )
        self.picture_size = Choice()
        self.picture_size.offer([(f"{width} × {height}", (width, height)) for width, height in SIZES_PX], (1920, 1080))
        self.add(self.tr("Size"), self.picture_size, self.tr("Of the film's pictures, pixels"))
        self.rate = Choice()
        self.rate.offer([(self.tr("{rate} a second").format(rate=rate), rate) for rate in RATES_HZ], 30)
        self.add(self.tr("Pictures"), self.rate, self.tr("How many pictures a second has"))
        self.play = self._button(self.tr("Play"), self.tr("Fly along in the pane; once more ends it"), None)
        self.play.setCheckable(True)
        self.play.toggled.connect(self.play_wanted)
        self.export = self._button(
            self.tr("Save the film…"),
            self.tr("An MP4 of the splats as they are shown, clouds left out, made beside the window"),
            self.film_wanted.emit,
        )
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.play)
        row.addWidget(self.export, 1)
        self.form.addRow(row)
        self.show_plan(self._plan)

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        width, height = SIZES_PX[max(0, self.picture_size.currentIndex())]
        return width, height

    @property
    def rate_hz(self) -> int:
        return RATES_HZ[max(0, self.rate.currentIndex())]

    def show_plan(self, plan: FilmPlan) -> None:
        self._plan = plan
        self.flight.select(plan.flight)
        through = plan.flight is Flight.THROUGH
        for row in (self.stops, self._stop_row, self.closed):
            self.show_row(row, through)
        chosen = self.stops.currentRow()
        self.stops.clear()
        for number in range(len(plan.stops)):
            self.stops.addItem(
                self.tr("{number}   at {time:.1f} s").format(number=number + 1, time=number * plan.seconds)
            )
        self.stops.setCurrentRow(min(chosen, len(plan.stops) - 1))
        height = sum(self.stops.sizeHintForRow(place) for place in range(min(_ROWS_SHOWN, len(plan.stops))))
        self.stops.setFixedHeight(height)
        self.stops.setVisible(through and bool(plan.stops))
        self.remove_stop.setEnabled(bool(plan.stops))
        self.closed.blockSignals(True)
        self.closed.setChecked(plan.closed)
        self.closed.blockSignals(False)
        self.seconds.show_number(plan.seconds)
        can_fly = not through or len(plan.stops) > 1
        self.play.setEnabled(can_fly)
        self.export.setEnabled(can_fly)

    def show_playing(self, on: bool) -> None:
        self.play.blockSignals(True)
        self.play.setChecked(on)
        self.play.setText(self.tr("Stop") if on else self.tr("Play"))
        self.play.blockSignals(False)

    def _remove(self) -> None:
        place = self.stops.currentRow()
        stops = tuple(stop for number, stop in enumerate(self._plan.stops) if number != place)
        self._settle(replace(self._plan, stops=stops))

    def _button(self, text: str, tip: str, does: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        if callable(does):
            button.clicked.connect(lambda: does())
        return button

    def _settle(self, plan: FilmPlan) -> None:
        self.show_plan(plan)
        self.plan_changed.emit(plan)
