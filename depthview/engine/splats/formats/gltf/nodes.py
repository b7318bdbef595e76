"""Where the meshes of a glTF scene stand: the tree of its nodes, each turned, sized and shifted within another."""

from collections.abc import Iterator

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.gltf.document import Document, Object
from depthview.engine.splats.placement import Placement, Vector
from depthview.engine.splats.quaternions import rotations

_NEAR = 1e-3
_STRETCHED = (
    "This scene is stretched to one side or mirrored by one of its nodes, which splats cannot be: "
    "apply the node's transform before the export: {path}"
)


def placed_meshes(document: Document) -> Iterator[tuple[Object, Vector]]:
    """Meshes and (4, 4) matrices from theirs to the scene's axes. Raises UserError, also for nodes in a circle."""
    waiting = [(index, np.eye(4)) for index in reversed(_roots(document))]
    seen: set[int] = set()
    while waiting:
        index, outer = waiting.pop()
        node = document.entry("nodes", index)
        if index in seen:
            raise document.damaged(f"node {index} is in two places")
        seen.add(index)
        with np.errstate(over="ignore", invalid="ignore"):
            world = outer @ _matrix(document, node)
        if "mesh" in node:
            yield document.entry("meshes", node["mesh"]), world
        waiting.extend((child, world) for child in reversed(_indices(document, node, "children")))


def placement_of(document: Document, matrix: Vector) -> Placement:
    """Of a matrix that turns, sizes alike to all sides and shifts. Raises UserError for any other."""
    part = matrix[:3, :3]
    scale = np.cbrt(np.linalg.det(part)) if np.isfinite(matrix).all() else np.nan
    if not scale > 0 or not np.allclose(part @ part.T / scale**2, np.eye(3), atol=_NEAR):
        raise UserError(_STRETCHED, path=document.path)
    if np.array_equal(part, np.eye(3)):
        return Placement(shift=matrix[:3, 3])
    u, _, vt = np.linalg.svd(part)
    return Placement(u @ vt, float(scale), matrix[:3, 3])


def _roots(document: Document) -> list[int]:
    if "scenes" in document.json:
        scene = document.entry("scenes", document.whole(document.json, "scene", 0))
        return _indices(document, scene, "nodes")
    nodes = document.json.get("nodes", [])
    count = len(nodes) if isinstance(nodes, list) else 0
    inner = {i for k in range(count) for i in _indices(document, document.entry("nodes", k), "children")}
    return [i for i in range(count) if i not in inner]


def _indices(document: Document, of: Object, name: str) -> list[int]:
    found = of.get(name, [])
    if not isinstance(found, list) or not all(type(i) is int for i in found):
        raise document.damaged(f"{name} are no numbers")
    return found


def _matrix(document: Document, node: Object) -> Vector:
    """(4, 4) from the node's axes to those around it."""
    given = document.numbers(node, "matrix", 16)
    if given is not None:
        matrix = given.reshape(4, 4).T
        if not np.allclose(matrix[3], (0, 0, 0, 1), atol=1e-6):
            raise document.damaged("a node's matrix has a perspective")
        return matrix
    matrix = np.eye(4)
    rotation = document.numbers(node, "rotation", 4)
    if rotation is not None:
        length = float(np.linalg.norm(rotation))
        if not length > 0:
            raise document.damaged("a node's rotation is nothing")
        x, y, z, w = rotation / length
        matrix[:3, :3] = rotations(np.array([w, x, y, z]))
    scale = document.numbers(node, "scale", 3)
    if scale is not None:
        matrix[:3, :3] *= scale
    shift = document.numbers(node, "translation", 3)
    if shift is not None:
        matrix[:3, 3] = shift
    return matrix
