"""How scenes are made from photos, as it is remembered between two starts. No Qt here."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, TypeVar

from depthview.engine.capture.poses.settings import Mapper, Matcher
from depthview.engine.capture.training.presets import ITERATIONS, SIZES_PX, SPLATS, Preset
from depthview.engine.capture.training.settings import StrategyName

FRAMES = 3, 2000
MOST_RUNNING = 1, 8

_Chosen = TypeVar("_Chosen", bound=Enum)


@dataclass(frozen=True, slots=True)
class CaptureChoice:
    """What a person wants of a scene. The numbers are None where they are as the preset has them.

    `max_size_px`: of the photos' longer side. `exposures` learns how bright each photo is. `loose` accepts weaker
    features and matches. `frame_count`: to take of a video. `jobs_folder`: where new jobs lie, empty where that was not
    chosen.
    """

    preset: Preset = Preset.PREVIEW
    iterations: int | None = None
    max_splats: int | None = None
    max_size_px: int | None = None
    strategy: StrategyName = StrategyName.MCMC
    exposures: bool = False
    matcher: Matcher = Matcher.AUTO
    mapper: Mapper = Mapper.INCREMENTAL
    loose: bool = False
    frame_count: int = 150
    jobs_folder: str = ""


@dataclass(frozen=True, slots=True)
class CaptureMemory:
    """What was chosen for the last scene, how many jobs may run at once, and whether all checkpoints are kept."""

    choice: CaptureChoice = CaptureChoice()
    most_running: int = 2
    keep_checkpoints: bool = False

    @property
    def facts(self) -> dict[str, Any]:
        """As a file can hold it: without None, which TOML does not know."""
        choice = {key: value.value if isinstance(value, Enum) else value for key, value in asdict(self.choice).items()}
        return {
            "choice": {key: value for key, value in choice.items() if value is not None},
            "most_running": self.most_running,
            "keep_checkpoints": self.keep_checkpoints,
        }

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "CaptureMemory":
        """What `facts` gave; what is not there, or makes no sense, is as on the first day."""
        told, fresh = facts.get("choice"), cls()
        return cls(
            _choice(told) if isinstance(told, dict) else fresh.choice,
            _within(facts.get("most_running"), MOST_RUNNING) or fresh.most_running,
            facts.get("keep_checkpoints") is True,
        )


def _choice(told: dict[str, Any]) -> CaptureChoice:
    fresh, folder = CaptureChoice(), told.get("jobs_folder")
    return CaptureChoice(
        _one_of(told.get("preset"), fresh.preset),
        _within(told.get("iterations"), ITERATIONS),
        _within(told.get("max_splats"), SPLATS),
        _within(told.get("max_size_px"), SIZES_PX),
        _one_of(told.get("strategy"), fresh.strategy),
        told.get("exposures") is True,
        _one_of(told.get("matcher"), fresh.matcher),
        _one_of(told.get("mapper"), fresh.mapper),
        told.get("loose") is True,
        _within(told.get("frame_count"), FRAMES) or fresh.frame_count,
        folder if isinstance(folder, str) and "\0" not in folder else "",
    )


def _one_of(told: object, fresh: _Chosen) -> _Chosen:
    return next((kind for kind in type(fresh) if kind.value == told), fresh)


def _within(told: object, limits: tuple[int, int]) -> int | None:
    return told if type(told) is int and limits[0] <= told <= limits[1] else None
