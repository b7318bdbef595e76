"""What a job was asked to do, as it stands in its folder. Knows no torch: the window reads it too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.settings import TrainingSettings

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The way to the cameras, and the training; `lowered_to`: how many splats there may be since memory ran out."""

    poses: PoseSettings
    training: TrainingSettings
    lowered_to: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a cap of no splats."""
        if self.lowered_to is not None and self.lowered_to < 1:
            raise ValueError(f"at most {self.lowered_to} splats")

    @property
    def training_now(self) -> TrainingSettings:
        """With what there was memory for."""
        return self.training if self.lowered_to is None else self.training.with_cap(self.lowered_to)

    def with_half_the_splats(self) -> Self | None:
        """What is asked for when memory ran out; None where that was tried already."""
        if self.lowered_to is not None:
            return None
        return replace(self, lowered_to=max(1, self.training.max_splats // 2))

    def to_bytes(self) -> bytes:
        """JSON, as `from_bytes` reads it."""
        said = {
            "version": _VERSION,
            "poses": self.poses.to_json(),
            "training": self.training.to_json(),
            "lowered_to": self.lowered_to,
        }
        return json.dumps(said, indent=1, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Raises ValueError where this is no such file, or one of a later DepthView."""
        try:
            said: Any = json.loads(raw)
            if not isinstance(said, Mapping) or said["version"] != _VERSION:
                raise ValueError("not of this version")
            poses, training = PoseSettings.from_json(said["poses"]), TrainingSettings.from_json(said["training"])
            lowered_to = said["lowered_to"]
            return cls(poses, training, None if lowered_to is None else int(lowered_to))
        except (TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"this is no job: {error!r}") from error
