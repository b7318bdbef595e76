"""What is to be written of a movie: one line for each kind of output, with the form it takes."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.depth import DepthScale
from depthview.engine.movie.task import DepthStorage, MovieOutputs, ValuesStorage
from depthview.engine.stereo.views.rerender import EyesChoice
from depthview.ui.live.eyes_fields import EyesFields
from depthview.ui.live.movie.colour_fields import ColourFields
from depthview.ui.parts.depth_words import camera_doubt
from depthview.ui.parts.sections import Choice, Number

FIELD_PX = 210
_CLOUDS_EVERY = 30
_MOST_APART = 100_000


class MovieChoices(QWidget):
    """`changed` when a person turns something; `outputs` is what is asked for then."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(0, 1)
        self.depth_form = Choice(self)
        self.depth_form.offer(
            [
                (self.tr("one film without loss (FFV1)"), DepthStorage.FFV1),
                (self.tr("a PNG for each frame"), DepthStorage.PNG),
            ],
            DepthStorage.FFV1,
        )
        self.values_form = Choice(self)
        self.values_form.offer(
            [("NPY", ValuesStorage.NPY), ("PFM", ValuesStorage.PFM), ("OpenEXR", ValuesStorage.EXR)],
            ValuesStorage.NPY,
        )
        self.clouds_every = Number(lowest=1, highest=_MOST_APART, step=1, decimals=0, suffix=self.tr(" frames"))
        self.clouds_every.setPrefix(self.tr("every "))
        self.clouds_every.show_number(_CLOUDS_EVERY)
        self.eyes_fields = EyesFields(self)
        self.colours = ColourFields(self)
        self.preview = self._line(
            self.tr("Picture beside its depth"), self.tr("An MP4 with the film's sound, to look at and to show")
        )
        self.coloured = self._line(self.tr("Depth in colours"), self.tr("An MP4 of the depth alone, with sound"))
        self._add_colours()
        self.millimetres = self._line(
            self.tr("Depth in millimetres"),
            self.tr("16 bits, along the axis, 0 = unknown; farther than 65.5 m counts as 65.5 m"),
            self.depth_form,
        )
        self._millimetres_tip = self.millimetres.toolTip()
        self.values = self._line(
            self.tr("Numbers for other programs"),
            self.tr("What the model says, such as disparity in pixels: float32, a file for each frame"),
            self.values_form,
        )
        self.clouds = self._line(self.tr("Point clouds (PLY)"), self.tr("One file each"), self.clouds_every)
        self.eyes = self._line(
            self.tr("Seen by other eyes"),
            self.tr("The film for eyes nearer to each other or further apart, drawn from its depth, with sound"),
            self.eyes_fields,
        )
        for choice in (self.depth_form, self.values_form):
            choice.chosen.connect(lambda _form: self.changed.emit())
        self.clouds_every.changed.connect(lambda _every: self.changed.emit())
        self.eyes_fields.changed.connect(self.changed)
        self.colours.changed.connect(self.changed)
        self.show_outputs(MovieOutputs())

    @property
    def outputs(self) -> MovieOutputs:
        """What is asked for."""
        return MovieOutputs(
            depth=self.depth_form.currentData() if self._asks(self.millimetres) else DepthStorage.NONE,
            preview=self.preview.isChecked(),
            coloured=self.coloured.isChecked(),
            values=self.values_form.currentData() if self.values.isChecked() else ValuesStorage.NONE,
            clouds_every=round(self.clouds_every.value()) if self.clouds.isChecked() else 0,
            eyes=self.eyes_fields.choice if self.eyes.isChecked() else None,
            colour_map=self.colours.colour_map.currentData() if self._shows_colours else COLOUR_MAPS[0],
            limits=self.colours.limits if self._shows_colours else None,
        )

    def show_outputs(self, outputs: MovieOutputs) -> None:
        """Show `outputs`, as if a person had asked for them before."""
        shown = {
            self.preview: outputs.preview,
            self.coloured: outputs.coloured,
            self.millimetres: outputs.depth is not DepthStorage.NONE,
            self.values: outputs.values is not ValuesStorage.NONE,
            self.clouds: outputs.clouds_every > 0,
            self.eyes: outputs.eyes is not None,
        }
        for box, on in shown.items():
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        if outputs.depth is not DepthStorage.NONE:
            self.depth_form.select(outputs.depth)
        if outputs.values is not ValuesStorage.NONE:
            self.values_form.select(outputs.values)
        if outputs.clouds_every:
            self.clouds_every.show_number(outputs.clouds_every)
        self.eyes_fields.show_choice(outputs.eyes or EyesChoice(1.5))
        self.colours.show_colours(outputs.colour_map, outputs.limits)
        self._follow_boxes()

    def offer(self, scale: DepthScale, colour_map: str, limits: Limits | None) -> None:
        """What plays and how it looks: its values are read by `scale`, which may know no metres."""
        self.millimetres.setEnabled(scale.has_metres)
        guess = scale.has_metres and scale.is_guess
        self.millimetres.setText(
            self.tr("Depth in millimetres (a guess)") if guess else self.tr("Depth in millimetres")
        )
        doubt = camera_doubt(scale)
        self.millimetres.setToolTip("\n".join(part for part in (self._millimetres_tip, doubt) if part))
        self.colours.show_scale(scale)
        # Values without a unit have another scale in each run: a range of theirs means nothing there.
        self.colours.show_colours(colour_map, limits if scale.has_metres else None)
        self._follow_boxes()

    @property
    def _shows_colours(self) -> bool:
        return self.preview.isChecked() or self.coloured.isChecked()

    def _asks(self, box: QCheckBox) -> bool:
        return box.isEnabled() and box.isChecked()

    def _line(self, text: str, tip: str, field: QWidget | None = None) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        box.setAccessibleDescription(tip)
        box.toggled.connect(self._turn)
        row = self._grid.rowCount()
        box.setMinimumHeight(self.depth_form.sizeHint().height())  # beside the first line of what is higher
        self._grid.addWidget(box, row, 0, Qt.AlignmentFlag.AlignTop)
        if field is not None:
            field.setMinimumWidth(FIELD_PX)
            field.setToolTip(tip)
            field.setAccessibleName(text)
            self._grid.addWidget(field, row, 1)
        return box

    def _add_colours(self) -> None:
        """They are of both films that show depth in colours."""
        row = self._grid.rowCount()
        self.colours.setMinimumWidth(FIELD_PX)
        name = QLabel(self.tr("Colours"), self)
        name.setMinimumHeight(self.colours.colour_map.sizeHint().height())  # beside the choice, not what is below it
        self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self.colours, row, 1)

    def _turn(self) -> None:
        self._follow_boxes()
        self.changed.emit()

    def _follow_boxes(self) -> None:
        """Of what is not asked for there is no form to choose."""
        for box, field in (
            (self.millimetres, self.depth_form),
            (self.values, self.values_form),
            (self.clouds, self.clouds_every),
            (self.eyes, self.eyes_fields),
        ):
            field.setEnabled(self._asks(box))
        self.colours.setEnabled(self._shows_colours)
