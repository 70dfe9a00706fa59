"""Answers while one types, and the search box that opens anywhere."""

import pytest

from .barriers import barriers_in_both

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser-1280")]
BOX = "dialog.search-box"
ANSWERS = ".search-answers > a"


@pytest.fixture(scope="module")
def context(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    yield page
    page.close()


def answers(page, where):
    page.locator(f"{where} {ANSWERS}").first.wait_for()
    return page.locator(f"{where} {ANSWERS}")


@pytest.mark.parametrize("keys", ["Control+k", "Meta+k", "/"])
def test_keys_open_the_box_on_any_page(page, address, keys):
    page.goto(f"{address}/learn/save.html")
    page.keyboard.press(keys)
    assert page.locator(BOX).is_visible()
    page.keyboard.type("two inputs")
    assert "two inputs" in answers(page, BOX).first.inner_text()
    page.keyboard.press("Escape")
    assert page.locator(BOX).is_hidden()


def test_a_slash_that_is_written_opens_nothing(page, address):
    page.goto(f"{address}/index.html")
    field = page.locator("#search-in-page")
    field.focus()
    page.keyboard.type("and/or")
    assert field.input_value() == "and/or"
    assert page.locator(BOX).is_hidden()


def test_arrow_keys_choose_and_enter_goes_there(page, address):
    page.goto(f"{address}/index.html")
    field = page.locator("#search-in-page")
    field.fill("residual")
    found = answers(page, "article")
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") is None
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator(f"article {ANSWERS}[aria-selected=true]")
    assert chosen.count() == 1
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    target = found.first.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(target)


def test_enter_without_a_choice_shows_all_results(page, address):
    page.goto(f"{address}/fix/errors/index.html")
    page.locator("#search-in-page").fill("never been called")
    answers(page, "article")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=never+been+called")
    page.locator("#search-results > li").first.wait_for()


def test_a_click_on_an_answer_of_the_page_itself_closes_the_box(page, address):
    page.goto(f"{address}/fix/errors/inputs-and-outputs.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("has never been called and thus has no defined")
    answers(page, BOX).first.click()
    page.wait_for_url("**#error-never-been-called")
    assert page.locator(BOX).is_hidden()


def test_a_query_is_text_not_markup(page, address):
    page.goto(f"{address}/index.html")
    page.locator("#search-in-page").fill('<img src=x onerror="document.title=1"> stack')
    answers(page, "article")
    assert page.locator(".search-answers img").count() == 0


def test_nothing_found_is_said(page, address):
    page.goto(f"{address}/index.html")
    page.locator("#search-in-page").fill("zzyzx")
    status = page.locator("article .search-answers-status")
    status.get_by_text("No answer.").wait_for()
    assert page.locator("article .search-answers").is_hidden()


def test_no_page_waits_for_the_index(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/index.html")
    page.wait_for_load_state("networkidle")
    assert not any("search-index" in url for url in asked)
    page.locator("#search-in-page").fill("save")
    answers(page, "article")
    assert any("search-index" in url for url in asked)
    assert all(url.startswith((address, "data:")) for url in asked)


def test_it_works_from_a_folder(page, site):
    page.goto((site / "fix/errors/index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("two inputs")
    target = answers(page, BOX).first.get_attribute("href")
    assert target == (site / "recipes/two_inputs.html").as_uri()


def test_on_a_phone_it_opens_from_the_header(chromium, address):
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{address}/learn/save.html")
    button = page.locator(".mobile-header").get_by_role("button", name="Search")
    size = button.bounding_box()
    assert min(size["width"], size["height"]) >= 24
    button.click()
    page.keyboard.type("residual")
    answers(page, BOX)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert barriers_in_both(page) == []
    answers(page, BOX).first.click()
    page.wait_for_url("**/recipes/skip_connection.html")
    context.close()


def test_the_open_box_keeps_nobody_out(page, address):
    page.goto(f"{address}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("residual")
    answers(page, BOX)
    page.keyboard.press("ArrowDown")
    assert barriers_in_both(page) == []


def test_without_scripts_a_field_leads_to_the_search_page(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/fix/index.html")
    page.locator("#search-in-page").fill("save")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=save")
    context.close()
