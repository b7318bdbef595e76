"""SOG scenes made by hand: four splats in pictures of two by two pixels, every byte chosen."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

COUNT = 4
BOOK = [i / 10 - 12 for i in range(256)]
COLOURS = [i / 64 - 2 for i in range(256)]
DEGREE_1 = [i / 128 - 1 for i in range(256)]


def webp(rows: object, width: int) -> bytes:
    """Rows of pixels, row after row, as a lossless picture so wide."""
    pixels = np.asarray(rows, np.uint8)
    file = io.BytesIO()
    picture = Pillow.fromarray(pixels.reshape(-1, width, pixels.shape[1]))
    picture.save(file, "WEBP", lossless=True, exact=True)
    return file.getvalue()


LOW = [[0, 255, 1, 255], [255, 255, 2, 255], [0, 0, 0, 255], [9, 8, 7, 255]]
HIGH = [[0, 255, 0, 255], [255, 255, 0, 255], [128, 1, 0, 255], [6, 5, 4, 255]]
ROTATIONS = [[255, 128, 0, 252], [0, 64, 200, 253], [100, 101, 102, 254], [128, 128, 255, 255]]
SIZES = [[0, 1, 2], [10, 20, 30], [255, 254, 253], [7, 7, 7]]
SHOWN = [[0, 128, 255, 0], [1, 2, 3, 255], [100, 150, 200, 128], [9, 9, 9, 1]]


def version_2() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The meta and the pictures of a scene without view-dependent colours."""
    meta = {
        "version": 2,
        "asset": {"generator": "a test"},
        "count": COUNT,
        "means": {"mins": [-1.0, 0.0, 2.0], "maxs": [1.0, 3.0, 2.0], "files": ["means_l.webp", "means_u.webp"]},
        "scales": {"codebook": BOOK, "files": ["scales.webp"]},
        "quats": {"files": ["quats.webp"]},
        "sh0": {"codebook": COLOURS, "files": ["sh0.webp"]},
    }
    pictures = {
        "means_l.webp": webp(LOW, 2),
        "means_u.webp": webp(HIGH, 2),
        "scales.webp": webp(SIZES, 2),
        "quats.webp": webp(ROTATIONS, 2),
        "sh0.webp": webp(SHOWN, 2),
    }
    return meta, pictures


CENTROIDS = np.arange(64 * 3 * 3, dtype=np.uint8).reshape(-1, 3)
LABELS = [[0, 0, 0], [63, 0, 0], [5, 0, 0], [1, 0, 0]]


def version_2_degree_1() -> tuple[dict[str, Any], dict[str, bytes]]:
    meta, pictures = version_2()
    meta["shN"] = {
        "count": 64,
        "bands": 1,
        "codebook": DEGREE_1,
        "files": ["shN_centroids.webp", "shN_labels.webp"],
    }
    pictures["shN_centroids.webp"] = webp(CENTROIDS, 192)
    pictures["shN_labels.webp"] = webp(LABELS, 2)
    return meta, pictures


def version_1() -> tuple[dict[str, Any], dict[str, bytes]]:
    """The same pictures, with ranges instead of codebooks."""
    meta, pictures = version_2_degree_1()
    del meta["version"], meta["count"], meta["asset"]
    meta["means"] |= {"shape": [COUNT, 3], "dtype": "float32"}
    meta["scales"] = {"mins": [-10.0, -9.0, -8.0], "maxs": [-1.0, 0.0, 1.0], "files": ["scales.webp"]}
    meta["quats"] |= {"shape": [COUNT, 4], "encoding": "quaternion_packed"}
    meta["sh0"] = {"mins": [-2.0, -1.0, 0.0, -4.0], "maxs": [2.0, 1.0, 3.0, 6.0], "files": ["sh0.webp"]}
    meta["shN"] = {"mins": -1.0, "maxs": 1.5, "quantization": 8, "files": ["shN_centroids.webp", "shN_labels.webp"]}
    return meta, pictures


def as_folder(folder: Path, meta: object, pictures: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "meta.json").write_text(json.dumps(meta))
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    return folder


def as_archive(path: Path, meta: object, pictures: dict[str, bytes], *, packed: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packed) as archive:
        archive.writestr("meta.json", json.dumps(meta))
        for name, data in pictures.items():
            archive.writestr(name, data)
    return path
