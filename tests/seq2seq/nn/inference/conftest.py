"""Each set of instructions that the kernels are built for."""

from collections.abc import Iterator

import pytest
import torch

from seq2seq.nn.inference import library
from seq2seq.nn.inference.library import Kernels


@pytest.fixture(params=[1, 2], ids=["avx2", "avx512"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernels]:
    """The kernels for each set of instructions that this processor has, in the place of the best ones."""
    found = library.load(request.param)
    if found is None or found.instructions != request.param:
        pytest.skip("no kernels were built for this processor, or it lacks these instructions")
    monkeypatch.setattr(library, "kernels", lambda: found)
    before = torch.get_num_threads()
    yield found
    torch.set_num_threads(before)
