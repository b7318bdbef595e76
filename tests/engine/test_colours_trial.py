"""Red or blue first: settled by a room of known depth where it matters, left a guess where it does not."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.estimators.contract import SCALINGS, Colours, Kind, Manifest, Numbers, Role
from depthview.engine.models.needs.colours_trial import settle_colours
from depthview.engine.models.needs.known_scene import KnownScene, known_scenes
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import pair_of

HW = (72, 128)


def scene(seed: int) -> KnownScene:
    """Steps of disparity behind noise that is reddish: red lies 60 levels above blue."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(60, 130, (*HW, 3)).astype(np.uint8)
    picture[..., 0] += 60
    truth = np.repeat(np.linspace(2, 20, 6, dtype=np.float32), HW[1] // 6 + 1)[: HW[1]] * np.ones(
        (HW[0], 1), np.float32
    )
    return KnownScene(pair_of(picture, picture), truth)


SCENES = (scene(1), scene(2))


def model(path: Path, kind: Kind, *, wants: Colours, harm: float) -> Manifest:
    """Knows the truth, and adds stripes as large as `harm` where the colours come in the wrong order."""
    graph = graphs.Graph()
    names = ("image",) if kind is Kind.MONO else ("left", "right")
    eyes = [graph.input(name, (1, 3, *HW)) for name in names]
    redder = (1 / 60, 0.0, -1 / 60) if wants is Colours.BGR else (-1 / 60, 0.0, 1 / 60)
    wrong = graph.add("Relu", graph.weighted(graph.add("GlobalAveragePool", eyes[0]), redder))
    stripes = np.where(np.arange(HW[1]) % 8 < 4, harm, -harm).astype(np.float32)[None, None, None]
    answer = graph.add(
        "Add", graph.stored(SCENES[0].disparity_px[None, None]), graph.add("Mul", wrong, graph.stored(stripes))
    )
    for eye in eyes:
        answer = graph.add("Add", answer, graph.weighted(eye, (0.0, 0.0, 0.0)))
    graph.output(answer, (1, 1, *HW), "answer")
    graph.save(path)
    roles = (Role.PICTURE,) if kind is Kind.MONO else (Role.LEFT, Role.RIGHT)
    meaning = Numbers.INVERSE_DEPTH if kind is Kind.MONO else Numbers.DISPARITY
    inputs = tuple(zip(roles, names, strict=True))
    return Manifest(kind, inputs, meaning, scaling=SCALINGS["0..255"], size=HW, guesses=("colours", "meaning"))


def settled(path: Path, manifest: Manifest) -> Manifest:
    session = OnnxSession(path, threads=1)
    try:
        return settle_colours(session, manifest, SCENES)
    finally:
        session.close()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("wants", [Colours.RGB, Colours.BGR])
@pytest.mark.parametrize("guess", [Colours.RGB, Colours.BGR])
def test_a_clear_difference_decides(tmp_path: Path, kind: Kind, wants: Colours, guess: Colours) -> None:
    manifest = replace(model(tmp_path / "m.onnx", kind, wants=wants, harm=15.0), colours=guess)
    found = settled(tmp_path / "m.onnx", manifest)
    assert found == replace(manifest, colours=wants, guesses=("meaning",))


@pytest.mark.parametrize("kind", list(Kind))
def test_what_makes_no_difference_is_left_a_guess(tmp_path: Path, kind: Kind) -> None:
    manifest = replace(model(tmp_path / "m.onnx", kind, wants=Colours.BGR, harm=0.0), colours=Colours.RGB)
    assert settled(tmp_path / "m.onnx", manifest) == manifest


@pytest.mark.parametrize(
    "changed", [{"guesses": ("meaning",)}, {"doubt": "It failed its test."}, {"colours": Colours.GREY}], ids=str
)
def test_what_is_known_or_doubted_is_not_tried(tmp_path: Path, changed: dict[str, object]) -> None:
    manifest = replace(model(tmp_path / "m.onnx", Kind.MONO, wants=Colours.BGR, harm=15.0), **changed)
    assert settled(tmp_path / "m.onnx", manifest) == manifest


def test_a_model_that_sees_nothing_of_the_room_decides_nothing(tmp_path: Path) -> None:
    """It is better with blue first, and still no good."""
    manifest = model(tmp_path / "m.onnx", Kind.MONO, wants=Colours.BGR, harm=15.0)
    truth = np.random.default_rng(5).random(HW).astype(np.float32)
    session = OnnxSession(tmp_path / "m.onnx", threads=1)
    assert settle_colours(session, manifest, [replace(one, disparity_px=truth) for one in SCENES]) == manifest
    session.close()


def test_the_bundled_scenes_fit_their_pictures() -> None:
    """The right eye, moved by the disparity, is the left eye; and half a picture's width beside it is not."""
    scenes = known_scenes()
    assert len(scenes) == 2
    for one in scenes:
        moved, further = (warped(one.pair.right, one.disparity_px + off) for off in (0.0, 40.0))
        known = np.isfinite(one.disparity_px)
        left = one.pair.left.astype(np.float32)
        near, far = (float(np.abs(left - eye)[known].mean()) for eye in (moved, further))
        assert near < 0.3 * far
        assert known.mean() > 0.7


def warped(right: NDArray[np.uint8], disparity_px: NDArray[np.float32]) -> NDArray[np.float32]:
    rows, columns = np.mgrid[: right.shape[0], : right.shape[1]].astype(np.float32)
    return cv2.remap(right.astype(np.float32), columns - np.nan_to_num(disparity_px), rows, cv2.INTER_LINEAR)
