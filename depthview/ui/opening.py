"""At which place something is opened, when the person does not say."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from depthview.ui import actions
from depthview.ui.errands import Errands
from depthview.ui.places import Spec

SPLAT_SUFFIXES = (".ply", ".splat", ".spz", ".sog", ".ksplat", ".gltf", ".glb")


class Opening(QObject):
    """`decided(spec, place, guessed)`: open it there. A guess may be wrong: the other place is to be offered.

    Splat scenes and clouds belong to Splats, 360° photos to Panorama, all else to Live. What a picture shows is looked
    at beside the window.
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
            # What stands behind an address cannot be known before it is asked; scenes come from files only.
            named_scene = Path(spec[0].partition("?")[0]).suffix.lower() in SPLAT_SUFFIXES
            here = actions.LIVE if at == actions.SPLATS else at
            self.decided.emit(spec, actions.SPLATS if named_scene else here, False)
            return
        from depthview.engine.panorama.recognition import is_picture, looks_like_panorama, may_be_panorama

        path = Path(spec[0])
        if is_for_splats(path):
            self.decided.emit(spec, actions.SPLATS, _is_guess(path))
            return
        try:
            picture, candidate = is_picture(path), may_be_panorama(path)
        except (OSError, ValueError):  # too long for a name, or not to be looked at
            picture = candidate = False
        if not candidate:
            # Whoever is in Panorama and brings an ordinary photo is told so, and offered the other place.
            here = at if picture and at == actions.PANORAMA else actions.LIVE
            self.decided.emit(spec, here, False)
            return

        def settle(is_panorama: bool) -> None:
            if asked == self._asked:  # nothing else was opened meanwhile
                self.decided.emit(spec, actions.PANORAMA if is_panorama else actions.LIVE, True)

        self._errands.run("look", lambda: looks_like_panorama(path), settle, lambda _error: settle(False))


def is_for_splats(path: Path) -> bool:
    """Whether this is a splat scene, or a cloud; or is called like one, and Splats knows best what is wrong with it."""
    from depthview.engine.splats.formats.recognition import may_be_splats

    try:
        return may_be_splats(path) or (path.is_file() and path.suffix.lower() in SPLAT_SUFFIXES)
    except (OSError, ValueError):  # too long for a name, or not to be looked at
        return False


def are_for_capture(items: Sequence[str]) -> bool:
    """Whether a scene can be made of these: photos, folders of photos, a video. One photo alone is to be looked at."""
    from depthview.engine.capture.photos.recognition import is_for_capture
    from depthview.engine.panorama.recognition import is_picture

    if not items or any("://" in item or item.startswith("camera:") for item in items):
        return False
    paths = [Path(item) for item in items]
    try:
        alone = len(paths) == 1 and is_picture(paths[0])
    except (OSError, ValueError):  # too long for a name, or not to be looked at
        return False
    return not alone and not any(map(is_for_splats, paths)) and all(map(is_for_capture, paths))


def _is_guess(path: Path) -> bool:
    """Whether something that is taken for a scene may be another thing: a folder of pictures with notes on them, or a
    file that is called otherwise."""
    from depthview.engine.splats.formats.recognition import SOG_META, may_be_splats

    if path.is_dir():
        return not may_be_splats(path / SOG_META)
    return path.name != SOG_META and path.suffix.lower() not in SPLAT_SUFFIXES
