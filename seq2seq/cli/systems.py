"""Systems from the command line: one model or file, or several runs of it, with or without a name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from seq2seq.bundle import Bundle
from seq2seq.card import Card, joined_card
from seq2seq.cli.roads import open_road
from seq2seq.cli.testing import TestSet, Ways, card_of, measure_file, measure_opened
from seq2seq.errors import UsageError
from seq2seq.evaluation.compare import check_several, distinct
from seq2seq.evaluation.curves import curve_of
from seq2seq.evaluation.evaluate import Evaluation
from seq2seq.evaluation.origin import Leak, Origin, facts_of, settings_of
from seq2seq.evaluation.system import called
from seq2seq.training.journal import read_journal

OF_ONE_MODEL = ("seed", "minutes", "updates")


@dataclass(frozen=True)
class Named:
    """What stands on the command line: `DIR`, `DIR,DIR` or `name=DIR,DIR`; `DIR+DIR` is an ensemble."""

    name: str  # empty: what the runs call themselves
    paths: tuple[Path, ...]

    @staticmethod
    def parse(text: str) -> "Named":
        """Read an argument; a path that exists is taken as it stands, whatever signs are in it.

        Raises:
            UsageError: a path is empty.
        """
        if text and Path(text).exists():
            return Named("", (Path(text),))
        name, equals, rest = text.partition("=")
        paths = rest if equals else text
        if not all(part.strip() for part in paths.split(",")) or (equals and not name.strip()):
            raise UsageError(
                f"'{text}' names no system", mend="Write DIR, DIR,DIR for several seeds, or name=DIR,DIR."
            )
        return Named(name.strip() if equals else "", tuple(Path(part.strip()) for part in paths.split(",")))


def names_of(systems: Sequence[Named]) -> list[str]:
    """What systems are called when they are compared: every model is looked at, and none is loaded.

    Raises:
        InputError: there are fewer than two.
        ModelError: a model is missing or damaged, or translates nothing.
    """
    check_several(systems)
    return distinct([system.name or called([_own_name(path) for path in system.paths]) for system in systems])


@dataclass
class Bench:
    """Measures systems on one test set and on what was made from it; a corpus is searched for leaks once."""

    tests: Sequence[TestSet]  # the first is the one that counts
    ways: Ways
    corpus: Path | None = None
    _leaks: dict[str, Leak] = field(default_factory=dict)  # by fingerprint

    def measure(self, path: Path) -> list[Evaluation]:
        """Measure a model or a file of translations: an evaluation a test set.

        Raises:
            UsageError: translations in a file are of one test set only.
            InputError: a sentence of a test set could not be translated.
        """
        if path.is_file():
            if len(self.tests) > 1:
                raise UsageError(
                    "the translations in a file cannot be stretched",
                    where=str(path),
                    mend="Name the model that made them, or leave out --stretch.",
                )
            return [measure_file(path, self.tests[0], self.ways)]
        ways = self.ways
        members = _members(path)
        with open_road(Path(",".join(members)), None, ways.wanted, ways.machine) as opened:
            assert opened.bundle is not None, "the road leads to no server"
            origin = self._origin(opened.bundle, path)
            origin = replace(origin, facts=facts_of(opened.bundle, opened.search, opened.precision))
            if len(members) > 1:  # what was said is true of its first member alone
                facts = {label: value for label, value in origin.facts.items() if label not in OF_ONE_MODEL}
                origin = replace(origin, facts={"ensemble of": f"{len(members)} models", **facts}, curve=None)
            return [
                measure_opened(opened, test, ways, origin, f" on {test.name}" if test.name else "")
                for test in self.tests
            ]

    def card(self, path: Path) -> Card | None:
        """What is known of a model or an ensemble; nothing of a file of translations."""
        return None if path.is_file() else card_of(Path(",".join(_members(path))))

    def _origin(self, bundle: Bundle, path: Path) -> Origin:
        return Origin(
            path=str(path),
            settings=settings_of(bundle),
            command=bundle.card.training.command,
            revision=bundle.revision,
            curve=curve_of(read_journal(bundle.directory.resolve().parent)),
            leak=self._leak(bundle),
        )

    def _leak(self, bundle: Bundle) -> Leak | None:
        from seq2seq.evaluation.leaks import corpus_of, leak_of  # noqa: PLC0415 — imports torch

        dataset = corpus_of(bundle, self.corpus)
        if dataset is None:
            return None
        if dataset.fingerprint not in self._leaks:
            test = self.tests[0]
            self._leaks[dataset.fingerprint] = leak_of(dataset, test.sources, test.references)
        return self._leaks[dataset.fingerprint]


def _own_name(path: Path) -> str:
    if path.is_file():
        return str(path)
    return joined_card([Bundle.open(Path(member)).card for member in _members(path)]).name


def _members(path: Path) -> list[str]:
    """The models of an ensemble, or the one; a directory whose own name has a plus is one."""
    parts = [part for part in str(path).split("+") if part]
    return [str(path)] if path.exists() else parts
