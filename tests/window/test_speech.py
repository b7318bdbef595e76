"""What the engine says is translated before it is filled, whoever holds it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from depthview.engine.errors import UserError
from depthview.engine.sentence import Sentence
from depthview.ui.speech import sentence

WORDS = {
    "{name} is {grey:.0f} grey levels darker": "{grey:.1f} Graustufen dunkler ist {name}",
    "no board is seen": "kein Brett ist zu sehen",
    "The rig is not used: {why}": "Nicht verwendet: {why}",
    "It was measured for {size}.": "Vermessen für {size}.",
}


class German(QTranslator):
    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        return WORDS.get(text) if context == "Engine" else None

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def _in_german(qapp: QApplication) -> Iterator[None]:
    german = German()
    qapp.installTranslator(german)
    yield
    qapp.removeTranslator(german)


@pytest.mark.usefixtures("_in_german")
def test_a_sentence_is_translated_with_its_values() -> None:
    said = Sentence("{name} is {grey:.0f} grey levels darker", name="the right eye", grey=7.2)
    assert said == "the right eye is 7 grey levels darker"
    assert sentence(said) == "7.2 Graustufen dunkler ist the right eye"
    assert sentence("no board is seen") == "kein Brett ist zu sehen"
    assert sentence("{braces} that nobody fills") == "{braces} that nobody fills"


@pytest.mark.usefixtures("_in_german")
def test_a_sentence_in_a_sentence_is_translated_too() -> None:
    why = UserError("It was measured for {size}.", size="240 x 240")
    assert sentence(Sentence("The rig is not used: {why}", why=why)) == "Nicht verwendet: Vermessen für 240 x 240."
    assert sentence(UserError("The rig is not used: {why}", why=why)) == "Nicht verwendet: Vermessen für 240 x 240."
