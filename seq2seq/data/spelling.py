"""What each piece writes: spaces, characters, and characters out of bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.data.normalise import WORD_START, fold
from seq2seq.data.protected import PLACEHOLDERS
from seq2seq.translation import PieceKind

REPLACEMENT = "\ufffd"  # what bytes that are no character become


@dataclass(frozen=True, slots=True)
class Surface:
    """What a token writes: perhaps a space, then characters."""

    text: str
    after_space: bool = False
    kind: PieceKind = PieceKind.PIECE


_NOTHING = Surface("")
_SPACE = Surface("", after_space=True)
_PLACEHOLDERS = {placeholder: Surface(placeholder, kind=PieceKind.PROTECTED) for placeholder in PLACEHOLDERS}


class Speller:
    """Reads token ids of one vocabulary as what they write."""

    def __init__(self, pieces: Sequence[str], byte_values: Mapping[int, int]) -> None:
        """Take the vocabulary.

        Args:
            pieces: SentencePiece's spelling of each id.
            byte_values: the ids that stand for a byte, and which.
        """
        self._bytes = {token: bytes([value]) for token, value in byte_values.items()}
        self._written = [
            None if token in self._bytes else _surface(token, piece) for token, piece in enumerate(pieces)
        ]

    def surfaces(self, tokens: Sequence[int]) -> list[Surface]:
        """Give what each token writes, the bytes of a character under its first."""
        if self._bytes.keys().isdisjoint(tokens):
            return [cast("Surface", self._written[token]) for token in tokens]
        surfaces: list[Surface] = []
        while len(surfaces) < len(tokens):
            position = len(surfaces)
            surface = self._written[tokens[position]]
            if surface is None:
                character, size = self._character(tokens, position)
                surfaces.append(character)
                surfaces += [_NOTHING] * (size - 1)
            else:
                surfaces.append(surface)
        return surfaces

    def begins_word(self) -> list[bool]:
        """Which ids begin a word: those that write a space first."""
        return [
            fold(self._bytes[token].decode("ascii", "replace")) == " "
            if surface is None
            else surface.after_space
            for token, surface in enumerate(self._written)
        ]

    def without_case(self) -> list[int]:
        """For each id the first one that writes the same but for case."""
        first: dict[object, int] = {}
        return [
            first.setdefault((surface.text.casefold(), surface.after_space) if surface else token, token)
            for token, surface in enumerate(self._written)
        ]

    def _character(self, tokens: Sequence[int], position: int) -> tuple[Surface, int]:
        """Read the character whose bytes start at a position; also how many bytes it has."""
        raw = b""
        for token in tokens[position : position + 4]:
            if token not in self._bytes:
                break
            raw += self._bytes[token]
            try:
                character = raw.decode("utf-8")
            except UnicodeDecodeError:
                continue
            if character in PLACEHOLDERS:
                return _PLACEHOLDERS[character], 1
            folded = fold(character)
            return (_SPACE if folded == " " else Surface(folded)), len(raw)
        return Surface(REPLACEMENT), 1


def _surface(token: int, piece: str) -> Surface:
    if token == UNK:
        return Surface(REPLACEMENT, kind=PieceKind.UNKNOWN)
    if token in {PAD, BOS, EOS}:
        return _NOTHING
    after_space = piece.startswith(WORD_START)
    return Surface(piece[after_space:].replace(WORD_START, " "), after_space)


def revealed(surfaces: Sequence[Surface], texts: Sequence[str]) -> list[Surface]:
    """Put protected texts in the place of their placeholders, each once; other placeholders are nothing."""
    left = dict(zip(PLACEHOLDERS, texts, strict=False))
    return [
        surface
        if surface.kind is not PieceKind.PROTECTED
        else Surface(left.pop(surface.text), kind=PieceKind.PROTECTED)
        if surface.text in left
        else _NOTHING
        for surface in surfaces
    ]


def spell(surfaces: Sequence[Surface]) -> tuple[str, list[int]]:
    """Join what tokens write; also where in the text each one starts."""
    chunks: list[str] = []
    starts: list[int] = []
    length = 0
    space = is_anywhere_alone = False
    for surface in surfaces:
        text, space = surface.text, space or surface.after_space
        if text:
            if space and length:
                chunks.append(" ")
                length += 1
            chunks.append(text)
            space = False
        elif space:
            is_anywhere_alone = True
        starts.append(length)
        length += len(text)
    # A piece that is only a space stands where its word starts.
    following = length
    for index in range(len(surfaces) - 1, -1, -1) if is_anywhere_alone else ():
        if surfaces[index].after_space and not surfaces[index].text:
            starts[index] = following
        following = starts[index]
    return "".join(chunks), starts
