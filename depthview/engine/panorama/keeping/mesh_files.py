"""Meshes as files that other programs open: GLB with the photo on it, and PLY.

The formats: Khronos, "glTF 2.0 Specification" (2021), with its extension KHR_materials_unlit; Greg Turk, "The PLY
Polygon File Format" (1994).
"""

import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.frames import Image
from depthview.engine.panorama.keeping.mesh import Mesh

_JPEG_QUALITY = 92
_TO_GLTF = np.array([1, -1, -1], np.float32)
"""From x right, y down, z forward to glTF's y up and -z forward."""
_FLOAT, _UINT32 = 5126, 5125
_VERTICES, _INDICES = 34962, 34963
_REPEAT, _CLAMP, _LINEAR, _LINEAR_MIPMAP = 10497, 33071, 9729, 9987


def write_glb(path: Path, mesh: Mesh, photo: Image, note: str = "") -> None:
    """glTF 2.0 in one file: the mesh, y up, the eye at the origin looking along -z, the photo as its texture, unlit.

    `photo`: (H, W, 3) uint8, on the whole sphere. `note` says what a unit is, in `asset.extras`. The file appears whole
    or not at all. Raises UserError when it cannot be written.
    """
    _, jpeg = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    positions = (mesh.vertices * _TO_GLTF).astype("<f4")
    parts: list[tuple[bytes, int | None]] = [
        (positions.tobytes(), _VERTICES),
        ((mesh.normals * _TO_GLTF).astype("<f4").tobytes(), _VERTICES),
        (mesh.uv.astype("<f4").tobytes(), _VERTICES),
        (mesh.faces.astype("<u4").tobytes(), _INDICES),
        (jpeg.tobytes(), None),
    ]
    views: list[dict[str, int]] = []
    body = bytearray()
    for data, target in parts:
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(data)})
        if target is not None:
            views[-1]["target"] = target
        body += data + bytes(-len(data) % 4)
    count = len(positions)
    described: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "DepthView", **({"extras": {"note": note}} if note else {})},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "Panorama", "mesh": 0}],
        "meshes": [
            {"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, "indices": 3, "material": 0}]}
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": _FLOAT,
                "count": count,
                "type": "VEC3",
                "min": positions.min(axis=0).tolist(),
                "max": positions.max(axis=0).tolist(),
            },
            {"bufferView": 1, "componentType": _FLOAT, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": _FLOAT, "count": count, "type": "VEC2"},
            {"bufferView": 3, "componentType": _UINT32, "count": mesh.faces.size, "type": "SCALAR"},
        ],
        "materials": [
            {
                "pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0},
                    "metallicFactor": 0.0,
                    "roughnessFactor": 1.0,
                },
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
        "textures": [{"sampler": 0, "source": 0}],
        "samplers": [{"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP, "wrapS": _REPEAT, "wrapT": _CLAMP}],
        "images": [{"bufferView": 4, "mimeType": "image/jpeg"}],
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    head = json.dumps(described, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(head) + 8 + len(body)))
        file.write(struct.pack("<I4s", len(head), b"JSON") + head)
        file.write(struct.pack("<I4s", len(body), b"BIN\0"))
        file.write(body)


def write_mesh_ply(path: Path, mesh: Mesh, photo: Image, note: str = "") -> None:
    """Binary little-endian PLY: vertices with normals, colours of the photo and s, t (t up), and triangles.

    `photo`: (H, W, 3) uint8, on the whole sphere. `note` says what a unit is. Raises UserError when it cannot be
    written.
    """
    height, width = photo.shape[:2]
    column = (mesh.uv[:, 0] * width).astype(np.intp) % width
    row = np.minimum((mesh.uv[:, 1] * height).astype(np.intp), height - 1)
    vertices = np.empty(
        len(mesh.vertices), np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("st", "<f4", 2), ("rgb", "u1", 3)])
    )
    vertices["xyz"], vertices["normal"], vertices["rgb"] = mesh.vertices, mesh.normals, photo[row, column]
    vertices["st"] = mesh.uv * (1, -1) + (0, 1)
    faces = np.empty(len(mesh.faces), np.dtype([("count", "u1"), ("corners", "<i4", 3)]))
    faces["count"], faces["corners"] = 3, mesh.faces
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment made by DepthView",
        "comment axes: x right, y down, z forward",
        *([f"comment {note}"] if note else []),
        f"element vertex {len(vertices)}",
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz", "s", "t")),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(lines) + "\n").encode("ascii"))
        file.write(vertices.data)
        file.write(faces.data)
