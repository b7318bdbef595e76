"""The bundled clip's frames of exactly known disparity: what a model is tried on where a pattern is not enough."""

import json
from dataclasses import dataclass

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Disparity, Frame, Layout, StereoPair
from depthview.engine.resources import resource
from depthview.engine.sources import open_source
from depthview.engine.stereo.eyes.split import split


@dataclass(frozen=True, slots=True)
class KnownScene:
    """A pair, and its left eye's disparity in pixels of its own width, NaN where only one eye sees."""

    pair: StereoPair
    disparity_px: Disparity


def known_scenes(count: int = 2) -> tuple[KnownScene, ...]:
    """The first few of them; none in a stripped installation."""
    try:
        facts = json.loads(resource("samples/room.json").read_text(encoding="utf-8"))
        clip = open_source([str(resource("samples") / facts["clip"])])
    except (OSError, UserError):
        return ()
    found = []
    try:
        for number in facts["truth_frames"][:count]:
            clip.seek(number / facts["fps"])
            frame = clip.read()
            stored = cv2.imread(str(resource(f"samples/room_disparity_{number:06d}.png")), cv2.IMREAD_UNCHANGED)
            seen = cv2.imread(str(resource(f"samples/room_visible_{number:06d}.png")), cv2.IMREAD_GRAYSCALE)
            if not isinstance(frame, Frame) or stored is None or seen is None:
                return ()
            truth = stored.astype(np.float32) / np.float32(facts["disparity_steps_per_px"])
            truth[(stored == 0) | (seen < 128)] = np.nan
            found.append(KnownScene(split(frame, Layout.SIDE_BY_SIDE, swap=False), truth))
    finally:
        clip.close()
    return tuple(found)
