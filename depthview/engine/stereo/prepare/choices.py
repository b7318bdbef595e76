"""What a person wants done to two eyes before they are matched, where it is not what was found."""

from dataclasses import dataclass

from depthview.engine.stereo.rigs.rig import CalibratedRig

MOST_SHIFT_SHARE = 0.5
"""Of the width. What is moved further is not compared any more."""


@dataclass(frozen=True, slots=True)
class PreparationChoices:
    """None leaves it to what is found.

    `bars`: False leaves black bars in. `rows`: False leaves the rows as they are, True evens them even where that is
    not trusted. `colours`: False leaves the eyes' colours as they are, True matches them even where it hardly helps.
    `shift_share` is how far things lie behind the screen, of the width; 0: nobody is to look. `rig` is a measured
    camera: its geometry takes the place of what is found of bars and rows.
    """

    bars: bool | None = None
    rows: bool | None = None
    colours: bool | None = None
    shift_share: float | None = None
    rig: CalibratedRig | None = None


UNTOUCHED = PreparationChoices(bars=False, rows=False, colours=False, shift_share=0.0)
"""The two eyes just as they come."""
