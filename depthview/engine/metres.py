"""Where the metres of a picture come from: the one place that everybody asks."""

from dataclasses import replace

from depthview.engine.camera import CameraChoice, StereoRig, Whence
from depthview.engine.frames import StereoPair


def rig_of(pair: StereoPair, choice: CameraChoice) -> StereoRig:
    """The camera that `pair` was taken with, of the pair's own width.

    What the person says by hand comes first, then the pair's own measured rig, then what its file says of the lens,
    then what a model saw in it, and in the end what is usual. Each number says who knew it.
    """
    rig = choice.rig_for(pair.size_hw, pair.fov_deg, pair.rig)
    if pair.turned and rig.doffs_from is not Whence.BY_HAND:
        return replace(rig, doffs_from=Whence.ASSUMED)
    return rig
