"""A recipe: what it is by itself, what it cannot be, and that JSON keeps all of it."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from depthview.engine.errors import UserError
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.recipe import (
    AutoScale,
    DistanceScale,
    HeightScale,
    Levelling,
    Mask,
    ModelScale,
    ModelUse,
    Preprocess,
    Recipe,
    recipe_facts,
    recipe_of,
    usual_models,
)
from depthview.engine.panorama.views import ViewSet

EVERYTHING = Recipe(
    (ModelUse("a"), ModelUse("/b é/net.onnx", 0.25, ViewSet.FINE, (160, 192))),
    ViewSet.FACES,
    1024,
    Tilt(3.5, -2.0),
    (Preprocess.CLAHE, Preprocess.DEHAZE),
    layout_prior=False,
    refine=False,
    masks=(Mask.EDGES,),
    scale=DistanceScale((10.0, -3.0), (40.5, 2.0), 3.2),
)


def test_every_part_of_a_recipe_can_be_another_one_here() -> None:
    usual = Recipe()
    assert all(getattr(usual, field.name) != getattr(EVERYTHING, field.name) for field in fields(Recipe))


@pytest.mark.parametrize(
    "recipe",
    [
        EVERYTHING,
        replace(EVERYTHING, scale=HeightScale(1.45), level=Levelling.OFF),
        replace(EVERYTHING, scale=ModelScale(), level=Levelling.AUTO),
        replace(EVERYTHING, scale=AutoScale(), masks=()),
    ],
)
def test_json_keeps_all_of_it(recipe: Recipe) -> None:
    assert recipe_of(json.loads(json.dumps(recipe_facts(recipe)))) == recipe


def test_the_usual_models_are_named_so_that_later_ones_do_not_take_their_place() -> None:
    assert recipe_of(recipe_facts(Recipe())) == Recipe(usual_models())
    assert Recipe().uses == usual_models()


def test_what_is_not_said_is_as_usual() -> None:
    assert recipe_of({}) == Recipe()
    assert recipe_of({"refine": False}) == replace(Recipe(), refine=False)
    assert recipe_of({"models": [{"model": "a"}]}) == Recipe((ModelUse("a"),))


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        "recipe",
        {"future": 1},
        {"models": "a"},
        {"models": [{}]},
        {"models": [{"model": 3}]},
        {"models": [{"model": "a", "size_hw": [3]}]},
        {"models": [{"model": "a", "size_hw": 3}]},
        {"models": [{"model": "a", "weight": "much"}]},
        {"models": [{"model": "a", "mood": 1}]},
        {"views": "some"},
        {"views": []},
        {"working_width": 100.5},
        {"working_width": True},
        {"level": 3},
        {"level": {"pitch_deg": 3}},
        {"level": {"pitch_deg": 3, "roll_deg": 0, "yaw_deg": 1}},
        {"preprocess": "clahe"},
        {"preprocess": ["paint"]},
        {"refine": 1},
        {"masks": ["nose"]},
        {"scale": "huge"},
        {"scale": ["auto"]},
        {"scale": {"distance_m": 1}},
        {"scale": {"distance_m": 1, "one_deg": [1], "other_deg": [1, 2]}},
    ],
)
def test_what_is_no_recipe_is_told(facts: Any) -> None:
    with pytest.raises(UserError, match="This recipe cannot be read"):
        recipe_of(facts)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"working_width": 3}, "The width to work at in pixels cannot be 3: give 128 to 8192."),
        ({"scale": {"height_m": -1}}, "The camera's height in metres cannot be -1"),
        ({"scale": {"height_m": float("nan")}}, "The camera's height in metres cannot be nan"),
        ({"scale": {"distance_m": 0, "one_deg": [1, 2], "other_deg": [3, 4]}}, "The measured distance in metres"),
        ({"level": {"pitch_deg": 300, "roll_deg": 0}}, "The pitch in degrees cannot be 300"),
        ({"models": [{"model": "a", "weight": 0}]}, "A model's weight cannot be 0"),
        ({"models": [{"model": "a"}, {"model": "a", "views": "fine"}]}, "A model is named twice with the same views"),
    ],
)
def test_what_cannot_be_is_told(facts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        recipe_of(facts)
    assert str(caught.value).startswith(sentence)
