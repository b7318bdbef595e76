"""At which place something is opened, when the person does not say."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from depthview.ui import actions
from depthview.ui.errands import Errands
from depthview.ui.places import Spec


class Opening(QObject):
    """`decided(spec, place, guessed)`: open it there. A guess may be wrong: the other place is to be offered.

    360° photos belong to Panorama, all else to Live. What a picture shows is looked at beside the window.
    """

    decided = Signal(object, str, bool)

    def __init__(self, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._errands = errands
        self._asked = 0

    def decide(self, spec: Spec, at: str) -> None:
        """Find the place for `spec`, which was opened while the person was at the place called `at`."""
        self._asked += 1
        asked = self._asked
        if len(spec) != 1 or spec[0].startswith("camera:"):
            self.decided.emit(spec, actions.LIVE, False)
            return
        if "://" in spec[0]:
            # What stands behind an address cannot be known before it is asked.
            self.decided.emit(spec, at, False)
            return
        from depthview.engine.panorama.recognition import is_picture, looks_like_panorama, may_be_panorama

        path = Path(spec[0])
        try:
            picture, candidate = is_picture(path), may_be_panorama(path)
        except (OSError, ValueError):  # too long for a name, or not to be looked at
            picture = candidate = False
        if not candidate:
            # Whoever is in Panorama and brings an ordinary photo is told so, and offered the other place.
            self.decided.emit(spec, at if picture else actions.LIVE, False)
            return

        def settle(is_panorama: bool) -> None:
            if asked == self._asked:  # nothing else was opened meanwhile
                self.decided.emit(spec, actions.PANORAMA if is_panorama else actions.LIVE, True)

        self._errands.run("look", lambda: looks_like_panorama(path), settle, lambda _error: settle(False))
