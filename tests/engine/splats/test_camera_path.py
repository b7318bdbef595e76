"""A flight is in every keyframe at its time, and nowhere jerks."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.camera_path import CameraPath, Keyframe, turntable
from depthview.engine.splats.camera_path_file import read_camera_path, write_camera_path

UP = np.array([0.0, -1, 0])


def some_path(closed_after_s: float | None = None) -> CameraPath:
    rng = np.random.default_rng(4)
    times = (0.0, 0.7, 2.5, 3.0, 6.0)
    return CameraPath(
        tuple(
            Keyframe.looking(t, rng.normal(size=3) * 5, rng.normal(size=3) * 0.5, UP + rng.normal(size=3) * 0.1, fov)
            for t, fov in zip(times, (50.0, 30.0, 60.0, 60.0, 90.0), strict=True)
        ),
        closed_after_s,
    )


@pytest.mark.parametrize("closed_after_s", [None, 1.3])
def test_exactly_through_its_keyframes(closed_after_s: float | None) -> None:
    path = some_path(closed_after_s)
    for one in path.keyframes:
        found = path.at(one.time_s)
        assert np.allclose(found.eye, one.eye, atol=1e-12)
        assert np.allclose(found.axes, one.axes, atol=1e-12)
        assert found.fov_deg == pytest.approx(one.fov_deg)
    end = path.at(path.end_s)
    last = path.keyframes[-1 if closed_after_s is None else 0]
    assert np.allclose(end.eye, last.eye, atol=1e-12)
    assert np.allclose(end.axes, last.axes, atol=1e-12)


@pytest.mark.parametrize("closed_after_s", [None, 1.3])
def test_its_speed_is_continuous(closed_after_s: float | None) -> None:
    path = some_path(closed_after_s)
    step = 1e-5

    def values(time_s: float) -> np.ndarray:
        one = path.at(time_s)
        return np.concatenate([one.eye, one.axes.ravel(), [math.log(one.fov_deg)]])

    knots = [one.time_s for one in path.keyframes[1:-1]]
    sides = [((t - step, t), (t, t + step)) for t in knots]
    if closed_after_s is not None:
        sides.append(((path.end_s - step, path.end_s), (0.0, step)))
        last = path.keyframes[-1].time_s
        sides.append(((last - step, last), (last, last + step)))
    for before, after in sides:
        came, goes = ((values(end) - values(start)) / step for start, end in (before, after))
        assert np.allclose(came, goes, atol=1e-2)
    times = np.linspace(path.start_s, path.end_s, 500)
    axes = np.stack([path.at(t).axes for t in times])
    assert np.allclose(axes @ axes.transpose(0, 2, 1), np.eye(3), atol=1e-12)


def test_even_motion_stays_even() -> None:
    """Keyframes along a straight line at uneven times, as fast everywhere: so is the flight."""
    velocity = np.array([1.0, -2, 0.5])
    frames = tuple(Keyframe(t, velocity * t, np.eye(3), 50.0) for t in (0.0, 1.0, 1.2, 4.0))
    path = CameraPath(frames)
    for t in np.linspace(0, 4, 33):
        assert np.allclose(path.at(t).eye, velocity * t, atol=1e-12)


def test_before_the_start_and_after_the_end_it_rests() -> None:
    path = some_path()
    assert np.allclose(path.at(-5).eye, path.keyframes[0].eye)
    assert np.allclose(path.at(50).eye, path.keyframes[-1].eye)
    alone = CameraPath(path.keyframes[:1])
    assert np.allclose(alone.at(3.0).axes, path.keyframes[0].axes)


def test_a_view_of_the_path() -> None:
    path = some_path()
    view = path.view_at(0.7, (640, 480), near=0.5)
    assert (view.width_px, view.height_px, view.near) == (640, 480, 0.5)
    assert view.focal_px == pytest.approx(240 / math.tan(math.radians(15)))


def test_a_turntable_keeps_its_distance_and_its_target() -> None:
    eye, target, up = np.array([2.0, -1, -3]), np.array([0.5, 0, 0.5]), np.array([0.1, -1, 0.2])
    path = turntable(eye, target, up, 45.0, 8.0)
    assert (path.start_s, path.end_s) == (0.0, 8.0)
    axis = up / np.linalg.norm(up)
    out = eye - target
    for t in np.linspace(0, 8, 97):
        one = path.at(t)
        away = one.eye - target
        assert np.linalg.norm(away) == pytest.approx(np.linalg.norm(out), rel=1e-4)
        assert away @ axis == pytest.approx(out @ axis, rel=1e-4)
        assert one.axes[2] == pytest.approx(-away / np.linalg.norm(away), abs=1e-3)
    quarter = path.at(2.0).eye - target
    assert np.allclose(quarter, np.cross(axis, out) + axis * (axis @ out), atol=1e-9)
    assert np.allclose(path.at(8.0).eye, eye, atol=1e-9)


def test_times_must_grow() -> None:
    one = some_path().keyframes[0]
    for keyframes in ((), (one, one)):
        with pytest.raises(ValueError, match="grow"):
            CameraPath(keyframes)


@pytest.mark.parametrize("closed_after_s", [None, 1.3])
def test_kept_in_a_file(tmp_path: Path, closed_after_s: float | None) -> None:
    path, file = some_path(closed_after_s), tmp_path / "경로.json"
    write_camera_path(path, file)
    found = read_camera_path(file)
    assert found.closed_after_s == closed_after_s
    for t in np.linspace(0, path.end_s, 20):
        assert np.array_equal(found.at(t).eye, path.at(t).eye)
        assert np.array_equal(found.at(t).axes, path.at(t).axes)


def test_keyframes_written_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "path.json"
    rows = [{"time_s": 0, "eye": [0, -1, -4], "target": [0, 0, 0], "fov_deg": 50}]
    rows += [{"time_s": 2, "eye": [4, -1, 0], "target": [0, 0, 1], "up": [0, 0, 1], "fov_deg": 40}]
    file.write_text(json.dumps({"kind": "depthview camera path", "keyframes": rows}))
    found = read_camera_path(file)
    assert np.array_equal(found.keyframes[0].axes, Keyframe.looking(0, np.array([0, -1, -4]), np.zeros(3), UP, 50).axes)
    assert found.keyframes[1].axes[1] @ [0, 0, 1] < -0.9, "its down is against the up that was wished"
    rows[0]["target"] = rows[0]["eye"]
    file.write_text(json.dumps({"kind": "depthview camera path", "keyframes": rows}))
    with pytest.raises(UserError, match="no camera path"):
        read_camera_path(file)


def test_hostile_files_are_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "path.json"
    write_camera_path(some_path(), file)
    sound = file.read_text()
    rows = json.loads(sound)["keyframes"]
    bad: list[object] = [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        sound.replace("camera path", "recipe"),
        sound.replace('"closed_after_s": null', '"closed_after_s": -1'),
        sound.replace('"closed_after_s": null', '"closed_after_s": 1e999'),
        sound.replace('"closed_after_s": null', '"closed_after_s": [1]'),
    ]
    for change in (
        {"time_s": math.nan},
        {"time_s": "1"},
        {"time_s": True},
        {"eye": [1, 2]},
        {"eye": [1, 2, math.inf]},
        {"eye": [[1], [2, 3], 4]},
        {"eye": None},
        {"axes": [[1, 0, 0], [0, 1, 0], [0, 0, -1]]},
        {"axes": [[0] * 3] * 3},
        {"fov_deg": 0},
        {"fov_deg": 180},
        {"fov_deg": 10**400},
    ):
        bad.append({**json.loads(sound), "keyframes": [{**rows[0], **change}]})
    wrong: tuple[object, ...] = ([], {}, [1], [rows[0], rows[0]], [rows[1]] * 10_001)
    bad += [{**json.loads(sound), "keyframes": keyframes} for keyframes in wrong]
    for text in bad:
        file.write_text(text if isinstance(text, str) else json.dumps(text))
        with pytest.raises(UserError, match=r"no camera path .*path\.json$"):
            read_camera_path(file)
    file.write_bytes(b"\xff\xfe" * 50)
    with pytest.raises(UserError, match="no camera path"):
        read_camera_path(file)
    with pytest.raises(UserError, match=r"no such file|cannot be read"):
        read_camera_path(tmp_path / "none.json")
