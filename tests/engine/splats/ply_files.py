"""PLY files of splats written by hand, number by number, for the tests of readers."""

import struct

import numpy as np

INRIA = (
    *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
    *(f"f_rest_{i}" for i in range(45)),
    *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
)
GSPLAT = tuple(name for name in INRIA if name not in ("nx", "ny", "nz"))
BRUSH = (
    *("x", "y", "z", "scale_0", "scale_1", "scale_2", "opacity", "rot_0", "rot_1", "rot_2", "rot_3"),
    *("f_dc_0", "f_dc_1", "f_dc_2", *(f"f_rest_{i}" for i in range(24))),
)
BRUSH_COMMENTS = ("Exported from Brush", "Vertical axis: y", "SH degree: 2", "SplatRenderMode: mip")


def header(*lines: str, kind: str = "binary_little_endian", comments: tuple[str, ...] = (), end: str = "\n") -> bytes:
    says = [f"comment {comment}" for comment in comments]
    return end.join(["ply", f"format {kind} 1.0", *says, *lines, "end_header", ""]).encode()


def columns(names: tuple[str, ...], count: int, *, seed: int = 1) -> dict[str, np.ndarray]:
    """Numbers by name, float32; normals are 0."""
    draw = np.random.default_rng(seed)
    made = {name: draw.normal(size=count).astype("<f4") for name in names}
    return made | {name: np.zeros(count, "<f4") for name in names if name in ("nx", "ny", "nz")}


def file_of(
    table: dict[str, np.ndarray],
    *,
    comments: tuple[str, ...] = (),
    kind: str = "binary_little_endian",
    types: dict[str, str] | None = None,
) -> bytes:
    """A whole file, the columns in the table's order; `types` PLY names of types that are not float."""
    count = len(next(iter(table.values())))
    types = {name: (types or {}).get(name, "float") for name in table}
    lines = [f"element vertex {count}", *(f"property {types[name]} {name}" for name in table)]
    rows = zip(*(column.tolist() for column in table.values()), strict=True)
    if kind == "ascii":
        body = b"".join((" ".join(map(repr, row)) + "\n").encode() for row in rows)
    else:
        letters = {"float": "f", "double": "d", "uchar": "B", "short": "h", "int": "i"}
        record = struct.Struct(("<" if "little" in kind else ">") + "".join(letters[types[name]] for name in table))
        body = b"".join(record.pack(*row) for row in rows)
    return header(*lines, kind=kind, comments=comments) + body
