"""The sample in the repository says of itself what is true of it."""

import json

import av
import cv2
import numpy as np
import pytest

from training.room.truth import SAMPLES, Sample, Truth, load_sample, load_truth, save_truth


@pytest.fixture(scope="module")
def sample() -> Sample:
    return load_sample()


@pytest.fixture(scope="module")
def decoded(sample: Sample) -> dict[int, np.ndarray]:
    """The truth frames of the clip, (H, 2 W, 3) uint8; -1 holds the number of frames, as one number."""
    kept: dict[int, np.ndarray] = {}
    count = 0
    with av.open(str(sample.clip)) as container:
        for frame in container.decode(video=0):
            assert frame.pts * frame.time_base == pytest.approx(count / sample.fps, abs=1e-6)
            if count in sample.truth_frames:
                kept[count] = frame.to_ndarray(format="rgb24")
            count += 1
    kept[-1] = np.array(count)
    return kept


def test_everything_together_is_under_five_megabytes() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 5_000_000


def test_the_clip_has_the_stated_size_and_count(sample: Sample, decoded: dict[int, np.ndarray]) -> None:
    width, height = sample.size_wh
    assert int(decoded[-1]) == sample.frame_count
    assert sample.frame_count / sample.fps == pytest.approx(4.0)
    for frame in sample.truth_frames:
        assert decoded[frame].shape == (height, 2 * width, 3)
    with av.open(str(sample.clip)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == sample.fps
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.name == "h264"


def test_the_stream_says_side_by_side_left_first(sample: Sample) -> None:
    with av.open(str(sample.clip)) as container:
        first = next(container.decode(video=0))
        data = np.frombuffer(bytes(first.side_data["STEREO3D"]), np.int32)
    side_by_side, not_inverted = 1, 0
    assert data[:2].tolist() == [side_by_side, not_inverted]


def test_there_are_several_truth_frames(sample: Sample) -> None:
    assert len(sample.truth_frames) >= 4
    assert max(sample.truth_frames) < sample.frame_count


def test_the_truth_is_complete_and_in_the_room(sample: Sample) -> None:
    for frame in sample.truth_frames:
        truth = load_truth(frame)
        assert truth.disparity_px.shape == truth.visible.shape == sample.size_wh[::-1]
        assert truth.disparity_px.dtype == np.float32
        assert truth.visible.dtype == bool
        assert np.isfinite(truth.disparity_px).all()
        depth = truth.depth_m
        assert 0.8 < depth.min() < 2.0
        assert 5.0 < depth.max() < 8.0
        assert 0.85 < truth.visible.mean() < 0.99
        # What lies beyond the right eye's edge cannot be seen by it.
        beyond = np.arange(sample.size_wh[0])[None, :] < truth.disparity_px
        assert not truth.visible[beyond].any()


def test_the_ball_moves(sample: Sample) -> None:
    """The head sways a little; only a moving thing changes the depth of many pixels by more than half a metre."""
    first, second = (load_truth(frame).depth_m for frame in sample.truth_frames[:2])
    assert (np.abs(first - second) > 0.5).mean() > 0.01


def photometric_error(picture: np.ndarray, truth: Truth, shift_px: float) -> float:
    width = truth.disparity_px.shape[1]
    left, right = (half.astype(np.float32) for half in (picture[:, :width], picture[:, width:]))
    x = np.arange(width, dtype=np.float32)[None, :] - truth.disparity_px - np.float32(shift_px)
    y = np.repeat(np.arange(x.shape[0], dtype=np.float32)[:, None], width, axis=1)
    moved = cv2.remap(right, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return float(np.abs(moved - left).mean(2)[truth.visible].mean())


def test_the_truth_agrees_with_the_clips_pixels(sample: Sample, decoded: dict[int, np.ndarray]) -> None:
    """One pixel more or less, the eyes swapped, or a frame too early: each has to fit worse."""
    for frame in sample.truth_frames:
        truth = load_truth(frame)
        exact = photometric_error(decoded[frame], truth, 0)
        assert exact < 4.0
        assert photometric_error(decoded[frame], truth, 1) > 1.4 * exact
        assert photometric_error(decoded[frame], truth, -1) > 1.4 * exact
        width = sample.size_wh[0]
        swapped = np.concatenate([decoded[frame][:, width:], decoded[frame][:, :width]], axis=1)
        assert photometric_error(swapped, truth, 0) > 3 * exact
        other = next(f for f in sample.truth_frames if f != frame)
        assert photometric_error(decoded[other], truth, 0) > 1.2 * exact


def test_the_truth_has_no_half_pixel_bias(sample: Sample, decoded: dict[int, np.ndarray]) -> None:
    """The parabola through the errors at -1, 0 and +1 px has its foot at the truth, to a tenth of a pixel."""
    for frame in sample.truth_frames:
        truth = load_truth(frame)
        below, at, above = (photometric_error(decoded[frame], truth, s) ** 2 for s in (-1, 0, 1))
        assert abs((below - above) / (2 * (below - 2 * at + above))) < 0.1


def test_the_description_is_plain_json(sample: Sample) -> None:
    said = json.loads((SAMPLES / "room.json").read_text(encoding="utf-8"))
    assert said["left_eye_first"] is True
    assert said["focal_px"] == sample.rig.focal_px
    assert said["baseline_m"] == pytest.approx(0.065)
    assert isinstance(said["seed"], int)


def test_save_and_load_lose_at_most_a_step(tmp_path, sample: Sample) -> None:
    rng = np.random.default_rng(2)
    disparity = rng.uniform(1, 80, (*sample.size_wh[::-1],)).astype(np.float64)
    visible = rng.random(disparity.shape) > 0.3
    (tmp_path / "room.json").write_text((SAMPLES / "room.json").read_text(encoding="utf-8"), encoding="utf-8")
    save_truth(tmp_path, 3, disparity, visible)
    back = load_truth(3, tmp_path)
    assert np.abs(back.disparity_px - disparity).max() <= 0.5 / 256 + 1e-5
    np.testing.assert_array_equal(back.visible, visible)


def test_a_disparity_that_does_not_fit_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="disparity"):
        save_truth(tmp_path, 0, np.full((4, 4), np.nan), np.ones((4, 4), bool))
    with pytest.raises(ValueError, match="disparity"):
        save_truth(tmp_path, 0, np.full((4, 4), 300.0), np.ones((4, 4), bool))


def test_a_frame_without_truth_is_an_error(sample: Sample) -> None:
    with pytest.raises(FileNotFoundError):
        load_truth(sample.truth_frames[0] + 1)
