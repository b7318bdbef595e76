"""Which setting is worth its time: models, iterations and resolutions on one's own pictures, one after another.

What each setting costs is the median time of several runs after one that is not counted; what it is worth is how far
its answer is from ground truth, or where there is none, from the answer of the most demanding setting. Only one
estimator is in memory at a time, and each picture starts anew: nothing goes on from the run before.
"""

import math
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Estimate, Estimator, Selection
from depthview.engine.frames import StereoPair
from depthview.engine.models.comparison.difference import Answer, Difference, difference, mean_of
from depthview.engine.models.library import ModelFamily
from depthview.engine.progress import PauseToken, Progress, Report, StopToken, ignore_progress

USUAL_ITERATIONS = (1, 2, 5, 10)
USUAL_SIZES_HW = ((240, 320), (480, 640))
USUAL_REPEATS = 5

Build = Callable[[Selection], Estimator]


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture to compare on, and its ground truth where there is one. Of one-eyed material both eyes are the same."""

    name: str
    pair: StereoPair
    truth: Answer | None = None
    has_two_eyes: bool = True


@dataclass(frozen=True, slots=True)
class Trial:
    """A setting, and what came of it.

    `setting` is what was asked for; `size_hw` and `iterations` are what was really done: a model may stop early when
    nothing changes any more (the most of all pictures counts). `time_ms` is the median of one estimate, NaN where it
    failed. `difference` is the mean over the pictures. `is_reference`: the others are held against this one's answers.
    `fault` says why it failed.
    """

    setting: Selection
    title: str
    size_hw: tuple[int, int] | None = None
    iterations: int | None = None
    provider: str = ""
    time_ms: float = math.nan
    difference: Difference | None = None
    is_reference: bool = False
    fault: UserError | None = None

    @property
    def name(self) -> str:
        """The setting in words."""
        return setting_name(self.title, self.asked_iterations, self.size_hw or self.setting.size_hw)

    @property
    def asked_iterations(self) -> int | None:
        """How many a person chose, or the model where nobody did; None where there are none to choose."""
        return self.setting.iterations or self.iterations


@runtime_checkable
class _Remembering(Protocol):
    """An estimator that goes on from the last picture."""

    def forget(self) -> None: ...


def plan(
    families: Iterable[ModelFamily], iterations: Sequence[int] = (), sizes_hw: Sequence[tuple[int, int]] = ()
) -> list[Selection]:
    """Every model with every count and size asked for; without any, with all that the model offers.

    A model that has not what is asked for is tried at what is nearest to it; no setting comes twice.
    """
    settings: list[Selection] = []
    for family in families:
        for size_hw in sizes_hw or family.sizes_hw or (None,):
            for count in iterations or family.iterations or (None,):
                nearest = family.nearest(Selection(family.model_id, count, size_hw))
                own_size_hw = None if family.any_size else nearest.size_hw
                settings.append(
                    Selection(
                        family.model_id,
                        count if family.most_iterations else nearest.iterations,
                        own_size_hw or size_hw,
                    )
                )
    return list(dict.fromkeys(settings))


def compare(
    settings: Sequence[Selection],
    samples: Sequence[Sample],
    build: Build,
    *,
    titles: dict[str, str] | None = None,
    reference_model: str | None = None,
    repeats: int = USUAL_REPEATS,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
    pause: PauseToken | None = None,
) -> Iterator[Trial]:
    """Try the settings on the pictures, and give each one's outcome as soon as there is one.

    With ground truth for all pictures they are tried in their order. Without, the largest and longest setting of
    `reference_model` (the first one's, unless it is named) is tried first and is what the others are held against; if
    it fails, the next lesser one. A setting that fails is a trial with a `fault`, and the rest goes on. `titles` are
    the models' names for people. Raises Stopped when `stop` is set.
    """
    bench = _Bench(samples, build, titles or {}, repeats, _Steps(len(settings), report, stop, pause))
    waiting = list(settings)
    references = [sample.truth for sample in samples if sample.truth is not None]
    with_truth = len(references) == len(samples)
    if not with_truth:
        for setting in _most_demanding_first(settings, reference_model):
            waiting.remove(setting)
            trial, answers = bench.run(setting)
            if answers and all(np.isfinite(answer.values).any() for answer in answers):
                references = answers
                yield replace(trial, difference=_mean_difference(answers, answers), is_reference=True)
                break
            if answers:
                nothing = UserError("This setting finds no depth in this picture: choose another one.")
                trial = replace(trial, fault=nothing)
            yield trial
    for setting in waiting:
        trial, answers = bench.run(setting)
        if answers:
            trial = replace(trial, difference=_mean_difference(answers, references, is_truth=with_truth))
        yield trial


def pareto(trials: Iterable[Trial]) -> list[Trial]:
    """The trials that no other one beats in both time and difference, the quickest first."""
    good = [t for t in trials if t.difference is not None and math.isfinite(t.difference.mean)]
    front: list[Trial] = []
    for trial in sorted(good, key=lambda t: (t.time_ms, _mean(t))):
        if not front or _mean(trial) < _mean(front[-1]):
            front.append(trial)
    return front


def setting_name(title: str, iterations: int | None, size_hw: tuple[int, int] | None) -> str:
    """`DepthView stereo, 5 iterations, 480x640`: what is not known is left out."""
    words = [title]
    if iterations is not None:
        words.append("1 iteration" if iterations == 1 else f"{iterations} iterations")
    if size_hw is not None:
        words.append(f"{size_hw[0]}x{size_hw[1]}")
    return ", ".join(words)


class _Steps:
    """Counts the settings, says how far it is, and rests or stops where it was told to."""

    def __init__(self, total: int, report: Report, stop: StopToken | None, pause: PauseToken | None) -> None:
        self._total, self._report = total, report
        self._stop, self._pause = stop or StopToken(), pause or PauseToken()
        self._begun = 0

    def begin(self, name: str) -> None:
        """The next setting is tried."""
        self.look()
        self._report(Progress(self._begun, self._total, name))
        self._begun += 1

    def end(self) -> None:
        if self._begun == self._total:
            self._report(Progress(self._begun, self._total, ""))

    def look(self) -> None:
        """Raises Stopped."""
        self._pause.rest(self._stop)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Tries one setting at a time."""

    samples: Sequence[Sample]
    build: Build
    titles: dict[str, str]
    repeats: int
    steps: _Steps

    def run(self, setting: Selection) -> tuple[Trial, list[Answer]]:
        """The trial, and its answer to each picture; no answers where it failed. Raises Stopped."""
        trial = Trial(setting, self.titles.get(setting.model_id, setting.model_id))
        self.steps.begin(trial.name)
        answers: list[Answer] = []
        try:
            with closing(self.build(setting)) as estimator:
                trial, answers = self._measure(trial, estimator)
        except Stopped:
            raise
        except UserError as error:
            trial = replace(trial, fault=error)
        except Exception as error:  # noqa: BLE001 - whatever a model does, the others have their turn
            sentence = "This setting failed: try a smaller resolution or another model."
            details = "".join(traceback.format_exception(error))
            trial = replace(trial, fault=UserError(sentence, details=details))
        self.steps.end()
        return trial, answers

    def _measure(self, trial: Trial, estimator: Estimator) -> tuple[Trial, list[Answer]]:
        if estimator.info.eyes > 1 and not all(sample.has_two_eyes for sample in self.samples):
            raise UserError("This model needs two eyes: give pictures that hold both, or a left and a right one.")
        times_s: list[float] = []
        answers: list[Answer] = []
        counts: list[int] = []
        warmed_hw: tuple[int, int] | None = None
        for sample in self.samples:
            if sample.pair.size_hw != warmed_hw:  # the first run at a size also finds memory and kernels for it
                self._estimate(estimator, sample.pair)
                warmed_hw = sample.pair.size_hw
            for _repeat in range(self.repeats):
                estimate, took_s = self._estimate(estimator, sample.pair)
                times_s.append(took_s)
            answers.append(Answer(estimate.values, estimate.meaning))
            counts += [estimate.iterations] if estimate.iterations is not None else []
        info = estimator.info
        trial = replace(
            trial,
            title=info.title,
            size_hw=info.selection.size_hw or trial.setting.size_hw,
            iterations=max(counts, default=trial.setting.iterations),
            provider=info.provider,
            time_ms=1e3 * float(np.median(times_s)),
        )
        return trial, answers

    def _estimate(self, estimator: Estimator, pair: StereoPair) -> tuple[Estimate, float]:
        self.steps.look()
        if isinstance(estimator, _Remembering):
            estimator.forget()
        started_s = time.perf_counter()
        estimate = estimator.estimate(pair)
        return estimate, time.perf_counter() - started_s


def _mean_difference(answers: list[Answer], references: list[Answer], *, is_truth: bool = False) -> Difference:
    pairs = zip(answers, references, strict=True)
    return mean_of([difference(found, reference, is_truth=is_truth) for found, reference in pairs])


def _most_demanding_first(settings: Sequence[Selection], reference_model: str | None) -> list[Selection]:
    """The reference model's settings from the largest and longest down, then those of the others in the same way.

    A size or a count that is left to the model counts as the most: it then takes the picture's own.
    """
    models = list(dict.fromkeys([*([reference_model] if reference_model else []), *(s.model_id for s in settings)]))

    def demand(setting: Selection) -> tuple[int, float, float]:
        pixels = math.prod(setting.size_hw) if setting.size_hw else math.inf
        return models.index(setting.model_id), -pixels, -(setting.iterations or math.inf)

    return sorted(settings, key=demand)


def _mean(trial: Trial) -> float:
    assert trial.difference is not None
    return trial.difference.mean
