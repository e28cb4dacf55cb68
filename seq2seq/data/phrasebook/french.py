"""French spelling rules: elision, contraction, regular plurals and feminines, typography."""

import re

# An h that forbids elision and the vowel forms of determiners ("le héros", "ce haricot").
ASPIRATED = frozenset(
    [
        "hache",
        "haches",
        "haricot",
        "haricots",
        "harpe",
        "harpes",
        "haut",
        "haute",
        "hauts",
        "hautes",
        "hérisson",
        "hérissons",
        "héros",
        "hibou",
        "hiboux",
        "hollandais",
        "hollandaise",
        "hollandaises",
        "homard",
        "homards",
        "hongrie",
        "huit",
        "huitième",
    ]
)
# Words that start with a vowel and still keep the full article ("le onze mars").
UNELIDED = frozenset({"onze", "onzième", "oui", "yaourt"})

VOWELS = "aeiouàâäéèêëîïôöùûüœh"

# A hyphen before means an inverted verb: "puis-je avoir" stays whole. "y" elides only as a word.
_ELIDING = re.compile(
    rf"(?<![\w'-])(je|me|se|le|la|de|ne|que|jusque|lorsque|puisque) (?=([{VOWELS}]\w*|y\b))", re.IGNORECASE
)
_IF_HE = re.compile(r"(?<![\w'-])(s)i (?=ils?\b)", re.IGNORECASE)


def starts_with_vowel(words: str) -> bool:
    """Tell whether a word before these words is elided or takes its vowel form."""
    first = re.split(r"[ ',.?!-]", words.lower(), maxsplit=1)[0]
    return words[:1].lower() in VOWELS and first not in ASPIRATED and first not in UNELIDED


def elide(text: str) -> str:
    """Write "je ai" as "j'ai", "le hôtel" as "l'hôtel", "si il" as "s'il"; leave "le héros" alone."""

    def cut(match: re.Match[str]) -> str:
        following = text[match.end() :].split(" ", 1)[0]
        return match[1][:-1] + "'" if following == "y" or starts_with_vowel(following) else match[0]

    return _IF_HE.sub(r"\1'", _ELIDING.sub(cut, text))


def after_de(phrase: str) -> str:
    """Put "de" before a noun phrase: "du musée", "des amis", "de l'hôtel", "de Paris"."""
    if phrase.startswith("le "):
        return "du " + phrase[3:]
    if phrase.startswith("les "):
        return "des " + phrase[4:]
    return "de " + phrase


def after_a(phrase: str) -> str:
    """Put "à" before a noun phrase: "au musée", "aux amis", "à l'hôtel", "à Paris"."""
    if phrase.startswith("le "):
        return "au " + phrase[3:]
    if phrase.startswith("les "):
        return "aux " + phrase[4:]
    return "à " + phrase


def definite(noun: str, *, feminine: bool = False, plural: bool = False) -> str:
    """Put the definite article before a noun phrase, elided where it must be."""
    article = "les" if plural else "la" if feminine else "le"
    return elide(f"{article} {noun}")


def plural(word: str) -> str:
    """Return the regular plural of a noun or a masculine adjective."""
    if word.endswith(("s", "x", "z")):
        return word
    if word.endswith(("eau", "eu")):
        return word + "x"
    if word.endswith("al"):
        return word[:-1] + "ux"
    return word + "s"


def feminine(adjective: str) -> str:
    """Return the regular feminine of an adjective or participle."""
    for ending, form in (
        ("e", "e"),
        ("eux", "euse"),
        ("er", "ère"),
        ("en", "enne"),
        ("on", "onne"),
        ("f", "ve"),
    ):
        if adjective.endswith(ending):
            return adjective.removesuffix(ending) + form
    return adjective + "e"


def agree(participle: str, *, is_feminine: bool, is_plural: bool) -> str:
    """Make a past participle agree: "vu", "vue", "vus", "vues"; "pris" is its own plural."""
    form = participle + "e" if is_feminine else participle
    return plural(form) if is_plural else form


def finish(text: str, mark: str) -> str:
    """Elide, capitalise and close a sentence; a plain space goes before "?" and "!"."""
    text = elide(text)
    space = "" if mark == "." else " "
    return text[:1].upper() + text[1:] + space + mark
