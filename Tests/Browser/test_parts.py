"""A report whose readings stand in parts, which a server on this machine hands out."""

import csv
import io
import json
import re

from axe_playwright_python.sync_playwright import Axe

from test_report import address, saved


def turned(page, image):
    """Waits for a picture; the policy of the server lets no text become a script, not even that of a test."""
    page.wait_for_url(re.compile(f"#i={image}&"))


def shown(page):
    page.wait_for_selector(".readings tbody, .layers tbody, .neighbors")


def test_what_is_shown_is_what_a_whole_report_shows(opened, served):
    view = "#lens=logit&layer=50%25&t=40&w=1&c=agreement"
    pages = [opened("two", view), opened("parts", view, at=served)]
    for number in range(3):
        shown(pages[1])
        told = [[page.locator(selector).all_inner_texts() for selector in ("#reading", ".pane-note", ".lead", ".words text", ".card h3", "#scale")] for page in pages]
        assert told[0] == told[1] and len(told[0][3]) == 288
        pages[1].wait_for_timeout(400)  # Colours change slowly.
        fills = [[cell.evaluate("node => getComputedStyle(node).fill") for cell in page.locator(".cell").all()[:144]] for page in pages]
        assert fills[0] == fills[1]
        for page in pages:
            page.keyboard.press("n")
        turned(pages[1], (number + 1) % 3)
    for page in pages:
        page.keyboard.press("t")
        page.keyboard.press("t")
    assert pages[0].locator("#reading").inner_text() == pages[1].locator("#reading").inner_text()


def test_a_picture_is_asked_for_when_it_is_looked_at(opened, served):
    page = opened("parts", "#lens=logit&layer=50%25", at=served)
    shown(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("n")
    turned(page, 1)
    assert sum(url.endswith(".safetensors") for url in asked) == 2
    page.keyboard.press("p")
    turned(page, 0)
    assert sum(url.endswith(".safetensors") for url in asked) == 2
    assert "?" not in "".join(asked) and all(url.startswith(served.rsplit("/", 1)[0]) for url in asked if url.startswith("http"))


def test_it_is_for_everyone_and_saves_what_is_seen(opened, served):
    page = opened("parts", "#w=1&lens=logit&layer=50%25", at=served)
    shown(page)
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("s")
    name, bytes_ = saved(page, lambda: page.get_by_text("Pictures as SVG").click())
    # The pictures are in it, and no address of the server.
    assert bytes_.count(b'"data:image/') == 2 and b"127.0.0.1" not in bytes_
    name, bytes_ = saved(page, lambda: page.get_by_text("Reading as CSV").click())
    assert list(csv.reader(io.StringIO(bytes_.decode("utf-8-sig"))))[0][0] == "Model"
    name, bytes_ = saved(page, lambda: page.locator(".card").first.get_by_text("PNG", exact=True).evaluate("node => node.click()"))
    assert bytes_[:4] == b"\x89PNG"


def test_from_a_file_it_says_what_to_do(opened):
    page = opened("parts")
    assert "latentlens serve" in page.locator("#reading [role=alert]").inner_text()
    for key in ["n", "ArrowRight", "]", "w", "t"]:
        page.keyboard.press(key)
    page.locator(".strip button").nth(1).click()
    assert "latentlens serve" in page.locator("#reading [role=alert]").inner_text()


def test_a_part_that_is_gone_is_told(opened, served, reports):
    page = opened("parts", at=served)
    shown(page)
    results = json.loads((reports / "parts/results.json").read_text())
    part = reports / "parts" / results["parts"] / results["models"][0]["images"][2]["part"]["file"]
    content = part.read_bytes()
    part.unlink()
    page.keyboard.press("p")
    page.wait_for_selector("#reading [role=alert]")
    assert re.search("cannot be loaded.*latentlens serve", page.locator("#reading").inner_text())
    part.write_bytes(content)
    page.keyboard.press("p")
    turned(page, 2)
    assert address(page)["i"] == "2"


def test_whoever_turns_back_is_not_led_on_by_what_comes_late(opened, served):
    page = opened("parts", "#lens=logit&layer=50%25", at=served)
    shown(page)
    page.keyboard.press("n")
    turned(page, 1)
    held = []
    page.route("**/*.safetensors", lambda route: held.append(route))
    page.keyboard.press("n")
    page.wait_for_function("() => document.querySelector('.bench').getAttribute('aria-busy')")
    page.keyboard.press("p")
    turned(page, 0)
    assert page.locator(".bench").get_attribute("aria-busy") is None
    for route in held:
        route.continue_()
    page.wait_for_timeout(500)
    assert len(held) == 2 and address(page)["i"] == "0"
    # What was brought meanwhile is at hand.
    page.keyboard.press("p")
    turned(page, 2)
