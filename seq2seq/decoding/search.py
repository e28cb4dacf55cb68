"""Beam search that steps: sentences join, all take a step, finished ones leave.

Search knows nothing of the model but `start` and `step`, and of its state nothing but `repeat`,
`reorder`, `select` and `join`. A sentence's result does not depend on its company: not on who
else is searched, nor when it joined, nor on the beam of its neighbours. Greedy search is a beam
of one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from seq2seq.batch import collate_source
from seq2seq.decoding.beam import Group, Outcome
from seq2seq.decoding.hypothesis import Hypothesis, StablePrefix
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.sentence import Admission, Sentence
from seq2seq.errors import DecodingError
from seq2seq.nn.inference import library
from seq2seq.nn.state import State, StepModel

S = TypeVar("S", bound=State)

_MOST_ROWS = 256  # hypotheses in one step, where the model does not say how many are best
_STRIDE = 16  # steps between two looks at who has left, and who may join
_ROWS_A_WORKER = 24  # with fewer, Python's part of a step is too large for threads to gain anything


@dataclass(frozen=True, slots=True)
class Finished:
    """A sentence that has left the search."""

    key: Hashable
    hypotheses: tuple[Hypothesis, ...]  # finished ones best first, then those cut off at the limit
    error: DecodingError | None = None  # then there are no hypotheses


class Search(Generic[S]):
    """A running search; sentences may join it and leave it between any two steps."""

    def __init__(self, model: StepModel[S]) -> None:
        self._model = model
        self._groups: dict[int, Group[S]] = {}  # by beam
        self._sentences: dict[Hashable, Sentence] = {}
        self._finished: dict[Hashable, Finished] = {}
        self._steps = 0

    @property
    def sentences(self) -> int:
        """How many sentences are being searched."""
        return len(self._sentences)

    @property
    def rows(self) -> int:
        """How many rows the next step takes: hypotheses of all sentences."""
        return sum(len(group.sentences) * group.beam for group in self._groups.values())

    @property
    def steps(self) -> int:
        """How many steps the model has taken; beams of different width step one after the other."""
        return self._steps

    def admit(self, admissions: Sequence[Admission]) -> None:
        """Encode new sentences in one batch; they take part from the next step on."""
        if not admissions:
            return
        self._check(admissions)
        newcomers: defaultdict[int, list[int]] = defaultdict(list)  # beam -> indices
        for index, admission in enumerate(admissions):
            newcomers[admission.options.beam].append(index)
        with torch.inference_mode():
            device = self._model.device
            batch = collate_source([admission.tokens for admission in admissions])
            started = self._model.start(batch.to(device))
            for beam, indices in newcomers.items():
                part = (
                    started if len(newcomers) == 1 else started.select(torch.tensor(indices, device=device))
                )
                sentences = [Sentence(admissions[index]) for index in indices]
                self._groups.setdefault(beam, Group(beam)).join(sentences, part, device)
                self._sentences.update((sentence.key, sentence) for sentence in sentences)

    def advance(self, steps: int = 1, *, until_one_leaves: bool = False) -> int:
        """Let every sentence take `steps` steps, or fewer if it is done before; the most that any took.

        Or fewer as soon as another one of the same beam is done, with `until_one_leaves`.
        """
        most = 0
        with torch.inference_mode():
            for group in list(self._groups.values()):
                left, outcomes = steps, list[Outcome]()
                while left and group.sentences and not (until_one_leaves and outcomes):
                    taken, outcomes = group.advance(self._model, left)
                    left -= taken
                    self._steps += taken
                    for outcome in outcomes:
                        self._leave(outcome)
                most = max(most, steps - left)
                if not group.sentences:
                    del self._groups[group.beam]
        return most

    def finished(self) -> list[Finished]:
        """Return the sentences that have left since the last call, and forget them."""
        finished = list(self._finished.values())
        self._finished.clear()
        return finished

    def drop(self, keys: Collection[Hashable]) -> None:
        """Forget sentences that nobody waits for any more; their rows are free at once.

        Keys that are not known, or no longer, are ignored.
        """
        known = {key for key in keys if key in self._sentences}
        for beam in {self._sentences[key].options.beam for key in known}:
            group = self._groups[beam]
            with torch.inference_mode():
                group.drop(known)
            if not group.sentences:
                del self._groups[beam]
        for key in keys:
            self._sentences.pop(key, None)
            self._finished.pop(key, None)

    def stable(self, key: Hashable) -> StablePrefix:
        """Return the pieces of the best translation that can no longer change, for streaming.

        Later answers for the same sentence start with earlier ones, and the best hypothesis starts
        with all of them: greedy search settles every piece at once, a wider beam those that all
        hypotheses share which may still win. Once the sentence has finished, and until it is
        collected, the answer is the best hypothesis; it is empty if the sentence failed.
        """
        if key in self._sentences:
            return self._sentences[key].stable()
        assert key in self._finished, f"no sentence {key!r} is being searched"
        for best in self._finished[key].hypotheses[:1]:
            return StablePrefix(best.tokens, best.log_probs, best.attention)
        return StablePrefix((), ())

    def _check(self, admissions: Sequence[Admission]) -> None:
        seen: set[Hashable] = set()
        for admission in admissions:
            key = admission.key
            assert key not in self._sentences, f"sentence {key!r} is being searched already"
            assert key not in self._finished, f"sentence {key!r} has finished and was not collected"
            assert key not in seen, f"sentence {key!r} is admitted twice"
            assert admission.tokens, f"sentence {key!r} is blank: there is nothing to search"
            seen.add(key)

    def _leave(self, outcome: Outcome) -> None:
        sentence = outcome.sentence
        del self._sentences[sentence.key]
        hypotheses = sentence.hypotheses() if outcome.is_finite else ()
        error = None if hypotheses else _failure(outcome)
        self._finished[sentence.key] = Finished(sentence.key, hypotheses, error)


def search_all(
    model: StepModel[S],
    sentences: Sequence[tuple[int, ...]],
    options: SearchOptions,
    *,
    max_rows: int | None = None,
) -> list[Finished]:
    """Search every sentence; answers come in the order of the sentences, with their index as key.

    Args:
        model: what to search with.
        sentences: source pieces, each ended by EOS, none of them blank.
        options: the same for all sentences.
        max_rows: hypotheses in one step, at most; a single sentence may have more. None: as many as
            are best for the model.
    """
    admissions = [Admission(index, tokens, options) for index, tokens in enumerate(sentences)]
    return search_admitted(model, admissions, max_rows=max_rows)


def search_admitted(
    model: StepModel[S], admissions: Sequence[Admission], *, max_rows: int | None = None
) -> list[Finished]:
    """Search every sentence that is to be admitted; answers come in the order of the admissions.

    Sentences of like length are searched together, and new ones join as soon as a quarter of the
    rows is free, so that a long one does not hold up the others. Where the model can take steps side
    by side, and a beam leaves Python much to do between them, every thread searches a share of the
    sentences: that is faster than to share each step.

    Args:
        model: what to search with.
        admissions: the sentences, with keys of their own.
        max_rows: hypotheses in one step, at most; a single sentence may have more. None: as many as
            are best for the model.
    """
    widest = max((admission.options.beam for admission in admissions), default=1)
    most = _best_rows(model, widest) if max_rows is None else max_rows
    waiting = sorted(admissions, key=lambda admission: len(admission.tokens))
    rows = sum(admission.options.beam for admission in admissions)
    workers = min(getattr(model, "workers", 1), rows // _ROWS_A_WORKER)
    if workers > 1 and widest > 1:
        mine, *others = [waiting[first::workers] for first in range(workers)]
        each = most // workers  # all together are in memory at once
        with ThreadPoolExecutor(len(others)) as pool:
            theirs = [pool.submit(_search_alone, model, share, each) for share in others]
            found = [_search_alone(model, mine, each), *(one.result() for one in theirs)]
        answers = {key: finished for part in found for key, finished in part.items()}
    else:
        answers = _search_in_turn(model, waiting, most)
    return [answers[admission.key] for admission in admissions]


def _best_rows(model: object, beam: int) -> int:
    best: Callable[[int], int] | None = getattr(model, "best_rows", None)
    return _MOST_ROWS if best is None else best(beam)


def _search_alone(
    model: StepModel[S], waiting: Sequence[Admission], max_rows: int
) -> dict[Hashable, Finished]:
    with library.alone():
        return _search_in_turn(model, waiting, max_rows)


def _search_in_turn(
    model: StepModel[S], waiting: Sequence[Admission], max_rows: int
) -> dict[Hashable, Finished]:
    widest = max((admission.options.beam for admission in waiting), default=1)
    most = max(1, max_rows // widest)  # sentences at a time
    search = Search(model)
    answers: dict[Hashable, Finished] = {}
    admitted = 0
    while len(answers) < len(waiting):
        free = most - search.sentences
        if 4 * free >= most and admitted < len(waiting):
            search.admit(waiting[admitted : admitted + free])
            admitted += free
        search.advance(_STRIDE, until_one_leaves=True)
        answers.update((finished.key, finished) for finished in search.finished())
    return answers


def _failure(outcome: Outcome) -> DecodingError:
    if outcome.is_finite:
        problem = "the model gave no probability to any piece that may be written"
    else:
        problem = f"the model's logits were not finite at target piece {outcome.sentence.length}"
    return DecodingError(problem, mend="Its weights are damaged or its training diverged: use another model.")
