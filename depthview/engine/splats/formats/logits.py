"""Opacities as most files hold them, 0 to 1, and the logits that scenes hold."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

_LEAST = 1e-6
"""Nearer to nothing or to all no logit is asked for: far below and above what is drawn, and finite."""


def logit(opacity: NDArray[np.floating]) -> Floats:
    """Logits, finite, of opacities; NaN stays NaN."""
    kept = np.clip(np.asarray(opacity, np.float32), np.float32(_LEAST), np.float32(1 - _LEAST))
    return np.asarray(np.log(kept / (1 - kept)), np.float32)


LOGIT_OF_BYTE = logit(np.arange(256, dtype=np.float32) / 255)
"""(256,) float32: logits of opacities in bytes."""
