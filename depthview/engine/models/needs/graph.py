"""What an ONNX file says of itself before anything of it is run: inputs, outputs, and the files it would read.

Only the graph's description is read here, never its external data.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.chain import joined, open_inputs
from depthview.engine.estimators.contract import Stage
from depthview.engine.models.needs.manifest import stays_inside
from depthview.engine.runtime import Port

_LARGEST_CONSTANT = 4
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """`external` are the files beside the graph that it reads: weights, and what runs before it.

    `first_steps` are the element-wise operators that the first input meets before others, each with its constant.
    `notes` are what the file's own metadata says of it.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    external: tuple[str, ...]
    first_steps: tuple[tuple[str, NDArray[np.float64]], ...]
    notes: tuple[tuple[str, str], ...] = ()


def read_graph(path: Path, before: Sequence[Stage] = ()) -> GraphInfo:
    """Read a graph's description; of several files that run one after the other, `before` it, that of all as one.

    Raises UserError when the file is no ONNX model, or when its external data is missing, cut short or somewhere else
    than in the file's own folder; when the files do not fit together.
    """
    own = _read_one(path)
    if not before:
        return own
    others = []
    for stage in before:
        if not (path.parent / stage.file).is_file():
            raise UserError("A part of this model is missing: put {file} beside it: {path}", file=stage.file, path=path)
        others.append(_read_one(path.parent / stage.file))
    graphs = (*others, own)
    feeds = joined(before, [(graph.inputs, graph.outputs) for graph in graphs], path)
    return replace(
        own,
        inputs=open_inputs(before, [graph.inputs for graph in graphs], feeds),
        external=tuple(dict.fromkeys([*(s.file for s in before), *(f for graph in graphs for f in graph.external)])),
        first_steps=others[0].first_steps,
    )


def _read_one(path: Path) -> GraphInfo:
    import onnx

    try:
        model = onnx.load(os.fspath(path), load_external_data=False)
    except Exception as error:  # protobuf, onnx and the file system each raise their own
        raise not_a_model(path, error) from error
    stored = {tensor.name for tensor in model.graph.initializer}
    inputs = tuple(_port(value) for value in model.graph.input if value.name not in stored)
    if not (model.graph.node and inputs and model.graph.output):
        raise not_a_model(path, None)
    try:
        external, first_steps = _external_files(model, path), tuple(_first_steps(model.graph, inputs[0].name))
    except (ValueError, TypeError, OSError) as error:  # sizes and places that make no sense
        raise not_a_model(path, error) from error
    outputs = tuple(_port(value) for value in model.graph.output)
    notes = tuple((entry.key, entry.value) for entry in model.metadata_props)
    return GraphInfo(inputs, outputs, external, first_steps, notes)


def not_a_model(path: Path, error: Exception | None) -> UserError:
    """The sentence for a file that is no ONNX model; what is usually there instead is named."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as failure:
        return UserError(
            "This model file cannot be read: check its permissions: {path}", path=path, details=str(failure)
        )
    if head.startswith(b"version https://git-lfs"):
        return UserError(
            "This is only a Git LFS pointer, not the model: fetch it with `git lfs pull`: {path}", path=path
        )
    if head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return UserError(
            "This is a web page, not the model: download the file itself, not the page that shows it: {path}", path=path
        )
    return UserError(
        "This is not an ONNX model: download or export it again: {path}", path=path, details=str(error or "")
    )


def _port(value: Any) -> Port:
    import onnx

    kind = value.type.tensor_type
    names = {
        onnx.TensorProto.FLOAT: "float",
        onnx.TensorProto.FLOAT16: "float16",
        onnx.TensorProto.UINT8: "uint8",
        onnx.TensorProto.INT64: "int64",
        onnx.TensorProto.INT32: "int32",
    }
    shape = tuple(dim.dim_value if dim.dim_value > 0 else None for dim in kind.shape.dim)
    return Port(value.name, shape, f"tensor({names.get(kind.elem_type, kind.elem_type)})")


def _external_files(model: Any, path: Path) -> tuple[str, ...]:
    """The files that hold a model's weights, each checked to be in the model's folder and long enough."""
    from onnx.external_data_helper import ExternalDataInfo, uses_external_data

    needed: dict[str, int] = {}
    for tensor in _tensors(model):
        if not uses_external_data(tensor):
            continue
        info = ExternalDataInfo(tensor)
        if not stays_inside(info.location):
            raise UserError(
                "This model wants to read a file outside of its own folder and is not opened: get it from elsewhere: "
                "{path}",
                path=path,
                details=info.location,
            )
        end = (info.offset or 0) + (info.length or 0)
        needed[info.location] = max(needed.get(info.location, 0), end)
    for location, end in needed.items():
        beside = path.parent / location
        if not beside.is_file():
            raise UserError(
                "This model's weights are in another file that is missing: put {file} beside it: {path}",
                file=location,
                path=path,
            )
        if beside.stat().st_size < end:
            raise UserError(
                "This model's file of weights is cut short: download {file} again: {path}", file=location, path=path
            )
    return tuple(needed)


def _tensors(model: Any) -> Iterator[Any]:
    """Every tensor that is stored in a model: in its graph, its functions, and the graphs within their nodes."""
    yield from model.graph.initializer
    yield from _sparse(model.graph)
    waiting = [node for body in (model.graph, *model.functions) for node in body.node]
    while waiting:
        for attribute in waiting.pop().attribute:
            yield from (*([attribute.t] if attribute.HasField("t") else []), *attribute.tensors)
            for graph in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from graph.initializer
                yield from _sparse(graph)
                waiting += graph.node


def _sparse(graph: Any) -> Iterator[Any]:
    for tensor in graph.sparse_initializer:
        yield from (tensor.values, tensor.indices)


def _first_steps(graph: Any, name: str) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """The additions and multiplications by a constant that an input goes through first: a normalisation, if any."""
    from onnx import numpy_helper
    from onnx.external_data_helper import uses_external_data

    small = {
        tensor.name: tensor
        for tensor in graph.initializer
        if not uses_external_data(tensor) and int(np.prod(tensor.dims)) <= _LARGEST_CONSTANT
    }
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute and node.attribute[0].HasField("t"):
            small[node.output[0]] = node.attribute[0].t
    value = name
    for _step in range(_MOST_STEPS):
        users = [node for node in graph.node if value in node.input]
        if len(users) != 1:
            return
        node = users[0]
        if node.op_type in ("Sub", "Add", "Div", "Mul") and node.input[0] == value and node.input[1] in small:
            constant = np.asarray(numpy_helper.to_array(small[node.input[1]]), np.float64).ravel()
            if not 1 <= constant.size <= _LARGEST_CONSTANT:
                return
            yield node.op_type, constant
        elif node.op_type not in ("Cast", "Identity", "Transpose"):
            return
        value = node.output[0]
