"""A training's curve is read while it is written, and whatever stands in its file."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from depthview.engine.capture.training.curve import CurvePoint, add_point, read_curve

POINT = CurvePoint(100, 0.05, 25.0, 0.8, 400, 6.0)


def written(**other: object) -> bytes:
    return json.dumps(asdict(POINT) | other).encode()


@pytest.mark.parametrize(
    "line",
    [
        written()[:-9],
        b"\xff\x00",
        b"[" * 100_000,
        written(loss=10**400),
        written(psnr=float("nan")),
        written(ssim=float("inf")),
        written(seconds="soon"),
        written(iteration=1.5),
        written(count=True),
    ],
    ids=["half", "bytes", "deep", "huge", "nan", "infinite", "words", "fraction", "truth"],
)
def test_a_line_that_is_no_point_is_left_out_and_the_next_is_read(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "progress.jsonl"
    path.write_bytes(line + b"\n")
    add_point(path, POINT)
    assert read_curve(path) == (POINT,)
