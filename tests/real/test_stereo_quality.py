"""What the bundled network is for: on photographs and films it is better than HITNet and than matching alone.

The figures themselves are made by `python -m benchmarks.stereo_quality`; here they are held.
"""

from contextlib import closing
from functools import cache

import numpy as np
import pytest

from benchmarks.stereo_judge import judge
from benchmarks.stereo_methods import GRAPHS, HITNET_FILE, Ours, open_hitnet, run_ours, stock_sgbm
from benchmarks.stereo_pairs import DATA, KnownPair
from benchmarks.stereo_sets import find_pairs

FILES = find_pairs(DATA / "stereo")
NAMES = [files.name for files in FILES]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILES, reason=f"no pairs with ground truth at {DATA / 'stereo'}"),
    pytest.mark.skipif(not (GRAPHS / "update.onnx").is_file(), reason=f"the network is not shipped yet: {GRAPHS}"),
]


@cache
def pair_called(name: str) -> KnownPair:
    return FILES[NAMES.index(name)].load()


@cache
def bad_of_ours(name: str) -> float:
    pair = pair_called(name)
    return judge(pair, run_ours(pair, Ours()).values).bad


@pytest.mark.parametrize("name", NAMES)
def test_it_beats_stock_matching_on_every_pair(name: str) -> None:
    pair = pair_called(name)
    assert bad_of_ours(name) < judge(pair, stock_sgbm(pair)).bad


@pytest.mark.skipif(not HITNET_FILE.is_file(), reason=f"no model at {HITNET_FILE}")
def test_it_is_a_quarter_better_than_hitnet() -> None:
    with closing(open_hitnet()) as hitnet:
        theirs = [judge(pair, hitnet.estimate(pair.frame).values).bad for pair in map(pair_called, NAMES)]
    assert np.mean([bad_of_ours(name) for name in NAMES]) <= 0.75 * np.mean(theirs)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_is_sure_of_is_more_often_right(name: str) -> None:
    pair = pair_called(name)
    answer = run_ours(pair, Ours())
    score = judge(pair, answer.values, answer.confidence)
    assert score.sure is not None
    assert score.bad_sure is not None
    assert score.sure > 0.5
    assert score.bad_sure < score.bad
