"""How many of what, in sentences: "1 sentence", "2,000 sentences"."""


def amount(number: int, one: str, several: str = "") -> str:
    """A number and its noun, or whatever else changes with it.

    Args:
        number: how many.
        one: what follows "1", such as "line" or "line differs".
        several: what follows any other number; empty is `one` with an s.
    """
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
