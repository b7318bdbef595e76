"""One model of the catalogue, as a page: what it is good for, what it costs, what its licence allows."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from depthview.engine.models.catalogue import CatalogueModel, RemoteVariant
from depthview.ui.parts.sections import Choice
from depthview.ui.parts.wrapped_label import WrappedLabel


class ModelPage(QWidget):
    """Shows one model; which of its variants is wanted is chosen in `variant`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = WrappedLabel(self, "section")
        self.title.setIndent(0)
        self.good_for = WrappedLabel(self)
        self.cost = WrappedLabel(self, "faint")
        self.licence = WrappedLabel(self)
        self.source = WrappedLabel(self)
        self.source.setTextFormat(Qt.TextFormat.RichText)
        self.source.setOpenExternalLinks(True)
        self.variant = Choice()
        self.variant.setToolTip(self.tr("Which of its files: iterations, height x width, or number format"))
        self.sum = WrappedLabel(self, "faint")
        self.steps = QPlainTextEdit(self)
        self.steps.setReadOnly(True)
        self.said = WrappedLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.title, self.good_for, self.cost, self.licence, self.source, self.variant, self.sum):
            column.addWidget(widget)
        column.addWidget(self.steps, 1)
        column.addStretch(0)
        column.addWidget(self.said)
        self.variant.chosen.connect(lambda _label: self._say_sum())
        self._model: CatalogueModel | None = None

    def show_model(self, model: CatalogueModel | None, installed: tuple[str, ...]) -> None:
        """`installed` are the labels of the variants that this computer has."""
        kept = self.variant.currentData() if model is self._model else None
        self._model = model
        self.variant.setVisible(model is not None and bool(model.variants))
        self.sum.setVisible(model is not None and bool(model.variants))
        self.steps.setVisible(model is not None and not model.variants)
        if model is None:
            for label in (self.title, self.good_for, self.cost, self.licence, self.source):
                label.clear()
            return
        self.title.setText(model.title)
        self.good_for.setText(model.good_for)
        self.cost.setText(model.cost)
        self.licence.setText(self.tr("Licence: {name}. {terms}").format(name=model.licence, terms=model.terms))
        self.licence.setProperty("warn", not model.commercial)
        self.licence.style().polish(self.licence)
        self.source.setText(f'<a href="{model.source}">{model.source}</a>')
        self.variant.offer([(self._words(v, installed), v.label) for v in model.variants], kept or model.default)
        self.steps.setPlainText(
            self.tr("It is not published as ONNX. To export it:") + "\n\n" + model.export if model.export else ""
        )
        self._say_sum()

    def say(self, words: str, *, trouble: bool = False) -> None:
        """What happened, or went wrong, last."""
        self.said.setText(words)
        self.said.setProperty("warn", trouble)
        self.said.style().polish(self.said)

    def _say_sum(self) -> None:
        model = self._model
        chosen = next((v for v in model.variants if v.label == self.variant.currentData()), None) if model else None
        if chosen is None:
            self.sum.clear()
        elif all(file.final_sha256 for file in chosen.files):
            self.sum.setText(self.tr("Its sum (sha256) is known and is checked."))
        else:
            self.sum.setText(self.tr("Nobody has published its sum (sha256): the first download fixes it."))

    def _words(self, variant: RemoteVariant, installed: tuple[str, ...]) -> str:
        words = [variant.label]
        if variant.size_bytes is not None:
            words.append(self.tr("{count} MB").format(count=f"{variant.size_bytes / 1e6:.0f}"))
        if variant.label in installed:
            words.append(self.tr("installed ✓"))
        return "   ".join(words)
