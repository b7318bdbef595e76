"""Splats from the primitives of a glTF file."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.formats import spz
from depthview.engine.splats.formats.axes import half_turn
from depthview.engine.splats.formats.gltf.document import Document, Object
from depthview.engine.splats.formats.gltf.nodes import placed_meshes, placement_of
from depthview.engine.splats.formats.limits import CUT, EMPTY, check_scene
from depthview.engine.splats.formats.logits import log_size, logit
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene
from depthview.engine.splats.spherical_harmonics import C0

_EXTENSION = "KHR_gaussian_splatting"
_SPZ = ("KHR_gaussian_splatting_compression_spz", "KHR_spz_gaussian_splats_compression")
"""Beginnings of the names: drafts are numbered."""
_TURN = half_turn(2)
_ROTATION, _ROTATION_SIGNS = (2, 1, 0, 3), np.array([1, 1, -1, -1], np.float32)
"""Half a turn back after x, y, z, w, as w, x, y, z: where a writer turned a scene so, its own quaternions come back."""
_TURN_OF_SPZ = half_turn(1)
"""The reader of .spz turned about x already; the numbers in it are in glTF's axes as they are."""
_LINEAR = "lin_rec709_display"
_AT_ONCE = 1 << 16
_MOST_PLACES = 10_000
_TOO_MANY_PLACES = "This scene shows splats in more than {most} places: join them before the export: {path}"
_LACKS = "This scene's splats lack {name}: export them again with all that splats need: {path}"
_PACKED = "This scene's splats are packed by {name}, which DepthView cannot read: export them without: {path}"


def read(path: Path) -> SplatScene:
    """All splats of a glTF file's scene, where its nodes place them, turned into our axes.

    Colours kept as linear light are brought to display space splat by splat. Raises UserError with a sentence.
    """
    with reading(path), np.errstate(all="ignore"):
        document = Document(path)
        found = [
            (primitive, matrix)
            for mesh, matrix in placed_meshes(document)
            for primitive in _primitives(document, mesh)
            if _holds_splats(document, primitive)
        ]
        if not found:
            raise UserError(EMPTY, path=path)
        if len(found) > _MOST_PLACES:
            raise UserError(_TOO_MANY_PLACES, path=path, most=f"{_MOST_PLACES:,}")
        scenes = _scenes(document, [primitive for primitive, _ in found])
        signs = np.diag(_TURN.xyz.astype(np.float64))
        placed = []
        for (_, matrix), scene in zip(found, scenes, strict=True):
            own = placement_of(document, matrix)
            placed.append(Placed(scene, Placement(signs @ own.rotation @ signs, own.scale, signs @ own.shift)))
        return joined(placed)


def _scenes(document: Document, primitives: list[Object]) -> list[SplatScene]:
    """The splats of each; of one that is there several times only once. Nothing is read before all has its room."""
    apart = {id(primitive): primitive for primitive in primitives}
    given = {
        key: _attributes(document, primitive)
        for key, primitive in apart.items()
        if _packed_view(document, primitive) is None
    }
    counts = [len(given[id(primitive)].xyz) for primitive in primitives if id(primitive) in given]
    degree = max((attributes.degree for attributes in given.values()), default=0)
    # Twice: once apart, and once joined.
    check_scene(sum(counts) * (1 if len(primitives) == 1 else 2), degree, document.path)
    found = {key: _scene(document, primitive, given.get(key)) for key, primitive in apart.items()}
    if len(primitives) > 1:
        degree = max(scene.degree for scene in found.values())
        check_scene(sum(len(found[id(primitive)]) for primitive in primitives), degree, document.path)
    return [found[id(primitive)] for primitive in primitives]


def _primitives(document: Document, mesh: Object) -> list[Object]:
    found = mesh.get("primitives", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise document.damaged("primitives are no objects")
    return found


def _holds_splats(document: Document, primitive: Object) -> bool:
    return any(name == _EXTENSION or name.startswith(_SPZ) for name in document.extensions(primitive))


def _extension(document: Document, primitive: Object) -> Object:
    found = document.extensions(primitive).get(_EXTENSION, {})
    if not isinstance(found, dict):
        raise document.damaged(f"{_EXTENSION} is no object")
    return found


def _packed_view(document: Document, primitive: Object) -> memoryview | None:
    """The .spz file within, where the splats are packed as one."""
    inner = document.extensions(_extension(document, primitive))
    for name, value in (*inner.items(), *document.extensions(primitive).items()):
        if name.startswith(_SPZ):
            if not isinstance(value, dict):
                raise document.damaged(f"{name} is no object")
            return document.view(value.get("bufferView"))[0]
        if "compression" in name:
            raise UserError(_PACKED, path=document.path, name=name)
    return None


@dataclass(frozen=True, slots=True)
class _Attributes:
    """(N, width) arrays of one primitive, views of the file; None where there are none."""

    xyz: NDArray[Any]
    rotation: NDArray[Any]
    scale: NDArray[Any]
    opacity: NDArray[Any] | None
    sh: list[NDArray[Any]]
    colour: NDArray[Any] | None

    @property
    def degree(self) -> int:
        return COEFFICIENTS.index(max(len(self.sh) - 1, 0))


def _attributes(document: Document, primitive: Object) -> _Attributes:
    given = primitive.get("attributes")
    if not isinstance(given, dict):
        raise document.damaged("a primitive has no attributes")

    def named(name: str, widths: tuple[int, ...]) -> NDArray[Any] | None:
        # The second is the name in drafts.
        for key in (f"{_EXTENSION}:{name}", f"_{name}", name):
            if key in given:
                return document.accessor(given[key], widths)
        return None

    def needed(name: str, width: int) -> NDArray[Any]:
        values = named(name, (width,))
        if values is None:
            raise UserError(_LACKS, path=document.path, name=name)
        return values

    sh: list[NDArray[Any]] = []
    for degree in range(len(COEFFICIENTS)):
        band = [named(f"SH_DEGREE_{degree}_COEF_{i}", (3,)) for i in range(2 * degree + 1)]
        whole = [values for values in band if values is not None]
        if len(whole) < len(band):
            break
        sh += whole
    found = _Attributes(
        needed("POSITION", 3),
        needed("ROTATION", 4),
        needed("SCALE", 3),
        named("OPACITY", (1,)),
        sh,
        named("COLOR_0", (3, 4)),
    )
    if not sh and found.colour is None:
        raise UserError(_LACKS, path=document.path, name="SH_DEGREE_0_COEF_0")
    for values in (found.rotation, found.scale, found.opacity, found.colour, *sh):
        if values is not None and len(values) != len(found.xyz):
            raise UserError(CUT, path=document.path, details=f"{len(values)} values of {len(found.xyz)} splats")
    return found


def _scene(document: Document, primitive: Object, attributes: _Attributes | None) -> SplatScene:
    if attributes is not None:
        found = _unpacked(document, attributes)
    else:
        found = _TURN_OF_SPZ.turned(spz.read_from(_packed_view(document, primitive) or memoryview(b""), document.path))
    if not len(found):
        raise UserError(EMPTY, path=document.path)
    return _in_display_space(found) if _extension(document, primitive).get("colorSpace") == _LINEAR else found


def _unpacked(document: Document, given: _Attributes) -> SplatScene:
    count = len(given.xyz)
    scene = SplatScene.empty(count, given.degree)
    # Some drafts keep logarithms; no size is below nothing, and hardly a scene has all its splats larger than 1.
    logarithms = bool(count) and bool((given.scale < 0).any())
    for first in range(0, count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        scene.xyz[part] = given.xyz[part] * _TURN.xyz
        scene.log_scale[part] = given.scale[part] if logarithms else log_size(given.scale[part])
        scene.rotation[part] = given.rotation[part][:, _ROTATION] * _ROTATION_SIGNS
        scene.opacity_logit[part] = logit(_opacity(given, part))
        scene.sh_dc[part] = _dc(given, part)
        for k, values in enumerate(given.sh[1:]):
            np.multiply(values[part], _TURN.harmonics[k], out=scene.sh_rest[part, k])
        document.forget()
    return scene


def _opacity(given: _Attributes, part: slice) -> NDArray[Any]:
    if given.opacity is not None:
        return np.asarray(given.opacity[part, 0])
    if given.colour is not None and given.colour.shape[1] == 4:
        return np.asarray(given.colour[part, 3])
    return np.ones(len(given.xyz[part]), np.float32)


def _dc(given: _Attributes, part: slice) -> NDArray[Any]:
    if given.sh:
        return np.asarray(given.sh[0][part])
    assert given.colour is not None
    return np.asarray((given.colour[part, :3].astype(np.float32) - np.float32(0.5)) / np.float32(C0))


def _in_display_space(scene: SplatScene) -> SplatScene:
    """Splats of linear light with the colours that are shown: exact without harmonics, those by the curve's slope."""
    light = np.maximum(np.float32(0.5) + np.float32(C0) * scene.sh_dc, np.float32(0))
    bright = np.maximum(light, np.float32(0.0031308))
    shown: Floats = np.where(light > 0.0031308, 1.055 * bright ** (1 / 2.4) - 0.055, 12.92 * light).astype(np.float32)
    slope = np.where(light > 0.0031308, 1.055 / 2.4 * bright ** (1 / 2.4 - 1), 12.92).astype(np.float32)
    return replace(
        scene,
        sh_dc=(shown - np.float32(0.5)) / np.float32(C0),
        sh_rest=scene.sh_rest * slope[:, None, :],
        comments=(*scene.comments, "Colours were linear light; they were brought to display space splat by splat."),
    )
