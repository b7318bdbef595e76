"""`depthview depth LEFT [RIGHT] -o DIR`: depth of a still, a pair, a folder, a video, a camera, a web address."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.atomic import output_folder
from depthview.engine.camera import CameraChoice
from depthview.engine.colour import RunningLimits
from depthview.engine.depth import DepthScale
from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Estimator, Selection, depth_frame
from depthview.engine.estimators.iterative import MODEL_ID, STILL_ITERATIONS
from depthview.engine.execution.devices import Device
from depthview.engine.exports import preview, write_npy
from depthview.engine.frames import DepthFrame, Frame, Layout, Meaning
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import UsualModels
from depthview.engine.progress import Progress, Report
from depthview.engine.resources import known_camera
from depthview.engine.sources import Notice, Source, SourceKind, open_source
from depthview.engine.steady import SteadyGauge
from depthview.engine.stereo.eyes.judge import EyesDecision, EyesJudge
from depthview.engine.stills import write_still
from depthview.engine.video_file import VideoWriter, video_file

_DEFAULT_FPS = 24.0


@dataclass(frozen=True, slots=True)
class _Task:
    layout: Layout | None
    swap: bool | None
    camera: CameraChoice
    max_distance_m: float | None
    min_confidence: float
    frames: int | None
    folder: Path


def depth(
    left: Annotated[str, typer.Argument(help="A picture, video, folder, address or camera:NAME; or the left eye's.")],
    right: Annotated[str | None, typer.Argument(help="The right eye's, if it is apart.")] = None,
    output: options.Out = Path("depthview-output"),
    layout: options.LayoutName = "auto",
    swap: options.Swap = None,
    model: options.Model = None,
    iterations: options.Iterations = None,
    resolution: options.Resolution = None,
    rate: options.Rate = None,
    device: options.DeviceName = Device.AUTO,
    baseline_m: options.BaselineM = None,
    focal_px: options.FocalPx = None,
    fov_deg: options.FovDeg = None,
    max_distance_m: options.MaxDistanceM = None,
    min_confidence: options.MinConfidence = 0.0,
    frames: Annotated[int | None, typer.Option("--frames", min=1, help="Only the first N frames, each kept.")] = None,
    json: options.Json = False,
) -> None:
    """Depth of a still, a pair, a folder, a video, a camera or a web address.

    A still becomes disparity.npy, depth.png (16-bit, millimetres), preview.png and cloud.ply. A video becomes
    preview.mp4 and, with --frames, disparity_000000.npy and so on; a folder of pictures becomes both. Ordinary pictures
    and video, which show one eye, go to a model for one eye; its values are depth.npy in metres, or relative.npy where
    it knows no unit: then there is no depth.png. Ctrl-C keeps what there is by then.
    """

    def work() -> Result:
        task = _Task(
            options.parse_layout(layout),
            swap,
            options.camera_choice(baseline_m, focal_px, fov_deg),
            options.positive_distance(max_distance_m),
            options.share(min_confidence),
            frames,
            output,
        )
        size_hw, rate_hz = options.parse_resolution(resolution), options.parse_rate(rate)
        library = ModelLibrary()
        if model is not None:
            library.find(model)  # a wrong name is said before anything is opened
        ready: dict[str, Estimator] = {}
        spec = [left] if right is None else [left, right]
        with ExitStack() as held:

            def estimator_for(eyes: int) -> Estimator:
                model_id = model or UsualModels().of(eyes).model_id
                if model_id not in ready:
                    selection = replace(_selection(model_id, iterations, size_hw, rate_hz), device=device)
                    ready[model_id] = GuardedEstimator(selection, library.find(model_id), library.open_estimator)
                    held.callback(ready[model_id].close)
                return ready[model_id]

            source = open_source(spec)
            held.callback(source.close)
            report = held.enter_context(progress_bar())
            return _Run(source, estimator_for, task).carry_out(report)

    carry_out(work, as_json=json, say=_sentence)


def _selection(model: str, iterations: int | None, size_hw: tuple[int, int] | None, rate_hz: float | None) -> Selection:
    """Files are not shown as they come: unless a rate is wanted, there is time for a good answer."""
    if model == MODEL_ID and rate_hz is None and iterations is None:
        iterations = STILL_ITERATIONS
    return Selection(model, iterations, size_hw, rate_hz)


class _Run:
    """One source through the estimator for as many eyes as it shows, every frame of it."""

    def __init__(self, source: Source, estimator_for: Callable[[int], Estimator], task: _Task) -> None:
        self._source, self._estimator_for, self._task = source, estimator_for, task
        self._estimator: Estimator | None = None
        self._eyes = EyesJudge(source.info)
        self._steady = SteadyGauge()
        self._decision: EyesDecision | None = None
        self._notices: list[str] = []
        known = known_camera(source.info.identity, source.info.fov_deg)
        self._camera = task.camera if task.camera != CameraChoice() else known
        self._outputs: list[str] = []
        self._estimate_s: list[float] = []
        self._known: list[float] = []
        self._medians: list[float] = []
        self._sure: list[float] = []
        self._warm = 0
        self._anew = True

    def carry_out(self, report: Report) -> Result:
        info = self._source.info
        if info.kind is SourceKind.LIVE and self._task.frames is None:
            raise UserError(
                "This source never ends: say how many frames you want with --frames: {title}", title=info.title
            )
        still = info.kind is SourceKind.IMAGE or (info.kind is SourceKind.SEQUENCE and self._length() == 1)
        depth_frames = self._depth_frames(report)
        first = next(depth_frames, None)
        if first is None:
            raise UserError(
                "No picture could be read from this source: open another one: {title}", title=self._source.info.title
            )
        assert self._estimator is not None  # it answered already
        if self._estimator.info.provider_note:
            note(self._estimator.info.provider_note)
        output_folder(self._task.folder)
        if still:
            self._write_still(first)
        else:
            self._write_video(itertools.chain([first], depth_frames))
        return self._result(first)

    def _depth_frames(self, report: Report) -> Iterator[DepthFrame]:
        info = self._source.info
        wanted = 1 if info.kind is SourceKind.IMAGE else self._task.frames
        total = wanted or self._length()
        count = 0
        while wanted is None or count < wanted:
            try:
                item = self._source.read()
            except OSError as error:
                raise UserError(
                    "This source cannot be read any further: open it again: {title}",
                    title=info.title,
                    details=repr(error),
                ) from error
            if item is None:
                return
            if isinstance(item, Notice):
                self._notices.append(item.text)
                note(item.text)
                continue
            yield self._estimate(item)
            count += 1
            report(Progress(count, total, "Estimating depth"))

    def _length(self) -> int | None:
        info = self._source.info
        return round(info.duration_s * info.fps) if info.duration_s and info.fps else None

    def _estimate(self, frame: Frame) -> DepthFrame:
        task = self._task
        # Asked each time: a film that begins in the dark may turn out to hold two eyes.
        shown_eyes = 1 if self._eyes.layout_of(frame, task.layout) is Layout.MONO else 2
        self._estimator = estimator = self._estimator_for(shown_eyes)
        pair, self._decision = self._eyes.split(
            frame, task.layout, task.swap, eyes=estimator.info.eyes, camera=self._camera
        )
        started = time.perf_counter()
        estimate = estimator.estimate(pair)
        ended = time.perf_counter()
        known = np.isfinite(estimate.values)
        self._estimate_s.append(ended - started)
        self._known.append(float(known.mean()))
        if known.any():
            self._medians.append(float(np.median(estimate.values[known])))
        if estimate.confidence is not None:
            self._sure.append(float(estimate.confidence.mean()))
        self._warm += estimate.warm
        found = depth_frame(pair, estimate, estimator.info, started_s=started, ended_s=ended)
        # Before anybody sees or keeps it: the pictures of a folder are of many scenes, those of a video of one.
        steady, self._anew = self._steady.follow(found)
        return found if self._source.info.kind is SourceKind.SEQUENCE else steady

    def _write_still(self, frame: DepthFrame) -> None:
        rig = self._camera.rig_for(frame.pair.size_hw, frame.pair.fov_deg)
        task = self._task
        paths = write_still(
            task.folder, frame, rig, max_distance_m=task.max_distance_m, min_confidence=task.min_confidence
        )
        self._outputs += [str(path) for path in paths]

    def _write_video(self, frames: Iterator[DepthFrame]) -> None:
        """Where the source is lost or the person stops in the middle, what there is by then is kept all the same."""
        running = RunningLimits()
        fps = self._source.info.fps or _DEFAULT_FPS
        path = self._task.folder / "preview.mp4"
        source = _Interruptible(frames)
        count = 0
        with video_file(path, fps) as film:
            try:
                for frame in source:
                    self._write_frame(count, frame, film, running)
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

    def _write_frame(self, index: int, frame: DepthFrame, film: VideoWriter, running: RunningLimits) -> None:
        rig = self._camera.rig_for(frame.pair.size_hw, frame.pair.fov_deg)
        scale = DepthScale.of(frame, rig)
        shown = scale.within(frame.values, self._task.max_distance_m)
        if self._anew:
            running.start_over()
        limits = running.follow(scale.nearness(shown), frame.pair.pts_s, least_pad=scale.least_pad)
        film.add(preview(replace(frame, values=shown), rig, limits), frame.pair.pts_s)
        # All values of a long video would fill the disk; those of a folder of pictures are what was asked for.
        if self._task.frames is not None or self._source.info.kind is SourceKind.SEQUENCE:
            path = self._task.folder / f"{scale.file_stem}_{index:06d}.npy"
            write_npy(path, frame.values)
            self._outputs.append(str(path))

    def _result(self, first: DepthFrame) -> Result:
        assert self._decision is not None and self._estimator is not None  # noqa: PT018 - there was a first frame
        decision, info = self._decision, self._estimator.info
        if decision.proposes_swap:
            note("The eyes look swapped (cross-eye): try again with --swap, or with --no-swap if you swapped them.")
        rig = self._camera.rig_for(first.pair.size_hw, first.pair.fov_deg)
        scale = DepthScale.of(first, rig)
        if (doubt := _doubt(scale)) is not None:
            note(doubt)
        median = round(float(np.median(self._medians)), 3) if self._medians else None
        return {
            "frames": len(self._estimate_s),
            "size": list(first.pair.size_hw),
            "layout": decision.layout.value,
            "layout_reason": decision.guess.reason if self._task.layout is None else "as asked",
            "swapped": decision.swap,
            "swap_proposed": decision.proposes_swap,
            "model": info.selection.model_id,
            "iterations": info.selection.iterations,
            "resolution": list(info.selection.size_hw) if info.selection.size_hw else None,
            "warm_frames": self._warm,
            "provider": info.provider,
            "provider_note": info.provider_note,
            "estimate_median_ms": round(1e3 * float(np.median(self._estimate_s)), 2),
            "known_share": round(float(np.mean(self._known)), 4),
            "mean_confidence": round(float(np.mean(self._sure)), 4) if self._sure else None,
            "eyes": info.eyes,
            "meaning": scale.meaning.value,
            "unit": scale.unit or None,
            "median": median,
            "median_disparity_px": median if scale.meaning is Meaning.DISPARITY else None,
            "rig": rig.facts,
            "notices": self._notices,
            "outputs": self._outputs,
        }


def _doubt(scale: DepthScale) -> str | None:
    """What has to be said of the metres; None when they can be trusted."""
    rig = scale.rig
    if not scale.has_metres:
        return (
            "This model says what is nearer and what farther, but no metres: its values have no unit, and the cloud's "
            "shape may be bent."
        )
    if scale.guessed:
        return (
            "This model tells metres for a known lens, and nothing is known of this one: they are a guess, as for "
            f"a field of view of {rig.fov_deg:.0f} degrees (--focal-px or --fov-deg)."
        )
    if scale.is_guess:
        return (
            "Metres are a guess, since nothing is known of the camera: "
            f"{rig.baseline_m * 1000:.0f} mm between the lenses and a field of view of {rig.fov_deg:.0f} degrees "
            "are assumed (--baseline-m with --focal-px or --fov-deg)."
        )
    if scale.shape_is_guess:
        return (
            "The depth is in metres, but how wide things are in the cloud is a guess: "
            f"a field of view of {rig.fov_deg:.0f} degrees is assumed (--focal-px or --fov-deg)."
        )
    return None


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


def _sentence(result: Result) -> str:
    where = Path(result["outputs"][0]).parent
    return (
        f"{result['frames']} frame(s), layout {result['layout']} ({result['layout_reason']}), {result['model']} on "
        f"{result['provider']}, {result['estimate_median_ms']:.0f} ms a frame, "
        f"{100 * result['known_share']:.0f} % of the pixels known: {where}"
    )
