"""What a folder of photos or a video is good for, said before hours are spent on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.capture.photos.judging import Hint, check_enough, hints_about
from depthview.engine.capture.photos.listing import list_photos
from depthview.engine.capture.photos.looking import PhotoFacts, look_at
from depthview.engine.capture.photos.room import GIB, Needed, check_disk, free_memory_bytes, needed
from depthview.engine.capture.photos.video import Footage, look_at_video
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress

LONGEST_PX = 3200
"""The longer side up to which photos are kept for a job: COLMAP searches no larger ones."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that is not used, and the sentence that says why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Preflight:
    """What to go on with (`photos`, or `video` alone), what was left out, and what could be better."""

    photos: tuple[PhotoFacts, ...]
    video: Footage | None
    left_out: tuple[LeftOut, ...]
    hints: tuple[Hint, ...]
    needed: Needed

    def sizes_px(self, frame_count: int) -> list[tuple[int, int]]:
        """(width, height) of the photos, or of so many frames of the video."""
        if self.video is not None:
            return [self.video.size_px] * frame_count
        return [photo.size_px for photo in self.photos]

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything there is to say, in English."""
        return (*(f"{left.path.name} is left out: {left.reason}" for left in self.left_out), *map(str, self.hints))


def preflight(
    inputs: Sequence[Path],
    folder: Path | None = None,
    *,
    frame_count: int = 150,
    max_size_px: int = 1600,
    max_splats: int = 1_000_000,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
) -> Preflight:
    """Look at photos, or at a video of which `frame_count` frames will be taken, for a job in `folder`.

    A photo that cannot be read is left out with its reason. Raises UserError where nothing can be made of it: no
    photos, fewer than three, all of them the same, a folder that may not be written to, too little disk. Raises Stopped
    when told to stop.
    """
    listing = list_photos(inputs)
    longest_px = max(LONGEST_PX, max_size_px)
    if listing.video is not None:
        footage = look_at_video(listing.video)
        asked = needed([footage.size_px] * frame_count, longest_px, max_size_px, max_splats)
        if folder is not None:
            check_disk(folder, asked.disk_bytes)
        return Preflight((), footage, (), _memory_hints(asked), asked)
    facts, left_out = _look_at_all(listing.photos, report, stop or StopToken())
    if not facts:
        raise UserError(
            "None of the {count} photos can be read: save them as JPEG or PNG: {path}",
            count=len(left_out),
            details="\n".join(left.reason for left in left_out),
            path=inputs[0],
        )
    check_enough(facts, inputs[0])
    asked = needed([photo.size_px for photo in facts], longest_px, max_size_px, max_splats)
    if folder is not None:
        check_disk(folder, asked.disk_bytes)
    return Preflight(tuple(facts), None, tuple(left_out), (*hints_about(facts), *_memory_hints(asked)), asked)


def _look_at_all(paths: Sequence[Path], report: Report, stop: StopToken) -> tuple[list[PhotoFacts], list[LeftOut]]:
    facts: list[PhotoFacts] = []
    left_out: list[LeftOut] = []
    for number, path in enumerate(paths):
        stop.raise_if_stopped()
        report(Progress(number, len(paths), f"Looking at {path.name}"))
        try:
            facts.append(look_at(path))
        except UserError as error:
            left_out.append(LeftOut(path, str(error)))
    return facts, left_out


def _memory_hints(asked: Needed) -> tuple[Hint, ...]:
    free = free_memory_bytes()
    if free >= asked.memory_bytes:
        return ()
    values = (("needed_gib", asked.memory_bytes / GIB), ("free_gib", free / GIB))
    sentence = (
        "This may need {needed_gib:.1f} GiB of memory and {free_gib:.1f} GiB are free: close programs or ask for less"
    )
    return (Hint(sentence, values),)
