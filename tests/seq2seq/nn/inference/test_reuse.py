"""Memory that is kept for the next tensor never has two tensors in it."""

import threading

import torch

from seq2seq.nn.inference.reuse import Kept


def test_memory_is_used_again_when_nobody_has_it() -> None:
    """Not while the tensor, a view of it or an array is alive."""
    kept = Kept()
    first = kept.empty(10, 10)
    place = first.data_ptr()
    assert kept.empty(10, 10).data_ptr() != place

    first = kept.empty(10, 10)
    place = first.data_ptr()
    view = first[3:4]
    del first
    assert kept.empty(10, 10).data_ptr() != place
    del view

    last = kept.empty(10, 10)
    place, array = last.data_ptr(), last.numpy()
    del last
    assert kept.empty(10, 10).data_ptr() != place
    del array

    last = kept.empty(10, 10)
    place = last.data_ptr()
    del last
    smaller = kept.empty(3, 4)
    assert smaller.data_ptr() == place
    assert (smaller.shape, smaller.dtype) == ((3, 4), torch.float32)


def test_threads_share_none() -> None:
    """Each has its own."""
    kept = Kept()
    places = {kept.empty(10, 10).data_ptr()}
    other = threading.Thread(target=lambda: places.add(kept.empty(10, 10).data_ptr()))
    other.start()
    other.join()

    assert len(places) == 2
