"""What a file's name says of the layout: `_sbs`, `half-ou`, `crosseye` and the like."""

import re
from dataclasses import dataclass

from depthview.engine.frames import Layout

_WORD = re.compile(r"[A-Za-z]+|\d+[A-Za-z]*")

_CLEAR: dict[str, tuple[Layout, bool | None, bool]] = {
    "sbs": (Layout.SIDE_BY_SIDE, None, False),
    "hsbs": (Layout.SIDE_BY_SIDE, True, False),
    "halfsbs": (Layout.SIDE_BY_SIDE, True, False),
    "fsbs": (Layout.SIDE_BY_SIDE, False, False),
    "fullsbs": (Layout.SIDE_BY_SIDE, False, False),
    "sidebyside": (Layout.SIDE_BY_SIDE, None, False),
    "halfsidebyside": (Layout.SIDE_BY_SIDE, True, False),
    "crosseye": (Layout.SIDE_BY_SIDE, None, True),
    "crosseyed": (Layout.SIDE_BY_SIDE, None, True),
    "crossview": (Layout.SIDE_BY_SIDE, None, True),
    "hou": (Layout.OVER_UNDER, True, False),
    "halfou": (Layout.OVER_UNDER, True, False),
    "fullou": (Layout.OVER_UNDER, False, False),
    "htab": (Layout.OVER_UNDER, True, False),
    "halftab": (Layout.OVER_UNDER, True, False),
    "ftab": (Layout.OVER_UNDER, False, False),
    "htb": (Layout.OVER_UNDER, True, False),
    "halftb": (Layout.OVER_UNDER, True, False),
    "overunder": (Layout.OVER_UNDER, None, False),
    "halfoverunder": (Layout.OVER_UNDER, True, False),
    "topbottom": (Layout.OVER_UNDER, None, False),
    "halftopbottom": (Layout.OVER_UNDER, True, False),
    "bottomtop": (Layout.OVER_UNDER, None, True),
    "abovebelow": (Layout.OVER_UNDER, None, False),
}
"""Words that mean nothing else, wherever they stand."""

_SHORT: dict[str, tuple[Layout, bool | None, bool]] = {
    "lr": (Layout.SIDE_BY_SIDE, None, False),
    "rl": (Layout.SIDE_BY_SIDE, None, True),
    "parallel": (Layout.SIDE_BY_SIDE, None, False),
    "cross": (Layout.SIDE_BY_SIDE, None, True),
    "xeye": (Layout.SIDE_BY_SIDE, None, True),
    "ou": (Layout.OVER_UNDER, None, False),
    "tb": (Layout.OVER_UNDER, None, False),
    "tab": (Layout.OVER_UNDER, None, False),
    "ab": (Layout.OVER_UNDER, None, False),
    "bt": (Layout.OVER_UNDER, None, True),
    "ba": (Layout.OVER_UNDER, None, True),
}
"""Tags that are words of some language as well: believed at the end of a name and behind a tag's separator only."""

_COMPANIONS = re.compile(r"\d+[a-z]{0,3}|[a-z]{0,3}\d+|3d|vr|half|full|fps|hdr|[xh]26[45]|uhd|hd|h|f|v")
"""What may stand behind a short tag: sizes, numbers, versions, codecs."""


@dataclass(frozen=True, slots=True)
class LayoutTag:
    """`layout` is SIDE_BY_SIDE or OVER_UNDER; `half` is None where the tag leaves it open; `text` is the tag itself."""

    layout: Layout
    half: bool | None
    swapped: bool
    text: str


def layout_tag(name: str) -> LayoutTag | None:
    """The layout that a file's name (with or without its suffix) states, or None."""
    stem = stem_of(name)
    words = [(m.group().lower(), m.start(), m.end()) for m in _WORD.finditer(stem)]
    for count in (4, 3, 2, 1):  # "half side by side" before "side by side"
        for i in range(len(words) - count + 1):
            start, end = words[i][1], words[i + count - 1][2]
            if count > 1 and not re.fullmatch(r"[A-Za-z]+(?:[ _.-][A-Za-z]+)*", stem[start:end]):
                continue
            joined = "".join(w for w, _, _ in words[i : i + count])
            if count == 2 and joined in ("hsbs", "fsbs", "hou", "htab", "htb", "ftab") and words[i][0] not in "hf":
                continue
            if joined in _CLEAR:
                layout, half, swapped = _CLEAR[joined]
                around = {w for w, _, _ in words}
                if half is None and "half" in around:
                    half = True
                swapped = swapped or (layout is Layout.SIDE_BY_SIDE and bool(around & {"rl", "cross", "xeye"}))
                return LayoutTag(layout, half, swapped, stem[start:end])
    for i, (word, start, end) in reversed(list(enumerate(words))):
        if word in _SHORT and start > 0 and stem[start - 1] in "_-.([":
            layout, half, swapped = _SHORT[word]
            before = words[i - 1][0] if i else ""
            if before in ("half", "h"):
                half = True
            return LayoutTag(layout, half, swapped, stem[start:end])
        if not _COMPANIONS.fullmatch(word):
            break
    return None


def stem_of(name: str) -> str:
    """`name` without its suffix; a suffix has no more than five characters and a letter in it."""
    head, dot, tail = name.rpartition(".")
    is_suffix = bool(head and dot and re.fullmatch(r"[A-Za-z0-9]{1,5}", tail) and re.search("[A-Za-z]", tail))
    return head if is_suffix and tail.lower() not in _CLEAR | _SHORT else name
