"""How every command ends: its result on stdout, everything else on stderr, and the exit code that scripts rely on."""

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, Report

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_STOPPED = 130

Result = dict[str, Any]


class Unfinished(Exception):  # noqa: N818 - a part of it was done
    """What of a work of many parts was done, when not all of it was: a sentence, the exit code and the result."""

    def __init__(self, sentence: str, code: int, result: Result) -> None:
        super().__init__(sentence)
        self.code, self.result = code, result


def carry_out(work: Callable[[], Result], *, as_json: bool, say: Callable[[Result], str]) -> None:
    """Run a command's work and end the process as DESIGN's vocabulary promises.

    With `as_json` the last line of stdout is one JSON object, with `ok` and, on failure, `error`. `Stopped` may carry
    a sentence of what was kept.
    """
    try:
        result = work()
    except UserError as error:
        _fail(str(error), EXIT_BAD_INPUT, as_json=as_json)
    except Unfinished as error:
        _fail(str(error), error.code, as_json=as_json, result=error.result)
    except KeyboardInterrupt:
        _fail("Stopped.", EXIT_STOPPED, as_json=as_json)
    except Stopped as stopped:
        _fail(str(stopped) or "Stopped.", EXIT_STOPPED, as_json=as_json)
    except BrokenPipeError:
        raise typer.Exit(EXIT_FAILED) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:  # noqa: BLE001 - a traceback is no answer, and scripts wait for their object
        last = traceback.format_exception_only(error)[-1].strip().splitlines()[-1]
        _fail(f"Something failed inside DepthView, please report it: {last}", EXIT_FAILED, as_json=as_json)
    if as_json:
        print(json.dumps({"ok": True, **result}, ensure_ascii=False), flush=True)
    else:
        print(say(result), flush=True)


def note(sentence: str) -> None:
    """Something the person should know that is no result."""
    print(sentence, file=sys.stderr, flush=True)


@contextmanager
def progress_bar() -> Iterator[Report]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(progress: Progress) -> None:
            bar.update(task, description=progress.label, completed=progress.done, total=progress.total)

        yield report


def _fail(sentence: str, code: int, *, as_json: bool, result: Result | None = None) -> NoReturn:
    note(sentence)
    if as_json:
        print(json.dumps({"ok": False, "error": sentence, **(result or {})}, ensure_ascii=False), flush=True)
    raise typer.Exit(code)
