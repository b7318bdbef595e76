"""Real files' losses: some samples go through OpenCV's JPEG, some through libx264, as photos and films do.

The cosine codec of `jpeg.py` works on whole batches on a GPU but knows nothing of prediction between blocks, of moved
blocks, of deblocking and of quality that changes from frame to frame. Here whole clips are coded, on the CPU, so that a
second frame is predicted from the first. About 1 ms a pair for JPEG and 4 ms for H.264 at 160x384.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.stereo.draws import Draws
from training.stereo.jpeg import through_jpeg
from training.stereo.render import StereoBatch

Picture = NDArray[np.uint8]
Clip = list[Picture]

_SHARE = 0.15
"""Of all samples, for JPEG and for H.264 each."""

_PRESETS = ("ultrafast", "superfast", "veryfast")
_SUBSAMPLING = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)


def coded(clip: list[StereoBatch], draws: Draws, spared: Sequence[bool] = ()) -> list[StereoBatch]:
    """The moments of a clip, about a third of its samples after a real codec. Pictures are whole numbers 0..255.

    Samples that are `spared` stay as they are.
    Without PyAV or libx264 their share goes through the cosine codec; a warning says so once.
    """
    kind = draws.uniform(0.0, 1.0).tolist()
    quality = draws.uniform(20.0, 94.0).tolist()
    crf = draws.uniform(18.0, 38.0).tolist()
    other = draws.normal(1.0).tolist()
    full_colour = draws.chance(0.3).tolist()
    apart = draws.chance(0.3).tolist()
    preset = draws.whole(len(_PRESETS)).tolist()
    clip = [replace(pair, left=pair.left.clone(), right=pair.right.clone()) for pair in clip]
    for k in range(draws.batch):
        if k < len(spared) and spared[k]:
            continue
        if kind[k] < _SHARE:
            for eye, best in (("left", quality[k]), ("right", quality[k] + 4.0 * other[k])):
                _apply(clip, k, (eye,), partial(jpeg, quality=min(round(best), 100), full_colour=full_colour[k]))
        elif kind[k] < 2 * _SHARE:
            video = partial(h264, preset=_PRESETS[preset[k]]) if has_h264() else _imitated
            if apart[k]:  # two cameras, two files
                _apply(clip, k, ("left",), partial(video, crf=round(crf[k])))
                _apply(clip, k, ("right",), partial(video, crf=round(crf[k] + other[k])))
            else:
                _apply(clip, k, ("left", "right"), partial(video, crf=round(crf[k])))
    return clip


def jpeg(frames: Clip, *, quality: int, full_colour: bool) -> Clip:
    """(H, W, 3) uint8 RGB pictures as each comes back from a JPEG file; colours at half size unless `full_colour`."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _SUBSAMPLING[full_colour]]
    pictures = []
    for frame in frames:
        data = cv2.imencode(".jpg", frame[..., ::-1], options)[1]
        back = cv2.imdecode(data, cv2.IMREAD_COLOR)
        if back is None:
            raise RuntimeError(f"OpenCV could not read back a JPEG of {frame.shape} that it wrote")
        pictures.append(np.ascontiguousarray(back[..., ::-1]).astype(np.uint8, copy=False))
    return pictures


def h264(frames: Clip, *, crf: int, preset: str = "veryfast") -> Clip:
    """(H, W, 3) uint8 RGB frames as they come back from one H.264 stream: the first whole, the others predicted."""
    import av  # a lent machine may have none

    decoder: Any = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    back = [frame for packet in h264_packets(frames, crf=crf, preset=preset) for frame in decoder.decode(packet)]
    back += decoder.decode(None)
    return [frame.to_ndarray(format="rgb24") for frame in back]


def h264_packets(frames: Clip, *, crf: int, preset: str) -> list[Any]:
    """The stream's packets, one a frame. One thread: the same frames always give the same bytes."""
    import av

    encoder: Any = av.CodecContext.create("libx264", "w")
    encoder.height, encoder.width = frames[0].shape[:2]
    encoder.pix_fmt, encoder.time_base, encoder.thread_count = "yuv420p", Fraction(1, 25), 1
    encoder.options = {"crf": str(crf), "preset": preset, "tune": "zerolatency", "x264-params": "log-level=none"}
    packets = []
    for number, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        frame.pts = number
        packets += encoder.encode(frame)
    return packets + list(encoder.encode(None))


@lru_cache(maxsize=1)
def has_h264() -> bool:
    """Whether PyAV is there with libx264."""
    try:
        import av

        av.Codec("libx264", "w")
    except (ImportError, ValueError):
        warnings.warn("no PyAV with libx264 here: H.264 is imitated by the cosine codec of jpeg.py", stacklevel=2)
        return False
    return True


def _imitated(frames: Clip, *, crf: int) -> Clip:
    quality = torch.tensor([max(10.0, 95.0 - 3.5 * (crf - 18))])
    back = (through_jpeg(_as_tensor(frame)[None].float(), quality)[0] for frame in frames)
    return [_as_picture(picture) for picture in back]


def _apply(clip: list[StereoBatch], sample: int, eyes: tuple[str, ...], codec: Callable[[Clip], Clip]) -> None:
    """In place: one sample's eyes, side by side where there are two, all moments in one go."""
    tensors: list[list[Tensor]] = [[getattr(pair, eye)[sample] for eye in eyes] for pair in clip]
    frames = [np.hstack([_as_picture(eye) for eye in moment]) for moment in tensors]
    for moment, frame in zip(tensors, codec(frames), strict=True):
        for place, back in zip(moment, np.split(frame, len(eyes), axis=1), strict=True):
            place.copy_(_as_tensor(back))


def _as_picture(eye: Tensor) -> Picture:
    return np.ascontiguousarray(eye.round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy())


def _as_tensor(picture: Picture) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)
