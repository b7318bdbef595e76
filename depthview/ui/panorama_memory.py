"""How 360° photos are made and shown, as it is remembered between two starts. No Qt here."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from depthview.engine.colour import COLOUR_MAPS
from depthview.engine.errors import UserError
from depthview.engine.panorama.recipe import Recipe, recipe_facts, recipe_of
from depthview.engine.panorama.scene.colours import Colouring
from depthview.ui.scene.form import Form

_POINT_SIZES = (0.25, 4.0)
_KEPT_HEIGHTS = (0.05, 1.0)
_CUT_DEPTHS = (0.0, 0.9)


class Picture(StrEnum):
    """What stands beside the photo."""

    RANGE = "range"
    NORMALS = "normals"
    MASK = "mask"


@dataclass(frozen=True, slots=True)
class PanoramaLook:
    """What a person turns and no model needs to know. `point_size` 1 just closes the surfaces. `kept_height`: what is
    higher over the floor than this share of the room's height is not drawn. `cut_depth`: nor is, from outside, this
    share of the room's near side."""

    picture: Picture = Picture.RANGE
    colouring: Colouring = Colouring.PHOTO
    colour_map: str = COLOUR_MAPS[0]
    point_size: float = 1.0
    kept_height: float = 1.0
    form: Form = Form.SURFACE
    cut_depth: float = 0.0


@dataclass(frozen=True, slots=True)
class PanoramaMemory:
    """A recipe without what belongs to one photo alone, and a look."""

    recipe: Recipe = Recipe()  # noqa: RUF009 - frozen
    look: PanoramaLook = PanoramaLook()

    @property
    def facts(self) -> dict[str, Any]:
        """As a file can hold it."""
        recipe, look = recipe_facts(self.recipe), self.look
        if not self.recipe.models:
            del recipe["models"]  # nobody chose: a better one may come with the next version
        return {
            "recipe": recipe,
            "look": {
                "picture": look.picture.value,
                "colouring": look.colouring.value,
                "colour_map": look.colour_map,
                "point_size": look.point_size,
                "kept_height": look.kept_height,
                "form": look.form.value,
                "cut_depth": look.cut_depth,
            },
        }

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "PanoramaMemory":
        """What `facts` gave; what is not there, or makes no sense, is as on the first day."""
        try:
            recipe = recipe_of(facts.get("recipe", {}))
        except UserError:
            recipe = Recipe()
        look = facts.get("look")
        told, fresh = look if isinstance(look, dict) else {}, PanoramaLook()
        pictures = {picture.value: picture for picture in Picture}
        colourings = {colouring.value: colouring for colouring in Colouring}
        forms = {form.value: form for form in Form}
        colour_map = told.get("colour_map")
        return cls(
            recipe,
            PanoramaLook(
                pictures.get(str(told.get("picture")), fresh.picture),
                colourings.get(str(told.get("colouring")), fresh.colouring),
                colour_map if colour_map in COLOUR_MAPS else fresh.colour_map,
                _within(told.get("point_size"), _POINT_SIZES, fresh.point_size),
                _within(told.get("kept_height"), _KEPT_HEIGHTS, fresh.kept_height),
                forms.get(str(told.get("form")), fresh.form),
                _within(told.get("cut_depth"), _CUT_DEPTHS, fresh.cut_depth),
            ),
        )


def _within(value: object, limits: tuple[float, float], otherwise: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number and limits[0] <= value <= limits[1] else otherwise  # type: ignore[arg-type, operator]
