"""Fresh addresses for a video whose address expires: when to ask its page again, and how often."""

import time
from collections.abc import Callable

from depthview.engine.errors import UserError
from depthview.engine.sources.extract import DIRECT_FIRST, STREAMING_LIST_FIRST
from depthview.engine.sources.extraction import Extraction
from depthview.engine.sources.web_stream import Patience, Stream


class Renewal:
    """Asks the page of a stream for a new address, in the background and within a budget.

    `clock` gives Unix time. A stream without a page is never renewed.
    """

    def __init__(self, stream: Stream, patience: Patience, clock: Callable[[], float]) -> None:
        self._page = stream.page
        self._patience = patience
        self._clock = clock
        self._extraction: Extraction | None = None
        self._begun_at: list[float] = []
        # Less than that left at the start: the site gives short-lived addresses, renewing ahead would never end.
        self._ahead = not self._is_near_expiry(stream)

    @property
    def running(self) -> bool:
        return self._extraction is not None

    @property
    def allowed(self) -> bool:
        """Whether there is a page to ask and it was not asked too often lately."""
        since = time.monotonic() - self._patience.renewals_within_s
        self._begun_at = [at for at in self._begun_at if at > since]
        return self._page is not None and len(self._begun_at) < self._patience.renewals

    def begin(self, stream: Stream) -> None:
        """Ask again. The last time the budget allows, a streaming list is asked for instead of a file."""
        assert self._page is not None
        self.cancel()
        self._begun_at.append(time.monotonic())
        last_chance = len(self._begun_at) == self._patience.renewals
        formats = STREAMING_LIST_FIRST if last_chance and not stream.streaming_list else DIRECT_FIRST
        self._extraction = Extraction(self._page, formats, longest_s=self._patience.extract_s)

    def poll(self, wait_s: float = 0.0) -> Stream | None:
        """The fresh stream when it is there. Raises UserError when the page gives none."""
        if self._extraction is None:
            return None
        try:
            fresh = self._extraction.poll(wait_s)
        except UserError:
            self._extraction = None
            raise
        if fresh is not None:
            self._extraction = None
        return fresh

    def ahead(self, stream: Stream) -> Stream | None:
        """Called while the old address still serves: a fresh stream once its time comes and the page has answered."""
        if self._page is None or not self._ahead or not self._is_near_expiry(stream):
            return None
        if self._extraction is None:
            if self.allowed:
                self.begin(stream)
            else:
                self._ahead = False
            return None
        try:
            fresh = self.poll()
        except UserError:
            # The address at hand may last longer than it says; its failure will ask again.
            self._ahead = False
            return None
        if fresh is not None:
            self._ahead = not self._is_near_expiry(fresh)
        return fresh

    def cancel(self) -> None:
        if self._extraction is not None:
            self._extraction.cancel()
            self._extraction = None

    def _is_near_expiry(self, stream: Stream) -> bool:
        return stream.expires_at is not None and stream.expires_at - self._clock() <= self._patience.renew_before_s
