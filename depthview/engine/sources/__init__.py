"""Where pictures come from. `open_source(spec)` picks the right source for what a person typed, dropped or chose."""

from collections.abc import Sequence

from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, Source, SourceInfo, SourceKind

__all__ = ["Notice", "Source", "SourceInfo", "SourceKind", "Spec", "open_source"]

Spec = str | Sequence[str]
"""One or two of: a file, a folder, an http(s) address, `camera:NAME-OR-INDEX`. Two are the left and the right eye."""


def open_source(spec: Spec, *, stop: StopToken | None = None) -> Source:
    """Open what `spec` names. Raises UserError with what is wrong and what to do."""
    raise NotImplementedError
