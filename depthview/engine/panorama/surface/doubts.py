"""Where a panorama's range cannot be believed, and why: nothing shown, sky, blown windows, depth edges, poles."""

from collections.abc import Iterable
from enum import IntFlag

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values
from depthview.engine.panorama.surface.edges import depth_edges
from depthview.engine.panorama.surface.sky import sky_in
from depthview.engine.sphere import Directions


class Doubt(IntFlag):
    """Why a place is left out. A place may have several; 0 is none."""

    NOT_COVERED = 1
    """The photo shows nothing here."""
    UNKNOWN = 2
    """No model knows how far this is."""
    SKY = 4
    WINDOW = 8
    """A blown out area: a window, a lamp or the sun, of unknown range."""
    EDGE = 16
    """The gap between something near and something far, which no surface is."""
    POLE = 32
    """Black straight above or below, where the camera saw nothing or its tripod was painted over."""


Doubts = NDArray[np.uint8]
"""(H, W) uint8: the sum of each place's `Doubt`."""

ALWAYS = Doubt.NOT_COVERED | Doubt.UNKNOWN
"""What can never be believed."""
_BLOWN_LEVEL = 250
_BLOWN_PX = 5
_BLACK = 8


def doubts_of(
    photo: Image,
    covered: NDArray[np.bool_],
    known: NDArray[np.bool_],
    range_m: Values,
    normals: NDArray[np.float32],
    towards: Directions,
) -> Doubts:
    """(H, W) uint8: every doubt about every place. `covered`: where the photo shows something, `known`: where a model
    says how far. `range_m` is finite everywhere."""
    found = np.zeros(covered.shape, np.uint8)
    for doubt, places in (
        (Doubt.NOT_COVERED, ~covered),
        (Doubt.UNKNOWN, ~known),
        (Doubt.SKY, sky_in(photo, range_m) & covered),
        (Doubt.WINDOW, blown_out(photo)),
        (Doubt.EDGE, depth_edges(range_m, normals, towards)),
        (Doubt.POLE, black_poles(photo, covered)),
    ):
        found[places] |= np.uint8(doubt)
    return found


def believed(doubts: Doubts, left_out: Iterable[Doubt] = tuple(Doubt)) -> NDArray[np.bool_]:
    """(H, W): the places with none of the doubts `left_out`, and none of those that `ALWAYS` count."""
    wrong = ALWAYS
    for doubt in left_out:
        wrong |= doubt
    return np.asarray(doubts & np.uint8(wrong) == 0)


def blown_out(photo: Image) -> NDArray[np.bool_]:
    """(H, W): areas (not single pixels) that are white in every channel: a window or the sun, of unknown range."""
    white = (photo.min(axis=-1) >= _BLOWN_LEVEL).astype(np.uint8)
    areas = cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((_BLOWN_PX, _BLOWN_PX), np.uint8))
    return np.asarray(areas, np.bool_)


def black_poles(photo: Image, covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W): what is black or not shown and reaches the row straight above or below."""
    dark = ((photo.max(axis=-1) <= _BLACK) | ~covered).astype(np.uint8)
    dark = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    _, areas = cv2.connectedComponents(dark)
    polar = np.unique(areas[[0, -1]])
    return np.isin(areas, polar[polar > 0])
