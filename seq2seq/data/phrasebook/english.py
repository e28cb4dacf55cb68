"""English spelling rules: articles, plurals, verb endings, the close of a sentence."""

import re

# The first sound decides, not the first letter.
_CONSONANT_SOUND = re.compile(r"(uni|use|euro|one\b)", re.IGNORECASE)
_VOWEL_SOUND = re.compile(r"([aeiou]|hono|hones|hour)", re.IGNORECASE)


def a(words: str) -> str:
    """Put "a" or "an" before a noun phrase."""
    is_vowel = _VOWEL_SOUND.match(words) and not _CONSONANT_SOUND.match(words)
    return ("an " if is_vowel else "a ") + words


def plural(noun: str) -> str:
    """Return the regular plural of a noun."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(s|x|ch|sh)$", noun) else "s")


def third_person(verb: str) -> str:
    """Return the third person singular: "goes out", "carries", "watches"."""
    if verb in {"have", "be", "can", "must"}:
        return {"have": "has", "be": "is"}.get(verb, verb)
    head, *rest = verb.split()
    head = head + "es" if head.endswith("o") else plural(head)
    return " ".join([head, *rest])


def possessive(owner: str) -> str:
    """Return "Paul's", "the teachers'", "the children's"."""
    return owner + ("'" if owner.endswith("s") and owner.startswith(("the ", "my ", "our ")) else "'s")


def finish(text: str, mark: str) -> str:
    """Capitalise and close a sentence."""
    return text[:1].upper() + text[1:] + mark
