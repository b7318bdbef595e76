"""How many times too near or too far each view is, from all pairs of views that see the same, solved at once.

Never one after another: then the error of each is carried on to the next (notes/panorama.md 2.3 and 2.4, step 3).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from depthview.engine.panorama.sphere import even_directions
from depthview.engine.panorama.view_depth import ViewDepth

_SAMPLES = (128, 192)
_FEWEST_SHARED = 20


def log_scales(depths: Sequence[ViewDepth]) -> NDArray[np.float64]:
    """(n,): what to add to each view's log range, so that where two views overlap they say the same.

    Minimises the sum over all overlapping pairs of n_ij (a_i - a_j + median(L_i - L_j))^2, with n_ij the solid angle
    they share. The one thing that leaves open is settled by sum(a) = 0: on average, the views were right.
    """
    towards = even_directions(*_SAMPLES)
    seen = np.stack([depth.log_range(towards)[0].ravel() for depth in depths])
    known = np.isfinite(seen)
    count = len(depths)
    rows, wanted = [np.ones(count)], [0.0]
    for one in range(count):
        for other in range(one + 1, count):
            shared = known[one] & known[other]
            number = int(shared.sum())
            if number < _FEWEST_SHARED:
                continue
            weight = number**0.5
            row = np.zeros(count)
            row[one], row[other] = weight, -weight
            rows.append(row)
            wanted.append(-weight * float(np.median(seen[one, shared] - seen[other, shared])))
    found, *_ = np.linalg.lstsq(np.stack(rows), np.array(wanted), rcond=None)
    return np.asarray(found)
