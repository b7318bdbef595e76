"""What is remembered of sources: which one plays, what was overruled for it before, what is to be kept of it now."""

from dataclasses import replace

from depthview.engine.live.settings import LiveSettings
from depthview.engine.models.usual import UsualModels
from depthview.engine.resources import known_camera
from depthview.engine.sources import SourceInfo
from depthview.ui.live.look import Look
from depthview.ui.settings import Preferences, SourceMemory


class Recollection:
    """The preferences in force, and the source that plays, once it is known which it is."""

    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self._identity: str | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is known what plays."""
        return self._identity is not None

    def start_over(self) -> None:
        """Something else is being opened; what it is will be seen."""
        self._identity = None

    def recognise(self, info: SourceInfo | None) -> SourceMemory | None:
        """What the person wants of this source; None when there is none, or it was recognised before."""
        if info is None or info.identity == self._identity:
            return None
        self._identity = info.identity
        return self.preferences.sources.get(
            info.identity, SourceMemory(camera=known_camera(info.identity, info.fov_deg, info.baseline_m))
        )

    def with_source(self, preferences: Preferences, settings: LiveSettings, look: Look) -> Preferences:
        """`preferences` with what is in force for the source that plays."""
        if self._identity is None:
            return preferences
        memory = SourceMemory(
            settings.layout,
            settings.swap,
            replace(look.camera, rig=None),  # it is found again where it lies
            look.max_distance_m,
            replace(settings.preparation, rig=None),
            settings.steady,
        )
        return preferences.with_source(self._identity, memory)

    def with_models(self, before: UsualModels, after: UsualModels) -> Preferences:
        """The preferences with the models that the person chose: one that nobody chose is not remembered, since a
        better one may come with the next version."""
        kept = self.preferences
        if after.two_eyes != before.two_eyes:
            kept = replace(kept, two_eyes=after.two_eyes)
        return replace(kept, one_eye=after.one_eye) if after.one_eye != before.one_eye else kept

    def without_model(self, eyes: int) -> Preferences:
        """The preferences without the model that was remembered for so many eyes, which cannot be had any more."""
        return replace(self.preferences, one_eye=None) if eyes == 1 else replace(self.preferences, two_eyes=None)

    def keep(self, preferences: Preferences) -> bool:
        """Put `preferences` in force; True when that changes something."""
        changed, self.preferences = preferences != self.preferences, preferences
        return changed
