"""The walls of the house: who may import whom, what a start may load, and how long a file may be."""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCREEN = ("PySide6", "shiboken6", "pyqtgraph", "vtkmodules", "vtk")
# What a start must not wait for: the window is to stand within 1.5 s.
HEAVY = ("torch", "pycolmap", "vtkmodules", "vtk", "yt_dlp", "pyqtgraph", "onnxruntime", "numba")
PATIENCE_S = 120
MOST_LINES = 400
PRODUCT = ("depthview", "tools", "training", "benchmarks")
SOURCES = sorted(path for folder in (*PRODUCT, "tests") for path in (ROOT / folder).rglob("*.py"))

IMPORT_ALL = """
import importlib, json, pkgutil, sys
for name in json.loads(sys.argv[1]):
    sys.modules[name] = None  # an import of it raises ImportError
imported = []
for package in json.loads(sys.argv[2]):
    module = importlib.import_module(package)
    imported.append(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        importlib.import_module(found.name)
        imported.append(found.name)
print(json.dumps(imported))
"""

IMPORT_AND_LOOK = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def answer_of(program: str, *arguments: object) -> list[str]:
    """Run a program in a fresh Python and read the list that it prints last."""
    command = [sys.executable, "-c", program, *(json.dumps(argument) for argument in arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout.splitlines()[-1]))


def test_engine_and_commands_import_without_qt_and_vtk() -> None:
    imported = answer_of(IMPORT_ALL, SCREEN, ["depthview.engine", "depthview.commands"])
    written = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for room in ("engine", "commands")
        for path in (ROOT / "depthview" / room).rglob("*.py")
    }
    assert set(imported) == written


def test_the_block_really_blocks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(["depthview.engine.frames"]), json.dumps(["depthview.engine"])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode != 0
    assert "depthview.engine.frames" in done.stderr


@pytest.mark.skipif(find_spec("PySide6") is None, reason="this environment has no Qt")
def test_a_start_of_the_window_loads_nothing_heavy() -> None:
    loaded = answer_of(IMPORT_AND_LOOK, ["depthview.cli", "depthview.ui.app"])
    assert "PySide6" in loaded
    assert set(HEAVY).isdisjoint(loaded)


def test_a_command_line_start_loads_neither_screen_nor_anything_heavy() -> None:
    loaded = answer_of(IMPORT_AND_LOOK, ["depthview.cli", "depthview.commands.app"])
    assert {*HEAVY, *SCREEN}.isdisjoint(loaded)


def test_imports_are_written_in_full() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert SOURCES
    assert relative == []


def test_no_source_file_is_long() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    product = {path: length for path, length in lengths.items() if path.parts[0] in PRODUCT}
    assert {path.parts[0] for path in product} == set(PRODUCT)
    assert {str(path): length for path, length in product.items() if length > MOST_LINES} == {}
