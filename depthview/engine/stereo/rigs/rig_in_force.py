"""Which measured rig a source goes by: the one that was named, or else remembered for it, or else beside it."""

from collections.abc import Callable
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.rigs.beside import FoundRig, rig_beside
from depthview.engine.stereo.rigs.remembered import recall
from depthview.engine.stereo.rigs.rig_file import read_rig


def rig_in_force(
    identity: str, size_hw: tuple[int, int], *, named: Path | None, searches: bool, tell: Callable[[Sentence], None]
) -> FoundRig | None:
    """For the source of this `SourceInfo.identity`, whose eyes have this size; None where there is none.

    `named` is a file that is to be used; without one the rig is looked for where it `searches`. `tell` hears why one
    that was remembered is not used. Raises UserError where `named` cannot be read: of others nobody asked for any.
    """
    if named is not None:
        return FoundRig(read_rig(named, pictures_hw=size_hw), Sentence("as asked"))
    if not searches:
        return None
    try:
        remembered = recall(identity)
        if remembered is not None:
            remembered.warp(size_hw)
            return FoundRig(remembered, Sentence("this source was calibrated before"))
    except UserError as error:
        tell(Sentence("The rig that was remembered is not used: {why}", why=error))
    return rig_beside(identity, size_hw)
