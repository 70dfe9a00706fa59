"""Wide tables name their columns in each cell, for narrow screens; others stay."""

from proved_pages.look.cards import FITS, FITS_TWO, with_cards


def table(head: list[str], *rows: list[str], attributes: str = "") -> str:
    cells = "".join(f'<th class="head"><p>{each}</p></th>' for each in head)
    data = [[f"<td{attributes}><p>{each}</p></td>" for each in row] for row in rows]
    lines = "".join(f"<tr>{''.join(row)}</tr>" for row in data)
    return (
        f'<table class="docutils align-default"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


def test_a_wide_table_names_its_columns():
    text = with_cards(
        table(["Style", "What <em>you</em> get", "A &amp; B"], ["a", FITS * "b", "c"])
    )
    assert 'class="docutils align-default cards"' in text
    assert "<td><p>a</p></td>" in text  # the title of the card
    assert '<td data-column="What you get"><p>bbb' in text
    assert '<td data-column="A &amp; B"><p>c</p></td>' in text
    assert text.count("data-column") == 2


def test_a_table_that_fits_is_left_alone():
    for narrow in (
        table(["a", "b", "c"], ["d", "e", (FITS - 2) * "f"]),
        table(["a", "b"], ["d", (FITS_TWO - 1) * "f"]),
        table(["a"], [FITS_TWO * "f"]),
        "<table><tr><td>a</td></tr></table>",
    ):
        assert with_cards(narrow) == narrow


def test_a_table_that_spans_columns_is_left_alone():
    text = table(["a", "b", "c"], ["d", FITS * "e", "f"], ["g", FITS * "h"])
    assert with_cards(text) == text


def test_a_cell_without_words_gets_no_name():
    text = with_cards(table(["a", "b", "c"], ["d", FITS * "e", ""]))
    assert text.count("data-column") == 1


def test_what_a_cell_says_of_itself_stays():
    text = table(["a", "b"], ["d", FITS_TWO * "e"], attributes=' class="x"')
    assert '<td class="x" data-column="b">' in with_cards(text)
    assert '<td class="x"><p>d' in with_cards(text)
