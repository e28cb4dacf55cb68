import io
from pathlib import Path

from rich.console import Console

import runs
from seq2seq.training.outcome import Mark, Progress, Validation
from seq2seq.training.progress import show_progress


def at(update: int, last: Mark | None = None, best: Mark | None = None) -> Progress:
    """Half-way, more or less."""
    return Progress(update, 20_000, 3, 2.4171, 1e-3, 9_850.4, 60.0, 3_725.0, last, best)


def test_without_a_terminal_there_is_a_line_an_interval() -> None:
    """The first at once; the second update is within the interval."""
    stream = io.StringIO()

    with show_progress("bahdanau", console=Console(file=stream)) as observer:
        observer.progress(at(1_200))
        observer.progress(at(1_201))
        observer.notice("going on [bold]from update[/bold] 7")

    assert stream.getvalue() == (
        "bahdanau: update 1,200/20,000, epoch 3, loss 2.417, 9,850 tokens/s, 1:02:05 left\n"
        "bahdanau: going on [bold]from update[/bold] 7\n"
    )


def test_each_validation_has_a_line_and_bleu_its_signature_once() -> None:
    """The best so far is marked."""
    stream = io.StringIO()
    first = Mark(500, 1, Validation(1.5, 31.25, "nrefs:1|version:2"))
    second = Mark(1_000, 2, Validation(1.6, 30.5, "nrefs:1|version:2"))

    with show_progress("plain", interval_s=1e9, console=Console(file=stream)) as observer:
        observer.progress(at(1))
        for mark in (first, first, second):
            observer.progress(at(mark.update, last=mark, best=first))
        observer.progress(at(1_001, last=second, best=first))

    assert stream.getvalue().splitlines()[1:] == [
        "plain: validation at update 500: loss 1.500, perplexity 4.48, BLEU 31.25 (best so far)",
        "plain: BLEU is sacreBLEU's, nrefs:1|version:2",
        "plain: validation at update 1,000: loss 1.600, perplexity 4.95, BLEU 30.50",
    ]


def test_a_terminal_gets_a_bar(tmp_path: Path) -> None:
    """With updates, loss, speed and time left; validations scroll by above it."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, _environ={})

    with show_progress("bahdanau", console=console) as observer:
        runs.train(tmp_path, observer=observer)

    assert "24/24" in stream.getvalue()
    assert "tokens/s, 0:00 left" in stream.getvalue()
    assert "bahdanau: validation at update 24: loss" in stream.getvalue()


def test_a_dumb_terminal_gets_lines() -> None:
    """It cannot move its cursor."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, _environ={"TERM": "dumb"})

    with show_progress("plain", console=console) as observer:
        observer.progress(at(1))

    assert stream.getvalue().startswith("plain: update 1/20,000")
