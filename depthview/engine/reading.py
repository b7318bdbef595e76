"""A sentence for what the system refuses while something is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from depthview.engine.errors import UserError

_MISSING = "There is no such file: check the name: {path}"
_FORBIDDEN = "There is no permission to read this: change its permissions or choose another: {path}"
_UNREADABLE = "This cannot be read: try a copy on another disk: {path}"
_OUT_OF_MEMORY = "There was not enough memory for this file: close programs or make it smaller first: {path}"


def reading_error(error: OSError, path: Path) -> UserError:
    """The sentence for an operating system's refusal to read `path`."""
    template = _UNREADABLE
    if isinstance(error, FileNotFoundError):
        template = _MISSING
    elif isinstance(error, PermissionError):
        template = _FORBIDDEN
    return UserError(template, details=str(error), path=path)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raises UserError where there is no such file, no right to it, or no memory for it."""
    try:
        yield
    except OSError as error:
        raise reading_error(error, path) from error
    except MemoryError as error:
        raise UserError(_OUT_OF_MEMORY, details=str(error), path=path) from error
