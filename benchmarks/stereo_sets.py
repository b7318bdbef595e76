"""Find pairs with ground truth in any folder: the published sets' own trees, and their files in a folder by themselves.

| set | eyes | truth | beside it |
|---|---|---|---|
| Middlebury 2014, 2021, ETH3D | im0, im1 | disp0GT.pfm, disp0.pfm | mask0nocc.png |
| Middlebury 2003, 2001 | im2, im6 | disp2.png, .pgm | |
| Middlebury 2005, 2006 | view1, view5 | disp1.png | |
| Tsukuba | imL, imR; scene1.row3.col3, ..col4 | truedisp*, groundtruth* | |
| SceneFlow | left, right; left/N, right/N | disp*.pfm; disparity/.../left/N.pfm | |
| KITTI 2015, 2012 | image_2/N, image_3/N; colored_0/N, ..1/N; image_0/N, ..1/N | disp_occ_0/N, disp_occ/N | disp_noc* |
| others | ...left..., ...right...; ...L, ...R; ..._l, ..._r | a name with disp, truth or gt | |
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.stereo_pairs import Kind, PairFiles

_PICTURES = (".png", ".ppm", ".pgm", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
_TRUTHS = (".pfm", ".npy", ".png", ".pgm", ".tif", ".tiff")
_DEEPEST = 8

_EYES = (
    ("im0", "im1", r"^disp0(GT)?$"),
    ("im2", "im6", r"^disp2$"),
    ("view1", "view5", r"^disp1$"),
    ("scene1.row3.col3", "scene1.row3.col4", r"col3|truth"),
    ("scene1.row3.col3", "scene1.row3.col5", r"col3|truth"),
    ("imL", "imR", ""),
    ("left", "right", ""),
    ("Left", "Right", ""),
    ("_l", "_r", ""),
    ("_L", "_R", ""),
    ("L", "R", ""),
)
"""Names of the two eyes, and of the left one's truth where the set fixes it."""

_ANY_TRUTH = re.compile(r"disp|truth|(^|[^a-z])gt|GT")
_OF_THE_RIGHT = re.compile(r"right|[dD]isp_?[rR]$|disp[156](GT)?$|disp1")
_NOT_OCCLUDED = re.compile(r"nocc|nonocc|_noc", re.IGNORECASE)
_LEFT_OUT = re.compile(r"mask|nocc|_noc|occl", re.IGNORECASE)

_KITTI_EYES = (("image_2", "image_3"), ("colored_0", "colored_1"), ("image_0", "image_1"))
_KITTI_TRUTHS = (("disp_occ_0", "disp_noc_0"), ("disp_occ", "disp_noc"))
_SCENEFLOW_EYES = re.compile(r"^(frames|rgb)_(clean|final)pass(_webp)?$", re.IGNORECASE)
_SCENEFLOW_NAMES = re.compile(r"scene_?flow|flyingthings|monkaa|driving|(clean|final)pass", re.IGNORECASE)


def find_pairs(root: Path) -> list[PairFiles]:
    """Every pair under `root` that has a truth, in the order of their names; none where there is no such folder."""
    found: dict[Path, PairFiles] = {}
    for folder in _folders(root):
        for files in (*_kitti(folder, root), *_left_and_right(folder, root), *_in_one_folder(folder, root)):
            found.setdefault(files.left.resolve(), files)
    return sorted(found.values(), key=lambda files: files.name)


def _folders(root: Path) -> Iterator[Path]:
    """`root` and all below. Links are followed (sets are large and often linked), but none twice."""
    seen: set[str] = set()
    for place, below, _files in os.walk(root, followlinks=True):
        real = os.path.realpath(place)
        if real in seen or len(Path(place).parts) - len(root.parts) > _DEEPEST:
            below.clear()
            continue
        seen.add(real)
        below.sort()
        yield Path(place)


def _kitti(folder: Path, root: Path) -> Iterator[PairFiles]:
    for left_name, right_name in _KITTI_EYES:
        for truth_name, seen_name in _KITTI_TRUTHS:
            for truth in _files(folder / truth_name, (".png",)):
                left, right = folder / left_name / truth.name, folder / right_name / truth.name
                if left.is_file() and right.is_file():
                    seen = folder / seen_name / truth.name
                    name = f"{_called(folder, root)}/{truth.stem}"
                    yield PairFiles(name, Kind.KITTI, left, right, truth, seen if seen.is_file() else None)


def _left_and_right(folder: Path, root: Path) -> Iterator[PairFiles]:
    """`left/N.png`, `right/N.png` and a truth under the same number elsewhere."""
    if not (folder / "left").is_dir() or not (folder / "right").is_dir():
        return
    mirrored = Path(*("disparity" if _SCENEFLOW_EYES.match(part) else part for part in folder.parts))
    places = [mirrored / "left"] if mirrored != folder else []
    places += [folder / name for name in ("disparity/left", "disparity", "disp/left", "disp", "left_disparity")]
    for left in _files(folder / "left", _PICTURES):
        right = _same_stem(folder / "right", left.stem, _PICTURES)
        truth = next((t for place in places if (t := _same_stem(place, left.stem, _TRUTHS))), None)
        if right and truth:
            name = f"{_called(folder, root)}/{left.stem}"
            yield PairFiles(name, _kind(folder, root, "left", truth), left, right, truth)


def _in_one_folder(folder: Path, root: Path) -> Iterator[PairFiles]:
    pictures = [p for p in _files(folder, _PICTURES) if not _ANY_TRUTH.search(p.stem) and not _LEFT_OUT.search(p.stem)]
    truths = [p for p in _files(folder, _TRUTHS) if _ANY_TRUTH.search(p.stem) and not _LEFT_OUT.search(p.stem)]
    if not truths:
        return
    found: dict[Path, tuple[str, str, Path, Path]] = {}
    for left in pictures:
        for left_token, right_token, truth_name in _EYES:
            common = _without(left.stem, left_token)
            if left in found or common is None:
                continue
            before, _token, after = left.stem.rpartition(left_token)
            right = next((p for p in pictures if p.stem == before + right_token + after), None)
            truth = _best_truth(truths, common, truth_name)
            if right is not None and truth is not None:
                found[left] = (common, left_token, right, truth)
    for left, (common, token, right, truth) in found.items():
        name = _called(folder, root) + (f"/{common}" if len(found) > 1 else "")
        masks = [p for p in _files(folder, _PICTURES) if _NOT_OCCLUDED.search(p.stem)]
        yield PairFiles(name, _kind(folder, root, token, truth), left, right, truth, masks[0] if masks else None)


def _without(stem: str, token: str) -> str | None:
    """What is left of a name without its eye, None when the eye is not in it by itself."""
    if token in ("L", "_l", "_L"):
        return stem.removesuffix(token).rstrip("._-") if stem.endswith(token) else None
    other = "[^A-Za-z0-9]" if token[-1].isdigit() else "[^A-Za-z]"
    match = re.search(rf"(^|{other}){re.escape(token)}($|{other})", stem)
    return (stem[: match.start()] + stem[match.end() :]).strip("._-") if match else None


def _best_truth(truths: list[Path], common: str, named: str) -> Path | None:
    """The left eye's truth among those that share the pair's name; real numbers before steps."""
    mine = [p for p in truths if common in p.stem]
    if named:
        mine = [p for p in mine if re.search(named, p.stem)]
    elif len(mine) > 1:
        mine = [p for p in mine if not _OF_THE_RIGHT.search(p.stem)]
    return min(mine, key=lambda p: (_TRUTHS.index(p.suffix.lower()), "GT" not in p.stem, p.name), default=None)


def _kind(folder: Path, root: Path, token: str, truth: Path) -> Kind:
    place = (_called(folder, root.parent) + "/" + truth.name).lower()
    if "kitti" in place or "disp_occ" in place:
        return Kind.KITTI
    if "tsukuba" in place or token in ("imL", "scene1.row3.col3"):
        return Kind.TSUKUBA
    if _SCENEFLOW_NAMES.search(place):
        return Kind.SCENEFLOW
    if "middlebury" in place or (token in ("im0", "im2", "view1") and "eth3d" not in place):
        return Kind.MIDDLEBURY
    return Kind.OTHER


def _called(folder: Path, root: Path) -> str:
    relative = folder.relative_to(root).as_posix()
    return folder.name if relative == "." else relative


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in suffixes and p.is_file())


def _same_stem(folder: Path, stem: str, suffixes: tuple[str, ...]) -> Path | None:
    return next((p for s in suffixes if (p := folder / f"{stem}{s}").is_file()), None)
