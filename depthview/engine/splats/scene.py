"""A trained Gaussian splat scene: the numbers as they were trained, whatever file they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COEFFICIENTS = (0, 3, 8, 15, 24)
"""How many view-dependent coefficients a colour has, by spherical harmonics degree."""

_MOST_LOG_SCALE = float(np.log(np.finfo(np.float32).max)) / 2
"""The squares of larger ones are no float32."""


@dataclass(frozen=True, slots=True, eq=False)
class FileColumns:
    """What a PLY file says beyond its splats, kept so that it can be written as it was.

    `names`: all columns in the file's order, empty = the usual ones; `others`: (N,) each, those that no splat needs.
    """

    names: tuple[str, ...] = ()
    others: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    def take(self, which: NDArray[np.bool_] | NDArray[np.integer] | slice) -> "FileColumns":
        """The same columns of the splats chosen."""
        return FileColumns(self.names, {name: column[which] for name, column in self.others.items()})


@dataclass(frozen=True, slots=True, eq=False)
class SplatScene:
    """N splats. Axes as COLMAP's: x right, y down, z forward; the unit is the training's own, seldom metres.

    `xyz` (N, 3) middles; `log_scale` (N, 3) natural logarithms of the three standard deviations; `rotation` (N, 4)
    quaternions w, x, y, z of any length; `opacity_logit` (N,), opacity = 1 / (1 + exp(-logit)); `sh_dc` (N, 3) and
    `sh_rest` (N, K, 3), K one of 0, 3, 8, 15, 24: spherical harmonics, colour = 0.5 + 0.2820948 sh_dc + ..., red,
    green, blue in display space (sRGB). All float32, perhaps strided views into a mapped file, not aligned; never
    written to.
    They are what the file says: single splats may hold NaN, infinities or quaternions of length zero.

    `antialiased`: trained with the 2D Mip filter, so that opacity makes up for the low-pass.
    `comments`, `columns`: what the file says beside its splats. Raises ValueError where the shapes do not fit together.

    Kerbl et al., 3D Gaussian Splatting for Real-Time Radiance Field Rendering, 2023; Yu et al., Mip-Splatting, 2024.
    """

    xyz: Floats
    log_scale: Floats
    rotation: Floats
    opacity_logit: Floats
    sh_dc: Floats
    sh_rest: Floats
    antialiased: bool = False
    comments: tuple[str, ...] = ()
    columns: FileColumns = field(default_factory=FileColumns)

    def __post_init__(self) -> None:
        count = len(self.xyz)
        shapes = {
            "xyz": (self.xyz.shape, (count, 3)),
            "log_scale": (self.log_scale.shape, (count, 3)),
            "rotation": (self.rotation.shape, (count, 4)),
            "opacity_logit": (self.opacity_logit.shape, (count,)),
            "sh_dc": (self.sh_dc.shape, (count, 3)),
            "sh_rest": (self.sh_rest.shape, (count, self.sh_rest.shape[1] if self.sh_rest.ndim == 3 else -1, 3)),
            **{f"columns.{name}": (column.shape, (count,)) for name, column in self.columns.others.items()},
        }
        for name, (shape, wanted) in shapes.items():
            if shape != wanted:
                raise ValueError(f"{name} is {shape}; it must be {wanted}")
        if self.sh_rest.shape[1] not in COEFFICIENTS:
            raise ValueError(f"sh_rest has {self.sh_rest.shape[1]} coefficients; it must be one of {COEFFICIENTS}")

    def __len__(self) -> int:
        return len(self.xyz)

    @classmethod
    def empty(cls, count: int, degree: int) -> "SplatScene":
        """So many splats whose numbers are whatever was in memory, to be filled in by a reader."""

        def empty(*shape: int) -> Floats:
            return np.empty((count, *shape), np.float32)

        return cls(empty(3), empty(3), empty(4), empty(), empty(3), empty(COEFFICIENTS[degree], 3))

    @property
    def degree(self) -> int:
        """Of the spherical harmonics: 0 = one colour from all sides, up to 4."""
        return COEFFICIENTS.index(self.sh_rest.shape[1])

    def take(self, which: NDArray[np.bool_] | NDArray[np.integer] | slice) -> "SplatScene":
        """The splats chosen by a mask, by indices or by a slice, in that order."""
        return replace(
            self,
            xyz=self.xyz[which],
            log_scale=self.log_scale[which],
            rotation=self.rotation[which],
            opacity_logit=self.opacity_logit[which],
            sh_dc=self.sh_dc[which],
            sh_rest=self.sh_rest[which],
            columns=self.columns.take(which),
        )

    def with_degree(self, degree: int) -> "SplatScene":
        """The same splats with spherical harmonics of at most this degree."""
        return replace(self, sh_rest=self.sh_rest[:, : COEFFICIENTS[min(degree, self.degree)]])


def bytes_each(degree: int) -> int:
    """How much memory the numbers of a splat take, with spherical harmonics of that degree."""
    return 4 * (3 + 3 + 4 + 1 + 3 + 3 * COEFFICIENTS[degree])


def drawable(scene: SplatScene) -> NDArray[np.bool_]:
    """(N,): which splats can be drawn at all; the others have no place, size, rotation, opacity or colour.

    View-dependent colours do not count: one that is no number makes its splat black, not unseen.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        length = np.linalg.norm(scene.rotation, axis=1)
        found = np.isfinite(scene.xyz).all(axis=1) & (scene.log_scale < _MOST_LOG_SCALE).all(axis=1)
        found &= np.isfinite(length) & (length > 0) & np.isfinite(scene.sh_dc).all(axis=1)
        return np.asarray(found & ~np.isnan(scene.opacity_logit))


def opacity(logit: Floats) -> Floats:
    """Opacity, 0 to 1, float32, of logits."""
    with np.errstate(over="ignore"):
        return np.asarray(np.float32(1) / (np.float32(1) + np.exp(-logit)), np.float32)
