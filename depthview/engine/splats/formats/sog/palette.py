"""Many rows of numbers told by their nearest of a palette: k-means with a coarse grid, so that few are compared.

The start is a tree of halves, each cut along the axis that spreads most; Lloyd's steps (1982) then compare a row only
with the entries of its nearest coarse cells (Jegou et al., Product quantization for nearest neighbor search, 2011,
section on inverted files). No chance is used: the same rows give the same palette.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

MOST = 1 << 16

_ROWS_AN_ENTRY = 8
"""At most, that the palette is learned from."""
_STEPS = 5
_CELLS_NEAR = 12
_AT_ONCE = 1 << 18

Labels = NDArray[np.uint16]


def palette(rows: Floats, report: Callable[[float], None], size: int = MOST) -> tuple[Floats, Labels]:
    """(P, D) entries, and (N,) which of them is nearest. P is how many kinds of rows there are, at most `size`.

    `rows` (N, D) float32, finite, N at least 1; `size` a power of two up to 65536. `report` is called with 0 to 1; what
    it raises ends the work.
    """
    alike = _few_kinds(rows, size)
    if alike is not None:
        return alike
    each = min(_ROWS_AN_ENTRY, len(rows) // size)
    learned = rows[np.linspace(0, len(rows) - 1, size * each).astype(np.int64)]
    entries = _halved(learned, size)
    for step in range(_STEPS):
        labels = _nearest(entries, learned, partial(_told, report, step, 1))
        entries = _means(learned, labels, entries)
    return entries, _nearest(entries, rows, partial(_told, report, _STEPS, 2))


def _told(report: Callable[[float], None], done: int, part: int, share: float) -> None:
    """Say that this share of a part is done after so many steps."""
    report((done + part * share) / (_STEPS + 2))


def _few_kinds(rows: Floats, size: int) -> tuple[Floats, Labels] | None:
    """The rows' own kinds where a palette has room for all of them, as in what was read from one."""
    if len(np.unique(_sums(rows[:: max(1, len(rows) // (2 * size))]))) > size:
        return None
    _, first, labels = np.unique(_sums(rows), return_index=True, return_inverse=True)
    if len(first) > size or not np.array_equal(rows[first[labels]], rows):
        return None
    return rows[first], labels.astype(np.uint16)


def _sums(rows: Floats) -> NDArray[np.uint64]:
    """(N,) equal for equal rows, and hardly ever for others."""
    found = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        found = (found ^ np.ascontiguousarray(column).view(np.uint32)) * np.uint64(0x9E3779B97F4A7C15)
        found ^= found >> np.uint64(29)
    return found


def _halved(rows: Floats, size: int) -> Floats:
    """(size, D) means of equally many rows each; what lies together in the tree lies together in the list."""
    nodes = rows[None]
    while len(nodes) < size:
        axis = nodes.var(axis=1).argmax(axis=1)
        along = np.take_along_axis(nodes, axis[:, None, None], axis=2)[..., 0]
        order = np.argpartition(along, nodes.shape[1] // 2, axis=1)
        nodes = np.take_along_axis(nodes, order[..., None], axis=1).reshape(2 * len(nodes), -1, rows.shape[1])
    return np.asarray(nodes.mean(axis=1), np.float32)


def _nearest(entries: Floats, rows: Floats, report: Callable[[float], None]) -> Labels:
    """(N,) the nearest entry among those of the coarse cells near a row's own cell."""
    cells = 1 << (len(entries).bit_length() // 2)
    middles = entries.reshape(cells, len(entries) // cells, -1).mean(axis=1)
    for _ in range(_STEPS):
        middles = _means(entries, _closest(entries, middles), middles)
    apart = ((middles[:, None] - middles) ** 2).sum(axis=2)
    near = np.argsort(apart, axis=1, kind="stable")[:, :_CELLS_NEAR]
    members = _members(_closest(entries, middles), cells)
    labels = np.empty(len(rows), np.uint16)
    for cell, mine in enumerate(_members(_closest(rows, middles), cells)):
        report(cell / cells)
        candidates = np.concatenate([members[other] for other in near[cell]])
        labels[mine] = candidates[_closest(rows[mine], entries[candidates])]
    return labels


def _members(homes: NDArray[np.intp], cells: int) -> list[NDArray[np.intp]]:
    """Of each cell, the indices that are at home there."""
    order = np.argsort(homes, kind="stable")
    return np.split(order, np.searchsorted(homes[order], np.arange(1, cells)))


def _closest(rows: Floats, others: Floats) -> NDArray[np.intp]:
    """(N,) which of `others` (M, D) is nearest. Rows are taken in parts whose (n, M) distances fit into a cache."""
    # |r - o|^2 less |r|^2, which is the same for all others, as one product: (r, 1) with (-2 o, |o|^2).
    turned = np.concatenate([-2 * others.T, np.einsum("md,md->m", others, others)[None]])
    lengthened = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
    part = max(16, _AT_ONCE // len(others))
    found = np.empty(len(rows), np.intp)
    for first in range(0, len(rows), part):
        (lengthened[first : first + part] @ turned).argmin(axis=1, out=found[first : first + part])
    return found


def _means(rows: Floats, labels: NDArray[np.integer], entries: Floats) -> Floats:
    """The means of the rows that chose an entry; entries that nobody chose stay."""
    # Once, instead of once for every column.
    labels = labels.astype(np.intp)
    count = np.bincount(labels, minlength=len(entries))
    sums = np.stack([np.bincount(labels, column, minlength=len(entries)) for column in rows.T], axis=1)
    chosen = count > 0
    found = entries.copy()
    found[chosen] = sums[chosen] / count[chosen, None]
    return found
