"""The photos as training needs them: in memory, as small as the settings say, in all sizes that occur."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.posed import PosedPhoto, PosedPhotos, held_out
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.reading import reading

_DAMAGED = "This photo cannot be read: run the job again from its photos: {path}"
_OTHER_SIZE = "This photo is not of the size that its camera says: run the job again from its photos: {path}"


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """A photo of one size, `pixels` (H, W, 3) uint8, red first, and its camera."""

    camera: Camera
    pixels: NDArray[np.uint8]

    def target(self, device: str) -> torch.Tensor:
        """(H, W, 3) float32, 0 to 1."""
        return torch.from_numpy(self.pixels).to(device).float() / 255


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPhoto:
    """A photo by how many times it is made smaller than what the settings say."""

    name: str
    sizes: Mapping[int, Sized]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoSet:
    """What is learnt from, and what is only measured with."""

    learnt: tuple[TrainingPhoto, ...]
    held_out: tuple[TrainingPhoto, ...]


def load_photos(posed: PosedPhotos, settings: TrainingSettings, stop: StopToken) -> PhotoSet:
    """Read all. Raises UserError for a photo that is damaged, and Stopped."""
    held = held_out(posed) if settings.hold_out else ()
    learnt = tuple(photo for photo in posed.photos if photo not in held)

    def loaded(photos: Sequence[PosedPhoto], reductions: tuple[int, ...]) -> tuple[TrainingPhoto, ...]:
        made = []
        for photo in photos:
            stop.raise_if_stopped()
            made.append(_loaded(photo, settings.max_size_px, reductions))
        return tuple(made)

    return PhotoSet(loaded(learnt, settings.reductions), loaded(held, (1,)))


def _loaded(photo: PosedPhoto, max_size_px: int, reductions: tuple[int, ...]) -> TrainingPhoto:
    with reading(photo.picture):
        raw = np.frombuffer(photo.picture.read_bytes(), np.uint8)
    # As it lies in the file: the camera knows no rotation beside its own.
    pixels = cv2.imdecode(raw, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION) if len(raw) else None
    if pixels is None:
        raise UserError(_DAMAGED, path=photo.picture)
    size = photo.camera.width_px, photo.camera.height_px
    if pixels.shape[1::-1] != size:
        raise UserError(_OTHER_SIZE, path=photo.picture)
    shrink = min(1.0, max_size_px / max(size))
    sizes = {}
    for reduction in reductions:
        smaller = tuple(max(1, round(side * shrink / reduction)) for side in size)
        shown = cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA) if smaller != size else pixels
        sizes[reduction] = Sized(photo.camera.scaled_to((smaller[0], smaller[1])), np.asarray(shown, np.uint8))
    return TrainingPhoto(photo.name, sizes)
