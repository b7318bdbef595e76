"""The pictures that a comparison is made on: eyes, order and pairs are found as everywhere else."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout, Meaning
from depthview.engine.models.comparison.run import Sample
from depthview.engine.models.comparison.truth import read_truth
from depthview.engine.sources import Notice, SourceInfo, SourceKind, open_source
from depthview.engine.sources.names import eye_of, left_first, numbered_pair
from depthview.engine.stereo.prepare.choices import UNTOUCHED, PreparationChoices
from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.prepare.preparer import PairPreparer

MOST_PIXELS = 100_000_000
"""Of one eye, all pictures together: they and the reference's answers stay in memory, two gigabytes at the most."""


def read_samples(
    items: Sequence[str],
    *,
    layout: Layout | None = None,
    swap: bool | None = None,
    truths: Sequence[Path] = (),
    truth_scale: float | None = None,
    truth_meaning: Meaning = Meaning.DISPARITY,
) -> tuple[list[Sample], list[str]]:
    """All pictures that `items` name, and what there is to say about them.

    Two items are the two eyes, unless `layout` says that each holds both; among more, names that tell the eyes apart
    make pairs. A folder gives all its pictures, a film its middle. `truths` belong to the pictures in their order.
    Raises UserError when something cannot be read, or when there are not as many truths as pictures.
    """
    samples: list[Sample] = []
    notices: list[str] = []
    pixels = 0
    # A truth is of the picture as it is: nothing may be cut, turned or moved.
    choices = UNTOUCHED if truths else PreparationChoices()
    for spec in group(items, packed=layout is not None and layout is not Layout.SEPARATE):
        for found in _samples_of(spec, layout, swap, choices):
            if isinstance(found, Notice):
                notices.append(found.text)
                continue
            pixels += found.pair.left.shape[0] * found.pair.left.shape[1]
            if pixels > MOST_PIXELS:
                raise UserError(
                    "These pictures are too many or too large to be compared together: give fewer, {most} million "
                    "pixels at the most.",
                    most=MOST_PIXELS // 1_000_000,
                )
            samples.append(found)
    if not samples:
        raise UserError("No picture could be read here: choose other pictures: {spec}", spec=", ".join(items))
    if not truths:
        return samples, notices
    if len(truths) != len(samples):
        raise UserError(
            "There are {truths} ground truths for {pictures} pictures: give one for each, in their order.",
            truths=len(truths),
            pictures=len(samples),
        )
    for index, path in enumerate(truths):
        truth = read_truth(path, samples[index].pair.size_hw, scale=truth_scale, meaning=truth_meaning)
        samples[index] = replace(samples[index], truth=truth)
    return samples, notices


def group(items: Sequence[str], *, packed: bool) -> list[tuple[str, ...]]:
    """Which items belong together: pairs of eyes, left first, and what stands alone."""
    if packed or len(items) == 1:
        return [(item,) for item in items]
    if len(items) == 2:
        return [left_first(items)]
    partners: dict[tuple[str, str], dict[str, str]] = {}
    for folder, names in _by_folder(items).items():
        if pair := numbered_pair(list(names)):
            partners[folder, "numbered"] = {"left": names[pair[0]], "right": names[pair[1]]}
        for name, item in names.items():
            if found := eye_of(name):
                partners.setdefault((folder, found[0]), {}).setdefault(found[1], item)
    pairs = {eyes["left"]: (eyes["left"], eyes["right"]) for eyes in partners.values() if len(eyes) == 2}
    taken = {item for pair in pairs.values() for item in pair}
    return [pairs.get(item, (item,)) for item in items if item in pairs or item not in taken]


def _by_folder(items: Sequence[str]) -> dict[str, dict[str, str]]:
    folders: dict[str, dict[str, str]] = {}
    for item in items:
        path = Path(item)
        folders.setdefault(str(path.parent), {})[path.name] = item
    return folders


def _samples_of(
    spec: tuple[str, ...], layout: Layout | None, swap: bool | None, choices: PreparationChoices
) -> Iterator[Sample | Notice]:
    with closing(open_source(spec)) as source:
        info = source.info
        if info.kind is SourceKind.VIDEO and info.seekable and info.duration_s:
            source.seek(info.duration_s / 2)
        while (item := source.read()) is not None:
            if isinstance(item, Notice):
                yield item
                continue
            yield from _divided(item, info, layout, swap, choices)
            if info.kind in (SourceKind.VIDEO, SourceKind.LIVE):
                return


def _divided(
    frame: Frame, info: SourceInfo, layout: Layout | None, swap: bool | None, choices: PreparationChoices
) -> Iterator[Sample | Notice]:
    """The eyes of `frame`, ready to be compared, and a notice where they look exchanged."""
    preparer = PairPreparer(info.hint, info.title, PairJudge())
    has_two_eyes = preparer.layout_of(frame, layout) is not Layout.MONO
    prepared, decision = preparer.prepare(frame, layout, swap, choices, eyes=2 if has_two_eyes else 1)
    if swap is None and decision.proposes_swap:
        yield Notice(f"The eyes look swapped (cross-eye), try again with --swap: {info.title}")
    yield Sample(info.title, prepared.matched, has_two_eyes=has_two_eyes)
