"""The judge on pictures whose disparity is known exactly, turned by a known amount."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.models.needs.known_scene import KnownScene, known_scenes
from depthview.engine.stereo.matching.matches import Matches, find_matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns, mapped
from depthview.engine.stereo.rectification.rows import RowsJudge, RowsVerdict
from depthview.engine.stereo.rectification.turns_warp import TurnsWarp
from tests.engine.dot_pairs import pair_of, texture
from tests.engine.rectification.turned_cameras import scene, seen, turned, with_wrong

TURNED = turned(left_roll=2.5, right_yaw=1.5, right_roll=4, right_pitch=-1.5, log_zoom=0.01)


@pytest.fixture(scope="module")
def room() -> KnownScene:
    return known_scenes(1)[0]


def _unevened(pair: StereoPair, turns: EyeTurns) -> StereoPair:
    """What cameras turned like that would have seen; mirrored at the border rather than black."""
    height, width = pair.size_hw
    eyes = [
        cv2.warpPerspective(
            eye, np.linalg.inv(homography), (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
        for eye, homography in zip((pair.left, pair.right), turns.homographies(pair.size_hw), strict=True)
    ]
    return replace(pair, left=eyes[0], right=eyes[1])


def _verdict(*looks: Matches) -> RowsVerdict:
    judge = RowsJudge()
    for matches in looks:
        judge.look(matches)
    return judge.verdict


def _true_matches(room: KnownScene, turns: EyeTurns) -> Matches:
    """Every seventh pixel and where the other eye sees it, in the uneven pictures."""
    y, x = np.mgrid[3 : room.disparity_px.shape[0] : 7, 3 : room.disparity_px.shape[1] : 7].reshape(2, -1)
    shift = room.disparity_px[y, x]
    known = np.isfinite(shift)
    left = np.stack([x, y], axis=1)[known].astype(np.float64)
    right = left - np.stack([shift[known], np.zeros(int(known.sum()))], axis=1)
    back: list[NDArray[np.float64]] = [
        np.linalg.inv(homography) for homography in turns.homographies(room.pair.size_hw)
    ]
    return Matches(mapped(back[0], left), mapped(back[1], right), room.pair.size_hw)


def test_uneven_rows_are_evened_everywhere_in_the_picture(room: KnownScene) -> None:
    pair = _unevened(room.pair, TURNED)
    verdict = _verdict(find_matches(pair))
    assert verdict.trusted
    assert verdict.warp is not None
    truth = _true_matches(room, TURNED)
    evened = verdict.warp.points(truth)
    scale = 640 / room.pair.size_hw[1]
    assert np.percentile(np.abs(truth.left - truth.right)[:, 1], 95) * scale > 10
    assert np.percentile(np.abs(evened.left - evened.right)[:, 1], 95) * scale < 0.5
    assert verdict.before_px is not None
    assert verdict.before_px > 10
    assert verdict.after_px is not None
    assert verdict.after_px < 0.7


def test_pictures_and_points_are_warped_alike(room: KnownScene) -> None:
    pair = _unevened(room.pair, TURNED)
    verdict = _verdict(find_matches(pair))
    assert verdict.warp is not None
    again = find_matches(verdict.warp.warp(pair))
    assert np.percentile(np.abs(again.left - again.right)[:, 1], 90) < 1.0
    seen_there = verdict.warp.seen()
    assert seen_there is not None
    left = verdict.warp.warp(replace(pair, left=np.full_like(pair.left, 200))).left
    assert (left[seen_there] == 200).all()
    assert (left[~seen_there] < 200).all(axis=1).mean() > 0.99
    assert 0.9 < seen_there.mean() < 1


def test_pictures_are_unbent_where_their_points_are(room: KnownScene) -> None:
    """Dots at known places, some near the corners, lie in the warped picture where their points are sent."""
    height, width = room.pair.size_hw
    places = np.array([[140, 130], [width - 150, 140], [170, height - 155], [width // 2, height // 2]], np.float64)
    dots = np.zeros((height, width, 3), np.uint8)
    for x, y in places.astype(int):
        dots[y - 1 : y + 2, x - 1 : x + 2] = 255
    warp = TurnsWarp.of(replace(TURNED, bend=0.1, bend_difference=-0.04), room.pair.size_hw)
    shown = warp.warp(replace(room.pair, left=dots, right=dots))
    there = warp.points(Matches(places, places, room.pair.size_hw))
    found = 0
    for eye, points in ((shown.left, there.left), (shown.right, there.right)):
        for x, y in points[((points > 5) & (points < [width - 6, height - 6])).all(axis=1)]:
            found += 1
            rows, columns = np.nonzero(eye[round(y) - 4 : round(y) + 5, round(x) - 4 : round(x) + 5, 0] > 100)
            assert np.hypot(columns.mean() + round(x) - 4 - x, rows.mean() + round(y) - 4 - y) < 0.5
    assert found >= 4


def test_an_even_pair_is_left_alone_exactly(room: KnownScene) -> None:
    verdict = _verdict(find_matches(room.pair))
    assert verdict.warp is None
    assert verdict.trusted
    assert "even" in verdict.reason
    assert verdict.before_px == verdict.after_px
    assert verdict.before_px is not None
    assert verdict.before_px < 0.5


def test_nothing_to_see_says_so() -> None:
    black = np.zeros((480, 640, 3), np.uint8)
    verdict = _verdict(find_matches(pair_of(black, black)))
    assert (verdict.warp, verdict.trusted, verdict.before_px) == (None, False, None)
    assert "Too little" in verdict.reason


def test_pictures_of_different_things_are_not_trusted() -> None:
    assert not _verdict(find_matches(pair_of(texture(480, 640, 1), texture(480, 640, 2)))).trusted


def test_looks_that_agree_make_it_better_and_then_it_is_held() -> None:
    judge = RowsJudge()
    truth = seen(scene(400, seed=77), TURNED)
    errors, warps = [], []
    for seed in range(8):
        judge.look(with_wrong(seen(scene(60, 100 + seed), TURNED, noise_px=0.4), 0.1, seed))
        warp = judge.verdict.warp
        assert warp is not None
        evened = warp.points(truth)
        errors.append(float(np.percentile(np.abs(evened.left - evened.right)[:, 1], 95)))
        warps.append(warp)
    assert errors[-1] < 0.5 * errors[0]
    assert warps[-1] is warps[-2] is warps[-3]


def test_eyes_that_turn_are_followed() -> None:
    judge = RowsJudge()
    judge.look(seen(scene(), TURNED, noise_px=0.2))
    assert not judge.moving
    now = replace(TURNED, right_pitch=TURNED.right_pitch + np.radians(1))
    judge.look(seen(scene(), now, noise_px=0.2))
    assert judge.moving
    assert judge.verdict.warp is not None
    evened = judge.verdict.warp.points(seen(scene(300, seed=8), now))
    assert np.percentile(np.abs(evened.left - evened.right)[:, 1], 95) < 0.6


def _turning(step: int) -> EyeTurns:
    return replace(TURNED, right_pitch=TURNED.right_pitch + step * np.radians(0.1))


def _misses_px(judge: RowsJudge, turns: EyeTurns) -> float:
    assert judge.verdict.warp is not None
    evened = judge.verdict.warp.points(seen(scene(300, seed=8), turns))
    return float(np.percentile(np.abs(evened.left - evened.right)[:, 1], 95))


def test_glances_follow_eyes_that_turn_between_looks() -> None:
    judge, unwatched = RowsJudge(), RowsJudge()
    for each in (judge, unwatched):
        each.look(seen(scene(), _turning(0), noise_px=0.2))
    assert judge.restless
    for step in range(1, 10):
        judge.glance(seen(scene(80, seed=4), _turning(step), noise_px=0.2), 0.04)
        assert _misses_px(judge, _turning(step)) < 1
    assert _misses_px(unwatched, _turning(9)) > 5
    shown = judge.verdict
    judge.look(seen(scene(), _turning(9), noise_px=0.2))
    assert judge.verdict is shown, "nothing jumps"
    assert judge.moving, "glances do not hide from the next look that there is something to follow"
    assert judge.restless


def test_what_a_look_finds_is_gone_to_and_not_jumped_to() -> None:
    """Glances had lost a yaw of both eyes, which few matches tell: the rows were nearly even all the while."""
    before, now = turned(left_yaw=8, right_yaw=6), turned(left_yaw=22, right_yaw=20)
    judge = RowsJudge()
    judge.look(seen(scene(), before, noise_px=0.2))
    judge.glance(seen(scene(80, seed=4), before, noise_px=0.2), 0.04)
    assert _misses_px(judge, now) > 2
    found = seen(scene(), now, noise_px=0.2)
    middle = Matches(np.array([[40.0, 40.0]]), np.array([[40.0, 40.0]]), found.size_hw)
    places = []
    for step in range(12):
        if step == 1:
            judge.look(found)
        elif step > 1:
            judge.glance(seen(scene(80, seed=4), now, noise_px=0.2), 0.04)
        assert judge.verdict.warp is not None
        places.append(judge.verdict.warp.points(middle).left[0])
    moved = np.hypot(*np.diff(places, axis=0).T)
    assert moved.max() < 0.6 * np.hypot(*(places[-1] - places[0]))
    assert _misses_px(judge, now) < 1


def test_eyes_that_stand_still_are_not_watched() -> None:
    judge = RowsJudge()
    for seed in (1, 2):
        judge.look(seen(scene(300, seed), TURNED, noise_px=0.2))
    assert not judge.restless
    even = RowsJudge()
    even.look(seen(scene(), turned(), noise_px=0.2))
    assert not even.restless
    even.glance(seen(scene(), TURNED, noise_px=0.2), 0.04)
    assert even.verdict.warp is None


def test_a_look_that_cannot_be_trusted_changes_nothing() -> None:
    judge = RowsJudge()
    judge.look(seen(scene(), TURNED, noise_px=0.2))
    before = judge.verdict
    rng = np.random.default_rng(2)
    left, right = rng.uniform(0, 1, (2, 200, 2)) * [640, 480]
    judge.look(Matches(left, right, (480, 640)))
    assert judge.verdict is before


def test_eyes_of_another_size_are_judged_anew() -> None:
    judge = RowsJudge()
    judge.look(seen(scene(), TURNED, noise_px=0.2))
    even = seen(scene(), turned(), noise_px=0.2)
    judge.look(Matches(even.left * 2, even.right * 2, (960, 1280)))
    assert judge.verdict.warp is None
    assert judge.verdict.trusted
