"""Which module reads and writes which kind of file; imported when it is used."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.scene import SplatScene

_MODULES = {
    SplatFormat.PLY: "inria_ply",
    SplatFormat.COMPRESSED_PLY: "compressed_ply",
    SplatFormat.SPLAT: "dot_splat",
    SplatFormat.SPZ: "spz",
    SplatFormat.SOG: "sog",
    SplatFormat.KSPLAT: "ksplat",
    SplatFormat.GLTF: "gltf",
}

WRITTEN = (SplatFormat.PLY, SplatFormat.COMPRESSED_PLY, SplatFormat.SPLAT, SplatFormat.SPZ, SplatFormat.SOG)


def reader_of(kind: SplatFormat) -> Callable[[Path], SplatScene]:
    read: Callable[[Path], SplatScene] = import_module(f"{__package__}.{_MODULES[kind]}").read
    return read


def writer_of(kind: SplatFormat) -> Callable[[SplatScene, Path], None]:
    """For one of `WRITTEN`."""
    write: Callable[[SplatScene, Path], None] = import_module(f"{__package__}.{_MODULES[kind]}").write
    return write
