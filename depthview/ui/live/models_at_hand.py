"""The models that can be chosen in the window: read beside it, built when they are wanted."""

import threading
from collections.abc import Iterable
from pathlib import Path

from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.live.threads import inference_threads
from depthview.engine.models.library import ModelFamily, ModelLibrary


class ModelsAtHand:
    """A model library that keeps nobody waiting: reading the graphs of a folder of models takes seconds."""

    def __init__(self, files: Iterable[str]) -> None:
        self._ready = threading.Event()
        self.use(files)

    def use(self, files: Iterable[str]) -> None:
        """Offer the models in `files` and in the models folder from now on."""
        self._files = tuple(files)
        library, ready = ModelLibrary(Path(file) for file in self._files), self._ready
        self._library = library

        def read() -> None:
            _ = library.families
            ready.set()

        threading.Thread(target=read, name="depthview-library", daemon=True).start()

    def reread(self) -> None:
        """Look again at what is in the models folder."""
        self.use(self._files)

    def take_families(self) -> tuple[ModelFamily, ...] | None:
        """All models, once, when they have been read; None before and after."""
        if self._ready.is_set() and self._library.is_read:  # it may have been another library that is ready
            self._ready.clear()
            return self._library.families
        return None

    def read(self) -> tuple[ModelFamily, ...]:
        """All models, as soon as they have been read: not for the window's thread."""
        return self._library.families

    def build(self, selection: Selection) -> Estimator:
        """Called by the session's loading thread. Raises UserError when it cannot be loaded."""
        return self._library.open_estimator(selection, threads=inference_threads())
