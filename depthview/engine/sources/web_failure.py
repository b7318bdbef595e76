"""Why a media address could not be opened: what FFmpeg's error was, and what a person reads."""

import av.error

from depthview.engine.errors import UserError
from depthview.engine.sources.decode import InputLost
from depthview.engine.sources.web_address import refused
from depthview.engine.sources.web_messages import no_answer
from depthview.engine.sources.web_stream import Stream

_REFUSALS = {
    av.error.HTTPUnauthorizedError: 401,
    av.error.HTTPForbiddenError: 403,
    av.error.HTTPNotFoundError: 404,
    av.error.HTTPTooManyRequestsError: 429,
    av.error.HTTPOtherClientError: 410,
    av.error.HTTPBadRequestError: 400,
}


def refusal_of(error: Exception) -> tuple[int | None, BaseException | None]:
    """The HTTP status that a failure came from, if one did, and FFmpeg's own error."""
    cause = error.cause if isinstance(error, InputLost) else error.__cause__
    return next((code for kind, code in _REFUSALS.items() if isinstance(cause, kind)), None), cause


def sentence_for(stream: Stream, error: Exception) -> UserError:
    """What a person reads when an address cannot be opened, or not again."""
    code, cause = refusal_of(error)
    if code is not None:
        return refused(stream.page or stream.address, code)
    if isinstance(error, UserError) and not isinstance(error, InputLost):
        return error
    return no_answer(stream.address, cause if cause is not None else error)
