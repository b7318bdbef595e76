"""The verbs of playing, for buttons and keys: each does nothing while nothing is open."""

from depthview.engine.live.playback import Phase
from depthview.engine.live.session import LiveSession


class Player:
    """Plays, pauses and seeks in what a session has open."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._resting_for: set[object] = set()
        self._goes_on = False

    def rest_for(self, reason: object) -> None:
        """Let it rest until `end_rest` is told of the same reason, and of all others."""
        self._goes_on = self.pause() or (self._goes_on and bool(self._resting_for))
        self._resting_for.add(reason)

    def end_rest(self, reason: object) -> None:
        """What played before goes on, unless something else was opened or the person took it in hand meanwhile."""
        if reason in self._resting_for:
            self._resting_for.remove(reason)
            if self._goes_on and not self._resting_for:
                self.resume()

    def start_over(self) -> None:
        """Something else is opened: what was is not to go on."""
        self._resting_for.clear()

    def toggle(self) -> None:
        self._goes_on = False
        playback = self._session.playback
        if playback is not None:
            playback.set_paused(playback.status.phase is Phase.PLAYING)

    def pause(self) -> bool:
        """Let it rest; True when it played."""
        playback = self._session.playback
        played = playback is not None and playback.status.phase is Phase.PLAYING
        if playback is not None and played:
            playback.set_paused(True)
        return played

    def resume(self) -> None:
        if self._session.playback is not None:
            self._session.playback.set_paused(False)

    def step(self, frames: int) -> None:
        self._goes_on = False
        if self._session.playback is not None:
            self._session.playback.step(frames)

    def seek(self, position_s: float) -> None:
        if self._session.playback is not None:
            self._session.playback.seek(position_s)

    def jump(self, seconds: float) -> None:
        """On, or back where it is below 0."""
        playback = self._session.playback
        if playback is not None:
            playback.seek(playback.status.position_s + seconds)

    def set_speed(self, speed: float) -> None:
        if self._session.playback is not None:
            self._session.playback.set_speed(speed)

    def set_loop(self, loop: bool) -> None:
        if self._session.playback is not None:
            self._session.playback.set_loop(loop)
