"""What DepthView remembers between two starts, as a TOML file that a person can read. No Qt here.

Only the window's geometry is kept elsewhere, in QSettings, since only Qt can read it.
"""

import contextlib
import math
import tomllib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.camera import CameraChoice, Whence
from depthview.engine.colour import COLOUR_MAPS
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.execution.devices import Device
from depthview.engine.folders import pictures_folder, settings_folder
from depthview.engine.frames import Layout
from depthview.engine.stereo.prepare.choices import MOST_SHIFT_SHARE, PreparationChoices
from depthview.ui.board_memory import BoardMemory
from depthview.ui.capture_memory import CaptureMemory
from depthview.ui.panorama_memory import PanoramaMemory
from depthview.ui.splats_memory import SplatsMemory

MIN_CONFIDENCE = 0.4
MOST_CONFIDENCE = 0.95
"""0..1: what the cloud leaves out on the first day, and the most that one can ask for."""

_VERSION = 3
_ODD_NAMES = "surrogateescape"
"""Linux allows any bytes in a file's name: one such name must not cost all settings."""
_RECENTS_KEPT = 12
_SOURCES_KEPT = 300


@dataclass(frozen=True, slots=True)
class SourceMemory:
    """What the person overruled for one source; None is as detected, or unknown."""

    layout: Layout | None = None
    swap: bool | None = None
    camera: CameraChoice = CameraChoice()  # noqa: RUF009 - frozen
    max_distance_m: float | None = None
    preparation: PreparationChoices = PreparationChoices()  # noqa: RUF009 - frozen
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything remembered. `recents` are specs of one or two items, newest first.

    `two_eyes` and `one_eye` are the models that a person chose for what shows so many, None until then.
    """

    recents: tuple[tuple[str, ...], ...] = ()
    last_folder: str = ""
    two_eyes: Selection | None = None
    one_eye: Selection | None = None
    device: Device = Device.AUTO
    model_files: tuple[str, ...] = ()
    colour_map: str = COLOUR_MAPS[0]
    point_size: float = 1.0
    min_confidence: float = MIN_CONFIDENCE
    loop: bool = True
    theme: str = "system"
    screenshots: str = field(default_factory=lambda: str(pictures_folder()))
    panorama: PanoramaMemory = PanoramaMemory()  # noqa: RUF009 - frozen
    splats: SplatsMemory = field(default_factory=SplatsMemory)
    capture: CaptureMemory = CaptureMemory()  # noqa: RUF009 - frozen
    board: BoardMemory = BoardMemory()  # noqa: RUF009 - frozen
    sources: dict[str, SourceMemory] = field(default_factory=dict)

    def with_recent(self, spec: tuple[str, ...]) -> "Preferences":
        return replace(self, recents=(spec, *(r for r in self.recents if r != spec))[:_RECENTS_KEPT])

    def with_source(self, identity: str, memory: SourceMemory) -> "Preferences":
        kept = {key: value for key, value in self.sources.items() if key != identity}
        if memory != SourceMemory():
            kept[identity] = memory
        return replace(self, sources=dict(list(kept.items())[-_SOURCES_KEPT:]))


def settings_file() -> Path:
    return settings_folder() / "settings.toml"


def load(path: Path | None = None) -> Preferences:
    """Read what was remembered; whatever is missing or makes no sense is as on the first day.

    A file that is no TOML is put aside as `settings.broken.toml`, not lost.
    """
    path = path or settings_file()
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8", errors=_ODD_NAMES))
    except tomllib.TOMLDecodeError:
        with contextlib.suppress(OSError):
            path.replace(path.with_suffix(".broken.toml"))
        return Preferences()
    except OSError:
        return Preferences()
    fresh = Preferences()
    return Preferences(
        recents=tuple(tuple(spec) for spec in _list(stored, "recents") if _is_spec(spec)),
        last_folder=_typed(stored, "last_folder", str, fresh.last_folder),
        # Until version 2 there was one model for everything, and its keys stood on top.
        two_eyes=_selection(_table(stored, "two_eyes") or ({} if _is_old_default(stored) else stored)),
        one_eye=_selection(_table(stored, "one_eye")),
        device=Device(_one_of(stored.get("device"), tuple(Device))),
        model_files=tuple(f for f in _list(stored, "model_files") if isinstance(f, str)),
        colour_map=_one_of(stored.get("colour_map"), COLOUR_MAPS),
        point_size=_positive(stored.get("point_size")) or fresh.point_size,
        min_confidence=_share(stored.get("min_confidence"), fresh.min_confidence),
        loop=_typed(stored, "loop", bool, fresh.loop),
        theme=_one_of(stored.get("theme"), ("system", "dark", "light")),
        screenshots=_typed(stored, "screenshots", str, fresh.screenshots),
        panorama=PanoramaMemory.of(_table(stored, "panorama")),
        splats=SplatsMemory.of(_table(stored, "splats")),
        capture=CaptureMemory.of(_table(stored, "capture")),
        board=BoardMemory.of(_table(stored, "board")),
        sources={key: _memory(value) for key, value in _table(stored, "sources").items() if isinstance(value, dict)},
    )


def save(preferences: Preferences, path: Path | None = None) -> None:
    """Write everything that is not as on the first day. Raises UserError when the folder cannot be written."""
    path = path or settings_file()
    output_folder(path.parent)
    own = {
        "panorama": preferences.panorama.facts,
        "splats": preferences.splats.facts,
        "capture": preferences.capture.facts,
        "board": preferences.board.facts,
    }
    plain = replace(
        preferences, panorama=PanoramaMemory(), splats=SplatsMemory(), capture=CaptureMemory(), board=BoardMemory()
    )
    rest = asdict(plain)
    stored = {"version": _VERSION, **_plain(rest | own)}
    with atomic_path(path) as temporary:
        temporary.write_text(tomli_w.dumps(stored), encoding="utf-8", errors=_ODD_NAMES)


def save_quietly(preferences: Preferences) -> None:
    """At the end of a session nobody is left to be told that the settings could not be kept."""
    with contextlib.suppress(UserError):
        save(preferences)


def _is_old_default(stored: dict[str, Any]) -> bool:
    """Whether the model in a file of version 1 is only what that version began with: it wrote its model down whenever
    anything was turned, and so nobody chose it. Set otherwise, it was chosen, and stays."""
    model = (stored.get("model_id"), stored.get("iterations"), stored.get("size_hw"))
    return stored.get("version") == 1 and model == ("sgm", None, [480, 640])


def _plain(value: Any) -> Any:
    """TOML has no null: what is None is left out."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, Layout) else value


def _selection(stored: dict[str, Any]) -> Selection | None:
    model_id = _typed(stored, "model_id", str, "")
    if not model_id:
        return None
    numbers = _count(stored.get("iterations")), _size(stored.get("size_hw")), _positive(stored.get("rate_hz"))
    return Selection(model_id, *numbers)


def _memory(stored: dict[str, Any]) -> SourceMemory:
    layout = stored.get("layout")
    return SourceMemory(
        layout=Layout(layout) if layout in tuple(Layout) else None,
        swap=_typed(stored, "swap", bool, None),
        camera=_camera(_table(stored, "camera")),
        max_distance_m=_positive(stored.get("max_distance_m")),
        preparation=_preparation(_table(stored, "preparation")),
        steady=_typed(stored, "steady", bool, True),
    )


def _preparation(stored: dict[str, Any]) -> PreparationChoices:
    """A calibrated rig is not kept here: it is found again where it lies."""
    shift_share = _typed(stored, "shift_share", float, None)
    return PreparationChoices(
        bars=_typed(stored, "bars", bool, None),
        rows=_typed(stored, "rows", bool, None),
        colours=_typed(stored, "colours", bool, None),
        shift_share=shift_share if shift_share is not None and abs(shift_share) <= MOST_SHIFT_SHARE else None,
    )


def _camera(stored: dict[str, Any]) -> CameraChoice:
    """A measured rig is not kept here: it is found again where it lies."""
    doffs_px = _typed(stored, "doffs_px", float, None)
    return CameraChoice(
        baseline_m=_positive(stored.get("baseline_m")),
        focal_px=_positive(stored.get("focal_px")),
        fov_deg=_positive(stored.get("fov_deg")),
        doffs_px=doffs_px if doffs_px is not None and math.isfinite(doffs_px) else None,
        lens_from=_whence(stored.get("lens_from")),
        baseline_from=_whence(stored.get("baseline_from")),
    )


def _whence(stored: object) -> Whence:
    return next((whence for whence in Whence if whence == stored), Whence.BY_HAND)


def _typed(stored: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = stored.get(key)
    return value if isinstance(value, kind) else default


def _list(stored: dict[str, Any], key: str) -> list[Any]:
    return list(_typed(stored, key, list, []))


def _table(stored: dict[str, Any], key: str) -> dict[str, Any]:
    return dict(_typed(stored, key, dict, {}))


def _positive(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < math.inf else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _share(value: Any, otherwise: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= MOST_CONFIDENCE else otherwise


def _one_of(value: Any, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]


def _size(value: Any) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(n, int) and n > 0 for n in value):
        return value[0], value[1]
    return None


def _is_spec(spec: Any) -> bool:
    return isinstance(spec, list) and 1 <= len(spec) <= 2 and all(isinstance(item, str) and item for item in spec)
