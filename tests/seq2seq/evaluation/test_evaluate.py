import hashlib
import json

import pytest

import systems
from seq2seq.decoding.options import SearchOptions
from seq2seq.errors import GateNotMet, InputError
from seq2seq.evaluation.evaluate import Evaluation, digest, evaluate
from seq2seq.evaluation.gates import check_gate
from seq2seq.evaluation.measures import Scoring

SOURCES, REFERENCES = systems.held_out(210)
QUICK = Scoring(bootstrap=50)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """A system with some words wrong, one loop, and one sentence lost."""
    translations = systems.damaged(REFERENCES, 0.2)
    translations[6], translations[8] = "le le le", ""
    return evaluate(
        "plain",
        SOURCES,
        [REFERENCES],
        translations,
        scoring=QUICK,
        search=SearchOptions(beam=2),
        seconds=3.25,
    )


def test_the_text_has_figures_signatures_lengths_and_failures(evaluation: Evaluation) -> None:
    """The shape that a terminal shows."""
    lines = evaluation.text().split("\n")
    scores = evaluation.scores

    assert lines[0] == "plain"
    assert lines[1] == (
        f" {scores.bleu}   {scores.chrf}   length ratio {scores.length_ratio:.2f}   210 sentences   3.2 s"
    )
    assert lines[2] == f" BLEU|{scores.bleu.signature}"
    assert lines[3] == f" chrF2|{scores.chrf.signature}"
    assert lines[5].split() == ["by", "source", "length", "1–5", "6–10", "11–20"]
    assert [line.split()[0] for line in lines[6:9]] == ["BLEU", "±", "sentences"]
    assert lines[-1] == " loops 1 (line 7)   empty 1 (line 9)   copies of the source 0"


def test_notes_and_small_buckets_are_written_out() -> None:
    """A star at the bucket, its meaning under the table, and the notes at the end."""
    text = evaluate("few", SOURCES[:30], [REFERENCES[:30]], REFERENCES[:30], scoring=QUICK).text()

    assert "1–5*" in text
    assert "\n * fewer than 50 sentences\n" in text
    assert text.endswith(
        "\n note: Only 30 test sentences: with fewer than 200, take these figures for a hint."
    )


def test_json_carries_signature_settings_and_digests(evaluation: Evaluation) -> None:
    """A figure without them cannot be repeated."""
    document = json.loads(json.dumps(evaluation.to_json()))

    assert document["format"] == "evaluation/1"
    assert document["bleu"]["value"] == evaluation.scores.bleu.value
    assert "tok:13a" in document["bleu"]["signature"]
    assert document["search"]["beam"] == 2
    assert document["scoring"] == {"tokenize": "13a", "lowercase": False, "bootstrap": 50, "seed": 12345}
    assert document["behaviour"]["empty"] == {"count": 1, "lines": [9]}
    assert document["sha256"]["sources"] == digest(SOURCES)
    assert [bucket["sentences"] for bucket in document["by_length"]] == [
        bucket.sentences for bucket in evaluation.by_length
    ]


def test_a_digest_is_that_of_the_plain_file() -> None:
    """What `sha256sum` prints for a file that ends with a newline."""
    assert digest(["é", ""]) == hashlib.sha256("é\n\n".encode()).hexdigest()


def test_markdown_has_the_same_figures(evaluation: Evaluation) -> None:
    """With the signature in the row, its bars escaped."""
    text = evaluation.markdown()

    assert text.startswith("## plain\n\n210 sentences, length ratio ")
    assert f"| BLEU | {evaluation.scores.bleu.value:.2f} \\[" in text
    assert "nrefs:1\\|bs:50\\|seed:12345\\|case:mixed" in text
    assert "| by source length | 1–5 | 6–10 | 11–20 |" in text
    assert text.endswith("Loops 1 (line 7)   empty 1 (line 9)   copies of the source 0.\n")


def test_sources_and_translations_must_be_as_many() -> None:
    """The system is named."""
    with pytest.raises(InputError, match=r"^plain: there are 2 sources and 1 translation$"):
        evaluate("plain", ["a", "b"], [["a", "b"]], ["a"])


def test_a_gate_is_met_at_its_value_and_not_below(evaluation: Evaluation) -> None:
    """The error shows both figures and the signature, and exits 6."""
    value = evaluation.scores.bleu.value
    check_gate(evaluation, value)

    with pytest.raises(GateNotMet) as caught:
        check_gate(evaluation, value + 1e-9)

    assert str(caught.value).startswith(f"plain: BLEU is {value:.4f} and {value:g} was demanded (nrefs:1|")
    assert caught.value.exit_code == 6


def test_no_gate_is_met_by_what_is_no_number(evaluation: Evaluation) -> None:
    """A comparison with NaN is false, and must not let a build through."""
    with pytest.raises(GateNotMet):
        check_gate(evaluation, float("nan"))
