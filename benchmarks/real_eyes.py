"""The real pairs and clips in ../shared/data/stereo, and the bundled sample: what layout and order are held against."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stereo_pairs import DATA
from depthview.engine.frames import Frame, Layout, StereoPair
from depthview.engine.resources import resource
from depthview.engine.sources import open_source
from depthview.engine.sources.images import read_still
from depthview.engine.stereo.eyes.split import split
from depthview.engine.stereo.prepare.bars import BarsJudge

STEREO = DATA / "stereo"

_PAIRS = (
    *(("middlebury2003_cones/im2.png", "middlebury2003_cones/im6.png"),),
    *(("middlebury_v3_motorcycle_Q/im0.png", "middlebury_v3_motorcycle_Q/im1.png"),),
    *((f"{name}/left.png", f"{name}/right.png") for name in ("middlebury2006_bowling", "sceneflow_dmb_0")),
    ("tinynav_looper/left.png", "tinynav_looper/right.png"),
    ("usb_stereo_scene_raw/left0.jpg", "usb_stereo_scene_raw/right0.jpg"),
    *(
        (f"phone_stereo/{name}_left.jpg", f"phone_stereo/{name}_right.jpg")
        for name in ("cupandearphone", "eevee", "paperbag", "totoro")
    ),
)
_MOMENTS = 5
"""Frames of a clip that are looked at, from its beginning to its end."""


@dataclass(frozen=True, slots=True)
class RealEyes:
    """Some moments of one source, eyes in the right order, bars cut off; `packed` is the frames as they come."""

    name: str
    pairs: tuple[StereoPair, ...]
    packed: tuple[Frame, ...] = ()


def real_eyes() -> Iterator[RealEyes]:
    """All of them; the sample only where ../shared/data is missing."""
    yield _clip("the sample", [resource("samples") / "room_sbs.mp4"], 100)
    if not STEREO.is_dir():
        return
    for left, right in _PAIRS:
        yield RealEyes(left.rpartition("_left")[0] or left.split("/")[0], (_pair(STEREO / left, STEREO / right),))
    for path in sorted((STEREO / "opencv_chessboard").glob("left*.jpg")):
        yield RealEyes(f"opencv {path.stem}", (_pair(path, path.with_name(path.name.replace("left", "right"))),))
    for path in sorted((STEREO / "sbs_usb_chessboard_1280x480").glob("*.jpg")):
        yield _packed(f"usb {path.stem}", [_frame(path)])
    phone = STEREO / "phone_stereo"
    for name, length in (("video", 62), ("video2", 219)):
        yield _clip(name, [phone / f"{name}_left.mp4", phone / f"{name}_right.mp4"], length)
    yield _clip("unified", [phone / "unified_stereo_vid_example.mp4"], 44)


def _frame(path: Path) -> Frame:
    return Frame(read_still(path).image, None, 0, 0.0, 0.0)


def _pair(left: Path, right: Path) -> StereoPair:
    return StereoPair(read_still(left).image, read_still(right).image, 0, 0.0, 0.0)


def _clip(name: str, files: list[Path], length: int) -> RealEyes:
    source = open_source([str(path) for path in files])
    wanted = {round(k * (length - 1) / (_MOMENTS - 1)) for k in range(_MOMENTS)}
    frames = []
    try:
        for number in range(length):
            frame = source.read()
            if not isinstance(frame, Frame):
                break
            if number in wanted:
                frames.append(frame)
    finally:
        source.close()
    if frames[0].right is None:
        return _packed(name, frames)
    return RealEyes(name, tuple(split(frame, Layout.SEPARATE, swap=False) for frame in frames))


def _packed(name: str, frames: list[Frame]) -> RealEyes:
    pairs = [split(frame, Layout.SIDE_BY_SIDE, swap=False) for frame in frames]
    judge = BarsJudge()
    for pair in pairs:
        judge.look(pair.left, pair.right)
    bars = judge.bars
    cut = tuple(StereoPair(bars.left.of(p.left), bars.right.of(p.right), p.seq, p.pts_s, p.captured_at) for p in pairs)
    return RealEyes(name, cut, tuple(frames))
