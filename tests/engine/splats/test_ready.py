"""What drawing needs is compiled once, in a process that ends when it is told to."""

import multiprocessing
from pathlib import Path

import pytest

from depthview.engine import compiled
from depthview.engine.errors import Stopped
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.kernels.ready import make_ready


def test_it_is_made_ready_once() -> None:
    folder = compiled.kept_in()
    assert folder is not None, "the tests' own cache"
    for mark in folder.glob("ready-*"):
        mark.unlink()
    said: list[Progress] = []
    make_ready(said.append, StopToken())
    assert len(said) == 1
    assert list(folder.glob("ready-*"))
    make_ready(said.append, StopToken())
    assert len(said) == 1, "the second time there is nothing to do"


def test_who_does_not_wait_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depthview.engine.splats.kernels.ready.kept_in", lambda: tmp_path)
    stop = StopToken()
    with pytest.raises(Stopped):
        make_ready(lambda _progress: stop.stop(), stop)
    assert not [one for one in multiprocessing.active_children() if one.name == "depthview-kernels"]
    assert not list(tmp_path.glob("ready-*"))


def test_where_nothing_can_be_kept_nothing_is_compiled_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depthview.engine.splats.kernels.ready.kept_in", lambda: None)
    said: list[Progress] = []
    make_ready(said.append, StopToken())
    assert said == []
