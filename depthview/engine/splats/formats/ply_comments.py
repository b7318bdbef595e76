"""Whether splats were trained with the 2D Mip filter, as Brush and Postshot say it in the comments of a PLY file."""

import re
from collections.abc import Iterable

from depthview.engine.splats.scene import SplatScene

_SMOOTH = re.compile(r"\s*(?:SplatRenderMode:\s*(?P<brush>\w+)|antialiased\s+(?P<postshot>[01]))\s*", re.IGNORECASE)
_BRUSH = "SplatRenderMode: mip"


def is_antialiased(comments: Iterable[str]) -> bool:
    """What the last comment that speaks of it says; False where none does."""
    last = False
    for comment in comments:
        if found := _SMOOTH.fullmatch(comment):
            last = found["postshot"] == "1" if found["postshot"] else found["brush"].lower() == "mip"
    return last


def comments_of(scene: SplatScene) -> tuple[str, ...]:
    """The scene's comments for a PLY header, one line each; they say whether it is antialiased."""
    lines = tuple(line for comment in scene.comments for line in comment.splitlines() or [""])
    if is_antialiased(lines) == scene.antialiased:
        return lines
    lines = tuple(line for line in lines if not _SMOOTH.fullmatch(line))
    return (*lines, _BRUSH) if scene.antialiased else lines
