"""What the system must bring beside Python: `python3 tools/system_packages.py window|tests`.

Looks for the things themselves (a library that loads, a program on the path, a font), not for package names, so that it
is right on any Linux. What is missing is installed on Debian and Ubuntu for root; everybody else is told the exact
command. Never stops `make`: a missing library is told twice rather than made a dead end.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# The libraries that Qt and VTK load but no wheel carries, and the Debian package of each. Those that come along with
# another one do not stand here.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libXcursor.so.1": "libxcursor1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
WAYLAND_LIBRARIES = {"libwayland-cursor.so.0": "libwayland-cursor0", "libwayland-egl.so.1": "libwayland-egl1"}
PROGRAMS = {"Xvfb": "xvfb", "xauth": "xauth"}
# Without it, the names of Korean, Japanese and Chinese files are rows of empty boxes.
CJK_FONT_PACKAGE = "fonts-noto-cjk"
CJK_FONT_NAMES = ("*CJK*", "*Nanum*", "*unbatang*", "*UnDotum*", "*wqy-*", "*ipag*", "*DroidSansFallback*")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
APT_TIMEOUT_S = 600


def missing_packages(purpose: str) -> list[str]:
    """The Debian packages that `purpose` (`window` or `tests`) lacks on this machine."""
    wayland = purpose == "window" and os.environ.get("WAYLAND_DISPLAY")
    libraries = LIBRARIES | (WAYLAND_LIBRARIES if wayland else {})
    missing = [package for library, package in libraries.items() if not _loads(library)]
    if purpose == "tests":
        missing += [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    elif not _any_font(CJK_FONT_NAMES):
        missing.append(CJK_FONT_PACKAGE)
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _any_font(names: Iterable[str]) -> bool:
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(next(folder.rglob(name), None) is not None for folder in folders for name in names)


def provide(packages: Sequence[str], purpose: str) -> None:
    """Install the packages, or print the command that does."""
    listed = " ".join(packages)
    if shutil.which("apt-get") is None:
        print(f"! The system lacks parts for the {purpose}. On Debian they are called: {listed}", flush=True)
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        advice = f"sudo apt-get update && sudo {' '.join(install)}"
        print(f"! The system lacks parts for the {purpose}. Run: {advice}", flush=True)
        return
    print(f"Installing system packages for the {purpose}: {listed}", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], install):
        try:
            done = subprocess.run(
                command, env=quiet, capture_output=True, text=True, timeout=APT_TIMEOUT_S, check=False
            )
            problem = "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        except (OSError, subprocess.TimeoutExpired) as error:
            problem = str(error)
        if problem:
            print(f"! {' '.join(command)} did not work ({problem}). Run it yourself and look; going on.", flush=True)
            return


def main() -> None:
    purpose = sys.argv[1] if len(sys.argv) == 2 else ""
    if purpose not in ("window", "tests"):
        sys.exit("usage: system_packages.py window|tests")
    if not sys.platform.startswith("linux"):
        return
    packages = missing_packages(purpose)
    if packages:
        provide(packages, purpose)


if __name__ == "__main__":
    main()
