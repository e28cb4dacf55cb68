"""French conjugation: five persons, five tenses, from a stem or from stored irregular forms.

"tu" is left out on purpose: the corpus says "vous" to everyone.
"""

from dataclasses import dataclass
from enum import Enum

from seq2seq.data.phrasebook.french import VOWELS


class Person(Enum):
    """Who acts; the value is the French pronoun."""

    I = "je"  # noqa: E741 — the English pronoun
    HE = "il"  # every third person singular
    WE = "nous"
    YOU = "vous"
    THEY = "ils"  # every third person plural


PERSONS = tuple(Person)
_IMPARFAIT = dict(zip(PERSONS, ("ais", "ait", "ions", "iez", "aient"), strict=True))
_FUTUR = dict(zip(PERSONS, ("ai", "a", "ons", "ez", "ont"), strict=True))
_PRESENT = {
    "er": ("e", "e", "ons", "ez", "ent"),
    "ir": ("is", "it", "issons", "issez", "issent"),
    "re": ("s", "", "ons", "ez", "ent"),
}
_PARTICIPLE = {"er": "é", "ir": "i", "re": "u"}


@dataclass(frozen=True)
class Conjugation:
    """The forms from which every tense is made."""

    infinitive: str
    present: dict[Person, str]
    participle: str
    future_stem: str
    uses_etre: bool = False  # the auxiliary of the passé composé

    def imparfait(self, person: Person) -> str:
        """Return the imparfait: the stem of "nous" and its ending; "être" alone has its own stem."""
        stem = "ét" if self.infinitive == "être" else self.present[Person.WE].removesuffix("ons")
        ending = _IMPARFAIT[person]
        if ending.startswith("i"):  # ç and ge are needed before a only: "nous mangions"
            stem = (
                stem[:-1] + "c"
                if stem.endswith("ç")
                else stem.removesuffix("e")
                if stem.endswith("ge")
                else stem
            )
        return stem + ending

    def futur(self, person: Person) -> str:
        """Return the futur simple."""
        return self.future_stem + _FUTUR[person]

    def conditionnel(self, person: Person) -> str:
        """Return the conditional present."""
        return self.future_stem + _IMPARFAIT[person]


def conjugate(
    infinitive: str,
    *,
    present: str = "",
    participle: str = "",
    future_stem: str = "",
    uses_etre: bool = False,
) -> Conjugation:
    """Derive the forms of a verb; what is given (`present` as "suis/est/...") replaces the rule."""
    group = infinitive[-2:]
    forms = present.split("/") if present else _regular_present(infinitive)
    return Conjugation(
        infinitive,
        dict(zip(PERSONS, forms, strict=True)),
        participle or infinitive[:-2] + _PARTICIPLE[group],
        future_stem or _regular_future_stem(infinitive),
        uses_etre,
    )


def _regular_present(infinitive: str) -> list[str]:
    stem, group = infinitive[:-2], infinitive[-2:]
    forms = [stem + ending for ending in _PRESENT[group]]
    if group == "er":
        strong = _strong_stem(stem)
        forms = [strong + "e", strong + "e", *forms[2:4], strong + "ent"]
        if stem.endswith("g"):
            forms[2] = stem + "eons"
        if stem.endswith("c"):
            forms[2] = stem[:-1] + "çons"
    return forms


def _strong_stem(stem: str) -> str:
    """Return the stem before a silent ending: "achèt-", "préfèr-", "appell-", "nettoi-"."""
    if stem.endswith(("oy", "uy")):
        return stem[:-1] + "i"
    if stem.endswith("appel"):
        return stem + "l"
    vowel, consonants = stem[-2:-1], stem[-1:]
    if vowel in {"e", "é"} and consonants not in VOWELS:
        return stem[:-2] + "è" + consonants
    return stem


def _regular_future_stem(infinitive: str) -> str:
    stem, group = infinitive[:-2], infinitive[-2:]
    if group == "re":
        return infinitive[:-1]
    # "préférer" keeps its é in the futur (spelling before 1990); "acheter", "appeler", "nettoyer" change.
    if group == "er" and stem[-2:-1] != "é":
        return _strong_stem(stem) + "er"
    return infinitive
