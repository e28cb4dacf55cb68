"""The six grammars. A pattern names what a word is made of, slot by slot; each slot draws from its table.

    O  onset       the consonants before a vowel
    V  vowel
    C  coda        the consonants after it
    E  ending, which begins with a vowel
    P  prefix

"k 4, t 2, - 1" are weights; "-" is the empty string. The languages share sounds and endings, as
neighbours do, so that about one name in nine is more likely from another of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """How the names of one language are made."""

    name: str
    share: float  # of all names drawn; the real lists are as uneven
    patterns: Mapping[str, float]  # strings over the slots, and how probable each is
    slots: Mapping[str, Mapping[str, float]]  # for each slot, its strings and how probable each is


def _weighted(table: str) -> Mapping[str, float]:
    """Read "k 4, t 2, - 1" as probabilities."""
    entries = [entry.split() for entry in table.split(",")]
    total = sum(float(weight) for _, weight in entries)
    return {"" if text == "-" else text: float(weight) / total for text, weight in entries}


def _language(name: str, share: float, patterns: str, **slots: str) -> Language:
    return Language(
        name, share, _weighted(patterns), {slot: _weighted(table) for slot, table in slots.items()}
    )


LANGUAGES = (
    _language(
        "Velkan",  # consonants in clusters, names that end in -ov and -ski
        0.42,
        "OVCE 9, OVCVCE 5, OVC 3",
        O="v 3, k 3, s 2, r 2, b 3, d 2, m 2, st 2, kr 2, br 1, l 2, p 2, zh 1, n 2, t 2, gr 1, h 1",
        V="a 5, o 4, e 3, i 2, u 2",
        C="r 3, l 2, n 3, k 2, s 2, sh 1, m 2, v 1, b 1, d 1, t 1, rk 1, ch 1",
        E="ov 5, ev 2, in 4, ski 2, enko 1, ak 2, uk 1, a 2, an 2, er 1, ich 1",
    ),
    _language(
        "Tavari",  # open syllables, double consonants, names that end in a vowel
        0.17,
        "OVCE 6, OVCVCE 5, VCE 2, OVCVCVCE 1",
        O="t 3, v 2, r 3, l 3, c 3, m 3, n 2, s 2, b 3, g 2, p 2, d 2, f 1, br 1",
        V="a 5, o 4, i 4, e 4, u 1",
        C="t 2, r 4, l 3, n 3, m 1, s 2, d 1, ll 1, tt 1, rr 1, v 1, c 1, st 1",
        E="ini 2, elli 1, ari 2, ano 2, etto 1, osa 1, a 4, o 4, i 4, in 1, e 1",
    ),
    _language(
        "Norrin",  # umlauts, names that end in -er, -sen and -berg
        0.14,
        "OVCE 6, OVC 4, OVCVCE 1, VCE 1",
        O="b 3, h 3, k 3, l 2, m 2, r 2, s 2, st 2, sch 1, w 2, f 2, gr 1, br 1, kr 1, n 2, d 1, t 1",
        V="a 4, e 3, o 3, i 2, u 2, ö 1, ei 1, au 1",
        C="r 3, n 3, l 3, ck 1, k 1, t 2, ch 1, m 2, s 1, lt 1, nd 1, rk 1, ll 1",
        E="er 5, en 2, sen 1, berg 1, mann 1, in 2, el 2, son 1, ak 1, ig 1, e 2",
    ),
    _language(
        "Calleth",  # a prefix or none, names that end in -an and -agh
        0.11,
        "OVCE 6, OVC 3, POVCE 2, POVC 1, OVCVCE 1",
        P="Mac 3, O' 2, Fitz 1",
        O="c 3, d 3, f 2, k 2, l 2, m 2, r 2, s 2, br 2, g 2, t 1, b 3, n 1, h 2, w 1",
        V="a 4, o 3, e 3, i 2, u 2, ea 1",
        C="r 3, n 3, l 3, gh 1, nn 1, ll 2, th 1, s 1, m 1, t 1, ck 1, rr 1",
        E="an 4, in 3, agh 1, ey 2, y 3, on 2, son 2, e 1, er 2, ell 1, o 1",
    ),
    _language(
        "Nauma",  # one consonant, one vowel, again and again
        0.10,
        "OVOV 4, OVOVOV 5, OVOVOVOV 1, VOVOV 2, OVOVn 1",
        O="k 4, m 3, n 3, s 3, t 3, h 2, sh 1, r 3, y 1, w 1, g 1, b 1, d 1",
        V="a 5, i 4, o 4, u 2, e 2",
        n="n 1",
    ),
    _language(
        "Lin-Sho",  # one short syllable, or two
        0.06,
        "OVC 5, OVCOVC 1, OVCOV 1",
        O="l 2, sh 2, ch 1, h 2, m 2, k 2, y 1, w 2, t 2, s 2, d 1, b 1, r 1, zh 1, n 1",
        V="a 4, o 3, i 3, u 3, e 2, ai 1, ua 1, ou 1",
        C="n 5, ng 3, - 3, i 1, k 1, m 2",
    ),
)
