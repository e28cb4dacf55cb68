"""The side of the conversation that runs where a peer is installed, and where seq2seq is not.

    python -m benchmarks.peers.NAME_worker THREADS CLOCK [more]

Standard input and output carry one JSON object a line. A worker says who it is, and then does what
it is asked for: a request names the work and gives its sentences as text; the answer says how many
seconds the work took and how many target pieces it dealt with.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}

Work = Callable[[], Iterable[int]]  # is timed; gives the number of pieces of each target
Preparation = Callable[[dict[str, Any]], Work]  # is not timed


def serve(make: Callable[[], tuple[Mapping[str, object], Mapping[str, Preparation]]], clock: str) -> None:
    """Make a peer, say who it is, and answer until standard input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # so that a peer's own messages do not come between
    logging.disable(logging.INFO)
    who, work = make()
    answer(sys.stdin, answers, who, work, CLOCKS[clock])


def answer(
    requests: Iterable[str],
    answers: IO[str],
    who: Mapping[str, object],
    work: Mapping[str, Preparation],
    clock: Callable[[], float],
) -> None:
    """Say who this is, and answer each request."""

    def say(what: Mapping[str, object]) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    say(who)
    for line in requests:
        asked = json.loads(line)
        run = work[asked["work"]](asked)
        began = clock()
        pieces = run()
        seconds = clock() - began
        say({"seconds": seconds, "pieces": sum(pieces)})


def chunks(sentences: list[str], together: int) -> list[list[str]]:
    """Cut sentences into batches."""
    return [sentences[start : start + together] for start in range(0, len(sentences), together)]
