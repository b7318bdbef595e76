"""`python -m benchmarks.panorama_quality [--model MODEL]... [--views SET] [--json]`: range maps beside what is known.

Six photos with the range that a strong network gave them, and two with HoHoNet's (../shared/data/pano; pseudo-truth,
nobody has measured it). Each is brought to the truth by one factor. A constant and the best cylinder are the baselines:
its heights are fitted to each photo's truth, which no program has. Without `--model` the bundled network is judged; a
MODEL is the id of a library model or an ONNX file, shown perspective views unless it takes the whole panorama.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.figures import machine
from benchmarks.panorama_judge import Range, Score, best_cylinder, judge, mean_score
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.contract import SCALINGS, Kind, Manifest, Numbers, Role
from depthview.engine.models.library import ModelLibrary
from depthview.engine.panorama.joining import joined
from depthview.engine.panorama.photo import Photo, read_photo
from depthview.engine.panorama.view_estimates import estimate_views
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import StopToken, ignore_progress

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

Method = Callable[["KnownPhoto"], Range]


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


def run(models: list[str], views: ViewSet, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Every row's score on every photo, and its mean for each source of truth. Raises UserError."""
    photos = list(known_photos(folder))
    if not photos:
        raise UserError("There are no photos with a known range: give their folder with --data: {path}", path=folder)
    rows: list[tuple[str, list[Score]]] = []

    def add(name: str, method: Method) -> None:
        say(name)
        rows.append((name, [judge(one.truth, _at_size(method(one), one.truth.shape)) for one in photos]))

    add("constant", lambda known: np.ones_like(known.truth))
    add("best cylinder (fitted to the truth)", lambda known: best_cylinder(known.truth))
    for model in models:
        with _opened(model) as estimator:
            add(f"{Path(model).stem}: {views} views", partial(_by_views, estimator, views))
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


def _by_views(estimator: Estimator, views: ViewSet, known: KnownPhoto) -> Range:
    photo = known.photo
    estimates = estimate_views(photo, views_of(views), estimator, report=ignore_progress, stop=StopToken())
    found = joined([estimates], photo.size_hw)
    return np.where(found.known & photo.covered, np.exp(found.log_range), np.float32(np.nan))


def _at_size(found: Range, size_hw: tuple[int, ...]) -> Range:
    """Another size, past the wrap too; between logarithms, as everything else that is range."""
    if found.shape == size_hw:
        return found
    margin = max(2, found.shape[1] // 16)
    wide = cv2.copyMakeBorder(np.log(found), 0, 0, margin, margin, cv2.BORDER_WRAP)
    more = margin * size_hw[1] / found.shape[1]
    resized = cv2.resize(wide, (size_hw[1] + 2 * round(more), size_hw[0]), interpolation=cv2.INTER_LINEAR)
    return np.exp(np.asarray(resized, np.float32)[:, round(more) : round(more) + size_hw[1]])


@contextmanager
def _opened(model: str) -> Iterator[Estimator]:
    estimator = _open(model)
    try:
        yield estimator
    finally:
        estimator.close()


def _open(model: str) -> Estimator:
    contract = CONTRACTS.get(Path(model).name)
    if contract is None:
        return ModelLibrary().open_estimator(Selection(model))
    from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
    from depthview.engine.runtime import OnnxSession

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
    parser.add_argument("--views", choices=list(ViewSet), default=ViewSet.FAST, help="what models for one eye see")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of photos")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    asked = parser.parse_args()
    try:
        figures = run(asked.model, ViewSet(asked.views), asked.data, lambda what: print(f"... {what}", file=sys.stderr))
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    print(show(figures))
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
