"""`make fuzz`: so many mutated files of every format, each to be opened or refused in a sentence. Says what failed."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from depthview.engine.splats.formats.recognition import SplatFormat

AT_ONCE = 2000
"""Files for one child: when it dies, the others go on."""

PATIENCE_S = 600
ROOT = Path(__file__).resolve().parents[2]


def fuzzed(kind: SplatFormat, count: int, first: int, folder: Path) -> list[str]:
    """Throw the files numbered from `first` on at a child after the other; what failed, a line each."""
    failures: list[str] = []
    for start in range(first, first + count, AT_ONCE):
        number = min(AT_ONCE, first + count - start)
        command = [sys.executable, "-m", "tests.fuzz.opened", kind, str(start), str(number), str(folder)]
        try:
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            # Libraries complain of damaged pictures on stderr; of its own the child says nothing there unless it dies.
            ended, said = done.returncode, done.stdout or done.stderr
        except subprocess.TimeoutExpired:
            ended, said = -1, f"no end within {PATIENCE_S} s"
        *lines, last = said.strip().splitlines() or [""]
        if ended not in (0, 1):
            kept = (folder / "current").rename(folder / f"{kind}-ended-{start}")
            lines.append(f"{kept}: the process ended with {ended}: {last}")
        failures += [*lines, last] if ended else []
        print(f"{kind}: {start + number - first} of {count}: {last}", flush=True)
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kinds", nargs="*", type=SplatFormat, metavar="FORMAT", default=list(SplatFormat))
    parser.add_argument("--count", type=int, default=10_000, help="mutated files of each format")
    parser.add_argument("--first", type=int, default=0, help="the number of the first: another one, other files")
    parser.add_argument("--keep", type=Path, help="where files that failed are kept (default: a new folder)")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="depthview-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    failures = [line for kind in asked.kinds for line in fuzzed(kind, asked.count, asked.first, folder)]
    print("\n".join(failures) or "No file did anything but open or be refused.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
