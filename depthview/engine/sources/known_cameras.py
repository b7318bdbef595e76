"""How large the sensors of some cameras are, and how far apart the lenses of those with two.

For photos that name the camera and the length of its lens, but not what that is in 35 mm film. Only cameras whose
figures their makers published: the sensor's sides as in the specifications of the model, or, for phones, the size of a
pixel that was told when the phone was shown times the pixels of its largest photo. Newer phones say all of it
themselves.

Each entry was held against the sensor database of openMVG (github.com/openMVG/CameraSensorSizeDatabase, from
digicamdb.com): none differs by more than a hundredth. It has neither the Nexus 5 (Anandtech's review of the Nexus 5X
names its sensor, Sony's IMX179) nor the Pixel (IMX378). Stereo bases are from reviews of the two cameras.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """`sensor_mm` is the sensor's longer side; `baseline_m` the distance of its two lenses, None where it has one."""

    sensor_mm: float
    baseline_m: float | None = None


_FOUR_THIRDS = KnownCamera(17.3)
_ONE_INCH = KnownCamera(13.2)
_SMALL = KnownCamera(6.17)
"""1/2.3 inch."""

_BY_MODEL = MappingProxyType(
    {
        # Two lenses: the stereo base is in the specifications.
        "finepix real 3d w1": KnownCamera(6.17, 0.077),
        "finepix real 3d w3": KnownCamera(6.17, 0.075),
        # Single-lens reflex and system cameras.
        "canon eos 5d": KnownCamera(35.8),
        "canon eos 5d mark ii": KnownCamera(36.0),
        "canon eos 5d mark iii": KnownCamera(36.0),
        "canon eos 5d mark iv": KnownCamera(36.0),
        "canon eos 6d": KnownCamera(35.8),
        "canon eos 7d": KnownCamera(22.3),
        "canon eos 60d": KnownCamera(22.3),
        "canon eos 70d": KnownCamera(22.5),
        "canon eos 400d digital": KnownCamera(22.2),
        "canon eos 450d": KnownCamera(22.2),
        "canon eos 550d": KnownCamera(22.3),
        "canon eos 600d": KnownCamera(22.3),
        "canon eos 650d": KnownCamera(22.3),
        "canon eos 700d": KnownCamera(22.3),
        "nikon d700": KnownCamera(36.0),
        "nikon d800": KnownCamera(35.9),
        "nikon d90": KnownCamera(23.6),
        "nikon d300": KnownCamera(23.6),
        "nikon d3100": KnownCamera(23.1),
        "nikon d3200": KnownCamera(23.2),
        "nikon d5100": KnownCamera(23.6),
        "nikon d7000": KnownCamera(23.6),
        "nikon d7100": KnownCamera(23.5),
        "ilce-6000": KnownCamera(23.5),
        "ilce-7": KnownCamera(35.8),
        "nex-5": KnownCamera(23.4),
        "dmc-gh1": _FOUR_THIRDS,
        "dmc-gh2": _FOUR_THIRDS,
        "dmc-gh3": _FOUR_THIRDS,
        "dmc-gh4": _FOUR_THIRDS,
        "e-m1": _FOUR_THIRDS,
        "e-m5": _FOUR_THIRDS,
        "e-m10": _FOUR_THIRDS,
        # Compacts.
        "dsc-rx100": _ONE_INCH,
        "dsc-rx100m2": _ONE_INCH,
        "dsc-rx100m3": _ONE_INCH,
        "canon powershot sx200 is": _SMALL,
        "canon powershot sx210 is": _SMALL,
        # Phones: the size of a pixel x the longer side in pixels.
        "iphone 4": KnownCamera(1.75e-3 * 2592),
        "iphone 4s": KnownCamera(1.4e-3 * 3264),
        "iphone 5": KnownCamera(1.4e-3 * 3264),
        "iphone 5s": KnownCamera(1.5e-3 * 3264),
        "iphone 6": KnownCamera(1.5e-3 * 3264),
        "nexus 5": KnownCamera(1.4e-3 * 3264),
        "pixel": KnownCamera(1.55e-3 * 4048),
    }
)


def camera_called(make: str, model: str) -> KnownCamera | None:
    """The camera that EXIF's Make and Model name; None where its figures are not known here."""
    name = " ".join(model.lower().split())
    if (found := _BY_MODEL.get(name)) is not None:
        return found
    # Some write the maker into the model, and some do not.
    return _BY_MODEL.get(f"{make.lower().split()[0]} {name}") if make.split() else None
