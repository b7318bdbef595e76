"""What a job makes, as it comes: the points and cameras of its photos, then one checkpoint after another."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from depthview.engine.capture.jobs.checkpoints import Checkpoint, forget_older
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.watched import Watched
from depthview.engine.capture.poses.frustums import Frustums
from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.splats.editing.selection import Filters
from depthview.engine.splats.scene import SplatScene
from depthview.ui.errands import Errands
from depthview.ui.splats.items import Facts, Item, beside
from depthview.ui.splats.loading import Loaded
from depthview.ui.splats.stage import Stage
from depthview.ui.splats.trained_reading import Posed, read_cameras, read_checkpoint
from depthview.ui.splats_memory import Stand

if TYPE_CHECKING:
    from depthview.ui.capture.desk import CaptureDesk
    from depthview.ui.scene.splat_pane import SplatPane

T = TypeVar("T")


class TrainedScene(QObject):
    """Keeps one item on the stage: what there is of the job that `desk` watches. Make it after `stage.drawn_changed` is
    connected to what hands over to the pane: it goes on where that has shown something.

    Each newest checkpoint takes the item's place under its number, so that camera, filters and stand stay; only then
    older ones are removed. A person who takes the item out, or opens something in its place, ends that until
    `show_checkpoint` is called, or another job is watched. Where other items stand, a job comes only when it is asked
    for, and then in their place: how large its scene is beside them nobody knows.

    Signals: `changed` when `shown` or `follows` is another, `failed(UserError)`.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        desk: "CaptureDesk",
        stage: Stage,
        errands: Errands,
        stand_of: Callable[[str], Stand],
        parent: QObject,
    ) -> None:
        """`stand_of`: what is remembered of where the scene of a job's folder stands; as on the first day, it stands as
        its cameras tell."""
        super().__init__(parent)
        self._desk, self._stage, self._errands, self._stand_of = desk, stage, errands, stand_of
        self._pane: SplatPane | None = None
        self._end = StopToken()
        self._busy = False
        self._turn = 0
        """Counts up where what is being read is not wanted any more."""
        self._cameras_shown = True
        self._number: int | None = None
        self._item: int | None = None
        self._item_is_of: int | None = None
        """The job: while another one has nothing to show yet, the one before still stands there."""
        self._posed: Posed | None = None
        self._scene: SplatScene | None = None
        self._wanted: Checkpoint | None = None
        """Which one the person asked for; None: the newest."""
        self._failed: set[Path] = set()
        self._placed: tuple[Frustums, Stand] | None = None
        """The cameras that are seen, and where."""
        self._looked_at: int | None = None
        self._tidied: Checkpoint | None = None
        self._takes_over = False
        """Whether what comes next was asked for, and takes the place of all that stands there."""
        self.follows = True
        """Whether what comes is shown."""
        self.shown: Checkpoint | None = None
        """Whose splats the item holds."""
        self.keep_every_checkpoint = False
        desk.changed.connect(self._look)
        stage.changed.connect(self._notice)
        stage.drawn_changed.connect(self._go_on)
        self._look()

    def take_pane(self, pane: "SplatPane") -> None:
        """The cameras are shown in this one."""
        self._pane = pane
        self._show_cameras()

    def show_cameras(self, on: bool) -> None:
        """Whether the photos' cameras are seen."""
        self._cameras_shown = on
        self._show_cameras()

    def show_checkpoint(self, checkpoint: Checkpoint | None = None) -> None:
        """This one of the watched job, from now on; the newest one, or None: what there is of it, and what comes."""
        watched = self._desk.now.watched
        is_newest = watched is not None and watched.checkpoints[-1:] == (checkpoint,)
        self._wanted, self.follows = None if is_newest else checkpoint, True
        self._takes_over = self.item is None or self._item_is_of != self._number
        self._failed.clear()
        self._look()
        self.changed.emit()

    def expect_job(self) -> None:
        """A job was begun: what comes of it is asked for."""
        self._takes_over = True

    @property
    def item(self) -> Item | None:
        """What stands on the stage."""
        return self._stage.find(self._item) if self._item is not None else None

    def end(self) -> None:
        """Begin nothing any more."""
        self._end.stop()

    # What comes from the job

    def _look(self) -> None:
        """See what there is to be shown, one piece after the other."""
        now = self._desk.now
        if self._item is not None and all(job.id != self._item_is_of for job in now.jobs):
            self._take_out()  # the job was deleted
        watched = now.watched
        if watched is None or self._end.stopped:
            return
        job = next((job for job in now.jobs if job.id == watched.number), None)
        if job is None:
            return
        if watched.number != self._number:
            self._turn_to(job, watched)
        elif not watched.checkpoints and self._wanted is None:
            self.shown = None  # it learns anew, and the next file may have a name that was here before
            if watched.cameras is None and self._posed is not None:
                self._forget()  # with other cameras comes another scene
                self._take_out()
        if not self.follows:
            return
        self._name(job)
        checkpoint = self._wanted or (watched.checkpoints[-1] if watched.checkpoints else None)
        if self._busy:
            pass
        elif watched.cameras is not None and self._posed is None and watched.cameras not in self._failed:
            folder = watched.cameras
            self._read(folder, lambda: read_cameras(folder), lambda posed: self._take_posed(job, posed))
        elif checkpoint is not None and checkpoint != self.shown and checkpoint.path not in self._failed:
            path, found = checkpoint.path, checkpoint
            self._read(
                path, lambda: read_checkpoint(path, self._end), lambda loaded: self._take_splats(job, found, loaded)
            )

    def _turn_to(self, job: Job, watched: Watched) -> None:
        self.follows = self._takes_over or not self._others()
        self._number, self._wanted = job.id, None
        self._forget()
        if self.follows and watched.cameras is None and not watched.checkpoints:
            self._take_out()

    def _forget(self) -> None:
        self._turn += 1
        self._posed = self._scene = self.shown = self._tidied = None
        self._failed.clear()

    def _read(self, path: Path, work: Callable[[], T], take: Callable[[T], None]) -> None:
        turn, self._busy = self._turn, True

        def done(found: T) -> None:
            self._busy = False
            if turn == self._turn and self.follows:
                take(found)
            self._look()

        def failed(error: UserError) -> None:
            self._busy = False
            if turn == self._turn and not self._end.stopped:
                self._failed.add(path)
                if path.exists():  # else it was removed meanwhile: there is a newer one
                    self.failed.emit(error)
            self._look()

        self._errands.run("trained", work, done, failed)

    def _take_posed(self, job: Job, posed: Posed) -> None:
        self._posed = posed
        item = self.item
        if item is None or self._item_is_of != job.id:
            self._put(job, posed.points, posed.facts)
        else:  # they could not be read before
            self._stage.change(replace(item, cameras=posed.cameras))

    def _take_splats(self, job: Job, checkpoint: Checkpoint, loaded: Loaded) -> None:
        self.shown = checkpoint
        self._scene = loaded.what if isinstance(loaded.what, SplatScene) else None
        item = self.item
        if item is None or self._item_is_of != job.id:
            self._put(job, loaded.what, loaded.facts)
        else:
            # The extent is what it was turned about: it stays.
            facts = replace(loaded.facts, extent=item.facts.extent)
            self._stage.change(replace(item, what=loaded.what, whole=self._scene, facts=facts))
        self.changed.emit()

    # The stage

    def _put(self, job: Job, what: SplatScene | PointCloud, facts: Facts) -> None:
        """A new item, in the place of the one before."""
        items = () if self._takes_over else self._stage.items
        others = () if self._takes_over else self._others()
        self._takes_over = False
        if not others:
            self._stage.set_filters(Filters())  # a box around what was there would cut what comes
        folder = str(job.folder)
        stand, posed = self._stand_of(folder), self._posed
        new = Item(self._stage.next_number(), job.name, (), what, facts, whole=self._scene, job_folder=folder)
        if posed is not None:
            stand = posed.stand if stand == Stand() else stand
            new = replace(new, cameras=posed.cameras, first=posed.first)
        new = replace(new, stand=beside(stand, facts, others))
        place = next((place for place, item in enumerate(items) if item.number == self._item), len(items))
        self._item, self._item_is_of = new.number, job.id
        self._stage.show((*others[:place], new, *others[place:]))

    def _others(self) -> tuple[Item, ...]:
        return tuple(item for item in self._stage.items if item.number != self._item)

    def _take_out(self) -> None:
        number, self._item, self._item_is_of = self._item, None, None
        if number is not None:
            self._scene = self.shown = None
            self._stage.show(tuple(item for item in self._stage.items if item.number != number))

    def _name(self, job: Job) -> None:
        item = self.item
        if item is not None and self._item_is_of == job.id and item.title != job.name:
            self._stage.change(replace(item, title=job.name))

    def _notice(self) -> None:
        """A person may have taken it out."""
        if self._item is not None and self.item is None:
            self._item = self._item_is_of = None
            self._forget()
            self.follows = False
            self.changed.emit()

    # The pane

    def _go_on(self) -> None:
        """What was asked for is shown now."""
        self._show_cameras()
        item = self._drawn_item()
        if item is None:
            return
        if item.number != self._looked_at:
            self._looked_at = item.number
            alone = sum(other.visible for other in self._stage.drawn.items) == 1
            if alone and item.first is not None and self._pane is not None:
                self._pane.stand_first(item.placed_first)
        if item.scene is not None and item.visible and item.whole is self._scene:
            self._tidy()

    def _show_cameras(self) -> None:
        if self._pane is None:
            return
        item = self._drawn_item()
        if item is None or item.cameras is None or not item.visible or not self._cameras_shown:
            self._placed = None
            self._pane.show_frustums(None)
        elif self._placed is None or self._placed[0] is not item.cameras or self._placed[1] != item.stand:
            self._placed = item.cameras, item.stand
            self._pane.show_frustums(item.placed_cameras)

    def _drawn_item(self) -> Item | None:
        return next((item for item in self._stage.drawn.items if item.number == self._item), None)

    def _tidy(self) -> None:
        """What came before the newest one is not needed any more."""
        watched, shown = self._desk.now.watched, self.shown
        job = next((job for job in self._desk.now.jobs if job.id == self._item_is_of), None)
        if watched is None or job is None or shown is None or watched.number != job.id or self.keep_every_checkpoint:
            return
        if self._wanted is None and shown != self._tidied and len(watched.checkpoints) > 1:
            self._tidied = shown
            folder, path = job.folder, shown.path
            self._errands.run("tidy", lambda: forget_older(folder, path), lambda _none: None, self.failed.emit)
