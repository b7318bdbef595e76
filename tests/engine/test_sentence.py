"""A sentence is plain text that still knows what it was filled from."""

import copy
import json
import pickle

from depthview.engine.sentence import Sentence

SAID = Sentence("{name} is {count:03d} rows off", name="a {brace}", count=7)


def test_it_is_the_filled_text() -> None:
    assert SAID == "a {brace} is 007 rows off"
    assert json.loads(json.dumps({"reason": SAID})) == {"reason": str(SAID)}


def test_what_it_was_filled_from_survives_copies() -> None:
    for other in (SAID, copy.deepcopy(SAID), pickle.loads(pickle.dumps(SAID))):
        assert (other, other.template, other.values) == (SAID, "{name} is {count:03d} rows off", SAID.values)
