"""Pictures are drawn as their captions say, and what is held out is nowhere in training."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from seq2seq.batch import EOS, UNK
from seq2seq.data.pictures.corpus import (
    HELD_OUT_ARRANGEMENTS,
    HELD_OUT_THINGS,
    SET_NAMES,
    TEST_SETS,
    PictureCorpus,
    PicturesConfig,
)
from seq2seq.data.pictures.drawing import PIXELS, RGB, draw
from seq2seq.data.pictures.files import read_pictures, write_pictures
from seq2seq.data.pictures.scene import (
    COLOURS,
    CONVERSE,
    MOST_WORDS,
    RELATIONS,
    SHAPES,
    WORDS,
    Colour,
    Relation,
    Scene,
    Shape,
    Size,
    Thing,
    all_scenes,
)
from seq2seq.data.pictures.words import Words
from seq2seq.errors import CorpusError, InputError

SMALL = PicturesConfig(train=300, validation=20, test=40)


def middle(picture: np.ndarray, colour: Colour) -> tuple[float, float]:
    """Mean place (x, y) of the pixels that are nearest to a colour, and to no other nor to the ground."""
    names = list(RGB)
    palette = np.array([RGB[name] for name in names] + [(0.93, 0.93, 0.93)])
    distance = ((picture[:, :, None, :] / 255 - palette) ** 2).sum(axis=-1)  # (height, width, colours)
    y, x = np.nonzero(distance.argmin(axis=-1) == names.index(colour))
    return float(x.mean()), float(y.mean())


@pytest.mark.parametrize("relation", RELATIONS)
def test_things_stand_as_the_caption_says(relation: Relation) -> None:
    """The first thing is above, below, left or right of the second, by far more than it is beside it."""
    random = np.random.default_rng(3)
    scene = Scene(Thing("large", "red", "circle"), relation, Thing("small", "blue", "square"))

    for _ in range(10):
        picture = draw(scene, random)
        (x1, y1), (x2, y2) = middle(picture, "red"), middle(picture, "blue")

        found = {"above": y2 - y1, "below": y1 - y2, "left of": x2 - x1, "right of": x1 - x2}
        assert max(found, key=lambda name: found[name]) == relation
        assert found[relation] > 10


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_thing_covers_more_than_a_small_one_and_none_is_cut_off(shape: Shape) -> None:
    """The areas do not overlap, and no thing touches the border."""
    random = np.random.default_rng(4)
    sizes: tuple[Size, Size] = ("small", "large")
    areas: dict[str, list[int]] = {size: [] for size in sizes}
    for size in sizes:
        for _ in range(10):
            thing = Thing(size, "blue", shape)
            picture = draw(Scene(thing, "above", Thing("small", "red", "cross")), random)
            blue = picture[:, :, 2].astype(int) - picture[:, :, 0] > 60
            areas[size].append(int(blue.sum()))
            assert not blue[:, [0, -1]].any()
            assert not blue[[0, -1]].any()

    assert max(areas["small"]) < min(areas["large"])


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    """Pictures, scenes and fingerprint repeat."""
    one, again, other = (PictureCorpus(PicturesConfig(train=20, seed=seed)) for seed in (1, 1, 2))

    assert one.train.scenes == again.train.scenes
    assert (one.train.pictures == again.train.pictures).all()
    assert one.fingerprint == again.fingerprint != other.fingerprint


def test_what_is_held_out_never_occurs_in_training_from_either_end() -> None:
    """Neither a held-out colour with its shape, nor a held-out arrangement, in any training caption."""
    trained = PictureCorpus(SMALL).scenes["train"]
    captions = " | ".join(caption for scene in trained for caption in scene.captions)

    assert trained
    for colour, shape in HELD_OUT_THINGS:
        assert f"{colour} {shape}" not in captions
    for scene in trained:
        for told in (scene, scene.told_from_the_other):
            assert (told.first.shape, told.relation, told.second.shape) not in HELD_OUT_ARRANGEMENTS


def test_every_part_of_what_is_held_out_occurs_in_training() -> None:
    """Only the combination is new: its colour, its shape and its relation are all known."""
    trained = PictureCorpus(SMALL).scenes["train"]
    things = {thing for scene in trained for thing in (scene.first, scene.second)}
    words = {word for scene in trained for caption in scene.captions for word in caption.split()}

    assert {thing.colour for thing in things} == set(COLOURS)
    assert {thing.shape for thing in things} == set(SHAPES)
    assert words == set(WORDS)


def test_test_sets_hold_what_they_say_and_share_nothing() -> None:
    """Each scene of the new sets has exactly one kind of novelty, and no two sets share a scene."""
    scenes = {name: set(chosen) for name, chosen in PictureCorpus(SMALL).scenes.items()}

    for scene in scenes["new-things"]:
        new = [(thing.colour, thing.shape) in HELD_OUT_THINGS for thing in (scene.first, scene.second)]
        assert new.count(True) == 1
    for one, other in combinations(TEST_SETS, 2):
        assert not scenes[one] & scenes[other]


def test_no_picture_of_a_test_was_trained_on() -> None:
    """A seen combination is drawn anew."""
    corpus = PictureCorpus(SMALL)
    trained = {picture.tobytes() for picture in corpus.train.pictures}

    for name in SET_NAMES[1:]:
        assert not trained & {picture.tobytes() for picture in corpus.draw(name).pictures}


def test_both_captions_are_true() -> None:
    """Told from the other thing, the relation turns round; turned twice, it is the first again."""
    for scene in all_scenes():
        other = scene.told_from_the_other
        assert other.told_from_the_other == scene
        assert (other.first, other.second) == (scene.second, scene.first)
        assert CONVERSE[CONVERSE[scene.relation]] == scene.relation
        assert max(len(caption.split()) for caption in scene.captions) <= MOST_WORDS


def test_words_come_back_from_their_ids() -> None:
    """Encoding ends with EOS; a stranger becomes UNK, and signs are no words."""
    words = Words(WORDS)

    tokens = words.encode("a large red circle left of a zebra")

    assert tokens[-2:] == (UNK, EOS)
    assert words.words_of(tokens) == ("a", "large", "red", "circle", "left", "of", "a")
    assert max(words.encode(" ".join(WORDS))) == words.size - 1


def test_pictures_survive_a_file(tmp_path: Path) -> None:
    """What is read is what was drawn, and captions.tsv names each file with both captions."""
    drawn = PictureCorpus(SMALL).draw("validation")

    directory = write_pictures(tmp_path / "pictures", drawn)
    lines = [line.split("\t") for line in (directory / "captions.tsv").read_text().splitlines()]
    read = read_pictures([directory / name for name, *_ in lines])

    assert (np.stack(read) == drawn.pictures).all()
    assert [tuple(captions) for _, *captions in lines] == [scene.captions for scene in drawn.scenes]


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    """Another size, another content, nothing at all, and a place that cannot be written to."""
    large, text = tmp_path / "large.png", tmp_path / "text.png"
    Image.new("RGB", (40, 30)).save(large)
    text.write_text("no picture")

    with pytest.raises(InputError, match=rf"has 40 x 30 pixels, and must have {PIXELS} x {PIXELS}"):
        read_pictures([large])
    with pytest.raises(InputError, match="it is not a picture"):
        read_pictures([text])
    with pytest.raises(InputError, match="cannot be read"):
        read_pictures([tmp_path / "none.png"])
    with pytest.raises(CorpusError, match="cannot be written"):
        write_pictures(text, PictureCorpus(SMALL).draw("validation"))
