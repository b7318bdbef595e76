"""What is said of a comparison, in the person's language."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from depthview.engine.models.comparison.difference import Aligned
from depthview.engine.models.comparison.run import Trial
from depthview.ui.speech import sentence

_ALL_SHARE = 0.99


def _tr(text: str) -> str:
    return QCoreApplication.translate("Compare", text)


def trial_words(trial: Trial) -> str:
    """A setting, what it costs and what it gives, in one line."""
    found = trial.difference
    words = [trial.name, f"{trial.time_ms:.1f} ms"]
    if trial.is_reference:
        words.append(_tr("the reference"))
    elif found is not None and math.isfinite(found.mean):
        words.append(_tr("{mean:.2f} {unit} from the reference").format(mean=found.mean, unit=found.unit))
        if found.aligned is not Aligned.NOTHING:
            words.append(_tr("brought to its scale and shift first"))
    if found is not None and found.known < _ALL_SHARE:
        words.append(_tr("answers for {share:.0f} % of the pixels").format(share=100 * found.known))
    if trial.iterations is not None and trial.iterations != trial.asked_iterations:
        words.append(_tr("stopped after {count}, nothing changed any more").format(count=trial.iterations))
    words.append(trial.provider)
    return " · ".join(word for word in words if word)


def reference(trials: Sequence[Trial]) -> str:
    """What the differences are from."""
    best = next((trial for trial in trials if trial.is_reference), None)
    return _tr("Reference: {name}.").format(name=best.name) if best else ""


def failures(trials: Sequence[Trial]) -> tuple[str, str]:
    """How many failed and why the first one did; and all of them, a line each."""
    failed = [(trial.name, sentence(trial.fault)) for trial in trials if trial.fault is not None]
    if not failed:
        return "", ""
    name, why = failed[0]
    words = _tr("{count} failed. {name}: {why}").format(count=len(failed), name=name, why=why)
    return words, "\n".join(f"{name}: {why}" for name, why in failed)
