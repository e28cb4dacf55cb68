from datetime import date

import tiny
from seq2seq.card import Card


def test_the_card_reads_as_lines_of_label_and_value() -> None:
    """What `model info` prints leads with name and direction, and gives each score its signature."""
    card = tiny.card().model_copy(update={"created": date(2026, 1, 2), "parameters": 12_345})

    assert card.text().splitlines() == [
        "tiny: en → fr",
        "  about       Random weights, for tests.",
        "  parameters  12,345",
        "  takes       sentences of up to 512 pieces, the end included",
        "  data        five sentences, 5 pairs to learn from",
        "              fingerprint 0123abcd",
        "  training    0 updates in 0.0 minutes, seed 1, cpu, 1 thread",
        "              $ seq2seq train tiny.toml",
        "  created     2026-01-02",
        "  licence     Apache-2.0",
        "  score       BLEU 0.04 on validation",
        "              nrefs:1|tok:13a",
    ]


def test_a_card_survives_its_json() -> None:
    """Nothing is lost in `card.json`."""
    card = tiny.card()

    assert Card.model_validate_json(card.model_dump_json()) == card


def test_a_strangers_card_cannot_steer_the_terminal() -> None:
    """Escape signs and line breaks in a card are shown as replacement characters."""
    card = tiny.card("evil\x1b[2J").model_copy(update={"licence": "none\x07\u202e"})

    assert "evil�[2J: en → fr" in card.text()
    assert "none��" in card.text()
    assert all(line.isprintable() for line in card.text().splitlines())


def test_long_values_are_wrapped_under_their_label() -> None:
    """No line of prose is wider than a terminal."""
    card = tiny.card().model_copy(update={"description": "word " * 100})

    lines = card.text().splitlines()

    assert max(map(len, lines)) <= 102
    assert lines[2].startswith("              word")
