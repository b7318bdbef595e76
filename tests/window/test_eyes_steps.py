"""What is done to the two eyes: a tick is what the person wants, what was found stands beside it in words."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.estimators.base import Estimate
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.exports import write_image
from depthview.engine.frames import DisparitySpan, StereoPair
from tests.window.driver import PATIENCE_MS, Driver
from tests.window.stereo_pictures import eyes

ZOOM = 1.2
"""Of the right eye: no two cameras that are one pair differ by so much, and the rows are left alone."""


def test_where_is_searched_is_left_to_the_matcher_by_one_click(at: Driver, photo: Path) -> None:
    """Also where nothing lies behind the screen: what lies before it ends somewhere, too."""

    def span() -> DisparitySpan | None:
        return at.status.preparation.span if at.status.preparation is not None else None

    at.open(photo)
    at.until_depth()
    box = at.workspace.inspector.eyes.shift.box
    at.until(lambda: (found := span()) is not None and found.lowest_px == 0, "how far things reach")
    assert box.isChecked()
    box.click()
    at.until(lambda: span() is None and not box.isChecked(), "that it is off")
    box.click()
    at.until(lambda: span() is not None and box.isChecked(), "that it is in force again")


def test_ticks_are_what_is_wanted_whatever_was_found(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    steps = at.workspace.inspector.eyes
    rows = (steps.bars, steps.rows, steps.colours, steps.shift)

    def words() -> list[str]:
        return [row.figure.text() for row in rows]

    at.until(lambda: words() == ["none", "even", "alike", "not converged"], "what was found")
    assert all(row.box.isChecked() and row.insist.isHidden() for row in rows), "wanted, with nothing to do"
    panes = at.workspace.panes
    images = (panes.picture_view, panes.depth_view.image)
    assert not any(image.note for image in images)
    steps.compare.click()
    at.until(lambda: words() == ["not now"] * 4, "nothing to be done")
    at.until(lambda: all("ntouched" in image.note for image in images), "the pictures to say so")
    assert all(row.box.isChecked() for row in rows), "for a while only"
    steps.compare.click()
    at.until(lambda: "not now" not in words(), "what was found")
    at.until(lambda: not any(image.note for image in images), "nothing more to be said of it")
    for row in rows:
        row.box.click()
    at.until(lambda: words() == ["none", "", "", ""], "steps that are off")
    assert not any(row.box.isChecked() for row in rows)
    at.open(photo)
    at.until_depth()  # by then it is known what was open before, and what the person wanted of it
    assert not any(row.box.isChecked() for row in rows), "it is remembered"
    at.until(lambda: words() == ["none", "", "", ""], "what was found of the bars")

    def as_they_come() -> bool:
        status = at.status
        found, done = status.findings, status.preparation
        return found is not None and found.looked and done is not None and done.span is None

    at.until(as_they_come, "the eyes as they come")


def test_what_was_made_before_it_was_known_what_is_wanted_is_not_shown(
    at: Driver, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a slow model it would be seen for long."""
    at.open(photo)
    at.until_depth()
    at.do("swap")
    at.until_view(lambda v: bool(np.nanmedian(v.depth.values) < 0), "eyes the other way round")
    began, go_on = threading.Event(), threading.Event()
    estimate = SemiGlobalEstimator.estimate

    def waits(self: SemiGlobalEstimator, pair: StereoPair) -> Estimate:
        began.set()
        assert go_on.wait(PATIENCE_MS / 1000)
        return estimate(self, pair)

    monkeypatch.setattr(SemiGlobalEstimator, "estimate", waits)
    at.open(photo)
    at.until(began.is_set, "the first estimate to begin")
    at.until(lambda: at.workspace.session.settings.swap is True, "what is remembered")
    go_on.set()
    at.until_depth()
    assert at.median_px() < 0


def test_what_is_left_alone_is_one_click_from_being_done(at: Driver, tmp_path: Path) -> None:
    left, right = eyes()
    height, width = right.shape[:2]
    closer = cv2.getRotationMatrix2D((width / 2, height / 2), 0.0, ZOOM)
    zoomed = cv2.warpAffine(right, closer, (width, height), borderMode=cv2.BORDER_REFLECT)
    write_image(tmp_path / "zoomed_sbs.png", np.concatenate([left, zoomed], axis=1))
    at.open(tmp_path / "zoomed_sbs.png")
    at.until_depth()
    rows = at.workspace.inspector.eyes.rows

    def evened() -> bool:
        return at.status.preparation is not None and at.status.preparation.warp is not None

    at.until(lambda: rows.figure.text() == "left alone" and not rows.insist.isHidden(), "why, and the way out")
    assert rows.box.isChecked()
    assert not evened()
    rows.insist.click()
    at.until(lambda: evened() and "px" in rows.figure.text() and rows.insist.isHidden(), "rows that are evened")
    rows.box.click()
    at.until(lambda: not evened() and rows.figure.text() == "", "the eyes as they come")
    rows.box.click()
    at.until(lambda: rows.figure.text() == "left alone", "that it is for what was found to say again")
