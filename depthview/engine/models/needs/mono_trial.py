"""What a monocular model does with a grey picture and a ramp: whether it runs, at which sizes, and gives numbers.

What its numbers mean no picture tells: that is known of the catalogue's models, and of others it is a guess.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.chain import Session
from depthview.engine.estimators.contract import Manifest, Projection
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.estimators.onnx_panorama import PanoramaEstimator
from depthview.engine.estimators.tensors import map_in
from depthview.engine.frames import Image, StereoPair, Values

_FREE_HW = {Projection.PERSPECTIVE: (288, 352), Projection.ERP: (256, 512)}
_SAME_SHARE = 0.01
"""Of the spread of an answer: what differs by less is the same."""
_MULTIPLES = (32, 14)
"""Of convolutional networks, and of transformers with patches of 14 pixels."""


def settle_mono(session: Session, guess: Manifest, known: Mapping[str, Any]) -> Manifest:
    """The manifest with everything that trying the model out tells; keys that are `known` stay as they are.

    Raises UserError when the model cannot be run, or gives no map of finite numbers.
    """
    found = guess if not guess.any_size or "multiple" in known else _with_multiple(session, guess)
    height, width = found.fixed_hw or _divisible(found)
    rows, columns = np.mgrid[:height, :width]
    ramp = np.repeat((255 * (rows / height + columns / width) / 2).astype(np.uint8)[..., None], 3, axis=2)
    output, first = _answer(session, found, np.full((height, width, 3), 128, np.uint8))
    _output, second = _answer(session, found, ramp)
    if not (np.isfinite(first).any() and np.isfinite(second).any()):
        raise UserError(
            "This model gives no numbers for the pictures that it was tried with: export it again, in float32: {path}",
            path=session.path,
        )
    doubt = "This model gives the same answer to every picture." if np.array_equal(first, second) else ""
    if found.projection is Projection.ERP and not doubt and "wraps" not in known:
        found = replace(found, wraps=_wraps(session, found, ramp, second))
    return replace(found, output=output, doubt=doubt)


def _wraps(session: Session, found: Manifest, picture: Image, answer: Values) -> bool:
    """Whether a panorama network knows that the left and the right border meet: turned by half, the picture has the
    same answer, turned by half."""
    half = picture.shape[1] // 2
    _output, turned = _answer(session, found, np.roll(picture, half, axis=1))
    spread = float(np.nanstd(answer))
    off = np.abs(np.roll(turned, turned.shape[1] // 2, axis=1) - answer)
    return bool(np.nanmax(off) <= _SAME_SHARE * spread)


def _with_multiple(session: Session, guess: Manifest) -> Manifest:
    """What the sides have to be divisible by: asked for less, a network answers at another size, or not at all."""
    fault: UserError | None = None
    for multiple in dict.fromkeys((guess.multiple, *_MULTIPLES)):
        tried = replace(guess, multiple=multiple)
        height, width = _divisible(tried)
        try:
            _output, answer = _answer(session, tried, np.full((height, width, 3), 128, np.uint8))
        except UserError as error:
            fault = fault or error
            continue
        if height % answer.shape[0] == 0 and width % answer.shape[1] == 0:
            return tried
    if fault is not None:
        raise fault
    return guess


def _divisible(manifest: Manifest) -> tuple[int, int]:
    """About the size to try a free graph at, divisible by its `multiple` and, if it can be, by none of the others."""
    multiple, free_hw = manifest.multiple, _FREE_HW[manifest.projection]
    height, width = (max(1, round(side / multiple)) * multiple for side in free_hw)
    return (height, 2 * height) if manifest.projection is Projection.ERP else (height, width)


def _answer(session: Session, manifest: Manifest, picture: Image) -> tuple[str, Values]:
    """The name and the map of the output that an estimator would take."""
    height, width = picture.shape[:2]
    selection = Selection("tried", None, (height, width))
    if manifest.projection is Projection.ERP:
        answers = PanoramaEstimator(session, manifest, selection, title="").answers(picture)
    else:
        estimator = OnnxMonoEstimator(session, manifest, selection, title="")
        answers = estimator.answers(StereoPair(picture, picture, 0, 0.0, 0.0))
    for name, output in answers.items():
        answer = map_in(output, manifest.channel)
        if answer is not None:
            return name, answer
    raise UserError(
        "This model gives no map of depth: choose a depth model, or name the right `output` in its manifest: {path}",
        path=session.path,
    )
