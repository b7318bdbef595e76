"""One source to depth, kept as it is looked at: a still's files, or a film of all frames."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from depthview.commands import depth_words
from depthview.commands.outcome import Result, note
from depthview.engine.atomic import output_folder
from depthview.engine.depth_figures import DepthFigures, run_facts
from depthview.engine.depth_road import RoadChoices
from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.every_frame import EveryFrame
from depthview.engine.exports import preview, write_npy
from depthview.engine.frames import DepthFrame
from depthview.engine.metres import rig_of
from depthview.engine.models.usual import UsualModels
from depthview.engine.movie.moments import Moments
from depthview.engine.progress import Progress, Report
from depthview.engine.sources import Source, SourceKind
from depthview.engine.stills import write_still
from depthview.engine.video_file import VideoWriter, video_file

_DEFAULT_FPS = 24.0


@dataclass(frozen=True, slots=True)
class DepthTask:
    """What is asked for: `spec` as `open_source` takes it, only the first `frames`, None all; see `write_still`."""

    spec: tuple[str, ...]
    folder: Path
    road: RoadChoices
    models: UsualModels
    rig_file: Path | None
    frames: int | None
    max_distance_m: float | None
    min_confidence: float


class DepthRun:
    """One source through the estimator for as many eyes as it shows, every frame of it."""

    def __init__(self, source: Source, estimator_of: Callable[[int], Estimator], task: DepthTask) -> None:
        self._source, self._task = source, task
        self._frames = EveryFrame(source, task.road, estimator_of, note, task.rig_file)
        self._figures = DepthFigures()
        self._moments = Moments(task.max_distance_m)
        self._outputs: list[str] = []
        self._proposed = False
        """Whether it was said that the eyes look swapped: before the long work, not after it."""

    def carry_out(self, report: Report) -> Result:
        """Raises UserError where it cannot be done, Stopped where the person stops it."""
        info = self._source.info
        if info.kind is SourceKind.LIVE and self._task.frames is None:
            raise UserError(
                "This source never ends: say how many frames you want with --frames: {title}", title=info.title
            )
        still = info.kind is SourceKind.IMAGE or (info.kind is SourceKind.SEQUENCE and self._length() == 1)
        self._frames.prime()
        depth_frames = self._depth_frames(report)
        first = next(depth_frames, None)
        if first is None:
            raise UserError(
                "No picture could be read from this source: open another one: {title}", title=self._source.info.title
            )
        if provider_note := self._frames.estimator.provider_note:
            note(provider_note)
        if self._frames.decision.proposes_swap and not self._frames.each_alone:
            note(depth_words.swap_proposal(self._task.road.swap))
            self._proposed = True
        output_folder(self._task.folder)
        if still:
            self._write_still(first)
        else:
            self._write_video(itertools.chain([first], depth_frames))
        return self._result(first)

    def _depth_frames(self, report: Report) -> Iterator[DepthFrame]:
        wanted = 1 if self._source.info.kind is SourceKind.IMAGE else self._task.frames
        total = wanted or self._length()
        count = 0
        while wanted is None or count < wanted:
            depth = self._frames.depth()
            if depth is None:
                return
            self._figures.follow(depth, self._frames.decision)
            yield depth
            count += 1
            report(Progress(count, total, "Estimating depth"))

    def _length(self) -> int | None:
        info = self._source.info
        return round(info.duration_s * info.fps) if info.duration_s and info.fps else None

    def _write_still(self, frame: DepthFrame) -> None:
        task = self._task
        rig = rig_of(frame.pair, self._frames.camera)
        paths = write_still(
            task.folder, frame, rig, max_distance_m=task.max_distance_m, min_confidence=task.min_confidence
        )
        self._outputs += [str(path) for path in paths]

    def _write_video(self, frames: Iterator[DepthFrame]) -> None:
        """Where the source is lost or the person stops in the middle, what there is by then is kept all the same."""
        fps = self._source.info.fps or _DEFAULT_FPS
        path = self._task.folder / "preview.mp4"
        source = _Interruptible(frames)
        count = 0
        with video_file(path, fps) as film:
            try:
                for frame in source:
                    self._write_frame(count, frame, film)
                    count += 1
            except KeyboardInterrupt as stopped:
                source.ended_by = stopped
            if source.ended_by is not None and film.empty:
                raise source.ended_by
        self._outputs.insert(0, str(path))
        if source.ended_by is not None:
            kept = f"{count} frame(s) are kept in {path}"
            if isinstance(source.ended_by, UserError):
                note(f"The source was lost: {kept}")
                raise source.ended_by
            raise Stopped(f"Stopped: {kept}") from source.ended_by

    def _write_frame(self, index: int, frame: DepthFrame, film: VideoWriter) -> None:
        moment = self._moments.of(index, frame, self._frames.camera)
        film.add(preview(moment.shown, moment.rig, moment.limits), frame.pair.pts_s)
        # All values of a long video would fill the disk; those of a folder of pictures are what was asked for.
        if self._task.frames is not None or self._source.info.kind is SourceKind.SEQUENCE:
            path = self._task.folder / f"{moment.scale.file_stem}_{index:06d}.npy"
            write_npy(path, frame.values)
            self._outputs.append(str(path))

    def _result(self, first: DepthFrame) -> Result:
        facts: Result = run_facts(self._frames, self._figures, first, self._task.road.layout)
        proposal = None if self._proposed else depth_words.swap_proposal(self._task.road.swap)
        for told in depth_words.notes(facts, proposal):
            note(told)
        return {**facts, "outputs": self._outputs}


class _Interruptible:
    """Depth frames until they end, the source is lost or the person stops; `ended_by` then says why."""

    def __init__(self, frames: Iterator[DepthFrame]) -> None:
        self._frames = frames
        self.ended_by: BaseException | None = None

    def __iter__(self) -> Iterator[DepthFrame]:
        while True:
            try:
                frame = next(self._frames, None)
            except (UserError, KeyboardInterrupt, Stopped) as error:
                self.ended_by = error
                return
            if frame is None:
                return
            yield frame
