"""The page that shows the cells shows the code as it is."""

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]


def test_every_line_of_code_on_the_page_of_the_cells_is_that_of_the_cells() -> None:
    """Each block stands in nn/cells.py, line by line and in its order."""
    page = (ROOT / "docs/lecture/01-cells.md").read_text(encoding="utf-8")
    source = (ROOT / "seq2seq/nn/cells.py").read_text(encoding="utf-8")
    code = "\n".join(line.strip() for line in source.splitlines())

    blocks = [dedent(block).strip() for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)]

    assert len(blocks) == 5
    assert [block for block in blocks if block not in code] == []
