"""`python -m benchmarks.panorama_quality [--model MODEL]... [--views SET] [--json]`: range maps beside what is known.

Six photos with the range that a strong network gave them, and two with HoHoNet's (../shared/data/pano; pseudo-truth,
nobody has measured it). Each is brought to the truth by one factor. A constant and the best cylinder are the baselines:
its heights are fitted to each photo's truth, which no program has. The bundled network is judged where it is there; a
MODEL is the id of a library model or an ONNX file, shown perspective views unless it takes the whole panorama. What is
judged is what the road joins of it, before it looks for the surface.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.figures import machine
from benchmarks.panorama_judge import Range, Score, best_cylinder, judge, mean_score
from depthview.engine.errors import UserError
from depthview.engine.estimators import whole_sphere
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.contract import SCALINGS, Kind, Manifest, Numbers, Projection, Role
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.estimators.onnx_panorama import PanoramaEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.panorama.estimating.estimate_whole import estimate_whole
from depthview.engine.panorama.estimating.preprocessing import preprocessed
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates, estimate_views
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate
from depthview.engine.panorama.merging.joining import joined
from depthview.engine.panorama.opening.photo import Photo, read_photo
from depthview.engine.panorama.recipe import Preprocess
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import StopToken, ignore_progress
from depthview.engine.runtime import OnnxSession

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "pano"
HOHONET = ("pockethome_aligned", "panocontext_asmasuxybohhcj")
CONTRACTS = {
    "fastdepth_nyu_dequant.onnx": Manifest(
        Kind.MONO,
        ((Role.PICTURE, "image"),),
        Numbers.METRIC_DEPTH,
        scaling=SCALINGS["0..1"],
        size=(224, 224),
        any_size=True,
        output="depth",
    )
}
"""Files of ../shared/data/models that do not say by themselves what they need."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is judged on the photos of `folder`, to each of which `preprocess` is done first; `bundled` is a graph in
    place of the bundled network's."""

    models: tuple[str, ...]
    views: ViewSet
    folder: Path
    bundled: Path | None
    preprocess: tuple[Preprocess, ...] = ()


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A panorama, the range that somebody knows of it (0 unknown, one factor open), and whose it is."""

    name: str
    photo: Photo
    truth: Range
    source: str


def known_photos(folder: Path = DATA) -> Iterator[KnownPhoto]:
    """Those that are there."""
    for path in sorted(folder.glob("da2_*_dist_x4000.png")):
        name = path.name.removesuffix("_dist_x4000.png")
        yield _known(name, folder / f"{name}_rgb.png", path, "DA2")
    for name in HOHONET:
        for path in sorted(folder.glob(f"{name}_hohonet*_mm.png")):
            yield _known(name, folder / f"{name}_rgb.png", path, "HoHoNet")


def _known(name: str, picture: Path, stored: Path, source: str) -> KnownPhoto:
    # The unit is open anyway: only the ratios of the stored numbers count.
    truth = np.asarray(cv2.imread(str(stored), cv2.IMREAD_UNCHANGED), np.float32)
    return KnownPhoto(name, read_photo(picture, working_width=truth.shape[1]), truth, source)


def run(asked: Asked, say: Callable[[str], None]) -> dict[str, Any]:
    """Every row's score on every photo, and its mean for each source of truth. Raises UserError."""
    photos = [replace(one, photo=preprocessed(one.photo, asked.preprocess)) for one in known_photos(asked.folder)]
    if not photos:
        raise UserError(
            "There are no photos with a known range: give their folder with --data: {path}", path=asked.folder
        )
    rows: list[tuple[str, list[Score]]] = []

    def add(name: str, ranges: Iterable[Range]) -> None:
        say(name)
        pairs = zip(photos, ranges, strict=True)
        rows.append((name, [judge(one.truth, np.asarray(found, np.float32)) for one, found in pairs]))

    def add_joined(name: str, *estimates: list[Any]) -> None:
        add(name, (_joined(one, said) for one, *said in zip(photos, *estimates, strict=True)))

    add("constant", (np.ones_like(one.truth) for one in photos))
    add("best cylinder (fitted to the truth)", (best_cylinder(one.truth) for one in photos))
    bundled = None
    if asked.bundled is not None or whole_sphere.is_there():
        path = asked.bundled or whole_sphere.model_file()
        once = _whole(photos, lambda: _bundled(path, averaged=False))
        add_joined(f"{whole_sphere.TITLE}, shown once", once)
        bundled = _whole(photos, lambda: _bundled(path, averaged=True))
        add_joined(whole_sphere.TITLE, bundled)
    library = ModelLibrary()
    for model in asked.models:
        name = Path(model).stem
        if Path(model).name not in CONTRACTS and library.find(model).projection is Projection.ERP:
            add_joined(name, _whole(photos, partial(library.open_panorama, model)))
            continue
        with closing(opened(library, model)) as estimator:
            shown = [
                estimate_views(one.photo, views_of(asked.views), estimator, report=ignore_progress, stop=StopToken())
                for one in photos
            ]
        add_joined(f"{name}: {asked.views} views", shown)
        if bundled is not None:
            add_joined(f"{name}: {asked.views} views, and {whole_sphere.TITLE}", shown, bundled)
    sources = list(dict.fromkeys(photo.source for photo in photos))
    return {
        "machine": machine(),
        "photos": [{"name": photo.name, "source": photo.source} for photo in photos],
        "rows": [
            {
                "name": name,
                "scores": {photo.name: asdict(score) for photo, score in zip(photos, scores, strict=True)},
                "means": {
                    source: asdict(
                        mean_score([s for photo, s in zip(photos, scores, strict=True) if photo.source == source])
                    )
                    for source in sources
                },
            }
            for name, scores in rows
        ],
    }


def _joined(known: KnownPhoto, estimates: Sequence[ViewEstimates | WholeEstimate]) -> Range:
    """What the road makes of it, before the surface is refined."""
    found = joined(estimates, known.photo.size_hw)
    return np.where(found.known & known.photo.covered, np.exp(found.log_range), np.float32(np.nan))


def _whole(photos: Sequence[KnownPhoto], opening: Callable[[], PanoramaEstimator]) -> list[WholeEstimate]:
    with closing(opening()) as estimator:
        return [estimate_whole(one.photo, estimator, report=ignore_progress, stop=StopToken()) for one in photos]


def _bundled(path: Path, *, averaged: bool) -> PanoramaEstimator:
    selection = Selection(whole_sphere.MODEL_ID)
    manifest = whole_sphere.MANIFEST
    return PanoramaEstimator(OnnxSession(path), manifest, selection, title=whole_sphere.TITLE, averaged=averaged)


def opened(library: ModelLibrary, model: str) -> Estimator:
    contract = CONTRACTS.get(Path(model).name)
    if contract is None:
        return library.open_estimator(Selection(model))
    return OnnxMonoEstimator(OnnxSession(Path(model)), contract, Selection(model), title=Path(model).stem)


def show(figures: dict[str, Any]) -> str:
    """A table for each source of truth: AbsRel/delta1 of every photo, the mean, and the mean by solid angle."""
    blocks = [figures["machine"]]
    for source in dict.fromkeys(photo["source"] for photo in figures["photos"]):
        names = [photo["name"] for photo in figures["photos"] if photo["source"] == source]
        rows = [["AbsRel/delta1, median-scaled", *names, "mean", "by solid angle"]]
        for row in figures["rows"]:
            mean = row["means"][source]
            cells = [_cell(row["scores"][name]) for name in names]
            rows.append([row["name"], *cells, _cell(mean), _cell(mean, "_sphere")])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        blocks.append(f"Truth: {source}'s prediction\n" + "\n".join(lines))
    return "\n\n".join(blocks)


def _cell(score: dict[str, float], how: str = "") -> str:
    return f"{score['abs_rel' + how]:.3f}/{score['delta1' + how]:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.panorama_quality", description=__doc__)
    parser.add_argument("--model", action="append", default=[], help="a model's id or ONNX file; several times")
    parser.add_argument("--views", choices=list(ViewSet), default=ViewSet.FINE, help="what models for one eye see")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of photos")
    parser.add_argument("--bundled", type=Path, help="another graph in place of the bundled network's")
    parser.add_argument(
        "--preprocess", action="append", choices=list(Preprocess), default=[], help="done to the photos first"
    )
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    asked = parser.parse_args()
    try:
        figures = run(
            Asked(
                tuple(asked.model),
                ViewSet(asked.views),
                asked.data,
                asked.bundled,
                tuple(Preprocess(step) for step in asked.preprocess),
            ),
            lambda what: print(f"... {what}", file=sys.stderr),
        )
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    print(show(figures))
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
