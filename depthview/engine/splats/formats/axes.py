"""A scene turned by half a turn about one of its axes: two axes point the other way, nothing but signs changes."""

from dataclasses import dataclass, replace

import numpy as np

from depthview.engine.splats.scene import Floats, SplatScene
from depthview.engine.splats.spherical_harmonics import basis


@dataclass(frozen=True, slots=True, eq=False)
class HalfTurn:
    """What every number is multiplied with: `xyz` (3,), `rotation` (4,) for w, x, y, z, `harmonics` (24,); float32."""

    xyz: Floats
    rotation: Floats
    harmonics: Floats

    def turned(self, scene: SplatScene) -> SplatScene:
        """The scene as it is seen in the other axes."""
        signs = self.harmonics[: scene.sh_rest.shape[1], None]
        return replace(
            scene, xyz=scene.xyz * self.xyz, rotation=scene.rotation * self.rotation, sh_rest=scene.sh_rest * signs
        )


def half_turn(axis: int) -> HalfTurn:
    """Half a turn about x, y or z (0, 1, 2). It is its own way back.

    A turned scene looks from the turned direction as it did before; each harmonic up to degree 4 is even or odd along
    each axis, so its value there is the one before with or without the opposite sign.
    """
    xyz = np.full(3, -1, np.float32)
    xyz[axis] = 1
    # The quaternion's vector is an axis of rotation: it turns with the scene.
    rotation = np.concatenate([np.ones(1, np.float32), xyz])
    anywhere = np.array([0.36, 0.48, 0.8], np.float32)
    return HalfTurn(xyz, rotation, np.sign(basis(anywhere * xyz, 4) * basis(anywhere, 4)).astype(np.float32))
