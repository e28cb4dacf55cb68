"""Sources as they are typed in haste, so that a model that learnt from edited text understands them."""

from random import Random

_FINAL_MARKS = " .!?…"


def in_haste(text: str, random: Random) -> str:
    """Write a text in lower case, or without its final mark, or both, one as likely as the other.

    A text of nothing but marks keeps them.
    """
    way = random.randrange(3)
    if way != 0:
        text = text.rstrip(_FINAL_MARKS) or text
    return text if way == 1 else text.lower()
