"""Which source plays, and what is remembered of it."""

from dataclasses import replace

from depthview.engine.camera import CameraChoice
from depthview.engine.frames import Layout
from depthview.engine.live.settings import LiveSettings
from depthview.engine.sources import SourceInfo, SourceKind
from depthview.ui.live.look import Look
from depthview.ui.live.recollection import Recollection
from depthview.ui.settings import Preferences, SourceMemory

HOUSE = SourceInfo(SourceKind.VIDEO, "house", "house.mp4", (24, 32), 25.0, 1.0, True)
TREE = replace(HOUSE, identity="tree.mp4")
OVERRULED = LiveSettings(layout=Layout.OVER_UNDER, swap=True)
LOOK = Look(camera=CameraChoice(baseline_m=0.1), max_distance_m=7.0)


def test_nothing_is_kept_of_a_source_that_is_not_known_yet() -> None:
    memory = Recollection(Preferences())
    assert memory.recognise(None) is None
    assert not memory.is_known
    assert memory.with_source(Preferences(), OVERRULED, LOOK) == Preferences()


def test_each_source_has_its_own_and_gets_it_once() -> None:
    memory = Recollection(Preferences())
    assert memory.recognise(HOUSE) == SourceMemory()
    assert memory.keep(memory.with_source(memory.preferences, OVERRULED, LOOK))
    assert not memory.keep(memory.preferences), "the same again changes nothing"
    assert memory.recognise(HOUSE) is None, "it was told before"
    assert memory.recognise(TREE) == SourceMemory()
    memory.start_over()
    assert not memory.is_known
    assert memory.recognise(HOUSE) == SourceMemory(Layout.OVER_UNDER, True, LOOK.camera, 7.0)
