"""Ground truth as people keep it: PFM, NPY, and grey pictures whose levels have to be told."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.frames import Meaning
from depthview.engine.models.comparison.difference import Answer
from depthview.engine.reading import reading_error
from depthview.engine.sources.images import MAX_PIXELS

_GREY = ("L", "I;16", "I;16B", "I;16L", "I", "F")
_HEADER = 128


def read_truth(
    path: Path, size_hw: tuple[int, int], *, scale: float | None = None, meaning: Meaning = Meaning.DISPARITY
) -> Answer:
    """What is stored in a .pfm, .npy or grey picture of `size_hw`, divided by `scale`.

    Not finite is unknown, and in whole-number pictures 0 as well; these need a scale (KITTI's PNG 256, Middlebury 2003
    4). A scale below 0 turns the sign, as SceneFlow's PFM need it. Raises UserError when it cannot be read, is no
    single map, is of another size, or knows nothing.
    """
    if scale is not None and not (math.isfinite(scale) and scale != 0):
        raise UserError("A truth scale of {scale} is impossible: give the stored value of one pixel.", scale=scale)
    try:
        values = _read(path, scale)
    except OSError as error:
        raise reading_error(error, path) from error
    if values.shape != size_hw:
        raise UserError(
            "The ground truth is {truth} and the picture {picture} pixels: give the truth of the left eye at its "
            "own size: {path}",
            truth="x".join(map(str, values.shape)),
            picture="x".join(map(str, size_hw)),
            path=path,
        )
    values = (values / np.float32(scale or 1)).astype(np.float32)
    values[~np.isfinite(values)] = np.nan
    if not np.isfinite(values).any():
        raise UserError("This ground truth knows no pixel at all: choose another file: {path}", path=path)
    return Answer(values, meaning)


def _read(path: Path, scale: float | None) -> NDArray[np.float32]:
    suffix = path.suffix.lower()
    if suffix == ".pfm":
        return _read_pfm(path)
    if suffix == ".npy":
        return _read_npy(path)
    return _read_picture(path, scale)


def _read_pfm(path: Path) -> NDArray[np.float32]:
    with path.open("rb") as file:
        head = file.read(_HEADER).split(b"\n", 3)
        try:
            kind, size, order = (line.strip() for line in head[:3])
            width, height = (int(number) for number in size.split())
            endian = "<f4" if float(order) < 0 else ">f4"
        except ValueError as error:
            raise _damaged(path, error) from error
        if kind != b"Pf" or not 0 < width * height <= MAX_PIXELS or width < 0:
            raise _damaged(path, None)
        file.seek(sum(len(line) + 1 for line in head[:3]))
        pixels = file.read(4 * width * height)
    if len(pixels) < 4 * width * height:
        raise _damaged(path, None)
    return np.flipud(np.frombuffer(pixels, endian).reshape(height, width)).astype(np.float32)


def _read_npy(path: Path) -> NDArray[np.float32]:
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)  # mapped, so that a header cannot lie about the size
    except (ValueError, EOFError) as error:
        raise _damaged(path, error) from error
    stored = stored.squeeze() if stored.ndim > 2 else stored
    if stored.ndim != 2 or stored.dtype.kind not in "fiu" or stored.size > MAX_PIXELS:
        raise _damaged(path, None)
    return np.array(stored, np.float32)


def _read_picture(path: Path, scale: float | None) -> NDArray[np.float32]:
    try:
        with Pillow.open(path, formats=("PNG", "TIFF", "PPM")) as picture:
            if picture.mode not in _GREY or picture.width * picture.height > MAX_PIXELS:
                raise UserError(
                    "Ground truth is one grey picture, and this is another kind: choose the file with the "
                    "disparities: {path}",
                    path=path,
                )
            values = np.asarray(picture)
    except (UserError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # Pillow's readers raise almost anything on damaged bytes
        raise _damaged(path, error) from error
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    if scale is None:
        raise UserError(
            "How much is one pixel of disparity in this picture? Say it with --truth-scale (KITTI 256, Middlebury 2003 "
            "quarter size 4): {path}",
            path=path,
        )
    return np.where(values == 0, np.float32(np.nan), values.astype(np.float32))


def _damaged(path: Path, error: Exception | None) -> UserError:
    return UserError(
        "This is no ground truth that can be read: give a grey .pfm, .npy or .png: {path}",
        path=path,
        details=repr(error) if error else "",
    )
