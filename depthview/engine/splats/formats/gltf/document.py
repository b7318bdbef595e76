"""The parts of a glTF file that hold numbers: JSON, buffers, views, accessors. Nothing that they say is believed."""

import base64
import binascii
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.mapped import MappedFile
from depthview.engine.splats.formats.limits import CUT, DAMAGED, NOT_SPLATS, UNKNOWN_VERSION, check_count

Object = dict[str, Any]

_GLB_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<II")
_JSON_CHUNK, _BINARY_CHUNK = 0x4E4F534A, 0x004E4942
_MOST_JSON_BYTES = 1 << 30
_MOST_JSON_VALUES = 1_000_000
_KINDS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_COMPRESSIONS = ("EXT_meshopt_compression", "KHR_meshopt_compression")

_OUTSIDE = "This scene asks for a file outside its folder, which DepthView does not open: export it as .glb: {path}"
_MISSING = "This scene's file {name} is missing: put it beside the scene: {path}"
_COMPRESSED = "This scene is packed by {name}, which DepthView cannot read: export it without: {path}"
_SPARSE = "This scene keeps numbers as sparse accessors, which DepthView cannot read: export it without: {path}"


class Document:
    """A glTF file. All methods raise UserError for what makes no sense or is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._buffers: dict[int, memoryview] = {}
        self._files: list[MappedFile] = []
        data = self._mapped(path)
        if bytes(data[:4]) == b"glTF":
            text, self._binary = self._chunks(data)
        else:
            text, self._binary = data, None
        self.json = self._parsed(text)
        asset = self.json.get("asset")
        version = asset.get("version") if isinstance(asset, dict) else None
        if not isinstance(version, str) or not version.startswith("2."):
            raise UserError(UNKNOWN_VERSION, path=path, version=version)

    def damaged(self, details: str) -> UserError:
        """To be raised."""
        return UserError(DAMAGED, path=self.path, details=details)

    def _chunks(self, data: memoryview) -> tuple[memoryview, memoryview | None]:
        found: list[memoryview] = []
        at = _GLB_HEADER.size
        for kind in (_JSON_CHUNK, _BINARY_CHUNK):
            if len(data) < at + _CHUNK.size and found:
                return found[0], None
            if len(data) < at + _CHUNK.size:
                raise UserError(CUT, path=self.path)
            size, said = _CHUNK.unpack_from(data, at)
            at += _CHUNK.size
            if said != kind or at + size > len(data):
                raise UserError(CUT, path=self.path, details=f"chunk {said:#x} of {size} bytes at {at}")
            found.append(data[at : at + size])
            at += size
        return found[0], found[1]

    def _parsed(self, text: memoryview) -> Object:
        raw = bytes(text[:_MOST_JSON_BYTES])
        if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > _MOST_JSON_VALUES:
            raise self.damaged("more JSON than any scene has")
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise self.damaged(str(error)) from error
        if not isinstance(found, dict):
            raise UserError(NOT_SPLATS, path=self.path)
        return found

    def entry(self, kind: str, index: object) -> Object:
        """json[kind][index]."""
        items = self.json.get(kind)
        if not isinstance(items, list) or type(index) is not int or not 0 <= index < len(items):
            raise self.damaged(f"no {kind} {index}")
        found = items[index]
        if not isinstance(found, dict):
            raise self.damaged(f"{kind} {index} is no object")
        return found

    def whole(self, of: Object, name: str, default: int | None = None) -> int:
        """A whole number, at least 0."""
        value = of.get(name, default)
        if type(value) is not int or value < 0:
            raise self.damaged(f"{name} is {value}")
        return value

    def numbers(self, of: Object, name: str, count: int) -> NDArray[np.float64] | None:
        """(count,) finite numbers; None where there is no such entry."""
        values = of.get(name)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) != count or not all(type(v) in (int, float) for v in values):
            raise self.damaged(f"{name} is {str(values)[:100]}")
        # Not a number, and whole numbers of any length, are JSON to Python.
        if not all(abs(v) < 1e30 for v in values):
            raise self.damaged(f"{name} is too large")
        return np.array(values, np.float64)

    def view(self, index: object) -> tuple[memoryview, int]:
        """The bytes of a buffer view, and the bytes from one of its elements to the next, 0 = they touch."""
        view = self.entry("bufferViews", index)
        for name in _COMPRESSIONS:
            if name in self.extensions(view):
                raise UserError(_COMPRESSED, path=self.path, name=name)
        buffer = self._buffer(self.whole(view, "buffer"))
        start, size = self.whole(view, "byteOffset", 0), self.whole(view, "byteLength")
        if start + size > len(buffer):
            raise UserError(CUT, path=self.path, details=f"view {index}: {start} + {size} of {len(buffer)} bytes")
        return buffer[start : start + size], self.whole(view, "byteStride", 0)

    def accessor(self, index: object, widths: tuple[int, ...]) -> NDArray[Any]:
        """(N, width) of numbers as they are kept, a view of the file; floats where whole numbers stand for them."""
        of = self.entry("accessors", index)
        if "sparse" in of:
            raise UserError(_SPARSE, path=self.path)
        kind, width = _KINDS.get(self.whole(of, "componentType")), _WIDTHS.get(str(of.get("type")))
        if kind is None or width not in widths:
            raise self.damaged(f"accessor {index} is {of.get('componentType')}, {of.get('type')}")
        count, start = self.whole(of, "count"), self.whole(of, "byteOffset", 0)
        check_count(count, self.path)
        data, stride = self.view(of.get("bufferView"))
        size = np.dtype(kind).itemsize * width
        stride = stride or size
        if stride < size or (count and start + (count - 1) * stride + size > len(data)):
            raise UserError(CUT, path=self.path, details=f"accessor {index}: {count} x {stride} in {len(data)} bytes")
        if not count:
            return np.empty((0, width), np.float32)
        strides = (stride, np.dtype(kind).itemsize)
        values: NDArray[Any] = np.ndarray((count, width), kind, data, start, strides)
        if of.get("normalized") is True and values.dtype.kind in "iu":
            most = np.float32(np.iinfo(values.dtype).max)
            return np.asarray(np.maximum(values.astype(np.float32) / most, np.float32(-1)))
        return values

    def forget(self) -> None:
        """Give back the memory of what was read by now."""
        for file in self._files:
            file.forget()

    def extensions(self, of: Object) -> Object:
        """The extensions of an object of the file, by their names."""
        found = of.get("extensions", {})
        if not isinstance(found, dict):
            raise self.damaged("extensions are no object")
        return found

    def _buffer(self, index: int) -> memoryview:
        if index not in self._buffers:
            buffer = self.entry("buffers", index)
            uri = buffer.get("uri")
            if uri is None:
                if index or self._binary is None:
                    raise self.damaged(f"buffer {index} is nowhere")
                data = self._binary
            elif not isinstance(uri, str):
                raise self.damaged("a buffer's uri is no text")
            elif uri.startswith("data:"):
                data = self._from_text(uri)
            else:
                data = self._mapped(self._beside(uri))
            if self.whole(buffer, "byteLength") > len(data):
                raise UserError(CUT, path=self.path, details=f"buffer {index} has {len(data)} bytes")
            self._buffers[index] = data
        return self._buffers[index]

    def _from_text(self, uri: str) -> memoryview:
        head, comma, text = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise self.damaged(f"a buffer's uri is {head[:100]}")
        try:
            return memoryview(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError) as error:
            raise self.damaged(str(error)) from error

    def _beside(self, uri: str) -> Path:
        name = unquote(uri)
        if "\0" in name:
            raise self.damaged("a buffer's uri is no name")
        folder = self.path.parent.resolve()
        # A backslash and a colon mean nothing in a relative address, but much in a path of Windows.
        found = (folder / name).resolve()
        if "\\" in name or ":" in name or not found.is_relative_to(folder):
            raise UserError(_OUTSIDE, path=self.path, details=name[:200])
        if not found.is_file():
            raise UserError(_MISSING, name=name[:200], path=self.path)
        return found

    def _mapped(self, path: Path) -> memoryview:
        self._files.append(MappedFile(path))
        return self._files[-1].data
