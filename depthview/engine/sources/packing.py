"""What a stream's own metadata says of its two eyes: MP4 `st3d`, Matroska StereoMode, H.264/HEVC frame packing.

FFmpeg brings all three carriers to one form, AVStereo3D, on the decoded frame (with frame packing only on key frames).
It is what the uploader claims: a hint for people to judge, never a size to allocate from.
"""

import struct
from collections.abc import Mapping

from depthview.engine.frames import Layout, LayoutGuess

_SIDE_BY_SIDE = 1
_TOP_BOTTOM = 2
_INVERTED = 1

# Below this, half a frame is too narrow to be a whole picture, so it was squeezed: 960x1080 is 0.89, VR180 is 1.0.
_NARROWEST_EYE = 0.95
# Above this, half a frame is too wide: 1920x540 is 3.6, cinema is 2.4.
_WIDEST_EYE = 2.6

_MATROSKA = {
    "left_right": (_SIDE_BY_SIDE, False),
    "right_left": (_SIDE_BY_SIDE, True),
    "top_bottom": (_TOP_BOTTOM, False),
    "bottom_top": (_TOP_BOTTOM, True),
}


def guess_from_side_data(
    stereo3d: bytes, metadata: Mapping[str, str], size_hw: tuple[int, int], pixel_aspect: float
) -> LayoutGuess | None:
    """The layout that metadata states, or None when it states none that two eyes can be cut from.

    `stereo3d`: the bytes of the frame's AVStereo3D (first int32: type, second: flags), empty for none. `metadata`: the
    stream's tags. `size_hw`: the packed frame. `pixel_aspect`: width of one pixel / its height. Whether the eyes are
    squeezed is stated by no carrier, so it is judged by the shape of one eye.
    """
    kind, swapped = 0, False
    if len(stereo3d) >= 8:
        kind, flags = struct.unpack_from("=ii", stereo3d)
        swapped = bool(flags & _INVERTED)
    if kind not in (_SIDE_BY_SIDE, _TOP_BOTTOM):
        kind, swapped = _MATROSKA.get(metadata.get("stereo_mode", ""), (0, False))
    height, width = size_hw
    if kind == _SIDE_BY_SIDE:
        half = pixel_aspect > 1.8 or width / 2 / height < _NARROWEST_EYE
        layout = Layout.HALF_SIDE_BY_SIDE if half else Layout.SIDE_BY_SIDE
        order = "right eye first" if swapped else "left eye first"
        return LayoutGuess(layout, swapped, f"the file says side by side, {order}", certain=True)
    if kind == _TOP_BOTTOM:
        half = pixel_aspect < 0.6 or width / (height / 2) > _WIDEST_EYE
        layout = Layout.HALF_OVER_UNDER if half else Layout.OVER_UNDER
        order = "right eye on top" if swapped else "left eye on top"
        return LayoutGuess(layout, swapped, f"the file says over-under, {order}", certain=True)
    return None
