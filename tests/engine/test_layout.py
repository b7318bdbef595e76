"""Layout: cut where the eyes meet, and guessed from what the file says, its name, and what it shows."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout, LayoutGuess
from depthview.engine.stereo.eyes.layout import guess_layout
from depthview.engine.stereo.eyes.split import matched_size, split
from depthview.engine.stereo.eyes.tags import layout_tag

Picture = NDArray[np.uint8]

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")

PACKED = (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE, Layout.OVER_UNDER, Layout.HALF_OVER_UNDER)
SIZES = ((240, 320), (270, 480), (360, 640), (200, 300), (300, 400), (375, 450), (256, 320), (480, 640))


def frame(image: Picture, right: Picture | None = None) -> Frame:
    return Frame(np.ascontiguousarray(image), right, 7, 1.5, 2.5)


def guess(image: Picture, name: str = "clip", hint: LayoutGuess | None = None) -> LayoutGuess:
    return guess_layout(frame(image), hint=hint, name=name)


def texture(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Noise of every size, as rough or as soft as chance has it."""
    total = np.zeros((height, width, 3), np.float32)
    softness = rng.uniform(0.3, 0.9)
    for scale in (1, 2, 4, 8, 16, 32):
        noise = rng.standard_normal((max(2, height // scale), max(2, width // scale), 3), np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * scale**softness
    total = (total - total.mean()) / total.std()
    return total * np.float32(rng.uniform(15, 45)) + np.float32(rng.uniform(60, 190))


def layered_pair(rng: np.random.Generator, height: int, width: int) -> tuple[Picture, Picture]:
    """A scene of flat layers seen by two eyes that differ in exposure and noise."""
    deepest = int(width * rng.uniform(-0.06, 0.03))
    range_px = int(width * rng.uniform(0.02, 0.12))
    margin = width // 4 + range_px
    back = texture(rng, height, width + 2 * margin)
    left, right = (back[:, margin + s : margin + s + width].copy() for s in (0, deepest))
    for nearness in np.linspace(0.1, 1, int(rng.integers(3, 10))):
        disparity = deepest + int(range_px * nearness)
        patch_h, patch_w = int(height * rng.uniform(0.1, 0.5)), int(width * rng.uniform(0.1, 0.5))
        patch = texture(rng, patch_h, patch_w)
        shape = np.zeros((patch_h, patch_w), np.uint8)
        cv2.ellipse(shape, (patch_w // 2, patch_h // 2), (patch_w // 2, patch_h // 2), 0, 0, 360, 1, -1)
        shape |= np.uint8(rng.random() < 0.5)
        top, at = int(rng.integers(0, height - patch_h)), int(rng.integers(0, width - patch_w))
        for eye, x in ((left, at), (right, at - disparity)):
            first, last = max(0, x), min(width, x + patch_w)
            if first < last:
                seen = shape[:, first - x : last - x, None] > 0
                area = eye[top : top + patch_h, first:last]
                area[:] = np.where(seen, patch[:, first - x : last - x], area)
    right = right * rng.uniform(0.85, 1.15) + rng.uniform(-10, 10)
    noise = rng.uniform(0, 6)
    left, right = (np.clip(e + rng.normal(0, noise, e.shape), 0, 255) for e in (left, right))
    return left.astype(np.uint8), right.astype(np.uint8)


def packed(left: Picture, right: Picture, layout: Layout) -> Picture:
    height, width = left.shape[:2]
    if layout is Layout.HALF_SIDE_BY_SIDE:
        left, right = (cv2.resize(e, (width // 2, height), interpolation=cv2.INTER_AREA) for e in (left, right))
    if layout is Layout.HALF_OVER_UNDER:
        left, right = (cv2.resize(e, (width, height // 2), interpolation=cv2.INTER_AREA) for e in (left, right))
    across = layout in (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE)
    return np.concatenate([left, right], axis=1 if across else 0)


# -- split ---------------------------------------------------------------------------------------------------------


def flat(height: int, width: int, level: int) -> Picture:
    return np.full((height, width, 3), level, np.uint8)


@pytest.mark.parametrize("odd", [0, 1])
@pytest.mark.parametrize("layout", PACKED)
def test_split_gives_equal_eyes_of_square_pixels(layout: Layout, odd: int) -> None:
    across = layout in (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE)
    seam = [flat(40, 1, 99)] if across else [flat(1, 60, 99)]
    image = np.concatenate([flat(40, 60, 10), *(seam * odd), flat(40, 60, 200)], axis=1 if across else 0)
    pair = split(frame(image), layout, swap=False)
    expected = {Layout.HALF_SIDE_BY_SIDE: (40, 120), Layout.HALF_OVER_UNDER: (80, 60)}.get(layout, (40, 60))
    assert pair.size_hw == expected
    assert pair.right.shape == pair.left.shape
    assert set(np.unique(pair.left)) == {10}
    assert set(np.unique(pair.right)) == {200}
    assert pair.left.flags.c_contiguous
    assert pair.right.flags.c_contiguous
    assert (pair.seq, pair.pts_s, pair.captured_at) == (7, 1.5, 2.5)
    swapped = split(frame(image), layout, swap=True)
    assert np.array_equal(swapped.left, pair.right)
    assert np.array_equal(swapped.right, pair.left)


def test_stretching_keeps_places() -> None:
    """A ramp that was squeezed is the same ramp again: no shift, which would be a disparity."""
    ramp = np.tile(np.linspace(0, 255, 80, dtype=np.float32)[None, :, None], (32, 1, 3)).astype(np.uint8)
    half = cv2.resize(ramp, (40, 32), interpolation=cv2.INTER_AREA)
    pair = split(frame(np.hstack([half, half])), Layout.HALF_SIDE_BY_SIDE, swap=False)
    assert np.abs(pair.left[:, 2:-2].astype(int) - ramp[:, 2:-2]).max() <= 2


def test_separate_eyes_are_not_copied() -> None:
    left, right = flat(40, 60, 1), flat(40, 60, 2)
    pair = split(frame(left, right), Layout.SEPARATE, swap=False)
    assert np.shares_memory(pair.left, left)
    assert np.shares_memory(pair.right, right)


@pytest.mark.parametrize("swap", [False, True])
def test_a_smaller_right_eye_is_brought_to_the_left_ones_size(swap: bool) -> None:
    pair = split(frame(flat(48, 64, 1), flat(24, 32, 2)), Layout.SEPARATE, swap=swap)
    assert pair.left.shape == pair.right.shape
    with pytest.raises(UserError, match="different shapes"):
        split(frame(flat(48, 64, 1), flat(64, 48, 2)), Layout.SEPARATE, swap=swap)


def test_sizes_that_differ_by_rounding_are_one_shape() -> None:
    assert matched_size(flat(45, 80, 1), flat(101, 180, 2)).shape == (101, 180, 3)


def test_what_cannot_be_split_says_what_to_do() -> None:
    with pytest.raises(UserError, match=r"one eye only: choose a model for one eye, or the layout.*or open the second"):
        split(frame(flat(40, 60, 1)), Layout.MONO, swap=False)
    with pytest.raises(UserError, match="no second picture"):
        split(frame(flat(40, 60, 1)), Layout.SEPARATE, swap=False)
    with pytest.raises(UserError, match="too small for depth, 15 x 40"):
        split(frame(flat(40, 31, 1)), Layout.SIDE_BY_SIDE, swap=False)
    with pytest.raises(UserError, match="too small"):
        split(frame(flat(1, 1, 1)), Layout.OVER_UNDER, swap=False)
    assert split(frame(flat(16, 32, 1)), Layout.SIDE_BY_SIDE, swap=False).size_hw == (16, 16)


# -- what the file and its name say --------------------------------------------------------------------------------


def test_certain_hints_come_first_and_then_two_pictures() -> None:
    hint = LayoutGuess(Layout.OVER_UNDER, True, "the file says over-under", certain=True)
    assert guess(flat(90, 320, 9), "x_sbs.mp4", hint) is hint
    two = guess_layout(frame(flat(40, 60, 1), flat(40, 60, 2)), hint=None, name="x_sbs")
    assert (two.layout, two.certain) == (Layout.SEPARATE, True)


@pytest.mark.parametrize("said", PACKED)
def test_metadata_that_the_content_contradicts_counts_for_nothing(said: Layout) -> None:
    """Whoever cuts one eye out of a film with ffmpeg keeps what the film says of both."""
    hint = LayoutGuess(said, False, "the file says so", certain=True)
    left, right = layered_pair(np.random.default_rng(3), 360, 640)
    seen = guess(left, hint=hint)
    assert (seen.layout, seen.certain) == (Layout.MONO, False), "and it is looked at again: it may be a title"
    assert seen.reason.startswith("the file says that it holds two eyes")
    assert guess(packed(left, right, said), hint=hint) is hint


def test_a_name_comes_before_an_uncertain_hint_and_before_content() -> None:
    custom = LayoutGuess(Layout.SIDE_BY_SIDE, True, "by custom")
    assert guess(flat(90, 320, 9), "x_ou.jpg", custom).layout is Layout.HALF_OVER_UNDER
    assert guess(flat(90, 320, 9), "x.jps", custom) is custom
    named = guess(flat(90, 320, 9), "x_sbs.mp4")
    assert not named.certain
    assert named.reason == "the file's name says “sbs”"


@pytest.mark.parametrize(
    ("name", "layout", "half", "swapped"),
    [
        ("movie_sbs.mp4", Layout.SIDE_BY_SIDE, None, False),
        ("Film.2013.3D.Half-SBS.1080p.x264.mkv", Layout.SIDE_BY_SIDE, True, False),
        ("Film.3D.H-SBS.mkv", Layout.SIDE_BY_SIDE, True, False),
        ("clip_hsbs", Layout.SIDE_BY_SIDE, True, False),
        ("clip (full SBS).mp4", Layout.SIDE_BY_SIDE, False, False),
        ("half side by side.mp4", Layout.SIDE_BY_SIDE, True, False),
        ("clip_HOU.mkv", Layout.OVER_UNDER, True, False),
        ("clip_H-OU_1080p.mkv", Layout.OVER_UNDER, True, False),
        ("clip.half.ou.mkv", Layout.OVER_UNDER, True, False),
        ("clip_htab.mp4", Layout.OVER_UNDER, True, False),
        ("clip_TB_4k.mp4", Layout.OVER_UNDER, None, False),
        ("clip_ab.jpg", Layout.OVER_UNDER, None, False),
        ("clip-top-bottom-3d.mp4", Layout.OVER_UNDER, None, False),
        ("clip_ou_1920x1080.mp4", Layout.OVER_UNDER, None, False),
        ("photo_lr.jpg", Layout.SIDE_BY_SIDE, None, False),
        ("photo_RL.jpg", Layout.SIDE_BY_SIDE, None, True),
        ("photo_cross.png", Layout.SIDE_BY_SIDE, None, True),
        ("photo_parallel.png", Layout.SIDE_BY_SIDE, None, False),
        ("cross-eyed photo.png", Layout.SIDE_BY_SIDE, None, True),
        ("photo_sbs_rl.png", Layout.SIDE_BY_SIDE, None, True),
        ("한국 여행_sbs.mp4", Layout.SIDE_BY_SIDE, None, False),
    ],
)
def test_tags(name: str, layout: Layout, half: bool | None, swapped: bool) -> None:
    tag = layout_tag(name)
    assert tag is not None
    assert (tag.layout, tag.half, tag.swapped) == (layout, half, swapped)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "chat ou chien.mp4",
            "ou_est_le_chat.mp4",
            "red cross.jpg",
            "new tab.png",
            "rl-agent demo.mp4",
            "ab_initio.png",
        ),
        *("trip_3d.mp4", "sbsfoo.mp4", "absolute.png", "holr.png", "left_L.png", "tb.mp4", "", ".", "___", "1.2.3"),
    ],
)
def test_words_are_not_tags(name: str) -> None:
    assert layout_tag(name) is None


@pytest.mark.parametrize(
    ("size_wh", "name", "expected"),
    [
        ((1920, 1080), "x_sbs", Layout.HALF_SIDE_BY_SIDE),
        ((3840, 1080), "x_sbs", Layout.SIDE_BY_SIDE),
        ((1280, 480), "x_sbs", Layout.SIDE_BY_SIDE),
        ((2560, 960), "x_sbs", Layout.SIDE_BY_SIDE),
        ((3840, 1080), "x_hsbs", Layout.HALF_SIDE_BY_SIDE),
        ((1920, 1080), "x_ou", Layout.HALF_OVER_UNDER),
        ((1920, 2160), "x_ou", Layout.OVER_UNDER),
        ((640, 960), "x_ou", Layout.OVER_UNDER),
        ((2048, 2048), "x_tb", Layout.OVER_UNDER),  # two 360 degree panoramas
        ((4096, 2048), "x_sbs", Layout.SIDE_BY_SIDE),  # VR180
    ],
)
def test_what_a_tag_leaves_open_the_shape_decides(size_wh: tuple[int, int], name: str, expected: Layout) -> None:
    width, height = size_wh
    rng = np.random.default_rng(5)
    assert guess(texture(rng, height // 4, width // 4).clip(0, 255).astype(np.uint8), name).layout is expected


# -- content -------------------------------------------------------------------------------------------------------


def test_content_is_right_on_95_of_100() -> None:
    rng = np.random.default_rng(2024)
    wrong = []
    for i in range(20):
        left, right = layered_pair(rng, *SIZES[i % len(SIZES)])
        for layout in (*PACKED, Layout.MONO):
            found = guess(left if layout is Layout.MONO else packed(left, right, layout))
            if found.layout is not layout:
                wrong.append((i, left.shape, layout, found))
    assert len(wrong) <= 5, wrong


@pytest.mark.parametrize("size_hw", [(480, 640), (720, 1280), (960, 1280), (1080, 1920)])
def test_usb_cameras_deliver_whole_eyes_side_by_side(size_hw: tuple[int, int]) -> None:
    left, right = layered_pair(np.random.default_rng(3), *size_hw)
    found = guess(np.hstack([left, right]), "USB camera")
    assert found.layout is Layout.SIDE_BY_SIDE
    assert "left and right halves show the same scene" in found.reason


def test_black_bars_do_not_hide_the_eyes() -> None:
    rng = np.random.default_rng(4)
    left, right = layered_pair(rng, 540, 960)
    letterboxed = np.zeros((1080, 1920, 3), np.uint8)
    letterboxed[270:810] = np.hstack([left, right])
    assert guess(letterboxed).layout is Layout.SIDE_BY_SIDE
    cinema = np.zeros((1080, 1920, 3), np.uint8)
    left, right = layered_pair(rng, 804, 1920)
    cinema[138:942] = packed(left, right, Layout.HALF_SIDE_BY_SIDE)
    assert guess(cinema).layout is Layout.HALF_SIDE_BY_SIDE
    upright = np.zeros((720, 1280, 3), np.uint8)
    left, right = layered_pair(rng, 720, 406)
    upright[:, 117:523], upright[:, 757:1163] = left, right
    assert guess(upright).layout is Layout.SIDE_BY_SIDE


def test_too_little_to_see() -> None:
    dark = guess(flat(480, 640, 0))
    assert dark.layout is Layout.MONO
    assert "too little to see" in dark.reason
    wide = guess(flat(1080, 3840, 0))
    assert wide.layout is Layout.SIDE_BY_SIDE
    assert "as wide as two" in wide.reason
    for height, width in ((1, 1), (1, 500), (500, 1), (17, 16)):
        assert guess(flat(height, width, 128)).layout in Layout


def real_pictures() -> list[tuple[str, Layout]]:
    pictures = [(p, Layout.SIDE_BY_SIDE) for p in (DATA / "stereo/sbs_usb_chessboard_1280x480").glob("*.jpg")]
    eyes = [p for kind in ("left", "right") for p in (DATA / "stereo").rglob(f"*{kind}*") if "disp" not in p.name]
    eyes += [p for name in ("im0", "im1", "im2", "im6") for p in (DATA / "stereo").rglob(f"{name}.png")]
    # The photo sets are long; every eighth picture will do.
    eyes += sorted(p for p in (DATA / "photos").rglob("*"))[::8] + list((DATA / "mono").glob("*rgb*.*"))
    eyes += [p for name in ("moge", "monodepth2") for p in (DATA / "mono").glob(f"{name}*.jpg")]
    pictures += [(p, Layout.MONO) for p in eyes if p.suffix.lower() in (".jpg", ".png")]
    return sorted((str(p.relative_to(DATA)), layout) for p, layout in pictures)


@pytest.mark.real
@real
def test_every_real_picture() -> None:
    pictures = real_pictures()
    assert len(pictures) > 70
    wrong = []
    for name, layout in pictures:
        with Pillow.open(DATA / name) as picture:
            picture.draft("RGB", (1600, 1600))
            image = np.array(picture.convert("RGB"))
        found = guess(image, "picture")
        if found.layout is not layout:
            wrong.append((name, found))
    assert not wrong


@pytest.mark.real
@real
def test_a_real_clip_of_two_upright_phones_with_black_bars() -> None:
    with av.open(str(DATA / "stereo/phone_stereo/unified_stereo_vid_example.mp4")) as clip:
        found = [guess(f.to_ndarray(format="rgb24")) for i, f in enumerate(clip.decode(video=0)) if i % 8 == 0]
    assert [g.layout for g in found] == [Layout.SIDE_BY_SIDE] * 6


@pytest.mark.real
@real
@pytest.mark.parametrize("layout", PACKED)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("middlebury2003_cones/im2.png", "middlebury2003_cones/im6.png"),
        ("middlebury_v3_motorcycle_Q/im0.png", "middlebury_v3_motorcycle_Q/im1.png"),
        ("middlebury2006_bowling/left.png", "middlebury2006_bowling/right.png"),
        ("sceneflow_dmb_0/left.png", "sceneflow_dmb_0/right.png"),
        ("usb_stereo_scene_raw/left0.jpg", "usb_stereo_scene_raw/right0.jpg"),
        ("opencv_chessboard/left08.jpg", "opencv_chessboard/right08.jpg"),
    ],
)
def test_real_pairs_packed_in_every_way(left: str, right: str, layout: Layout) -> None:
    eyes = [np.array(Pillow.open(DATA / "stereo" / name).convert("RGB")) for name in (left, right)]
    assert guess(packed(eyes[0], eyes[1], layout)).layout is layout
