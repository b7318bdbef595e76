"""Where pictures come from. `open_source(spec)` picks the right source for what a person typed, dropped or chose."""

import re
import stat
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote
from urllib.request import url2pathname

from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, Source, SourceInfo, SourceKind

__all__ = ["Notice", "Source", "SourceInfo", "SourceKind", "Spec", "open_source"]

Spec = str | Sequence[str]
"""One or two of: a file, a folder, an http(s) address, `camera:NAME-OR-INDEX`. Two are the left and the right eye."""

_HEAD = 4096
_LFS = b"version https://git-lfs.github.com/spec/"

# FFmpeg would follow these to other files, and wait for a list that never ends.
_LISTS = (b"#EXTM3U", b"ffconcat version", b"[playlist]")

# "youtu.be/abc" and "www.example.org", as browsers show addresses; a path that exists is a path all the same.
_ADDRESS_WITHOUT_SCHEME = re.compile(
    r"(?:www\.[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:[/?]|$))|(?:[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}(?::\d+)?/)", re.IGNORECASE
)

_PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
_SCENES = (".ply", ".splat", ".ksplat", ".spz", ".sog")


class _What(StrEnum):
    CAMERA = "a camera"
    WEB = "a web address"
    FOLDER = "a folder"
    IMAGE = "a picture"
    VIDEO = "a video"


def open_source(spec: Spec, *, stop: StopToken | None = None, film_fps: float | None = None) -> Source:
    """Open what `spec` names; `file://` addresses are paths. What a file is, its content says and not its name.

    `stop` ends the wait for a device or a server. With `film_fps` a folder's pictures are the frames of one film, so
    many a second. Raises UserError with what is wrong and what to do.
    """
    items = (spec,) if isinstance(spec, str) else tuple(spec)
    if not items or not all(item.strip() for item in items):
        raise UserError("Nothing was named: choose a file, a folder, a camera or a web address")
    if len(items) > 2:
        raise UserError("At most two can be opened together, the left and the right eye: choose one or two")
    places = [_place(item) for item in items]
    kinds = [_what(place) for place in places]
    if len(set(kinds)) > 1:
        raise UserError(
            "The left is {left} and the right is {right}: choose two of one kind", left=kinds[0], right=kinds[1]
        )
    kind = kinds[0]
    if kind is _What.CAMERA:
        from depthview.engine.sources.webcam import open_camera

        return open_camera(tuple(str(place) for place in places), stop=stop)
    if kind is _What.WEB:
        if len(places) == 2:
            raise UserError("Two web addresses cannot be opened together: save both and open the two files")
        from depthview.engine.sources.web import open_web

        return open_web(str(places[0]), stop=stop)
    return _open_files(kind, [Path(place) for place in places], film_fps)


def _open_files(kind: _What, paths: list[Path], film_fps: float | None) -> Source:
    left, right = paths[0], paths[-1]
    single = len(paths) == 1
    match kind:
        case _What.FOLDER:
            from depthview.engine.sources.folder import FolderSource

            if single:
                return FolderSource.from_folder(left, film_fps=film_fps)
            return FolderSource.from_two_folders(left, right, film_fps=film_fps)
        case _What.IMAGE:
            from depthview.engine.sources.images import ImageSource

            return ImageSource.from_file(left) if single else ImageSource.from_pair(left, right)
        case _:
            from depthview.engine.sources.video import TwoVideoSource, VideoFileSource

            try:
                return VideoFileSource(left) if single else TwoVideoSource(left, right)
            except UserError as error:
                if all(path.suffix.lower() in _PICTURES for path in paths):  # nobody takes these for videos
                    from depthview.engine.sources.images import NO_PICTURE

                    raise UserError(NO_PICTURE, details=str(error), path=error.values.get("path", left)) from error
                raise


def _place(item: str) -> str | Path:
    """A path, or the text itself for cameras and web addresses."""
    text = item.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]  # as Windows' "Copy as path" gives it
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if colon and scheme == "camera":
        return text
    if colon and rest.startswith("//") and scheme.isascii() and scheme.isalnum():
        if scheme in ("http", "https"):
            return text
        if scheme == "file":
            return _from_file_address(rest[2:], item)
        raise UserError("Only http and https addresses can be opened: {path}", path=text)
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    # A name may begin or end with a blank; what was typed exactly comes first.
    exact = Path(item)
    if item != text and _exists(exact):
        return exact
    if _ADDRESS_WITHOUT_SCHEME.match(text) and not _exists(path) and not _exists(Path(text.partition("/")[0])):
        from depthview.engine.sources.web_address import checked_address

        return checked_address(text)
    return path


def _from_file_address(rest: str, item: str) -> Path:
    host, slash, path = rest.partition("/")
    if host.lower() not in ("", "localhost"):
        # Windows keeps shares there; elsewhere it names another machine.
        share = Path(f"//{host}/{unquote(path)}")
        if _exists(share):
            return share
        raise UserError("This address names another computer: copy the file here first: {path}", path=item)
    return Path(url2pathname(slash + path))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _what(place: str | Path) -> _What:
    if isinstance(place, str):
        return _What.CAMERA if place.lower().startswith("camera:") else _What.WEB
    from depthview.engine.reading import reading_error
    from depthview.engine.sources.images import is_picture

    try:
        mode = place.stat().st_mode
        if stat.S_ISDIR(mode):
            return _What.FOLDER
        if not stat.S_ISREG(mode):
            # Opening a pipe waits for ever; a camera's device is opened as a camera.
            raise UserError("This is not a file: choose a picture, a video or a camera: {path}", path=place)
        with place.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise reading_error(error, place) from error
    except ValueError as error:
        raise UserError("This is not a file's name: {path}", details=str(error), path=repr(str(place))) from error
    if is_picture(head):
        return _What.IMAGE
    _refuse_known(head, place)
    return _What.VIDEO


def _refuse_known(head: bytes, path: Path) -> None:
    """Raises UserError for what is neither a picture nor a video, where that can be told with more than a shrug."""
    if not head:
        raise UserError("This file is empty: copy or download it again: {path}", path=path)
    if head.startswith(_LFS):
        raise UserError(
            "This is only a Git LFS pointer, not the file: run `git lfs pull` where it came from: {path}",
            path=path,
        )
    suffix = path.suffix.lower()
    if head.startswith((b"ply\n", b"ply\r")) or suffix in _SCENES:
        raise UserError("This is a 3D scene, not a picture or a video: open it in Splats: {path}", path=path)
    if suffix == ".onnx":
        raise UserError("This is a model, not a picture or a video: add it in Models: {path}", path=path)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_LISTS):
        raise UserError(
            "This is a list of files or addresses, not a video: open the address it came from: {path}", path=path
        )
    if _is_text(head):
        raise UserError("This is a text file, not a picture or a video: choose another file: {path}", path=path)


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return head.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut in two.
        if error.start < len(head) - 4:
            return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return controls <= len(head) // 50
