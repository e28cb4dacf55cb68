import subprocess
import sys
from pathlib import Path

import pytest

import systems
from seq2seq.evaluation.measures import Scoring
from seq2seq.evaluation.scores import bleu, score

QUICK = Scoring(bootstrap=50)


def test_validation_and_evaluation_agree_to_the_last_bit() -> None:
    """Training's BLEU is that of `evaluate` on the same translations."""
    _, references = systems.held_out(40)
    hypotheses = systems.damaged(references, 0.2)

    assert bleu(hypotheses, [references]).value == score(hypotheses, [references], QUICK).bleu.value


def test_the_sacrebleu_command_prints_the_same(tmp_path: Path) -> None:
    """One figure, one signature, whichever program is asked."""
    _, references = systems.held_out(40)
    hypotheses = systems.damaged(references, 0.2)
    for name, lines in (("ref", references), ("hyp", hypotheses)):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    command = [sys.executable, "-m", "sacrebleu", "ref", "-i", "hyp", "-w", "6", "-f", "text"]

    printed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    ours = bleu(hypotheses, [references])
    assert printed.startswith(f"BLEU|{ours.signature} = {ours.value:.6f} ")


def test_equal_texts_score_100() -> None:
    """Both metrics, and a length ratio of 1."""
    _, references = systems.held_out(30, longest=20)

    scores = score(references, [references], QUICK)

    assert [scores.bleu.value, scores.chrf.value] == pytest.approx([100.0, 100.0])
    assert scores.length_ratio == 1.0
    assert scores.sentences == 30


def test_an_interval_holds_its_value() -> None:
    """Low, mean and high in order, about the figure itself."""
    _, references = systems.held_out(80)

    figure = score(systems.damaged(references, 0.3), [references], Scoring(bootstrap=200)).bleu

    assert figure.low is not None
    assert figure.mean is not None
    assert figure.high is not None
    assert figure.low < figure.value < figure.high
    assert figure.low < figure.mean < figure.high
    assert "|bs:200|seed:12345|" in figure.signature


def test_empty_translations_score_0() -> None:
    """They are scored, not refused: a system may fail."""
    scores = score(["", ""], [["le chat", "la gare"]], QUICK)

    assert [scores.bleu.value, scores.chrf.value, scores.length_ratio] == pytest.approx([0.0] * 3, abs=1e-9)


def test_few_sentences_are_noted() -> None:
    """Under 200; from there on silence."""
    _, references = systems.held_out(200)

    few = score(references[:199], [references[:199]], QUICK)
    enough = score(references, [references], QUICK)

    assert few.notes == ("Only 199 test sentences: with fewer than 200, take these figures for a hint.",)
    assert enough.notes == ()


def test_tokenised_hypotheses_are_noted() -> None:
    """At 100 lines, where sacreBLEU warns, and at a tenth of a smaller set."""
    _, references = systems.held_out(200)
    tokenised = [line.replace(".", " .") for line in references]

    notes = score([*tokenised[:20], *references[20:]], [references], QUICK).notes
    none = score([*tokenised[:19], *references[19:]], [references], QUICK).notes

    assert " ".join(notes) == (
        "Hypotheses that look tokenised: 20 of 200; score detokenised text, "
        "or the figures compare with no others."
    )
    assert none == ()


def test_scoring_without_a_tokenizer_is_noted() -> None:
    """The figure is no published one."""
    _, references = systems.held_out(200)

    notes = score(references, [references], Scoring(tokenize="none", bootstrap=0)).notes

    assert notes == ("BLEU without a tokenizer compares only with figures made the same way.",)
