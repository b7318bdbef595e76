"""Which measured rig a movie is made by: a film must not have the geometry of two."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.frames import Layout
from depthview.engine.movie.task import MovieTask
from depthview.engine.movie.task_text import Plain, plain_of
from depthview.engine.stereo.rigs.rig_file import Rig
from depthview.engine.stereo.rigs.rig_in_force import rig_in_force

_WORDS = ("name", "rms_px", "rows_px", "views")
"""What of a rig is for people."""
_ANOTHER_RIG = (
    "This movie was begun with {before}, and now it would go on with {now}: choose another folder, name the rig that "
    "it was begun with (--rig or --no-rig), or begin again with --anew: {path}"
)


@dataclass(frozen=True, slots=True)
class RigMark:
    """`name` is for people; `numbers`, a digest, is what is compared. How well a rig was measured is no part of it:
    pictures do not hang on that."""

    name: str
    numbers: str

    @classmethod
    def of(cls, rig: Rig | None) -> "RigMark | None":
        """The mark of `rig`; None of none."""
        if rig is None:
            return None
        bare = plain_of(rig)
        for word in _WORDS:
            bare.pop(word, None)
        return cls(rig.name, hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest())


def check_rig(before: RigMark | None, now: RigMark | None, folder: Path) -> None:
    """Raises UserError where they are not the same rig."""
    if (before and before.numbers) != (now and now.numbers):
        raise UserError(_ANOTHER_RIG, before=_words(before), now=_words(now), path=folder)


def mark_of_finished(task: MovieTask, identity: str, result: Plain, tell: Callable[[str], None]) -> RigMark | None:
    """The mark of the rig by which `task` would be made now, over the source of this identity, of which `result` was
    told when it was finished. Raises UserError where the rig that was asked for cannot be read."""
    camera = task.road.camera
    asked = task.road.preparation.rig is not None or (camera is not None and camera.rig is not None)
    if asked or result["layout"] == Layout.MONO:
        return None
    height, width = result["size"]
    found = rig_in_force(identity, (height, width), named=task.rig_file, searches=task.road.finds_rig, tell=tell)
    return None if found is None else RigMark.of(found.rig)


def _words(mark: RigMark | None) -> str:
    if mark is None:
        return "no measured rig"
    return f"the rig {mark.name} ({mark.numbers[:8]})" if mark.name else f"a rig without a name ({mark.numbers[:8]})"
