"""From the axes of .spz files to ours and back: half a turn about x."""

from depthview.engine.splats.formats.axes import half_turn

TURN = half_turn(0)

TURN_OF_HARMONICS = TURN.harmonics.copy()
"""(24,) float32. The last harmonic is even in y and z and should keep its sign; the library that makes the world's
files, Niantic's, turns it with y when it packs and again when it unpacks (splat-types.h). So must we, to agree."""
TURN_OF_HARMONICS[-1] = -1
