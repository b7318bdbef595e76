"""Open what is at a web address: a picture, a video file, a streaming list, or the video on a page."""

from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Source
from depthview.engine.sources.decode import InputLost
from depthview.engine.sources.extract import DIRECT_FIRST, STREAMING_LIST_FIRST
from depthview.engine.sources.extraction import Extraction
from depthview.engine.sources.patient import PatientThread
from depthview.engine.sources.web_address import (
    Answer,
    Content,
    ask,
    checked_address,
    expires_at,
    fetch,
    identity_of,
    names_media,
    title_of,
)
from depthview.engine.sources.web_messages import no_answer
from depthview.engine.sources.web_stream import Patience, Stream
from depthview.engine.sources.web_video import WebVideo

LARGEST_PICTURE_BYTES = 200_000_000


def open_web(address: str, *, stop: StopToken | None = None, patience: Patience | None = None) -> Source:
    """The source at an http(s) address, as typed or pasted.

    Decided by its first bytes, not by its name. Raises UserError with what a person can do about it; Stopped within a
    moment when `stop` is set.
    """
    patience = patience if patience is not None else Patience()
    stop = stop if stop is not None else StopToken()
    asked = checked_address(address)
    stop.raise_if_stopped()
    answer = _ask(asked, stop, patience)
    if answer.content is Content.IMAGE:
        return _open_picture(asked, answer, stop, patience)
    if answer.content is Content.PAGE:
        return _open_page(asked, stop, patience)
    stream = Stream(
        address=answer.address,
        title=title_of(asked),
        streaming_list=answer.content is Content.STREAMING_LIST,
        expires_at=expires_at(answer.address),
    )
    return WebVideo(stream, identity=identity_of(asked), ranges=answer.ranges, stop=stop, patience=patience)


def _ask(address: str, stop: StopToken, patience: Patience) -> Answer:
    thread = PatientThread("depthview-web-ask")
    try:
        return thread.run(lambda: ask(address, patience.answer_s), timeout_s=patience.answer_s + 1.0, stop=stop)
    except TimeoutError as error:
        raise no_answer(address, error) from error
    finally:
        thread.end()


def _open_picture(asked: str, answer: Answer, stop: StopToken, patience: Patience) -> Source:
    from depthview.engine.sources.images import image_source_from_bytes

    thread = PatientThread("depthview-web-picture")
    try:
        data = thread.run(
            lambda: fetch(answer.address, patience.answer_s, LARGEST_PICTURE_BYTES, stop),
            timeout_s=patience.extract_s,
            stop=stop,
        )
    except TimeoutError as error:
        raise no_answer(asked, error) from error
    finally:
        thread.end()
    return image_source_from_bytes(data, title_of(asked), identity_of(asked))


def _open_page(asked: str, stop: StopToken, patience: Patience) -> Source:
    try:
        try:
            return _open_stream(asked, DIRECT_FIRST, stop, patience)
        except UserError as error:
            # Sites refuse their plain files to some programs and networks, and still serve the streaming list.
            if not isinstance(error.__cause__, InputLost):
                raise
            return _open_stream(asked, STREAMING_LIST_FIRST, stop, patience)
    except UserError as error:
        if not names_media(asked):
            raise
        raise UserError(
            "This address promises a file but gives a web page; is there a sign-in page in between?: {path}",
            path=asked,
            details=f"{error}\n{error.details}",
        ) from error


def _open_stream(asked: str, formats: str, stop: StopToken, patience: Patience) -> Source:
    stream = Extraction(asked, formats, longest_s=patience.extract_s).wait(stop)
    return WebVideo(stream, identity=identity_of(asked), stop=stop, patience=patience)
