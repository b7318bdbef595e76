"""How sharp the answer is at edges that are known exactly: wires, a board, the bundled room."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_drawn import draw_scene
from benchmarks.stereo_judge import bleeding, share_found
from benchmarks.stereo_methods import OWN_SGM, Ours, own_sgm, run_ours
from benchmarks.stereo_pairs import KnownPair, sample_pairs
from depthview.engine.frames import Disparity, Image

OURS = "ours"
_WIRE_WITHIN_PX = 2.0


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """A pair 640 wide with exact truth, `wires` by thickness, and the answers to it by method."""

    pair: KnownPair
    wires: dict[int, NDArray[np.bool_]]
    answers: dict[str, Disparity]


def edge_cases(*, graphs: Path, quick: bool = False) -> Iterator[EdgeCase]:
    """The wires first, then the room."""
    scene = draw_scene()
    yield EdgeCase(scene.pair, scene.wires, _answers(scene.pair, graphs))
    for number, pair in enumerate(sample_pairs()):
        if quick and number > 0:
            return
        small = halved(pair)
        yield EdgeCase(small, {}, _answers(small, graphs))


def measure_edges(cases: Iterator[EdgeCase]) -> dict[str, Any]:
    """By scene and method: `Bleeding` as a dictionary, and the share of wire pixels that were found, by thickness."""
    figures: dict[str, Any] = {}
    for case in cases:
        truth, seen = case.pair.disparity_px, case.pair.seen
        figures[case.pair.name] = {
            method: {
                "bleeding": asdict(found) if (found := bleeding(truth, answer, seen)) else None,
                "wires_found": {
                    str(px): share_found(truth, answer, where, _WIRE_WITHIN_PX) for px, where in case.wires.items()
                },
            }
            for method, answer in case.answers.items()
        }
    return figures


def halved(pair: KnownPair) -> KnownPair:
    """The pair at half its size. The truth is picked, not averaged: between two surfaces there is none."""
    height, width = (n // 2 for n in pair.disparity_px.shape)
    eyes: list[Image] = [
        np.ascontiguousarray(cv2.resize(eye, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        for eye in (pair.left, pair.right)
    ]
    pick = (slice(0, 2 * height, 2), slice(0, 2 * width, 2))
    seen = None if pair.seen is None else pair.seen[pick]
    truth = np.asarray(pair.disparity_px[pick] / 2, np.float32)
    return replace(pair, left=eyes[0], right=eyes[1], disparity_px=truth, seen=seen)


def _answers(pair: KnownPair, graphs: Path) -> dict[str, Disparity]:
    return {OURS: run_ours(pair, Ours(), graphs=graphs).values, OWN_SGM: own_sgm(pair)}
