"""Builds a wheel, unpacks it beside nothing else, and asks the engine in it for the files that ship with DepthView."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_ASK = """
import sys
sys.path.insert(0, sys.argv[1])
import depthview.engine.resources as resources
assert resources.__file__.startswith(sys.argv[1]), resources.__file__
for name in sys.argv[2:]:
    found = resources.resource(name)
    assert str(found).startswith(sys.argv[1]), found
    assert found.is_file(), found
assert resources.sample().clip.is_file()
print("The wheel finds all of its", len(sys.argv) - 2, "files.")
"""


def main() -> None:
    resources = ROOT / "resources"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "."], cwd=resources, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    names = sorted(name for name in tracked if name and (resources / name).is_file())
    with tempfile.TemporaryDirectory() as folder:
        wheels, unpacked = Path(folder, "wheels"), Path(folder, "unpacked")
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "wheel", "--no-deps", "-w", str(wheels), str(ROOT)], check=True)
        (wheel,) = wheels.glob("depthview-*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB", flush=True)
        subprocess.run([*pip, "install", "--no-deps", "--target", str(unpacked), str(wheel)], check=True)
        # -I: neither the folder it starts in nor PYTHONPATH may help.
        subprocess.run([sys.executable, "-I", "-c", _ASK, str(unpacked.resolve()), *names], cwd=folder, check=True)


if __name__ == "__main__":
    main()
