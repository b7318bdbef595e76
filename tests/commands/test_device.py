"""`--device`: what is asked for runs, or what does instead says why."""

from pathlib import Path

import pytest
from PIL import Image as Pillow

from depthview.engine.execution.devices import Device
from depthview.engine.execution.machine import nvidia_driver_found, this_machine
from tests.commands.runner import run
from tests.engine.dot_pairs import flat_pair

SMALL = ("--resolution", "96x128", "--iterations", 1, "--json")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    both = flat_pair(96, 128, 5)
    paths = [tmp_path / "left.png", tmp_path / "right.png"]
    for path, eye in zip(paths, (both.left, both.right), strict=True):
        Pillow.fromarray(eye).save(path)
    return paths


def test_the_cpu_is_had_anywhere_and_nothing_is_said_of_what_nobody_wanted(pair: list[Path], tmp_path: Path) -> None:
    said = run("depth", *pair, "-o", tmp_path / "o", "--device", "cpu", *SMALL).said
    assert (said["provider"], said["provider_note"]) == ("CPU", "")


def test_nothing_is_said_of_cuda_where_nobody_asked_for_it(pair: list[Path], tmp_path: Path) -> None:
    if nvidia_driver_found():
        pytest.skip("this machine has an NVIDIA driver")
    outcome = run("depth", *pair, "-o", tmp_path / "o", *SMALL)
    assert outcome.said["provider_note"] == ""
    assert "CUDA" not in outcome.stderr


def test_what_cannot_be_had_is_said_with_its_reason(pair: list[Path], tmp_path: Path) -> None:
    if Device.TENSORRT in this_machine().devices:
        pytest.skip("this machine has TensorRT")
    outcome = run("depth", *pair, "-o", tmp_path / "o", "--device", "tensorrt-fp16", *SMALL)
    assert outcome.code == 0, outcome
    note = outcome.said["provider_note"]
    assert note.startswith("TensorRT asked for, not had: ")
    assert note in outcome.stderr


def test_comparing_takes_it_too(pair: list[Path], tmp_path: Path) -> None:
    sizes = ("--resolutions", "96x128", "--iterations", "1", "--repeat", 1, "--models", "dv-stereo")
    said = run("compare", *pair, "-o", tmp_path / "o", "--device", "cpu", *sizes, "--json").said
    assert [row["provider"] for row in said["settings"]] == ["CPU"]


def test_a_device_that_nobody_knows_is_refused(pair: list[Path], tmp_path: Path) -> None:
    outcome = run("depth", *pair, "-o", tmp_path / "o", "--device", "quantum")
    assert outcome.code == 2
    assert "tensorrt-fp16" in outcome.stderr
    assert not (tmp_path / "o").exists()


def test_doctor_tries_everything_that_is_offered(pair: list[Path]) -> None:
    said = run("doctor", "--json").said["inference"]
    assert said["devices"]["cpu"] == "CPU"
    assert set(said["devices"]) <= {device.value for device in Device}
    if "CUDA" in said["offered"] and said["nvidia"] is None:
        assert list(said["devices"]) == ["cpu"]
        assert said["note"] == "CUDA does not run here: this computer has no NVIDIA driver"
