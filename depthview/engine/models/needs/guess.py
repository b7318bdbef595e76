"""What a graph needs as far as its shapes tell; names are only hints, and what they hint at is marked as a guess."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import (
    SCALINGS,
    Axes,
    Colours,
    ExternalFile,
    Kind,
    Manifest,
    Numbers,
    Projection,
    Role,
    Scaling,
    Stack,
)
from depthview.engine.models.needs.graph import GraphInfo
from depthview.engine.models.needs.manifest import read_keys
from depthview.engine.runtime import Port

_CHANNELS = (1, 2, 3, 6)
_USUAL_TOKENS = 1800
_VIT_MULTIPLE = 14
_PANORAMA_ROWS = 500
"""Pictures twice as wide as high, from this height on, are panoramas: 504, 512, 518 and 546 rows are usual."""
_PANORAMA = re.compile(r"pano|equirect|(?:^|[^a-z])(?:equi|erp|rays)(?:[^a-z]|$)", re.IGNORECASE)
_FACES = 6
_NOTED = {"view_degrees": "fov_deg", "multiple_of": "multiple"}
"""What a file's own metadata may say of the network, as DepthView's export for one eye does, and the keys for it."""


def guess_manifest(graph: GraphInfo, path: Path, known: Mapping[str, Any]) -> Manifest:
    """The manifest that a graph's shapes suggest, with what is `known` (checked keys) in its place.

    Raises UserError when it takes neither a picture nor two.
    """
    found = _panorama(graph, path, known)
    if found is None:
        found = (None if known.get("projection") is Projection.ERP else _stereo(graph)) or _mono(graph)
    if found is not None and known.get("stack") in (Stack.ROWS, Stack.COLUMNS):
        found = _joined(found, known["stack"])
    if found is None or found.kind != known.get("kind", found.kind):
        raise _no_depth_model(path, graph.inputs, known.get("kind"))
    external = tuple(ExternalFile(file) for file in graph.external)
    said = _said(graph) if found.kind is Kind.MONO and found.projection is Projection.PERSPECTIVE else {}
    found = replace(found, **{"external": external, **said, **known})
    return replace(found, guesses=tuple(key for key in found.guesses if key not in {*said, *known}))


def _said(graph: GraphInfo) -> dict[str, Any]:
    """The keys that a file's own metadata tells; what makes no sense there is passed over."""
    notes, said = dict(graph.notes), dict[str, Any]()
    for name, key in _NOTED.items():
        with suppress(UserError, ValueError):
            number = float(notes.get(name, ""))
            said |= read_keys({key: int(number) if key == "multiple" else number}, name)
    return {**said, "meaning": Numbers.METRIC_DEPTH} if notes.get("meaning") == "metres" else said


def _panorama(graph: GraphInfo, path: Path, known: Mapping[str, Any]) -> Manifest | None:
    """A network that is shown a whole panorama: told by a picture of its shape, or by somebody who knows; None of
    others."""
    if known.get("projection", Projection.ERP) is not Projection.ERP or known.get("kind") is Kind.STEREO:
        return None
    images = [(port, *_image_shape(port)) for port in graph.inputs if len(port.shape) == 4]
    cubes = [entry for entry in images if _is_cube(entry[0], entry[1])]
    rays = [entry for entry in images if "ray" in entry[0].name.lower()]
    pictures = [entry for entry in images if entry not in (*cubes, *rays)]
    if len(pictures) != 1 or pictures[0][2] not in (0, 3) or len(cubes) > 1 or len(rays) > 1:
        return None
    port, hw, _channels, axes = pictures[0]
    named = any(_PANORAMA.search(name) for name in (path.stem, *(port.name for port in graph.inputs)))
    shaped = hw is None or hw[1] == 2 * hw[0]
    if "projection" not in known and not (shaped and (named or cubes or (hw is not None and hw[0] >= _PANORAMA_ROWS))):
        return None
    output = _depth_output(graph.outputs)
    said = (output or " ".join(found.name for found in graph.outputs)).lower()
    return Manifest(
        Kind.MONO,
        (
            (Role.PICTURE, port.name),
            *((Role.CUBE, entry[0].name) for entry in cubes),
            *((Role.RAYS, entry[0].name) for entry in rays),
        ),
        Numbers.INVERSE_RANGE if "disp" in said else Numbers.POINTS if "pts" in said else Numbers.RELATIVE_RANGE,
        scaling=_inner_scaling(graph) or SCALINGS["imagenet"],
        layout=axes,
        size=hw,
        any_size=hw is None,
        output=output,
        projection=Projection.ERP,
        guesses=("projection", "meaning", "scaling", "colours"),
    )


def _is_cube(port: Port, hw: tuple[int, int] | None) -> bool:
    """Whether an input takes six square faces, in the batch or side by side."""
    if hw is None:
        return port.shape[0] == _FACES or "cube" in port.name.lower()
    return hw[1] == _FACES * hw[0] or (port.shape[0] == _FACES and hw[0] == hw[1])


def _stereo(graph: GraphInfo) -> Manifest | None:
    """Told by how many pictures there are, how many channels they have, and whether they are of one size."""
    images = [(port, *_image_shape(port)) for port in graph.inputs if len(port.shape) == 4]
    if not images or len(images) != len(graph.inputs):
        return None
    pictures = [entry for entry in images if entry[2] in (0, 1, 3)]
    priors = [entry for entry in images if entry[2] == 2]
    if len(images) == 1 and images[0][2] in (2, 6):
        port, hw, channels, axes = images[0]
        return _of(((Role.BOTH, port.name),), hw, channels // 2, axes, _inner_scaling(graph) or SCALINGS["0..1"])
    if not pictures:
        return None
    _port, hw, channels, axes = max(pictures, key=lambda entry: entry[1] or (0, 0))
    full = [entry[0] for entry in pictures if entry[1] == hw]
    half = [entry[0] for entry in pictures if entry[1] != hw]
    if len(pictures) == 4 and hw is None:
        # Sizes left open: CREStereo's own order, the half-size pair first.
        half, full = full[:2], full[2:]
    roles: tuple[tuple[Role, str], ...]
    match (len(full), len(half), len(priors)):
        case (2, 0, 0):
            roles = _eyes(full, Role.LEFT, Role.RIGHT)
        case (2, 0, 1):
            roles = (*_eyes(full, Role.LEFT, Role.RIGHT), (Role.PRIOR, priors[0][0].name))
        case (2, 2, 0):
            roles = (*_eyes(half, Role.HALF_LEFT, Role.HALF_RIGHT), *_eyes(full, Role.LEFT, Role.RIGHT))
        case _:
            return None
    found = _of(roles, hw, channels, axes, _inner_scaling(graph) or SCALINGS["0..255"])
    # CREStereo's weights saw OpenCV's BGR; its answer has a second channel, of what is left over vertically.
    flow = any(len(port.shape) == 4 and port.shape[1] == 2 for port in graph.outputs)
    return replace(found, colours=Colours.BGR) if flow and found.colours is Colours.RGB else found


def _of(
    roles: tuple[tuple[Role, str], ...], hw: tuple[int, int] | None, channels: int, axes: Axes, scaling: Scaling
) -> Manifest:
    return Manifest(
        Kind.STEREO,
        roles,
        Numbers.DISPARITY,
        colours=Colours.GREY if channels == 1 else Colours.RGB,
        scaling=scaling,
        layout=axes,
        size=hw,
        any_size=hw is None,
        guesses=("scaling",) if channels == 1 else ("colours", "scaling"),
    )


def _mono(graph: GraphInfo) -> Manifest | None:
    pictures = [(port, *_image_shape(port)) for port in graph.inputs if len(port.shape) in (3, 4, 5)]
    others = [port for port in graph.inputs if len(port.shape) < 3]
    if len(pictures) != 1 or pictures[0][2] not in (0, 1, 3) or len(others) + 1 != len(graph.inputs):
        return None
    port, hw, channels, axes = pictures[0]
    extra = tuple((other.name, float(_USUAL_TOKENS)) for other in others if "token" in other.name.lower())
    transformer = port.name == "pixel_values"
    found = Manifest(
        Kind.MONO,
        ((Role.PICTURE, port.name),),
        Numbers.INVERSE_DEPTH,
        colours=Colours.GREY if channels == 1 else Colours.RGB,
        scaling=_inner_scaling(graph) or SCALINGS["imagenet"],
        layout=axes,
        size=hw,
        any_size=hw is None,
        multiple=_VIT_MULTIPLE if transformer else 32,
        extra=extra,
        output=_depth_output(graph.outputs),
        guesses=("meaning", "scaling", *(("colours",) if channels != 1 else ()), *(("extra",) if extra else ())),
    )
    names = {output.name for output in graph.outputs}
    if found.output or "points" not in names:
        return found
    # As MoGe calls them; each says of a picture what the others need.
    more: dict[str, Any] = {name: name for name in ("mask", "metric_scale") if name in names}
    return replace(found, meaning=Numbers.AFFINE_POINTS, output="points", channel=2, **more)


def _joined(found: Manifest, stack: Stack) -> Manifest:
    """Both eyes side by side or one above the other in what looks like one picture: no shape tells that."""
    size = found.size
    if size is not None:
        size = (size[0] // 2, size[1]) if stack is Stack.ROWS else (size[0], size[1] // 2)
    inputs = ((Role.BOTH, found.inputs[0][1]),)
    return replace(found, kind=Kind.STEREO, inputs=inputs, meaning=Numbers.DISPARITY, size=size)


def _inner_scaling(graph: GraphInfo) -> Scaling | None:
    """Of a graph that normalises by itself: what it takes away or divides by says of which range. Else None."""
    for operator, constant in graph.first_steps:
        size = float(np.abs(constant).max())
        large = size > 2 if operator in ("Sub", "Add", "Div") else size < 0.05
        if operator in ("Sub", "Add") or large:
            return SCALINGS["0..255" if large else "0..1"]
    return SCALINGS["0..1"] if graph.first_steps else None


def _depth_output(outputs: tuple[Port, ...]) -> str:
    """The output whose name speaks of depth, where there are several; empty for the first that is a map."""
    if len(outputs) == 1:
        return ""
    hints = ("depth", "disp")
    named = [o.name for o in outputs if any(hint in o.name.lower() for hint in hints) and "conf" not in o.name.lower()]
    return named[0] if named else ""


def _image_shape(port: Port) -> tuple[tuple[int, int] | None, int, Axes]:
    """((height, width) or None, channels or 0, axes) of a picture's input; axes before the last three do not count."""
    second, third, fourth = port.shape[-3:]
    last = second not in _CHANNELS and fourth in _CHANNELS
    channels = fourth if last else second
    height, width = (second, third) if last else (third, fourth)
    size = (height, width) if height is not None and width is not None else None
    return size, channels or 0, Axes.CHANNELS_LAST if last else Axes.CHANNELS_FIRST


def _eyes(ports: list[Port], left: Role, right: Role) -> tuple[tuple[Role, str], tuple[Role, str]]:
    """The graph's own order, unless the names say otherwise."""
    first, second = ports
    if "right" in first.name.lower() and "left" in second.name.lower():
        first, second = second, first
    return (left, first.name), (right, second.name)


def _no_depth_model(path: Path, ports: tuple[Port, ...], kind: Kind | None) -> UserError:
    wanted = {
        None: "one picture, or two (two inputs, or both stacked into one)",
        Kind.STEREO: "two pictures (two inputs, or both stacked into one)",
        Kind.MONO: "one picture",
    }[kind]
    return UserError(
        "This model does not take {wanted}: choose a depth model: {path}",
        wanted=wanted,
        path=path,
        details="\n".join(f"{p.name}: {p.dtype} {p.shape}" for p in ports),
    )
