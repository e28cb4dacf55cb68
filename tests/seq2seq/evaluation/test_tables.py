from seq2seq.evaluation.tables import aligned, boxed, escaped, markdown_table


def test_a_box_counts_cells_not_characters() -> None:
    """A system may have a Chinese name."""
    assert boxed(["System", "x"], [["模型", "1.0"], ["", "p"], ["b", "2"]]) == (
        "╒════════╤═════╕\n"
        "│ System │  x  │\n"
        "╞════════╪═════╡\n"
        "│   模型 │ 1.0 │\n"
        "│        │  p  │\n"
        "├────────┼─────┤\n"
        "│      b │  2  │\n"
        "╘════════╧═════╛"
    )


def test_columns_align_at_the_right() -> None:
    """Names at the left, figures at the right."""
    assert aligned([["a", "10.0", "x"], ["long", "2.0", ""]]) == "a      10.0   x\nlong    2.0"


def test_markdown_tables_escape_their_cells() -> None:
    """A bar in a signature would be a column."""
    assert markdown_table(["a", "b"], [["x|y", "1"]]) == "| a | b |\n| --- | ---: |\n| x\\|y | 1 |"
    assert escaped("a\nb *c*") == "a b \\*c\\*"
