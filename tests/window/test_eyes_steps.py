"""What is done to the two eyes: each step is shown as in force while it is, and is one click from off."""

from pathlib import Path

from depthview.engine.frames import DisparitySpan
from tests.window.driver import Driver


def test_where_is_searched_is_left_to_the_matcher_by_one_click(at: Driver, photo: Path) -> None:
    """Also where nothing lies behind the screen: what lies before it ends somewhere, too."""

    def span() -> DisparitySpan | None:
        return at.status.preparation.span if at.status.preparation is not None else None

    at.open(photo)
    at.until_depth()
    box = at.workspace.inspector.eyes.shift.box
    at.until(lambda: (found := span()) is not None and found.lowest_px == 0, "how far things reach")
    at.until(box.isChecked, "that it is in force")
    box.click()
    at.until(lambda: span() is None and not box.isChecked(), "that it is off")
    box.click()
    at.until(lambda: span() is not None and box.isChecked(), "that it is in force again")
