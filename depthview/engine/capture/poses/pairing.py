"""Which photos are compared with which: (first, second) numbers of the photos in their order, each pair once."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pairs = list[tuple[int, int]]

NEIGHBOURS_IN_A_ROW = 10
_KEY_FRAMES_EVERY = 10
_MOST_KEY_FRAMES = 60
_BLOCK = 10
_WORDS = 64
_SAMPLED = 20_000


def every_pair(count: int) -> Pairs:
    """Each photo with each later one, block by block: a photo is loaded and indexed once for ten others."""
    return _block_by_block([(a, b) for a in range(count) for b in range(a + 1, count)])


def in_a_row(count: int) -> Pairs:
    """Frames of a video: each with the next ten, with those 16, 32, 64 ... on, and key frames with all key frames.

    The key frames close a loop when the camera comes back, which COLMAP finds with a vocabulary tree that it downloads.
    """
    near = [(a, a + step) for a in range(count) for step in range(1, NEIGHBOURS_IN_A_ROW + 1)]
    far = [(a, a + (1 << power)) for a in range(count) for power in range(4, max(count, 2).bit_length())]
    every = max(_KEY_FRAMES_EVERY, -(-count // _MOST_KEY_FRAMES))
    keys = [(a, b) for a in range(0, count, every) for b in range(a + every, count, every)]
    return _block_by_block(sorted({pair for pair in near + far + keys if pair[1] < count}))


def nearest(places: NDArray[np.float64], neighbours: int) -> Pairs:
    """Each photo with those nearest by place, (N, 3) in metres; photos whose place is NaN with all others."""
    found: set[tuple[int, int]] = set()
    known = np.asarray(np.isfinite(places).all(axis=1))
    for a in range(len(places)):
        if not known[a]:
            others = np.arange(len(places))
        else:
            apart = np.where(known, np.linalg.norm(np.where(known[:, None], places, 0) - places[a], axis=1), np.inf)
            others = np.argsort(apart, kind="stable")[: neighbours + 1]
        found.update((min(a, int(b)), max(a, int(b))) for b in others if b != a)
    return _block_by_block(sorted(found))


def most_alike(descriptors: Sequence[NDArray[np.uint8]], neighbours: int) -> Pairs:
    """Each photo with those that look most like it, and with the next few in order.

    `descriptors`: (features, 128) uint8 SIFT of each photo. Likeness is the cosine of VLAD vectors over a vocabulary of
    64 words learnt from these very photos (Jégou et al., "Aggregating local descriptors into a compact image
    representation", CVPR 2010): nothing is downloaded, and as a first choice it need not be as sharp as a tree.
    """
    count = len(descriptors)
    vectors = _vlad(descriptors)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    found = {(a, a + step) for a in range(count) for step in range(1, 6) if a + step < count}
    for a in range(count):
        for b in np.argsort(-alike[a], kind="stable")[:neighbours]:
            if int(b) != a:
                found.add((min(a, int(b)), max(a, int(b))))
    return _block_by_block(sorted(found))


def _vlad(descriptors: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    random = np.random.default_rng(0)
    each = max(1, _SAMPLED // max(1, len(descriptors)))
    sample = [d[random.permutation(len(d))[:each]] for d in descriptors if len(d)]
    vectors = np.zeros((len(descriptors), _WORDS * 128), np.float32)
    pool = np.concatenate(sample).astype(np.float32) if sample else np.zeros((0, 128), np.float32)
    if len(pool) < _WORDS:
        return vectors
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, 10, 1e-3)
    empty = np.empty((0,), np.int32)
    words = np.asarray(cv2.kmeans(pool, _WORDS, empty, criteria, 1, cv2.KMEANS_PP_CENTERS)[2], np.float32)
    for row, found in enumerate(descriptors):
        if not len(found):
            continue
        values = found.astype(np.float32)
        word = np.argmin((words**2).sum(1) - 2 * values @ words.T, axis=1)
        sums = np.zeros((_WORDS, 128), np.float32)
        np.add.at(sums, word, values - words[word])
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        sums /= np.where(lengths > 0, lengths, 1)
        vectors[row] = sums.reshape(-1) / max(float(np.linalg.norm(sums)), 1e-12)
    return vectors


def _block_by_block(pairs: Pairs) -> Pairs:
    return sorted(pairs, key=lambda pair: (pair[0] // _BLOCK, pair[1] // _BLOCK, pair))
