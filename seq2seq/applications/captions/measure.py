"""How good captions are: word for word right, and BLEU, on combinations seen and never seen."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from seq2seq.applications.captions.captioner import Captioner
from seq2seq.data.pictures.corpus import TEST_SETS, PictureCorpus, SetName
from seq2seq.evaluation.scores import bleu
from seq2seq.evaluation.tables import aligned

MOST_MISTAKES = 3  # shown of each model and set


@dataclass(frozen=True)
class Mistake:
    """A word that stands where the nearer of both captions has another."""

    true: str
    said: str
    count: int


@dataclass(frozen=True)
class Measured:
    """One model on one set of pictures."""

    model: str
    pictures: SetName
    count: int
    exact: float  # share of captions that are one of the picture's two, word for word
    bleu: float  # against both
    signature: str
    mistakes: tuple[Mistake, ...]  # the most frequent first


def measure(captioner: Captioner, corpus: PictureCorpus) -> list[Measured]:
    """Caption every test set of a corpus and compare with what is true."""
    found = []
    for pictures in TEST_SETS:
        drawn = corpus.draw(pictures)
        said = [caption.text for caption in captioner.caption_all(drawn.pictures)]
        right = sum(text in scene.captions for text, scene in zip(said, drawn.scenes, strict=True))
        score = bleu(said, list(zip(*(scene.captions for scene in drawn.scenes), strict=True)))
        wrong = mistakes(said, [scene.captions for scene in drawn.scenes])
        exact = right / len(drawn)
        found.append(
            Measured(captioner.name, pictures, len(drawn), exact, score.value, score.signature, wrong)
        )
    return found


def mistakes(said: Sequence[str], true: Sequence[Sequence[str]]) -> tuple[Mistake, ...]:
    """Count wrong words by place, against the caption with the fewest; another length counts for none."""
    counted: Counter[tuple[str, str]] = Counter()
    for text, captions in zip(said, true, strict=True):
        words = text.split()
        alike = [told.split() for told in captions if len(told.split()) == len(words)]
        wrong = [[pair for pair in zip(told, words, strict=True) if pair[0] != pair[1]] for told in alike]
        fewest: list[tuple[str, str]] = min(wrong, key=len, default=[])
        counted.update(fewest)
    return tuple(Mistake(*pair, count) for pair, count in counted.most_common())


def to_text(found: Sequence[Measured]) -> str:
    """A row a set, two columns a model; below them what the sets are, and the signature."""
    models = list(dict.fromkeys(one.model for one in found))
    by = {(one.model, one.pictures): one for one in found}
    head = ["pictures", "number", *(f"{model} {what}" for model in models for what in ("exact", "BLEU"))]
    rows = [
        [
            pictures,
            str(by[models[0], pictures].count),
            *(
                text
                for model in models
                for text in (f"{by[model, pictures].exact:.1%}", f"{by[model, pictures].bleu:.1f}")
            ),
        ]
        for pictures in TEST_SETS
    ]
    wrong = [
        f"{one.model}, {one.pictures}: "
        + ", ".join(f"{m.said} for {m.true} {m.count}" for m in one.mistakes[:MOST_MISTAKES])
        for one in found
        if one.mistakes
    ]
    notes = [f"{name}: {what}" for name, what in TEST_SETS.items()]
    return "\n".join(
        [
            aligned([head, *rows]),
            "",
            "most frequent wrong words:",
            *wrong,
            "",
            *notes,
            f"BLEU|{found[0].signature}",
        ]
    )


def to_json(found: Sequence[Measured]) -> str:
    """All of it as one object."""
    return json.dumps([asdict(one) for one in found])
