"""A folder of panoramas, from the command line: what is said of it, and how it ends."""

from pathlib import Path

from depthview.commands.outcome import EXIT_BAD_INPUT, EXIT_FAILED, EXIT_STOPPED, Result, Unfinished, note
from depthview.engine.atomic import output_folder
from depthview.engine.errors import Stopped
from depthview.engine.panorama.batch import Done, Order, State, jobs_in, make_all
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.progress import Report


def make_folder(folder: Path, output: Path, order: Order, models: OpenedModels, report: Report) -> Result:
    """Every photo of the folder into a folder of its own under `output`.

    Raises Unfinished, with what became of each, when one failed or the person stopped it; UserError when nothing could
    be begun.
    """
    jobs = jobs_in(folder, output)
    output_folder(output)  # what cannot be written is told before hours of work
    all_done: list[Done] = []
    try:
        for done in make_all(jobs, order, models, report=report):
            all_done.append(done)
            for sentence in done.said:
                note(f"{done.job.photo.name}: {sentence}")
    except (KeyboardInterrupt, Stopped):
        finished = sum(done.state is not State.FAILED for done in all_done)
        sentence = f"Stopped: {finished} of {len(jobs)} photos are finished; the same command goes on from there."
        raise Unfinished(sentence, EXIT_STOPPED, _result(all_done, output)) from None
    for sentence in models.notes:
        note(sentence)
    result = _result(all_done, output)
    failed = [done for done in all_done if done.state is State.FAILED]
    if failed:
        for done in failed:
            note(f"{done.job.photo.name}: {done.fault}")
        sentence = f"{len(failed)} of {len(jobs)} photos failed, {len(jobs) - len(failed)} are finished: {output}"
        raise Unfinished(sentence, EXIT_BAD_INPUT if len(failed) == len(jobs) else EXIT_FAILED, result)
    return result


def _result(all_done: list[Done], output: Path) -> Result:
    counts = {state: sum(done.state is state for done in all_done) for state in State}
    return {
        "folder": str(output),
        "made": counts[State.MADE],
        "finished_before": counts[State.FINISHED],
        "failed": counts[State.FAILED],
        "photos": [
            {
                "photo": str(done.job.photo),
                "folder": str(done.job.folder),
                "state": done.state.value,
                **({"error": str(done.fault)} if done.fault is not None else {}),
            }
            for done in all_done
        ],
    }
