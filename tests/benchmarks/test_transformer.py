"""The baseline does what it is compared for: the same loss, the same search, the same run."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import tiny
from benchmarks.transformer.network import Transformer, TransformerConfig, waves
from benchmarks.transformer.run import main
from benchmarks.transformer.state import TransformerState
from seq2seq.batch import BOS, EOS, collate, collate_source
from seq2seq.decoding.options import SearchOptions
from seq2seq.decoding.search import search_all
from seq2seq.evaluation.record import read
from seq2seq.nn.consistency import Consistency
from seq2seq.nn.model import TranslationModel
from seq2seq.training.checkpoint import NAME

PAIRS = [([5, 6, 7, EOS], [8, 9, EOS]), ([6, EOS], [9, 8, 7, 6, EOS]), ([9, 8, EOS], [5, EOS])]
SMALL = {"embedding_size": 8, "inner_size": 12, "heads": 2, "encoder_layers": 2, "decoder_layers": 2}


def build(**changes: Any) -> Transformer:  # noqa: ANN401 — whatever the section has
    """Make a small one without dropout, with weights large enough that its choices differ."""
    torch.manual_seed(1)
    model = Transformer(TransformerConfig(**{**SMALL, "dropout": 0.0, **changes}), 12)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(2.0)
    return model


def test_a_sentence_alone_is_rated_as_in_a_batch() -> None:
    """Padding on either side changes nothing: not what is forced, not the loss."""
    model = build().eval()

    together = model.force(collate(PAIRS)).log_probs

    for row, pair in enumerate(PAIRS):
        alone = model.force(collate([pair])).log_probs[0]
        torch.testing.assert_close(together[row, : len(pair[1])], alone, atol=1e-5, rtol=1e-5)
        assert (together[row, len(pair[1]) :] == 0).all()
    loss = build()(collate(PAIRS))
    torch.testing.assert_close(loss.sum, -together.sum())
    torch.testing.assert_close(loss.sum.detach(), loss.nll)
    assert loss.tokens == 10


def test_no_piece_sees_a_later_one() -> None:
    """Another ending leaves what was said of the beginning as it was."""
    model = build().eval()

    rated = [model.force(collate([([5, 6, EOS], [7, 8, last, EOS])])).log_probs[0] for last in (9, 10)]

    assert torch.equal(rated[0][:2], rated[1][:2])
    assert not torch.equal(rated[0][3:], rated[1][3:])


def test_stepping_equals_forcing() -> None:
    """Piece by piece, all sentences side by side, each log probability is that of teacher forcing."""
    model = build().eval()
    forced = model.force(collate(PAIRS)).log_probs
    longest = max(len(target) for _, target in PAIRS)
    targets = [[*target, *[EOS] * (longest - len(target))] for _, target in PAIRS]

    state = model.start(collate_source([source for source, _ in PAIRS]))
    columns = zip(*([BOS, *row] for row in targets), strict=True)
    for t, (previous, following) in enumerate(itertools.pairwise(columns)):
        step = model.step(torch.tensor(previous), state)
        state = step.state
        said = step.logits.log_softmax(dim=-1)
        for row, (_, target) in enumerate(PAIRS):
            if t < len(target):
                torch.testing.assert_close(said[row, following[row]], forced[row, t], atol=1e-5, rtol=1e-5)


def follow(model: Transformer, state: TransformerState, tokens: list[int]) -> list[torch.Tensor]:
    """Feed the same tokens to every row, and give the logits (R, V) after each."""
    found = []
    for token in tokens:
        step = model.step(torch.full_like(state.lengths, token), state)
        state = step.state
        found.append(step.logits)
    return found


def test_a_sentence_that_joins_later_is_not_touched_by_the_others() -> None:
    """Two hypotheses of one sentence take two steps, another joins, and the first leaves again."""
    model = build().eval()
    first = model.start(collate_source([[5, 6, 7, 8, EOS]])).repeat(2)
    second = model.start(collate_source([[9, EOS]])).repeat(2)
    alone = [follow(model, first, [BOS, 5, 6, 7]), follow(model, second, [BOS, 5, 6])]

    begun = model.step(torch.tensor([5, 5]), model.step(torch.tensor([BOS, BOS]), first).state).state
    joined = begun.join(second)
    together = model.step(torch.tensor([6, 6, BOS, BOS]), joined)
    swapped = together.state.reorder(torch.tensor([1, 0, 3, 2]))
    left = swapped.select(torch.tensor([1]))
    rest = follow(model, left, [5, 6])

    torch.testing.assert_close(together.logits[:2], alone[0][2])
    torch.testing.assert_close(together.logits[2:], alone[1][0])
    torch.testing.assert_close(rest, alone[1][1:])
    assert left.prefix.shape[:2] == (2, 1)  # the longer one's room went with it
    assert left.memory.states.shape[0] == 1


@pytest.mark.parametrize("beam", [1, 3])
def test_search_finds_alone_what_it_finds_in_company(beam: int) -> None:
    """With few rows, so that sentences join while others are under way; scores are those of forcing."""
    model = build().eval()
    sources = [(*(4 + (i * j) % 8 for j in range(1, 2 + i % 5)), EOS) for i in range(12)]
    options = SearchOptions(beam=beam, max_target_tokens=8)

    together = [found.hypotheses[0] for found in search_all(model, sources, options, max_rows=3 * beam)]
    alone = [search_all(model, [source], options)[0].hypotheses[0] for source in sources]

    assert isinstance(model, TranslationModel)
    assert [one.tokens for one in together] == [one.tokens for one in alone]
    for source, one in zip(sources, together, strict=True):
        forced = model.force(collate([(source, one.tokens)])).log_probs.sum()
        assert one.log_prob == pytest.approx(forced.item(), abs=1e-4)


def test_dropout_falls_where_fairseq_lets_it_fall() -> None:
    """Embeddings and what is added; none within attention, none after ReLU, none in evaluation mode."""
    model = build(dropout=0.5)

    in_layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.MultiheadAttention)]

    assert len(in_layers) == 6
    assert all(layer.dropout == 0.0 for layer in in_layers)
    assert [module.p for name, module in model.named_modules() if name.endswith(".dropout")] == [0.0] * 4
    assert model(collate(PAIRS)).nll != model(collate(PAIRS)).nll
    assert model.eval()(collate(PAIRS)).nll == model(collate(PAIRS)).nll


def test_it_has_the_size_of_the_paper() -> None:
    """One matrix for all that is as large as the vocabulary; Wu et al. say 2.6 million, with 9,712 pieces."""
    model = Transformer(TransformerConfig(), 9_712)

    parameters = sum(weight.numel() for weight in model.parameters())

    assert 2.55e6 < parameters < 2.65e6
    assert [name for name, weight in model.state_dict().items() if len(weight) == 9_712] == [
        "embedding.weight"
    ]


def test_places_differ_by_waves() -> None:
    """As Vaswani et al. write them: the slowest has not come round after 10,000 places."""
    table = waves(torch.arange(3), 4)

    expected = [[0.0, 0.0, 1.0, 1.0], [0.84147, 0.01, 0.5403, 0.99995], [0.9093, 0.02, -0.41615, 0.9998]]
    torch.testing.assert_close(table, torch.tensor(expected), atol=1e-4, rtol=0)


def test_it_can_be_rated_twice_for_consistency() -> None:
    """Without dropout and cuts two passes agree, and the consistent loss is the ordinary one."""
    model, batch = build(), collate(PAIRS)

    once, twice = model(batch), model(batch, consistency=Consistency.r_drop(3.0))
    cut = model(batch, consistency=Consistency.simcut(3.0, 0.5))

    torch.testing.assert_close(twice.sum, once.sum)
    torch.testing.assert_close(twice.nll, once.nll)
    assert float(cut.sum.detach()) > float(once.sum.detach())


@pytest.mark.parametrize("mixed", [False, True], ids=["float32", "bfloat16"])
def test_it_learns_to_copy(*, mixed: bool) -> None:
    """Sentences it never saw, nearly all of them right, by the project's own search."""
    torch.manual_seed(1)
    model = Transformer(
        TransformerConfig(**{**SMALL, "embedding_size": 32, "inner_size": 64, "dropout": 0.0}), 12
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    draw = torch.Generator().manual_seed(1)

    def sentences(count: int) -> list[tuple[int, ...]]:
        lengths = torch.randint(2, 7, (count,), generator=draw).tolist()
        return [(*torch.randint(4, 12, (n,), generator=draw).tolist(), EOS) for n in lengths]

    for _ in range(200):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            loss = model(collate([(one, one) for one in sentences(48)]), label_smoothing=0.1)
        optimiser.zero_grad()
        (loss.sum / loss.tokens).backward()
        optimiser.step()
    unseen = sentences(50)
    found = search_all(model.eval(), unseen, SearchOptions(beam=2))

    right = sum(one.hypotheses[0].tokens == source for one, source in zip(found, unseen, strict=True))
    assert right >= 45


def recipe(directory: Path) -> Path:
    """Write a short experiment with a test set, as a file."""
    training = {
        "learning_rate": 0.02,
        "schedule": "constant",
        "warmup_updates": 2,
        "validate_every": 20,
        "ema_decay": 0.0,
    }
    batching = {"tokens_per_batch": 300, "subword_dropout_source": 0.1}
    return tiny.recipe(directory, batching=batching, model={"hidden_size": 8}, training=training)


def test_the_command_trains_resumes_scores_and_records(tmp_path: Path) -> None:
    """Stopped and gone on with: the weights of a run that never stopped; a line as `evaluate` writes it."""
    shape = {**SMALL, "embedding_size": 16, "dropout": 0.1}
    command = [str(recipe(tmp_path)), "--record", str(tmp_path / "results.jsonl")]
    for key, value in shape.items():
        command += ["--set", f"model.{key}={value}"]

    main([*command, "--updates", "60", "--out", str(tmp_path / "whole")])
    main([*command, "--updates", "37", "--out", str(tmp_path / "halves")])
    main([*command, "--updates", "60", "--out", str(tmp_path / "halves")])

    whole, halves = (tmp_path / name / "transformer-tiny" for name in ("whole", "halves"))
    weights, resumed = load_file(whole / NAME), load_file(halves / NAME)
    assert all(torch.equal(resumed[name], weight) for name, weight in weights.items())
    first, _, last = read(tmp_path / "results.jsonl")
    assert (first.system, first.recipe, first.test, first.seed, first.beam) == (
        "transformer-tiny",
        "tiny",
        "test",
        1,
        2,
    )
    assert first.parameters == sum(
        weight.numel() for weight in Transformer(TransformerConfig(**shape), 340).parameters()
    )
    assert "tok:none" in first.bleu.signature
    assert first.tokens
    assert (last.bleu, last.updates, last.tokens) == (first.bleu, first.updates, first.tokens)
    assert len((whole / "test.fr").read_text(encoding="utf-8").splitlines()) == first.sentences
    assert json.loads((whole / "experiment.json").read_text())["model"] == shape


def test_a_recipe_with_two_vocabularies_is_refused(tmp_path: Path) -> None:
    """The message says what to set."""
    command = [str(recipe(tmp_path)), "--set", "subword.joint=false", "--out", str(tmp_path / "run")]

    with pytest.raises(SystemExit, match=r"one vocabulary.*subword\.joint=true"):
        main(command)
