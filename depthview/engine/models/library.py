"""The models this machine has: those that are built in, and the ONNX files that a person brought or pulled.

Files of one network at several iteration counts and sizes (`..._iter5_240x320.onnx`, `..._iter10_480x640.onnx`) are one
model with two selectors. The name only says which files belong together and how many iterations they do; the size is
read from the graph, since published names are wrong in places (`crestereo_combined_iter5_380x480` is 320x480).
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from depthview.engine.errors import UserError
from depthview.engine.estimators import iterative, one_eye, sgm, whole_sphere
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.contract import Kind, Manifest, Projection
from depthview.engine.execution.devices import Device
from depthview.engine.folders import models_folder
from depthview.engine.frames import Meaning
from depthview.engine.models.known import find_out, look_at
from depthview.engine.resources import resource

if TYPE_CHECKING:
    from depthview.engine.estimators.chain import Session
    from depthview.engine.estimators.onnx_panorama import PanoramaEstimator

_ITERATIONS = re.compile(r"_iter0*(\d+)", re.IGNORECASE)
_PANORAMA_SIZES_HW = ((256, 512), (512, 1024))
_SIZE = re.compile(r"_(?:\d+x)?(?:[1-6]x)?(\d{2,4})x(\d{2,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a model; for files, one file."""

    iterations: int | None
    size_hw: tuple[int, int] | None
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class ModelFamily:
    """One model as the person sees it: what may be chosen is what its variants differ in.

    Built-in models run at `any_size`, and with `most_iterations` at every count from 1 to that; their variants are what
    is worth offering. A model that `holds_rate` takes a selection with a rate, and chooses what is left open by itself.
    With `eyes` == 1 it wants an ordinary picture; `meaning` is what its values are as far as is known by now. Where no
    size is asked for, the one nearest to `usual_hw` is meant. With `projection` erp it is shown a whole panorama.
    """

    model_id: str
    title: str
    variants: tuple[Variant, ...]
    any_size: bool = False
    most_iterations: int | None = None
    holds_rate: bool = False
    eyes: int = 2
    meaning: Meaning = Meaning.DISPARITY
    usual_hw: tuple[int, int] = sgm.LIVE_HW
    projection: Projection = Projection.PERSPECTIVE

    @property
    def iterations(self) -> tuple[int, ...]:
        return tuple(sorted({v.iterations for v in self.variants if v.iterations is not None}))

    @property
    def sizes_hw(self) -> tuple[tuple[int, int], ...]:
        """What may be chosen; of a graph that takes any size, what is worth offering, too."""
        fixed = {v.size_hw for v in self.variants if v.size_hw is not None}
        offered = _PANORAMA_SIZES_HW if self.projection is Projection.ERP else sgm.SIZES_HW
        return tuple(sorted(fixed | set(offered) if self.takes_any_size else fixed))

    @property
    def takes_any_size(self) -> bool:
        return self.any_size or any(v.size_hw is None for v in self.variants)

    def nearest(self, selection: Selection) -> Variant:
        """The variant nearest to what was asked: the size first (by pixels), then the iterations.

        Its size is None where the graph takes any: what was asked for is then the size to run at.
        """

        def distance(variant: Variant) -> tuple[float, float]:
            wanted, has = selection.size_hw or self.usual_hw, variant.size_hw or selection.size_hw or self.usual_hw
            size = abs(wanted[0] * wanted[1] - has[0] * has[1]) + (wanted != has)
            return size, abs((selection.iterations or 5) - (variant.iterations or 5))

        return min(self.variants, key=distance)


BUILT_IN = ModelFamily(
    iterative.MODEL_ID,
    iterative.TITLE,
    tuple(Variant(count, size) for size in sgm.SIZES_HW for count in iterative.OFFERED_ITERATIONS),
    any_size=True,
    most_iterations=iterative.MOST_ITERATIONS,
    holds_rate=True,
)
"""What runs for two eyes when nobody chose a model."""

BUILT_IN_ONE_EYE = ModelFamily(
    one_eye.MODEL_ID,
    one_eye.TITLE,
    tuple(Variant(None, size) for size in one_eye.SIZES_HW),
    eyes=1,
    meaning=one_eye.MANIFEST.result,
    usual_hw=one_eye.USUAL_HW,
)
"""What runs for one eye when nobody chose a model."""

BUILT_INS = (
    BUILT_IN,
    BUILT_IN_ONE_EYE,
    ModelFamily(sgm.MODEL_ID, sgm.TITLE, tuple(Variant(None, size) for size in sgm.SIZES_HW), any_size=True),
)
"""What every installation has, the defaults first."""

BUILT_IN_PANORAMA = ModelFamily(
    whole_sphere.MODEL_ID,
    whole_sphere.TITLE,
    tuple(Variant(None, size) for size in whole_sphere.SIZES_HW),
    eyes=1,
    meaning=whole_sphere.MANIFEST.result,
    usual_hw=whole_sphere.USUAL_HW,
    projection=Projection.ERP,
)
"""What runs for panoramas when nobody chose a model, where it is there."""


class ModelLibrary:
    """The models found in the models folder and at `extra` files or folders. Other files are passed over."""

    def __init__(self, extra: Iterable[Path] = ()) -> None:
        self._extra = tuple(extra)
        self._families: tuple[ModelFamily, ...] | None = None
        self._reading = threading.Lock()

    @property
    def families(self) -> tuple[ModelFamily, ...]:
        """Every model for two eyes or for one, the built-in ones first.

        The first time this reads all files, which may take seconds.
        """
        return tuple(family for family in self.everything if family.projection is Projection.PERSPECTIVE)

    @property
    def panoramas(self) -> tuple[ModelFamily, ...]:
        """Every model that is shown a whole panorama, the built-in one first. Reads as `families` does."""
        return tuple(family for family in self.everything if family.projection is Projection.ERP)

    @property
    def everything(self) -> tuple[ModelFamily, ...]:
        """All of them. Reads as `families` does."""
        with self._reading:  # who asks meanwhile waits for the answer instead of reading everything once more
            if self._families is None:
                own = (*BUILT_INS, BUILT_IN_PANORAMA) if whole_sphere.is_there() else BUILT_INS
                self._families = (*own, *group_files(_onnx_files((models_folder(), *self._extra))))
            return self._families

    @property
    def is_read(self) -> bool:
        """Whether `families` answers at once."""
        return self._families is not None

    def find(self, name: str) -> ModelFamily:
        """A model by its id or by the path of its file or folder. Raises UserError naming the models there are."""
        for family in (*BUILT_INS, BUILT_IN_PANORAMA):
            if family.model_id == name:
                return family  # without reading all the others first
        path = Path(name)
        if path.suffix.lower() != ".onnx":
            for family in self.everything:
                if family.model_id == name:
                    return family
        if path.exists():
            if path.is_file():
                look_at(path)  # of a file that was named, it is said why it is no model
            families = self._families_at(path)
            if len(families) == 1:
                return families[0]
            if families:
                raise UserError(
                    "This folder holds several models: give the path of one of their files: {path}", path=path
                )
            raise UserError("This folder holds no ONNX model: give the path of an .onnx file: {path}", path=path)
        raise UserError(
            "There is no model called {name}: choose one of {known}, or give the path of an .onnx file.",
            name=name,
            known=", ".join(f.model_id for f in self.everything),
        )

    def _families_at(self, place: Path) -> list[ModelFamily]:
        """The families of the files at `place` and of no others, called as they are in the library with them added."""
        own = _onnx_files((place,))
        named_alike = {_family_name(path) for path in own}
        known = [p for p in _onnx_files((models_folder(), *self._extra)) if _family_name(p) in named_alike]
        wanted = {path.resolve() for path in own}
        found = []
        for family in group_files((*known, *own)):
            variants = tuple(v for v in family.variants if v.path is not None and v.path.resolve() in wanted)
            if variants:
                found.append(replace(family, variants=variants))
        return found

    def open_estimator(self, selection: Selection, *, threads: int | None = None) -> Estimator:
        """Load what was selected; a file that was never seen before is tried out first, in a process of its own.

        Raises UserError when there is no such model, it cannot be run, or it is shown whole panoramas.
        """
        family = self.find(selection.model_id)
        if family.projection is Projection.ERP:
            raise UserError(
                "The model {name} is shown a whole 360° photo at once: use it with `depthview panorama`, and choose "
                "another one here.",
                name=family.model_id,
            )
        if selection.rate_hz is not None and not family.holds_rate:
            raise UserError(
                "The model {name} cannot hold a rate: leave the rate out, or choose {own}.",
                name=family.model_id,
                own=BUILT_IN.model_id,
            )
        if family.model_id == sgm.MODEL_ID:
            return sgm.SemiGlobalEstimator(selection)
        if family.model_id == iterative.MODEL_ID:
            return iterative.IterativeStereoEstimator(resource(iterative.FOLDER), selection, threads=threads)
        variant = family.nearest(selection)
        size_hw = variant.size_hw or selection.size_hw
        chosen = Selection(selection.model_id, variant.iterations, size_hw, device=selection.device)
        if family.model_id == one_eye.MODEL_ID:
            return _open_file(one_eye.model_file(), one_eye.MANIFEST, chosen, family.title, threads)
        assert variant.path is not None  # only the built-in models have no file
        return _open_file(variant.path, find_out(variant.path), chosen, family.title, threads)

    def open_panorama(
        self,
        model: str,
        *,
        size_hw: tuple[int, int] | None = None,
        averaged: bool = True,
        device: Device = Device.AUTO,
        threads: int | None = None,
    ) -> "PanoramaEstimator":
        """Load a model that is shown whole panoramas, by its id or path; one never seen before is tried out first.

        `averaged` as `PanoramaEstimator` says. Raises UserError when there is no such model, it cannot be run, or it is
        shown ordinary pictures.
        """
        from depthview.engine.estimators.onnx_panorama import PanoramaEstimator

        family = self.find(model)
        if family.projection is not Projection.ERP:
            raise UserError(
                "The model {name} is shown ordinary pictures, not a whole panorama: let it see views of it.",
                name=family.model_id,
            )
        variant = family.nearest(Selection(model, None, size_hw))
        if family.model_id == whole_sphere.MODEL_ID:
            path, manifest = whole_sphere.model_file(), whole_sphere.MANIFEST
        else:
            assert variant.path is not None  # only the built-in models have no file
            path, manifest = variant.path, find_out(variant.path)
        selection = Selection(model, None, variant.size_hw or size_hw, device=device)
        session = _open_graphs(path, manifest, threads, device)
        return PanoramaEstimator(session, manifest, selection, title=family.title, averaged=averaged)


def _open_graphs(path: Path, manifest: Manifest, threads: int | None, device: Device) -> "Session":
    from depthview.engine.estimators.chain import open_graphs
    from depthview.engine.runtime import OnnxSession

    return open_graphs(path, manifest.before, lambda file: OnnxSession(file, threads=threads, device=device))


def _open_file(path: Path, manifest: Manifest, selection: Selection, title: str, threads: int | None) -> Estimator:
    from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
    from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator

    session = _open_graphs(path, manifest, threads, selection.device)
    if manifest.kind is Kind.MONO:
        return OnnxMonoEstimator(session, manifest, selection, title=title)
    return OnnxStereoEstimator(session, manifest, selection, title=title)


def group_files(files: Iterable[Path]) -> list[ModelFamily]:
    """Group ONNX files into families; a file that is no depth model, or only a part of another one, is left out.

    Files that a selection could not tell apart (same name, iterations and size) are different models: the first keeps
    the name, the others are called after their folders. No file takes a built-in model's id.
    """
    members: dict[str, list[Variant]] = {}
    manifests: dict[Path, Manifest] = {}
    seen: set[Path] = set()
    for path in files:
        if path.resolve() in seen:
            continue  # a file of the models folder that was added once more
        seen.add(path.resolve())
        try:
            manifest = look_at(path)
        except UserError:
            continue
        count = _ITERATIONS.search(path.stem)
        variant = Variant(int(count[1]) if count else None, manifest.fixed_hw, path.absolute())
        manifests[path.absolute()] = manifest
        members.setdefault(_family_name(path), []).append(variant)
    parts = {(path.parent / stage.file).resolve() for path, found in manifests.items() for stage in found.before}
    for name, all_variants in list(members.items()):
        members[name] = [v for v in all_variants if v.path is not None and v.path.resolve() not in parts]
        if not members[name]:
            del members[name]
    built_in = {family.model_id for family in (*BUILT_INS, BUILT_IN_PANORAMA)}
    taken = {*built_in, *members}
    families: list[ModelFamily] = []
    for name, variants in sorted(members.items()):
        for index, group in enumerate(_apart(variants)):
            model_id = name
            if index > 0 or name in built_in:
                model_id = _free_name(name, group[0], taken)
                taken.add(model_id)
            group.sort(key=lambda v: (v.size_hw or (0, 0), v.iterations or 0))
            family = ModelFamily(model_id, model_id.replace("_", " "), tuple(group))
            first = manifests[group[0].path] if group[0].path else None
            if first is not None and first.kind is Kind.MONO:
                family = replace(family, eyes=1, meaning=first.result, projection=first.projection)
            families.append(family)
    return families


def _family_name(path: Path) -> str:
    return _SIZE.sub("", _ITERATIONS.sub("", path.stem))


def _apart(variants: list[Variant]) -> list[list[Variant]]:
    """Split variants so that in no group two are alike: by their folders, and within a folder one after another."""
    if len({(v.iterations, v.size_hw) for v in variants}) == len(variants):
        return [variants]
    groups: dict[tuple[Path | None, int], list[Variant]] = {}
    for variant in variants:
        folder, again = variant.path.parent if variant.path else None, 0
        alike = (variant.iterations, variant.size_hw)
        while any((v.iterations, v.size_hw) == alike for v in groups.get((folder, again), [])):
            again += 1
        groups.setdefault((folder, again), []).append(variant)
    return list(groups.values())


def _free_name(name: str, variant: Variant, taken: set[str]) -> str:
    """`net (b)` for b/net.onnx; `net (b 2)` where there is such a model already."""
    folder = variant.path.parent.name if variant.path else ""
    number = 1
    while (candidate := f"{name} ({folder} {number})" if number > 1 else f"{name} ({folder})") in taken:
        number += 1
    return candidate


def _onnx_files(places: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            try:
                files += sorted(p for p in place.rglob("*.onnx") if p.is_file())
            except OSError:
                continue  # a folder that may not be looked into has no models for this person
        elif place.is_file():
            files.append(place)
    return files
