"""What the window asks of each of its places. What happens inside one, the window does not know."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QWidget

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.ui.actions import WindowState
from depthview.ui.errands import Errands
from depthview.ui.jobs import Jobs
from depthview.ui.keeping import Keeper
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.settings import Preferences

Spec = tuple[str, ...]
"""One or two files, addresses or cameras."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the window lends to its places. `preferences` gives those in force at that moment."""

    window: QWidget
    actions: Mapping[str, QAction]
    errands: Errands
    jobs: Jobs
    keeper: Keeper
    preferences: Callable[[], Preferences]


class Workspace(Protocol):
    """Where the work of a place is done: panes, and an inspector of what can be turned."""

    @property
    def panes(self) -> PaneArea: ...

    @property
    def inspector(self) -> QWidget: ...

    def reset_3d(self) -> None: ...

    def grab_pane(self) -> QImage | None: ...


class Place(QObject):
    """One of the window's places. This one can do nothing; each real one says what it can.

    Signals: `changed` when something that the window asks for is another now, `failed(UserError)` after something that
    the person did, `news(sentence, trouble)`, `opened(spec)` once it is known that it can be opened, and
    `remembered(change)` with a function from the Preferences in force to those that are to be.
    """

    changed = Signal()
    failed = Signal(object)
    news = Signal(str, bool)
    opened = Signal(object)
    remembered = Signal(object)

    name = ""
    """Also of the action that goes there, after `go_`, and what an action's `place` says that belongs here."""
    spec: Spec = ()
    """What is open."""
    page: QWidget
    """What stands in the window."""
    workspace: Workspace | None = None
    """Where the work is done; made when there is first something to do."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.window)
        self.host = host

    # What the window shows

    @property
    def state(self) -> WindowState:
        """What decides whether an action can be done."""
        return WindowState()

    @property
    def fault(self) -> UserError | None:
        """What is wrong until it is solved."""
        return None

    @property
    def remedy(self) -> QAction | None:
        """What can be done about it at one click."""
        return None

    @property
    def figures(self) -> str:
        """How it goes, for the status bar."""
        return ""

    @property
    def provider(self) -> str:
        """Which model runs, and on what."""
        return ""

    @property
    def pane_toggles(self) -> list[QAction]:
        """What shows and hides the panes."""
        return [pane.toggleViewAction() for pane in self.workspace.panes.panes] if self.workspace is not None else []

    @property
    def cloud(self) -> PointCloud | None:
        """What is shown here as points, for another place to show among its own."""
        return None

    def lend_cloud(self, lent: bool) -> None:
        """Whether another place shows the cloud of this one: then it goes on while the person is there."""

    # What the person does

    @property
    def sample(self) -> Spec:
        """What can be looked at when nobody has brought anything."""
        raise NotImplementedError

    def handlers(self) -> dict[str, Callable[..., None]]:
        """What the actions do that are of this place alone, by their names."""
        return {}

    def asking(self, name: str, *arguments: object) -> Callable[[], None]:
        """A handler that calls the workspace's method of that name, and does nothing where there is no workspace."""

        def ask() -> None:
            if self.workspace is not None:
                getattr(self.workspace, name)(*arguments)

        return ask

    def open(self, spec: Spec) -> None:
        """Open `spec`, and show it."""
        raise NotImplementedError

    def open_each(self, specs: Sequence[Spec]) -> None:
        """Open several things, and show them, or the last."""
        for spec in specs:
            self.open(spec)

    def enter(self) -> None:
        """The person came here."""

    def leave(self) -> None:
        """The person went to another place: nothing has to move on here."""

    def add_models(self, paths: list[Path]) -> None:
        """Use ONNX files as models."""

    def list_models_anew(self) -> None:
        """A model was downloaded or removed."""

    def fit(self) -> None:
        """Show the whole of each picture."""

    def reset_3d(self) -> None:
        """Look at the scene as at first."""
        if self.workspace is not None:
            self.workspace.reset_3d()

    def show_inspector(self, shown: bool) -> None:
        """Show or hide what can be turned."""
        if self.workspace is not None:
            self.workspace.inspector.setVisible(shown)

    def reset_layout(self) -> None:
        """Every pane in its first place."""
        if self.workspace is not None:
            self.workspace.panes.arrange()

    def grab_pane(self) -> QImage | None:
        """The pane under the mouse as a picture; None where there are no panes."""
        return self.workspace.grab_pane() if self.workspace is not None else None

    @property
    def export_stem(self) -> str:
        """What a file of plain values is called; empty while there is nothing to export."""
        return ""

    def export(self, path: Path, kind: str) -> None:
        """Write what is on the screen."""

    # The end

    def end(self) -> QByteArray:
        """Tell everything to end, and wait for nothing; how the panes are arranged, to be kept."""
        return QByteArray()

    def close(self, deadline: float) -> bool:
        """End before `deadline`, of time.monotonic(); True when nothing is left behind."""
        return True
