"""Which way is up, by the straight edges of what people build: many of them stand, and most of the others lie level.

Votes for the direction in which standing edges meet, then a robust fit in which the level ones help: the directions in
which those meet lie a right angle from it, whatever angles are between them (Schindler and Dellaert, "Atlanta world",
CVPR 2004). The fit is iteratively reweighted least squares with the weights of Geman and McClure; whether the edges
tell anything is judged by how many would meet by chance (Desolneux, Moisan and Morel, "A contrario", 2000).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.panorama.levelling.segments import Segments

Vectors = NDArray[np.float64]

LARGEST_TILT_DEG = 50
_FEWEST = 10
_GRID_DEG = 2.0
_VOTERS = 600
_VOTE_DEG = 2.5
_CANDIDATES = 12
_APART_DEG = 6.0
_BLIND_SINE = math.sin(math.radians(12))
"""Whether what is so near to a direction points to it cannot be seen."""
_HORIZON_COSINE = math.cos(math.radians(15))
"""What runs so near along the horizon meets it nowhere in particular."""
_AZIMUTHS = 180
_MOST_LEVELS = 4
_SCORED_LEVELS = 2
_LEAST_VOTES = 0.08
_FIT_DEG = (2.0, 1.5, 1.0, 0.7, 0.5, 0.5, 0.5, 0.5)
_LARGEST_STEP = 0.1
_STANDING_DEG = 1.5
_MOST_CHANCE = 1e-3
_MOST_DOUBT_DEG = 0.5


@dataclass(frozen=True, slots=True)
class Upright:
    """`up`: (3,) float64, a unit vector; `doubt_deg`: what it may be off, one standard deviation of the fit."""

    up: Vectors
    doubt_deg: float


def upright_of(segments: Segments) -> Upright | None:
    """The direction that is up; None where as many edges might meet anywhere, or where they meet nowhere in particular.

    It is looked for within `LARGEST_TILT_DEG` of the photo's own.
    """
    if len(segments) < _FEWEST:
        return None
    best, most = None, 0.0
    for up in _candidates(segments):
        levels = _level_azimuths(segments, up)
        score = float(_standing_votes(segments, up[None])[0]) + sum(votes for _, votes in levels[:_SCORED_LEVELS])
        if score > most:
            least = _LEAST_VOTES * segments.length_rad.sum()
            best, most = (up, np.array([azimuth for azimuth, votes in levels if votes > least])), score
    if best is None:
        return None
    found = _fitted(segments, *best)
    return found if found.doubt_deg <= _MOST_DOUBT_DEG and _more_than_chance(segments, found.up) else None


def _pointing(segments: Segments, towards: Vectors) -> tuple[Vectors, Vectors]:
    """(N, K) each: the angle, radians, by which segments miss the (K, 3) directions, and the sine of how far off."""
    away = np.sqrt(np.clip(1 - (segments.middle @ towards.T) ** 2, 1e-6, None))
    return np.arcsin(np.clip(np.abs(segments.normal @ towards.T) / away, 0, 1)), away


def _standing_votes(segments: Segments, towards: Vectors) -> Vectors:
    """(K,): the length of what points to each of the (K, 3) directions."""
    miss, away = _pointing(segments, towards)
    votes = np.exp(-((miss / math.radians(_VOTE_DEG)) ** 2)) * (away > _BLIND_SINE)
    return np.asarray(segments.length_rad @ votes)


def _candidates(segments: Segments) -> list[Vectors]:
    """The directions, not far from the zenith, in which most of the longest segments meet; apart from each other."""
    steps = np.radians(np.arange(-LARGEST_TILT_DEG, LARGEST_TILT_DEG + 0.1, _GRID_DEG))
    across, along = (grid.ravel() for grid in np.meshgrid(steps, steps))
    tilt = np.hypot(across, along)
    spread = np.sinc(tilt / math.pi)
    towards = np.stack([across * spread, -np.cos(tilt), along * spread], axis=-1)[tilt <= steps[-1]]
    votes = _standing_votes(segments.taken(np.argsort(-segments.length_rad)[:_VOTERS]), towards)
    found: list[Vectors] = []
    for number in np.argsort(-votes):
        if votes[number] <= 0 or len(found) == _CANDIDATES:
            break
        if all(towards[number] @ other < math.cos(math.radians(_APART_DEG)) for other in found):
            found.append(towards[number])
    return found


def _plane(up: Vectors) -> Vectors:
    """(2, 3): two directions at right angles to it and to each other."""
    first = np.cross(up, np.array([0.0, 0.0, 1.0] if abs(up[2]) < 0.9 else [1.0, 0.0, 0.0]))
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(up, first)])


def _level_azimuths(segments: Segments, up: Vectors) -> list[tuple[float, float]]:
    """The azimuths, radians in `_plane(up)`, in which level segments meet, and the votes for each; the best first."""
    miss = _pointing(segments, up[None])[0][:, 0]
    free = (miss > math.radians(2 * _VOTE_DEG)) & (np.abs(segments.normal @ up) < _HORIZON_COSINE)
    meeting = np.cross(segments.normal[free], up) @ _plane(up).T
    place = (np.arctan2(meeting[:, 1], meeting[:, 0]) / math.pi * _AZIMUTHS).astype(int) % _AZIMUTHS
    votes = np.bincount(place, segments.length_rad[free], _AZIMUTHS)
    votes = np.sum([np.roll(votes, step) * (1 - abs(step) / 3) for step in range(-2, 3)], axis=0)
    found: list[tuple[float, float]] = []
    while len(found) < _MOST_LEVELS:
        peak = int(np.argmax(votes))
        found.append(((peak + 0.5) * math.pi / _AZIMUTHS, float(votes[peak])))
        votes[(peak + np.arange(-6, 7)) % _AZIMUTHS] = 0
    return found


def _fitted(segments: Segments, up: Vectors, azimuths: Vectors) -> Upright:
    """`up` turned, and the level directions with it and in their plane, until segments miss them the least."""
    doubt_rad = math.inf
    for width_deg in _FIT_DEG:
        plane = _plane(up)
        towards = np.concatenate([up[None], np.stack([np.cos(azimuths), np.sin(azimuths)], axis=-1) @ plane])
        miss, away = _pointing(segments, towards)
        miss[away <= _BLIND_SINE] = math.pi
        mine = miss.argmin(axis=1)[:, None]
        width = math.radians(width_deg)
        weight = segments.length_rad / (1 + (np.take_along_axis(miss, mine, 1)[:, 0] / width) ** 2) ** 2
        per_sine = 1 / np.take_along_axis(away, mine, 1)[:, 0]
        residual = np.take_along_axis(segments.normal @ towards.T, mine, 1)[:, 0] * per_sine
        slope = _slopes(segments, up, plane, azimuths, mine[:, 0]) * per_sine[:, None]
        square = (slope * weight[:, None]).T @ slope + 1e-9 * np.eye(slope.shape[1])
        inverse = np.linalg.inv(square)
        step = np.clip(-inverse @ (slope.T @ (weight * residual)), -_LARGEST_STEP, _LARGEST_STEP)
        spread = (slope * (weight * residual)[:, None]).T
        doubt_rad = float(np.linalg.norm((inverse @ spread)[:2]))
        up = up + step[:2] @ plane
        up /= np.linalg.norm(up)
        azimuths = azimuths + step[2:]
    return Upright(up, math.degrees(doubt_rad))


def _slopes(segments: Segments, up: Vectors, plane: Vectors, azimuths: Vectors, mine: NDArray[np.intp]) -> Vectors:
    """(N, 2 + K): how normal . direction changes as `up` moves along its plane and each azimuth grows.

    `mine` is which direction each segment is held to: 0 `up`, then the level ones. These stay at right angles to `up`,
    so they sink by what it comes towards them.
    """
    slope = np.zeros((len(segments), 2 + len(azimuths)))
    along = segments.normal @ plane.T
    standing = mine == 0
    slope[standing, :2] = along[standing]
    for number, azimuth in enumerate(azimuths):
        held = mine == number + 1
        own = np.array([math.cos(azimuth), math.sin(azimuth)])
        slope[held, :2] = -(segments.normal[held] @ up)[:, None] * own
        slope[held, 2 + number] = along[held] @ np.array([-own[1], own[0]])
    return slope


def _more_than_chance(segments: Segments, up: Vectors) -> bool:
    """Whether more segments stand than would, somewhere among all the places looked at, if all lay anyhow."""
    miss, away = _pointing(segments, up[None])
    seen = away[:, 0] > _BLIND_SINE
    tried, standing = int(seen.sum()), int((miss[seen, 0] < math.radians(_STANDING_DEG)).sum())
    places = math.pi * (LARGEST_TILT_DEG / _STANDING_DEG) ** 2
    chance = 2 * _STANDING_DEG / 180
    # Hoeffding's bound of the binomial tail.
    share = standing / max(tried, 1)
    if share <= chance or share == 1:
        return share == 1 and places * chance**tried < _MOST_CHANCE
    bits = share * math.log(share / chance) + (1 - share) * math.log((1 - share) / (1 - chance))
    return math.log(places) - tried * bits < math.log(_MOST_CHANCE)
