"""The order of splats against numpy's stable one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from depthview.engine.splats.sorting import depth_order

FORWARD = np.array([0.36, 0.48, 0.8])
ALONG_Z = np.array([0.0, 0.0, 1.0])
ANY_FLOAT = st.floats(width=32, allow_nan=True, allow_infinity=True)


def numpys(xyz: np.ndarray, forward: np.ndarray) -> np.ndarray:
    x, y, z = xyz.astype(np.float64).T
    with np.errstate(all="ignore"):
        depth = (x * forward[0] + y * forward[1] + z * forward[2]).astype(np.float32)
    return np.argsort(-depth, kind="stable")


@pytest.mark.parametrize("count", [0, 1, 2, 1000, 200_000])
def test_far_to_near_exactly(count: int) -> None:
    xyz = np.random.default_rng(count).normal(0, 3, (count, 3)).astype(np.float32)
    order = depth_order(xyz, FORWARD)
    assert order.dtype == np.int32
    np.testing.assert_array_equal(order, numpys(xyz, FORWARD))


@settings(max_examples=300, deadline=None)
@given(arrays(np.float32, st.integers(0, 40), elements=ANY_FLOAT))
def test_any_depths_at_all(depth: np.ndarray) -> None:
    """Zeros of both signs, the smallest numbers, infinities; NaN at the end, equal ones in their order."""
    xyz = np.zeros((len(depth), 3), np.float32)
    xyz[:, 2] = depth
    np.testing.assert_array_equal(depth_order(xyz, ALONG_Z), np.argsort(-depth, kind="stable"))


def test_few_far_ones_do_not_coarsen_the_near_ones() -> None:
    """What keys of 16 bits over the whole range would do."""
    xyz = np.zeros((50_002, 3), np.float32)
    xyz[:-2, 2] = np.random.default_rng(1).permutation(np.linspace(1, 1.001, 50_000, dtype=np.float32))
    xyz[-2:, 2] = 1e30, -1e30
    order = depth_order(xyz, ALONG_Z)
    assert (np.diff(xyz[order, 2]) <= 0).all()
    assert (order[0], order[-1]) == (50_000, 50_001)


def test_of_a_subset_its_own_indices_in_the_order_given() -> None:
    xyz = np.random.default_rng(2).normal(0, 1, (1000, 3)).astype(np.float32)
    kept = np.random.default_rng(3).permutation(1000)[:300].astype(np.int32)
    np.testing.assert_array_equal(depth_order(xyz, FORWARD, kept), kept[numpys(xyz[kept], FORWARD)])
    assert len(depth_order(xyz, FORWARD, np.empty(0, np.int32))) == 0


def test_nothing_is_written_to_and_a_mapped_file_is_fine() -> None:
    xyz = np.random.default_rng(4).normal(0, 1, (500, 3)).astype(np.float32)
    kept = np.arange(500, dtype=np.int32)
    xyz.setflags(write=False)
    kept.setflags(write=False)
    np.testing.assert_array_equal(depth_order(xyz, FORWARD, kept), numpys(xyz, FORWARD))
