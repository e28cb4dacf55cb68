"""What is known of a model's training."""

import json
from pathlib import Path

import tiny
from seq2seq.evaluation.origin import settings_of


def test_where_the_corpus_lay_is_no_setting(tmp_path: Path) -> None:
    """Two models of the same data are alike, wherever each found it; all else is kept."""
    bundle = tiny.bundle(tmp_path / "model")
    settings = {"corpus": {"root": "somewhere", "source_language": "en"}, "seed": 1}
    (tmp_path / "experiment.json").write_text(json.dumps(settings), encoding="utf-8")

    assert settings_of(bundle) == {"corpus.source_language": '"en"', "seed": "1"}
