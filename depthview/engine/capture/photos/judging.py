"""What a set of photos lacks: each finding one plain sentence, the fatal ones as errors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from depthview.engine.capture.photos.looking import PhotoFacts
from depthview.engine.errors import UserError

FEWEST = 3
FEW = 15
_BLURRED_SHARE = 0.3
"""Of the set's median sharpness: photos of plain walls and of leaves differ by a factor of three without any blur."""
_SAME_LEVELS = 5.0
"""Grey levels: where two small pictures differ by less everywhere, they show the same from the same place. Everywhere:
a small thing that turns before a white wall changes little in the mean."""
_MANY_ALIKE = 0.3
_MOST_NAMED = 3

_TOO_FEW = (
    "{count} photo(s) cannot be put together: take at least three, better thirty, from places side by side: {path}"
)
_ALL_COPIES = (
    "All {count} photos show the same from the same place: walk around it and take one every few steps: {path}"
)


@dataclass(frozen=True, slots=True)
class Hint:
    """A sentence that a person may act on; `template` is filled with `values` after it is translated."""

    template: str
    values: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.template.format(**dict(self.values))


def check_enough(facts: Sequence[PhotoFacts], where: Path) -> None:
    """Raises UserError where there are fewer than three photos, or fewer than three different ones."""
    if len(facts) < FEWEST:
        raise UserError(_TOO_FEW, count=len(facts), path=where)
    if len(facts) - len(copies(facts)) < FEWEST:
        raise UserError(_ALL_COPIES, count=len(facts), path=where)


def hints_about(facts: Sequence[PhotoFacts]) -> tuple[Hint, ...]:
    """What will make the scene worse than it could be, the weightiest first."""
    found: list[Hint] = []
    if len(facts) < FEW:
        found.append(Hint("There are only {count} photos: with 30 or more the scene gets better", _values(len(facts))))
    if blurred := blurred_photos(facts):
        found.append(
            Hint(
                "{count} photo(s) are blurred beside the others ({names}): leave them out or take them again",
                _values(len(blurred), names=_named(blurred)),
            )
        )
    twins = copies(facts)
    if len(twins) > _MANY_ALIKE * len(facts):
        found.append(
            Hint(
                "{count} photos show the same as another ({names}): move a step between photos",
                _values(len(twins), names=_named(twins)),
            )
        )
    cameras = Counter(photo.camera for photo in facts)
    if len(cameras) > 1:
        found.append(
            Hint(
                "The photos come from {count} cameras, zooms or sizes: one camera at one zoom is found more exactly",
                _values(len(cameras)),
            )
        )
    if sum(photo.size_px[0] < photo.size_px[1] for photo in facts) not in (0, len(facts)):
        found.append(Hint("Some photos are upright and some are across: that works, but all one way works better"))
    return tuple(found)


def blurred_photos(facts: Sequence[PhotoFacts]) -> tuple[PhotoFacts, ...]:
    """Those far less sharp than the set's middle one."""
    if not facts:
        return ()
    least = _BLURRED_SHARE * float(np.median([photo.sharpness for photo in facts]))
    return tuple(photo for photo in facts if photo.sharpness < least)


def copies(facts: Sequence[PhotoFacts]) -> tuple[PhotoFacts, ...]:
    """Photos that show the same as an earlier one that is no copy itself."""
    if not facts:
        return ()
    kept = np.empty((len(facts), facts[0].small.size), np.float32)
    number, twins = 0, []
    for photo in facts:
        small = photo.small.reshape(-1)
        if number and float(np.abs(kept[:number] - small).max(axis=1).min()) < _SAME_LEVELS:
            twins.append(photo)
            continue
        kept[number] = small
        number += 1
    return tuple(twins)


def _values(count: int, **more: object) -> tuple[tuple[str, object], ...]:
    return (("count", count), *more.items())


def _named(photos: Sequence[PhotoFacts]) -> str:
    names = [photo.path.name for photo in photos[:_MOST_NAMED]]
    return ", ".join(names) + (", ..." if len(photos) > _MOST_NAMED else "")
