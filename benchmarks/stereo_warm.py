"""What going on from the last frame is worth: two warm iterations beside two and eight cold ones, and what ends it."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_drawn import draw_scene
from benchmarks.stereo_judge import flicker_px, judge, mean_difference_px, still_pixels
from benchmarks.stereo_methods import WIDTH_PX, open_ours, size_at_width
from benchmarks.stereo_pairs import DATA, Kind, KnownPair, sample_eyes
from depthview.engine.estimators.base import Estimate
from depthview.engine.frames import Frame, Image, StereoPair
from depthview.engine.sources import open_source
from training.room.truth import load_sample, load_truth

WARM, COLD_2, COLD_8 = "2 warm", "2 cold", "8 cold"
_VARIANTS = {WARM: (2, True), COLD_2: (2, False), COLD_8: (8, False)}
_REFERENCE_ITERATIONS = 32

REAL_CLIP = (
    DATA / "stereo" / "phone_stereo" / "video2_left.mp4",
    DATA / "stereo" / "phone_stereo" / "video2_right.mp4",
)
"""The only one there whose eyes stand still towards each other: their rows differ by the same 15 px all along."""
_REAL_WIDTH_PX = 352
_REFERENCE_EVERY, _SETTLED_AFTER = 4, 4

_BEFORE_A_CUT = 4
_DIM = 5
"""So many times darker."""


def measure_sample(*, graphs: Path, frames: int) -> dict[str, Any]:
    """On the bundled clip from its beginning, at the frames with truth among the first `frames`.

    By variant: the means of `bad` and `error_px`; `warm_share` of the warm variant's frames that really went on.
    """
    sample = load_sample()
    size_hw = size_at_width((sample.size_wh[1], sample.size_wh[0]), WIDTH_PX)
    scores: dict[str, list[dict[str, Any]]] = {name: [] for name in _VARIANTS}
    warm_frames = 0
    with ExitStack() as stack:
        estimators = {
            name: stack.enter_context(closing(open_ours(size_hw, count, graphs=graphs, warm=warm)))
            for name, (count, warm) in _VARIANTS.items()
        }
        clip = itertools.islice(sample_eyes(), min(frames, max(sample.truth_frames) + 1))
        for number, (left, right) in enumerate(clip):
            pair = StereoPair(left, right, number, number / sample.fps, 0.0)
            answers = {WARM: estimators[WARM].estimate(pair)}
            warm_frames += answers[WARM].warm
            if number not in sample.truth_frames:
                continue
            answers |= {name: estimators[name].estimate(pair) for name in (COLD_2, COLD_8)}
            truth = load_truth(number)
            known = KnownPair(f"room {number}", left, right, truth.disparity_px, truth.visible, Kind.DRAWN)
            for name, answer in answers.items():
                scores[name].append({"frame": number, **asdict(judge(known, answer.values))})
    return {
        "variants": {
            name: {key: float(np.mean([score[key] for score in of])) for key in ("bad", "bad_seen", "error_px")}
            for name, of in scores.items()
        },
        "warm_share": warm_frames / max(1, number),
        "frames": scores,
    }


def measure_real(*, graphs: Path, frames: int) -> dict[str, Any] | None:
    """On a hand-held clip without truth; None where it is not there.

    By variant: `off_px`, the mean difference to 32 cold iterations, and `flicker_px`, the mean change from frame to
    frame at pixels whose colour stayed.
    """
    if not all(path.is_file() for path in REAL_CLIP):
        return None
    off: dict[str, list[float]] = {name: [] for name in _VARIANTS}
    flicker: dict[str, list[float]] = {name: [] for name in _VARIANTS}
    before: tuple[StereoPair, dict[str, Estimate]] | None = None
    warm_frames = 0
    with ExitStack() as stack:
        pairs = levelled_pairs(REAL_CLIP, frames)
        first = next(pairs)
        size_hw = size_at_width(first.size_hw, _REAL_WIDTH_PX)
        estimators = {
            name: stack.enter_context(closing(open_ours(size_hw, count, graphs=graphs, warm=warm)))
            for name, (count, warm) in _VARIANTS.items()
        }
        reference = stack.enter_context(closing(open_ours(size_hw, _REFERENCE_ITERATIONS, graphs=graphs)))
        for number, pair in enumerate(itertools.chain((first,), pairs)):
            answers = {name: estimator.estimate(pair) for name, estimator in estimators.items()}
            warm_frames += answers[WARM].warm
            if before is not None:
                still = still_pixels(before[0].left, pair.left)
                for name, answer in answers.items():
                    flicker[name].append(flicker_px(before[1][name].values, answer.values, still))
            if number >= _SETTLED_AFTER and number % _REFERENCE_EVERY == 0:
                best_px = reference.estimate(pair).values
                for name, answer in answers.items():
                    off[name].append(mean_difference_px(answer.values, best_px))
            before = pair, answers
    return {
        "clip": REAL_CLIP[0].name,
        "variants": {
            name: {"off_px": float(np.mean(off[name])), "flicker_px": float(np.nanmean(flicker[name]))}
            for name in _VARIANTS
        },
        "warm_share": warm_frames / max(1, number),
    }


def measure_resets(*, graphs: Path) -> list[dict[str, Any]]:
    """After a cut there and back and after an exchange of the eyes: the first frame beside a fresh estimator's.

    `bad` and `fresh_bad` where the truth is known, `off_px` the mean difference of the two answers.
    """
    sample = load_sample()
    room = list(itertools.islice(sample_eyes(), max(_BEFORE_A_CUT + 1, sample.truth_frames[0] + 1)))
    at = sample.truth_frames[0]
    truth = load_truth(at)
    known_room = KnownPair("room", *room[at], truth.disparity_px, truth.visible, Kind.DRAWN)
    drawn = draw_scene((sample.size_wh[1], sample.size_wh[0])).pair
    size_hw = size_at_width(drawn.frame.size_hw, WIDTH_PX)
    before_room, before_drawn = room[:_BEFORE_A_CUT], [(drawn.left, drawn.right)] * _BEFORE_A_CUT
    swapped = KnownPair("swapped", room[at][1], room[at][0], np.full_like(truth.disparity_px, np.nan), None, Kind.DRAWN)
    cases = [
        ("cut to another scene", before_room, drawn),
        ("cut back", before_drawn, known_room),
        ("eyes exchanged", before_room, swapped),
        # Small pictures of a dim clip differ too little to show a change.
        ("eyes of a dim clip exchanged", [(_dim(a), _dim(b)) for a, b in before_room], _dimmed(swapped)),
        ("cut to a dim scene from a dim one", [(_dim(a), _dim(b)) for a, b in before_room], _dimmed(drawn)),
    ]
    return [{"case": name, **_after(before, pair, size_hw, sample.fps, graphs)} for name, before, pair in cases]


def _dimmed(pair: KnownPair) -> KnownPair:
    return replace(pair, left=_dim(pair.left), right=_dim(pair.right))


def _dim(eye: Image) -> Image:
    return np.asarray(eye // _DIM, np.uint8)


def _after(
    before: list[tuple[Image, Image]], pair: KnownPair, size_hw: tuple[int, int], fps: float, graphs: Path
) -> dict[str, Any]:
    iterations = _VARIANTS[WARM][0]
    frame = replace(pair.frame, seq=len(before), pts_s=len(before) / fps)
    with closing(open_ours(size_hw, iterations, graphs=graphs, warm=True)) as used:
        for seq, (left, right) in enumerate(before):
            went_on = used.estimate(StereoPair(left, right, seq, seq / fps, 0.0)).warm
        answer = used.estimate(frame)
    with closing(open_ours(size_hw, iterations, graphs=graphs, warm=True)) as fresh:
        wanted = fresh.estimate(frame)
    known = bool(np.isfinite(pair.disparity_px).any())
    return {
        "warm_before": went_on,
        "warm": answer.warm,
        "off_px": mean_difference_px(answer.values, wanted.values),
        "bad": judge(pair, answer.values).bad if known else None,
        "fresh_bad": judge(pair, wanted.values).bad if known else None,
    }


def levelled_pairs(clip: tuple[Path, Path], frames: int) -> Iterator[StereoPair]:
    """The first moments of two files, the right eye's rows brought to the left's as the first frame shows them."""
    source = open_source(tuple(str(path) for path in clip))
    level: NDArray[np.float64] | None = None
    try:
        moments = (item for item in iter(source.read, None) if isinstance(item, Frame))
        for frame in itertools.islice(moments, frames):
            assert frame.right is not None
            if level is None:
                level = row_map(frame.image, frame.right)
            height, width = frame.image.shape[:2]
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            right = cv2.warpAffine(frame.right, level, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            yield StereoPair(frame.image, right.astype(np.uint8, copy=False), frame.seq, frame.pts_s, 0.0)
    finally:
        source.close()


def row_map(left: Image, right: Image) -> NDArray[np.float64]:
    """The 2 x 3 map from where a point should lie in the right eye to where it lies: columns stay, rows are levelled.

    Least squares on matched SIFT features (Lowe 2004), again and again without what fits worst.
    """
    sift = cv2.SIFT.create(2000)
    (left_points, left_kinds), (right_points, right_kinds) = (
        sift.detectAndCompute(cv2.cvtColor(eye, cv2.COLOR_RGB2GRAY), None) for eye in (left, right)
    )
    both = cv2.BFMatcher().knnMatch(left_kinds, right_kinds, k=2)
    pairs = [best for best, second in both if best.distance < 0.75 * second.distance]
    at_left = np.asarray([left_points[m.queryIdx].pt for m in pairs])
    at_right = np.asarray([right_points[m.trainIdx].pt for m in pairs])
    unknowns = np.column_stack([at_right, np.ones(len(at_right))])
    kept = np.ones(len(pairs), bool)
    for _ in range(8):
        a, b, c = np.linalg.lstsq(unknowns[kept], at_left[kept, 1], rcond=None)[0]
        error = np.abs(unknowns @ (a, b, c) - at_left[:, 1])
        kept = error < max(1.0, 2 * float(np.median(error)))
    # A point (x, y) of the right eye belongs to row a x + b y + c: so row y is read at (y - a x - c) / b.
    return np.asarray([[1.0, 0.0, 0.0], [-a / b, 1 / b, -c / b]])
