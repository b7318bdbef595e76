"""Black bars: to the pixel on drawn frames, however they are coded, and never in a dark scene."""

import itertools
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from depthview.engine.frames import Image
from depthview.engine.stereo.box import Box
from depthview.engine.stereo.prepare.bars import Bars, BarsJudge
from tests.engine.coded_clips import write_clip
from tests.engine.dot_pairs import texture

HW = (180, 240)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "stereo"

Sides = tuple[int, int, int, int]
"""Bars above, below, left, right; pixels."""


def scene(seed: int, *, light: float = 1.0, size_hw: tuple[int, int] = HW) -> Image:
    return np.asarray(texture(*size_hw, seed=seed) * np.float32(light), np.uint8)


def barred(image: Image, sides: Sides, black: int = 0) -> Image:
    top, bottom, left, right = sides
    height, width = image.shape[:2]
    out = np.full_like(image, black)
    out[top : height - bottom, left : width - right] = image[top : height - bottom, left : width - right]
    return out


def box(sides: Sides, size_hw: tuple[int, int] = HW) -> Box:
    top, bottom, left, right = sides
    return Box(top, left, size_hw[0] - top - bottom, size_hw[1] - left - right)


def judged(*looks: tuple[Image, Image]) -> Bars:
    judge = BarsJudge()
    for left, right in looks:
        judge.look(left, right)
    return judge.bars


def as_it_is(image: Image) -> Image:
    return image


def jpeg(image: Image, quality: int = 70) -> Image:
    ok, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1]).astype(np.uint8)


def noisy(image: Image) -> Image:
    noise = np.random.default_rng(1).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


NONE: Sides = (0, 0, 0, 0)
CASES: dict[str, tuple[Sides, Sides]] = {
    "none": (NONE, NONE),
    "letterbox": ((23, 23, 0, 0), (23, 23, 0, 0)),
    "uneven letterbox": ((9, 30, 0, 0), (9, 30, 0, 0)),
    "upright phone pictures": ((0, 0, 61, 57), (0, 0, 61, 57)),
    "a packed frame's own pillarbox": ((0, 0, 33, 0), (0, 0, 0, 33)),
    "an over-under frame's own letterbox": ((19, 0, 0, 0), (0, 19, 0, 0)),
    "windowbox": ((20, 21, 35, 36), (20, 21, 35, 36)),
    "thin": ((3, 2, 0, 0), (3, 2, 0, 0)),
}


@pytest.mark.parametrize("coded", [as_it_is, jpeg, noisy])
@pytest.mark.parametrize("black", [0, 16])
@pytest.mark.parametrize("case", CASES)
def test_one_look_finds_them_to_the_pixel(case: str, black: int, coded: Callable[[Image], Image]) -> None:
    sides = CASES[case]
    left, right = (coded(barred(scene(seed), side, black)) for seed, side in zip((1, 2), sides, strict=True))
    bars = judged((left, right))
    assert bars == Bars(box(sides[0]), box(sides[1]))
    assert bars.any_in(HW) is (case != "none")


def test_of_a_coded_clip_they_are_exact_and_stay(tmp_path: Path) -> None:
    sides = CASES["upright phone pictures"]
    clip = (barred(np.roll(scene(4), 3 * k, axis=1), sides[0], 16) for k in range(24))
    judge = BarsJudge()
    path = write_clip(tmp_path / "c.mp4", clip, options={"crf": "28"})
    for image in pictures(path):
        judge.look(image, image)
        assert judge.bars == Bars(box(sides[0]), box(sides[0]))


def pictures(path: Path) -> list[Image]:
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24").astype(np.uint8) for frame in clip.decode(video=0)]


def skyline(seed: int, lights: int = 0) -> Image:
    """A black sky above roofs of every height."""
    rng = np.random.default_rng(seed)
    image = scene(seed)
    roofs = np.repeat(rng.integers(40, 110, 20), HW[1] // 20)
    image[np.arange(HW[0])[:, None] < roofs] = 2
    for _ in range(lights):
        y, x = rng.integers(4, 36), rng.integers(4, HW[1] - 10)
        image[y : y + 4, x : x + 6] = 230
    return image


@pytest.mark.parametrize("lights", [0, 3])
def test_a_night_sky_is_no_bar(lights: int) -> None:
    judge = BarsJudge()
    for k in range(30):
        night = np.roll(skyline(3, lights), 5 * k, axis=1)
        judge.look(night, night)
        assert not judge.bars.any_in(HW), k


def test_a_lit_window_in_a_dark_room_is_no_picture_in_bars() -> None:
    """Its borders are straight too. But that room was seen in the light."""
    judge = BarsJudge()
    for k in range(40):
        image = scene(k) if k < 3 else barred(scene(k), (50, 60, 70, 90))
        judge.look(image, image)
        assert not judge.bars.any_in(HW), k


def test_they_are_held_while_the_scene_is_dark() -> None:
    sides: Sides = (20, 24, 0, 0)
    judge = BarsJudge()
    for k in range(60):
        image = barred(scene(k), sides)
        if 5 <= k < 50:
            image = np.zeros_like(image)
            if k % 2:
                image[80:100, 100:140] = 200  # a candle
        judge.look(image, image)
        assert judge.bars == Bars(box(sides), box(sides)), k


def test_a_fade_from_black_ends_with_the_right_bars_and_never_takes_more() -> None:
    sides: Sides = (20, 24, 0, 0)
    judge = BarsJudge()
    for k in range(40):
        image = barred(scene(k, light=min(1.0, k / 20)), sides)
        judge.look(image, image)
        cut = judge.bars.left
        assert cut.top <= 20, k
        assert cut.top + cut.height >= HW[0] - 24, k
    assert judge.bars == Bars(box(sides), box(sides))


@pytest.mark.parametrize("flash_at", [1, 2, 5, 30])
def test_a_single_bright_frame_changes_nothing(flash_at: int) -> None:
    sides: Sides = (20, 24, 11, 0)
    judge = BarsJudge()
    for k in range(40):
        image = scene(k) if k == flash_at else barred(scene(k), sides)
        judge.look(image, image)
        assert judge.bars == Bars(box(sides), box(sides)), k


def test_where_the_picture_grows_into_the_bars_it_is_shown_and_cut_again_when_it_stays_away() -> None:
    """Films change their shape from scene to scene."""
    sides: Sides = (20, 20, 0, 0)
    judge, seen = BarsJudge(), []
    for k in range(90):
        image = scene(k) if 20 <= k < 40 else barred(scene(k), sides)
        judge.look(image, image)
        seen.append(judge.bars.left)
    assert seen[19] == box(sides)
    assert set(seen[24:40]) == {box(NONE)}, "within five looks"
    assert seen[-1] == box(sides)
    assert sum(a != b for a, b in itertools.pairwise(seen)) == 2, "and it never goes to and fro"


def test_subtitles_in_a_bar_leave_it_a_bar() -> None:
    sides: Sides = (30, 30, 0, 0)
    judge = BarsJudge()
    for k in range(60):
        image = barred(scene(k), sides)
        if k % 10 >= 4:
            text = "WHERE IS IT" if k % 20 < 10 else "IT WAS HERE"
            cv2.putText(image, text, (60, HW[0] - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        judge.look(image, image)
        assert judge.bars == Bars(box(sides), box(sides)), k


def test_subtitles_from_the_first_frame_on_only_delay_it() -> None:
    sides: Sides = (30, 30, 0, 0)
    judge = BarsJudge()
    for k in range(40):
        image = barred(scene(k), sides)
        if k % 6 < 3:
            cv2.putText(image, "HELLO THERE", (60, HW[0] - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
        judge.look(image, image)
    assert judge.bars == Bars(box(sides), box(sides))


def test_a_black_frame_says_nothing() -> None:
    black = np.full((*HW, 3), 16, np.uint8)
    assert judged((black, black)) == Bars.whole(HW)


def test_the_eyes_boxes_are_equal_though_one_eye_s_edge_is_dark() -> None:
    left, right = barred(scene(1), (20, 20, 0, 0)), barred(scene(2), (20, 20, 0, 0))
    right[120:] = 0
    right[120:, ::40] = 90
    bars = judged((left, right))
    assert bars.left.size_hw == bars.right.size_hw
    assert bars.left.top == bars.right.top, "or rows would no longer meet"


def test_another_size_starts_anew() -> None:
    judge = BarsJudge()
    judge.look(barred(scene(1), (20, 20, 0, 0)), barred(scene(2), (20, 20, 0, 0)))
    other = scene(1, size_hw=(100, 160))
    judge.look(other, other)
    assert judge.bars == Bars.whole((100, 160))


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real pairs at {DATA}")
def test_the_phone_clip_in_its_bars() -> None:
    """Its columns were looked at one by one: the picture begins at 117 in each eye and its last column is 522."""
    judge = BarsJudge()
    for image in pictures(DATA / "phone_stereo" / "unified_stereo_vid_example.mp4"):
        judge.look(np.ascontiguousarray(image[:, :640]), np.ascontiguousarray(image[:, 640:]))
        assert judge.bars == Bars(Box(0, 117, 720, 406), Box(0, 117, 720, 406))


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real pairs at {DATA}")
@pytest.mark.parametrize("name", ["cupandearphone", "eevee", "paperbag", "totoro"])
def test_photos_without_bars_are_left_whole(name: str) -> None:
    eyes = [cv2.imread(str(DATA / "phone_stereo" / f"{name}_{eye}.jpg")) for eye in ("left", "right")]
    left, right = (np.asarray(eye, np.uint8) for eye in eyes if eye is not None)
    assert not judged((left, right)).any_in(left.shape[:2])
