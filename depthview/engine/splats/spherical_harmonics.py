"""Colours that depend on where one looks from: real spherical harmonics up to degree 4, as splats are trained with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

C0 = 0.28209479177387814
C1 = 0.4886025119029199
C2 = (1.0925484305920792, 1.0925484305920792, 0.31539156525252005, 1.0925484305920792, 0.5462742152960396)
C3 = (
    0.5900435899266435,
    2.890611442640554,
    0.4570457994644658,
    0.3731763325901154,
    0.4570457994644658,
    1.445305721320277,
    0.5900435899266435,
)
C4 = (
    2.5033429417967046,
    1.7701307697799304,
    0.9461746957575601,
    0.6690465435572892,
    0.10578554691520431,
    0.6690465435572892,
    0.47308734787878004,
    1.7701307697799304,
    0.6258357354491761,
)


def basis(direction: NDArray[np.floating], degree: int) -> NDArray[np.floating]:
    """(..., K) values of the view-dependent harmonics in unit directions (..., 3) from the eye to the splat.

    The order and the signs are those of the training code that all of the field's files follow.
    """
    values = terms(direction[..., 0], direction[..., 1], direction[..., 2], degree)
    return np.stack(values, -1) if values else np.zeros((*direction.shape[:-1], 0), direction.dtype)


def terms(x: Any, y: Any, z: Any, degree: int) -> list[Any]:
    """The K values of `basis`, of whatever can be multiplied and added: arrays, or tensors with their gradients."""
    values = []
    if degree >= 1:
        values += [-C1 * y, C1 * z, -C1 * x]
    if degree >= 2:
        xx, yy, zz = x * x, y * y, z * z
        values += [
            C2[0] * x * y,
            -C2[1] * y * z,
            C2[2] * (2 * zz - xx - yy),
            -C2[3] * x * z,
            C2[4] * (xx - yy),
        ]
    if degree >= 3:
        values += [
            -C3[0] * y * (3 * xx - yy),
            C3[1] * x * y * z,
            -C3[2] * y * (4 * zz - xx - yy),
            C3[3] * z * (2 * zz - 3 * xx - 3 * yy),
            -C3[4] * x * (4 * zz - xx - yy),
            C3[5] * z * (xx - yy),
            -C3[6] * x * (xx - 3 * yy),
        ]
    if degree >= 4:
        values += [
            C4[0] * x * y * (xx - yy),
            -C4[1] * y * z * (3 * xx - yy),
            C4[2] * x * y * (7 * zz - 1),
            -C4[3] * y * z * (7 * zz - 3),
            C4[4] * (zz * (35 * zz - 30) + 3),
            -C4[5] * x * z * (7 * zz - 3),
            C4[6] * (xx - yy) * (7 * zz - 1),
            -C4[7] * x * z * (xx - 3 * yy),
            C4[8] * (xx * (xx - 3 * yy) - yy * (3 * xx - yy)),
        ]
    return values
