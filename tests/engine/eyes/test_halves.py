"""Halves of one picture that look alike, and halves of two that look different: what each cue says of them."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.drawn_clips import Faults, draw_clip
from benchmarks.drawn_frames import LAYOUTS, PACKED, draw_frame, film, pack
from benchmarks.hard_singles import draw_hard_single
from depthview.engine.frames import Frame, Image, Layout
from depthview.engine.stereo.eyes.halves import HalvesCues, LayoutFeatures, halves_cues
from depthview.engine.stereo.eyes.layout import guess_layout
from tests.engine.dot_pairs import texture


def cues(image: Image, across: bool = True) -> HalvesCues:
    full = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    return halves_cues(full, LayoutFeatures.of(full), full, across)


def layout_of(image: Image) -> Layout:
    return guess_layout(Frame(np.ascontiguousarray(image), None, 0, 0.0, 0.0), hint=None, name="").layout


def scene(seed: int = 700) -> tuple[Image, Image]:
    pair = draw_clip((240, 320), seed, Faults()).pair(0)
    return pair.left, pair.right


def test_two_eyes_have_all_cues_and_one_picture_has_none() -> None:
    left, right = scene()
    both, one = cues(np.hstack([left, right])), cues(left)
    assert both.seam is not None
    assert one.seam is not None
    assert both.features > 0.2
    assert both.blocks > max(one.blocks, both.mirrored) + 0.1
    assert both.seam > 1.0 > one.seam
    assert one.features < 0.05


def test_over_under_is_the_same_lying_down() -> None:
    left, right = scene()
    found = cues(np.vstack([left, right]), across=False)
    assert found.seam is not None
    assert min(found.features / 0.2, found.blocks / 0.6, found.seam) > 1.0


def test_between_bars_the_seam_is_unknown() -> None:
    left, right = (cv2.copyMakeBorder(eye, 0, 0, 40, 40, cv2.BORDER_CONSTANT) for eye in scene())
    assert cues(np.hstack([left, right])).seam is None


@pytest.mark.parametrize("across", [True, False])
def test_a_mirrored_picture_is_one(across: bool) -> None:
    left, _right = scene()
    mirrored = np.hstack([left, left[:, ::-1]]) if across else np.vstack([left, left[::-1]])
    assert layout_of(mirrored) is Layout.MONO


@pytest.mark.parametrize("across", [True, False])
def test_a_mirrored_picture_with_a_seam_is_one(across: bool) -> None:
    """A façade whose one side lies in the shade, or a shore and darker water."""
    left, _right = scene()
    shade = np.asarray(cv2.convertScaleAbs(left, alpha=0.7), np.uint8)
    mirrored = np.hstack([left, shade[:, ::-1]]) if across else np.vstack([left, shade[::-1]])
    found = cues(mirrored, across)
    assert found.seam is not None
    assert found.seam > 1.0
    assert found.mirrored > found.blocks + 0.2
    assert layout_of(mirrored) is Layout.MONO


def test_of_few_features_it_says_little_that_none_is_found_again() -> None:
    strangers = scene(700)[0], scene(701)[0]
    soft = [cv2.GaussianBlur(picture, (0, 0), 6) for picture in strangers]
    assert cues(np.hstack(strangers)).features < 0.05 < cues(np.hstack(soft)).features < 0.1


def test_pictures_whose_halves_resemble_one_another_are_one() -> None:
    """The benchmark `stereo_layout` draws a hundred; these sixteen, two of each kind, are others."""
    frames = [draw_hard_single(seed) for seed in range(640, 656)]
    wrong = [frame.what for frame in frames if layout_of(frame.image) is not Layout.MONO]
    assert len(wrong) <= 1, wrong


def test_a_picture_that_repeats_itself_is_one() -> None:
    """A wall paper's halves are alike to the pixel: only that there is no seam tells that nobody put them together."""
    tile: NDArray[np.uint8] = texture(320, 40)
    tile = cv2.GaussianBlur(np.hstack([tile] * 3), (0, 0), 2)[:, 40:80].astype(np.uint8)
    repeated = np.hstack([tile] * 13)[:, 7:487]
    found = cues(repeated)
    assert found.blocks > 0.9
    assert layout_of(repeated) is Layout.MONO


def test_drawn_frames_of_every_layout() -> None:
    """The benchmark `stereo_layout` draws a hundred; these ten are others."""
    frames = [draw_frame(seed) for seed in range(620, 630)]
    assert {frame.layout for frame in frames} == set(LAYOUTS)
    found = [layout_of(frame.image) for frame in frames]
    wrong = [(f.layout, layout, f.what) for f, layout in zip(frames, found, strict=True) if layout is not f.layout]
    assert len(wrong) <= 1, wrong


def test_two_panoramas_above_one_another_are_whole() -> None:
    """Stretched towards the poles, a panorama is steeper down than across, as if it had been squeezed; but its
    right end goes on at its left one."""
    left, right = scene()
    turned = [np.hstack([eye, eye[:, ::-1]]) for eye in (left, right)]
    stacked = [cv2.resize(eye, (400, 200), interpolation=cv2.INTER_AREA) for eye in turned]
    assert layout_of(np.vstack(stacked).astype(np.uint8)) is Layout.OVER_UNDER


def test_squares_squeezed_to_the_shape_of_panoramas_are_halves() -> None:
    """They end where they end."""
    pair = draw_clip((480, 480), 703, Faults()).pair(0)
    assert layout_of(pack(pair.left, pair.right, Layout.HALF_OVER_UNDER)) is Layout.HALF_OVER_UNDER


def dots() -> Image:
    """(360, 700, 3): each differs from the next as much as from any other."""
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (180, 350, 3)).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("layout", PACKED)
def test_that_nothing_breaks_off_among_dots_says_nothing(layout: Layout) -> None:
    wide = dots()
    left, right = wide[:, 30:670], wide[:, 48:688].copy()
    right[100:260, 200:400] = wide[100:260, 210:410]
    assert layout_of(pack(left, right, layout)) is layout


def test_dots_of_one_eye_are_one_picture() -> None:
    assert layout_of(dots()) is Layout.MONO


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dim_pictures_are_seen_as_if_they_were_lit(layout: Layout) -> None:
    pair = draw_clip((540, 960), 703, Faults()).pair(0)
    left, right = (
        np.asarray(cv2.convertScaleAbs(eye, alpha=0.08, beta=20), np.uint8) for eye in (pair.left, pair.right)
    )
    image = left if layout is Layout.MONO else pack(left, right, layout)
    assert layout_of(image) is layout


@pytest.mark.parametrize("aspect", [1.85, 2.0, 2.39])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_films_between_bars(layout: Layout, aspect: float) -> None:
    """Over-under of 1.85 has bars of ten rows where the eyes meet: thinner than what the seam is compared with."""
    pair = draw_clip((540, 960), 703, Faults()).pair(0)
    assert layout_of(film(pair.left, pair.right, layout, aspect)) is layout


@pytest.mark.parametrize("layout", [Layout.SIDE_BY_SIDE, Layout.OVER_UNDER])
def test_an_upright_picture_in_a_whole_frame_of_its_own_is_not_squeezed(layout: Layout) -> None:
    pair = draw_clip((640, 480), 703, Faults()).pair(0)
    assert layout_of(film(pair.left, pair.right, layout, 3 / 4)) is layout


@pytest.mark.parametrize("aspect", [1.85, 2.39])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_soft_and_dim_films_between_bars(layout: Layout, aspect: float) -> None:
    """There are few features, and bars wherever one divides: they are cut off before halves are compared."""
    pair = draw_clip((540, 960), 703, Faults()).pair(0)
    dim = [
        cv2.convertScaleAbs(cv2.GaussianBlur(eye, (0, 0), 20), alpha=0.5, beta=20) for eye in (pair.left, pair.right)
    ]
    eyes = [np.asarray(eye, np.uint8) for eye in dim]
    assert layout_of(film(eyes[0], eyes[1], layout, aspect)) is layout


def test_the_seam_is_unknown_between_thin_bars() -> None:
    left, right = (cv2.copyMakeBorder(eye, 0, 0, 10, 10, cv2.BORDER_CONSTANT) for eye in scene())
    assert cues(np.hstack([left, right])).seam is None
