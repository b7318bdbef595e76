"""A model in a process of its own: it answers the same, and when that process breaks, only the model is lost."""

import multiprocessing
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.execution.failure import EngineBroken
from depthview.engine.models.apart import ApartEstimator
from tests.engine.dot_pairs import flat_pair

PAIR = flat_pair(96, 128, 5)
QUICK = Selection("sgm", None, (96, 128))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))


def engines() -> list[BaseProcess]:
    """The processes of models; those that have ended are no longer among them."""
    return [process for process in multiprocessing.active_children() if process.name == "depthview-engine"]


def test_it_answers_as_the_model_itself_does_and_a_lost_process_is_said_and_replaced() -> None:
    expected = SemiGlobalEstimator(QUICK)
    estimator = ApartEstimator(QUICK, (), threads=1)
    assert (estimator.info.title, estimator.info.selection) == (expected.info.title, QUICK)
    for estimate in (estimator.estimate(PAIR), estimator.refine(PAIR)):
        np.testing.assert_array_equal(estimate.values, expected.estimate(PAIR).values)
    (engine,) = engines()
    engine.kill()
    for _picture in range(2):
        with pytest.raises(EngineBroken, match="restart it"):
            estimator.estimate(PAIR)
    assert engines() == []
    estimator.close()
    again = ApartEstimator(QUICK, (), threads=1)
    np.testing.assert_array_equal(again.estimate(PAIR).values, expected.estimate(PAIR).values)
    again.close()
    assert engines() == []


def test_what_cannot_be_opened_is_the_same_sentence_and_leaves_no_process() -> None:
    with pytest.raises(UserError, match="There is no model called nothing: choose one of"):
        ApartEstimator(Selection("nothing"), (), threads=1)
    assert engines() == []
