"""FastDepth as a teacher on rendered pictures: its answer, and what it sees on the way to it.

It has to see them at 224x288 or so, as it learnt: on photographs its AbsRel is 0.117 there, 0.230 at 160x192 and 0.439
at 128x160, where a constant has 0.370.

FastDepth (Wofk et al., ICRA 2019; MIT) has learnt from photographs what the renderer cannot show. On the same rendered
pictures the student is asked to answer alike up to a factor (distillation, Hinton et al. 2015) and to know on its
grids, down and up, what FastDepth knows on its own (hints, Romero et al., ICLR 2015). No weight of it is copied.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from training.mono.losses import scale_invariant
from training.mono.network import Found, Widths

_CHANNELS = {"t100": 256, "t118": 328, "t127": 200, "t131": 256, "t136": 120, "t141": 56}
"""Tensors of `fastdepth_nyu_dequant.onnx` with so many channels: the last ones of the grids that `Found.seen` names."""

_ANSWER_SHARE, _HINT_SHARE = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """`log_depth` (B, 1, H, W); `seen`: (B, C, h, w) each, every channel of mean 0 and deviation 1."""

    log_depth: Tensor
    seen: tuple[Tensor, ...]


class Teacher:
    """Runs FastDepth with ONNX Runtime on the CPU."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        import onnx
        import onnxruntime

        model = onnx.load(str(path))
        for name in _CHANNELS:
            model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait by spinning would take the time from the training.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def lesson(self, pictures: Tensor) -> Lesson:
        """(B, 3, H, W) RGB 0..255 -> what it says of them."""
        fed = np.ascontiguousarray((pictures / 255.0).cpu().numpy(), np.float32)
        depth, *seen = self._session.run(["depth", *_CHANNELS], {"image": fed})
        answer = torch.from_numpy(depth).to(pictures.device).clamp(min=0.05).log()
        return Lesson(answer, tuple(_standardised(torch.from_numpy(value).to(pictures.device)) for value in seen))


class Hints(nn.Module):
    """Reads the teacher's features from the student's; needed in training only."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        w = widths
        own = (w.eighth, w.sixteenth, w.thirtysecond, w.sixteenth, w.eighth, w.quarter)
        self.reads = nn.ModuleList(
            nn.Conv2d(mine, theirs, 1) for mine, theirs in zip(own, _CHANNELS.values(), strict=True)
        )

    def forward(self, found: Found, lesson: Lesson) -> tuple[Tensor, Tensor]:
        """The loss, and the share (0..1) of the teacher's features that the student does not know."""
        grids = zip(self.reads, found.seen, lesson.seen, strict=True)
        unknown = torch.stack(
            [(read(mine) - _onto(mine, theirs)).square().mean() for read, mine, theirs in grids]
        ).mean()
        error = found.log_depth.float() - _onto(found.log_depth, lesson.log_depth)
        answer = scale_invariant(error, torch.ones_like(error, dtype=torch.bool), 1.0)
        return _ANSWER_SHARE * answer + _HINT_SHARE * unknown, unknown.detach()


def _onto(mine: Tensor, theirs: Tensor) -> Tensor:
    """The teacher's grid, which may be finer, on the student's."""
    same = theirs.shape[2:] == mine.shape[2:]
    return theirs if same else fn.interpolate(theirs, size=mine.shape[2:], mode="bilinear", align_corners=False)


def _standardised(features: Tensor) -> Tensor:
    mean = features.mean((0, 2, 3), keepdim=True)
    spread = features.std((0, 2, 3), keepdim=True)
    # A channel that is silent in this batch asks for nothing.
    return (features - mean) / spread.clamp(min=0.05)
