"""Any stereo network of the contracts below, told apart by the shapes of its graph, never by its file name.

| contract | inputs | colours | output |
|---|---|---|---|
| stacked | one, both eyes on the channel axis: 2 (grey) or 6 (RGB) channels | 0..1 | HITNet |
| pair | two of 3 channels, or 1 (grey) | BGR 0..255, normalised inside | CREStereo `init` |
| pair with prior | a pair, and a first guess of 2 channels at half size | the same | CREStereo `next` |
| cascade | a pair at half size and a pair at full size | the same | CREStereo `combined` |

Sources: PINTO_model_zoo 284_CREStereo and 142_HITNET, measured in notes/stereo.md 1.1 to 1.3. CREStereo's weights saw
OpenCV's BGR, although most programs feed them RGB.
"""

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.sgm import prior_disparity
from depthview.engine.frames import Disparity, Image, StereoPair
from depthview.engine.runtime import OnnxSession, Port, numpy_dtype

_FREE_SIZE_HW = (480, 640)
_FREE_MULTIPLE_PX = 32


class Contract(Enum):
    STACKED = auto()
    PAIR = auto()
    PAIR_WITH_PRIOR = auto()
    CASCADE = auto()


@dataclass(frozen=True, slots=True)
class Wiring:
    """Which picture goes into which input. `inputs` are in the order the contract names them."""

    contract: Contract
    inputs: tuple[Port, ...]
    channels: int
    channels_last: bool
    model_hw: tuple[int, int] | None
    """The graph's own size; None when it takes any."""


def find_wiring(ports: tuple[Port, ...], *, path: Path) -> Wiring:
    """Tell the contract of a graph from its inputs. Raises UserError when it is none of the known ones."""
    images = [(p, *_image_shape(p)) for p in ports if len(p.shape) == 4]
    if len(images) != len(ports) or not images:
        raise _not_stereo(path, ports)
    if len(images) == 1:
        port, hw, channels, last = images[0]
        if channels not in (2, 6):
            raise _not_stereo(path, ports)
        return Wiring(Contract.STACKED, (port,), channels // 2, last, hw)
    pictures = [entry for entry in images if entry[2] in (1, 3)]
    priors = [entry for entry in images if entry[2] == 2]
    if not pictures:
        raise _not_stereo(path, ports)
    _port, hw, channels, last = max(pictures, key=lambda entry: entry[1] or (0, 0))
    full = [entry[0] for entry in pictures if entry[1] == hw]
    half = [entry[0] for entry in pictures if entry[1] != hw]
    if len(pictures) == 4 and hw is None:
        # Sizes left open: the contract's own order, the half-size pair first.
        half, full = full[:2], full[2:]
    match (len(full), len(half), len(priors)):
        case (2, 0, 0):
            return Wiring(Contract.PAIR, _left_first(full), channels, last, hw)
        case (2, 0, 1):
            return Wiring(Contract.PAIR_WITH_PRIOR, (*_left_first(full), priors[0][0]), channels, last, hw)
        case (2, 2, 0):
            return Wiring(Contract.CASCADE, (*_left_first(half), *_left_first(full)), channels, last, hw)
    raise _not_stereo(path, ports)


class OnnxStereoEstimator:
    """A stereo network from an ONNX file. `selection.size_hw` counts only where the graph takes any size."""

    def __init__(self, path: Path, selection: Selection, *, title: str, threads: int | None = None) -> None:
        """Raises UserError when the file is no ONNX model or of no known contract."""
        self._session = OnnxSession(path, threads=threads)
        self._wiring = find_wiring(self._session.inputs, path=path)
        self._dtypes = {port.name: numpy_dtype(port) for port in self._wiring.inputs}
        self._size_hw = self._wiring.model_hw or selection.size_hw or _FREE_SIZE_HW
        self.info = EstimatorInfo(
            title,
            Selection(selection.model_id, selection.iterations, self._size_hw),
            self._session.provider,
            self._session.note,
        )

    def estimate(self, pair: StereoPair) -> Estimate:
        """(H, W) float32 disparity at the pair's own size; the network knows no unknown, so only its NaN are."""
        fit = Fit.inside(pair.size_hw, self._size_hw)
        if self._wiring.model_hw is None:
            fit = Fit(fit.source_hw, _multiple(fit.content_hw), fit.content_hw)
        left, right = fit.apply(pair.left), fit.apply(pair.right)
        outputs = self._session.run(self._feeds(left, right))
        return Estimate(fit.undo(_disparity_among(outputs, fit.model_hw)))

    def close(self) -> None:
        self._session.close()

    def _feeds(self, left: Image, right: Image) -> dict[str, NDArray[Any]]:
        wiring = self._wiring
        match wiring.contract:
            case Contract.STACKED:
                stacked = np.concatenate([self._planes(eye, rgb=True) for eye in (left, right)])
                whole_numbers = self._dtypes[wiring.inputs[0].name] is np.uint8
                values = [stacked if whole_numbers else stacked / np.float32(255)]
            case Contract.PAIR:
                values = [self._planes(left), self._planes(right)]
            case Contract.PAIR_WITH_PRIOR:
                half_hw = (left.shape[0] // 2, left.shape[1] // 2)
                prior = np.zeros((2, *half_hw), np.float32)
                prior[0] = prior_disparity(left, right, half_hw)
                values = [self._planes(left), self._planes(right), prior]
            case Contract.CASCADE:
                size = (left.shape[1] // 2, left.shape[0] // 2)
                halves = [cv2.resize(eye, size, interpolation=cv2.INTER_AREA).astype(np.uint8) for eye in (left, right)]
                values = [self._planes(eye) for eye in (*halves, left, right)]
        feeds: dict[str, NDArray[Any]] = {}
        for port, planes in zip(wiring.inputs, values, strict=True):
            array = planes.transpose(1, 2, 0) if wiring.channels_last else planes
            feeds[port.name] = np.ascontiguousarray(array[None], self._dtypes[port.name])
        return feeds

    def _planes(self, image: Image, *, rgb: bool = False) -> NDArray[np.float32]:
        if self._wiring.channels == 1:
            return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[None].astype(np.float32)
        ordered = image if rgb else image[..., ::-1]
        return ordered.transpose(2, 0, 1).astype(np.float32)


def _disparity_among(outputs: list[NDArray[Any]], model_hw: tuple[int, int]) -> Disparity:
    """The first output that is a map of the model's size; channel 0 of it (channel 1 is CREStereo's vertical flow)."""
    for output in outputs:
        squeezed = output[0] if output.ndim == 4 else output
        if squeezed.ndim == 3:
            squeezed = squeezed[0] if squeezed.shape[1:] == model_hw else squeezed[..., 0]
        if squeezed.shape == model_hw:
            return squeezed.astype(np.float32)
    shapes = ", ".join(str(o.shape) for o in outputs)
    raise UserError("This model gives no disparity of its own size: choose a stereo model.", details=shapes)


def _image_shape(port: Port) -> tuple[tuple[int, int] | None, int, bool]:
    """((height, width) or None, channels, channels last) of a rank-4 input."""
    _batch, second, third, fourth = port.shape
    last = second not in (1, 2, 3, 6) and fourth in (1, 2, 3, 6)
    channels = fourth if last else second
    height, width = (second, third) if last else (third, fourth)
    size = (height, width) if height is not None and width is not None else None
    return size, channels or 0, last


def _left_first(ports: list[Port]) -> tuple[Port, Port]:
    """The graph's own order, unless the names say otherwise."""
    first, second = ports
    swapped = "right" in first.name.lower() and "left" in second.name.lower()
    return (second, first) if swapped else (first, second)


def _multiple(size_hw: tuple[int, int]) -> tuple[int, int]:
    height, width = (-(-n // _FREE_MULTIPLE_PX) * _FREE_MULTIPLE_PX for n in size_hw)
    return height, width


def _not_stereo(path: Path, ports: tuple[Port, ...]) -> UserError:
    return UserError(
        "This model does not take two pictures: choose a stereo model (two images, or both stacked into one): {path}",
        path=path,
        details="\n".join(f"{p.name}: {p.dtype} {p.shape}" for p in ports),
    )
