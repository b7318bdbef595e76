"""`depthview depth MOVIE -o DIR --every-frame`: the whole movie, in every form that is asked for; it can be resumed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import depth_words
from depthview.commands.depth_run import DepthTask
from depthview.commands.outcome import Result, note
from depthview.engine.capture.jobs.interruption import heard_by
from depthview.engine.colour import COLOUR_MAPS
from depthview.engine.errors import Stopped, UserError
from depthview.engine.movie.export import export_movie
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.snapshot import MovieProgress
from depthview.engine.movie.task import (
    LEAST_FPS,
    MOST_FPS,
    DepthStorage,
    MovieOutputs,
    MovieTask,
    ValuesStorage,
)
from depthview.engine.progress import PauseToken, Progress, Report, StopToken
from depthview.engine.stereo.prepare.preparer import EyesDecision
from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice

_MOST_EYE_DISTANCE = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovieWishes:
    """The options as they came."""

    every_frame: Annotated[
        bool,
        typer.Option(
            "--every-frame", help="The whole movie: depth in 16 bits and more; the same command again goes on."
        ),
    ] = False
    depth: Annotated[
        DepthStorage | None, typer.Option("--depth", help="With --every-frame: depth in millimetres. Default: ffv1.")
    ] = None
    values: Annotated[
        ValuesStorage | None, typer.Option("--values", help="With --every-frame: float32 values, a file a frame.")
    ] = None
    preview: Annotated[
        bool,
        typer.Option("--preview/--no-preview", help="With --every-frame: preview.mp4, the picture beside its depth."),
    ] = True
    coloured: Annotated[
        bool, typer.Option("--coloured", help="With --every-frame: also coloured.mp4, the depth in colours alone.")
    ] = False
    clouds_every: Annotated[
        int | None,
        typer.Option("--clouds", min=1, metavar="N", help="With --every-frame: a point cloud every N frames."),
    ] = None
    eyes: Annotated[
        EyesFormat | None, typer.Option("--eyes", help="With --every-frame: the movie for eyes at another distance.")
    ] = None
    eye_distance: Annotated[
        float | None,
        typer.Option("--eye-distance", help="Of --eyes: 1 as taken, 0.5 half, 2 twice as far apart."),
    ] = None
    screen: Annotated[
        float | None,
        typer.Option(
            "--screen", help="Of --eyes: which depth lies on the screen, 0 farthest to 1 nearest. Default: auto."
        ),
    ] = None
    fps: Annotated[
        float | None,
        typer.Option("--fps", help="With --every-frame, of a folder: so many pictures a second. Default: 24."),
    ] = None
    colour_map: Annotated[
        str | None,
        typer.Option("--colour-map", help="With --every-frame, of the films: " + ", ".join(COLOUR_MAPS) + "."),
    ] = None
    anew: Annotated[
        bool, typer.Option("--anew", help="With --every-frame: begin again, whatever lies in the folder.")
    ] = False

    def outputs(self) -> MovieOutputs:
        """Raises UserError for what cannot be meant."""
        if self.fps is not None and not LEAST_FPS <= self.fps <= MOST_FPS:
            raise UserError(
                "A film cannot be shown at {fps:g} pictures a second: give {least:g} to {most:g}.",
                fps=self.fps,
                least=LEAST_FPS,
                most=MOST_FPS,
            )
        if self.colour_map not in (None, *COLOUR_MAPS):
            raise UserError(
                "There is no colour map called {name}: choose {known}.",
                name=self.colour_map,
                known=", ".join(COLOUR_MAPS),
            )
        return MovieOutputs(
            self.depth or DepthStorage.FFV1,
            self.preview,
            self.coloured,
            self.values or ValuesStorage.NONE,
            self.clouds_every or 0,
            self._eyes(),
            self.colour_map or COLOUR_MAPS[0],
        )

    def check_alone(self) -> None:
        """Raises UserError where something is asked for that only a whole movie has."""
        if self != MovieWishes():
            raise UserError("That is for whole movies, every frame of them: add --every-frame.")

    def _eyes(self) -> EyesChoice | None:
        if self.eyes is None:
            if self.eye_distance is not None or self.screen is not None:
                raise UserError("An eye distance needs a kind of film that shows it: add --eyes, such as --eyes sbs.")
            return None
        distance = 1.0 if self.eye_distance is None else self.eye_distance
        if not 0 <= distance <= _MOST_EYE_DISTANCE:
            raise UserError(
                "An eye distance of {value} cannot be shown: give 0 to {most:g}.",
                value=distance,
                most=_MOST_EYE_DISTANCE,
            )
        if self.screen is not None and not 0 <= self.screen <= 1:
            raise UserError("A screen at {value} does not exist: give 0 to 1.", value=self.screen)
        return EyesChoice(distance, self.screen, self.eyes)


def whole_movie(task: DepthTask, wishes: MovieWishes, report: Report) -> Result:
    """Make it, or go on with it. Raises UserError where it cannot be done, Stopped with what is kept."""
    movie = MovieTask(
        task.spec,
        task.folder,
        task.road,
        task.models,
        wishes.outputs(),
        task.rig_file,
        task.frames,
        task.max_distance_m,
        task.min_confidence,
        fps=wishes.fps,
    )

    def show(progress: MovieProgress) -> None:
        report(Progress(progress.done, progress.total, progress.phase))

    proposal = depth_words.swap_proposal(task.road.swap, anew=True)
    proposed = False

    def look(eyes: EyesDecision) -> None:
        nonlocal proposed
        if eyes.proposes_swap:
            note(proposal)
            proposed = True

    stop = StopToken()
    try:
        with heard_by(stop):
            result: Result = export_movie(
                movie, report=show, tell=note, stop=stop, pause=PauseToken(), anew=wishes.anew, look=look
            )
    except UserError:
        if kept := _kept(task.folder):
            note(kept)
        raise
    except (Stopped, KeyboardInterrupt) as stopped:
        raise Stopped(" ".join(("Stopped:", _kept(task.folder) or "nothing was finished yet."))) from stopped
    for told in depth_words.notes(result, None if proposed else proposal):
        note(told)
    return result


def _kept(folder: Path) -> str | None:
    """What stays although it did not end well."""
    try:
        journal = read_journal(folder)
    except UserError:
        return None
    if journal is None or not journal.frames or journal.result is not None:
        return None
    return f"{journal.frames} frame(s) are finished, the same command goes on from there: {folder}"
