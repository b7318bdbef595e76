"""A whole movie to depth, every frame of it; a run that was stopped or killed goes on where the last one ended."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from depthview.engine.depth import DepthScale
from depthview.engine.depth_figures import DepthFigures, run_facts
from depthview.engine.errors import Stopped, UserError
from depthview.engine.every_frame import EveryFrame, Seen
from depthview.engine.frames import DepthFrame
from depthview.engine.metres import rig_of
from depthview.engine.models.by_eyes import EstimatorsByEyes
from depthview.engine.models.library import ModelLibrary
from depthview.engine.movie.film import FilmInParts
from depthview.engine.movie.folder import PARTS, asked_of, begun, clear, held, taken_away, written
from depthview.engine.movie.journal import Journal, Part, write_journal
from depthview.engine.movie.memory import forget_memories, read_memory, read_seen, write_memory, write_seen
from depthview.engine.movie.moments import Moment, Moments
from depthview.engine.movie.outputs import Output, least_bytes, outputs_of
from depthview.engine.movie.rig_mark import RigMark, check_rig, mark_of_finished
from depthview.engine.movie.snapshot import MovieProgress, TimeLeft
from depthview.engine.movie.task import PICTURES_FPS, MovieTask
from depthview.engine.movie.task_text import Plain
from depthview.engine.progress import PauseToken, StopToken
from depthview.engine.sources import Source, SourceInfo, SourceKind, open_source
from depthview.engine.sources.folder import FolderSource
from depthview.engine.steady import GaugeMemory
from depthview.engine.stereo.prepare.preparer import EyesDecision
from depthview.engine.writable import check_folder

LEAD_IN = 48
"""Frames before the first new one that are estimated once more: twice what the stabiliser remembers, two seconds of
most films, in which colours and a network that goes on from the moment before settle too."""

_PART_FRAMES = 240
_PART_S = 15.0
"""A part ends after so many frames, or seconds of work: no more is lost when the process is killed."""
_LEAST_PART_FRAMES = 24
"""But not before it has so many, a second of most films: each part begins with a key frame and is a file of its own."""
_DEFAULT_FPS = 24.0

_AGAIN = "Estimating once more what the next frames hang on: {count} of {total}"
_NO_MOVIE = "One picture is no movie: leave out --every-frame, or name a folder of pictures or a video: {title}"
_OWN_TIMES = "A video has its own times, and --fps is for folders of pictures: leave it out: {title}"
_ENDLESS = "This source never ends and cannot be begun again: record it first, or leave out --every-frame: {title}"
_TAKEN_AWAY = (
    "This movie was finished here, and a part of it was taken away since: bring it back, or begin again with --anew: "
    "{path}"
)
_NOTHING = "Nothing is left to write: ask for depth, a preview, values, clouds or eyes."
_NO_METRES = "This model says what is nearer and what farther, but no metres: there is no film of depth in millimetres."

Tell = Callable[[str], None]
Look = Callable[[EyesDecision], None]


def export_movie(
    task: MovieTask,
    *,
    report: Callable[[MovieProgress], None],
    tell: Tell,
    stop: StopToken,
    pause: PauseToken,
    anew: bool = False,
    look: Look = lambda _eyes: None,
) -> Plain:
    """Write all that `task` asks for; the facts of what was made.

    The same task again goes on from the last finished part, or says what was said when all was done. `anew` begins
    again whatever lies in the folder. `tell` hears sentences for the person on the way, `look` what the eyes are taken
    for, once, before the long work. Raises UserError where it cannot be done, Stopped where that is wished; what is
    finished by then stays and is not made again.
    """
    if not task.outputs.any:
        raise UserError(_NOTHING)
    with ExitStack() as held_open:
        estimators = EstimatorsByEyes(task.models, ModelLibrary(task.model_files))
        held_open.callback(estimators.close)
        source = open_source(task.spec, stop=stop, film_fps=task.fps or PICTURES_FPS)
        held_open.callback(source.close)
        _check(task, source)
        held_open.enter_context(held(task.folder))
        if anew:
            clear(task.folder)
        journal = begun(task.folder, asked_of(task, source.info))
        if journal.result is not None:
            check_rig(journal.rig, mark_of_finished(task, source.info.identity, journal.result, tell), task.folder)
            result = _still_there(journal.result, task.folder)
            tell(f"All of this movie is finished already: {task.folder}")
            return result
        frames_left = (frames_of(task, source.info) or 0) - journal.frames
        check_folder(task.folder, needed_bytes=least_bytes(task, source.info, frames_left))
        frames = EveryFrame(source, task.road, estimators.of, tell, task.rig_file)
        export = MovieExport(task, source, frames, journal, report=report, tell=tell, stop=stop, pause=pause, look=look)
        return export.run()


def _still_there(result: Plain, folder: Path) -> Plain:
    """The result of a finished movie, whose folder may have been moved since. Raises UserError where a part of what was
    written is gone."""
    if (lost := taken_away(result, folder)) is not None:
        raise UserError(_TAKEN_AWAY, path=lost)
    return {**result, "outputs": [str(path) for path in written(result, folder)]}


def frames_of(task: MovieTask, info: SourceInfo) -> int | None:
    """How many frames the movie has, None where it does not say."""
    length = round(info.duration_s * info.fps) if info.duration_s and info.fps else None
    return task.frames if length is None else min(task.frames or length, length)


def _check(task: MovieTask, source: Source) -> None:
    info = source.info
    if info.kind is SourceKind.LIVE:
        raise UserError(_ENDLESS, title=info.title)
    if info.kind is not SourceKind.VIDEO:
        raise UserError(_NO_MOVIE, title=info.title)
    if task.fps is not None and not isinstance(source, FolderSource):
        raise UserError(_OWN_TIMES, title=info.title)


class MovieExport:
    """One run over one movie, in one thread: looked through, gone forward to what is new, estimated, joined."""

    def __init__(
        self,
        task: MovieTask,
        source: Source,
        frames: EveryFrame,
        journal: Journal,
        *,
        report: Callable[[MovieProgress], None],
        tell: Tell,
        stop: StopToken,
        pause: PauseToken,
        look: Look,
    ) -> None:
        self._task, self._source, self._frames, self._journal = task, source, frames, journal
        self._report, self._tell, self._stop, self._pause, self._look = report, tell, stop, pause, look
        self._total = frames_of(task, source.info)
        self._resumed_from = journal.frames
        self._figures, self._left = DepthFigures(), TimeLeft()
        self._moments = Moments(task.max_distance_m)
        self._outputs: Sequence[Output] = ()
        self._part_since = 0.0
        self._part_start_s = 0.0
        self._next = journal.frames
        self._last: DepthFrame | None = None
        self._parts = task.folder / PARTS
        self._memories: deque[GaugeMemory | None] = deque(maxlen=LEAD_IN + 1)
        self._seen: deque[tuple[int, Seen]] = deque(maxlen=3)  # every so many frames; one of three is old enough

    def run(self) -> Plain:
        """Raises as `export_movie`."""
        try:
            return self._run()
        finally:
            for output in self._outputs:
                output.drop_part()

    def _run(self) -> Plain:
        self._say("Looking at the movie")
        self._frames.prime()
        self._frames.hold_layout()
        if self._frames.looked_for_rig:  # before it is gone forward, which may take long
            self._hold_rig()
        self._go_forward()
        self._estimate_all()
        if self._last is None:
            raise UserError(
                "No picture could be read from this source: open another one: {title}", title=self._source.info.title
            )
        return self._finish(self._last)

    def _go_forward(self) -> None:
        """To the first frame that is new, with what its answer hangs on."""
        lead_in = min(LEAD_IN, self._next)
        for index in range(self._first_unseen(lead_in), self._next - lead_in):
            self._rest()
            if not self._frames.pass_over():
                break
            if index % LEAD_IN == 0:
                self._say("Going forward to what is not finished")
        if (memory := read_memory(self._parts, self._next)) is not None:
            self._frames.recall(memory)
            self._memories.append(memory)
        for count, index in enumerate(range(self._next - lead_in, self._next), 1):
            self._rest()
            moment = self._moment(index)
            if moment is None:
                break
            for output in self._outputs:
                output.recall(moment)
            self._say(_AGAIN.format(count=count, total=lead_in))

    def _first_unseen(self, lead_in: int) -> int:
        """Where to go forward from: the earliest frame, unless what an earlier run saw of those before can be had."""
        if (kept := read_seen(self._parts, self._next)) is None:
            return 0
        index, seen = kept
        # At least one is passed over: the scale of values without a unit is recalled together with its picture.
        if not 0 <= index < self._next - lead_in - 1 or not self._frames.go_on_after(seen):
            return 0
        self._seen.append((index, seen))
        return index + 1

    def _estimate_all(self) -> None:
        """All frames that are new, in parts."""
        self._part_since = time.monotonic()
        while self._task.frames is None or self._next < self._task.frames:
            try:
                self._rest()
                moment = self._moment(self._next)
            except (UserError, Stopped, KeyboardInterrupt):
                self._end_part()  # what there is by now is whole
                raise
            if moment is None:
                break
            self._write(moment)
            self._left.tick()
            self._say("Estimating depth")
        self._end_part()

    def _rest(self) -> None:
        """Wait while that is wished, with all that there is by now whole. Raises Stopped."""
        if self._pause.paused:
            self._end_part()
            self._say("Paused")
            self._left.rested()
        self._pause.rest(self._stop)

    def _moment(self, index: int) -> Moment | None:
        """The next frame of the source; None at its end."""
        self._stop.raise_if_stopped()
        depth = self._frames.depth()
        if depth is None:
            return None
        if self._last is None:
            self._begin(depth)
        self._last = depth
        self._memories.append(self._frames.memory)
        if index % LEAD_IN == 0 and self._source.info.seekable:
            self._seen.append((index, self._frames.seen))
        if index >= self._resumed_from:
            self._figures.follow(depth, self._frames.decision)
        return self._moments.of(index, depth, self._frames.camera)

    def _begin(self, first: DepthFrame) -> None:
        """What is written hangs on what the values are."""
        self._frames.hold_layout()  # where nothing could be looked at before
        has_metres = DepthScale.of(first, rig_of(first.pair, self._frames.camera)).has_metres
        fps = self._source.info.fps or _DEFAULT_FPS
        self._outputs = outputs_of(self._task, fps, has_metres=has_metres)
        self._look(self._frames.decision)
        if note := self._frames.estimator.provider_note:
            self._tell(note)
        if not has_metres:
            self._tell(_NO_METRES)
        if not self._outputs:
            raise UserError(_NOTHING)
        self._hold_rig()
        if not self._journal.parts:
            write_journal(self._task.folder, self._journal)  # from now on the folder is this movie's

    def _hold_rig(self) -> None:
        """One film, one geometry. Raises UserError where it was begun with another rig."""
        mark = RigMark.of(self._frames.rig)
        if self._journal.parts:
            check_rig(self._journal.rig, mark, self._task.folder)
        self._journal = replace(self._journal, rig=mark)

    def _write(self, moment: Moment) -> None:
        if self._next == self._journal.frames:
            self._part_start_s, self._part_since = moment.depth.pair.pts_s, time.monotonic()
        for output in self._outputs:
            output.write(moment)
        self._next += 1
        frames = self._next - self._journal.frames
        long_since = time.monotonic() - self._part_since >= _PART_S
        if frames >= _PART_FRAMES or (long_since and frames >= _LEAST_PART_FRAMES):
            self._end_part()

    def _end_part(self) -> None:
        """From here on, what was written is finished for good."""
        first = self._journal.frames
        if self._next == first:
            return
        for output in self._outputs:
            output.end_part()
        if len(self._memories) > LEAD_IN and (memory := self._memories[0]) is not None:
            write_memory(self._parts, self._next, memory)
        if usable := [(index, seen) for index, seen in self._seen if index < self._next - LEAD_IN - 1]:
            write_seen(self._parts, self._next, *usable[-1])
        self._journal = self._journal.with_part(Part(first, self._next - first, self._part_start_s))
        write_journal(self._task.folder, self._journal)
        with suppress(OSError):  # one that is left behind is in nobody's way
            forget_memories(self._parts, but=self._next)

    def _finish(self, last: DepthFrame) -> Plain:
        """Make the films whole and take the parts away."""
        self._total = self._next
        self._say("Joining the films")
        heard = True
        for output in self._outputs:
            if isinstance(output, FilmInParts):
                heard &= output.join(self._journal.parts, self._sound_from(output), self._stop)
        if not heard:
            self._tell("The films have no sound: an MP4 cannot hold this movie's as it is.")
        result = self._result(last)
        self._journal = replace(self._journal, result=result)
        write_journal(self._task.folder, self._journal)
        shutil.rmtree(self._parts, ignore_errors=True)
        self._say("Done")
        return result

    def _sound_from(self, film: FilmInParts) -> Path | None:
        """What is to look at has the movie's sound."""
        path = Path(self._task.spec[0])
        return path if path.is_file() and film.path.suffix == ".mp4" else None

    def _result(self, last: DepthFrame) -> Plain:
        facts = run_facts(self._frames, self._figures, last, self._task.road.layout)
        return {
            **facts,
            "frames": self._journal.frames,
            "frames_now": facts["frames"],
            "resumed_from": self._resumed_from,
            "outputs": [str(path) for output in self._outputs for path in output.outputs],
        }

    def _say(self, phase: str) -> None:
        left = None if self._total is None else self._total - self._next
        outputs = tuple(path for output in self._outputs for path in output.outputs)
        self._report(MovieProgress(self._next, self._total, self._left.of(left), phase, outputs))
