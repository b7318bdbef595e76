"""How commands end: whatever happens inside, one sentence, an exit code and, if asked for, one object."""

import json

import pytest
import typer

from depthview.commands.outcome import Result, carry_out
from depthview.engine.errors import Stopped, UserError


def ended(error: BaseException, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a work that fails so."""

    def work() -> Result:
        raise error

    with pytest.raises(typer.Exit) as caught:
        carry_out(work, as_json=as_json, say=str)
    out, err = capsys.readouterr()
    return caught.value.exit_code, out, err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UserError("Wrong: {path}", path="x"), 2, "Wrong: x"),
        (KeyboardInterrupt(), 130, "Stopped."),
        (Stopped(), 130, "Stopped."),
        (Stopped("Stopped after 3 frames."), 130, "Stopped after 3 frames."),
        (
            ZeroDivisionError("one\nline too many"),
            1,
            "Something failed inside DepthView, please report it: line too many",
        ),
        (KeyError("size"), 1, "Something failed inside DepthView, please report it: KeyError: 'size'"),
        (
            OSError(5, "Input/output error"),
            1,
            "Something failed inside DepthView, please report it: OSError: [Errno 5]",
        ),
    ],
)
def test_every_failure_is_one_sentence_and_one_object(
    error: BaseException, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    left, out, err = ended(error, capsys)
    assert (left, out) == (code, "")
    (line,) = err.splitlines()
    assert line.startswith(sentence)
    left, out, err = ended(error, capsys, as_json=True)
    assert left == code
    assert err.splitlines() == [line]
    assert json.loads(out) == {"ok": False, "error": line}
