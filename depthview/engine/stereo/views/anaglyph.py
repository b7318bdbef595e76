"""Two eyes in one picture for red-cyan glasses: the one place where that is done."""

import cv2
import numpy as np

from depthview.engine.frames import Image

_DUBOIS_LEFT = np.array([[0.456, 0.500, 0.176], [-0.040, -0.038, -0.016], [-0.015, -0.021, -0.005]])
_DUBOIS_RIGHT = np.array([[-0.043, -0.088, -0.002], [0.378, 0.734, -0.018], [-0.072, -0.113, 1.226]])
"""Rows are what red, green and blue get of an eye's RGB. Eric Dubois, "A projection method to generate anaglyph stereo
images", ICASSP 2001; the figures for values as pictures store them are from his page at the University of Ottawa."""


def half_colour(left: Image, right: Image) -> Image:
    """(H, W, 3) uint8: red is the left eye's grey, green and blue are the right eye's.

    What plain red-cyan glasses are made for: colours stay, and a red thing does not blink in one eye only.
    """
    both = right.copy()
    both[..., 0] = cv2.cvtColor(left, cv2.COLOR_RGB2GRAY)
    return both


def dubois(left: Image, right: Image) -> Image:
    """(H, W, 3) uint8: the colours nearest to both eyes' through such glasses, by least squares; least ghosting."""
    mixed = sum(
        np.asarray(cv2.transform(eye.astype(np.float32), shares.astype(np.float32)), np.float32)
        for eye, shares in ((left, _DUBOIS_LEFT), (right, _DUBOIS_RIGHT))
    )
    return np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)
