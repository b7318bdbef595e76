"""What is told of a run over many frames: how long they took, how much of them is known."""

import numpy as np

from depthview.engine.depth import DepthScale
from depthview.engine.every_frame import EveryFrame
from depthview.engine.frames import DepthFrame, Layout, Meaning
from depthview.engine.metres import rig_of
from depthview.engine.stereo.prepare.facts import StepCounts, facts_of
from depthview.engine.stereo.prepare.preparer import EyesDecision

Facts = dict[str, object]


class DepthFigures:
    """Collects the figures of depth frames as they come."""

    def __init__(self) -> None:
        self._estimate_s: list[float] = []
        self._known: list[float] = []
        self._medians: list[float] = []
        self._sure: list[float] = []
        self._warm = 0
        self._steps = StepCounts()

    def follow(self, frame: DepthFrame, decision: EyesDecision) -> None:
        """Count in one more frame, and what its eyes were taken for."""
        self._steps.follow(decision)
        known = np.isfinite(frame.values)
        self._estimate_s.append(frame.estimate_s)
        self._known.append(float(known.mean()))
        if known.any():
            self._medians.append(float(np.median(frame.values[known])))
        if frame.confidence is not None:
            self._sure.append(float(frame.confidence.mean()))
        self._warm += frame.warm

    @property
    def facts(self) -> Facts:
        """For scripts; None where nothing of the kind was seen. Times in milliseconds, shares 0 to 1, the median in the
        values' own unit."""
        return {
            "frames": len(self._estimate_s),
            "warm_frames": self._warm,
            "estimate_median_ms": round(1e3 * float(np.median(self._estimate_s)), 2) if self._estimate_s else None,
            "known_share": round(float(np.mean(self._known)), 4) if self._known else None,
            "mean_confidence": round(float(np.mean(self._sure)), 4) if self._sure else None,
            "median": round(float(np.median(self._medians)), 3) if self._medians else None,
            "prepared": self._steps.facts,
        }


def run_facts(frames: EveryFrame, figures: DepthFigures, depth: DepthFrame, asked: Layout | None) -> Facts:
    """All that scripts are told of a run: `depth` is one of its frames, `asked` the layout that the person told.

    What was done to the eyes is told of the last frame, and counted over all of them in `prepared`: with `each_alone`
    the one says nothing of the others.
    """
    info = frames.estimator
    rig = rig_of(depth.pair, frames.camera)
    scale = DepthScale.of(depth, rig)
    counted = figures.facts
    return {
        **counted,
        "size": list(depth.pair.size_hw),
        **facts_of(frames.decision, asked),
        "model": info.selection.model_id,
        "iterations": info.selection.iterations,
        "resolution": list(info.selection.size_hw) if info.selection.size_hw else None,
        "provider": info.provider,
        "provider_note": info.provider_note,
        "eyes": info.eyes,
        "meaning": scale.meaning.value,
        "unit": scale.unit or None,
        "median_disparity_px": counted["median"] if scale.meaning is Meaning.DISPARITY else None,
        "metres_guessed": scale.is_guess,
        "shape_guessed": scale.shape_is_guess,
        "rig": rig.facts,
        "rig_from": frames.rig_from,
        "each_alone": frames.each_alone,
        "notices": frames.notices,
    }
