"""The page for everybody: axe-core's rules, a phone's width, a touch screen, light and dark."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.api import Api
from tests.page.conftest import Visit
from tests.page.opened import Opened
from tests.page.test_page import expect_state, send
from tests.support.axe import violations
from tests.support.templates import ROOT

pytestmark = pytest.mark.timeout(600)
CONTRAST = """selectors => selectors.map(selector => {
  const style = getComputedStyle(document.querySelector(selector));
  return [style.color, getComputedStyle(document.body).backgroundColor];
})"""
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_nothing_that_axe_core_finds(
    visit: Visit, signing: Opened, target: Api, scheme: Literal["light", "dark"]
) -> None:
    page = visit(signing.link)
    page.emulate_media(color_scheme=scheme)
    assert violations(page) == []
    send(page)
    target.model.let_go()
    expect_state(page, "The answer is arriving")
    assert violations(page) == []
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    assert violations(page) == []


def test_page_with_an_error_has_nothing_that_axe_core_finds(visit: Visit, unsigned: Opened) -> None:
    page = visit(unsigned.link)
    send(page)
    page.get_by_role("alert").wait_for()
    assert violations(page) == []


def test_page_form_controls_have_one_height(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    controls = page.locator("input:visible, select:visible, button:visible")
    assert len({round(each.bounding_box()["height"]) for each in controls.all()}) == 1  # type: ignore[index]


def test_page_figures_stand_in_two_columns_on_a_phone(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    send(page)
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    boxes = [each.bounding_box() for each in page.locator("#figures div").all()]
    assert len({round(box["x"]) for box in boxes if box}) == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_hint_about_keys_is_not_on_a_touch_screen(browser: Browser, signing: Opened) -> None:
    def hint(page: Page) -> bool:
        page.goto(signing.link)
        return page.get_by_text("Ctrl+Enter sends").is_visible()

    with browser.new_context(has_touch=True, is_mobile=True, viewport=PHONE) as touch:  # type: ignore[arg-type]
        assert not hint(touch.new_page())
    with browser.new_context() as desk:
        assert hint(desk.new_page())


@pytest.mark.parametrize("name", ["arrivals-streamed", "arrivals-buffered"])
def test_docs_picture_of_arrivals_is_dark_where_the_reader_wants_it(browser: Browser, name: str) -> None:
    picture = (ROOT / "docs" / "images" / f"{name}.svg").read_text("utf-8")

    def colours(scheme: Literal["light", "dark"]) -> list[str]:
        with browser.new_context(color_scheme=scheme) as context:
            page = context.new_page()
            page.set_content(picture)
            shown: list[str] = page.evaluate(
                "['svg', 'rect', 'text'].map((it) => getComputedStyle(document.querySelector(it)).fill)"
            )
            return shown

    assert colours("light")[:2] == ["rgb(31, 35, 40)", "rgb(255, 255, 255)"]
    assert colours("dark")[:2] == ["rgb(230, 237, 243)", "rgb(13, 17, 23)"]
    assert colours("light")[2] != colours("dark")[2]


def test_page_keyboard_alone_is_enough(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    expect(page.get_by_label("Prompt")).to_be_focused()
    for label in ("Format", "Route", "Through"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(label)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.press("Escape")
    expect_state(page, "Stopped")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    page.get_by_label("Prompt").focus()
    page.keyboard.press("Control+Enter")
    target.model.let_all_go()
    expect_state(page, "The answer is complete")


def test_page_screen_reader_finds_names_and_live_region(visit: Visit, signing: Opened, target: Api) -> None:
    page = visit(signing.link)
    answer = page.locator("#answer")
    assert answer.get_attribute("aria-live") == "polite"
    send(page)
    # announced once it is whole, not token by token
    expect(answer).to_have_attribute("aria-busy", "true")
    target.model.let_all_go()
    expect_state(page, "The answer is complete")
    expect(answer).to_have_attribute("aria-busy", "false")
    client = page.context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node["name"]["value"])
        for node in nodes
        if not node["ignored"] and node.get("name", {}).get("value")
    }
    assert {
        ("form", "Request"),
        ("textbox", "Prompt"),
        ("combobox", "Format"),
        ("textbox", "Route"),
        ("combobox", "Through"),
        ("button", "Send"),
        ("button", "Stop"),
        ("region", "Text of the answer"),
    } <= named
    (picture,) = (name for role, name in named if role == "image")
    assert re.fullmatch(r"\d+ arrivals, first byte after \d+ ms, longest gap \d+ ms", picture)
    nameless = {
        node["role"]["value"]
        for node in nodes
        if not node["ignored"] and any(each["name"] == "focusable" for each in node.get("properties", ()))
        if not node.get("name", {}).get("value")
    }
    assert nameless == set()


def luminance(colour: str) -> float:
    """Return the relative luminance of ``rgb(...)``: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    channels = [int(each) / 255 for each in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_text_has_enough_contrast_in_light_and_dark(visit: Visit, signing: Opened, scheme: str) -> None:
    page = visit(signing.link)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    pairs = page.evaluate(CONTRAST, ["body", "#answer", "#keys", "#error", "#prompt", "#stop"])
    for ink, paper in pairs:
        assert (luminance(paper) < 0.1) == (scheme == "dark")
        brighter, darker = sorted([luminance(ink), luminance(paper)], reverse=True)
        # https://www.w3.org/TR/WCAG22/#contrast-minimum
        assert (brighter + 0.05) / (darker + 0.05) >= 4.5, (ink, paper)
