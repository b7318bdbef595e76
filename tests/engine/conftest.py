"""What several tests of web addresses share: a server on this machine, and sources that are closed again."""

from collections.abc import Callable, Iterator

import pytest

from depthview.engine.sources.base import Source
from depthview.engine.sources.web import open_web
from tests.engine.web_reading import QUICK
from tests.engine.web_server import WebServer, web_server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


@pytest.fixture
def opened() -> Iterator[Callable[..., Source]]:
    """Opens addresses with short time-outs, and closes what it opened."""
    sources: list[Source] = []

    def opening(address: str, **how: object) -> Source:
        source = open_web(address, **{"patience": QUICK, **how})  # type: ignore[arg-type]
        sources.append(source)
        return source

    yield opening
    for source in sources:
        source.close()
