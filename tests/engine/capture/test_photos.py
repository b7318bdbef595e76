"""A folder of photos or a video: what is found, what is said of it, and what the job keeps of it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.capture.photos.gathering import gather, read_gathering
from depthview.engine.capture.photos.listing import list_photos
from depthview.engine.capture.photos.preflight import preflight
from depthview.engine.capture.photos.video import look_at_video, sharpest_frames
from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, StopToken, ignore_progress
from tests.engine.capture.photo_files import EXIF_IFD, FOCAL_35MM, GPS_IFD, ORIENTATION, picture, write_photo
from tests.engine.capture.photo_files import write_photos as photos_in
from tests.engine.coded_clips import coded_image, number_in, write_clip

SMALL = {"max_splats": 1000, "max_size_px": 200}


def test_photos_come_in_the_order_of_their_numbers_and_other_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("img10.jpg", "img9.png", "img1.webp", "Img11.TIFF"):
        write_photo(tmp_path / name, picture(len(name)))
    (tmp_path / "transforms.json").write_text("{}")
    (tmp_path / ".hidden.jpg").touch()
    (tmp_path / "film.mp4").touch()
    found = list_photos([tmp_path])
    assert [path.name for path in found.photos] == ["img1.webp", "img9.png", "img10.jpg", "Img11.TIFF"]
    assert found.video is None


def test_a_data_set_that_keeps_its_photos_in_images_is_understood(tmp_path: Path) -> None:
    photos = photos_in(tmp_path / "images", 3)
    assert list_photos([tmp_path]).photos == tuple(photos)


def test_photos_in_folders_inside_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no photos"):
        list_photos([tmp_path])
    photos_in(tmp_path / "day 1", 1)
    with pytest.raises(UserError, match="folders inside"):
        list_photos([tmp_path])


def test_the_same_file_named_twice_is_one_photo(tmp_path: Path) -> None:
    photos = photos_in(tmp_path, 3)
    assert list_photos([tmp_path, photos[1]]).photos == tuple(photos)


def test_photos_of_every_kind_are_kept_upright_with_lens_and_place(tmp_path: Path) -> None:
    """Whatever lay in the files: one JPEG each, its red corner in the upper left."""
    inputs = tmp_path / "in"
    write_photo(inputs / "plain.jpg", picture(1), focal_35mm=28)
    write_photo(inputs / "näme with blank.webp", picture(2))
    write_photo(inputs / "grey.tif", np.repeat(picture(3)[..., :1], 3, axis=2))
    # Orientation 6: what is seen upright was turned a quarter to the left before it was stored.
    write_photo(
        inputs / "turned.jpg", np.rot90(picture(4)), orientation=6, focal_35mm=35, place=((52, 30, 0), (13, 24, 0))
    )
    found = preflight([inputs], tmp_path / "job", **SMALL)
    kept = gather(found, tmp_path / "job", 10, 200, ignore_progress, StopToken())
    assert read_gathering(tmp_path / "job") == kept
    by_name = {photo.name: photo for photo in kept.photos}
    assert by_name["näme with blank.webp"].file == "name_with_blank.jpg"
    for photo in kept.photos:
        with Pillow.open(tmp_path / "job" / "photos" / photo.file) as opened:
            image = np.asarray(opened.convert("RGB"))
            exif = opened.getexif()
        assert image.shape[1::-1] == photo.size_px == (200, 133)
        assert ORIENTATION not in exif
        if photo.name != "grey.tif":
            assert image[5, 5, 0] > 200
            assert image[5, 5, 1:].max() < 60, photo.name
    with Pillow.open(tmp_path / "job" / "photos" / by_name["turned.jpg"].file) as opened:
        assert opened.getexif().get_ifd(EXIF_IFD)[FOCAL_35MM] == 35
        assert opened.getexif().get_ifd(GPS_IFD)[1] == "N"
    assert by_name["plain.jpg"].place is None
    assert by_name["turned.jpg"].place == pytest.approx((52.5, 13.4, 0))


def test_a_jpeg_that_needs_nothing_is_kept_byte_for_byte(tmp_path: Path) -> None:
    photos = photos_in(tmp_path / "in", 3)
    found = preflight([tmp_path / "in"], tmp_path / "job", **SMALL)
    gather(found, tmp_path / "job", 10, 400, ignore_progress, StopToken())
    for photo in photos:
        assert (tmp_path / "job" / "photos" / photo.name).read_bytes() == photo.read_bytes()


def test_photos_of_one_name_from_two_folders_stay_two(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    photos_in(a, 3)
    photos_in(b, 3)
    for number in range(3):
        write_photo(b / f"p{number:02d}.jpg", picture(number + 50))
    found = preflight([a, b], tmp_path / "job", **SMALL)
    kept = gather(found, tmp_path / "job", 10, 400, ignore_progress, StopToken())
    assert len({photo.file for photo in kept.photos}) == 6


def test_what_could_be_better_is_said(tmp_path: Path) -> None:
    photos_in(tmp_path, 6)
    blurred = cv2.GaussianBlur(picture(7), (0, 0), 6)
    write_photo(tmp_path / "soft.jpg", np.asarray(blurred, np.uint8))
    write_photo(tmp_path / "tall.jpg", picture(8, (160, 240)))
    for number in range(4):
        write_photo(tmp_path / f"twin{number}.jpg", picture(2))
    said = "\n".join(preflight([tmp_path], **SMALL).sentences)
    assert "only 12 photos" in said
    assert "1 photo(s) are blurred beside the others (soft.jpg)" in said
    assert "4 photos show the same as another (twin0.jpg, twin1.jpg, twin2.jpg, ...)" in said
    assert "2 cameras, zooms or sizes" in said
    assert "upright" in said


def test_good_photos_need_no_word(tmp_path: Path) -> None:
    photos_in(tmp_path, 20)
    assert preflight([tmp_path], **SMALL).sentences == ()


def test_photos_are_looked_at_until_told_to_stop(tmp_path: Path) -> None:
    photos_in(tmp_path, 4)
    stop = StopToken()
    heard: list[Progress] = []

    def report(progress: Progress) -> None:
        heard.append(progress)
        stop.stop()

    with pytest.raises(Stopped):
        preflight([tmp_path], report=report, stop=stop, **SMALL)
    assert len(heard) == 1


def clip_with_one_sharp_frame_in_ten(path: Path, frames: int = 60) -> list[int]:
    """All frames soft but one of each ten; which these are."""
    sharp = [10 * stretch + (3 * stretch + 2) % 10 for stretch in range(frames // 10)]
    images = []
    for number in range(frames):
        image = coded_image(number)
        image[40:] = picture(number, (176, 56))
        if number not in sharp:
            image[40:] = cv2.GaussianBlur(image[40:], (0, 0), 3)
        images.append(image)
    write_clip(path, images, options={"crf": "10"})
    return sharp


def numbers_of(paths: tuple[Path, ...]) -> list[int]:
    return [number_in(np.asarray(Pillow.open(path).convert("RGB"))) for path in paths]


def test_of_every_stretch_of_a_video_the_sharpest_frame_is_taken(tmp_path: Path) -> None:
    sharp = clip_with_one_sharp_frame_in_ten(tmp_path / "film.mp4")
    found = preflight([tmp_path], tmp_path / "job", frame_count=6, **SMALL)
    assert found.video is not None
    kept = gather(found, tmp_path / "job", 6, 400, ignore_progress, StopToken())
    assert kept.in_a_row
    assert numbers_of(tuple(tmp_path / "job" / "photos" / photo.file for photo in kept.photos)) == sharp


@pytest.mark.parametrize("left", [0, 1, 4])
def test_frames_once_written_are_not_written_again(tmp_path: Path, left: int) -> None:
    sharp = clip_with_one_sharp_frame_in_ten(tmp_path / "film.mp4")
    footage = look_at_video(tmp_path / "film.mp4")
    folder = tmp_path / "frames"
    folder.mkdir()
    first = sharpest_frames(footage, folder, 6, 400, ignore_progress, StopToken())
    for path in first[left:]:
        path.unlink()
    (folder / ".depthview-12345678.jpg").write_bytes(b"half")
    before = [path.stat().st_mtime_ns for path in first[:left]]
    again = sharpest_frames(footage, folder, 6, 400, ignore_progress, StopToken())
    assert [path.stat().st_mtime_ns for path in first[:left]] == before
    assert numbers_of(again) == sharp
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in first]


def test_more_frames_than_there_are_is_all_of_them(tmp_path: Path) -> None:
    clip_with_one_sharp_frame_in_ten(tmp_path / "film.mp4", 20)
    (tmp_path / "frames").mkdir()
    footage = look_at_video(tmp_path / "film.mp4")
    frames = sharpest_frames(footage, tmp_path / "frames", 100, 400, ignore_progress, StopToken())
    assert numbers_of(frames) == list(range(20))


def test_a_video_without_a_length_is_measured_first(tmp_path: Path) -> None:
    clip_with_one_sharp_frame_in_ten(tmp_path / "film.h264")
    (tmp_path / "frames").mkdir()
    footage = look_at_video(tmp_path / "film.h264")
    frames = sharpest_frames(footage, tmp_path / "frames", 6, 400, ignore_progress, StopToken())
    assert 5 <= len(frames) <= 6


def test_two_videos_are_two_scenes(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "b.mov").touch()
    with pytest.raises(UserError, match="one video"):
        list_photos([tmp_path])
