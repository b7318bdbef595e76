"""Photos of a scene that is known exactly: the inside of a room's corner, its floor and two walls full of detail."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.splats.view import View

Points = NDArray[np.float64]

SIZE_PX = (400, 300)
_TEXTURE_PX = 600
_SIDE = 4.0
# Where a texture's upper left, upper right and lower left corners lie: y points down, the corner is at the origin.
_FACES = (
    ((0, 0, 0), (_SIDE, 0, 0), (0, 0, _SIDE)),
    ((0, -_SIDE, 0), (_SIDE, -_SIDE, 0), (0, 0, 0)),
    ((0, -_SIDE, 0), (0, -_SIDE, _SIDE), (0, 0, 0)),
)


def drawn_photos(folder: Path, count: int, *, seed: int = 1, prefix: str = "") -> dict[str, Camera]:
    """Write `count` photos, taken on an arc before the corner; their true cameras by name."""
    random = np.random.default_rng(seed)
    faces = [_texture(random) for _ in _FACES]
    folder.mkdir(parents=True, exist_ok=True)
    cameras = {}
    for number in range(count):
        turn = np.radians(25 + 40 * number / max(1, count - 1))
        eye = np.array([5 * np.cos(turn), -2.2 + 0.15 * (number % 3), 5 * np.sin(turn)])
        view = View.looking(eye, np.array([1.0, -1.2, 1.0]), np.array([0.0, -1, 0]), 52, SIZE_PX)
        camera = Camera(
            view.axes,
            -view.axes @ view.eye,
            (view.focal_px, view.focal_px),
            (SIZE_PX[0] / 2, SIZE_PX[1] / 2),
            *SIZE_PX,
        )
        name = f"{prefix}{number:02d}.jpg"
        cv2.imwrite(str(folder / name), _drawn(camera, faces), [cv2.IMWRITE_JPEG_QUALITY, 97])
        cameras[name] = camera
    return cameras


def _texture(random: np.random.Generator) -> NDArray[np.uint8]:
    sum_ = np.zeros((_TEXTURE_PX, _TEXTURE_PX, 3))
    for cells in (10, 30, 70):
        noise = random.uniform(-1, 1, (cells, cells, 3))
        sum_ += cv2.resize(noise, (_TEXTURE_PX, _TEXTURE_PX), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 60 * sum_, 0, 255).astype(np.uint8)


def _drawn(camera: Camera, faces: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    picture = np.full((SIZE_PX[1], SIZE_PX[0], 3), 40, np.uint8)
    k = np.array(
        [[camera.focal_px[0], 0, camera.centre_px[0]], [0, camera.focal_px[1], camera.centre_px[1]], [0, 0, 1]]
    )
    for texture, (start, across, down) in zip(faces, np.array(_FACES, float), strict=True):
        plane = np.stack([(across - start) / _TEXTURE_PX, (down - start) / _TEXTURE_PX, start], axis=1)
        to_pixels = k @ (camera.rotation @ plane + np.outer(camera.translation, [0, 0, 1]))
        # Both ends count from a pixel's corner, OpenCV from its middle.
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        homography = np.linalg.inv(half) @ to_pixels @ half
        mask = np.full(texture.shape[:2], 255, np.uint8)
        seen = cv2.warpPerspective(mask, homography, SIZE_PX, flags=cv2.INTER_LINEAR)
        drawn = cv2.warpPerspective(texture, homography, SIZE_PX, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        picture[seen > 127] = drawn[seen > 127]
    return picture


def apart_after_alignment(found: Points, true: Points) -> float:
    """The largest distance between two sets of places (N, 3) after the similarity that fits best, in shares of their
    extent (Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991)."""
    a, b = found - found.mean(0), true - true.mean(0)
    left, sizes, right = np.linalg.svd(b.T @ a)
    sign = np.diag([1, 1, np.sign(np.linalg.det(left @ right))])
    scale = (sizes * np.diag(sign)).sum() / (a**2).sum()
    fitted = scale * a @ (left @ sign @ right).T
    return float(np.linalg.norm(fitted - b, axis=1).max() / np.linalg.norm(b, axis=1).max())
