"""The catalogue in the window, against a server on this computer: download, cancel, go on, remove."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.models.catalogue import Catalogue, RemoteFile, RemoteVariant, shipped_catalogue
from depthview.engine.progress import Progress
from depthview.ui import fetching
from depthview.ui.errands import Errands
from depthview.ui.models.store_dialog import StoreDialog
from tests.engine import onnx_graphs as graphs
from tests.engine.model_server import ModelServer, entry, model_server, sha256
from tests.window.conftest import NewWindow
from tests.window.driver import PATIENCE_MS, put_on_screen

CUT_BYTES = 1_000_000
"""Of the model of two megabytes."""


@pytest.fixture
def web() -> Iterator[ModelServer]:
    with model_server() as server:
        yield server


@pytest.fixture
def big(tmp_path: Path) -> bytes:
    """A model of two megabytes."""
    path = tmp_path / "made" / "big.onnx"
    graphs.constant_graph(path, np.random.default_rng(2).random((512, 1024), np.float32))
    return path.read_bytes()


def fetched_bytes(home: Path) -> int:
    """What has come of a model that is not whole yet."""
    part = home / "models" / "toy" / "toy.onnx.part"
    return part.stat().st_size if part.exists() else 0


class Shop:
    """The dialog on a catalogue of two models, and the hands on it."""

    def __init__(self, qtbot: QtBot, catalogue: Catalogue) -> None:
        self.qtbot = qtbot
        self.owner = QWidget()
        self.errands = Errands(self.owner)
        self.dialog = StoreDialog(self.errands, lambda: catalogue, self.owner)
        put_on_screen(self.dialog)
        self.until(lambda: self.dialog.list.count() > 0, "the list")

    def until(self, condition: object, what: str) -> None:
        def check() -> None:
            assert condition(), f"waited in vain for {what}; it says {self.said!r}"  # type: ignore[operator]

        self.qtbot.waitUntil(check, timeout=PATIENCE_MS)

    @property
    def said(self) -> str:
        return self.dialog.page.said.text()

    @property
    def titles(self) -> list[str]:
        return [self.dialog.list.item(row).text() for row in range(self.dialog.list.count())]

    def click(self, button: QPushButton) -> None:
        self.until(button.isEnabled, f"{button.text()} to be offered")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def answer(self, button: QMessageBox.StandardButton) -> None:
        self.until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox), "the question")
        question = QApplication.activeModalWidget()
        assert isinstance(question, QMessageBox)
        QTest.mouseClick(question.button(button), Qt.MouseButton.LeftButton)

    def leave(self) -> None:
        self.errands.close(0.0)
        shiboken6.delete(self.owner)


@pytest.fixture
def shop(nothing_left: None, qtbot: QtBot, web: ModelServer, big: bytes) -> Iterator[Shop]:
    web.serve("big.onnx", big, pace_s=0.02)
    file = RemoteFile("toy.onnx", web.url("big.onnx"), len(big), sha256(big))
    toy = entry(file, title="Toy of two", licence="CC-BY-NC-4.0", terms="Not in business.", commercial=False)
    exported = entry(
        model_id="made", title="To be made", kind="mono", variants=(), default="", export="run this\nadd that"
    )
    shop = Shop(qtbot, Catalogue((toy, exported)))
    yield shop
    shop.leave()


def test_a_model_is_downloaded_and_removed(shop: Shop, home: Path, web: ModelServer, big: bytes) -> None:
    web.serve("big.onnx", big, cuts=[CUT_BYTES], stall=True)
    dialog = shop.dialog
    assert shop.titles == ["Toy of two", "To be made"]
    assert dialog.page.licence.text() == "Licence: CC-BY-NC-4.0. Not in business."
    assert dialog.page.licence.property("warn") is True
    assert dialog.page.variant.currentText() == "only   2 MB"
    assert dialog.page.sum.text() == "Its sum (sha256) is known and is checked."
    told: list[None] = []
    dialog.changed.connect(lambda: told.append(None))
    moved: list[Progress] = []
    dialog.work.moved.connect(moved.append)
    shop.click(dialog.download)
    assert not dialog.download.isEnabled()
    assert dialog.cancel_button.isVisible()
    shop.until(lambda: any(progress.done == CUT_BYTES / 1e6 for progress in moved), "progress on the way")
    web.closing.set()  # the line that was held up breaks, and the rest comes through another one
    shop.until(lambda: "is installed" in shop.said, "the download")
    assert (home / "models" / "toy" / "toy.onnx").read_bytes() == big
    fetched = [progress.done for progress in moved if progress.label.startswith("toy.onnx")]  # then it is checked
    assert fetched == sorted(fetched)
    shop.until(lambda: shop.titles == ["Toy of two  ✓", "To be made"], "the mark")
    assert len(told) == 1
    assert not dialog.download.isEnabled()
    shop.click(dialog.remove)
    shop.answer(QMessageBox.StandardButton.No)
    assert (home / "models" / "toy" / "toy.onnx").exists()
    shop.click(dialog.remove)
    shop.answer(QMessageBox.StandardButton.Yes)
    shop.until(lambda: shop.said == "Toy of two was removed.", "the removal")
    assert not (home / "models" / "toy" / "toy.onnx").exists()
    shop.until(lambda: shop.titles[0] == "Toy of two", "no mark")
    assert len(told) == 2


def test_the_window_stays_alive_and_a_cancelled_download_goes_on(
    shop: Shop, home: Path, web: ModelServer, big: bytes
) -> None:
    web.serve("big.onnx", big, cuts=[CUT_BYTES], stall=True)
    shop.click(shop.dialog.download)
    shop.until(lambda: shop.said.startswith("toy.onnx, MB"), "progress")
    shop.until(lambda: fetched_bytes(home) == CUT_BYTES, "all that comes")
    row = shop.dialog.list.visualItemRect(shop.dialog.list.item(1))
    QTest.mouseClick(shop.dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    shop.until(lambda: shop.dialog.page.title.text() == "To be made", "the other page, during the download")
    assert "run this\nadd that" in shop.dialog.page.steps.toPlainText()
    assert shop.dialog.download.isHidden(), "there is nothing to download of it"
    shop.click(shop.dialog.cancel_button)
    shop.until(lambda: shop.said.startswith("Cancelled."), "the end")
    assert not list((home / "models").rglob("*.onnx"))
    shop.dialog.select("toy")
    shop.click(shop.dialog.download)
    shop.until(lambda: "is installed" in shop.said, "the rest")
    assert (home / "models" / "toy" / "toy.onnx").read_bytes() == big
    assert [a.range for a in web.asked] == [None, f"bytes={CUT_BYTES}-"], "it went on where it was"


def test_trouble_is_said_and_can_be_tried_again(shop: Shop, web: ModelServer, big: bytes) -> None:
    web.serve("big.onnx", b"<html>sign in</html>" + big[20:])
    shop.click(shop.dialog.download)
    shop.until(lambda: "a web page in place of the model" in shop.said, "the fault")
    assert shop.dialog.page.said.property("warn") is True
    web.serve("big.onnx", big)
    shop.click(shop.dialog.download)
    shop.until(lambda: "is installed" in shop.said, "the download")


def test_the_list_can_be_narrowed(shop: Shop) -> None:
    which = shop.dialog.which
    for text, titles in (
        ("For one eye", ["To be made"]),
        ("For two eyes", ["Toy of two"]),
        ("For 360° photos", []),
        ("Installed", []),
        ("All models", ["Toy of two", "To be made"]),
    ):
        index = which.findText(text)
        which.setCurrentIndex(index)
        which.activated.emit(index)
        assert shop.titles == titles
    assert shop.dialog.model is not None


def test_every_shipped_model_has_a_page(nothing_left: None, qtbot: QtBot) -> None:
    catalogue = shipped_catalogue()
    shop = Shop(qtbot, catalogue)
    try:
        for row, model in enumerate(catalogue.models):
            shop.dialog.list.setCurrentRow(row)
            assert shop.dialog.page.title.text() == model.title
            assert model.terms in shop.dialog.page.licence.text()
            chosen: RemoteVariant | None = model.choose() if model.variants else None
            assert shop.dialog.page.variant.currentData() == (chosen.label if chosen is not None else None)
            assert shop.dialog.page.steps.isHidden() == bool(model.variants)
    finally:
        shop.leave()


def test_what_was_downloaded_can_be_chosen_at_once(
    new_window: NewWindow, photo: Path, web: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the model chooser to the catalogue and back, in the whole window."""
    body = graphs.pair_graph(tmp_path / "made.onnx").read_bytes()
    web.serve("toy.onnx", body)
    toy = entry(RemoteFile("toy_32x64.onnx", web.url("toy.onnx"), len(body), sha256(body)))
    monkeypatch.setattr(fetching, "shipped_catalogue", lambda: Catalogue((toy,)))
    at = new_window()
    at.open(photo)
    at.until_models_are_listed()
    chooser = at.workspace.inspector.models.model
    before = chooser.currentText()
    at.choose(chooser, "More models…")
    dialog = at.window.fetching.dialog
    assert dialog is not None
    assert chooser.currentText() == before, "it is no model"
    at.until(lambda: dialog.list.count() == 1, "the list")
    at.until(dialog.download.isEnabled, "a download to be offered")
    QTest.mouseClick(dialog.download, Qt.MouseButton.LeftButton)
    at.until(lambda: "is installed" in dialog.page.said.text(), "the download")
    at.until(lambda: "toy" in at.entries(chooser), "the new model in the list")


def test_closing_the_window_ends_a_download(
    new_window: NewWindow, web: ModelServer, big: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.serve("big.onnx", big, cuts=[CUT_BYTES], stall=True)
    toy = entry(RemoteFile("toy.onnx", web.url("big.onnx"), len(big), sha256(big)))
    monkeypatch.setattr(fetching, "shipped_catalogue", lambda: Catalogue((toy,)))
    at = new_window()
    at.do("more_models")
    dialog = at.window.fetching.dialog
    assert dialog is not None
    at.until(dialog.download.isEnabled, "a download to be offered")
    QTest.mouseClick(dialog.download, Qt.MouseButton.LeftButton)
    at.until(lambda: dialog.page.said.text().startswith("toy.onnx, MB"), "progress")
    at.until(lambda: fetched_bytes(home) == CUT_BYTES, "all that comes")
    at.close()
    assert fetched_bytes(home) == CUT_BYTES
