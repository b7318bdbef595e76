"""The entry: `depthview [FILE_OR_ADDRESS]...` opens the window, a verb does the same work without it."""

import faulthandler
import os
import sys

VERBS = frozenset({"depth", "calibrate", "live", "panorama", "splats", "models", "compare", "similarity", "doctor"})


def main() -> None:
    """The entry point of `depthview` and of main.py. Neither half imports the other's weight."""
    if sys.stderr is not None:  # a program without a console on Windows has none
        faulthandler.enable()
    tidy_environment()
    arguments = sys.argv[1:]
    if arguments and (arguments[0] in VERBS or arguments[0].startswith("-")):
        from depthview.commands.app import app

        app(prog_name="depthview")
    else:
        from depthview.ui.app import run

        sys.exit(run(arguments))


def tidy_environment() -> None:
    """Remove what other packages leave behind: OpenCV's full build points Qt at its own, older plug-ins.

    OpenBLAS, with which OpenCV and numpy solve equations, is held to one thread: its threads wait for each other
    without sleeping, and on a busy machine a second of calibrating took four minutes.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
