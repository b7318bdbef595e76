"""Make the 360° sample: `python -m training.room.make_panorama [--output DIR]`.

The room of the sample clip, seen all around from its middle, and its true range, to a thousandth, at a quarter of the
size.
Takes some minutes; needs no display.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.exports import write_depth_png
from depthview.engine.sphere import directions
from training.room.cameras import Pinhole, cube_faces
from training.room.make_sample import SEED
from training.room.room import build_room
from training.room.stage import Stage
from training.room.truth import SAMPLES

EYE = (0.15, 1.35, 1.5)
"""Metres; the floor is z = 0."""
SIZE_HW = (1024, 2048)
TRUTH_STEP = 4
FACE_PX = 1024
QUALITY = 90
SKY = (236, 242, 250)
"""What is seen through the window that the sun comes in by: too bright for any camera."""

_WIDER = 0.98
"""Of a face's focal length: a little more than 90 degrees is drawn, so that nothing is asked for beyond the border."""
_XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" '
    b'GPano:ProjectionType="equirectangular"/></rdf:RDF></x:xmpmeta>'
)


def surroundings(stage: Stage) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(H, W, 3) uint8 RGB and (H, W) float32 metres along the ray, from EYE; the middle looks along the world's y."""
    towards = directions(SIZE_HW).astype(np.float64)
    world = np.stack([towards[..., 0], towards[..., 2], -towards[..., 1]], axis=-1)
    picture, range_m = np.zeros((*SIZE_HW, 3), np.uint8), np.zeros(SIZE_HW, np.float32)
    for face in cube_faces(EYE, FACE_PX):
        camera = replace(face, focal_x_px=_WIDER * face.focal_x_px, focal_y_px=_WIDER * face.focal_y_px)
        colour, depth_m = stage.view(camera, supersample=3)
        column, row, along, mine = _seen(camera, world)
        drawn = cv2.remap(colour, column, row, cv2.INTER_LINEAR)
        deep = cv2.remap(depth_m, column, row, cv2.INTER_NEAREST) / along
        picture[mine], range_m[mine] = drawn[mine], deep[mine]
    picture[~np.isfinite(range_m)] = SKY
    return picture, range_m


def _seen(
    camera: Pinhole, world: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Where directions meet the camera's picture, their share along its axis, and which of them are this face's."""
    own = world @ camera.world_from_camera[:3, :3]
    along = np.maximum(own[..., 2], 1e-6)
    column = own[..., 0] / along * camera.focal_x_px + camera.cx_px
    row = own[..., 1] / along * camera.focal_y_px + camera.cy_px
    mine = own[..., 2] >= np.abs(own).max(axis=-1) - 1e-9
    return column.astype(np.float32), row.astype(np.float32), along.astype(np.float32), mine


def make_panorama(folder: Path) -> None:
    """Write room_360.jpg and room_360_range.png (16 bits, millimetres) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(build_room(SEED), [0.0])
    try:
        stage.set_turn(0)
        picture, range_m = surroundings(stage)
    finally:
        stage.close()
    Pillow.fromarray(picture).save(folder / "room_360.jpg", quality=QUALITY, xmp=_XMP)
    half = TRUTH_STEP // 2
    write_depth_png(folder / "room_360_range.png", np.ascontiguousarray(range_m[half::TRUTH_STEP, half::TRUTH_STEP]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=SAMPLES)
    make_panorama(parser.parse_args().output)


if __name__ == "__main__":
    main()
