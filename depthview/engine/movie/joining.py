"""Parts of a film put together as they are, without encoding anything again, and the sound of the movie beside them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.movie.journal import Part
from depthview.engine.progress import StopToken
from depthview.engine.video_file import blamed_on

_GONE = "A part of what is finished is gone or damaged: begin again with --anew: {path}"


def join(
    parts: Sequence[tuple[Path, Part]], path: Path, *, container: str, sound_from: Path | None, stop: StopToken
) -> bool:
    """Write the film at `path` of its parts, each with its file; False where `sound_from` has sound that such a film
    cannot hold as it is, and which it does not have therefore.

    Raises UserError where a part is gone or the film cannot be written, Stopped where that is wished.
    """
    for file, _part in parts:
        if not file.is_file():
            raise UserError(_GONE, path=file)
    with ExitStack() as held:
        sound = None if sound_from is None else _opened_sound(sound_from, held)
        if sound is None:
            _write(parts, path, container, None, stop)
            return True
        try:
            _write(parts, path, container, sound, stop)
        except (UserError, ValueError):  # a container that cannot hold it says so only while it is written
            _write(parts, path, container, None, stop)
            return False
    return True


def _opened_sound(path: Path, held: ExitStack) -> Any:
    """The movie opened once more, None where it has no sound."""
    try:
        source = held.enter_context(av.open(str(path.absolute()), metadata_errors="replace"))
    except (av.error.FFmpegError, OSError):
        return None
    return source if source.streams.audio and source.streams.video else None


def _write(parts: Sequence[tuple[Path, Part]], path: Path, container: str, sound: Any, stop: StopToken) -> None:
    with (
        atomic_path(path, durable=True) as temporary,
        blamed_on(path),
        av.open(str(temporary), "w", format=container) as film,
    ):
        _mux(parts, film, sound, stop)


def _mux(parts: Sequence[tuple[Path, Part]], film: Any, sound: Any, stop: StopToken) -> None:
    with av.open(str(parts[0][0])) as first:
        shown = film.add_stream_from_template(first.streams.video[0])
    heard: Iterator[tuple[float, Any]] = iter(())
    if sound is not None:
        heard = _sound(sound, film.add_stream_from_template(sound.streams.best("audio")))
    ahead = next(heard, None)
    end_s = 0.0
    for packet, at_s, length_s in _pictures(parts, stop):
        while ahead is not None and ahead[0] <= at_s:
            film.mux(ahead[1])
            ahead = next(heard, None)
        packet.stream = shown
        film.mux(packet)
        end_s = at_s + length_s
    while ahead is not None and ahead[0] < end_s:
        film.mux(ahead[1])
        ahead = next(heard, None)


def _pictures(parts: Sequence[tuple[Path, Part]], stop: StopToken) -> Iterator[tuple[Any, float, float]]:
    """The parts' packets at the film's own times, with when each is shown and for how long, seconds."""
    last = -1
    length_s = 0.0
    for file, part in parts:
        stop.raise_if_stopped()
        try:
            opened = av.open(str(file))
        except (av.error.FFmpegError, OSError) as error:
            raise UserError(_GONE, details=repr(error), path=file) from error
        with opened:
            count = 0
            for packet in opened.demux(opened.streams.video[0]):
                if packet.pts is None:  # the end
                    continue
                tick: Fraction = packet.time_base
                pts = max(packet.pts + round(part.start_s / tick), last + 1)
                if last >= 0:
                    length_s = float((pts - last) * tick)
                packet.pts = packet.dts = last = pts
                yield packet, float(pts * tick), length_s
                count += 1
            if count != part.frames:
                raise UserError(_GONE, details=f"{count} of {part.frames} frames", path=file)


def _sound(source: Any, stream: Any) -> Iterator[tuple[float, Any]]:
    """The packets of a movie's sound, with their times after its first picture, seconds."""
    pictures, heard = source.streams.best("video"), source.streams.best("audio")
    begins_s = float((pictures.start_time or 0) * pictures.time_base)
    for packet in source.demux(heard):
        if packet.pts is None or packet.dts is None:
            continue
        back = round(begins_s / packet.time_base)
        packet.pts, packet.dts = packet.pts - back, packet.dts - back
        if packet.pts < 0:
            continue
        packet.stream = stream
        yield float(packet.pts * packet.time_base), packet
