"""Models for one eye on the Live road: any picture plays, two eyes lend their left one."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import DepthRoad, RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, Selection
from depthview.engine.frames import Frame, Image, Layout, Meaning, StereoPair
from depthview.engine.live.session import LiveSession
from depthview.engine.live.settings import LiveSettings
from depthview.engine.models.usual import UsualModels
from depthview.engine.resources import sample
from depthview.engine.sources import SourceInfo, SourceKind
from depthview.engine.stereo.eyes import judge as layouts
from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.prepare.preparation import Prepared
from tests.engine.dot_pairs import flat_pair, texture
from tests.engine.live_fakes import (
    PATIENCE_S,
    FakeEstimator,
    FakeSource,
    Shelf,
    check_no_threads_left,
    wait_until,
)

no_threads_left = pytest.fixture(autouse=True)(check_no_threads_left)

PHOTO = texture(96, 160)
PAIR = flat_pair(96, 160, 9)
PACKED = np.ascontiguousarray(np.concatenate([PAIR.left, PAIR.right], axis=1))


def frame(image: Image, right: Image | None = None, seq: int = 0) -> Frame:
    return Frame(image, right, seq, seq / 24, 0.0)


def prepared(given: Frame, choices: RoadChoices = RoadChoices(), info: SourceInfo | None = None) -> Prepared:  # noqa: B008
    return DepthRoad(info, PairJudge()).prepare(given, choices, eyes=1)


class OneEyed(FakeEstimator):
    """Says how bright the left eye is, as metres; refuses to be asked of another picture's eye."""

    def __init__(self, selection: Selection) -> None:
        super().__init__(selection)
        self.info = replace(self.info, eyes=1, meaning=Meaning.METRIC_DEPTH)
        self.lenses: list[float | None] = []

    def estimate(self, pair: StereoPair) -> Estimate:
        self.estimated += 1
        self.lenses.append(pair.fov_deg)
        return Estimate(pair.left.mean(axis=2).astype(np.float32), meaning=Meaning.METRIC_DEPTH)


def test_an_ordinary_picture_is_both_eyes_and_nothing_is_cut_off() -> None:
    road = DepthRoad(None, PairJudge())
    pair = road.prepare(frame(PHOTO), RoadChoices(), eyes=1).matched
    np.testing.assert_array_equal(pair.left, PHOTO)
    assert pair.right is pair.left
    assert road.decision is not None
    assert (road.decision.layout, road.decision.proposes_swap) == (Layout.MONO, False)
    with pytest.raises(UserError, match="choose a model for one eye"):
        road.prepare(frame(PHOTO), RoadChoices(), eyes=2)


@pytest.mark.parametrize("swap", [False, True])
def test_of_two_eyes_it_gets_the_left(swap: bool) -> None:
    for given, layout in ((frame(PACKED), None), (frame(PAIR.left, PAIR.right), None), (frame(PACKED), "sbs")):
        choices = RoadChoices(layout=Layout(layout) if layout else None, swap=swap)
        np.testing.assert_array_equal(prepared(given, choices).matched.left, PAIR.right if swap else PAIR.left)


def test_asked_for_one_eye_a_packed_picture_stays_whole() -> None:
    pair = prepared(frame(PACKED), RoadChoices(layout=Layout.MONO)).matched
    np.testing.assert_array_equal(pair.left, PACKED)


def test_of_the_lens_it_is_told_what_is_set_or_what_the_source_says() -> None:
    info = SourceInfo(SourceKind.IMAGE, "p", "p", (96, 160), fov_deg=50.0)

    def told(camera: CameraChoice | None, of: SourceInfo | None = info) -> float | None:
        return prepared(frame(PHOTO), RoadChoices(camera=camera), of).matched.fov_deg

    assert told(None) == pytest.approx(50.0)
    assert told(None, None) is None
    assert told(CameraChoice(fov_deg=70.0)) == pytest.approx(70.0)
    assert told(CameraChoice(focal_px=80.0)) == pytest.approx(90.0)  # half of 160 px away
    assert told(CameraChoice()) is None, "somebody took it out"
    clip = sample()
    known = SourceInfo(SourceKind.VIDEO, "room", str(clip.clip.resolve()), (720, 2560))
    assert told(None, known) == pytest.approx(clip.camera.known_fov_deg(160))


def test_without_its_bars_it_is_seen_under_a_smaller_angle() -> None:
    barred = PHOTO.copy()
    barred[:, :20] = barred[:, -20:] = 0
    seen = prepared(frame(barred), RoadChoices(camera=CameraChoice(focal_px=80.0)))
    assert seen.matched.size_hw == (96, 120)
    assert seen.matched.fov_deg == pytest.approx(2 * np.degrees(np.arctan(60 / 80)))
    assert seen.shown.fov_deg == pytest.approx(90.0)


def test_a_picture_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(UserError, match="too small for depth, 40 x 8"):
        prepared(frame(texture(8, 40)), RoadChoices(layout=Layout.MONO))


def test_looking_for_a_second_eye_becomes_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    real = layouts.guess_layout

    def counted(given: Frame, **about: object) -> object:
        looks.append(given.seq)
        return real(given, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(layouts, "guess_layout", counted)
    judge = layouts.LayoutJudge(None, "")
    for seq in range(400):
        judge.guess(frame(PHOTO, seq=seq))
    assert looks[0] == 0
    assert (np.diff(looks) >= 12).all()
    assert len(looks) <= 6


@pytest.fixture
def built() -> list[str]:
    """The models that were loaded."""
    return []


@pytest.fixture
def session(built: list[str]) -> Iterator[LiveSession]:
    def build(selection: Selection) -> FakeEstimator:
        built.append(selection.model_id)
        return OneEyed(selection) if selection.model_id == "one" else FakeEstimator(selection, 7.0)

    shelf = Shelf(video=lambda: FakeMono(200), packed=lambda: FakeMono(200, PACKED))
    made = LiveSession(build, settings=LiveSettings(Selection("one")), opener=shelf)
    yield made
    made.close(PATIENCE_S)


class FakeMono(FakeSource):
    """A film whose frames hold one picture each."""

    def __init__(self, count: int, image: Image = PHOTO) -> None:
        super().__init__(count, fps=60.0, image=image)

    def read(self) -> Frame | None:  # type: ignore[override]
        item = super().read()
        assert item is None or isinstance(item, Frame)
        return item and replace(item, right=None)


def test_a_film_of_one_eye_plays_and_says_what_its_depth_means(session: LiveSession) -> None:
    session.open("video", loop=True)
    wait_until(lambda: session.status.telemetry.frames_out > 3)
    result = session.results.take(PATIENCE_S)
    assert result is not None
    assert result.meaning is Meaning.METRIC_DEPTH
    np.testing.assert_allclose(result.values, PHOTO.mean(axis=2), rtol=1e-6)
    status = session.status
    assert status.fault is None
    assert status.layout is Layout.MONO
    assert status.running is not None
    assert status.running.eyes == 1


def test_two_eyes_play_through_a_model_for_one(session: LiveSession) -> None:
    session.open("packed")
    result = session.results.take(PATIENCE_S)
    assert result is not None
    np.testing.assert_allclose(result.values, PAIR.left.mean(axis=2), rtol=1e-6)


def until_it_means(session: LiveSession, meaning: Meaning) -> None:
    """Wait for a result of this meaning; one of what was open before may still come first."""

    def came() -> bool:
        result = session.results.take(0.05)
        return result is not None and result.meaning is meaning

    wait_until(came, meaning)


def test_each_material_gets_the_model_for_as_many_eyes(session: LiveSession, built: list[str]) -> None:
    usual = UsualModels(Selection("two"), Selection("one"))
    for name, layout, meaning in (
        ("video", Layout.MONO, Meaning.METRIC_DEPTH),
        ("packed", Layout.SIDE_BY_SIDE, Meaning.DISPARITY),
        ("video", Layout.MONO, Meaning.METRIC_DEPTH),
    ):
        session.open(name, settings=LiveSettings(usual=usual), loop=True)
        until_it_means(session, meaning)
        status = session.status
        assert (status.eyes, status.layout, status.fault) == (1 if layout is Layout.MONO else 2, layout, None)
    assert built == ["one", "two"], "both are kept, and none is loaded for nothing"
    session.open("packed", settings=LiveSettings(layout=Layout.MONO, usual=usual), loop=True)
    until_it_means(session, Meaning.METRIC_DEPTH)  # since the person says that there is one eye


def test_what_a_person_chose_runs_whatever_is_shown_and_is_usual_for_its_kind() -> None:
    one, two = Selection("one"), Selection("two")
    fresh = LiveSettings(usual=UsualModels(Selection("a"), Selection("b")))
    for shown_eyes in (1, 2):
        chosen = fresh.choosing(one, model_eyes=1, shown_eyes=shown_eyes)
        assert chosen.usual == UsualModels(Selection("a"), one)
        assert chosen.selection_for(shown_eyes) == one
        again = chosen.choosing(two, model_eyes=2, shown_eyes=shown_eyes)
        assert again.usual == UsualModels(two, one)
        assert again.selection_for(shown_eyes) == two


def test_a_model_for_two_says_what_to_do_and_the_one_eyed_goes_on(session: LiveSession) -> None:
    session.open("video", loop=True)
    wait_until(lambda: session.status.telemetry.frames_out > 0)
    session.configure(LiveSettings(Selection("two")))
    wait_until(lambda: session.status.fault is not None)
    assert str(session.status.fault).startswith("This picture shows one eye only: choose a model for one eye")
    session.configure(LiveSettings(Selection("one")))
    out = session.status.telemetry.frames_out
    wait_until(lambda: session.status.fault is None and session.status.telemetry.frames_out > out)


def test_a_picture_that_stands_still_is_estimated_again_when_the_lens_is_set() -> None:
    made: list[OneEyed] = []

    def build(selection: Selection) -> OneEyed:
        made.append(OneEyed(selection))
        return made[-1]

    session = LiveSession(build, settings=LiveSettings(Selection("one")), opener=Shelf(video=lambda: FakeMono(1)))
    session.open("video")
    wait_until(lambda: bool(made) and made[0].lenses == [None])
    session.configure(LiveSettings(Selection("one"), camera=CameraChoice(fov_deg=70.0)))
    wait_until(lambda: made[0].lenses == [None, 70.0])
    session.close(PATIENCE_S)
