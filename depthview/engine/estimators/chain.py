"""Models in several files: graphs that run one after the other, and look from outside as one.

An encoder and its decoder; CREStereo's `init` at half the size, whose flow is the first guess of its `next` at the
whole (merged by their author into `combined`, notes/stereo.md 1.1). The model's own file is the last one; its manifest
names those `before` it. An input of one of these is called FILE/NAME, FILE without its ending.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Stage
from depthview.engine.runtime import Port


class Session(Protocol):
    """What an adapter runs: a graph, or a chain of them. See `OnnxSession`."""

    @property
    def path(self) -> Path: ...

    @property
    def provider(self) -> str: ...

    @property
    def note(self) -> str: ...

    @property
    def inputs(self) -> tuple[Port, ...]: ...

    @property
    def outputs(self) -> tuple[Port, ...]: ...

    def run(self, feeds: dict[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]: ...

    def close(self) -> None: ...


def open_graphs(model: Path, before: Sequence[Stage], open_one: Callable[[Path], Session]) -> Session:
    """The session of a model's file and of the `before` files beside it. Raises UserError as `open_one` does, or when
    they do not fit together."""
    opened: list[Session] = []
    try:
        for stage in before:
            opened.append(open_one(model.parent / stage.file))
        opened.append(open_one(model))
        return Chain(opened, before) if before else opened[0]
    except BaseException:
        for session in opened:
            session.close()
        raise


class Chain:
    """Several sessions as one; owns them. Its outputs are the last one's, its inputs those that none of them feeds."""

    def __init__(self, sessions: Sequence[Session], before: Sequence[Stage]) -> None:
        """`before` says of all but the last what they feed. Raises UserError when they do not fit together."""
        self._sessions = tuple(sessions)
        ports = [(session.inputs, session.outputs) for session in sessions]
        self._prefixes = prefixes(before)
        self._feeds = joined(before, ports, sessions[-1].path)
        self.path, self.provider = sessions[-1].path, sessions[-1].provider
        self.note = "; ".join(dict.fromkeys(session.note for session in sessions if session.note))
        self.inputs = open_inputs(before, [session.inputs for session in sessions], self._feeds)
        self.outputs = sessions[-1].outputs

    def run(self, feeds: dict[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]:
        """One pass through all of them. Raises UserError when one fails."""
        values = dict(feeds)
        for session, prefix, targets in zip(self._sessions, self._prefixes, (*self._feeds, {}), strict=True):
            own = {port.name: values[prefix + port.name] for port in session.inputs}
            if session is self._sessions[-1]:
                return session.run(own, outputs)
            asked = [name for name in targets if name not in own]
            own |= dict(zip(asked, session.run(own, asked), strict=True))
            values |= {target: own[name] for name, target in targets.items()}
        raise AssertionError("a chain ends with its last graph")

    def close(self) -> None:
        for session in self._sessions:
            session.close()


Ports = tuple[Sequence[Port], Sequence[Port]]
"""A graph's inputs and outputs."""


def prefixes(before: Sequence[Stage]) -> tuple[str, ...]:
    """What comes before an input's name, for each of the files and then the model's own."""
    return (*(PurePosixPath(stage.file).stem + "/" for stage in before), "")


def joined(before: Sequence[Stage], ports: Sequence[Ports], path: Path) -> tuple[Mapping[str, str], ...]:
    """For each file but the last which of its outputs goes into which input; it may also hand on what it is fed.

    Where a manifest does not say, outputs go where an input of a later graph has their name. Raises UserError naming
    `path` where there is no such output or input, or where a graph would feed none after it.
    """
    named = prefixes(before)
    found = []
    for index, (stage, (inputs, outputs)) in enumerate(zip(before, ports, strict=False)):
        sources = [port.name for port in (*outputs, *inputs)]
        later = [name for at in range(index + 1, len(ports)) for name in _names(ports[at][0], named[at])]
        same = {port.name: name for port in outputs for name in later if name.rpartition("/")[2] == port.name}
        feeds = dict(stage.feeds) or same
        for name, there in (*((n, sources) for n in feeds), *((n, later) for n in feeds.values())):
            if name not in there:
                raise UserError(
                    "The file {file} cannot feed {name} as the manifest says, there are only {there}: "
                    "correct `before`: {path}",
                    file=stage.file,
                    name=name,
                    there=", ".join(there),
                    path=path,
                )
        if not feeds:
            raise UserError(
                "The file {file} feeds nothing of this model: say under `before` which output goes into which input: "
                "{path}",
                file=stage.file,
                path=path,
            )
        found.append(feeds)
    return tuple(found)


def open_inputs(
    before: Sequence[Stage], inputs: Sequence[Sequence[Port]], feeds: Sequence[Mapping[str, str]]
) -> tuple[Port, ...]:
    """The inputs that no graph feeds, of the first graph first, by their names in the chain."""
    fed = {target for one in feeds for target in one.values()}
    found = [
        Port(prefix + port.name, port.shape, port.dtype)
        for prefix, own in zip(prefixes(before), inputs, strict=True)
        for port in own
    ]
    return tuple(port for port in found if port.name not in fed)


def _names(ports: Sequence[Port], prefix: str) -> list[str]:
    return [prefix + port.name for port in ports]
