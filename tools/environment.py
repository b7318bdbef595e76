"""Make a virtual environment and install DepthView into it: `python3 tools/environment.py FOLDER [--dev | --engine]`.

Without an option: what a person needs to run it. `--dev`: and what the tests and checks need. `--engine`: only what the
engine's tests need, without Qt, VTK and the package itself, to prove that the engine knows no screen.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCREEN = ("pyside6-essentials", "pyqtgraph", "vtk")
ENGINE_TEST_TOOLS = ("pytest", "hypothesis")


def engine_requirements(project: Path = ROOT / "pyproject.toml") -> list[str]:
    """The dependencies in pyproject.toml without the screen's, and with what runs the engine's tests."""
    table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    dependencies = [line for line in table["dependencies"] if _name(line) not in SCREEN]
    tools = [line for line in table["optional-dependencies"]["dev"] if _name(line) in ENGINE_TEST_TOOLS]
    return dependencies + tools


def _name(requirement: str) -> str:
    stop = next((at for at, letter in enumerate(requirement) if letter in "<>=!~;[ @"), len(requirement))
    return requirement[:stop].strip().lower().replace("_", "-")


def make_environment(folder: Path) -> Path:
    """Make the environment, or keep it where it still works. Returns its Python."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if _works(python):
        return python
    print(f"Making a virtual environment: {folder}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(folder)]
    if not _has_venv():
        _provide_venv()
    if subprocess.run(command, check=False).returncode != 0 or not _works(python):
        sys.exit(f"The virtual environment was not made; the lines above say why: {folder}")
    return python


def _works(python: Path) -> bool:
    ask = "import sys, pip; sys.exit(sys.version_info[:2] != tuple(map(int, sys.argv[1:])))"
    version = [str(part) for part in sys.version_info[:2]]
    try:
        return subprocess.run([str(python), "-c", ask, *version], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _has_venv() -> bool:
    """Asked in a process of its own: after apt has installed it, this process would still not see it."""
    command = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _provide_venv() -> None:
    """Debian ships Python without the part that makes environments."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = f"apt-get update && apt-get install -y {package}"
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing a system package for the virtual environment: {package}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["sh", "-c", install], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if _has_venv():
            return
    sys.exit(f"This Python cannot make virtual environments. Run: sudo sh -c '{install}'  ({sys.executable})")


def install(python: Path, wanted: list[str]) -> None:
    """Run pip under the constraints."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    print("Installing what is missing (the first time 3 GB, with NVIDIA's libraries 7 GB; some minutes)", flush=True)
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        *quiet,
        "--disable-pip-version-check",
        "-c",
        "constraints.txt",
        *wanted,
    ]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        sys.exit("pip did not finish; its lines above say why. When the reason is gone, run the same command again.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--dev", action="store_true")
    kind.add_argument("--engine", action="store_true")
    arguments = parser.parse_args()
    python = make_environment(arguments.folder)
    if arguments.engine:
        install(python, engine_requirements())
    else:
        install(python, ["-e", ".[dev]" if arguments.dev else "."])


if __name__ == "__main__":
    main()
