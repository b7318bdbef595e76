"""What is no splat scene, or only pretends to be one: a sentence each, and little memory.

`make fuzz` throws thousands of mutated files of every format at the same door; these are the lies made on purpose.
"""

import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.formats import compressed_ply, dot_splat
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.table import reader_of
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats.ply_files import INRIA, columns, file_of, header
from tests.fuzz.mutations import mutated
from tests.fuzz.opened import failure
from tests.fuzz.seeds import seeds

MOST_BYTES = 4 << 20

INRIA_LINES = [f"property float {name}" for name in INRIA]
ROW = 4 * len(INRIA)
BOUNDS = [f"property float {end}_{name}" for end in ("min", "max") for name in ("x", "y", "z")]
BOUNDS += [f"property float {end}_scale_{name}" for end in ("min", "max") for name in ("x", "y", "z")]
WORDS = [f"property uint packed_{name}" for name in ("position", "rotation", "scale", "color")]
HARMONICS = [f"property uchar f_rest_{i}" for i in range(9)]


def inria(count: object, body: int, *more: str, kind: str = "binary_little_endian") -> bytes:
    return header(f"element vertex {count}", *INRIA_LINES, *more, kind=kind) + bytes(body)


def packed(chunks: object, count: object, body: int, *more: str) -> bytes:
    lines = [f"element chunk {chunks}", *BOUNDS, f"element vertex {count}", *WORDS, *more]
    return header(*lines) + bytes(body)


LYING: dict[str, tuple[Callable[[], bytes], str]] = {
    "four billion splats": (lambda: inria(4_000_000_000, 50 * ROW), "more than 100,000,000"),
    "more splats than bytes": (lambda: inria(99_999_999, 50 * ROW), "cut short or damaged"),
    "a count beyond 64 bits": (lambda: inria("9" * 300, ROW), "header makes no sense"),
    "fewer splats than none": (lambda: inria(-3, 3 * ROW), "header makes no sense"),
    "a count that is no number": (lambda: inria("many", 3 * ROW), "header makes no sense"),
    "cut in its last row": (lambda: inria(3, 3 * ROW - 1), "cut short or damaged"),
    "more bytes than rows": (lambda: inria(3, 3 * ROW + 1), "cut short or damaged"),
    "cut in its header": (lambda: inria(3, 0)[:-200], "header makes no sense"),
    "a list among the columns": (lambda: inria(3, 3 * ROW, "property list uchar int near"), "has lists"),
    "a list before the splats": (
        lambda: header("element face 1", "property list int int f", "element vertex 1", *INRIA_LINES) + bytes(900),
        "has lists",
    ),
    "a column of no type": (lambda: inria(1, ROW, "property string name"), "header makes no sense"),
    "a column twice": (lambda: inria(1, ROW + 4, "property float x"), "header makes no sense"),
    "more columns than any": (lambda: inria(1, ROW, *(f"property float q{i}" for i in range(300))), "no sense"),
    "a header without end": (lambda: b"ply\nformat ascii 1.0\n" + b"comment ha\n" * 100_000, "header makes no sense"),
    "a line without end": (lambda: b"ply\nformat ascii 1.0\ncomment " + b"x" * 3_000_000, "header makes no sense"),
    "no format": (lambda: b"ply\nelement vertex 1\n" + b"end_header\n", "header makes no sense"),
    "words for numbers": (
        lambda: inria(1, 0, kind="ascii") + b"one " * len(INRIA) + b"\n",
        "cut short or damaged",
    ),
    "rows of text that are missing": (lambda: inria(10**8, 0, kind="ascii") + b"0 " * len(INRIA), "cut short"),
    "columns missing": (lambda: file_of(columns(INRIA[:9], 3)), "lacks opacity, scale_0, scale_1, rot_0"),
    "coefficients of no degree": (lambda: inria(1, ROW + 4, "property float f_rest_45"), "have 46 coefficients"),
    "fewer chunks than splats need": (lambda: packed(1, 257, 48 + 257 * 16), "damaged, what it says makes no sense"),
    "four billion packed splats": (lambda: packed(1, 4_000_000_000, 5000), "more than 100,000,000"),
    "four billion chunks": (lambda: packed(4_000_000_000, 3, 48 + 48), "more than 100,000,000|cut short"),
    "packed splats cut short": (lambda: packed(1, 256, 48 + 255 * 16), "cut short or damaged"),
    "no chunks": (lambda: header("element vertex 1", *WORDS) + bytes(16), "damaged, what it says makes no sense"),
    "chunks without bounds": (
        lambda: header("element chunk 1", *BOUNDS[:-1], "element vertex 1", *WORDS) + bytes(44 + 16),
        "damaged, what it says makes no sense",
    ),
    "harmonics of fewer splats": (
        lambda: packed(1, 9, 48 + 9 * 16 + 8 * 9, "element sh 8", *HARMONICS),
        "damaged, what it says makes no sense",
    ),
    "harmonics of no degree": (
        lambda: packed(1, 9, 48 + 9 * 16 + 9 * 8, "element sh 9", *HARMONICS[:8]),
        "damaged, what it says makes no sense",
    ),
    "harmonics that are no bytes": (
        lambda: packed(1, 1, 48 + 16 + 36, "element sh 1", *(line.replace("uchar", "float") for line in HARMONICS)),
        "damaged, what it says makes no sense",
    ),
    "a packed list": (
        lambda: packed(1, 1, 48 + 16 + 9, "element sh 1", "property list uchar uchar f_rest_0", *HARMONICS),
        "has lists",
    ),
    "records cut short": (lambda: bytes(32 * 9 + 31), "no splat scene"),
    "nothing at all": (lambda: b"", "no splat scene"),
}


def opened(path: Path) -> object:
    """What the file opens as; within little memory, whatever comes of it."""
    tracemalloc.start()
    try:
        return open_splats(path)
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < MOST_BYTES, f"{most} bytes"


@pytest.mark.parametrize("case", LYING)
def test_a_lying_file_is_one_sentence(tmp_path: Path, case: str) -> None:
    made, sentence = LYING[case]
    path = tmp_path / "lying.ply"
    path.write_bytes(made())
    with pytest.raises(UserError, match=sentence) as caught:
        opened(path)
    said = str(caught.value)
    assert said.endswith(str(path))
    assert "\n" not in said


@pytest.mark.parametrize(("reader", "size"), [(dot_splat.read, 0), (dot_splat.read, 33)])
def test_a_reader_that_is_asked_directly_says_what_is_wrong(
    tmp_path: Path, reader: Callable[[Path], SplatScene], size: int
) -> None:
    (tmp_path / "a").write_bytes(bytes(size))
    with pytest.raises(UserError, match="holds no splats" if not size else "cut short or damaged"):
        reader(tmp_path / "a")


def test_a_scene_that_memory_cannot_hold_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        available = 1 << 16

    monkeypatch.setattr("psutil.virtual_memory", Full)
    (tmp_path / "a.ply").write_bytes(packed(20, 5000, 20 * 48 + 5000 * 16))
    with pytest.raises(UserError, match=r"needs 0\.0 GB of memory, 0\.0 GB are free"):
        compressed_ply.read(tmp_path / "a.ply")


def test_numbers_that_are_no_numbers_are_read_and_never_drawn(tmp_path: Path) -> None:
    """NaN, infinities, rotations of no length: the scene says what the file says, and hides what is unsound."""
    table = columns(INRIA, 6)
    table["x"][0], table["scale_1"][1], table["opacity"][2], table["f_dc_2"][3] = np.nan, np.inf, np.nan, -np.inf
    for name in ("rot_0", "rot_1", "rot_2", "rot_3"):
        table[name][4] = 0
    (tmp_path / "a.ply").write_bytes(file_of(table))
    scene = open_splats(tmp_path / "a.ply")
    assert isinstance(scene, SplatScene)
    assert np.isnan(scene.xyz[0, 0])
    splats = prepared([Placed(scene, Placement())])
    assert (splats.opacity[:5] == 0).all()
    assert splats.opacity[5] > 0
    assert np.isfinite(splats.xyz).all()
    assert np.isfinite(splats.covariance).all()
    assert np.isfinite(splats.colours(np.zeros(3))).all()


@pytest.mark.parametrize("kind", [SplatFormat.PLY, SplatFormat.COMPRESSED_PLY, SplatFormat.SPLAT])
def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path, kind: SplatFormat) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError, match=r"no such file|cannot be read"):
            reader_of(kind)(path)


def test_a_dot_splat_of_odd_numbers_is_read(tmp_path: Path) -> None:
    good = struct.pack("<6f8B", 1, 2, 3, 0.1, 0.1, 0.1, 9, 9, 9, 9, 255, 128, 128, 128)
    odd = struct.pack("<6f8B", np.nan, np.inf, 3, -1, np.nan, np.inf, 9, 9, 9, 9, 128, 128, 128, 128)
    (tmp_path / "a.splat").write_bytes(good * 20 + odd)
    scene = open_splats(tmp_path / "a.splat")
    assert isinstance(scene, SplatScene)
    assert prepared([Placed(scene, Placement())]).opacity[20] == 0


@pytest.mark.parametrize("kind", SplatFormat)
def test_a_few_mutated_files_open_or_are_one_sentence(tmp_path: Path, kind: SplatFormat) -> None:
    """A taste of `make fuzz`, which does this in a child of little memory, some thousand times."""
    sound, path = seeds(kind), tmp_path / "mutated"
    for number in range(60):
        draw = random.Random(f"taste {kind} {number}")
        path.write_bytes(mutated(draw.choice(sound), draw))
        assert not failure(kind, path), number
