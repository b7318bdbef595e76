"""The bytes of .ksplat files, packed here by the format's own words and not by the product's."""

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import SplatScene

C0 = 0.28209479177387814
KINDS = {0: ("<f4", "<f4", "<f4"), 1: ("<u2", "<f2", "<f2"), 2: ("<u2", "<f2", "u1")}


@dataclass
class Section:
    """Splats, and how they are put into buckets: so many of `bucket_splats` each, then some of these lengths."""

    scene: SplatScene
    full: int = 0
    bucket_splats: int = 0
    partial: tuple[int, ...] = ()
    spare: int = 0
    changed: dict[str, int] = field(default_factory=dict)


def ksplat_bytes(
    sections: list[Section],
    level: int,
    *,
    side: float = 4.0,
    harmonics: tuple[float, float] = (-2.0, 2.0),
    count: int | None = None,
    version: tuple[int, int] = (0, 1),
    most_sections: int | None = None,
) -> bytes:
    """A bucket's middle is where its first splat would be in a scene of a quarter of the size."""
    splats = sum(len(section.scene) for section in sections) if count is None else count
    head = struct.pack(
        "<BBxxIIIIHxx3f2f",
        *version,
        len(sections) if most_sections is None else most_sections,
        len(sections),
        splats,
        splats,
        level,
        0.0,
        0.0,
        0.0,
        *harmonics,
    ).ljust(4096, b"\0")
    heads, bodies = b"", b""
    for section in sections:
        body, buckets = _body(section, level, side, harmonics)
        values = {
            "count": len(section.scene),
            "most": len(section.scene) + section.spare,
            "bucket_splats": section.bucket_splats,
            "buckets": buckets,
            "bucket_bytes": 12 if level else 0,
            "steps": 32767 if level else 0,
            "size": len(body),
            "full": section.full,
            "partial": len(section.partial),
            "degree": section.scene.degree,
        } | section.changed
        heads += struct.pack(
            "<IIIIfHxxIIIIH",
            values["count"],
            values["most"],
            values["bucket_splats"],
            values["buckets"],
            side if level else 0.0,
            values["bucket_bytes"],
            values["steps"],
            values["size"],
            values["full"],
            values["partial"],
            values["degree"],
        ).ljust(1024, b"\0")
        bodies += body
    return head + heads + bodies


def _body(section: Section, level: int, side: float, harmonics: tuple[float, float]) -> tuple[bytes, int]:
    scene, (place, other, harmonic) = section.scene, KINDS[level]
    coefficients = 3 * scene.sh_rest.shape[1]
    records = np.zeros(
        len(scene) + section.spare,
        [("xyz", place, 3), ("scale", other, 3), ("rot", other, 4), ("rgba", "u1", 4), ("sh", harmonic, coefficients)],
    )
    kept = records[: len(scene)]
    kept["scale"], kept["rot"] = np.exp(scene.log_scale), scene.rotation
    kept["rgba"][:, :3] = np.clip(np.rint((0.5 + C0 * scene.sh_dc) * 255), 0, 255)
    kept["rgba"][:, 3] = np.rint(255 / (1 + np.exp(-scene.opacity_logit.astype(np.float64))))
    # Degree by degree: red of all coefficients, then green, then blue.
    bands = [scene.sh_rest[:, a:b] for a, b in ((0, 3), (3, 8)) if b <= scene.sh_rest.shape[1]]
    flat = np.concatenate(
        [band.swapaxes(1, 2).reshape(len(scene), -1) for band in bands] or [np.zeros((len(scene), 0))], 1
    )
    if level == 2:
        low, high = harmonics
        flat = np.floor((np.clip(flat, low, high) - low) / (high - low) * 255)
    kept["sh"] = flat
    if not level:
        kept["xyz"] = scene.xyz
        return records.tobytes(), 0
    lengths = [section.bucket_splats] * section.full + list(section.partial)
    starts = np.cumsum([0, *lengths[:-1]])
    middles = (scene.xyz[starts] / 4).astype("<f4")
    kept["xyz"] = np.rint((scene.xyz - np.repeat(middles, lengths, 0)) / (side / 2) * 32767) + 32767
    partial: NDArray[np.uint32] = np.array(section.partial, "<u4")
    return partial.tobytes() + middles.tobytes() + records.tobytes(), len(lengths)
