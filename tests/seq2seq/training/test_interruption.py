import signal
import threading

import pytest

from seq2seq.training.interruption import Interrupted, Interruption


def test_only_a_breakable_block_is_ended_by_a_signal() -> None:
    """Elsewhere the signal is a request."""
    with Interruption() as interruption:
        signal.raise_signal(signal.SIGTERM)
        assert interruption.requested
        assert interruption.signal == signal.SIGTERM

    with Interruption() as interruption, pytest.raises(Interrupted), interruption.breakable():
        signal.raise_signal(signal.SIGTERM)


def test_outside_the_main_thread_no_handler_is_touched() -> None:
    """Python would refuse; the event asks for the end."""
    stop, seen = threading.Event(), []
    before = signal.getsignal(signal.SIGTERM)

    def work() -> None:
        with Interruption(stop) as interruption:
            seen.append(signal.getsignal(signal.SIGTERM))
            stop.set()
            seen.append(interruption.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [before, True]
