"""The page does not run what a stream holds, and keeps its link's secret to itself."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.page.conftest import Visit
from tests.page.opened import Opened
from tests.page.test_page import expect_state, text_of, use_raw

ATTACKS = {
    "import('data:text/javascript,window.ran=1').catch(() => 0)": "script-src-elem",
    "document.body.setAttribute('onclick', 'window.ran = 1')": "require-trusted-types-for",
    "document.body.innerHTML = '<b>markup</b>'": "require-trusted-types-for",
    "document.head.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))": (
        "style-src-elem"
    ),
    "fetch('http://127.0.0.1:9/').catch(() => 0)": "connect-src",
}


def test_page_markup_in_an_answer_stays_text(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    use_raw(page, f"event: delta\ndata: {json.dumps({'text': markup})}\n\nevent: done\ndata: {{}}\n\n")
    expect_state(page, "The answer is complete")
    assert text_of(page) == markup
    assert page.locator("#answer *").count() == 0


@pytest.mark.parametrize(("attack", "directive"), ATTACKS.items())
def test_page_content_security_policy_stops_attacks(
    browser: Browser, signing: Opened, attack: str, directive: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(signing.link)
    expect(page.get_by_role("button", name="Send")).to_be_enabled()
    page.evaluate(
        """() => { window.violated = new Promise((done) => document.addEventListener(
            "securitypolicyviolation", (event) => done(event.violatedDirective)));
            setTimeout(() => document.dispatchEvent(new Event("securitypolicyviolation")), 5000) }"""
    )
    page.evaluate(f"() => {{ try {{ {attack} }} catch {{}} }}")
    assert page.evaluate("violated") == directive
    assert page.evaluate("window.ran ?? null") is None
    context.close()


def test_page_link_of_another_run_shows_what_to_do(visit: Visit, signing: Opened) -> None:
    page = visit(f"{signing.origin}/#old")
    expect(page.get_by_role("alert")).to_contain_text("`streaming-api open` printed")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()


def test_page_link_secret_leaves_the_address_and_survives_a_reload(visit: Visit, signing: Opened) -> None:
    page = visit(signing.link)
    expect_state(page, "Ready")
    assert page.url == f"{signing.origin}/"
    page.reload()
    expect_state(page, "Ready")
