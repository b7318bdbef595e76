"""What has to stay the same for what was judged to hold."""

from depthview.engine.stereo.eyes.order import OrderJudge
from depthview.engine.stereo.prepare.bars import Bars
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.geometry import Asked, Geometry
from depthview.engine.stereo.rigs.rig import CalibratedRig
from tests.engine.rigs.bent_rig import bent_rig

SIZES_HW = [(48, 64), (60, 80), (96, 128), (120, 160)]


def geometry(rig: CalibratedRig, size_hw: tuple[int, int]) -> Geometry:
    asked = Asked(choices=PreparationChoices(rig=rig))
    return Geometry.of(size_hw, Bars.whole(size_hw), OrderJudge().verdict, asked)


def test_pictures_of_many_sizes_under_one_rig_keep_their_geometries() -> None:
    rig = bent_rig()
    first = [geometry(rig, size_hw) for size_hw in SIZES_HW]
    assert [geometry(rig, size_hw) for size_hw in SIZES_HW] == first
    assert all(one.measured is not None and one.measured.seen() is not None for one in first)


def test_another_rig_or_another_size_is_another_geometry() -> None:
    rig = bent_rig()
    assert geometry(rig, SIZES_HW[0]) != geometry(rig, SIZES_HW[1])
    assert geometry(rig, SIZES_HW[0]) != geometry(bent_rig(), SIZES_HW[0])
