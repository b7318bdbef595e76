"""Which settings a model is run with where nobody chose them."""

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.iterative import MODEL_ID, STILL_ITERATIONS
from depthview.engine.models.usual import DEFAULT_TWO_EYES, unhurried


def test_a_file_s_frames_get_a_good_answer_where_live_holds_a_rate() -> None:
    assert unhurried(DEFAULT_TWO_EYES) == Selection(MODEL_ID, STILL_ITERATIONS)
    chosen = Selection(MODEL_ID, 3, (240, 320), rate_hz=15.0)
    assert unhurried(chosen) == Selection(MODEL_ID, 3, (240, 320)), "what was chosen stays"
    assert unhurried(Selection("sgm", None, (240, 320))) == Selection("sgm", None, (240, 320))
