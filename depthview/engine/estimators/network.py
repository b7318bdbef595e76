"""The three graphs of an iterative stereo network, run one after another with their values left on the device.

`encode` once a frame, `update` once an iteration, `finish` once. Values travel between the graphs by the names in
`FRAME` and `STATE`; an update's `next_` outputs are the next one's inputs. Made by `training.stereo.export`.
"""

from pathlib import Path

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.estimators.seed import Cells, Seed, fused
from depthview.engine.execution.devices import Device
from depthview.engine.execution.failure import EngineBroken, OutOfMemory
from depthview.engine.frames import Confidence, Disparity, Image
from depthview.engine.runtime import DeviceValue, OnnxSession, copied_out

FRAME = ("levels", "first", "first_sure", "context", "coarse_context")
"""What `encode` finds and no iteration changes."""
DETAIL = "detail"
"""What it finds for the finish alone: the left eye on the grid of 2."""
SEED = ("seed_px", "seed_sure")
"""What the finish may take for a pixel as it is: a seed at the pictures' size; and 1 where it was found, 0.5 where it
was bridged, 0 without one."""
STATE = ("disparity", "hidden", "coarse")
"""What an iteration changes, and what the next frame of a video may start from."""
MULTIPLE_PX = 16

_LOOK_EVERY = 2
"""Iterations between two looks at how much still changes: each look waits for a GPU."""

Values = dict[str, DeviceValue]


class IteratedNetwork:
    """The graphs `encode.onnx`, `update.onnx` and `finish.onnx` of a folder. For one thread.

    A frame is `encode`, `iterate`, `finish`; between the first two `trust` may replace the first match. Its last state
    is kept, and the next frame of the same size may go on from it.
    """

    def __init__(self, folder: Path, *, threads: int | None = None, device: Device = Device.AUTO) -> None:
        """Raises UserError when a graph is missing, damaged or not one of this kind."""
        wanted = {
            "encode": (("left", "right"), (*FRAME, DETAIL, *STATE)),
            "update": ((*FRAME, *STATE), (*(f"next_{name}" for name in STATE), "change_px")),
            "finish": ((*STATE[:2], DETAIL, *SEED), ("disparity_px", "confidence")),
        }
        graphs = {
            name: _load(folder / f"{name}.onnx", *ports, threads=threads, device=device)
            for name, ports in wanted.items()
        }
        self._encode, self._update, self._finish = (graphs[name] for name in wanted)
        self.provider, self.note = self._encode.provider, self._encode.note
        self._values: Values = {}
        self._encoded: Values = {}
        self._past: Values = {}
        self._spare: list[Values] = []
        self._unseeded: DeviceValue | None = None
        self._size_hw: tuple[int, int] | None = None

    def encode(self, left: Image, right: Image) -> None:
        """Begin a frame: (H, W, 3) uint8 RGB each, H and W multiples of 16. A new size forgets the state."""
        size_hw = left.shape[:2]
        if size_hw != self._size_hw:
            self._forget_buffers()
        feeds = {name: self._encode.place(eye[None]) for name, eye in (("left", left), ("right", right))}
        # The last frame's memory is written over; its state lies elsewhere.
        into = {name: self._encoded.get(name) for name in (*FRAME, DETAIL, *STATE)}
        self._encoded = self._encode.run_in_place(feeds, into)
        self._values = dict(self._encoded)
        if self._unseeded is None:
            self._unseeded = self._finish.place(np.zeros((1, 1, *size_hw), np.float32))
        self._values |= dict.fromkeys(SEED, self._unseeded)
        self._size_hw = size_hw

    @property
    def first(self) -> tuple[Cells, Cells]:
        """This frame's first match and how sure it is (above 1: a seed's), copied out."""
        first, sure = (copied_out(self._values[name]) for name in ("first", "first_sure"))
        return first, sure

    def trust(self, seed: Seed) -> None:
        """Take it as this frame's first match, and as where it starts, if it is usable."""
        if not seed.usable:
            return
        first, first_sure = fused(seed)
        self._values["first"] = self._values["disparity"] = self._update.place(first)
        self._values["first_sure"] = self._update.place(first_sure)
        sure = np.where(seed.found, np.float32(1), np.float32(0.5))
        for name, value in zip(SEED, (seed.disparity_px, sure), strict=True):
            self._values[name] = self._finish.place(value[None, None])

    @property
    def past_disparity(self) -> Cells | None:
        """The last frame's disparity, copied out; None where there is none of this size."""
        return copied_out(self._past["disparity"]) if self._past else None

    def iterate(self, count: int, *, stop_below_px: float, warm: bool) -> int:
        """Improve the state `count` times, from the last frame's if `warm` and there is one; the iterations done.

        Fewer than `count` once an iteration changes the disparity by less than `stop_below_px` in the mean.
        """
        if warm:
            self._values.update(self._past)
        done = 0
        while done < count:
            free = self._spare.pop() if self._spare else {}
            into = {f"next_{name}": free.get(name) for name in STATE} | {"change_px": free.get("change_px")}
            feeds = {name: self._values[name] for name in (*FRAME, *STATE)}
            outputs = self._update.run_in_place(feeds, into)
            if self._past:
                self._spare.append(self._past)
            self._past = {name: outputs[f"next_{name}"] for name in STATE}
            self._values.update(self._past)
            self._past["change_px"] = outputs["change_px"]
            done += 1
            look = done % _LOOK_EVERY == 0 and done < count
            if look and float(copied_out(outputs["change_px"])) < stop_below_px:
                break
        return done

    def finish(self) -> tuple[Disparity, Confidence]:
        """(H, W) float32 each: disparity in pixels of the encoded pictures, and the chance that it is right."""
        outputs = self._finish.run_in_place(
            {name: self._values[name] for name in (*STATE[:2], DETAIL, *SEED)},
            {"disparity_px": None, "confidence": None},
        )
        disparity, confidence = (copied_out(outputs[name])[0, 0] for name in ("disparity_px", "confidence"))
        return disparity, confidence

    def forget(self) -> None:
        """The next frame has none before it."""
        self._past = {}

    def close(self) -> None:
        """Free the graphs and everything between them."""
        self._forget_buffers()
        for graph in (self._encode, self._update, self._finish):
            graph.close()

    def _forget_buffers(self) -> None:
        self._values, self._encoded, self._past, self._spare = {}, {}, {}, []
        self._unseeded = self._size_hw = None


def _load(
    path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...], *, threads: int | None, device: Device
) -> OnnxSession:
    sentence = "A part of this model is missing or damaged: install DepthView again: {path}"
    try:
        graph = OnnxSession(path, threads=threads, device=device, in_turn=True)
    except (OutOfMemory, EngineBroken):
        raise  # the file is not to blame
    except UserError as error:
        raise UserError(sentence, path=path, details=error.details) from error
    has = {port.name for port in graph.inputs}, {port.name for port in graph.outputs}
    if has != (set(inputs), set(outputs)):
        graph.close()
        raise UserError(sentence, path=path, details=f"Inputs and outputs: {sorted(has[0])}, {sorted(has[1])}")
    return graph


def padded_hw(content_hw: tuple[int, int]) -> tuple[int, int]:
    """The size that the graphs take for a picture of `content_hw`: multiples of 16, wide enough for a pyramid."""
    height, width = (-(-n // MULTIPLE_PX) * MULTIPLE_PX for n in content_hw)
    return max(height, 2 * MULTIPLE_PX), max(width, 2 * MULTIPLE_PX)
