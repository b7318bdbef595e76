"""The child: opens mutated files in little memory, and says which did anything but open or be refused.

`python -m tests.fuzz.opened FORMAT FIRST COUNT FOLDER`: the files numbered from FIRST on. The file at work lies in
FOLDER as `current`, and stays there where it ends the process; others that failed are kept beside it.
"""

import random
import sys
import time
import traceback
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat, may_be_splats
from depthview.engine.splats.formats.table import reader_of
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import SplatScene
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds

MORE_BYTES = 512 << 20
"""What a file of a few kilobytes may ask for beyond what the program has; some kinds may really unpack to much."""

MOST_SECONDS = 10.0


def main(kind: SplatFormat, first: int, count: int, folder: Path) -> int:
    warnings.filterwarnings("error", module="depthview")
    sound = seeds(kind)
    current = folder / "current"
    for seed in sound:
        current.write_bytes(seed.whole())
        if (said := failure(kind, current)) or not _opens(current):
            print(f"{kind}: a sound file: {said or 'is refused'}")
            return 1
    _limit_memory()
    failed = opened = 0
    for number in range(first, first + count):
        draw = random.Random(f"{kind} {number}")
        current.write_bytes(mutated(draw.choice(sound), draw))
        said = failure(kind, current)
        opened += _opens(current)
        if said:
            failed += 1
            kept = current.with_name(f"{kind}-{number}")
            kept.write_bytes(current.read_bytes())
            print(f"{kept}: {said}", flush=True)
    print(f"{opened} of {count} opened")
    return 1 if failed else 0


def _opens(path: Path) -> bool:
    with suppress(UserError):
        open_splats(path)
        return True
    return False


def failure(kind: SplatFormat, path: Path) -> str:
    """What went wrong; nothing where the file opened, or was refused in a sentence."""
    started = time.monotonic()
    try:
        for reader in (open_splats, reader_of(kind)):
            try:
                scene = reader(path)
            except UserError as error:
                said = str(error)
                if not said.endswith(str(path)) or "\n" in said or "not enough memory" in said:
                    return said
                continue
            if isinstance(scene, SplatScene):
                _drawn(scene)
        may_be_splats(path)
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        return traceback.format_exc(limit=-3)
    took = time.monotonic() - started
    return f"took {took:.1f} s" if took > MOST_SECONDS else ""


def _drawn(scene: SplatScene) -> None:
    """What everybody does with a scene that opened."""
    splats = prepared([Placed(scene, Placement())])
    colours = splats.colours(np.zeros(3))
    if not (np.isfinite(splats.xyz).all() and np.isfinite(splats.covariance).all() and np.isfinite(colours).all()):
        raise ValueError("splats that are not finite would be drawn")


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # not on Windows
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MORE_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    sys.exit(main(SplatFormat(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
