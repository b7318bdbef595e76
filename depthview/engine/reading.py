"""A sentence for what the system refuses while a file is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from depthview.engine.errors import UserError

_MISSING = "There is no such file: check the name: {path}"
_UNREADABLE = "This file could not be read: check that it is there and may be opened: {path}"
_OUT_OF_MEMORY = "There was not enough memory for this file: close programs or make it smaller first: {path}"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raises UserError where there is no such file, no right to it, or no memory for it."""
    try:
        yield
    except FileNotFoundError as error:
        raise UserError(_MISSING, details=str(error), path=path) from error
    except OSError as error:
        raise UserError(_UNREADABLE, details=str(error), path=path) from error
    except MemoryError as error:
        raise UserError(_OUT_OF_MEMORY, details=str(error), path=path) from error
