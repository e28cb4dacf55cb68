"""Who takes part in which table."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import torch

from benchmarks.peers.process import Peer, started
from benchmarks.peers.systems import CTRANSLATE2, JOEYNMT, OPENNMT, OURSELVES, PeerMissingError, System
from seq2seq.nn.inference import is_int8_available
from seq2seq.training.precision import multiplies_bfloat16

NEAR = 0.05  # by how much the parameters of networks that are alike may differ


@dataclass(frozen=True)
class Entry:
    """One who takes part."""

    system: System
    arguments: tuple[str, ...] = ()
    label: str = ""
    is_reference: bool = False  # others' ratios are to it
    is_alike: bool = False  # has as many parameters as others that are alike


_THEIRS = (
    Entry(JOEYNMT, is_reference=True, is_alike=True),
    Entry(OPENNMT, is_reference=True, is_alike=True),
)


def _ours(kind: str, products: str, packing: str, shown: str) -> Entry:
    label = f"{kind.replace('-', ' ')}, {shown}"
    return Entry(OURSELVES, (kind, products, packing), label, is_alike=kind == "like-theirs")


def learners() -> Iterator[Entry]:
    """Recurrent networks that are trained."""
    yield from _THEIRS
    for kind in ("like-theirs", "by-default"):
        yield _ours(kind, "float32", "none", "float32")
        if multiplies_bfloat16(torch.device("cpu")):
            yield _ours(kind, "bfloat16", "none", "bfloat16")


def searchers() -> Iterator[Entry]:
    """Recurrent networks that translate."""
    yield from _THEIRS
    for kind in ("like-theirs", "by-default"):
        yield _ours(kind, "float32", "float32", "float32")
        if is_int8_available():
            yield _ours(kind, "float32", "int8", "int8")


def beside_transformers() -> Iterator[Entry]:
    """A Transformer, the strongest first, and our network in every form that there is."""
    yield Entry(CTRANSLATE2, ("int8",), "int8", is_reference=True)
    yield Entry(CTRANSLATE2, ("float32",), "float32")
    yield _ours("by-default", "float32", "none", "not packed")
    yield _ours("by-default", "float32", "float32", "float32")
    if is_int8_available():
        yield _ours("by-default", "float32", "int8", "int8")


@dataclass(frozen=True)
class Lineup:
    """Those who are there."""

    peers: dict[str, Peer]  # by what heads their columns; references first
    references: int


def enter(
    entries: Iterator[Entry], threads: int, clock: str, stack: ExitStack, missing: dict[str, str]
) -> Lineup:
    """Install and start everybody who can be, and note down who cannot.

    Raises:
        SystemExit: networks that should be alike are not.
    """
    present: list[tuple[Entry, Peer]] = []
    for entry in entries:
        if entry.system.name in missing:
            continue
        try:
            entry.system.install()
            command = entry.system.command(str(threads), clock, *entry.arguments)
            peer = stack.enter_context(started(entry.system.name, entry.label, command))
        except PeerMissingError as error:
            print(f"left out: {error}\n", flush=True)
            missing[entry.system.name] = str(error)
        else:
            present.append((entry, peer))
    check_alike({peer.title: peer.parameters for entry, peer in present if entry.is_alike})
    return Lineup({peer.title: peer for _, peer in present}, sum(entry.is_reference for entry, _ in present))


def check_alike(sizes: dict[str, int]) -> None:
    """Refuse to compare networks of different sizes.

    Raises:
        SystemExit: one is much larger than another.
    """
    if sizes and max(sizes.values()) > (1 + NEAR) * min(sizes.values()):
        counts = ", ".join(f"{title}: {size:,}" for title, size in sizes.items())
        raise SystemExit(
            f"these networks should have as many parameters as each other, and have not: {counts}"
        )
