"""What is said of a scene that is to be made: of its photos, its presets, and what it needs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from depthview.engine.capture.poses.settings import Mapper, Matcher
from depthview.engine.capture.training.presets import Preset
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.errors import UserError
from depthview.ui.capture.preflight_work import Looked, Room
from depthview.ui.figures import counted, size_words
from depthview.ui.parts.wrapped_label import breakable
from depthview.ui.speech import sentence

if TYPE_CHECKING:
    from depthview.engine.capture.photos.glance import Glance
    from depthview.engine.capture.photos.judging import Hint
    from depthview.engine.capture.photos.preflight import LeftOut

_GIB = 1 << 30
_CLEARLY_MORE = 1.5

_CONTEXT = "NewJobWords"


def _later(text: str) -> str:
    """To be translated where it is shown."""
    return str(QT_TRANSLATE_NOOP("NewJobWords", text))


STRATEGIES: dict[StrategyName, str] = {
    StrategyName.MCMC: _later("MCMC: up to the limit"),
    StrategyName.CLASSIC: _later("Classic: where it is needed"),
}
MATCHERS: dict[Matcher, str] = {
    Matcher.AUTO: _later("Automatic"),
    Matcher.EXHAUSTIVE: _later("All with all"),
    Matcher.SEQUENTIAL: _later("Neighbours in the row"),
    Matcher.PLACES: _later("By place (GPS)"),
    Matcher.LIKENESS: _later("By likeness"),
}
MAPPERS: dict[Mapper, str] = {
    Mapper.INCREMENTAL: _later("One after the other"),
    Mapper.GLOBAL: _later("All at once"),
}
PRESETS: dict[Preset, str] = {
    Preset.PREVIEW: _later("Preview"),
    Preset.FULL: _later("Full"),
}
_PURPOSES: dict[Preset, str] = {
    Preset.PREVIEW: _later("A first look."),
    Preset.FULL: _later("All that the photos hold, with patience."),
}


def brought_words(seen: "Glance", looked: Looked | None) -> str:
    """How much was brought; of what size, once it was looked at."""
    if looked is None:
        count, file_bytes = seen.files, seen.file_bytes
    else:
        count = len(looked.found.photos)
        file_bytes = sum(photo.file_bytes for photo in looked.found.photos)
    if seen.video is not None:
        words = [seen.video.name, size_words(seen.file_bytes)]
    else:
        words = [_tr("1 photo") if count == 1 else _tr("{count} photos").format(count=counted(count))]
        words.append(size_words(file_bytes))
    sizes = {photo.size_px for photo in looked.found.photos} if looked is not None else set()
    if looked is not None and (footage := looked.found.video) is not None:
        sizes = {footage.size_px}
        if footage.duration_s:
            whole_s = round(footage.duration_s)
            words.append(f"{whole_s // 60}:{whole_s % 60:02d}")
    if len(sizes) > 1:
        words.append(_tr("different sizes"))
    elif sizes:
        width, height = sizes.pop()
        words.append(_tr("{width} × {height} px").format(width=width, height=height))
    return " · ".join(words)


def preset_words(preset: Preset, settings: TrainingSettings, times: float | None) -> str:
    """What is asked with `settings`; `times` as much work as a preview, None where that cannot be told."""
    numbers = _tr("{iterations} iterations, at most {splats} splats, photos of at most {size}\u00a0px.")
    words = [
        _tr(_PURPOSES[preset]),
        numbers.format(
            iterations=counted(settings.iterations), splats=counted(settings.max_splats), size=settings.max_size_px
        ),
    ]
    if preset is Preset.FULL and len(settings.checkpoints) > 1:
        *first, last = map(counted, settings.checkpoints)
        words.append(_tr("Checkpoints at {first} and {last}.").format(first=", ".join(first), last=last))
    if times is not None and times >= _CLEARLY_MORE:
        words.append(_tr("About {times} times the work of a preview.").format(times=f"{float(f'{times:.2g}'):.0f}"))
    return " ".join(words)


def room_words(room: Room) -> str:
    """What the job needs at most, and what there is."""
    words = _tr("Needs up to {disk:.1f} GiB of disk, {free_disk:.1f} are free; and {memory:.1f} GiB of memory, ")
    words += _tr("{free_memory:.1f} are free.")
    return words.format(
        disk=room.needed.disk_bytes / _GIB,
        free_disk=room.free_disk_bytes / _GIB,
        memory=room.needed.memory_bytes / _GIB,
        free_memory=room.free_memory_bytes / _GIB,
    )


def lacks_memory(room: Room) -> bool:
    return room.free_memory_bytes < room.needed.memory_bytes


def fault_words(error: UserError) -> str:
    """The engine's sentence, with places where its path may go on in the next line."""
    return breakable(sentence(error))


def hint_words(hint: "Hint") -> str:
    """The engine's sentence."""
    return breakable(QCoreApplication.translate("Engine", hint.template).format(**dict(hint.values)))


def passed_over_words(videos: Sequence[Path]) -> str:
    """Of videos that were named beside photos."""
    names = ", ".join(path.name for path in videos)
    return breakable(_tr("A scene is made from photos or from one video: {names} is not used").format(names=names))


def left_out_title(left_out: "Sequence[LeftOut]") -> str:
    """Over the list of what is not used."""
    if len(left_out) == 1:
        return _tr("1 file is left out")
    return _tr("{count} files are left out").format(count=counted(len(left_out)))


def left_out_words(left: "LeftOut") -> str:
    """Which, and why; the folder is known."""
    reason = left.reason.removesuffix(f": {left.path}")
    return breakable(f"{left.path.name}: {reason}")


def words_of(text: str) -> str:
    """One of the words of the tables above, in the person's language."""
    return _tr(text)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
