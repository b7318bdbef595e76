"""Make the sample clip and its truth: `python -m training.room.make_sample [--output DIR]`.

About 96 frames of the room from a swaying stereo camera, side by side, left eye first, and the exact disparity of a few
of them. Takes some minutes; needs no display.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from training.room.eyes import stereo_truth
from training.room.motion import stereo_camera
from training.room.room import build_room
from training.room.stage import Stage
from training.room.truth import DISPARITY_STEPS_PER_PX, SAMPLES, save_truth

SIZE_WH = (1280, 720)
FOCAL_PX = 1024.0
BASELINE_M = 0.065
FPS = 24
FRAME_COUNT = 96
TRUTH_FRAMES = (4, 28, 52, 76)
SEED = 7
CRF = 23


def encode(path: Path, frames: Iterator[NDArray[np.uint8]], size_wh: tuple[int, int], crf: int) -> None:
    """Side-by-side frames (H, 2 W, 3) as H.264 in MP4. The stream says itself that it is side by side, left first."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height = 2 * size_wh[0], size_wh[1]
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, FPS)
        stream.gop_size = FPS
        # BT.709 both in the conversion and in the header, or players show other colours than were drawn.
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = 1
        context.color_range = 1
        stream.options = {"crf": str(crf), "preset": "veryslow", "x264-params": "frame-packing=3"}
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", interpolation="LANCZOS"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _drawn(stage: Stage, folder: Path) -> Iterator[NDArray[np.uint8]]:
    for index in range(FRAME_COUNT):
        stage.set_turn(index)
        camera = stereo_camera(index / FRAME_COUNT, SIZE_WH, FOCAL_PX, BASELINE_M)
        if index in TRUTH_FRAMES:
            save_truth(folder, index, *stereo_truth(stage.renderer, camera))
        eyes = [stage.renderer.colour(eye) for eye in (camera.left, camera.right)]
        print(f"frame {index + 1} of {FRAME_COUNT}", file=sys.stderr)
        yield np.ascontiguousarray(np.concatenate(eyes, axis=1))


def make_sample(folder: Path, crf: int = CRF) -> None:
    """Write room_sbs.mp4, room.json and the truth into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(build_room(SEED), [index / FRAME_COUNT for index in range(FRAME_COUNT)])
    try:
        encode(folder / "room_sbs.mp4", _drawn(stage, folder), SIZE_WH, crf)
    finally:
        stage.close()
    said = {
        "clip": "room_sbs.mp4",
        "layout": "sbs",
        "left_eye_first": True,
        "width_px": SIZE_WH[0],
        "height_px": SIZE_WH[1],
        "focal_px": FOCAL_PX,
        "baseline_m": BASELINE_M,
        "cx_px": (SIZE_WH[0] - 1) / 2,
        "cy_px": (SIZE_WH[1] - 1) / 2,
        "doffs_px": 0.0,
        "fps": FPS,
        "frame_count": FRAME_COUNT,
        "truth_frames": list(TRUTH_FRAMES),
        "disparity_steps_per_px": DISPARITY_STEPS_PER_PX,
        "seed": SEED,
        "made_by": "python -m training.room.make_sample",
        "licence": "MIT, as the rest of DepthView",
        "read_me": (
            "Sizes are one eye's. room_disparity_FRAME.png: 16 bit, value / 256 = disparity of the left eye in px "
            "(first frame is 0); depth_m = focal_px * baseline_m / disparity_px. room_visible_FRAME.png: white where "
            "the right eye sees the same point."
        ),
    }
    (folder / "room.json").write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=SAMPLES)
    parser.add_argument("--crf", type=int, default=CRF)
    options = parser.parse_args()
    make_sample(options.output, options.crf)


if __name__ == "__main__":
    main()
