from seq2seq.data.drops import EXAMPLES, Drops, Finding, Reason


def test_drops_count_all_and_remember_the_first() -> None:
    """However many there are, a few examples suffice."""
    drops = Drops()
    for line in range(1, 1_001):
        drops.add(Reason.RATIO, f"data/train.tsv:{line}")
    drops.add(Reason.BLANK, "data/train.tsv:7")

    assert drops.total == 1_001
    assert len(drops.findings()[Reason.RATIO].examples) == EXAMPLES
    assert drops.text().splitlines() == [
        "           1  blank source or target  (train.tsv:7)",
        "       1,000  lengths too different  (train.tsv:1, 2, 3, 4, 5, …)",
    ]
    assert drops.to_json()["blank"] == {
        "because": "blank source or target",
        "pairs": 1,
        "examples": ["data/train.tsv:7"],
    }


def test_places_name_a_file_once() -> None:
    """Until the file changes."""
    assert Finding(3, ("a:1", "a:2", "b:1")).places() == "a:1, 2, b:1"
