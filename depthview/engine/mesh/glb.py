"""Meshes as glTF 2.0 in one file, the picture in it. Khronos, "glTF 2.0 Specification" (2021), with its extension
KHR_materials_unlit."""

import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.mesh.mesh import TexturedMesh

_JPEG_QUALITY = 92
_TO_GLTF = np.array([1, -1, -1], np.float32)
"""From x right, y down, z forward to glTF's y up and -z forward."""
_FLOAT, _UINT32 = 5126, 5125
_VERTICES, _INDICES = 34962, 34963
_REPEAT, _CLAMP, _LINEAR, _LINEAR_MIPMAP = 10497, 33071, 9729, 9987


def write_glb(path: Path, textured: TexturedMesh) -> None:
    """The mesh, y up, the eye at the origin looking along -z, the picture as its texture, unlit; the notes in
    `asset.extras`. A mesh without triangles becomes a scene with nothing in it.

    The file appears whole or not at all. Raises UserError when it cannot be written.
    """
    described, body = _with_mesh(textured) if len(textured.mesh.faces) else ({"scenes": [{}]}, b"")
    note = "; ".join(textured.notes)
    described |= {
        "asset": {"version": "2.0", "generator": "DepthView", **({"extras": {"note": note}} if note else {})},
        "scene": 0,
    }
    head = json.dumps(described, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    chunks = struct.pack("<I4s", len(head), b"JSON") + head
    if body:
        chunks += struct.pack("<I4s", len(body), b"BIN\0") + body
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)))
        file.write(chunks)


def _with_mesh(textured: TexturedMesh) -> tuple[dict[str, Any], bytes]:
    """What is described, and the bytes that it speaks of."""
    mesh = textured.mesh
    _, jpeg = cv2.imencode(".jpg", textured.picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
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
        "extensionsUsed": ["KHR_materials_unlit"],
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": textured.name, "mesh": 0}],
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
        "samplers": [
            {
                "magFilter": _LINEAR,
                "minFilter": _LINEAR_MIPMAP,
                "wrapS": _REPEAT if textured.wraps else _CLAMP,
                "wrapT": _CLAMP,
            }
        ],
        "images": [{"bufferView": 4, "mimeType": "image/jpeg"}],
        "bufferViews": views,
        "buffers": [{"byteLength": len(body)}],
    }
    return described, bytes(body)
