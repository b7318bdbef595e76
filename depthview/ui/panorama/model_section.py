"""The inspector's section about what estimates the range: which models, what they are shown, and at what width."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from depthview.engine.estimators.contract import Projection
from depthview.engine.models.library import ModelFamily
from depthview.engine.panorama.recipe import ModelUse, Recipe
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.ui.parts.sections import HEADING, Choice, Section, say
from depthview.ui.parts.slide import Slide

WORKING_WIDTHS = (512, 1024, 2048, 4096, 8192)
_USUAL, _NONE, _ADD_MODEL, _MORE_MODELS = "", "\0none", "\0add", "\0more"
_LEAST_PERCENT, _MOST_PERCENT = 5, 400


class ModelSection(Section):
    """Emits the whole new recipe whenever a person changes it, `file_wanted` and `more_wanted` as Live's does."""

    recipe_changed = Signal(object)
    file_wanted = Signal()
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("PanoramaModel", "Model"), parent)
        self._recipe = Recipe()
        self._families: tuple[ModelFamily, ...] = ()
        self.model = Choice()
        self.model.chosen.connect(self._choose_first)
        self.add(self.tr("Model"), self.model, self.tr("What estimates the range"))
        self.second = Choice()
        self.second.chosen.connect(self._choose_second)
        self.add(self.tr("Blend with"), self.second, self.tr("A second model, whose views go into the same room"))
        self.weight = Slide(_LEAST_PERCENT, _MOST_PERCENT, step=5, suffix=" %")
        self.weight.changed.connect(self._weigh)
        self.add(self.tr("Counts"), self.weight, self.tr("How much the second model counts beside the first, per cent"))
        self.views = Choice()
        names = {
            ViewSet.FAST: self.tr("cube: {count}, fast"),
            ViewSet.FINE: self.tr("all round: {count}, fine"),
            ViewSet.FACES: self.tr("icosahedron: {count}"),
        }
        self.views.offer([(names[views].format(count=len(views_of(views))), views) for views in ViewSet], ViewSet.FAST)
        self.views.chosen.connect(lambda views: self._settle(replace(self._recipe, views=views)))
        self._views_tip = self.tr("The views that a model for ordinary pictures is shown; more are truer and slower")
        self.add(self.tr("Views"), self.views, self._views_tip)
        self.width_choice = Choice()
        self.width_choice.chosen.connect(lambda width: self._settle(replace(self._recipe, working_width=width)))
        self.add(
            self.tr("Width"),
            self.width_choice,
            self.tr("The range map is at most so wide, pixels, and never wider than the photo"),
        )
        self._note = self.add_note()
        self.show_recipe(self._recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        self._recipe = recipe
        first = recipe.models[0].model if recipe.models else _USUAL
        second = recipe.models[1] if len(recipe.models) > 1 else None
        models = self._entries(first, second)
        others = [(self.tr("More models…"), _MORE_MODELS), (self.tr("Add an ONNX file…"), _ADD_MODEL)]
        self.model.offer([(self.tr("usual"), _USUAL), *models, *others], first)
        self.second.offer([(self.tr("nothing"), _NONE), *models], second.model if second is not None else _NONE)
        self.show_row(self.weight, second is not None)
        if second is not None:
            self.weight.show_number(100 * second.weight / recipe.models[0].weight)
        self.views.select(recipe.views)
        seen = any(self._is_shown_views(use.model) for use in recipe.uses)
        self.views.setEnabled(seen)
        whole = self.tr("This model is shown the whole panorama at once")
        self.views.setToolTip(self._views_tip if seen else whole)
        widths = sorted({*WORKING_WIDTHS, recipe.working_width})
        self.width_choice.offer([(f"{width} × {width // 2}", width) for width in widths], recipe.working_width)

    def show_families(self, families: Sequence[ModelFamily]) -> None:
        """Offer these models: those that see whole panoramas, and those for one eye."""
        self._families = tuple(family for family in families if family.projection is Projection.ERP or family.eyes == 1)
        self.show_recipe(self._recipe)

    def say_what_ran(self, words: str) -> None:
        say(self._note, words)

    def use(self, model_id: str) -> None:
        """As if the person had chosen this model."""
        self._choose_first(model_id)

    # What the person did

    def _choose_first(self, model: str) -> None:
        if model in (_ADD_MODEL, _MORE_MODELS):
            self.show_recipe(self._recipe)
            (self.file_wanted if model == _ADD_MODEL else self.more_wanted).emit()
            return
        rest = self._recipe.models[1:]
        if model == _USUAL:
            usual = Recipe().uses[0]
            models = (usual, *rest) if rest else ()
        else:
            models = (ModelUse(model), *(use for use in rest if use.model != model))
        self._settle(replace(self._recipe, models=models))

    def _choose_second(self, model: str) -> None:
        first = self._recipe.uses[0]
        if model == _NONE or model == first.model:
            only_usual = first == Recipe().uses[0]
            self._settle(replace(self._recipe, models=() if only_usual else (replace(first, weight=1.0),)))
        else:
            self._settle(replace(self._recipe, models=(first, ModelUse(model))))

    def _weigh(self, percent: float) -> None:
        if len(self._recipe.models) > 1:
            first, second = self._recipe.models[:2]
            weighed = replace(second, weight=first.weight * percent / 100)
            self._settle(replace(self._recipe, models=(first, weighed)))

    def _settle(self, recipe: Recipe) -> None:
        self.show_recipe(recipe)
        self.recipe_changed.emit(recipe)

    def _entries(self, first: str, second: ModelUse | None) -> list[tuple[str, str]]:
        whole = [(f.title, f.model_id) for f in self._families if f.projection is Projection.ERP]
        views = [(f.title, f.model_id) for f in self._families if f.projection is not Projection.ERP]
        known = {model_id for _title, model_id in (*whole, *views)}
        entries = [(self.tr("For panoramas"), HEADING), *whole] if whole else []
        entries += [(self.tr("For one eye, by views"), HEADING), *views] if views else []
        chosen = [first] + ([second.model] if second is not None else [])
        return entries + [(name, name) for name in chosen if name and name not in known]

    def _is_shown_views(self, model: str) -> bool:
        family = next((family for family in self._families if family.model_id == model), None)
        return family is None or family.projection is not Projection.ERP
