"""A model's manifest: every mistake in it is a sentence, and what a person wrote is kept and wins."""

import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import (
    SCALINGS,
    Axes,
    Colours,
    ExternalFile,
    Kind,
    Manifest,
    Numbers,
    Projection,
    Resize,
    Role,
    Scaling,
    Stack,
    Stage,
)
from depthview.engine.models.needs.manifest import read_keys, stays_inside, table_of
from depthview.engine.models.needs.remembered import forget, manifest_file, recall, remember, yours

PLAIN = Manifest(Kind.MONO, ((Role.PICTURE, "image"),), Numbers.INVERSE_DEPTH)
FULL = Manifest(
    Kind.STEREO,
    ((Role.RIGHT, "b"), (Role.LEFT, "a")),
    Numbers.CANONICAL_DEPTH,
    Colours.BGR,
    Scaling((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)),
    Axes.CHANNELS_LAST,
    Stack.ROWS,
    (480, 640),
    True,
    14,
    Resize.STRETCH,
    (123.675, 116.28, 103.53),
    True,
    (("num_tokens", 1800.0), ("focal", 1.5)),
    "depth",
    2,
    -1,
    True,
    0.001,
    1000.0,
    60.0,
    0.1,
    80.0,
    "sure",
    "seen",
    "scale",
    Projection.ERP,
    True,
    True,
    (ExternalFile("m.onnx_data", "ab"),),
    (Stage("encoder.onnx", (("features", "f"),)), Stage("b.onnx")),
    ("colours",),
    "Who knows.",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "models" / "net.onnx"
    path.parent.mkdir()
    path.write_bytes(b"not looked into")
    return path


# --- the keys


def test_the_full_example_differs_from_the_usual_in_every_key() -> None:
    assert [f.name for f in fields(Manifest) if getattr(FULL, f.name) == getattr(PLAIN, f.name)] == []


@pytest.mark.parametrize("manifest", [PLAIN, FULL])
def test_what_is_written_is_read_again(manifest: Manifest, model: Path) -> None:
    assert Manifest(**read_keys(table_of(manifest), "here")) == manifest
    remember(model, manifest)
    assert recall(model) == manifest


def test_scalings_have_names_where_they_are_usual() -> None:
    for name, scaling in SCALINGS.items():
        assert read_keys({"scaling": name}, "here") == {"scaling": scaling}
        assert table_of(replace(FULL, scaling=scaling))["scaling"] == name


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("kind", "both", 'one of "stereo", "mono"'),
        ("kind", 1, 'one of "stereo", "mono"'),
        ("meaning", "depth", 'one of "disparity", "relative inverse depth"'),
        ("colours", "RGB", 'one of "rgb", "bgr", "grey"'),
        ("layout", "NCHW", 'one of "nchw", "nhwc"'),
        ("stack", "left", 'one of "channels", "rows", "columns"'),
        ("resize", "crop", 'one of "letterbox", "stretch"'),
        ("scaling", "0-255", 'one of "0..255", "0..1", "-1..1", "imagenet", or { mean = '),
        ("scaling", {"mean": [0, 0, 0]}, 'one of "0..255"'),
        ("scaling", {"mean": [0, 0, 0], "std": [1, 0, 1]}, 'one of "0..255"'),
        ("scaling", {"mean": [0, 0], "std": [1, 1, 1]}, "a list of three numbers"),
        ("pad", [0, 0, "0"], "a list of three numbers"),
        ("size", [480], "[height, width], two whole numbers"),
        ("size", [480, 640.0], "[height, width], two whole numbers"),
        ("size", "480x640", "[height, width], two whole numbers"),
        ("size", [480, 99999], "[height, width], two whole numbers"),
        ("size", 480, "[height, width], two whole numbers"),
        ("any_size", "yes", "true or false"),
        ("multiple", 0, "a whole number from 1 to 512"),
        ("multiple", True, "a whole number from 1 to 512"),
        ("channel", -1, "a whole number from 0 to 63"),
        ("sign", 0, "1 or -1"),
        ("sign", True, "1 or -1"),
        ("scale", 0, "a number above zero"),
        ("scale", float("nan"), "a number above zero"),
        ("focal_px", "1000", "a number above zero"),
        ("max_depth_m", -1.0, "a number above zero"),
        ("extra", {"tokens": "many"}, "a table of numbers by the graph's input names"),
        ("inputs", {"lefteye": "a"}, "a table of the graph's input names by picture, left, right, both"),
        ("inputs", {"left": 1}, "a table of the graph's input names by"),
        ("inputs", {}, "a table of the graph's input names by"),
        ("output", 1, "a text"),
        ("external", ["m.onnx_data"], "a list of { file = NAME, sha256 = DIGEST }"),
        ("external", [{"file": "../m.onnx_data"}], "a list of { file = NAME, sha256 = DIGEST }"),
        ("guesses", "colours", "a list of keys"),
    ],
    ids=str,
)
def test_every_mistake_is_a_sentence_that_names_the_key(key: str, value: object, wanted: str) -> None:
    with pytest.raises(UserError) as caught:
        read_keys({"kind": "mono", key: value}, "/models/net.onnx.toml")
    said = str(caught.value)
    assert said.startswith(f"The key {key} in a model's manifest should be {wanted}")
    assert said.endswith(": /models/net.onnx.toml")
    assert "\n" not in said


def test_an_unknown_key_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match=r"has no key color: use some of kind, inputs, meaning, colours, .*: /x$"):
        read_keys({"color": "rgb"}, "/x")


@pytest.mark.parametrize("location", ["w.bin", "data/w.bin", "model.onnx_data", "..w"])
def test_places_within_the_folder(location: str) -> None:
    assert stays_inside(location)


@pytest.mark.parametrize(
    "location",
    ["", " ", "/etc/passwd", "../w", "a/../../w", "a\\..\\..\\w", "C:\\w", "c:w", "\\\\server\\w", "\\w", "//server/w"],
)
def test_places_outside_of_the_folder(location: str) -> None:
    assert not stays_inside(location)


# --- the file beside the model


def test_nothing_is_remembered_of_a_file_that_was_never_seen(model: Path) -> None:
    assert recall(model) is None
    assert yours(model) == {}


def test_it_stands_beside_the_model_and_says_what_it_is_for(model: Path) -> None:
    path = remember(model, FULL)
    assert path == manifest_file(model) == model.with_name("net.onnx.toml")
    text = path.read_text()
    assert text.startswith("# What DepthView found out about net.onnx.\n# Where it is wrong, write the right key below")
    assert list(tomllib.loads(text)) == ["found", "yours"]


def edit(model: Path, text: str) -> None:
    path = manifest_file(model)
    path.write_text(path.read_text() + text)


def test_the_person_s_keys_win_over_what_was_found(model: Path) -> None:
    remember(model, PLAIN)
    edit(model, 'meaning = "metric depth"\n')
    assert recall(model) == replace(PLAIN, meaning=Numbers.METRIC_DEPTH)
    assert yours(model) == {"meaning": Numbers.METRIC_DEPTH}


def test_a_changed_file_is_looked_at_anew_and_the_person_s_part_stays_to_the_letter(model: Path) -> None:
    remember(model, PLAIN)
    edit(model, '# I measured it.\ncolours = "bgr"   # not rgb\n')
    model.write_bytes(b"another file!!!")  # as long as before
    os.utime(model, ns=(1, 1))
    assert recall(model) is None
    remember(model, FULL)
    text = manifest_file(model).read_text()
    assert text.endswith('[yours]\n# I measured it.\ncolours = "bgr"   # not rgb\n')
    assert text.count("\n[yours]\n") == text.count("\n[found]\n") == 1
    assert recall(model) == FULL


def test_a_file_that_was_only_touched_is_still_known(model: Path) -> None:
    remember(model, FULL)
    os.utime(model, ns=(1, 1))
    assert recall(model) == FULL


def test_what_an_older_version_found_is_found_again(model: Path) -> None:
    path = remember(model, FULL)
    path.write_text(path.read_text().replace("version = 3", "version = 2"))
    assert recall(model) is None


def test_the_person_s_part_may_stand_first(model: Path) -> None:
    path = remember(model, PLAIN)
    found = path.read_text().removesuffix("[yours]\n")
    path.write_text('[yours]\ncolours = "bgr"\n' + found)
    assert recall(model) == replace(PLAIN, colours=Colours.BGR)
    remember(model, FULL)
    assert path.read_text().endswith('[yours]\ncolours = "bgr"\n')


def test_a_read_only_folder_is_left_alone(model: Path, home: Path) -> None:
    model.parent.chmod(0o555)
    try:
        path = remember(model, FULL)
        assert path.parent == home / "manifests"
        assert manifest_file(model) == path
        assert [p.name for p in model.parent.iterdir()] == ["net.onnx"]
        edit(model, 'colours = "grey"\n')
        assert recall(model) == replace(FULL, colours=Colours.GREY)
    finally:
        model.parent.chmod(0o755)


@pytest.mark.parametrize("text", ["[found", "\xff", "found = 1\nyours = 2\n"])
def test_a_manifest_that_is_broken_is_a_sentence(model: Path, text: str) -> None:
    manifest_file(model).write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"net\.onnx\.toml$"):
        yours(model)


def test_a_mistake_in_one_s_own_part_is_a_sentence_with_the_file(model: Path) -> None:
    remember(model, PLAIN)
    edit(model, 'colors = "bgr"\n')
    with pytest.raises(UserError, match=r"has no key colors: .*net\.onnx\.toml$"):
        recall(model)


def test_forgetting_leaves_what_the_person_wrote(model: Path) -> None:
    forget(model)
    path = remember(model, PLAIN)
    forget(model)
    assert not path.exists()
    remember(model, PLAIN)
    edit(model, 'colours = "bgr"\n')
    forget(model)
    assert recall(model) is None
    assert yours(model) == {"colours": Colours.BGR}
