"""Where the metres of a picture come from: the one place that everybody asks."""

from dataclasses import replace

from depthview.engine.camera import CameraChoice, StereoRig, Whence
from depthview.engine.frames import StereoPair


def rig_of(pair: StereoPair, choice: CameraChoice) -> StereoRig:
    """The camera that `pair` was taken with, of the pair's own width.

    What the person says by hand comes first, then the pair's own measured rig, then what its file says of the lens,
    then what a model saw in it, and in the end what is usual. Each number says who knew it.

    Where things lie behind the screen and nobody measured how far the eyes converge, infinity is assumed to lie where
    the span begins, a little behind the farthest thing: what is seen by both eyes has to lie somewhere.
    """
    rig = choice.rig_for(pair.size_hw, pair.fov_deg, pair.rig)
    if rig.doffs_from is Whence.BY_HAND:
        return rig
    measured = pair.rig is not None or choice.rig is not None
    behind_px = 0 if measured or pair.span is None else max(0, -pair.span.lowest_px)
    if behind_px:
        return replace(rig, doffs_px=float(behind_px), doffs_from=Whence.ASSUMED)
    return replace(rig, doffs_from=Whence.ASSUMED) if pair.turned else rig
