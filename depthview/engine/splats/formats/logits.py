"""Opacities from 0 to 1 and sizes in units, as most files hold them, and the logits and logarithms of scenes."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

_LEAST = 1e-6
"""Nearer to nothing or to all no logit is asked for: far below and above what is drawn, and finite."""

_LEAST_SIZE = 1e-12


def logit(opacity: NDArray[np.floating]) -> Floats:
    """Logits, finite, of opacities; NaN stays NaN."""
    with np.errstate(invalid="ignore"):
        kept = np.clip(np.asarray(opacity, np.float32), np.float32(_LEAST), np.float32(1 - _LEAST))
        return np.asarray(np.log(kept / (1 - kept)), np.float32)


def log_size(size: NDArray[np.floating]) -> Floats:
    """Natural logarithms, finite, of standard deviations; NaN stays NaN, and what is no size is next to nothing."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.log(np.maximum(np.asarray(size, np.float32), np.float32(_LEAST_SIZE))), np.float32)


LOGIT_OF_BYTE = logit(np.arange(256, dtype=np.float32) / 255)
"""(256,) float32: logits of opacities in bytes."""
