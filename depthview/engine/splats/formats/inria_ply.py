"""Splats as the training code of "3D Gaussian Splatting" writes them (Kerbl et al., 2023): one float a property.

Brush, Postshot, gsplat and others write the same properties, in other orders and with comments of their own.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.ply_tables import PlyElement, read_columns, read_header
from depthview.engine.reading import reading
from depthview.engine.splats.formats.limits import DAMAGED, check_count, check_scene
from depthview.engine.splats.formats.ply_comments import comments_of, is_antialiased
from depthview.engine.splats.scene import COEFFICIENTS, FileColumns, Floats, SplatScene

_XYZ = ("x", "y", "z")
_NORMALS = ("nx", "ny", "nz")
_DC = ("f_dc_0", "f_dc_1", "f_dc_2")
_SCALE = ("scale_0", "scale_1", "scale_2")
_ROTATION = ("rot_0", "rot_1", "rot_2", "rot_3")
_REST = re.compile(r"f_rest_\d+")
_FLAT = np.float32(-20)
"""The logarithm of a flat splat's thickness: nothing, and still a number that every format can hold."""

_AT_ONCE = 1 << 12
"""Rows written together: they stay in the cache."""

_TYPE_NAMES = {
    "i1": "char", "u1": "uchar", "i2": "short", "u2": "ushort", "i4": "int", "u4": "uint",
    "f4": "float", "f8": "double",
}  # fmt: skip
_MISSING = "This splat file lacks {names}: export it again with all that splats need: {path}"
_NO_DEGREE = "This splat file's colours have {count} coefficients, which is no degree of them: export it again: {path}"


def read(path: Path) -> SplatScene:
    """Binary of either byte order or ASCII, SH degree 0 to 4, properties in any order and of any number type.

    Where they are little-endian float32, as they nearly always are, the arrays are read-only strided views of the
    mapped file, perhaps not aligned. Raises UserError for whatever is wrong with the file.
    """
    header = read_header(path)
    vertices = header.named("vertex")
    if vertices is None:
        raise UserError(DAMAGED, path=path, details="No element named vertex.")
    flat = _SCALE[2] not in vertices.names
    scales = _SCALE[:2] if flat else _SCALE
    rest = _rest_names(vertices, path)
    missing = [n for n in (*_XYZ, *_DC, "opacity", *scales, *_ROTATION) if n not in vertices.names]
    if missing:
        raise UserError(_MISSING, names=", ".join(missing), path=path)
    check_count(vertices.count, path)
    table = read_columns(path, header, vertices, vertices.names)
    if flat or any(column.dtype != np.dtype("<f4") for column in table.values()):
        check_scene(vertices.count, COEFFICIENTS.index(len(rest) // 3), path)
    known = {*_XYZ, *_DC, "opacity", *scales, *_ROTATION, *rest}
    with reading(path):
        log_scale = _block(table, scales)
        if flat:
            log_scale = np.column_stack([log_scale, np.full(vertices.count, _FLAT)])
        coefficients = len(rest) // 3
        return SplatScene(
            xyz=_block(table, _XYZ),
            log_scale=log_scale,
            rotation=_block(table, _ROTATION),
            opacity_logit=_block(table, ("opacity",))[:, 0],
            sh_dc=_block(table, _DC),
            # All of red first, then green, then blue.
            sh_rest=_block(table, rest).reshape(vertices.count, 3, coefficients).transpose(0, 2, 1),
            antialiased=is_antialiased(header.comments),
            comments=header.comments,
            columns=FileColumns(vertices.names, {n: column for n, column in table.items() if n not in known}),
        )


def write(scene: SplatScene, path: Path) -> None:
    """Binary little-endian, the columns as in the PLY file that the scene was read from, else as the trainer has them.

    A file that was read, all of float32, is written again byte for byte. Raises UserError where the disk refuses.
    """
    columns = _columns(scene)
    kinds = [column.dtype.newbyteorder("<") for column in columns.values()]
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {comment}" for comment in comments_of(scene)),
        f"element vertex {len(scene)}",
        *(f"property {_TYPE_NAMES[kind.str[1:]]} {name}" for name, kind in zip(columns, kinds, strict=True)),
        "end_header",
    ]
    dtype = np.dtype([(f"p{i}", kind) for i, kind in enumerate(kinds)])
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(lines) + "\n").encode())
        for first in range(0, len(scene), _AT_ONCE):
            part = slice(first, min(len(scene), first + _AT_ONCE))
            rows = np.empty(part.stop - part.start, dtype)
            for i, column in enumerate(columns.values()):
                rows[f"p{i}"] = column[part]
            file.write(rows.data)


def _rest_names(vertices: PlyElement, path: Path) -> tuple[str, ...]:
    """Of the view-dependent coefficients, in their own order whatever the file's is."""
    found = {name for name in vertices.names if _REST.fullmatch(name)}
    names = _rest(len(found) // 3)
    if len(found) // 3 not in COEFFICIENTS or found != set(names):
        raise UserError(_NO_DEGREE, count=len(found), path=path)
    return names


def _rest(coefficients: int) -> tuple[str, ...]:
    return tuple(f"f_rest_{i}" for i in range(3 * coefficients))


def _block(table: Mapping[str, NDArray[np.generic]], names: Sequence[str]) -> Floats:
    """(N, len(names)) float32: a view where the columns stand evenly spaced in the file, else a copy."""
    columns = [table[name] for name in names]
    count = len(table["x"])
    if not columns or not count:
        return np.empty((count, len(columns)), np.float32)
    starts = [column.__array_interface__["data"][0] for column in columns]
    steps = set(np.diff(starts))
    if len(steps) <= 1 and all(column.dtype == np.dtype("<f4") for column in columns):
        step = int(steps.pop()) if steps else 4
        view = as_strided(columns[0], (count, len(columns)), (columns[0].strides[0], step), writeable=False)
        return np.asarray(view)
    block = np.empty((count, len(columns)), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for i, column in enumerate(columns):
            block[:, i] = column
    return block


def _columns(scene: SplatScene) -> dict[str, NDArray[np.generic]]:
    """What is written, by name and in order; (N,) each."""
    coefficients = scene.sh_rest.shape[1]
    rest = _rest(coefficients)
    known: dict[str, NDArray[np.generic]] = dict(scene.columns.others)
    for names, block in (
        (_XYZ, scene.xyz),
        (_DC, scene.sh_dc),
        (_SCALE, scene.log_scale),
        (_ROTATION, scene.rotation),
        (("opacity",), scene.opacity_logit[:, None]),
    ):
        known |= {name: block[:, i] for i, name in enumerate(names)}
    known |= {name: scene.sh_rest[:, i % coefficients, i // coefficients] for i, name in enumerate(rest)}
    if not scene.columns.names:
        nothing = np.broadcast_to(np.float32(0), len(scene))
        known |= dict.fromkeys(_NORMALS, nothing)
        return {n: known[n] for n in (*_XYZ, *_NORMALS, *_DC, *rest, "opacity", *_SCALE, *_ROTATION)}
    ordered = list(scene.columns.names)
    before = [name for name in ordered if _REST.fullmatch(name)]
    if set(before) != set(rest):
        # The degree is another one by now.
        at = ordered.index(before[0]) if before else ordered.index(_DC[2]) + 1
        ordered = [n for n in (*ordered[:at], *rest, *ordered[at:]) if n in rest or n not in before]
    return {name: known[name] for name in ordered}
