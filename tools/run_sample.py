"""What `make run` runs: the window on the bundled sample or, where no window can open, the same session without one."""

import os
import subprocess
import sys
from pathlib import Path

from depthview.engine.resources import sample

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = "depthview-output"
_ASK_QT = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
_ASK_TIMEOUT_S = 30


def why_no_window() -> str:
    """Empty where a window can open, otherwise the reason."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "There is no display"
    # Qt ends the process that asks for a display which does not answer, so a process of its own asks.
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _ASK_QT], capture_output=True, text=True, timeout=_ASK_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"The display does not answer within {_ASK_TIMEOUT_S} s"
    if asked.returncode == 0:
        return ""
    said = [line for line in asked.stderr.splitlines() if line.strip()]
    return f"Qt cannot open a window here ({said[0].strip() if said else 'it did not say why'})"


def main() -> None:
    reason = why_no_window()
    if not reason:
        sys.exit(subprocess.run([sys.executable, "main.py", str(sample().clip)], cwd=ROOT, check=False).returncode)
    print(f"{reason}: playing the sample without a window, into ./{OUTPUT}/", flush=True)
    sys.exit(subprocess.run([sys.executable, "main.py", "live", "-o", OUTPUT], cwd=ROOT, check=False).returncode)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
