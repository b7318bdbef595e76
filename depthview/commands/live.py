"""`depthview live [SPEC] -o DIR`: the window's live session without the window, for machines without a display."""

import json as json_text
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.depth_options import DepthOptions
from depthview.commands.live_rig import LiveRig
from depthview.commands.outcome import Result, carry_out, note
from depthview.commands.spread import spread
from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.camera import CameraChoice
from depthview.engine.depth import DepthScale
from depthview.engine.errors import UserError
from depthview.engine.estimators import one_eye
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.iterative import LIVE_RATE_HZ, MODEL_ID
from depthview.engine.estimators.sgm import LIVE_HW
from depthview.engine.frames import DepthFrame
from depthview.engine.live.session import LiveSession
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.threads import inference_threads, share_cores
from depthview.engine.metres import rig_of
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import UsualModels
from depthview.engine.resources import known_camera, sample
from depthview.engine.stills import write_still
from depthview.engine.writable import check_folder

_FIRST_DEPTH_S = 30.0


@spread
def live(
    spec: Annotated[list[str] | None, typer.Argument(help="As for `depth`; nothing plays the bundled sample.")] = None,
    *,
    output: options.Out = Path("depthview-output"),
    seconds: Annotated[float, typer.Option("--seconds", min=0.5, max=3600, help="How long to play.")] = 5.0,
    way: DepthOptions,
    json: options.Json = False,
) -> None:
    """Play live without a window; keep the last depth and the figures of the run.

    Writes depth.png (where there are metres), preview.png, cloud.ply, mesh.glb and figures.json.
    """

    def work() -> Result:
        camera, rig_file = way.camera(), way.rig_file()
        check_folder(output)
        farthest_m, least_sure = way.farthest_m(), way.least_sure()

        def setting(model_id: str) -> Selection:
            return _as_in_the_window(way.selection(model_id))

        road = way.road()
        settings = LiveSettings(
            setting(way.model) if way.model is not None else None,
            road.layout,
            road.swap,
            road.camera,
            road.preparation,
            road.steady,
            usual=UsualModels(setting(MODEL_ID), setting(one_eye.MODEL_ID)),
        )
        library = ModelLibrary()
        share_cores()
        session = LiveSession(
            lambda wanted: GuardedEstimator(
                wanted,
                library.find(wanted.model_id),
                lambda less: library.open_estimator(less, threads=inference_threads()),
            ),
            settings=settings,
        )
        rigs = LiveRig(session, rig_file, searches=road.finds_rig)
        try:
            session.open(spec or [str(sample().clip)], loop=True)
            last = _play(session, rigs, seconds)
            status = session.status
        finally:
            session.close()
        counted = session.status.telemetry  # nothing is under way any more: in = out + drops
        telemetry = replace(
            status.telemetry,
            frames_in=counted.frames_in,
            frames_out=counted.frames_out,
            drops=counted.drops,
            under_way=counted.under_way,
        )
        running, info = status.running, status.playback.info if status.playback else None
        if info is not None:
            camera = camera.filled(known_camera(info.identity, info.fov_deg, info.baseline_m))
        camera = rigs.camera(camera)
        measured = rig_of(last.pair, camera)
        figures = {
            **{key: round(value, 4) for key, value in asdict(telemetry).items()},
            "model": settings.selection_for(status.eyes or 2).model_id,
            "model_title": last.model,
            "iterations": running.selection.iterations if running else None,
            "resolution": list(running.selection.size_hw) if running and running.selection.size_hw else None,
            "provider": last.provider,
            "size": list(last.pair.size_hw),
            "layout": status.layout.value if status.layout else None,
            "eyes": running.eyes if running else None,
            "meaning": last.meaning.value,
            "unit": DepthScale(last.meaning, measured).unit or None,
            "rig": measured.facts,
            "rig_from": rigs.reason,
            "source": info.title if info else None,
        }
        return {**figures, "outputs": _write(last, camera, farthest_m, least_sure, figures, output)}

    carry_out(work, as_json=json, say=_sentence)


def _as_in_the_window(wanted: Selection) -> Selection:
    """Our own network holds a rate with what is left open, other models work at the usual size."""
    if wanted.model_id == MODEL_ID:
        return replace(wanted, rate_hz=wanted.rate_hz or LIVE_RATE_HZ)
    usual_hw = one_eye.USUAL_HW if wanted.model_id == one_eye.MODEL_ID else LIVE_HW
    return replace(wanted, size_hw=wanted.size_hw or usual_hw)


def _play(session: LiveSession, rigs: LiveRig, seconds: float) -> DepthFrame:
    """Let the session run; the last depth frame. Raises UserError when it cannot go on or no depth appears."""
    last: DepthFrame | None = None
    started = time.monotonic()
    ends = started + seconds
    while time.monotonic() < ends:
        newest = session.results.take(0.1)
        rigs.follow(session.status)
        if newest is not None and rigs.shown_in(newest):
            last = newest
        for notice in session.take_notices():
            note(notice.text)
        fault = session.status.fault
        if fault is not None and not rigs.let_go_for(fault):
            raise fault
        if last is None:
            if time.monotonic() - started > _FIRST_DEPTH_S:
                raise UserError("No depth appeared within {seconds:.0f} s: try another source.", seconds=_FIRST_DEPTH_S)
            ends = time.monotonic() + seconds
    assert last is not None
    return last


def _write(
    frame: DepthFrame,
    camera: CameraChoice,
    max_distance_m: float | None,
    min_confidence: float,
    figures: Result,
    folder: Path,
) -> list[str]:
    output_folder(folder)
    rig = rig_of(frame.pair, camera)
    paths = write_still(
        folder, frame, rig, max_distance_m=max_distance_m, min_confidence=min_confidence, with_values=False
    )
    paths.append(folder / "figures.json")
    with atomic_path(paths[-1]) as temporary:
        temporary.write_text(json_text.dumps(figures, indent=2, ensure_ascii=False), encoding="utf-8")
    return [str(path) for path in paths]


def _sentence(result: Result) -> str:
    folder = Path(result["outputs"][0]).parent
    names = ", ".join(Path(path).name for path in result["outputs"])
    return (
        f"{result['source']}: {result['frames_in']} frames in, {result['frames_out']} out, {result['drops']} dropped, "
        f"{result['fps_out']:.1f} depth maps a second, {1e3 * result['latency_median_s']:.0f} ms behind, "
        f"{result['model_title']} on {result['provider']}.\nWrote {names} to {folder}"
    )
