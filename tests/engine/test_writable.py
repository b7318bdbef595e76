"""Whether results can be written is known before the work, and nothing is made to find out."""

import shutil
from pathlib import Path

import pytest

from depthview.engine.errors import UserError
from depthview.engine.writable import check_file, check_folder


def test_a_folder_that_can_be_made_is_right_and_is_not_made(tmp_path: Path) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "a" / "b", needed_bytes=1)
    check_file(tmp_path / "a" / "rig.yml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", [".", "deeper", "deeper/still"])
def test_a_file_in_the_way(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(UserError, match=r"^A file is in the way of this folder: .*taken"):
        check_folder(tmp_path / "taken" / below)
    with pytest.raises(UserError, match=r"^A file is in the way of this folder"):
        check_file(tmp_path / "taken" / below / "rig.yml")


def test_a_link_that_leads_nowhere_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(UserError, match=r"^A file is in the way"):
        check_folder(tmp_path / "link")


def test_a_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "rig.yml").mkdir()
    with pytest.raises(UserError, match=r"^A folder is in the way of this file: choose another name: .*rig\.yml$"):
        check_file(tmp_path / "rig.yml")


def test_more_than_there_is_room_for(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(
        UserError, match=r"^The disk is too full for this, \d+ MB are free and at least \d+ MB are needed"
    ):
        check_folder(tmp_path / "o", needed_bytes=2 * free)
