"""Which commit is running, where the program runs from a checkout of its repository."""

import subprocess
from functools import cache
from pathlib import Path


@cache
def commit() -> str:
    """Give the commit in twelve digits, with "-dirty" when files differ from it; "" outside a checkout."""
    here = Path(__file__)
    git = ["git", "-C", str(here.parent)]
    try:
        # An installed copy may lie inside the checkout of something else, which does not keep this file.
        known = [*git, "ls-files", "--error-unmatch", here.name]
        subprocess.run(known, check=True, capture_output=True)  # noqa: S603 — all words are our own
        describe = [*git, "describe", "--always", "--exclude=*", "--abbrev=12", "--dirty"]
        described = subprocess.run(describe, check=True, capture_output=True)  # noqa: S603 — as above
    except (OSError, subprocess.CalledProcessError):
        return ""
    return described.stdout.decode().strip()
