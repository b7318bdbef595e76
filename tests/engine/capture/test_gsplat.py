"""Whether gsplat can be used is found out without importing it here, and said in one sentence."""

import importlib
import sys
from pathlib import Path

import pytest

from depthview.engine.capture.rasterizers.gsplat import _is_built, why_not

HERE = "training runs on the processor."


@pytest.fixture
def uncompiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gsplat as its package index has it, which must not be imported where it could begin to compile."""
    package = tmp_path / "site" / "gsplat"
    package.mkdir(parents=True)
    mark = tmp_path / "imported"
    (package / "__init__.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    monkeypatch.syspath_prepend(str(package.parent))
    importlib.invalidate_caches()
    return mark


@pytest.mark.skipif(importlib.util.find_spec("gsplat") is not None, reason="gsplat is installed")
def test_where_it_is_not_installed() -> None:
    assert why_not(within_s=0) == "gsplat is not installed, so " + HERE


def test_without_a_card_or_its_compiled_part_it_is_not_imported(uncompiled: Path) -> None:
    pytest.importorskip("torch")
    said = why_not()
    assert said is not None
    assert HERE.rstrip(".") in said
    assert "NVIDIA" in said or "compiled part" in said
    assert not uncompiled.exists()
    assert "gsplat" not in sys.modules


def test_it_is_not_waited_for_without_end(uncompiled: Path) -> None:
    assert why_not(within_s=0) == "gsplat did not draw within 0 s, so " + HERE


@pytest.mark.parametrize(
    ("file", "built"),
    [
        ("gsplat/csrc.cpython-311-x86_64-linux-gnu.so", True),
        ("gsplat/csrc.pyd", True),
        ("gsplat/csrc/ext.cpp", False),
        ("gsplat/cuda/csrc.so", False),
        ("kept/gsplat_cuda.so", True),
        ("kept/lock", False),
    ],
)
def test_what_counts_as_compiled(tmp_path: Path, file: str, built: bool) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).touch()
    assert _is_built(tmp_path / "gsplat", tmp_path / "kept") is built
