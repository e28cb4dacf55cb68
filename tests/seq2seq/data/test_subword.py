from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

import tiny
from seq2seq.batch import BOS, EOS, PAD, UNK
from seq2seq.data.normalise import normalise
from seq2seq.data.subword import SubwordModel
from seq2seq.data.subword_learning import SubwordConfig, train_subword
from seq2seq.errors import ConfigError, CorpusError, ModelError
from seq2seq.translation import PieceKind

SENTENCES = [text for pair in tiny.pairs(60) for text in pair]
HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=()),
        st.sampled_from("\u0301\u0327\u1100\u1161\u11a8\u200d\ufe0f\u2028\u00ad\ufeff\u202e\ud800\udfff"),
        st.sampled_from("the old cat<s>12é ﬁ１２\0\t\n\r\x85\u3000▁_👩❤"),
    ),
    max_size=30,
)
TOKENS = st.lists(st.one_of(st.integers(0, 339), st.integers(4, 259), st.sampled_from([PAD, BOS, EOS, UNK])))


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SubwordModel:
    """A model of each algorithm, of 340 pieces."""
    config = SubwordConfig(algorithm=request.param, vocabulary_size=340)
    return train_subword(SENTENCES, config, tmp_path_factory.mktemp("spm") / "joint.spm", seed=1)


@given(text=HOSTILE)
def test_decoding_gives_the_normalised_text_back(model: SubwordModel, text: str) -> None:
    """For any string, lone surrogates included, and never with an unknown piece."""
    tokens = model.encode(text)

    assert UNK not in tokens
    assert tokens[-1] == EOS
    assert model.decode(tokens) == normalise(text)


@given(text=HOSTILE)
def test_spans_cut_the_pieces_out_of_the_callers_text(model: SubwordModel, text: str) -> None:
    """They are in order, do not overlap, and leave out only spaces and what normalisation removes."""
    source = model.prepare(text)

    place = 0
    for piece in source.pieces:
        assert source.text[piece.span.start : piece.span.end] == piece.text
        assert place <= piece.span.start <= piece.span.end
        assert normalise(source.text[place : piece.span.start]) == ""
        place = piece.span.end
    assert normalise(source.text[place:]) == ""
    assert len(source.text) == len(text)


@given(text=HOSTILE)
def test_prepared_and_encoded_ids_agree(model: SubwordModel, text: str) -> None:
    """The slow way with spans and the fast way without; blank text has no ids to translate."""
    source = model.prepare(text)

    assert source.is_blank == (normalise(text) == "")
    assert list(source.tokens) == ([] if source.is_blank else model.encode(text))
    assert len(source.pieces) == len(source.tokens)
    assert all(piece.kind is PieceKind.PIECE for piece in source.pieces[:-1])
    assert source.is_blank or source.pieces[-1].kind is PieceKind.END_OF_SENTENCE


@given(tokens=TOKENS)
def test_any_tokens_make_a_text_and_its_pieces(model: SubwordModel, tokens: list[int]) -> None:
    """Whatever a network emits is one clean line, and its pieces cover all but the spaces."""
    text, pieces = model.realise(tokens, [-1.0] * len(tokens))

    text.encode("utf-8")
    assert text == model.decode(tokens)
    assert text == text.strip()
    assert len(text.splitlines()) <= 1
    assert len(pieces) == len(tokens)
    place = 0
    for piece, token in zip(pieces, tokens, strict=True):
        assert text[piece.span.start : piece.span.end] == piece.text
        assert (piece.kind is PieceKind.END_OF_SENTENCE) == (token == EOS)
        if token != EOS:
            assert text[place : piece.span.start] in {"", " "}
            place = piece.span.end
    assert place == len(text)


@given(st.lists(HOSTILE, max_size=5))
def test_a_batch_is_encoded_like_its_sentences(texts: list[str]) -> None:
    """One call for many gives what many calls give."""
    model = tiny.subword()

    assert model.encode_batch(texts) == [model.encode(text) for text in texts]


def test_words_are_where_nothing_stands_between_spans(model: SubwordModel) -> None:
    """The space before a word belongs to no piece, so neighbours that touch are one word."""
    source = model.prepare("the  dog\n12 cats")

    words: list[str] = []
    place = -1
    for piece in source.pieces[:-1]:
        if piece.span.start == place:
            words[-1] += piece.text
        else:
            words.append(piece.text)
        place = piece.span.end

    assert words == ["the", "dog", "12", "cats"]


def test_a_space_alone_stands_where_its_word_starts(model: SubwordModel) -> None:
    """Digits are pieces of their own, so that the space before them is one too."""
    source = model.prepare("the １2")
    text, pieces = model.realise(source.tokens, [0.0] * len(source.tokens))

    assert [(p.text, p.span.start) for p in source.pieces[-4:]] == [("", 4), ("１", 4), ("2", 5), ("", 6)]
    assert text == "the 12"
    assert [(p.text, p.span.start) for p in pieces[-4:]] == [("", 4), ("1", 4), ("2", 5), ("", 6)]


def test_the_first_byte_carries_the_character(model: SubwordModel) -> None:
    """A character outside the vocabulary takes several tokens; the later ones are empty."""
    source = model.prepare("👩")
    text, pieces = model.realise(source.tokens, [0.0] * len(source.tokens))

    spans = [(piece.text, piece.span.start, piece.span.end) for piece in source.pieces]
    assert spans == [("", 0, 0), ("👩", 0, 1), ("", 1, 1), ("", 1, 1), ("", 1, 1), ("", 1, 1)]
    assert text == "👩"
    assert [(piece.text, piece.span.start, piece.span.end) for piece in pieces] == spans


def test_bytes_that_are_no_character_are_replaced() -> None:
    """Each becomes U+FFFD; a byte for a line break becomes a space, one for a control nothing."""
    model = tiny.subword()
    byte = {model._processor.id_to_piece(token): token for token in range(model.size)}

    assert model.decode([byte["<0xC3>"], byte["<0xC3>"], byte["<0xA9>"], byte["<0xFF>"]]) == "\ufffdé\ufffd"
    assert model.decode([byte["<0x41>"], byte["<0x0A>"], byte["<0x42>"], byte["<0x07>"]]) == "A B"
    assert model.decode([byte["<0xED>"], byte["<0xA0>"], byte["<0x80>"]]) == "\ufffd\ufffd\ufffd"


def test_a_lone_surrogate_is_replaced_in_the_source() -> None:
    """What is given back can be written to a file or sent."""
    source = tiny.subword().prepare("a\ud800b")

    assert source.text == "a\ufffdb"


def test_digits_are_pieces_of_their_own(model: SubwordModel) -> None:
    """Numbers are copied digit by digit, those that the corpus lacks too."""
    assert [piece.text for piece in model.prepare("9876543210").pieces if piece.text] == list("9876543210")
    assert len(model.encode("9876543210")) == 12


@pytest.mark.parametrize("algorithm", ["unigram", "bpe"])
def test_training_twice_gives_the_same_bytes(tmp_path: Path, algorithm: str) -> None:
    """Also from a sample; another seed draws another sample."""
    config = SubwordConfig.model_validate(
        {"algorithm": algorithm, "vocabulary_size": 320, "training_sentences": 20}
    )

    first, second, other = (
        train_subword(iter(SENTENCES), config, tmp_path / f"{n}.spm", seed)
        for n, seed in enumerate((1, 1, 2))
    )

    assert first.digest == second.digest
    assert first.digest != other.digest


def test_a_corpus_without_enough_pieces_gives_a_smaller_model(tmp_path: Path) -> None:
    """The size is lowered; whoever asked can compare."""
    config = SubwordConfig(vocabulary_size=8_000)

    model = train_subword(SENTENCES, config, tmp_path / "joint.spm", seed=1)

    assert 280 < model.size < 8_000


def test_too_small_a_vocabulary_names_what_is_needed(tmp_path: Path) -> None:
    """Characters, digits and bytes have to fit."""
    with pytest.raises(
        ConfigError, match=r"subword: vocabulary_size is 100, and this corpus needs 3\d\d"
    ) as raised:
        train_subword(SENTENCES, SubwordConfig(vocabulary_size=100), tmp_path / "joint.spm", seed=1)

    assert "Set subword.vocabulary_size to some hundreds more than" in str(raised.value)


def test_no_sentences_make_no_vocabulary(tmp_path: Path) -> None:
    """Blank ones do not count."""
    with pytest.raises(CorpusError, match="there is no sentence to learn a vocabulary from"):
        train_subword([" ", "\u200b"], SubwordConfig(), tmp_path / "joint.spm", seed=1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """Missing, damaged, with other special ids, or without byte fallback."""
    damaged, other, no_bytes = (tmp_path / name for name in ("damaged.spm", "other.spm", "no_bytes.spm"))
    damaged.write_bytes(b"not a model")
    for path, (pad, bos, eos, unk) in ((other, (-1, 1, 2, 0)), (no_bytes, (PAD, BOS, EOS, UNK))):
        with path.open("wb") as file:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(SENTENCES),
                model_writer=file,
                vocab_size=60,
                hard_vocab_limit=False,
                minloglevel=2,
                pad_id=pad,
                bos_id=bos,
                eos_id=eos,
                unk_id=unk,
            )

    with pytest.raises(ModelError, match=r"nowhere: there is no such file\. Check the path"):
        SubwordModel.load(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"damaged\.spm: not a SentencePiece model"):
        SubwordModel.load(damaged)
    with pytest.raises(ModelError, match=r"the ids of pad, bos, eos and unk are \(-1, 1, 2, 0\)"):
        SubwordModel.load(other)
    with pytest.raises(ModelError, match=r"no byte fallback\. Train it with one"):
        SubwordModel.load(no_bytes)
