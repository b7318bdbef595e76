"""ONNX files that a person brings: read one by one, used together."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.models.library import ModelFamily, ModelLibrary


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """What was brought: the files that are models, with what each holds, and why the others are none."""

    good: tuple[tuple[Path, ModelFamily], ...]
    faults: tuple[UserError, ...]

    @property
    def eyes(self) -> int:
        """How many the last model that was brought looks with."""
        return self.good[-1][1].eyes

    def selection(self, wanted: Selection) -> Selection:
        """The last model that was brought, as near as its files allow to the iterations and size in `wanted`."""
        last = self.good[-1][1]
        variants = tuple(v for _path, family in self.good if family.model_id == last.model_id for v in family.variants)
        nearest = ModelFamily(last.model_id, last.title, variants).nearest(wanted)
        return Selection(last.model_id, nearest.iterations, nearest.size_hw)


def read_model_files(paths: Iterable[Path]) -> ModelFiles:
    """Read the graphs of ONNX files. It takes seconds: not for the window's thread."""
    library = ModelLibrary()
    good: list[tuple[Path, ModelFamily]] = []
    faults: list[UserError] = []
    for path in paths:
        try:
            good.append((path, library.find(str(path))))
        except UserError as error:
            faults.append(error)
    return ModelFiles(tuple(good), tuple(faults))
