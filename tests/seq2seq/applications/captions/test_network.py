"""What the captioner's network does before it has learnt anything."""

import numpy as np
import pytest
import torch

from seq2seq.applications.captions.batches import CELLS, GRID, PictureBatches, captioned_batch, picture_batch
from seq2seq.applications.captions.captioner import Captioner
from seq2seq.applications.captions.network import CaptionerConfig, CaptionNetwork
from seq2seq.batch import BOS
from seq2seq.data.pictures.corpus import PictureCorpus, PicturesConfig, PictureSet
from seq2seq.data.pictures.scene import WORDS
from seq2seq.data.pictures.words import Words
from seq2seq.decoding.options import SearchOptions

WORD_IDS = Words(WORDS)


def drawn(count: int = 6) -> PictureSet:
    """A few pictures."""
    return PictureCorpus(PicturesConfig(train=count)).train


def network(attention: str, **settings: object) -> CaptionNetwork:
    """A network of a few units with random weights, large enough that its choices differ."""
    torch.manual_seed(0)
    config = CaptionerConfig.model_validate(
        {"attention": attention, "channels": 8, "embedding_size": 8, "hidden_size": 12, **settings}
    )
    made = CaptionNetwork(config, WORD_IDS.size)
    for parameter in made.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return made.eval()


def captioner(attention: str, beam: int = 3) -> Captioner:
    """The network with its words and search."""
    return Captioner(network(attention), WORD_IDS, SearchOptions(beam=beam))


def test_attention_is_a_distribution_over_the_grid_at_every_word() -> None:
    """Each row sums to 1 and has the shape of the grid; looks differ between words."""
    (caption, *_) = captioner("bahdanau").caption_all(drawn().pictures, attention=True)

    assert caption.attention is not None
    assert caption.attention.shape[1:] == (GRID, GRID)
    assert len(caption.attention) >= len(caption.words)
    np.testing.assert_allclose(caption.attention.sum(axis=(1, 2)), 1.0, rtol=1e-5)
    assert np.ptp(caption.attention, axis=0).max() > 0.001


def test_the_plain_model_sees_the_picture_once_and_has_no_attention() -> None:
    """With the same state, another picture's memory changes nothing."""
    plain = network("none")
    one, other = (plain.start(picture_batch(torch.from_numpy(drawn().pictures[n : n + 1]))) for n in (0, 1))
    mixed = type(one)(one.hidden, other.memory)

    with torch.no_grad():
        steps = [plain.step(torch.tensor([BOS]), state) for state in (one, mixed, other)]

    assert steps[0].attention is None
    assert torch.equal(steps[0].logits, steps[1].logits)
    assert not torch.allclose(steps[0].logits, steps[2].logits)


def test_the_attentive_model_sees_the_picture_at_every_step() -> None:
    """With the same state, another picture's memory changes what is said."""
    attentive = network("bahdanau")
    one, other = (
        attentive.start(picture_batch(torch.from_numpy(drawn().pictures[n : n + 1]))) for n in (0, 1)
    )

    with torch.no_grad():
        same, changed = (
            attentive.step(torch.tensor([BOS]), type(one)(one.hidden, state.memory)) for state in (one, other)
        )

    assert not torch.allclose(same.logits, changed.logits)


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_a_picture_alone_gets_the_caption_that_it_gets_in_company(attention: str) -> None:
    """The search of many pictures at once mixes none of them up."""
    writer, pictures = captioner(attention), drawn().pictures

    together = writer.caption_all(pictures)
    alone = [writer.caption_all(pictures[n : n + 1])[0] for n in range(len(pictures))]

    assert [caption.words for caption in together] == [caption.words for caption in alone]
    assert len({caption.log_prob for caption in together}) == len(pictures)


@pytest.mark.parametrize("attention", ["none", "bahdanau"])
def test_greedy_search_says_what_teacher_forcing_rates(attention: str) -> None:
    """The log probability of a caption is the loss of that caption."""
    writer, shown = captioner(attention, beam=1), drawn(1)
    (caption,) = writer.caption_all(shown.pictures)
    batch = captioned_batch(shown, WORD_IDS, [(0, 0)])
    tokens = WORD_IDS.encode(caption.text)
    said = type(batch)(batch.source, torch.tensor([tokens]), torch.tensor([len(tokens)]))

    with torch.no_grad():
        loss = writer.network(said)

    finished = len(caption.words) < 14  # else the search cut it off before its end
    assert not finished or caption.log_prob == pytest.approx(-loss.nll.item(), rel=1e-4)
    assert batch.source.lengths.tolist() == [CELLS]


def test_cells_know_where_they_are() -> None:
    """The same ground gives different states in different places of the grid."""
    blank = torch.full((1, 32, 32, 3), 240, dtype=torch.uint8)

    with torch.no_grad():
        states = network("bahdanau").encoder(blank).states[0]  # (S, M)

    inner = states.view(GRID, GRID, -1)[2:-2, 2:-2].reshape(
        -1, states.shape[1]
    )  # no border is seen from here
    assert torch.cdist(inner, inner).fill_diagonal_(1.0).min() > 1e-4


def test_batches_go_on_from_a_place_that_was_kept() -> None:
    """The rest of the epoch and the next one are the same; an epoch has every picture once."""
    shown = drawn(10)
    batches, again = (PictureBatches(shown, WORD_IDS, 4, seed=1) for _ in range(2))
    sizes = [len(next(batches).target) for _ in range(3)]
    next(batches)
    again.load_state_dict(batches.state_dict())

    for _ in range(4):
        one, other = next(batches), next(again)
        assert torch.equal(one.target, other.target)
        assert torch.equal(one.source.tokens, other.source.tokens)

    assert sizes == [4, 4, 2]
    assert batches.epoch == 2
