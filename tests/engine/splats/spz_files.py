"""The bytes of .spz files of every version, packed here splat by splat and not by the product's functions.

Numbers are rounded as the format says; the scene's axes are taken as the file's own.
"""

import gzip
import struct

import numpy as np

from depthview.engine.splats.scene import SplatScene

Floats = np.ndarray


def streams_of(scene: SplatScene, version: int, fraction_bits: int = 12) -> list[bytes]:
    """Places, opacities, colours, sizes, rotations, harmonics."""
    if version == 1:
        places = scene.xyz.astype("<f2").tobytes()
    else:
        fixed = np.rint(scene.xyz.astype(np.float64) * 2**fraction_bits).astype(np.int64)
        places = b"".join(int(v).to_bytes(3, "little", signed=True) for v in fixed.reshape(-1))
    alpha = 255 / (1 + np.exp(-scene.opacity_logit.astype(np.float64)))
    parts = [alpha, (scene.sh_dc * 0.15 + 0.5) * 255, (scene.log_scale + 10) * 16]
    bytes_of = [np.clip(np.rint(part), 0, 255).astype(np.uint8).tobytes() for part in parts]
    rotations = b"".join((_smallest_three if version >= 3 else _first_three)(q) for q in scene.rotation)
    harmonics = np.clip(np.rint(scene.sh_rest * 128) + 128, 0, 255).astype(np.uint8).tobytes()
    return [places, *bytes_of, rotations, harmonics]


def header_of(
    scene: SplatScene, version: int, *, fraction_bits: int = 12, count: int | None = None, flags: int = 0, last: int = 0
) -> bytes:
    splats = len(scene) if count is None else count
    return struct.pack("<4sIIBBBB", b"NGSP", version, splats, scene.degree, fraction_bits, flags, last)


def spz_bytes(
    scene: SplatScene, version: int, *, fraction_bits: int = 12, flags: int = 0, trailer: bytes = b""
) -> bytes:
    """A whole file; `trailer`: extensions, which are behind all else up to version 3 and before it in version 4."""
    streams = streams_of(scene, version, fraction_bits)
    if version < 4:
        head = header_of(scene, version, fraction_bits=fraction_bits, flags=flags)
        return gzip.compress(head + b"".join(streams) + trailer)
    return spz4_bytes(scene, streams, fraction_bits=fraction_bits, flags=flags, extensions=trailer)


def spz4_bytes(
    scene: SplatScene,
    streams: list[bytes],
    *,
    fraction_bits: int = 12,
    flags: int = 0,
    extensions: bytes = b"",
    sized: bool = True,
) -> bytes:
    """`sized`: whether the frames themselves say how large they are unpacked, as they usually do."""
    import zstandard

    pack = zstandard.ZstdCompressor(write_content_size=sized)
    kept = [stream for stream in streams if stream]
    packed = [pack.compress(stream) for stream in kept]
    head = header_of(scene, 4, fraction_bits=fraction_bits, flags=flags, last=len(kept))
    head += struct.pack("<I12x", 32 + len(extensions)) + extensions
    toc = b"".join(struct.pack("<QQ", len(small), len(large)) for small, large in zip(packed, kept, strict=True))
    return head + toc + b"".join(packed)


def _first_three(wxyz: Floats) -> bytes:
    w, x, y, z = wxyz.astype(np.float64) / np.linalg.norm(wxyz)
    sign = -1 if w < 0 else 1
    return bytes(int(np.clip(round(v * sign * 127.5 + 127.5), 0, 255)) for v in (x, y, z))


def _smallest_three(wxyz: Floats) -> bytes:
    w, x, y, z = (float(v) for v in wxyz.astype(np.float64) / np.linalg.norm(wxyz))
    four = [x, y, z, w]
    largest = max(range(4), key=lambda i: abs(four[i]))
    sign = -1 if four[largest] < 0 else 1
    packed = largest
    for i in range(4):
        if i != largest:
            value = four[i] * sign
            packed = packed << 10 | (512 if value < 0 else 0) | round(abs(value) * 2**0.5 * 511)
    return packed.to_bytes(4, "little")
