"""Fails where Qt or VTK can be imported: run by `make test-engine` before the tests, so that they prove something."""

import importlib.util
import sys

SCREEN = ("PySide6", "shiboken6", "pyqtgraph", "vtk", "vtkmodules")


def main() -> None:
    present = [name for name in SCREEN if importlib.util.find_spec(name) is not None]
    if present:
        names = ", ".join(present)
        sys.exit(f"This environment must know no screen, but has {names}: remove .venv-engine and try again")
    print(f"No screen here: {', '.join(SCREEN)} cannot be imported.", flush=True)


if __name__ == "__main__":
    main()
