"""What a person chooses of the way from photos to cameras."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any


class Matcher(Enum):
    """Which photos are compared with which."""

    AUTO = "auto"
    """All under 200 photos; a video's frames with their neighbours; else by place where the photos know it, else by
    likeness."""
    EXHAUSTIVE = "exhaustive"
    SEQUENTIAL = "sequential"
    PLACES = "places"
    LIKENESS = "likeness"


class Mapper(Enum):
    """How the cameras are found: photo after photo, or all at once (GLOMAP: quicker on many photos)."""

    INCREMENTAL = "incremental"
    GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """`inputs`: folders, photos, or one video, of which `frame_count` frames are taken.

    `max_size_px` bounds the longer side of the undistorted photos. `loose` accepts weaker features and matches, for
    photos that do not hold together otherwise. `max_splats` is for the estimate of the disk alone.
    """

    inputs: tuple[Path, ...]
    max_size_px: int = 1600
    frame_count: int = 150
    matcher: Matcher = Matcher.AUTO
    mapper: Mapper = Mapper.INCREMENTAL
    loose: bool = False
    max_splats: int = 1_000_000

    def to_json(self) -> dict[str, Any]:
        return {
            "inputs": [str(path) for path in self.inputs],
            "max_size_px": self.max_size_px,
            "frame_count": self.frame_count,
            "matcher": self.matcher.value,
            "mapper": self.mapper.value,
            "loose": self.loose,
            "max_splats": self.max_splats,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "PoseSettings":
        """Raises ValueError, TypeError or KeyError where this is none."""
        return cls(
            tuple(Path(path) for path in said["inputs"]),
            int(said["max_size_px"]),
            int(said["frame_count"]),
            Matcher(said["matcher"]),
            Mapper(said["mapper"]),
            bool(said["loose"]),
            int(said["max_splats"]),
        )
