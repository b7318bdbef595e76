"""Real codecs in the generator: they really code, the same each time, and a clip as a clip."""

import sys
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2  # noqa: E402

from training.stereo.codecs import coded, h264, h264_packets, has_h264, jpeg  # noqa: E402
from training.stereo.draws import Draws  # noqa: E402
from training.stereo.render import StereoBatch  # noqa: E402

CPU = torch.device("cpu")
HEIGHT, WIDTH = 64, 96


def picture(seed=0):
    """Blurred noise, so that there is something to code at every scale."""
    noise = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.0), None, 0, 255, cv2.NORM_MINMAX)


def clip(batch, frames):
    pairs = []
    for moment in range(frames):
        eyes = [
            torch.from_numpy(np.stack([picture(k + 1000 * eye) for k in range(batch)])).permute(0, 3, 1, 2).float()
            for eye in range(2)
        ]
        eyes = [eye.roll(moment, 3) for eye in eyes]
        everywhere = torch.ones(batch, 1, HEIGHT, WIDTH, dtype=torch.bool)
        pairs.append(StereoBatch(*eyes, everywhere.float(), everywhere, everywhere))
    return pairs


def lost(before, after):
    return float(np.abs(before.astype(float) - after).mean())


def test_jpeg_loses_more_at_less_quality():
    at = [lost(picture(), jpeg([picture()], quality=q, full_colour=False)[0]) for q in (95, 60, 15)]
    assert 0 < at[0] < at[1] < at[2] < 40
    assert lost(picture(), jpeg([picture()], quality=95, full_colour=True)[0]) < at[0]


@pytest.mark.skipif(not has_h264(), reason="PyAV with libx264 is not installed")
def test_h264_loses_more_at_a_higher_factor_and_keeps_order_and_size():
    frames = [picture(0), picture(1)]
    at = []
    for crf in (18, 28, 38):
        back = h264(frames, crf=crf)
        assert [b.shape for b in back] == [f.shape for f in frames]
        at.append(lost(frames[1], back[1]))
        assert lost(frames[1], back[1]) < lost(frames[0], back[1])
    assert 0 < at[0] < at[1] < at[2]


@pytest.mark.skipif(not has_h264(), reason="PyAV with libx264 is not installed")
def test_the_second_frame_is_predicted_from_the_first():
    first, second = h264_packets([picture(), np.roll(picture(), 2, axis=1)], crf=28, preset="veryfast")
    assert first.is_keyframe
    assert not second.is_keyframe
    assert second.size < 0.5 * first.size  # a moved picture costs vectors, not pixels


def test_about_a_third_of_the_samples_is_coded_and_always_the_same_ones():
    before = clip(120, 1)
    kept = before[0].left.clone()
    first, again, other = (coded(before, Draws(120, CPU, seed))[0] for seed in (1, 1, 2))
    assert torch.equal(before[0].left, kept)
    assert torch.equal(first.left, again.left)
    assert torch.equal(first.right, again.right)
    assert not torch.equal(first.left, other.left)
    changed = [(after.left != before[0].left).flatten(1).any(1) for after in (first, other)]
    assert 0.2 < float(torch.stack(changed).float().mean()) < 0.4
    for pair, which in zip((first, other), changed, strict=True):
        assert torch.equal((pair.right != before[0].right).flatten(1).any(1), which)
        assert torch.equal(pair.left, pair.left.round())
        assert 0 <= float(pair.left.min()) <= float(pair.left.max()) <= 255
    assert float((first.left - before[0].left).abs().mean((1, 2, 3)).max()) < 40  # coded, not mixed up


def test_a_clips_moments_are_coded_alike():
    before = clip(24, 2)
    after = coded(before, Draws(24, CPU, 5))
    changed = [(a.left != b.left).flatten(1).any(1) for a, b in zip(after, before, strict=True)]
    assert bool(changed[0].any())
    assert torch.equal(changed[0], changed[1])


def test_without_pyav_it_says_so_and_goes_on(monkeypatch):
    has_h264.cache_clear()
    monkeypatch.setitem(sys.modules, "av", None)
    try:
        with pytest.warns(UserWarning, match="no PyAV with libx264"):
            imitated = coded(clip(24, 1), Draws(24, CPU, 5))[0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # once is enough
            assert torch.equal(imitated.left, coded(clip(24, 1), Draws(24, CPU, 5))[0].left)
        changed = (imitated.left != clip(24, 1)[0].left).flatten(1).any(1)
        assert 0.15 < float(changed.float().mean()) < 0.6
    finally:
        has_h264.cache_clear()
