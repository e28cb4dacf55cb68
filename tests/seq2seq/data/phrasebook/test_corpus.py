import json
import re
from pathlib import Path

import pytest

from seq2seq.data.phrasebook.corpus import Phrase, PhrasebookSplit, phrases, sample, split, write_corpus
from seq2seq.data.phrasebook.grammar import PATTERNS
from seq2seq.errors import CorpusError, UsageError


@pytest.fixture(scope="module")
def many() -> list[Phrase]:
    """Make once the sentences that most tests look at."""
    return list(phrases(6_000, seed=1))


@pytest.fixture(scope="module")
def sets() -> PhrasebookSplit:
    """Split once for the tests that look at it."""
    return split(3_000, seed=1)


def test_sentences_are_distinct(many: list[Phrase]) -> None:
    """No English sentence comes twice, whatever its case and punctuation."""
    assert len({re.sub(r"\W+", " ", phrase.english.lower()).strip() for phrase in many}) == len(many)


def test_the_same_seed_gives_the_same_sentences(many: list[Phrase]) -> None:
    """A short run is the beginning of a long one, in this process and in any other."""
    assert list(phrases(200, seed=1)) == many[:200]
    assert list(phrases(200, seed=2)) != many[:200]


def test_an_english_sentence_has_one_translation(many: list[Phrase]) -> None:
    """Runs of other seeds translate what they share in the same way."""
    french: dict[str, str] = {}
    found = [*many, *phrases(6_000, seed=2)]

    assert all(french.setdefault(phrase.english, phrase.french) == phrase.french for phrase in found)
    assert len(french) < len(found)


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\b(de|à) les?\b(?! (voir|trouver))",
        r"(?<!-)\b(je|ne|que|de|le|la|se|me) (?!onze)[aeiouàâéèêîôœ]",
        r"\b(ce|ma|sa) [aeiouéèêîôœ]",
        r"\b(un|le|ce|mon|son|notre|votre|leur) (beau|nouveau|vieux) (homme|hôtel|hôpital|[aeiouéèêîôœ]\w+)",
        r"\bsi ils?\b",
        r"\b[ldjnsmqu]+' ",
        r"\b[ldjn]'(héros|haricot|hibou|hiboux|homard|hérisson|hache|harpe)",
        r" {2}|^ | $|[\u00a0\u202f\u2019]",
        r"[^ ][?!;:]| [.,]",
        r"\bde (du|des|de)\b",
        r"\b[nm]'(ai|as|a|avons|avez|ont) pas (un|une|du|des) ",
        r"-(?![\wà-ÿ])",
    ],
)
def test_french_has_no_forbidden_sequence(many: list[Phrase], forbidden: str) -> None:
    """No missing elision or contraction, and the spaces of our convention."""
    assert [phrase.french for phrase in many if re.search(forbidden, phrase.french)] == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\ba (?!uni|use|Euro|euro|one)[aeiouAEIOU]",
        r"\ban (?!hon|hour)[^aeiouAEIOU]",
        r" {2}|^ | $| [.,?!]",
        r"^(He|She|Paul|Marie) (eat|have|do|go|are|want)\b",
        r"\bI (is|are|has)\b",
        r"\bi\b",
        r"\b(mans|womans|childs|foots|mouses|wifes)\b",
        r"-(?!\w)",
    ],
)
def test_english_has_no_forbidden_sequence(many: list[Phrase], forbidden: str) -> None:
    """Articles, verb endings, plurals and spaces are right."""
    found = [phrase.english for phrase in many if re.search(forbidden, phrase.english)]

    assert found == []


def test_sentences_begin_and_end_as_sentences(many: list[Phrase]) -> None:
    """A capital first, and a mark last, in both languages."""
    for phrase in many:
        assert phrase.english[0].isupper()
        assert phrase.french[0].isupper()
        assert re.search(r"\w[.?!]$", phrase.english)
        assert re.search(r"(\w\.| [?!])$", phrase.french)


def test_lengths_have_a_long_tail(many: list[Phrase]) -> None:
    """Most sentences are short, about one of twelve has more than 25 words, and none has more than 60."""
    lengths = [len(phrase.english.split()) for phrase in many]

    assert 40 <= max(lengths) <= 60
    assert 0.07 < sum(length > 25 for length in lengths) / len(lengths) < 0.11
    assert sum(4 <= length <= 15 for length in lengths) / len(lengths) > 0.75


def test_the_split_shares_no_sentence(sets: PhrasebookSplit) -> None:
    """No French sentence is in two sets, and no English one is trained on under another seed and size."""
    other = split(100, seed=2)
    held = [phrase.english for phrase in (*sets.validation, *sets.test, *other.validation, *other.test)]
    french = [{phrase.french for phrase in part} for part in (sets.train, sets.validation, sets.test)]

    assert not {phrase.english for phrase in (*sets.train, *other.train)} & set(held)
    assert not french[0] & french[1]
    assert not french[0] & french[2]
    assert not french[1] & french[2]


def test_held_out_combinations_are_not_in_training(sets: PhrasebookSplit) -> None:
    """Half of each evaluation set pairs a noun with a pattern that training never pairs with it."""
    trained = {pair for phrase in sets.train for pair in phrase.combinations}

    assert (len(sets.train), len(sets.validation), len(sets.test)) == (3_000, 500, 500)
    for held in (sets.validation, sets.test):
        pairs = {pair for phrase in held for pair in phrase.held_out}
        assert sum(bool(phrase.held_out) for phrase in held) == 250
        assert pairs
        assert not pairs & trained


def test_the_sample_visits_every_pattern() -> None:
    """A reader of French sees each pattern once before any pattern twice."""
    found = sample(len(PATTERNS), seed=1)

    assert len({phrase.pattern for phrase in found}) == len(PATTERNS)


def test_the_corpus_is_written_with_its_report(tmp_path: Path, sets: PhrasebookSplit) -> None:
    """Three files of tab-separated pairs, the same for the same seed, and a report that counts them."""
    report = write_corpus(tmp_path, 3_000, seed=1)

    for name, phrases_of in (("train", sets.train), ("validation", sets.validation), ("test", sets.test)):
        text = "".join(f"{phrase.english}\t{phrase.french}\n" for phrase in phrases_of)
        assert (tmp_path / f"{name}.tsv").read_bytes() == text.encode()
        assert report.sets[name].pairs == sum(report.sets[name].lengths.values()) == len(phrases_of)
    assert len(list(tmp_path.iterdir())) == 3
    assert report.sets["train"].held_out_combinations == 0
    assert report.sets["test"].held_out_combinations > 100
    assert report.text().splitlines()[2].split()[:2] == ["train", "3,000"]
    assert json.loads(report.to_json())["seed"] == 1


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the way is the user's to mend."""
    (tmp_path / "taken").write_text("")

    with pytest.raises(
        CorpusError, match=r"taken: the phrasebook cannot be written \(.*\)\. Give a directory"
    ):
        write_corpus(tmp_path / "taken", 10, seed=1)


def test_sizes_below_the_least_are_refused() -> None:
    """Both messages name the size."""
    with pytest.raises(UsageError, match="a phrasebook of -1 sentences cannot be made"):
        phrases(-1, seed=1)
    with pytest.raises(UsageError, match="a training set of 0 sentences cannot be made"):
        split(0, seed=1)
