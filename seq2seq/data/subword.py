"""Text to pieces and back, with SentencePiece; nothing that can be typed is unknown.

Text is normalised here (`seq2seq.data.normalise`), and SentencePiece gets it with its own
normalisation turned off. A character outside the vocabulary is spelt as its UTF-8 bytes, so that
`decode(encode(text)) == normalise(text)` for every string.

Spans: a piece owns the characters it stands for; the space before a word belongs to no piece, and
a piece that is only that space has an empty span where its word starts. Of the bytes of one
character the first has its span, the others an empty one at its end. So spans are in order, do
not overlap, and `text[span.start:span.end]` is the piece's text. Two neighbours belong to one word
exactly when no character stands between their spans.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from random import Random

import sentencepiece

from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.data.normalise import align, normalise
from seq2seq.data.protected import PLACEHOLDERS, Hidden, hide, hide_again, protected_ranges
from seq2seq.data.segmentation import Coins, Segmenter
from seq2seq.data.spelling import REPLACEMENT, Speller, revealed, spell
from seq2seq.errors import ModelError
from seq2seq.translation import Piece, PieceKind, Source, Span

_LONGEST_ALONE = 2  # a character of its own, perhaps after a space
_SURROGATES = re.compile("[\ud800-\udfff]")


class SubwordModel:
    """One SentencePiece model with PAD 0, BOS 1, EOS 2 and UNK 3. Safe to share among threads."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.digest = sha256(content).hexdigest()
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=content)
        self.size: int = self._processor.vocab_size()
        pieces = [str(self._processor.id_to_piece(token)) for token in range(self.size)]
        self._byte_values = {
            token: int(piece[3:5], 16)  # <0xE2>
            for token, piece in enumerate(pieces)
            if self._processor.is_byte(token)
        }
        self._speller = Speller(pieces, self._byte_values)

    @staticmethod
    def load(path: Path) -> "SubwordModel":
        """Read a model file.

        Raises:
            ModelError: the file is missing or no SentencePiece model, or has other special ids, or
                cannot spell every character.
        """
        try:
            model = SubwordModel(path, path.read_bytes())
        except FileNotFoundError as error:
            raise ModelError("there is no such file", where=str(path), mend="Check the path.") from error
        except (OSError, RuntimeError) as error:
            raise ModelError("not a SentencePiece model", where=str(path)) from error
        processor = model._processor
        ids = processor.pad_id(), processor.bos_id(), processor.eos_id(), processor.unk_id()
        if ids != (PAD, BOS, EOS, UNK):
            raise ModelError(f"the ids of pad, bos, eos and unk are {ids}, not (0, 1, 2, 3)", where=str(path))
        if len(model._byte_values) < 256:  # noqa: PLR2004 — as many as a byte has values
            raise ModelError("the model has no byte fallback", where=str(path), mend="Train it with one.")
        return model

    def encode(self, text: str) -> list[int]:
        """Give the token ids of a text, ended by EOS; blank text gives EOS alone."""
        return self.encode_normalised(normalise(text))

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        """Encode many texts; faster than one by one."""
        encoded = self._processor.encode([normalise(text) for text in texts])
        return [[*tokens, EOS] for tokens in encoded]

    def encode_normalised(self, text: str) -> list[int]:
        """Encode a text that is normalised and may have placeholders (`seq2seq.data.protected`)."""
        return [*self._processor.encode(text), EOS]

    def sample(self, text: str, dropout: float, random: Random) -> list[int]:
        """Encode a text cut at random (`seq2seq.data.segmentation`): at 0 as `encode_normalised` does.

        The same text, dropout and state of the generator give the same ids.

        Args:
            text: normalised; it may have placeholders.
            dropout: how probably a merge (BPE) or a piece (unigram) is left out; 0 ≤ dropout < 1.
            random: moved on unless dropout is 0.
        """
        if dropout == 0.0:
            return self.encode_normalised(text)
        coins = Coins(dropout, random)
        tokens: list[int] = []
        for word in text.split(" "):
            if word:  # blank text has none
                tokens += self._segmenter.cut(word, coins)
        return [*tokens, EOS]

    def prepare(self, text: str, *, protect: bool = False, keep: Sequence[str] = ()) -> Source:
        """Make a text ready for a model: pieces with spans into `text` itself, and their ids.

        Blank text, and text of which normalisation leaves nothing, gets no tokens. A lone
        surrogate, which no file or message can hold, becomes U+FFFD in the source's text too.

        Args:
            text: any string.
            protect: put placeholders for what `seq2seq.data.protected` finds.
            keep: words that are protected as well.
        """
        text = _encodable(text)
        aligned = align(text)
        ranges = protected_ranges(aligned.text, self._known.__contains__, keep) if protect else ()
        return self._prepared(text, hide(text, aligned, ranges) if ranges else Hidden(aligned, ()))

    def prepare_target(self, text: str, source: Source) -> Source:
        """Make a given translation ready, with placeholders for what is protected in its source."""
        text = _encodable(text)
        aligned = align(text)
        hidden = hide_again(aligned, source.protected) if source.protected else Hidden(aligned, ())
        return self._prepared(text, hidden)

    def decode(self, tokens: Sequence[int], protected: Sequence[str] = ()) -> str:
        """Give the text that tokens of this vocabulary spell; special ids are passed over.

        Bytes that form no character become U+FFFD, one each. The text is one line, has single
        spaces and none at its ends, and holds no lone surrogate; protected texts are as they are.

        Args:
            tokens: what search found.
            protected: what placeholders stand for.
        """
        return spell(revealed(self._speller.surfaces(tokens), protected))[0]

    def decode_normalised(self, tokens: Sequence[int]) -> str:
        """The same with placeholders left as they are: what `encode_normalised` was given."""
        return spell(self._speller.surfaces(tokens))[0]

    def realise(
        self, tokens: Sequence[int], log_probs: Sequence[float], protected: Sequence[str] = ()
    ) -> tuple[str, tuple[Piece, ...]]:
        """Give the text of a translation, as `decode` does, and a piece for each token.

        Args:
            tokens: what search found, with or without EOS.
            log_probs: natural logarithms, one for each token.
            protected: what placeholders stand for.
        """
        surfaces = revealed(self._speller.surfaces(tokens), protected)
        text, starts = spell(surfaces)
        pieces = [
            _end(text, log_prob)
            if token == EOS
            else Piece(surface.text, Span(start, start + len(surface.text)), surface.kind, log_prob)
            for token, log_prob, surface, start in zip(tokens, log_probs, surfaces, starts, strict=True)
        ]
        return text, tuple(pieces)

    def _prepared(self, text: str, hidden: Hidden) -> Source:
        """Cut what a model reads, and say where in `text` each piece stands."""
        aligned = hidden.aligned
        if not aligned.text:
            return Source(text, (), ())
        tokens: list[int] = self._processor.encode(aligned.text)
        pieces: list[Piece] = []
        starts, ends = aligned.starts, aligned.ends
        position = 0  # in the normalised text
        for surface in self._speller.surfaces(tokens):
            # The space before the first word is SentencePiece's own.
            position += surface.after_space and position > 0
            if size := len(surface.text):
                start, end = starts[position], ends[position + size - 1]
                position += size
            else:
                start = end = starts[position] if surface.after_space else ends[position - 1]
            pieces.append(Piece(text[start:end], Span(start, end), surface.kind))
        assert position == len(aligned.text), "the pieces do not spell the text"
        return Source(text, (*pieces, _end(text)), (*tokens, EOS), protected=hidden.texts)

    @cached_property
    def placeholders(self) -> tuple[int, ...]:
        """The ids of `seq2seq.data.protected.PLACEHOLDERS`, in their order."""
        ids = {value: token for token, value in self._byte_values.items()}
        return tuple(ids[ord(placeholder)] for placeholder in PLACEHOLDERS)

    @cached_property
    def _known(self) -> frozenset[str]:
        """The characters that the vocabulary has, and need not be spelt in bytes."""
        pieces = map(self._processor.id_to_piece, range(UNK + 1, self.size))
        return frozenset(character for piece in pieces if len(piece) <= _LONGEST_ALONE for character in piece)

    def begins_word(self) -> list[bool]:
        """Which ids begin a word: those that write a space first."""
        return self._speller.begins_word()

    def without_case(self) -> list[int]:
        """For each id the first one that writes the same but for case."""
        return self._speller.without_case()

    @cached_property
    def _segmenter(self) -> Segmenter:
        processor = self._processor
        ids = {
            str(processor.id_to_piece(token)): token
            for token in range(UNK + 1, self.size)
            if not processor.is_byte(token)
        }
        scores = {piece: float(processor.get_score(token)) for piece, token in ids.items()}
        byte_ids = {value: token for token, value in self._byte_values.items()}
        return Segmenter(scores, ids, byte_ids, processor.encode)


def _encodable(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub(REPLACEMENT, text)


def _end(text: str, log_prob: float | None = None) -> Piece:
    return Piece("", Span(len(text), len(text)), PieceKind.END_OF_SENTENCE, log_prob)
