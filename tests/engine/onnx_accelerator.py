"""An accelerator that this machine has not: ONNX Runtime's CPU, which calls itself CUDA and fails when told to."""

from collections.abc import Sequence
from typing import Any

import onnxruntime as ort
import pytest

from depthview.engine import runtime
from depthview.engine.execution.devices import CPU, CUDA, Machine


class Accelerator:
    """Stands in for onnxruntime.InferenceSession, and only there. `says` is raised by every run from now on, in every
    session: a context that is poisoned is so for all of them."""

    def __init__(self) -> None:
        self.says = self.fails_to_open = ""
        self.asked: list[list[tuple[str, dict[str, str]]]] = []
        self.runs = 0

    def session(self, path: str, options: Any, *, providers: Sequence[tuple[str, dict[str, str]]]) -> "_Session":
        self.asked.append(list(providers))
        if self.fails_to_open and providers[0][0] == CUDA:
            raise RuntimeError(self.fails_to_open)
        return _Session(self, _REAL(path, options, providers=[CPU]), providers[0][0])


class _Session:
    def __init__(self, owner: Accelerator, real: Any, provider: str) -> None:
        self._owner, self._real, self._provider = owner, real, provider

    def get_providers(self) -> list[str]:
        return [self._provider, CPU]

    def run(self, *arguments: Any) -> Any:
        self._owner.runs += 1
        if self._owner.says and self._provider == CUDA:
            raise RuntimeError(self._owner.says)
        return self._real.run(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


_REAL = ort.InferenceSession


def install(monkeypatch: pytest.MonkeyPatch) -> Accelerator:
    accelerator = Accelerator()
    monkeypatch.setattr(ort, "InferenceSession", accelerator.session)
    monkeypatch.setattr(runtime, "this_machine", lambda: Machine((CUDA, CPU), "a card", "", "1"))
    return accelerator
