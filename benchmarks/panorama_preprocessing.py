"""`python -m benchmarks.panorama_preprocessing --model MODEL [--views SET] [--json]`: does it help to prepare a photo?

What each of the recipe's preprocessing steps does to the error of a model that is shown views, on the photos whose
range DA2 has told (`benchmarks.panorama_quality`). MODEL is the id of a library model or an ONNX file.
"""

import argparse
import json
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.figures import machine, table
from benchmarks.panorama_judge import Range, Score, judge, mean_score
from benchmarks.panorama_quality import DATA, KnownPhoto, known_photos, opened
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.panorama.estimating.preprocessing import preprocessed
from depthview.engine.panorama.estimating.view_estimates import estimate_views
from depthview.engine.panorama.merging.joining import joined
from depthview.engine.panorama.recipe import Preprocess
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import StopToken, ignore_progress

WAYS: dict[str, tuple[Preprocess, ...]] = {
    "as it is": (),
    **{step.value: (step,) for step in Preprocess},
    "all of them": tuple(Preprocess),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model's id or an ONNX file")
    parser.add_argument("--views", choices=list(ViewSet), default=ViewSet.FINE, help="what it is shown")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of photos")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object")
    asked = parser.parse_args()
    try:
        scores = run(asked.model, ViewSet(asked.views), asked.data)
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    if asked.json:
        print(json.dumps({"machine": machine(), **{way: asdict(score) for way, score in scores.items()}}))
        return
    usual = scores["as it is"]
    rows = [
        (way, f"{score.abs_rel:.3f}/{score.delta1:.3f}", f"{score.abs_rel - usual.abs_rel:+.3f}")
        for way, score in scores.items()
    ]
    print(f"{machine()}\nAbsRel/delta1, and how AbsRel changes\n{table(rows)}")


def run(model: str, view_set: ViewSet, folder: Path) -> dict[str, Score]:
    """The mean score of each way. Raises UserError when there are no photos, or the model cannot be opened."""
    photos = [one for one in known_photos(folder) if one.source == "DA2"]
    if not photos:
        raise UserError("There are no photos with a known range: give their folder with --data: {path}", path=folder)
    with closing(opened(ModelLibrary(), model)) as estimator:
        return {
            way: mean_score([judge(known.truth, _range_of(known, steps, view_set, estimator)) for known in photos])
            for way, steps in WAYS.items()
        }


def _range_of(known: KnownPhoto, steps: tuple[Preprocess, ...], view_set: ViewSet, estimator: Estimator) -> Range:
    shown = preprocessed(known.photo, steps)
    said = estimate_views(shown, views_of(view_set), estimator, report=ignore_progress, stop=StopToken())
    found = joined([said], known.photo.size_hw)
    return np.where(found.known & known.photo.covered, np.exp(found.log_range), np.float32(np.nan))


if __name__ == "__main__":
    main()
