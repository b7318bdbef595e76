"""What a SOG scene's meta.json says, checked and turned into tables: which number does a byte of a picture mean.

Version 1 says a least and a largest number, version 2 a codebook; as tables they are the same.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.formats.logits import LOGIT_OF_BYTE
from depthview.engine.splats.scene import Floats

VALUES = 256
"""Numbers in a codebook: one for each value of a byte."""
_MOST_CODEBOOK = 4096


class Streamed(ValueError):  # noqa: N818 - no error of the file
    """The file is the table of contents of a scene in many pieces."""


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """View-dependent colours. `count`, `degree`: None where only the picture's size tells. `table` (256,)."""

    count: int | None
    degree: int | None
    table: Floats
    centroids: str
    labels: str


@dataclass(frozen=True, slots=True, eq=False)
class Meta:
    """`places` (3, 65536): x, y, z of 16 bits. `scales`, `colours` (3, 256), `opacities` (256,). float32.

    File names are plain names, without any folder. Bytes beyond the end of a codebook mean NaN.
    """

    count: int
    antialiased: bool
    generator: str
    places: Floats
    low: str
    high: str
    scales: Floats
    scale_file: str
    rotation_file: str
    colours: Floats
    opacities: Floats
    colour_file: str
    palette: Palette | None


def parsed(text: bytes) -> Meta:
    """Raises ValueError with what is wrong; Streamed where it is the meta of a scene in many pieces."""
    try:
        whole = _Table("meta.json", json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if whole.has("lodLevels") or whole.has("tree"):
        raise Streamed
    version = whole.whole("version", 1, 1 << 30) if whole.has("version") else 1
    if version > 2:
        raise ValueError(f"version {version}; known are 1 and 2")
    means, scales, quats, sh0 = (whole.table(name) for name in ("means", "scales", "quats", "sh0"))
    low, high = means.files(2)
    if version == 1:
        count = means.first_of_shape()
        scale_table, colours = scales.ramps(3), sh0.ramps(4)
        colours, opacities = colours[:3], colours[3]
    else:
        count = whole.whole("count", 1, 1 << 40)
        scale_table, colours = (np.broadcast_to(one.codebook(np.nan), (3, VALUES)) for one in (scales, sh0))
        opacities = LOGIT_OF_BYTE
    return Meta(
        count=count,
        antialiased=whole.content.get("antialias") is True,
        generator=_generator(whole.content.get("asset")),
        places=_places(means.numbers("mins", 3), means.numbers("maxs", 3)),
        low=low,
        high=high,
        scales=scale_table,
        scale_file=scales.files(1)[0],
        rotation_file=quats.files(1)[0],
        colours=colours,
        opacities=opacities,
        colour_file=sh0.files(1)[0],
        palette=_palette(whole.table("shN"), version) if whole.content.get("shN") else None,
    )


def _palette(table: "_Table", version: int) -> Palette | None:
    centroids, labels = table.files(2)
    if version == 1:
        return Palette(None, None, table.ramps(1)[0], centroids, labels)
    degree = table.whole("bands", 0, 3)
    if degree == 0:
        return None
    return Palette(table.whole("count", 1, 1 << 16), degree, table.codebook(0), centroids, labels)


def _places(least: NDArray[np.float64], most: NDArray[np.float64]) -> Floats:
    """What 16 bits mean on each axis: even steps of sign(x) log(1 + |x|)."""
    steps = least[:, None] + (most - least)[:, None] * (np.arange(1 << 16) / 65535)
    with np.errstate(over="ignore"):
        return (np.sign(steps) * np.expm1(np.abs(steps))).astype(np.float32)


def _generator(asset: Any) -> str:
    name = asset.get("generator") if isinstance(asset, dict) else None
    return " ".join(name.split())[:100] if isinstance(name, str) else ""


class _Table:
    """An object of the JSON text, that believes nothing."""

    def __init__(self, name: str, content: Any) -> None:
        if not isinstance(content, dict):
            raise ValueError(f"{name} is not a table of names")
        self._name = name
        self.content: dict[str, Any] = content

    def has(self, key: str) -> bool:
        return key in self.content

    def table(self, key: str) -> "_Table":
        return _Table(key, self.content.get(key))

    def whole(self, key: str, least: int, most: int) -> int:
        return _whole(self.content.get(key), f"{self._name}: {key}", least, most)

    def first_of_shape(self) -> int:
        shape = self.content.get("shape")
        return _whole(shape[0] if isinstance(shape, list) and shape else None, f"{self._name}: shape", 1, 1 << 40)

    def files(self, count: int) -> list[str]:
        """The names of that many files beside the meta.json."""
        names = self.content.get("files")
        if not isinstance(names, list) or len(names) < count:
            raise ValueError(f"{self._name}: files must be {count} names")
        for name in names[:count]:
            # No folder, no drive, no stream of another file, nothing that an operating system reads otherwise.
            if (
                not isinstance(name, str)
                or name.strip(". ") == ""
                or not name.isprintable()
                or set(name) & set('/\\:"*?')
            ):
                raise ValueError(f"{self._name}: not the name of a file beside the meta.json: {name!r}"[:200])
        return names[:count]

    def numbers(self, key: str, count: int | None) -> NDArray[np.float64]:
        """That many finite numbers."""
        found = self.content.get(key)
        listed = found if isinstance(found, list) else [found]
        if not listed or len(listed) > _MOST_CODEBOOK or (count is not None and len(listed) != count):
            raise ValueError(f"{self._name}: {key} must be {count or 'some'} numbers")
        return np.array([_number(one, f"{self._name}: {key}") for one in listed])

    def ramps(self, count: int) -> Floats:
        """(count, 256): even steps from `mins` to `maxs`."""
        least, most = self.numbers("mins", count), self.numbers("maxs", count)
        return (least[:, None] + (most - least)[:, None] * (np.arange(VALUES) / (VALUES - 1))).astype(np.float32)

    def codebook(self, beyond: float) -> Floats:
        """(256,), filled up with `beyond`."""
        listed = self.content.get("codebook")
        if isinstance(listed, list) and len(listed) == VALUES and listed[0] is None:
            # Early writers lost the first number; PlayCanvas's own reader carries the last ones on, one step further.
            second, last = _number(listed[1], "codebook"), _number(listed[-1], "codebook")
            self.content["codebook"] = [second + (second - last) / (VALUES - 1), *listed[1:]]
        found = np.full(VALUES, beyond, np.float32)
        numbers = self.numbers("codebook", None)[:VALUES]
        found[: len(numbers)] = numbers
        return found


def _whole(value: Any, name: str, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name}: not a number: {value!r}"[:200])
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    # What does not fit into the pictures' float32 is as good as infinite.
    if not abs(number) < 1e38:
        raise ValueError(f"{name}: not a finite number")
    return number
