"""From the words of `depthview panorama` to a recipe. What is not said stays as the recipe before says."""

import json
import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from depthview.commands import options
from depthview.engine.errors import UserError
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.recipe import (
    AutoScale,
    DistanceScale,
    HeightScale,
    Levelling,
    ModelScale,
    ModelUse,
    Recipe,
    Scale,
    recipe_of,
)
from depthview.engine.reading import reading_error

Words = TypeVar("Words", bound=StrEnum)
_LARGEST_RECIPE_BYTES = 1_000_000
_NONE = "none"


def read_recipe(path: Path | None) -> Recipe:
    """The recipe of a panorama.json, or one by itself; the usual one where no file is named.

    Raises UserError when there is no such file or no recipe in it.
    """
    if path is None:
        return Recipe()
    try:
        with path.open("rb") as stream:
            facts = json.loads(stream.read(_LARGEST_RECIPE_BYTES))
    except OSError as error:
        raise reading_error(error, path) from error
    except (ValueError, RecursionError) as error:
        raise UserError(
            "This file holds no recipe: give a panorama.json that depthview wrote: {path}",
            path=path,
            details=str(error),
        ) from error
    return recipe_of(facts.get("recipe", facts) if isinstance(facts, dict) else facts)


def with_models(recipe: Recipe, models: list[str] | None, resolution: str | None) -> Recipe:
    """`A`, `B:0.4` (counts less than half as much) for each model; one resolution for all of them."""
    uses = recipe.models
    if models:
        uses = tuple(_model_use(text) for text in models)
    size_hw = options.parse_resolution(resolution)
    if size_hw is not None:
        uses = tuple(replace(use, size_hw=size_hw) for use in uses or recipe.uses)
    return replace(recipe, models=uses)


def _model_use(text: str) -> ModelUse:
    name, colon, weight = text.rpartition(":")
    if colon and re.fullmatch(r"\d*\.?\d+", weight) and name:
        return ModelUse(name, float(weight))
    return ModelUse(text)


def one_of(words: type[Words], name: str, what: str) -> Words:
    """Raises UserError naming the words there are."""
    try:
        return words(name)
    except ValueError:
        raise UserError(
            "There are no {what} called {name}: choose {known}.", what=what, name=name, known=", ".join(words)
        ) from None


def some_of(words: type[Words], text: str, what: str) -> tuple[Words, ...]:
    """Words with commas between, each once, or `none`. Raises UserError naming the words there are."""
    if text.strip() == _NONE:
        return ()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(one_of(words, part, what) for part in parts))


def level_of(text: str) -> Levelling | Tilt:
    """`auto`, `off` or `PITCH,ROLL` in degrees. Raises UserError for anything else."""
    if text in tuple(Levelling):
        return Levelling(text)
    numbers = _numbers(text, 2)
    if numbers is None:
        raise UserError("{text} is no level: write auto, off, or pitch and roll in degrees such as 3,-1.5.", text=text)
    return Tilt(*numbers)


def scale_of(before: Scale, words: str | None, height_m: float | None, measured: str | None) -> Scale:
    """Raises UserError when more than one way to metres is named, or a way that is none."""
    if sum(said is not None for said in (words, height_m, measured)) > 1:
        raise UserError("Metres can come about in one way only: give one of --scale, --height and --measured.")
    if height_m is not None:
        return HeightScale(height_m)
    if measured is not None:
        numbers = _numbers(measured, 5)
        if numbers is None:
            raise UserError(
                "{text} is no measured distance: write YAW,PITCH,YAW,PITCH,METRES, the two places in degrees from the "
                "middle of the panorama.",
                text=measured,
            )
        return DistanceScale((numbers[0], numbers[1]), (numbers[2], numbers[3]), numbers[4])
    if words is None:
        return before
    ways: dict[str, Scale] = {"auto": AutoScale(), "model": ModelScale()}
    if words not in ways:
        raise UserError("There is no scale called {text}: choose auto or model.", text=words)
    return ways[words]


def _numbers(text: str, count: int) -> list[float] | None:
    parts = text.split(",")
    try:
        return [float(part) for part in parts] if len(parts) == count else None
    except ValueError:
        return None
