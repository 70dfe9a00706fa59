"""Exercises in the page: choose, check, read why; by keyboard, and without a script."""

import pytest

from tests.conftest import ROOT
from tests.what_tests_use import looks_at

from .barriers import barriers_in_both

LESSON = "learn/lessons/first-model"
PAGE = f"{LESSON}.html"
SHEET = "learn/teach.html"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser-1280"),
    looks_at(PAGE, SHEET),
]


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def context(request, chromium):
    context = chromium.new_context(java_script_enabled=request.param)
    context.script = request.param
    yield context
    context.close()


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    yield page
    context.close()


def choices(page):
    return page.locator(".exercise:has(.exercise-form)")


def test_all_options_have_an_answer(page):
    """Each option of each exercise says whether it is right, and why."""
    source = (ROOT / f"docs/{LESSON}.md").read_text(encoding="utf-8")
    assert choices(page).count() == source.count("tags: [answer]") > 1
    for exercise in choices(page).all():
        options = exercise.get_by_role("radio")
        reasons = exercise.locator(".exercise-reasons li").all_text_contents()
        said = exercise.get_by_role("status")
        right = 0
        for option, reason in zip(options.all(), reasons, strict=True):
            option.check()
            assert said.text_content() == ""
            exercise.get_by_role("button", name="Check").click()
            word, _, why = said.text_content().partition(": ")
            assert reason.endswith(why) and len(why) > 5
            assert (word == "Right") is reason.startswith("Right")
            right += word == "Right"
        assert right == 1 < options.count()


def test_by_keyboard(page):
    exercise = choices(page).first
    button = exercise.get_by_role("button", name="Check")
    button.focus()
    page.keyboard.press("Enter")
    said = exercise.get_by_role("status")
    assert said.text_content() == "Choose an answer first."
    exercise.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert exercise.get_by_role("radio").nth(1).is_checked()
    assert said.text_content() == ""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert said.text_content()
    group = exercise.get_by_role("group", name="Choose one")
    assert group.get_by_role("radio").count() >= 2
    assert page.url.endswith(PAGE), "the form was sent"


def test_answers_are_in_a_fold(context, address):
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    assert choices(page).count() == (0 if not context.script else choices(page).count())
    answers = page.locator(".exercise-answer .exercise-reasons")
    assert answers.count() > 1
    assert answers.filter(visible=True).count() == 0
    if not context.script:
        options = page.locator(".exercise-options").first
        assert options.locator("li").count() >= 2 and options.is_visible()
    page.locator(".exercise-answer summary").first.click()
    assert answers.first.is_visible()
    solution = page.locator(".exercise-solution").first
    assert not solution.locator("pre").first.is_visible()
    solution.locator("summary").click()
    assert solution.locator("pre").count() == 2
    assert solution.locator("pre").first.is_visible()


def test_no_barriers_with_everything_open(page):
    for fold in page.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()
    exercise = choices(page).first
    exercise.get_by_role("radio").last.check()
    exercise.get_by_role("button", name="Check").click()
    assert barriers_in_both(page) == []


def test_sheet_asks_all_and_answers_nothing(page, address):
    lessons = sorted((ROOT / "docs/learn/lessons").glob("*.md"))
    texts = [path.read_text(encoding="utf-8") for path in lessons]
    page.goto(f"{address}/{SHEET}")
    assert page.locator(".exercise").count() == sum(
        text.count("```{exercise}") for text in texts
    )
    assert page.locator(".exercise details, .exercise form").count() == 0
