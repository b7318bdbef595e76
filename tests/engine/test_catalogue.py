"""The shipped catalogue holds what it promises, and a bad entry is said to be bad, and why."""

import re
from pathlib import Path

import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import OF_PANORAMAS, Projection
from depthview.engine.folders import models_folder
from depthview.engine.models.catalogue import Catalogue, known_keys, read_catalogue, shipped_catalogue

WANTED = {
    "stereo": ["crestereo-init", "crestereo-combined", "hitnet-eth3d", "fast-acvnet", "raft-stereo", "lite-any-stereo"],
    "mono": [
        "fastdepth", "midas-v21-small", "midas-v31", "depth-anything-v2-small", "depth-anything-v2-base",
        "depth-anything-v2-large", "depth-anything-v2-indoor", "depth-anything-v2-outdoor", "depth-anything-3-small",
        "metric3d-v2-small", "moge-2", "depth-pro", "monodepth2", "densedepth",
    ],
}  # fmt: skip

PANORAMAS = [
    "hohonet", "unifuse", "bifuse-plus-plus", "panda-small", "da360", "da2", "dap", "dac-indoor", "unik3d",
]  # fmt: skip

ENTRY = """
[[model]]
id = "toy"
title = "Toy"
kind = "stereo"
licence = "MIT"
terms = "Free."
commercial = true
source = "https://example.org"
good_for = "tests"
cost = "nothing"
"""
FILE = """
[[model.variant]]
label = "one"
[[model.variant.file]]
name = "toy.onnx"
address = "https://example.org/toy.onnx"
"""
SERIES = """
[[model.series]]
name = "toy_iter{iterations}_{size}.onnx"
address = "https://example.org/{size}/toy_{iterations:02d}.onnx"
iterations = [2, 10]
sizes = ["240x320", "480x640"]
"""


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return shipped_catalogue()


def read(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return read_catalogue(path)


@pytest.mark.parametrize("kind", ["stereo", "mono"])
def test_every_model_that_people_ask_for_is_there(shipped: Catalogue, kind: str) -> None:
    for model_id in WANTED[kind]:
        assert shipped.find(model_id).kind == kind


def test_every_entry_says_what_a_person_has_to_know(shipped: Catalogue) -> None:
    for model in shipped.models:
        assert model.variants or "depthview models add" in model.export, model.model_id
        assert "meaning" in model.manifest, f"{model.model_id}: nobody would know what its numbers are"
        assert model.commercial == ("not in business" not in model.terms), model.model_id
        for variant in model.variants:
            assert all(file.address.startswith("https://") for file in variant.files)
            assert (model.kind == "mono" and variant.size_hw is None) or variant.size_hw is not None


def test_every_panorama_network_is_there_with_the_script_that_exports_it(shipped: Catalogue) -> None:
    scripts = (Path(__file__).parents[2] / "docs" / "exporting-models.md").read_text(encoding="utf-8")
    for model_id in PANORAMAS:
        model = shipped.find(model_id)
        assert model.manifest["projection"] is Projection.ERP
        assert model.manifest["meaning"] in OF_PANORAMAS
        (script,) = set(re.findall(r"export_\w+\.py", model.export))
        assert f"Save as `{script}`" in scripts
        assert f"--as {model_id}" in model.export
    assert [m.model_id for m in shipped.models if m.manifest.get("projection") is Projection.ERP] == PANORAMAS


def test_licences_that_forbid_business_are_not_called_free(shipped: Catalogue) -> None:
    closed = re.compile(r"-NC|research|Niantic|Apple", re.IGNORECASE)
    for model in shipped.models:
        assert model.commercial == (closed.search(model.licence) is None), model.model_id


def test_crestereo_comes_in_all_its_iterations_and_sizes(shipped: Catalogue) -> None:
    sizes = {
        "crestereo-init": {(120, 160), (160, 240), (180, 320), (240, 320), (360, 640), (480, 640), (720, 1280)},
        "crestereo-combined": {(240, 320), (320, 480), (360, 640), (480, 640), (720, 1280)},
    }
    for model_id, published in sizes.items():
        model = shipped.find(model_id)
        assert {(v.iterations, v.size_hw) for v in model.variants} == {
            (n, hw) for n in (2, 5, 10, 20) for hw in published
        }
        one = model.choose(iterations=10, size_hw=(480, 640)).files[0]
        kind = model_id.removeprefix("crestereo-")
        assert one.name == f"crestereo_{kind}_iter10_480x640.onnx"
        assert one.address == f"https://github.com/nburrus/stereodemo/releases/download/v0.1-crestereo/{one.name}"
        assert not one.member


def test_known_sums_are_in_it(shipped: Catalogue) -> None:
    small = shipped.find("depth-anything-v2-small").choose().files[0]
    assert small.size_bytes == 99_060_839
    assert small.sha256 is not None
    assert small.sha256.startswith("afb6a5c2")
    fast = shipped.find("fastdepth").choose().files[0]
    assert fast.final_sha256 == "7a9f571d9496555bbcc9c46dcb77f1357fb84d3f2608cd38af91fe66c96dfe85"
    two = shipped.find("depth-anything-3-small").choose().files
    assert [file.name for file in two] == ["depth_anything_3_small.onnx", "model.onnx_data"]


def test_what_is_chosen_when_not_everything_is_asked_for(tmp_path: Path) -> None:
    model = read(tmp_path, ENTRY + 'default = "iter10_240x320"\n' + SERIES).find("toy")
    assert model.choose().label == "iter10_240x320"
    assert model.choose(size_hw=(480, 640)).label == "iter10_480x640"
    assert model.choose(iterations=2).label == "iter2_240x320"
    assert model.choose(label="iter2_480x640").files[0].address == "https://example.org/480x640/toy_02.onnx"
    with pytest.raises(UserError, match=r"not published like that: choose one of iter2_240x320, iter2_480x640"):
        model.choose(iterations=5)
    exported = read(tmp_path, ENTRY + 'export = "do this"\n').find("toy")
    with pytest.raises(UserError, match="not published as ONNX; `depthview models show toy` has the steps"):
        exported.choose()
    with pytest.raises(UserError, match="no model called tay"):
        read(tmp_path, ENTRY + FILE).find("tay")


def test_what_the_catalogue_knows_of_a_file_goes_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Catalogue
) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path))
    known = known_keys(models_folder() / "metric3d-v2-small" / "anything.onnx")
    assert known == shipped.find("metric3d-v2-small").manifest
    assert known["focal_px"] == 1000
    for elsewhere in (models_folder() / "x.onnx", tmp_path / "metric3d-v2-small" / "a.onnx", Path("a.onnx")):
        assert known_keys(elsewhere) == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ENTRY.replace('licence = "MIT"\n', "") + FILE, "licence is missing"),
        (ENTRY.replace('"Free."', '" "') + FILE, "terms is empty"),
        (ENTRY.replace('kind = "stereo"', 'kind = "lidar"') + FILE, "its kind is none of stereo, mono"),
        (ENTRY.replace("commercial = true", 'commercial = "yes"') + FILE, "commercial is of the wrong kind"),
        (ENTRY.replace("cost", "cots") + FILE, "cost is missing"),
        (ENTRY + "price = 3\n" + FILE, "nothing is known of price"),
        (ENTRY.replace('"toy"', '"../toy"') + FILE, "its id is not of small letters"),
        (ENTRY + FILE + ENTRY + FILE, "its id is there twice"),
        (ENTRY, "neither files nor the steps"),
        (ENTRY + 'default = "two"\n' + FILE, "its default 'two' is none of its variants"),
        (ENTRY + FILE + FILE, "two of its variants are called the same"),
        (ENTRY + FILE + FILE.replace('"one"', '"two"'), "two of its files are called the same"),
        (ENTRY + FILE.replace("https", "http"), "is no https address"),
        (ENTRY + FILE.replace("https://", "https://me:word@"), "is no https address"),
        (ENTRY + FILE.replace('"toy.onnx"', '"../toy.onnx"'), "is no plain file name"),
        (ENTRY + FILE.replace('"toy.onnx"', '"a/toy.onnx"'), "is no plain file name"),
        (ENTRY + FILE.replace('"toy.onnx"', r'"a\\toy.onnx"'), "is no plain file name"),
        (ENTRY + FILE.replace('"toy.onnx"', '".toy.onnx"'), "is no plain file name"),
        (ENTRY + FILE.replace('"toy.onnx"', '"C:toy.onnx"'), "is no plain file name"),
        (ENTRY + FILE.replace('"toy.onnx"', '"toy.bin"'), "its first file is not the .onnx file"),
        (ENTRY + FILE + 'sha256 = "12"\n', "sha256 is no sha256"),
        (ENTRY + FILE + "bytes = -1\n", "bytes is not above 0"),
        (ENTRY + FILE + f'member_sha256 = "{"0" * 64}"\n', "a member's sum and no member"),
        (ENTRY + FILE.replace('label = "one"', 'label = "one"\nsize = "big"'), "'big' is no size"),
        (ENTRY + SERIES.replace("{size}.onnx", "{width}.onnx"), "its pattern cannot be filled"),
        (ENTRY + SERIES.replace("[2, 10]", "[2, -1]"), "iterations holds something else"),
        (ENTRY + SERIES.replace('"240x320", ', '"240", '), "'240' is no size"),
    ],
)  # fmt: skip
def test_a_bad_entry_is_named_with_its_fault(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(UserError, match="The catalogue of models is broken at entry") as caught:
        read(tmp_path, text)
    assert fault in str(caught.value)
    assert str(caught.value).endswith("models.toml")


def test_a_bad_contract_and_a_broken_file_are_said_too(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="manifest has no key colour"):
        read(tmp_path, ENTRY + '[model.manifest]\ncolour = "rgb"\n' + FILE)
    with pytest.raises(UserError, match="catalogue of models cannot be read"):
        read(tmp_path, "[[model\n")
    with pytest.raises(UserError, match="catalogue of models cannot be read"):
        read_catalogue(tmp_path / "none.toml")
