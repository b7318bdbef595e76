"""The verbs of playing, for buttons and keys: each does nothing while nothing is open."""

from depthview.engine.live.playback import Phase
from depthview.engine.live.session import LiveSession


class Player:
    """Plays, pauses and seeks in what a session has open."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session

    def toggle(self) -> None:
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
