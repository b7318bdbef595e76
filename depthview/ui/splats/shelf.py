"""Files on their way to the stage: read one after another, beside the window, each as a job."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from depthview.engine.errors import UserError
from depthview.engine.splats.editing.selection import Filters
from depthview.engine.splats.scene import SplatScene
from depthview.ui.jobs import Job, Jobs
from depthview.ui.places import Spec
from depthview.ui.splats.items import Item, beside
from depthview.ui.splats.loading import Loaded, read
from depthview.ui.splats.stage import Stage
from depthview.ui.splats_memory import Stand
from depthview.ui.welcome import spec_title


class Shelf(QObject):
    """Signals: `came(Item)` once it stands there, `failed(UserError, spec)`, `changed` when it rests or reads."""

    came = Signal(object)
    failed = Signal(object, object)
    changed = Signal()

    def __init__(self, jobs: Jobs, stage: Stage, stand_of: Callable[[Spec], Stand], parent: QObject) -> None:
        """`stand_of`: what is remembered of where a file's scene stands."""
        super().__init__(parent)
        self._jobs, self._stage, self._stand_of = jobs, stage, stand_of
        self._waiting: list[Spec] = []
        self._job: Job | None = None
        self._replaces = False
        """Whether what comes next takes the place of all that stands there."""

    @property
    def reading(self) -> bool:
        return self._job is not None

    def open(self, specs: Sequence[Spec], *, replaces: bool) -> None:
        """Read these, each beside the one before; `replaces`: in the place of what stands there, once the first is
        read. What was on its way is forgotten then."""
        if replaces:
            self.stop()
            self._replaces = True
        self._waiting += specs
        if self._job is None:
            self._next()

    def stop(self) -> None:
        """Nothing more comes."""
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _next(self) -> None:
        if not self._waiting:
            self.changed.emit()
            return
        spec = self._waiting.pop(0)
        path = Path(spec[0])

        def done(loaded: Loaded) -> None:
            if self._ends(job):
                self._put(spec, loaded)
                self._next()

        def failed(error: UserError) -> None:
            if self._ends(job):
                self.failed.emit(error, spec)
                self._next()

        def stopped() -> None:
            if self._ends(job):
                self._next()

        job = self._jobs.run(spec_title(spec), lambda report, stop: read(path, report, stop), done, failed, stopped)
        self._job = job
        self.changed.emit()

    def _ends(self, job: Job) -> bool:
        """Whether this was the one that is waited for."""
        if job is not self._job:
            return False
        self._job = None
        return True

    def _put(self, spec: Spec, loaded: Loaded) -> None:
        others = () if self._replaces else self._stage.items
        if self._replaces:
            self._stage.set_filters(Filters())  # a box around what was there would cut what comes
        self._replaces = False
        stand = beside(self._stand_of(spec), loaded.facts, others)
        number, title, what = self._stage.next_number(), spec_title(spec), loaded.what
        whole = what if isinstance(what, SplatScene) else None
        item = Item(number, title, spec, what, loaded.facts, stand, whole=whole)
        self._stage.show((*others, item))
        self.came.emit(item)
