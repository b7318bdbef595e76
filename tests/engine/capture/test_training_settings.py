"""What follows from a training's settings, its time left and its curve; none of it needs torch."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from depthview.engine.capture.photos import room
from depthview.engine.capture.training.curve import CurvePoint, add_point, cut_curve, read_curve
from depthview.engine.capture.training.presets import Preset, settings_for
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.errors import UserError

FULL = settings_for(Preset.FULL, cuda=True)
PREVIEW = settings_for(Preset.PREVIEW, cuda=False)
POINT = CurvePoint(100, 0.25, 20.5, 0.7, 1000, 12.5)


def test_the_full_length_is_the_published_one() -> None:
    assert (FULL.iterations, FULL.max_splats, FULL.degree) == (30_000, 1_000_000, 3)
    assert [FULL.degree_at(iteration) for iteration in (0, 999, 1000, 2000, 3000, 29_999)] == [0, 0, 1, 2, 3, 3]
    assert FULL.position_rate(0) == pytest.approx(1.6e-4)
    assert FULL.position_rate(15_000) == pytest.approx(1.6e-5)
    assert FULL.position_rate(30_000) == pytest.approx(1.6e-6)
    refined = [iteration for iteration in range(1, 30_001) if FULL.refines_after(iteration)]
    assert (refined[0], refined[1], refined[-1]) == (500, 600, 24_900)
    classic = replace(FULL, strategy=StrategyName.CLASSIC)
    assert max(iteration for iteration in range(1, 30_001) if classic.refines_after(iteration)) == 14_900
    resets = [iteration for iteration in range(1, 30_001) if classic.resets_after(iteration)]
    assert resets == [3000, 6000, 9000, 12_000]
    shown = [iteration for iteration in range(1, 30_001) if FULL.makes_checkpoint_after(iteration)]
    assert shown == [10_000, 20_000, 30_000]
    assert [i for i in range(1, 6001) if FULL.saves_state_after(i)] == [2000, 4000, 6000]


def test_a_preview_goes_from_small_photos_to_large_and_through_all_degrees() -> None:
    assert (PREVIEW.iterations, PREVIEW.max_splats, PREVIEW.max_size_px) == (5000, 50_000, 480)
    assert PREVIEW.reductions == (4, 2, 1)
    assert [PREVIEW.reduction(iteration) for iteration in (0, 749, 750, 1999, 2000, 4999)] == [4, 4, 2, 2, 1, 1]
    assert PREVIEW.degree_at(2000) == PREVIEW.degree == 2


def checkpoints_of(settings: TrainingSettings) -> list[int]:
    return [iteration for iteration in range(settings.iterations + 1) if settings.makes_checkpoint_after(iteration)]


def test_a_short_training_shows_something_soon_and_a_longer_one_its_end_too() -> None:
    def of(iterations: int) -> list[int]:
        return checkpoints_of(replace(FULL, iterations=iterations))

    assert of(3000) == [1000, 2000, 3000]
    assert of(7000) == [2333, 4666, 7000]
    assert of(29_999) == [9999, 19_999, 29_999]
    assert of(30_000) == [10_000, 20_000, 30_000]
    assert of(45_000) == [10_000, 20_000, 30_000, 45_000]
    assert [of(iterations) for iterations in (1, 2, 3)] == [[1], [1, 2], [1, 2, 3]]
    assert max(len(of(iterations)) for iterations in (3, 29_999, 30_000, 45_000)) == room._FILES, "and there is room"


def test_what_is_shown_is_saved_and_measured() -> None:
    short = replace(FULL, iterations=7000)
    saved = [iteration for iteration in range(7001) if iteration and short.saves_state_after(iteration)]
    assert saved == [2000, 2333, 4000, 4666, 6000, 7000]
    assert all(short.measures_after(iteration) for iteration in checkpoints_of(short))


def test_settings_come_back_as_they_went_and_nothing_else_is_believed() -> None:
    values = json.loads(json.dumps(PREVIEW.to_json()))
    assert TrainingSettings.from_json(values) == PREVIEW
    for name, wrong in (("iterations", "3000"), ("iterations", 0), ("exposures", 1), ("strategy", "x"), ("degree", 9)):
        with pytest.raises((TypeError, ValueError)):
            TrainingSettings.from_json(values | {name: wrong})
    with pytest.raises(KeyError):
        TrainingSettings.from_json({})


@pytest.mark.parametrize("chosen", [{"iterations": 0}, {"max_splats": -1}, {"max_size_px": 8}, {"iterations": 10**9}])
def test_numbers_out_of_range_are_refused_in_a_sentence(chosen: dict[str, int]) -> None:
    with pytest.raises(UserError, match="must be between"):
        settings_for(Preset.PREVIEW, cuda=False, **chosen)


def test_numbers_chosen_take_the_preset_s_place() -> None:
    chosen = settings_for(Preset.FULL, cuda=False, iterations=700, max_splats=900, max_size_px=320)
    assert (chosen.iterations, chosen.max_splats, chosen.max_size_px) == (700, 900, 320)


def test_the_curve_is_read_while_it_grows_and_half_a_line_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    assert read_curve(path) == ()
    later = replace(POINT, iteration=200, psnr=None, ssim=None)
    add_point(path, later)
    add_point(path, POINT)
    with path.open("ab") as file:
        file.write(b'{"iteration": 300, "loss": 0.')
    assert read_curve(path) == (POINT, later)
    path.write_bytes(path.read_bytes() + b'\n[]\nnull\n\xff\n{"iteration": "1"}\n' + b"[" * 100_000)
    assert read_curve(path) == (POINT, later)


def test_what_is_trained_again_is_cut_from_the_curve(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    cut_curve(path, 100)
    assert not path.exists()
    for iteration in (100, 200, 300):
        add_point(path, replace(POINT, iteration=iteration))
    cut_curve(path, 200)
    add_point(path, replace(POINT, iteration=300, loss=0.125))
    assert [(point.iteration, point.loss) for point in read_curve(path)] == [(100, 0.25), (200, 0.25), (300, 0.125)]


def test_the_window_s_part_loads_no_torch() -> None:
    names = [f"depthview.engine.capture.training.{name}" for name in ("settings", "presets", "curve", "files")]
    program = f"import sys, {', '.join(names)}\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
