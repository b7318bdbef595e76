"""glTF files of splats, put together by the format's own words and not by the product's."""

import base64
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import SplatScene

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
EXTENSION = "KHR_gaussian_splatting"


class Parts:
    """A document that grows: its JSON and the bytes of its one buffer."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"}, "extensionsUsed": [EXTENSION], "scene": 0, "scenes": [{"nodes": []}],
            "nodes": [], "meshes": [], "accessors": [], "bufferViews": [], "buffers": [{"byteLength": 0}],
        }  # fmt: skip
        self.data = b""

    def view(self, data: bytes, **more: object) -> int:
        self.data += bytes(-len(self.data) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data), **more})
        self.data += data
        self.json["buffers"][0]["byteLength"] = len(self.data)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: NDArray[Any], view: int | None = None, **more: object) -> int:
        values = values.reshape(len(values), -1)
        self.json["accessors"].append(
            {
                "bufferView": self.view(values.tobytes()) if view is None else view,
                "componentType": COMPONENTS[values.dtype.str[1:]],
                "count": len(values),
                "type": TYPES[values.shape[1]],
                **more,
            }
        )
        return len(self.json["accessors"]) - 1

    def mesh(self, attributes: Mapping[str, int], extension: object = None, **node: object) -> None:
        """A mesh of one primitive, and a node of the scene that shows it."""
        primitive = {
            "mode": 0,
            "attributes": attributes,
            "extensions": {EXTENSION: {"kernel": "ellipse"} if extension is None else extension},
        }
        self.json["meshes"].append({"primitives": [primitive]})
        self.json["nodes"].append({"mesh": len(self.json["meshes"]) - 1, **node})
        self.json["scenes"][0]["nodes"].append(len(self.json["nodes"]) - 1)

    def glb(self) -> bytes:
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        data = self.data + bytes(-len(self.data) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def gltf(self, uri: str | None = None) -> bytes:
        """With the buffer beside, at `uri`, or within."""
        inside = "data:application/octet-stream;base64," + base64.b64encode(self.data).decode()
        self.json["buffers"][0]["uri"] = inside if uri is None else uri
        return json.dumps(self.json).encode()


def attributes_of(parts: Parts, scene: SplatScene, prefix: str = EXTENSION + ":") -> dict[str, int]:
    """The attributes of a scene, whose axes are glTF's already, by the extension's release."""
    found = {
        "POSITION": parts.accessor(scene.xyz),
        f"{prefix}ROTATION": parts.accessor(np.ascontiguousarray(np.roll(scene.rotation, -1, 1))),
        f"{prefix}SCALE": parts.accessor(np.exp(scene.log_scale)),
        f"{prefix}OPACITY": parts.accessor((1 / (1 + np.exp(-scene.opacity_logit))).astype(np.float32)),
        f"{prefix}SH_DEGREE_0_COEF_0": parts.accessor(scene.sh_dc),
    }
    k = 0
    for degree in range(1, scene.degree + 1):
        for i in range(2 * degree + 1):
            found[f"{prefix}SH_DEGREE_{degree}_COEF_{i}"] = parts.accessor(np.ascontiguousarray(scene.sh_rest[:, k]))
            k += 1
    return found


def glb_of(scene: SplatScene, **node: object) -> bytes:
    parts = Parts()
    parts.mesh(attributes_of(parts, scene), **node)
    return parts.glb()
