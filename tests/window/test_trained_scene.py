"""A job's scene in the real window, as its folder grows: points and cameras, checkpoints, and what a person does."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.capture.jobs.checkpoints import Checkpoint, checkpoints
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.session import JobsNow
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.watched import Watched
from depthview.engine.splats.editing.selection import Filters
from depthview.engine.splats.quaternions import rotations
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.splats.items import Item
from depthview.ui.splats.trained_scene import TrainedScene
from depthview.ui.splats_memory import Stand
from tests.engine.capture.circling import circle, write_dense
from tests.window.driver import Driver
from tests.window.splats_driver import SplatsDriver, write_ball, write_splats

_TURNED = rotations(np.array([0.8, 0.36, 0.0, 0.48]))
_CHANCE = np.random.default_rng(5)
POINTS = np.ascontiguousarray(_CHANCE.uniform(-0.6, 0.6, (300, 3)) @ _TURNED.T, np.float32)


def job_row(number: int, folder: Path, name: str, state: State = State.TRAINING) -> Job:
    return Job(number, name, folder, 0.0, state, 50.0, None, "", False, None, None, "", "", None, None, 0)


@dataclass
class FakeJob:
    """The folder of a job, with real files in it, and what the window is told of it."""

    row: Job
    watched: Watched = field(init=False)

    def __post_init__(self) -> None:
        self.watched = Watched(self.row.id)

    def pose(self) -> None:
        """COLMAP's axes are as they happened to be."""
        dense = write_dense(self.row.folder / "dense", circle(9, turn=_TURNED), POINTS)
        self.watched = replace(self.watched, cameras=dense)

    def train(self, iteration: int, count: int = 200) -> Checkpoint:
        folder = self.row.folder / "checkpoints"
        folder.mkdir(parents=True, exist_ok=True)
        xyz = np.random.default_rng(iteration).uniform(-0.5, 0.5, (count, 3))
        write_splats(folder / f"splats_{iteration:06}.ply", xyz, sizes=(0.05,) * 3)
        self.watched = replace(self.watched, checkpoints=checkpoints(self.row.folder))
        return next(one for one in self.watched.checkpoints if one.iteration == iteration)


class Hands(SplatsDriver):
    """In Splats, where a hand-made desk tells of jobs."""

    def __init__(self, at: Driver, folder: Path, *, tells_first: bool = False) -> None:
        super().__init__(at)
        self.folder, self.jobs = folder, dict[int, FakeJob]()
        self.desk._closed = True  # it looks at no list of its own: what it tells is said here
        if tells_first:
            job = self.job()
            job.pose()
            self.tell(job)
        at.do("go_splats")
        at.window.splats._ensure_workspace()
        self.faults: list[str] = []
        """Not the errors themselves: their tracebacks would hold the window."""
        self.trained.failed.connect(lambda error: self.faults.append(str(error)))

    @property
    def desk(self) -> CaptureDesk:
        return self.at.window.splats.capturing.desk

    @property
    def trained(self) -> TrainedScene:
        return self.workspace.trained

    @property
    def item(self) -> Item:
        found = self.trained.item
        assert found is not None
        return found

    def job(self, number: int = 1, name: str = "Garden", state: State = State.TRAINING) -> FakeJob:
        self.jobs[number] = FakeJob(job_row(number, self.folder / str(number), name, state))
        return self.jobs[number]

    def tell(self, job: FakeJob | None) -> None:
        """What the session would find; `job` is the one that is looked at."""
        rows = tuple(one.row for one in self.jobs.values())
        self.desk.now = JobsNow(rows, job.watched if job is not None else None)
        self.desk.changed.emit()

    def until_rests(self) -> None:
        def rests() -> bool:
            return not self.trained._busy and self.workspace.stage.settled

        self.at.until(rests, "all work to be done")

    def until_shown(self, checkpoint: Checkpoint) -> None:
        self.at.until(lambda: self.trained.shown == checkpoint, f"iteration {checkpoint.iteration}")
        self.until_rests()

    def until_left(self, folder: Path, *iterations: int) -> None:
        def left() -> bool:
            return tuple(one.iteration for one in checkpoints(folder)) == iterations

        self.at.until(left, f"only {iterations} to be left")


@pytest.fixture
def hands(at: Driver, tmp_path: Path) -> Hands:
    return Hands(at, tmp_path)


@pytest.fixture
def posed(hands: Hands) -> FakeJob:
    """A job whose points and cameras are in the pane."""
    job = hands.job()
    job.pose()
    hands.tell(job)
    hands.at.until(lambda: hands.trained.item is not None, "the points")
    hands.until_rests()
    return job


def test_what_was_there_before_the_workspace_comes_too(at: Driver, tmp_path: Path) -> None:
    hands = Hands(at, tmp_path, tells_first=True)
    hands.at.until(lambda: hands.trained.item is not None, "the points")
    hands.until_rests()


def up_in_the_world(hands: Hands) -> NDArray[np.float64]:
    """Where the cameras' up has come."""
    return hands.item.placement.rotation @ _TURNED @ (0.0, -1.0, 0.0)


def test_first_come_the_points_upright_and_the_cameras_round_them(hands: Hands, posed: FakeJob) -> None:
    assert hands.item.title == "Garden"
    assert len(hands.item) == 300
    np.testing.assert_allclose(up_in_the_world(hands), (0, -1, 0), atol=1e-5)
    frustums = hands.pane.frustums
    assert frustums is not None
    assert frustums.names == tuple(f"{i:02}.jpg" for i in range(9))
    np.testing.assert_allclose(frustums.tips[:, 1], frustums.tips[0, 1], atol=1e-4)
    np.testing.assert_allclose(hands.pane._clouds.sample(), hands.item.placement.to_world(POINTS), atol=1e-5)


def test_the_first_look_is_along_a_photos(hands: Hands, posed: FakeJob) -> None:
    frustums, sight = hands.pane.frustums, hands.pane.sight()
    assert frustums is not None
    forward = sight.ray(50, 50, (100, 100))
    angles = [np.degrees(np.arccos(np.clip(forward @ frustums.forward(i), -1, 1))) for i in range(9)]
    which = int(np.argmin(angles))
    assert angles[which] < 0.1
    beside = np.linalg.norm(np.cross(frustums.tips[which] - sight.eye_m, forward))
    assert beside < 1e-3, "the photo's own place, or behind it"
    first = hands.pane.camera
    hands.pane.set_camera(replace(first, yaw_deg=first.yaw_deg + 50))
    hands.at.do("reset_3d")
    assert hands.pane.camera == first


def test_checkpoints_take_the_points_place_and_nothing_moves(hands: Hands, posed: FakeJob) -> None:
    number, stand = hands.item.number, replace(hands.item.stand, shift=(0.3, 0.0, 0.1), scale=1.5)
    hands.workspace.stage.change(replace(hands.item, stand=stand))
    camera = replace(hands.pane.camera, distance_m=2.5, yaw_deg=12.0)
    hands.pane.set_camera(camera)
    for iteration, count in ((100, 200), (200, 350)):
        hands.until_shown(told(hands, posed, iteration, count))
        assert (hands.item.number, len(hands.item), hands.item.title) == (number, count, "Garden")
        assert hands.item.stand == stand
        assert hands.pane.camera == camera
        assert hands.pane.splats is not None
        assert len(hands.pane.splats) == count
        assert len(hands.pane._clouds.sample()) == 0
    filters = Filters(least_opacity=0.5)
    hands.workspace.stage.set_filters(filters)
    hands.until_shown(told(hands, posed, 300))
    assert hands.workspace.stage.filters == filters
    assert len(hands.kept) == 180
    frustums = hands.pane.frustums
    assert frustums is not None
    np.testing.assert_allclose(frustums.tips, hands.item.placement.to_world(hands.item.cameras.tips), atol=1e-9)


def told(hands: Hands, job: FakeJob, iteration: int, count: int = 200) -> Checkpoint:
    checkpoint = job.train(iteration, count)
    hands.tell(job)
    return checkpoint


def test_an_older_one_is_removed_when_the_newer_is_seen_and_not_before(hands: Hands, posed: FakeJob) -> None:
    folder = posed.row.folder
    hands.until_shown(told(hands, posed, 100))
    broken = folder / "checkpoints" / "splats_000200.ply"
    broken.write_bytes(b"ply\nnot one\n")
    posed.watched = replace(posed.watched, checkpoints=checkpoints(folder))
    hands.tell(posed)
    hands.at.until(lambda: bool(hands.faults), "the fault to be told")
    hands.until_rests()
    hands.tell(posed)
    hands.until_rests()
    assert len(hands.faults) == 1, "once"
    assert [one.iteration for one in checkpoints(folder)] == [100, 200], "what is shown stays"
    hands.until_shown(told(hands, posed, 300))
    hands.until_left(folder, 300)


def test_while_it_is_hidden_nothing_counts_as_seen(hands: Hands, posed: FakeJob) -> None:
    hands.until_shown(told(hands, posed, 100))
    hands.workspace.stage.set_visible(hands.item.number, False)
    hands.until_shown(told(hands, posed, 200))
    hands.at.window.errands.run("after", lambda: None, lambda _none: hands.desk.setObjectName("after"), print)
    hands.at.until(lambda: hands.desk.objectName() == "after", "what was begun before")
    assert [one.iteration for one in checkpoints(posed.row.folder)] == [100, 200]
    hands.workspace.stage.set_visible(hands.item.number, True)
    hands.until_left(posed.row.folder, 200)


def test_with_every_checkpoint_kept_an_older_one_can_be_looked_at(hands: Hands, posed: FakeJob) -> None:
    hands.trained.keep_every_checkpoint = True
    first = told(hands, posed, 100, 210)
    hands.until_shown(first)
    hands.until_shown(told(hands, posed, 200, 220))
    camera = hands.pane.camera
    hands.trained.show_checkpoint(first)
    hands.until_shown(first)
    assert len(hands.item) == 210
    last = told(hands, posed, 300, 230)
    hands.until_rests()
    assert hands.trained.shown == first, "what was asked for stays"
    hands.trained.show_checkpoint(last)
    hands.until_shown(last)
    hands.until_shown(told(hands, posed, 400, 240))
    assert hands.pane.camera == camera
    assert [one.iteration for one in checkpoints(posed.row.folder)] == [100, 200, 300, 400]


def test_who_takes_it_out_is_left_alone_until_asking_again(hands: Hands, posed: FakeJob) -> None:
    hands.until_shown(told(hands, posed, 100))
    hands.workspace.remove(hands.item.number)
    hands.until_rests()
    assert hands.pane.frustums is None
    newest = told(hands, posed, 200)
    hands.until_rests()
    assert hands.items == ()
    assert not hands.trained.follows
    hands.trained.show_checkpoint(newest)
    hands.until_shown(newest)
    assert hands.item.cameras is not None
    assert hands.pane.frustums is not None


def test_the_points_come_back_when_asked_for_without_a_checkpoint(hands: Hands, posed: FakeJob) -> None:
    hands.workspace.remove(hands.item.number)
    hands.trained.show_checkpoint()
    hands.at.until(lambda: hands.trained.item is not None, "the points")
    assert len(hands.item) == 300


def test_views_and_stand_are_remembered_under_the_job(hands: Hands, posed: FakeJob) -> None:
    hands.workspace.camera.save("The gate")
    hands.at.choose(hands.inspector.scenes.stand.up, hands.inspector.scenes.stand.up.itemText(1))
    hands.until_rests()
    turned = hands.item.stand.turn_deg
    hands.until_shown(told(hands, posed, 100))
    assert [view.name for view in hands.workspace.camera.memory.views] == ["The gate"]
    other = hands.job(2, "House")
    hands.tell(other)
    hands.until_rests()
    hands.tell(posed)
    hands.at.until(lambda: hands.trained.item is not None, "the scene again")
    hands.until_rests()
    assert hands.item.stand.turn_deg == turned
    assert [view.name for view in hands.workspace.camera.memory.views] == ["The gate"]


def test_another_job_takes_the_place_of_the_one_before(hands: Hands, posed: FakeJob) -> None:
    before = hands.item.number
    other = hands.job(2, "House")
    hands.tell(other)
    hands.at.until(lambda: hands.items == (), "nothing: there is none of it yet")
    other.pose()
    hands.tell(other)
    hands.until_settled("House")
    assert hands.item.number != before
    assert hands.pane.frustums is not None
    np.testing.assert_allclose(hands.pane.frustums.tips.mean(axis=0), hands.item.placed_cameras.tips.mean(axis=0))


def test_among_others_a_job_comes_when_asked_for_and_in_their_place(hands: Hands, posed: FakeJob, ball: Path) -> None:
    hands.workspace.open([(str(ball),)], replaces=False)
    hands.until_settled("Garden", "ball.ply")
    other = hands.job(2, "House")
    other.pose()
    hands.tell(other)
    hands.until_rests()
    assert [item.title for item in hands.items] == ["Garden", "ball.ply"], "looking at its curves takes nothing away"
    hands.trained.show_checkpoint()
    hands.until_settled("House")
    first = hands.item.placed_first
    assert first is not None
    eye = hands.pane.sight().eye_m
    np.testing.assert_allclose(eye, first.eye, atol=1e-3)


def test_a_job_that_is_begun_takes_the_place_of_what_stands_there(hands: Hands, ball: Path) -> None:
    hands.open(ball)
    job = hands.job()
    hands.trained.expect_job()
    hands.tell(job)
    hands.until_rests()
    assert [item.title for item in hands.items] == ["ball.ply"], "until there is something of it"
    job.pose()
    hands.tell(job)
    hands.until_settled("Garden")


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    return write_ball(tmp_path / "ball.ply")


def test_a_file_opened_in_its_place_stays_alone(hands: Hands, posed: FakeJob, ball: Path) -> None:
    hands.open(ball)
    told(hands, posed, 100)
    hands.until_rests()
    assert [item.title for item in hands.items] == ["ball.ply"]
    assert hands.pane.frustums is None


@pytest.mark.parametrize("state", [State.DONE, State.TRAINING])
def test_a_job_of_yesterday_does_not_come_unasked_among_files(hands: Hands, ball: Path, state: State) -> None:
    hands.open(ball)
    job = hands.job(state=state)
    job.pose()
    checkpoint = told(hands, job, 100)
    hands.until_rests()
    assert [item.title for item in hands.items] == ["ball.ply"]
    hands.trained.show_checkpoint(checkpoint)
    hands.until_shown(checkpoint)
    assert [item.title for item in hands.items] == ["Garden"]


def test_a_deleted_job_goes_from_the_pane_and_its_files_are_not_held(hands: Hands, posed: FakeJob) -> None:
    checkpoint = told(hands, posed, 100)
    hands.until_shown(checkpoint)
    whole = hands.item.whole
    assert whole is not None
    for numbers in (whole.xyz, whole.sh_rest, whole.rotation):
        assert numbers.base is None or isinstance(numbers.base, np.ndarray)
        assert numbers.flags.owndata or numbers.base.flags.owndata, "no view into a mapped file"
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert checkpoint.path.name not in maps.read_text()
    del hands.jobs[1]
    hands.tell(None)
    hands.until_rests()
    assert hands.items == ()


def test_a_job_that_begins_anew_brings_its_new_scene(hands: Hands, posed: FakeJob) -> None:
    hands.until_shown(told(hands, posed, 100))
    number, before = hands.item.number, posed.watched
    posed.watched = Watched(1)
    hands.tell(posed)
    hands.until_rests()
    assert hands.items == ()
    posed.watched = replace(before, checkpoints=())
    hands.tell(posed)
    hands.at.until(lambda: hands.trained.item is not None, "the points")
    assert hands.item.number != number
    hands.until_shown(told(hands, posed, 100, 123))
    assert len(hands.item) == 123, "the file of the same name is another"


def test_a_new_name_is_told(hands: Hands, posed: FakeJob) -> None:
    posed.row = replace(posed.row, name="The garden in May")
    hands.tell(posed)
    hands.until_settled("The garden in May")


def test_cameras_can_be_switched_off_and_go_with_their_scene(hands: Hands, posed: FakeJob) -> None:
    hands.workspace.show_cameras(False)
    assert hands.pane.frustums is None
    hands.workspace.show_cameras(True)
    assert hands.pane.frustums is not None
    hands.workspace.stage.set_visible(hands.item.number, False)
    hands.until_rests()
    assert hands.pane.frustums is None


def test_damaged_cameras_are_told_once_and_the_splats_come_all_the_same(hands: Hands) -> None:
    job = hands.job()
    job.pose()
    cameras = job.row.folder / "dense" / "sparse" / "cameras.bin"
    whole = cameras.read_bytes()
    cameras.write_bytes(b"\x09")
    hands.until_shown(told(hands, job, 100))
    assert len(hands.faults) == 1
    assert hands.item.stand == Stand()
    assert hands.pane.frustums is None
    assert len(hands.item) == 200
    cameras.write_bytes(whole)
    hands.trained.show_checkpoint()
    hands.at.until(lambda: hands.pane.frustums is not None, "the cameras, once they can be read")
