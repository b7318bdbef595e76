"""A model that runs in a process of its own: what breaks there for good ends with that process, and a new one is well.

A CUDA context belongs to its process, and once it is poisoned nothing on that card works there any more. So the engine
that a person restarts is one apart from the window, which goes on (notes/ecosystem.md 5). Pictures and answers are
copied from process to process.
"""

import contextlib
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.execution.devices import Device
from depthview.engine.execution.failure import EngineBroken, OutOfMemory
from depthview.engine.frames import StereoPair
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelLibrary

OPENED_WITHIN_S = 1800.0
"""A file may be tried out first, and TensorRT may build for minutes."""
ANSWERED_WITHIN_S = 120.0
_LOOK_S = 0.1
_END_WITHIN_S = 0.5


@dataclass(frozen=True, slots=True)
class _Said:
    """What comes back: how it stands, and an answer to what was asked; or what a UserError was made of."""

    info: EstimatorInfo | None = None
    estimate: Estimate | None = None
    fault: tuple[str, str, str, dict[str, Any]] | None = None


class ApartEstimator:
    """The estimator of a selection among the models of `files` and of the models folder, in a process of its own.

    It is guarded there as `GuardedEstimator` says. For one thread; `close` ends the process.
    """

    def __init__(self, selection: Selection, files: Sequence[Path], *, threads: int | None = None) -> None:
        """Raises UserError as the model library does, EngineBroken when the process does not come to it."""
        self._device = "this computer" if selection.device is Device.AUTO else selection.device.value
        self._info: EstimatorInfo | None = None
        fresh = multiprocessing.get_context("spawn")  # a fork would inherit the broken context
        self._connection, theirs = fresh.Pipe()
        arguments = (theirs, selection, tuple(files), threads)
        self._process = fresh.Process(target=_serve, args=arguments, name="depthview-engine", daemon=True)
        self._process.start()
        theirs.close()
        self._hear(OPENED_WITHIN_S)

    @property
    def info(self) -> EstimatorInfo:
        """What really runs there."""
        assert self._info is not None  # it was opened
        return self._info

    def estimate(self, pair: StereoPair) -> Estimate:
        """As the estimator there; EngineBroken also when its process ended or does not answer."""
        return self._ask(pair, refines=False)

    def refine(self, pair: StereoPair) -> Estimate:
        """As the estimator there."""
        return self._ask(pair, refines=True)

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(_END_WITHIN_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(_END_WITHIN_S)

    def _ask(self, pair: StereoPair, *, refines: bool) -> Estimate:
        try:
            self._connection.send((pair, refines))
        except OSError as error:
            raise EngineBroken(self._device, f"Its process has ended: {error!r}") from error
        said = self._hear(ANSWERED_WITHIN_S)
        assert said.estimate is not None
        return said.estimate

    def _hear(self, within_s: float) -> _Said:
        deadline = time.monotonic() + within_s
        try:
            while not self._connection.poll(_LOOK_S):
                if time.monotonic() > deadline:
                    raise EngineBroken(self._device, f"Its process did not answer within {within_s:.0f} s.")
            said: _Said = self._connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise EngineBroken(self._device, f"Its process ended with {self._process.exitcode}.") from error
        except EngineBroken:
            self.close()
            raise
        if said.info is not None:
            self._info, self._device = said.info, said.info.provider
        if said.fault is not None:
            if self._info is None or said.fault[0] == EngineBroken.__name__:
                self.close()
            raise _error_of(*said.fault)
        return said


def _serve(connection: Connection, selection: Selection, files: Sequence[Path], threads: int | None) -> None:
    """The child: answers until the other end is closed, which also happens when the parent dies."""
    library = ModelLibrary(files)
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        try:
            estimator = GuardedEstimator(
                selection,
                library.find(selection.model_id),
                lambda wanted: library.open_estimator(wanted, threads=threads),
            )
        except UserError as error:
            connection.send(_Said(fault=_parts_of(error)))
            return
        connection.send(_Said(estimator.info))
        while True:
            pair, refines = connection.recv()
            try:
                estimate = estimator.refine(pair) if refines else estimator.estimate(pair)
            except UserError as error:
                connection.send(_Said(estimator.info, fault=_parts_of(error)))
            except Exception as error:  # noqa: BLE001 - one bad picture or model must not end the process
                fault = UserError("The model failed on this picture: choose another one.", details=repr(error))
                connection.send(_Said(estimator.info, fault=_parts_of(fault)))
            else:
                connection.send(_Said(estimator.info, estimate))


def _parts_of(error: UserError) -> tuple[str, str, str, dict[str, Any]]:
    """An error as it can travel: exceptions that take words of their own cannot be pickled."""
    return type(error).__name__, error.template, error.details, {key: str(value) for key, value in error.values.items()}


def _error_of(kind: str, template: str, details: str, values: dict[str, Any]) -> UserError:
    if kind == EngineBroken.__name__:
        return EngineBroken(values["device"], details)
    return OutOfMemory(details) if kind == OutOfMemory.__name__ else UserError(template, details=details, **values)
