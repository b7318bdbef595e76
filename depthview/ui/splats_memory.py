"""How splat scenes are looked at, as it is remembered between two starts. No Qt here."""

import math
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from depthview.ui.scene.navigation import CameraState

SIZE_FACTORS = (0.1, 3.0)
FOVS_DEG = (10.0, 120.0)
SECONDS = (0.5, 600.0)
MOST_DEGREE = 4
_SCENES_KEPT = 200
_VIEWS_KEPT = 100

Triple = tuple[float, float, float]


class Ground(StrEnum):
    """What is behind the scenes."""

    WINDOW = "window"
    BLACK = "black"
    GREY = "grey"
    WHITE = "white"


class Flight(StrEnum):
    """Where a film's camera goes."""

    ROUND = "round"
    THROUGH = "through"
    """Through the keyframes."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a person put something. `turn_deg`: yaw, pitch and roll about its middle; `shift` along x, y, z (right,
    down, forward). `has_metres`: somebody said how long a piece of it is, or it came in metres."""

    turn_deg: Triple = (0.0, 0.0, 0.0)
    shift: Triple = (0.0, 0.0, 0.0)
    scale: float = 1.0
    has_metres: bool = False


@dataclass(frozen=True, slots=True)
class SplatsLook:
    """What a person turns and no scene needs to know. `size_factor`: every splat so much larger; `degree`: of the
    spherical harmonics at most, None all of them."""

    size_factor: float = 1.0
    degree: int | None = None
    as_points: bool = False
    ground: Ground = Ground.WINDOW


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view to come back to."""

    name: str
    camera: CameraState


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A film to be made: once round what is looked at in `seconds`, or through `stops` with `seconds` from each to the
    next, and back to the first where it is `closed`."""

    flight: Flight = Flight.ROUND
    stops: tuple[CameraState, ...] = ()
    seconds: float = 6.0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class SceneMemory:
    """What is remembered of one scene."""

    stand: Stand = Stand()
    views: tuple[SavedView, ...] = ()
    film: FilmPlan = FilmPlan()


@dataclass(frozen=True, slots=True)
class SplatsMemory:
    """A look, and what was done to each scene, by its file."""

    look: SplatsLook = SplatsLook()
    scenes: dict[str, SceneMemory] = field(default_factory=dict)

    def of_scene(self, identity: str) -> SceneMemory:
        return self.scenes.get(identity, SceneMemory())

    def with_scene(self, identity: str, memory: SceneMemory) -> "SplatsMemory":
        others = {key: value for key, value in self.scenes.items() if key != identity}
        if memory != SceneMemory():
            others[identity] = memory
        return replace(self, scenes=dict(list(others.items())[-_SCENES_KEPT:]))

    @property
    def facts(self) -> dict[str, Any]:
        """As a file can hold it: without None, which TOML does not know."""
        return {
            "look": {key: value for key, value in _plain(asdict(self.look)).items() if value is not None},
            "scenes": {key: _plain(asdict(memory)) for key, memory in self.scenes.items()},
        }

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "SplatsMemory":
        """What `facts` gave; what is not there, or makes no sense, is as on the first day."""
        scenes = {key: _scene(value) for key, value in _table(facts.get("scenes")).items()}
        return cls(_look(_table(facts.get("look"))), scenes)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.value if isinstance(value, StrEnum) else value


def _look(told: dict[str, Any]) -> SplatsLook:
    fresh, degree = SplatsLook(), told.get("degree")
    grounds = {ground.value: ground for ground in Ground}
    return SplatsLook(
        _within(told.get("size_factor"), SIZE_FACTORS, fresh.size_factor),
        degree if type(degree) is int and 0 <= degree <= MOST_DEGREE else None,
        told.get("as_points") is True,
        grounds.get(str(told.get("ground")), fresh.ground),
    )


def _scene(told: object) -> SceneMemory:
    facts = _table(told)
    views = [
        SavedView(name, camera)
        for view in map(_table, _list(facts.get("views"))[:_VIEWS_KEPT])
        if isinstance(name := view.get("name"), str) and (camera := _camera(view.get("camera"))) is not None
    ]
    return SceneMemory(_stand(_table(facts.get("stand"))), tuple(views), _film(_table(facts.get("film"))))


def _stand(facts: dict[str, Any]) -> Stand:
    fresh, scale = Stand(), facts.get("scale")
    return Stand(
        _triple(facts.get("turn_deg")) or fresh.turn_deg,
        _triple(facts.get("shift")) or fresh.shift,
        float(scale) if _is_number(scale) and scale > 0 else fresh.scale,  # type: ignore[operator, arg-type]
        facts.get("has_metres") is True,
    )


def _film(facts: dict[str, Any]) -> FilmPlan:
    fresh = FilmPlan()
    flights = {flight.value: flight for flight in Flight}
    stops = [camera for stop in _list(facts.get("stops"))[:_VIEWS_KEPT] if (camera := _camera(stop)) is not None]
    return FilmPlan(
        flights.get(str(facts.get("flight")), fresh.flight),
        tuple(stops),
        _within(facts.get("seconds"), SECONDS, fresh.seconds),
        facts.get("closed") is True,
    )


def _camera(told: object) -> CameraState | None:
    """None where anything is missing."""
    facts = _table(told)
    found: dict[str, Any] = {}
    for each in fields(CameraState):
        value = facts.get(each.name)
        if isinstance(each.default, tuple):
            found[each.name] = _triple(value)
        elif isinstance(each.default, bool):
            found[each.name] = value is True
        else:
            found[each.name] = float(value) if _is_number(value) else None  # type: ignore[arg-type]
    if any(value is None for value in found.values()) or not found["distance_m"] > 0:
        return None
    found["fov_deg"] = min(FOVS_DEG[1], max(FOVS_DEG[0], found["fov_deg"]))
    return CameraState(**found)


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _triple(value: object) -> Triple | None:
    parts = _list(value)
    if len(parts) == 3 and all(map(_is_number, parts)):
        return float(parts[0]), float(parts[1]), float(parts[2])
    return None


def _within(value: object, limits: tuple[float, float], otherwise: float) -> float:
    return float(value) if _is_number(value) and limits[0] <= value <= limits[1] else otherwise  # type: ignore[arg-type, operator]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
