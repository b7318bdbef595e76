"""All that a person can turn when a 360° photo becomes a range map; by itself it makes a good one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.models.usual import default_panorama
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.opening.photo import WIDTHS, WORKING_WIDTH
from depthview.engine.panorama.views import ViewSet

USUAL_HEIGHT_M = 1.6
"""Of a camera on a tripod, or held before the eyes."""
HEIGHTS_M = (0.05, 200.0)
DISTANCES_M = (0.01, 10_000.0)
WEIGHTS = (0.01, 100.0)
TILTS_DEG = (-90.0, 90.0)


class Levelling(StrEnum):
    """Whether a tilted camera is put upright. Instead of it a recipe may name a `Tilt` by hand."""

    AUTO = "auto"
    """By the lines in the photo; where there are none it stays as it is."""
    OFF = "off"


class Preprocess(StrEnum):
    """What is done to the photo before a model is shown it. The points keep the photo's own colours."""

    GAUSSIAN = "gaussian"
    CLAHE = "clahe"
    DEHAZE = "dehaze"


class Mask(StrEnum):
    """What is left out of the points, beside what the photo does not show and no model knows."""

    SKY = "sky"
    WINDOWS = "windows"
    EDGES = "edges"
    POLES = "poles"


@dataclass(frozen=True, slots=True)
class ModelUse:
    """A model of the library by its id, or the path of an ONNX file, and how much it counts beside the others.

    `views`: what it is shown; None as the recipe says. A network that takes the whole panorama needs none. `size_hw`:
    the size to work at, None leaves it to the model.
    """

    model: str
    weight: float = 1.0
    views: ViewSet | None = None
    size_hw: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        _within(self.weight, WEIGHTS, "A model's weight")


@dataclass(frozen=True, slots=True)
class AutoScale:
    """Metres as the model says; where it says none, as if the camera stood `USUAL_HEIGHT_M` above the floor."""


@dataclass(frozen=True, slots=True)
class ModelScale:
    """Metres as the model says, and none where it says none."""


@dataclass(frozen=True, slots=True)
class HeightScale:
    """Metres by how high above the floor the camera stood."""

    height_m: float = USUAL_HEIGHT_M

    def __post_init__(self) -> None:
        _within(self.height_m, HEIGHTS_M, "The camera's height in metres")


@dataclass(frozen=True, slots=True)
class DistanceScale:
    """Metres by one distance that somebody measured, between the points that are seen in two directions.

    A direction is (yaw, pitch) in degrees in the levelled panorama, (0, 0) its middle, yaw to the right, pitch up: so
    it stays the same when another model or size is chosen.
    """

    one_deg: tuple[float, float]
    other_deg: tuple[float, float]
    distance_m: float

    def __post_init__(self) -> None:
        _within(self.distance_m, DISTANCES_M, "The measured distance in metres")


Scale = AutoScale | ModelScale | HeightScale | DistanceScale


def usual_models() -> tuple[ModelUse, ...]:
    """What estimates a panorama when nobody chose."""
    usual = default_panorama()
    return (ModelUse(usual.model_id, size_hw=usual.size_hw),)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a panorama is made into a range map. Raises UserError for values that cannot be.

    `models`: () means those that are usual. `working_width`: the range map is at most so wide, pixels, and never wider
    than the photo. `layout_prior`: whether the planes of a room help where models are unsure. `refine`: whether walls
    and floors are flattened.
    """

    models: tuple[ModelUse, ...] = ()
    views: ViewSet = ViewSet.FINE
    working_width: int = WORKING_WIDTH
    level: Levelling | Tilt = Levelling.AUTO
    preprocess: tuple[Preprocess, ...] = ()
    layout_prior: bool = True
    refine: bool = True
    masks: tuple[Mask, ...] = tuple(Mask)
    scale: Scale = AutoScale()

    def __post_init__(self) -> None:
        _within(self.working_width, WIDTHS, "The width to work at in pixels")
        shown = [(use.model, use.views or self.views, use.size_hw) for use in self.uses]
        if len(set(shown)) < len(shown):
            raise UserError("A model is named twice with the same views: name it once.")
        if isinstance(self.level, Tilt):
            _within(self.level.pitch_deg, TILTS_DEG, "The pitch in degrees")
            _within(self.level.roll_deg, TILTS_DEG, "The roll in degrees")

    @property
    def uses(self) -> tuple[ModelUse, ...]:
        """The models that really run."""
        return self.models or usual_models()


def _within(value: float, limits: tuple[float, float], what: str) -> None:
    if not limits[0] <= value <= limits[1]:
        raise UserError(
            "{what} cannot be {value:g}: give {least:g} to {most:g}.",
            what=what,
            value=value,
            least=limits[0],
            most=limits[1],
        )


def recipe_facts(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON can hold it; the models are named, also where they are the usual ones."""
    level, scale = recipe.level, recipe.scale
    return {
        "models": [_model_facts(use) for use in recipe.uses],
        "views": recipe.views.value,
        "working_width": recipe.working_width,
        "level": {"pitch_deg": level.pitch_deg, "roll_deg": level.roll_deg} if isinstance(level, Tilt) else level.value,
        "preprocess": [step.value for step in recipe.preprocess],
        "layout_prior": recipe.layout_prior,
        "refine": recipe.refine,
        "masks": [mask.value for mask in recipe.masks],
        "scale": _scale_facts(scale),
    }


def recipe_of(facts: object) -> Recipe:
    """What `recipe_facts` gave; what is not there stays as usual.

    Raises UserError where this is no recipe, or one of a newer version.
    """
    try:
        known = _known(facts, [field.name for field in fields(Recipe)])
        return Recipe(**{name: _READERS[name](value) for name, value in known.items()})
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise UserError(
            "This recipe cannot be read: it was changed by hand, or a newer DepthView wrote it.", details=repr(error)
        ) from error


def _model_facts(use: ModelUse) -> dict[str, Any]:
    return {
        "model": use.model,
        "weight": use.weight,
        "views": use.views.value if use.views is not None else None,
        "size_hw": list(use.size_hw) if use.size_hw is not None else None,
    }


def _scale_facts(scale: Scale) -> str | dict[str, Any]:
    if isinstance(scale, HeightScale):
        return {"height_m": scale.height_m}
    if isinstance(scale, DistanceScale):
        return {
            "distance_m": scale.distance_m,
            "one_deg": list(scale.one_deg),
            "other_deg": list(scale.other_deg),
        }
    return "model" if isinstance(scale, ModelScale) else "auto"


def _known(facts: object, names: Sequence[str]) -> dict[str, Any]:
    """Raises ValueError for what is no JSON object or has keys that nobody here knows."""
    if not isinstance(facts, dict) or not set(facts) <= set(names):
        raise ValueError(f"expected an object with {', '.join(names)}, not {facts!r}"[:300])
    return facts


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list"[:300])
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number"[:300])
    return float(value)


def _whole(value: object) -> int:
    number = _number(value)
    if not number.is_integer():
        raise ValueError(f"{value!r} is no whole number"[:300])
    return int(number)


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false"[:300])
    return value


def _pair(value: object) -> tuple[float, float]:
    one, other = (_number(part) for part in _list(value))
    return one, other


def _model_of(facts: object) -> ModelUse:
    known = _known(facts, [field.name for field in fields(ModelUse)])
    views, size_hw = known.get("views"), known.get("size_hw")
    if not isinstance(known["model"], str):
        raise TypeError("a model's name is a text")
    return ModelUse(
        known["model"],
        _number(known.get("weight", 1.0)),
        None if views is None else ViewSet(views),
        None if size_hw is None else (_whole(size_hw[0]), _whole(size_hw[1])),
    )


def _level_of(facts: object) -> Levelling | Tilt:
    if isinstance(facts, str):
        return Levelling(facts)
    known = _known(facts, ["pitch_deg", "roll_deg"])
    return Tilt(_number(known["pitch_deg"]), _number(known["roll_deg"]))


_WAYS: Mapping[str, Scale] = {"auto": AutoScale(), "model": ModelScale()}


def _scale_of(facts: object) -> Scale:
    if isinstance(facts, str):
        return _WAYS[facts]
    known = _known(facts, ["height_m", "distance_m", "one_deg", "other_deg"])
    if "height_m" in known:
        return HeightScale(_number(known["height_m"]))
    return DistanceScale(_pair(known["one_deg"]), _pair(known["other_deg"]), _number(known["distance_m"]))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "models": lambda value: tuple(_model_of(one) for one in _list(value)),
    "views": ViewSet,
    "working_width": _whole,
    "level": _level_of,
    "preprocess": lambda value: tuple(Preprocess(one) for one in _list(value)),
    "layout_prior": _switch,
    "refine": _switch,
    "masks": lambda value: tuple(Mask(one) for one in _list(value)),
    "scale": _scale_of,
}
