"""Training learns, is the same every time, and goes on as if nothing had happened."""

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from depthview.engine.capture.poses.posed import PosedPhotos
from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.scene import SplatScene

torch = pytest.importorskip("torch")

from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from depthview.engine.capture.poses.camera import Camera  # noqa: E402
from depthview.engine.capture.rasterizers.base import Colour, Rendering  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from depthview.engine.capture.training import running  # noqa: E402
from depthview.engine.capture.training.curve import read_curve  # noqa: E402
from depthview.engine.capture.training.evaluation import measure  # noqa: E402
from depthview.engine.capture.training.files import PROGRESS, STATE, checkpoint_path  # noqa: E402
from depthview.engine.capture.training.loop import Training  # noqa: E402
from depthview.engine.capture.training.photos import load_photos  # noqa: E402
from depthview.engine.capture.training.running import Trained, train  # noqa: E402
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings  # noqa: E402
from depthview.engine.capture.training.state import load_state, save_state  # noqa: E402
from tests.engine.capture.small_training import small_photos, small_settings, small_training  # noqa: E402

BOTH = pytest.mark.parametrize("strategy", list(StrategyName))
LEARNT_DB = {StrategyName.MCMC: 21.0, StrategyName.CLASSIC: 20.4}
"""Measured: 21.8 and 20.9; with nothing added or taken away 20.2 and 16.2. With the gradient of one kind of numbers of
the wrong sign: places 17.4 and 20.2, sizes 16.1 and 15.7, turns 19.5 and 19.1, opacities 14.5 and 11.1, plain colours
19.1 and 17.6. Of the harmonics (22.0 and 20.8) it does not show in so short a training: test_rasterizer holds them."""


@pytest.fixture(scope="module")
def posed(tmp_path_factory: pytest.TempPathFactory) -> PosedPhotos:
    return small_photos(tmp_path_factory.mktemp("photos"))


def numbers(training: Training) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in training.state()[1].items()}


def assert_same(one: Training, other: Training) -> None:
    a, b = numbers(one), numbers(other)
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].tobytes() == b[name].tobytes(), name


@BOTH
def test_it_learns_photos_that_it_has_not_seen(posed: PosedPhotos, strategy: StrategyName) -> None:
    with ProcessorRasterizer(1) as rasterizer:
        training = small_training(posed, small_settings(300, strategy), rasterizer)
        held = training.photos.held_out
        assert [photo.name for photo in held] == ["0000.png", "0008.png"]
        assert not {photo.name for photo in held} & {photo.name for photo in training.photos.learnt}
        before = measure(training.gaussians, held, rasterizer, 1, "cpu")
        for _ in range(300):
            training.step()
        after = measure(training.gaussians, held, rasterizer, 1, "cpu")
    assert before is not None
    assert after is not None
    assert before.psnr < LEARNT_DB[strategy] - 3
    assert after.psnr > LEARNT_DB[strategy]
    assert after.ssim > before.ssim
    assert 150 < len(training.learnt) <= 600


@BOTH
def test_the_same_seed_gives_the_same_gaussians_with_any_threads(posed: PosedPhotos, strategy: StrategyName) -> None:
    made = []
    for threads in (1, 2):
        with ProcessorRasterizer(threads) as rasterizer:
            training = small_training(posed, small_settings(40, strategy), rasterizer)
            for _ in range(25):
                training.step()
            made.append(training)
    assert_same(*made)


def test_another_seed_gives_others(posed: PosedPhotos) -> None:
    with ProcessorRasterizer(1) as rasterizer:
        made = [small_training(posed, replace(small_settings(40), seed=seed), rasterizer) for seed in (0, 1)]
        for training in made:
            for _ in range(5):
                training.step()
    assert numbers(made[0])["gaussians.xyz"].tobytes() != numbers(made[1])["gaussians.xyz"].tobytes()


@BOTH
@pytest.mark.parametrize("exposures", [False, True])
def test_saved_and_restored_it_is_the_same_to_the_last_bit(
    posed: PosedPhotos, strategy: StrategyName, exposures: bool, tmp_path: Path
) -> None:
    settings = replace(small_settings(60, strategy), exposures=exposures, coarse_to_fine=True)
    with ProcessorRasterizer(1) as rasterizer:
        whole = small_training(posed, settings, rasterizer)
        for iteration in range(40):
            if iteration == 23:
                save_state(whole, 1.5, tmp_path / "saved.state")
            whole.step()
        other = small_training(posed, settings, rasterizer)
        assert load_state(other, tmp_path / "saved.state") == 1.5
        assert other.iteration == 23
        while other.iteration < 40:
            other.step()
    assert_same(whole, other)


def test_exposures_take_up_what_differs_between_photos_and_leave_the_scene_alone(tmp_path: Path) -> None:
    """Every second photo is half as bright: with exposures, their matrices say so."""
    import cv2

    posed = small_photos(tmp_path)
    dark = [photo for photo in posed.photos if int(photo.name[:4]) % 2]
    for photo in dark:
        cv2.imwrite(str(photo.picture), cv2.imread(str(photo.picture)) // 2)
    with ProcessorRasterizer(1) as rasterizer:
        training = small_training(posed, replace(small_settings(300), exposures=True), rasterizer)
        for _ in range(300):
            training.step()
    matrices = numbers(training)["exposures.matrices"]
    np.testing.assert_allclose(matrices.mean(axis=0), np.eye(3, 4), atol=1e-5)
    brightness = matrices[:, range(3), range(3)].mean(axis=1)
    is_dark = np.array([photo.name in {one.name for one in dark} for photo in training.photos.learnt])
    assert brightness[is_dark].max() < brightness[~is_dark].min()


class KilledError(Exception):
    """As when the process ends here: nothing is saved any more."""


def run(
    posed: PosedPhotos,
    settings: TrainingSettings,
    folder: Path,
    *,
    rasterizer: ProcessorRasterizer | None = None,
    stop_at: int | None = None,
    kill_at: int | None = None,
    said: list[str] | None = None,
) -> Trained:
    stop = StopToken()

    def report(progress: Progress) -> None:
        if stop_at is not None and progress.done >= stop_at:
            stop.stop()
        if progress.done == kill_at:
            raise KilledError

    say = (said if said is not None else []).append
    threads = torch.get_num_threads()
    try:
        with rasterizer or ProcessorRasterizer(1) as opened:
            return train(posed, settings, folder, opened, report=report, stop=stop, say=say)
    finally:
        torch.set_num_threads(threads)


def test_a_training_leaves_its_splats_its_curve_and_a_picture(posed: PosedPhotos, tmp_path: Path) -> None:
    trained = run(posed, small_settings(30), tmp_path)
    assert trained.splats == checkpoint_path(tmp_path, 30)
    scene = open_splats(trained.splats)
    assert isinstance(scene, SplatScene)
    assert len(scene) == trained.point.count
    points = read_curve(tmp_path / PROGRESS)
    assert points[-1] == trained.point
    assert [point.iteration for point in points] == list(range(1, 31))
    assert points[-1].psnr is not None
    assert points[0].psnr is not None
    assert points[-1].psnr > points[0].psnr
    assert (tmp_path / "held_out.png").stat().st_size > 1000


def test_stopped_and_called_again_it_ends_as_if_never_stopped(posed: PosedPhotos, tmp_path: Path) -> None:
    straight = run(posed, small_settings(30), tmp_path / "straight")
    said: list[str] = []
    for stop_at in (7, 16):
        with pytest.raises(Stopped):
            run(posed, small_settings(30), tmp_path / "often", stop_at=stop_at, said=said)
    often = run(posed, small_settings(30), tmp_path / "often", said=said)
    assert said == ["Going on after 7 iterations.", "Going on after 16 iterations."]
    assert often.splats.read_bytes() == straight.splats.read_bytes()
    curves = [read_curve(tmp_path / name / PROGRESS) for name in ("straight", "often")]
    assert [point.psnr for point in curves[0]] == [point.psnr for point in curves[1]]
    assert len(list((tmp_path / "often" / STATE).iterdir())) == 2


def test_killed_a_minute_is_lost_at_most_and_it_ends_as_if_never_killed(
    posed: PosedPhotos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An iteration takes 20 s here: 10 of learning, 10 of measuring."""
    clock = itertools.count(0, 10)
    monkeypatch.setattr(running, "time", SimpleNamespace(perf_counter=lambda: float(next(clock))))
    straight = run(posed, small_settings(30), tmp_path / "straight")
    said: list[str] = []
    for killed_at in (9, 11, 20):
        with pytest.raises(KilledError):
            run(posed, small_settings(30), tmp_path / "often", kill_at=killed_at, said=said)
        assert not list((tmp_path / "often").rglob(".depthview-*"))
    often = run(posed, small_settings(30), tmp_path / "often", said=said)
    assert said == [f"Going on after {iteration} iterations." for iteration in (6, 10, 19)]
    assert often.splats.read_bytes() == straight.splats.read_bytes()
    assert [point.psnr for point in read_curve(tmp_path / "often" / PROGRESS)] == [
        point.psnr for point in read_curve(tmp_path / "straight" / PROGRESS)
    ]


def test_called_again_when_done_it_does_nothing_again(posed: PosedPhotos, tmp_path: Path) -> None:
    first = run(posed, small_settings(12), tmp_path)
    written = first.splats.stat().st_mtime_ns
    assert run(posed, small_settings(12), tmp_path) == first
    assert first.splats.stat().st_mtime_ns == written


class Narrow(ProcessorRasterizer):
    """Has no memory for more than so many Gaussians."""

    def __init__(self, most: int, error: Exception) -> None:
        super().__init__(1)
        self._most, self._error = most, error

    def render(self, gaussians: Gaussians, camera: Camera, degree: int, background: Colour) -> Rendering:
        if len(gaussians) > self._most:
            raise self._error
        return super().render(gaussians, camera, degree, background)


ERRORS = (
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
)


@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_once_it_goes_on_with_half(posed: PosedPhotos, error: Exception, tmp_path: Path) -> None:
    said: list[str] = []
    trained = run(posed, small_settings(60), tmp_path, rasterizer=Narrow(300, error), said=said)
    assert len(said) == 1
    cap = int(said[0].rsplit(" ", 2)[1])
    assert 150 <= cap <= 300
    assert trained.point.count == cap


def test_out_of_memory_again_it_says_what_to_do(posed: PosedPhotos, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="fewer splats or smaller photos"):
        run(posed, small_settings(60), tmp_path, rasterizer=Narrow(20, MemoryError()))


def test_other_errors_are_no_lack_of_memory(posed: PosedPhotos, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="something else"):
        run(posed, small_settings(60), tmp_path, rasterizer=Narrow(20, RuntimeError("something else")))


def test_half_as_many_are_the_most_opaque(posed: PosedPhotos) -> None:
    with ProcessorRasterizer(1) as rasterizer:
        training = small_training(posed, small_settings(60, StrategyName.CLASSIC), rasterizer)
        for _ in range(10):
            training.step()
        opacity = np.sort(numbers(training)["gaussians.opacity_logit"])
        half = len(opacity) // 2
        assert training.lower_cap() == half
        assert np.array_equal(np.sort(numbers(training)["gaussians.opacity_logit"]), opacity[-half:])
        training.step()


@pytest.mark.parametrize(("content", "sentence"), [(b"", "cannot be read"), (b"no photo", "cannot be read")])
def test_a_damaged_photo_is_named(posed: PosedPhotos, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "damaged.png"
    path.write_bytes(content)
    broken = replace(posed, photos=(*posed.photos[:2], replace(posed.photos[2], picture=path)))
    with pytest.raises(UserError, match=f"{sentence}.*damaged.png"):
        load_photos(broken, small_settings(10), StopToken())


def test_a_photo_of_another_size_than_its_camera_s_is_refused(posed: PosedPhotos) -> None:
    wrong = replace(posed.photos[0], camera=replace(posed.photos[0].camera, width_px=63))
    with pytest.raises(UserError, match="not of the size"):
        load_photos(replace(posed, photos=(wrong,)), small_settings(10), StopToken())


def test_photos_are_made_as_small_as_asked_and_their_cameras_with_them(posed: PosedPhotos) -> None:
    settings = replace(small_settings(10), max_size_px=32, coarse_to_fine=True)
    photo = load_photos(posed, settings, StopToken()).learnt[0]
    assert {times: sized.pixels.shape for times, sized in photo.sizes.items()} == {
        4: (6, 8, 3),
        2: (12, 16, 3),
        1: (24, 32, 3),
    }
    whole = next(one.camera for one in posed.photos if one.name == photo.name)
    assert photo.sizes[1].camera.focal_px[0] == pytest.approx(whole.focal_px[0] / 2)
    assert (photo.sizes[4].camera.width_px, photo.sizes[4].camera.height_px) == (8, 6)


def test_no_points_and_few_photos_are_understood(posed: PosedPhotos) -> None:
    settings = small_settings(10)
    with ProcessorRasterizer(1) as rasterizer:
        with pytest.raises(UserError, match="share no points"):
            small_training(replace(posed, points_xyz=posed.points_xyz[:0]), settings, rasterizer)
        few = small_training(replace(posed, photos=posed.photos[:3]), settings, rasterizer)
        assert not few.photos.held_out
        few.step()
        many = small_training(posed, replace(settings, max_splats=40), rasterizer)
        assert len(many.learnt) == 40
