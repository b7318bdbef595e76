"""What file names say of the eyes and of the order: left or right, numbered pairs, sequences."""

import re
from collections.abc import Sequence

from depthview.engine.stereo.eyes.tags import stem_of

_SIDES = (
    re.compile(r"(?<![A-Za-z])(?P<side>left|right)(?![a-z])", re.IGNORECASE),
    re.compile(r"(?<=[a-z0-9])(?P<side>Left|Right)(?![a-z])"),
    re.compile(r"(?<![A-Za-z])(?P<side>[Ll]eft|[Rr]ight)(?=[A-Z]|cam|im|eye|view|frame)"),
    re.compile(r"(?:(?<=^)|(?<=[ _.\-]))(?P<side>[lrLR])(?=$|[ _.\-]|\d)"),
    re.compile(r"(?<=\d)(?P<side>[lrLR])$"),
    re.compile(r"(?<=[a-z])(?P<side>[LR])(?=$|[ _.\-]|\d)"),
)

_CAMERA = re.compile(r"(?<![a-z])(?:camera|cam)[ _\-]?(?P<number>\d)(?!\d)", re.IGNORECASE)

_NUMBERED = {
    ("im", "2", "6"),
    ("im", "0", "1"),
    ("view", "1", "5"),
    ("cam", "0", "1"),
    ("camera", "0", "1"),
    ("image_", "2", "3"),
    ("image_", "02", "03"),
    ("image_", "0", "1"),
    ("image_", "00", "01"),
}
"""Pairs of the well-known data sets: Middlebury (im0/im1, im2/im6, view1/view5), KITTI (image_02/image_03)."""


def eye_of(name: str) -> tuple[str, str] | None:
    """Which eye a file's or folder's name names: (what the two names share, "left" or "right"), or None.

    `left01.png` -> ("*01.png" without suffix, "left"); `scene_R.jpg` -> ("scene_*", "right").
    """
    stem = stem_of(name)
    for pattern in _SIDES:
        if matches := list(pattern.finditer(stem)):
            found = matches[-1]
            shared = stem[: found.start()] + "*" + stem[found.end() :]
            return shared.lower(), "left" if found["side"][0] in "lL" else "right"
    return None


def numbered_pair(names: list[str]) -> tuple[str, str] | None:
    """The left and the right of a data set's folder that numbers its eyes (im0/im1, im2/im6, ...), or None.

    Only where the numbered pictures are so few that they are cameras and not moments.
    """
    by_stem = {stem_of(name).lower(): name for name in names}
    for prefix, left, right in sorted(_NUMBERED, reverse=True):
        if prefix + left in by_stem and prefix + right in by_stem:
            numbered = [stem for stem in by_stem if re.fullmatch(re.escape(prefix) + r"\d+", stem)]
            if len(numbered) <= 9:
                return by_stem[prefix + left], by_stem[prefix + right]
    return None


def numbered_eyes(names: list[str]) -> list[tuple[str, str]]:
    """Left and right of each moment where names number two cameras, the left one first: cam0_07 with cam1_07."""
    moments: dict[str, dict[int, str]] = {}
    for name in names:
        stem = stem_of(name)
        if found := _CAMERA.search(stem):
            shared = stem[: found.start("number")] + "*" + stem[found.end() :]
            if re.search(r"\d", shared):  # without a number of its own it is no moment of several
                moments.setdefault(shared.lower(), {})[int(found["number"])] = name
    numbers = sorted({number for eyes in moments.values() for number in eyes})
    if len(numbers) != 2 or numbers[1] - numbers[0] != 1:
        return []
    return [(eyes[numbers[0]], eyes[numbers[1]]) for eyes in moments.values() if len(eyes) == 2]


def left_first(items: Sequence[str]) -> tuple[str, ...]:
    """Two files in the order left, right, where their names say which is which; anything else as it is."""
    if len(items) != 2:
        return tuple(items)
    first, second = items
    names = [re.split(r"[/\\]", item)[-1] for item in items]
    eyes = [eye_of(name) for name in names]
    if eyes[0] and eyes[1] and eyes[0][0] == eyes[1][0] and (eyes[0][1], eyes[1][1]) == ("right", "left"):
        return second, first
    if numbered_pair(names) == (names[1], names[0]):
        return second, first
    return first, second


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key with which `frame9` comes before `frame10`."""
    parts = re.findall(r"\d+|\D+", name.lower())
    return tuple((0, int(p), p) if p.isdecimal() and len(p) < 4000 else (1, 0, p) for p in parts)
