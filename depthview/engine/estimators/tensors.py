"""Between pictures and a graph's tensors, as a manifest says: the same for one eye and for two."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import Axes, Colours, Manifest
from depthview.engine.frames import Image, Values
from depthview.engine.runtime import Port, numpy_dtype

_NUMBERS: dict[str, type[np.generic]] = {
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
}
_FEWEST_COLUMNS = 5
"""An axis shorter than this is one of channels; no map is as narrow."""


def picture_tensor(eyes: list[Image], manifest: Manifest, port: Port) -> NDArray[Any]:
    """What an input wants of one eye or, joined along the channels, of several: (H, W, 3) uint8 RGB of equal size."""
    dtype = numpy_dtype(port)
    planes = [_planes(eye, manifest, whole=dtype is np.uint8) for eye in eyes]
    array = planes[0] if len(planes) == 1 else np.concatenate(planes)
    if manifest.layout is Axes.CHANNELS_LAST:
        array = array.transpose(1, 2, 0)
    return with_rank(array, port, dtype)


def with_rank(array: NDArray[Any], port: Port, dtype: type[np.generic]) -> NDArray[Any]:
    """(C, H, W) or (H, W, C) with as many axes of length 1 before it as the graph has; 4 where it does not say."""
    rank = max(len(port.shape) or 4, array.ndim)
    return np.ascontiguousarray(array.reshape((1,) * (rank - array.ndim) + array.shape), dtype)


def extra_tensors(manifest: Manifest, ports: Mapping[str, Port]) -> dict[str, NDArray[Any]]:
    """The numbers that a graph wants beside the picture, each in its input's own type and shape. Raises UserError."""
    tensors: dict[str, NDArray[Any]] = {}
    for name, value in manifest.extra:
        port = ports[name]
        if port.dtype not in _NUMBERS:
            raise UserError("The input {name} takes no number: correct `extra` in this model's manifest.", name=name)
        shape = tuple(1 if length is None else length for length in port.shape)
        tensors[name] = np.full(shape, value, _NUMBERS[port.dtype])
    return tensors


def map_in(output: NDArray[Any], channel: int = 0) -> Values | None:
    """The (H, W) float32 map in an output of any of the usual shapes; None where it holds none.

    [H, W], and with further axes of length 1 before it [C, H, W] or [H, W, C] with up to 4 channels.
    """
    array = output
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim == 3:
        if array.shape[0] < _FEWEST_COLUMNS:
            array = array[channel] if channel < array.shape[0] else array[:0]
        elif array.shape[2] < _FEWEST_COLUMNS:
            array = array[..., channel] if channel < array.shape[2] else array[:0]
    if array.ndim != 2 or min(array.shape) < _FEWEST_COLUMNS:
        return None
    return np.ascontiguousarray(array, np.float32)


def wanted_outputs(session: Session, manifest: Manifest) -> list[str]:
    """The outputs to ask a graph for: the answer first, or all where it is not named; then the further ones that are.

    Raises UserError where the graph has no input or output that the manifest names, or wants one more.
    """
    inputs, outputs = [p.name for p in session.inputs], [p.name for p in session.outputs]
    fed = [name for _role, name in manifest.inputs] + [name for name, _value in manifest.extra]
    asked = [manifest.output] if manifest.output else outputs
    more = [name for name in (manifest.mask, manifest.confidence, manifest.metric_scale) if name]
    for name, there in [*((n, inputs) for n in fed), *((n, outputs) for n in (*asked, *more))]:
        if name not in there:
            raise UserError(
                "The manifest names {name}, which this model does not have: use some of {there}: {path}",
                name=name,
                there=", ".join(there),
                path=session.path,
            )
    if missing := [name for name in inputs if name not in fed]:
        raise UserError(
            "This model also wants {missing}: write the number that it takes under `extra` in its manifest: {path}",
            missing=", ".join(missing),
            path=session.path,
        )
    return list(dict.fromkeys([*asked, *more]))


def answer_map(outputs: list[NDArray[Any]], manifest: Manifest) -> Values:
    """The map in the output that the manifest names, else the first that is one. Raises UserError."""
    maps = [map_in(output, manifest.channel) for output in outputs]
    found = next((m for m in (maps[:1] if manifest.output else maps) if m is not None), None)
    if found is None:
        raise UserError(
            "This model gives no map of depth: choose a depth model, or name the right `output` in its manifest.",
            details=", ".join(str(output.shape) for output in outputs),
        )
    return found


def map_named(name: str, outputs: list[NDArray[Any]], wanted: list[str]) -> Values | None:
    """The map in the output of that name; None for no name, or where it is none."""
    return map_in(outputs[wanted.index(name)]) if name else None


def masked(values: Values, mask: Values | None) -> Values:
    """NaN wherever a mask of the same size is below a half."""
    if mask is None or mask.shape != values.shape:
        return values
    return np.where(mask < 0.5, np.float32(np.nan), values)


def _planes(image: Image, manifest: Manifest, *, whole: bool) -> NDArray[np.float32]:
    """(C, H, W) float32, scaled as the manifest says, or 0..255 where the input takes whole numbers."""
    picture, order = image, {Colours.GREY: [0], Colours.RGB: [0, 1, 2], Colours.BGR: [2, 1, 0]}[manifest.colours]
    if manifest.colours is Colours.GREY:
        picture = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], np.uint8)
    planes = np.empty((len(order), *picture.shape[:2]), np.float32)
    for plane, index in zip(planes, order, strict=True):
        if whole:
            plane[...] = picture[..., index]
            continue
        mean, std = manifest.scaling.mean[index], manifest.scaling.std[index]
        np.multiply(picture[..., index], np.float32(1 / (255 * std)), out=plane)
        if mean:
            plane -= np.float32(mean / std)
    return planes
