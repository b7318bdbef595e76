"""DepthView from a checkout: `python main.py [FILE_OR_ADDRESS]...`, or any command of `depthview --help`."""

import faulthandler
import os


def tidy_environment() -> None:
    """Remove what other packages leave behind: OpenCV's full build points Qt at its own, older plug-ins."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


if __name__ == "__main__":
    faulthandler.enable()
    tidy_environment()
    from depthview.cli import main

    main()
