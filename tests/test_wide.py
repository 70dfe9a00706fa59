"""Pictures that are too wide for a phone scroll, and others are left as they are."""

from proved_pages.finish import Page
from proved_pages.look.wide import least_width, mend


def picture(width: int, *fonts: int) -> str:
    words = "".join(f'<text font-size="{font}">a</text>' for font in fonts)
    return f'<figure class="plot"><svg viewBox="0 0 {width} 10">{words}</svg></figure>'


def mended(text: str) -> str:
    page = Page("index", text)
    mend(None, page)
    return page.text


def test_a_picture_that_fits_is_left_alone():
    for text in (
        picture(360, 11),
        picture(380, 12),
        picture(900),
        "<svg><text/></svg>",
    ):
        assert mended(text) == text


def test_the_smallest_word_decides():
    text = mended(picture(360, 12, 9))
    assert '<div class="wide" style="--least: 440px" tabindex="0"' in text
    assert 'role="region" aria-label="Picture 1"><svg viewBox' in text
    assert text.endswith("</svg></div></figure>")


def test_each_region_has_a_name_of_its_own():
    text = mended(picture(800, 11) + picture(100, 11) + picture(800, 11))
    assert text.count("Picture 1") == text.count("Picture 2") == 1


def test_a_picture_without_words_may_shrink():
    assert least_width('<svg viewBox="0 0 900 10" font-size="12"></svg>') == 0
