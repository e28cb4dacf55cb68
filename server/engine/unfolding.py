"""A translation as it becomes final, piece by piece, with nothing ever taken back."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seq2seq.decoding.hypothesis import StablePrefix
from seq2seq.translation import Candidate, Piece, Source
from seq2seq.translator import Translator
from server.errors import Reason, Refusal

# A character whose bytes are not all there reads as U+FFFD, and a space at the end is no text yet.
_UNSETTLED = re.compile(r"[\s\ufffd]+\Z")


@dataclass(frozen=True, slots=True)
class Delta:
    """One piece that will not change, and the text it adds."""

    text: str
    piece: Piece
    attention: NDArray[np.float32] | None  # (S,); None: plain model, or not asked for


class Unfolding:
    """What of one translation has been sent."""

    def __init__(self, translator: Translator, source: Source) -> None:
        self._translator = translator
        self._source = source
        self._pieces = 0
        self._text = ""

    def extend(self, prefix: StablePrefix) -> list[Delta]:
        """Give the pieces that are final and whose characters are whole."""
        text, pieces = self._translator.realise(self._source, prefix.tokens, prefix.log_probs)
        settled = _UNSETTLED.sub("", text)
        ready = 0
        for index, piece in enumerate(pieces):
            # A piece without characters goes with the next one that has some: only then is its place known.
            if piece.span.start < piece.span.end <= len(settled):
                ready = index + 1
        return self._send(settled, pieces[self._pieces : ready], prefix.attention)

    def end(self, candidate: Candidate) -> list[Delta]:
        """Give all that is left of the finished translation."""
        return self._send(candidate.text, candidate.pieces[self._pieces :], candidate.attention)

    def _send(
        self, text: str, pieces: tuple[Piece, ...], attention: NDArray[np.float32] | None
    ) -> list[Delta]:
        if not text.startswith(self._text):
            raise Refusal(Reason.ENGINE_FAULT, "the model failed at this sentence")
        deltas = []
        for piece in pieces:
            row = None if attention is None else attention[self._pieces]
            deltas.append(Delta(text[len(self._text) : piece.span.end], piece, row))
            self._text = text[: max(piece.span.end, len(self._text))]
            self._pieces += 1
        return deltas
