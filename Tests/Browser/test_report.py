"""What the report promises to whoever looks at it: one run, and several side by side."""

import csv
import io
import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

ALL = ["whole", "texts", "two", "nine"]


def results(reports, name):
    return json.loads((reports / name / "results.json").read_text())


def boxes(page, selector):
    return [one.bounding_box() for one in page.locator(selector).all() if one.is_visible()]


def in_view(page, selector):
    size = page.viewport_size
    return all(box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= size["width"] and box["y"] + box["height"] <= size["height"] for box in boxes(page, selector))


def view(page):
    """What stands behind the # of the address; `page.url` learns of it only a little later."""
    return page.evaluate("location.hash")[1:]


def address(page):
    return dict(part.split("=") for part in view(page).split("&"))


def saved(page, act):
    with page.expect_download() as download:
        act()
    return download.value.suggested_filename, download.value.path().read_bytes()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_axe_finds_nothing(opened, name, dark):
    page = opened(name, dark=dark)
    for panel in page.locator("[role=tab]").all():
        panel.click()
        violations = Axe().run(page).response["violations"]
        found = [(violation["id"], node["target"], node["failureSummary"]) for violation in violations for node in violation["nodes"]]
        assert found == [], panel.inner_text()


def test_colours_and_words_over_pictures_are_no_violation(opened):
    page = opened("two", "#w=1&c=agreement&q=sky")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("?")
    assert Axe().run(page).response["violations"] == []


def test_the_slider_is_spoken_as_a_layer(opened):
    page = opened("whole", "#layer=4")
    assert page.locator("#layer").get_attribute("aria-valuetext") == "layer 4"
    page = opened("two", "#layer=50%25")
    spoken = page.locator("#layer").get_attribute("aria-valuetext")
    assert spoken.startswith("50 % of the depth") and spoken.count("layer 4") == 2


def test_changes_are_announced(opened):
    page = opened("whole", "#layer=4")
    live = page.locator("#live")
    page.keyboard.press("]")
    page.wait_for_function("document.querySelector('#live').textContent.includes('layer 5')")
    page.keyboard.press("4")
    page.wait_for_function("document.querySelector('#live').textContent.includes('LogitLens')")
    before = live.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("before => document.querySelector('#live').textContent != before", arg=before)
    assert re.search(r"row \d+, column \d+, .", live.text_content())


def test_a_layer_is_never_paired_by_its_place_in_a_list(opened):
    page = opened("two", "#layer=connector")
    assert "connector" in page.locator(".pane-note").nth(0).inner_text()
    assert page.locator(".pane-note").nth(1).inner_text() == "not read"
    page = opened("two", "#layer=12.5%25&lens=logit")
    assert [note.inner_text() for note in page.locator(".pane-note").all()] == ["layer 1", "layer 1"]
    page = opened("two", "#layer=norm&lens=logit")
    assert [note.inner_text() for note in page.locator(".pane-note").all()] == ["not read", "final norm"]


def test_every_run_keeps_its_lenses(opened):
    page = opened("two")
    assert page.locator(".lenses button").count() == 6
    page.get_by_role("button", name="LatentLens", exact=True).click()
    assert "not read" in page.locator(".pane-note").nth(1).inner_text()
    assert "Not read through this lens" in page.locator(".readings").inner_text()


def test_pointing_shows_the_same_place_in_all_panes(opened):
    page = opened("same", "#lens=logit&layer=50%25")
    drawing = page.locator(".pane svg[role=application]")
    box = drawing.nth(0).bounding_box()
    for across, down in [(0.3, 0.2), (0.5, 0.7), (0.72, 0.4)]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        hovered = [one.get_attribute("points") for one in page.locator(".pane .pinned").all()] if page.locator(".hovered").first.get_attribute("points") == "" else [one.get_attribute("points") for one in page.locator(".pane .hovered").all()]
        assert hovered[0] and set(map(float, re.split("[ ,]", hovered[0]))) == set(map(float, re.split("[ ,]", hovered[1])))
        words = [[cell.inner_text() for cell in row.locator("td .word-button").all()] for row in page.locator(".readings tbody").all()]
        assert len(words) == 2 and words[0] == words[1]


def test_the_map_of_agreement_is_the_matrix(opened):
    page = opened("two")
    drawn = page.evaluate("""() => figures.agreement.map(({ lens, stop }) => {
      const shares = models[0].images.flatMap((image, number) => {
        const all = Overlap.agreement(models[0], number, lens, stop);
        return Data.ownTokens(image).map((token) => all[token]).filter((share) => share != null);
      });
      return shares.reduce((sum, share) => sum + share, 0) / shares.length;
    })""")
    told = page.evaluate("figures.agreement.map(({ words }) => words[0][1])")
    assert len(told) > 5 and all(abs(a - b) < 1e-5 for a, b in zip(drawn, told))


@pytest.mark.parametrize("name,width,height,least", [("nine", 1440, 900, 150), ("two", 1440, 900, 300), ("two", 390, 844, 165), ("two", 900, 800, 180)])
def test_panes_and_slider_stay_in_view_whatever_is_typed(opened, name, width, height, least):
    page = opened(name, width=width, height=height)
    if width < 860:
        page.locator(".panes").evaluate("node => node.scrollIntoView()")
    page.locator("#query").focus()
    for text in ["sky", "no such word anywhere, however long it may be"]:
        page.locator("#query").fill(text)
        if width < 860:
            page.locator(".panes").evaluate("node => node.scrollIntoView()")
        assert in_view(page, ".frame") and in_view(page, ".transport")
    assert all(box["width"] >= least for box in boxes(page, ".frame"))
    page.locator("#query").fill("sky")
    assert all(re.search(r"\d+ of \d+|not read", note.inner_text()) for note in page.locator(".pane-note").all())


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [720, 390, 320])
def test_nothing_is_wider_than_the_window(opened, name, width):
    page = opened(name, width=width, height=450)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes(page, ".top *, .lenses button, .controls > *"))


def test_the_layer_table_has_every_layer_and_its_words(opened, reports):
    page = opened("whole", "#r=layers&lens=logit&t=30")
    model = results(reports, "whole")["models"][0]
    readings = {reading["layer"]: reading for reading in model["images"][0]["readings"] if reading["lens"] == "logit"}
    rows = page.locator(".layers tbody tr").all()
    assert len(rows) == len(model["layers"]) == 10
    for layer, row in zip(model["layers"], rows):
        words = [model["entries"]["word"][entry] or model["entries"]["token"][entry] for entry in readings[layer]["entry"][30]]
        assert [cell.inner_text() for cell in row.locator("td").all()] == words
    rows[2].locator("button").click()
    assert address(page)["layer"] == "1"


def test_tokens_of_prompt_and_caption_are_read_as_well(opened, reports):
    page = opened("few", "#lens=logit&layer=8")
    image = results(reports, "few")["models"][0]["images"][0]
    tokens = page.locator(".text-tokens button")
    assert tokens.count() == 3 + image["said"] and image["said"] > 3
    tokens.nth(0).click()
    assert "prompt: “" in page.locator(".where").inner_text()
    tokens.nth(4).click()
    assert "said: “" in page.locator(".where").inner_text()


def test_what_was_cut_away_is_shaded(opened):
    page = opened("whole")
    shade, frame = page.locator(".cropped"), page.locator(".frame").bounding_box()
    assert shade.count() == 1
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).classList.value", [frame["x"] + 5, frame["y"] + 40]) == "cropped"


def test_the_keys_do_everything(opened):
    page = opened("two", "#lens=logit&layer=50%25&t=20")
    keys = {"]": "layer", "ArrowDown": "t", "5": "lens", "w": "w", "c": "c", "m": "m", "t": "r", "n": "i", "d": "theme"}
    for key, part in keys.items():
        before = address(page).get(part)
        page.keyboard.press(key)
        assert address(page).get(part) != before, key
    page.keyboard.press("/")
    page.keyboard.type("sky")
    assert address(page)["q"] == "sky"
    page.keyboard.press("Escape")
    assert "q" not in address(page)
    page.keyboard.press("Escape")
    assert address(page)["t"] == "none"
    page.keyboard.press("s")
    assert page.locator("#saving").is_visible()


def test_the_address_holds_the_view(opened):
    page = opened("two")
    for key in ["]", "3", "w", "c", "n", "m", "t", "Escape"]:
        page.keyboard.press(key)
    held = view(page)
    again = opened("two", "#" + held)
    assert view(again) == held and address(again)["t"] == "none"
    assert again.locator("#reading").inner_text() == page.locator("#reading").inner_text()


def test_figures_are_saved(opened):
    page = opened("two")
    card = page.locator(".card").first
    name, bytes_ = saved(page, lambda: card.get_by_text("SVG", exact=True).click())
    assert name == "how-near-the-nearest-is.svg"
    text = bytes_.decode()
    assert "<text" in text and "depth in the decoder" in text and "var(" not in text and "light-dark(" not in text
    name, bytes_ = saved(page, lambda: card.get_by_text("PNG", exact=True).click())
    assert name.endswith(".png") and bytes_[:8] == b"\x89PNG\r\n\x1a\n"
    name, bytes_ = saved(page, lambda: card.get_by_text("CSV", exact=True).click())
    rows = list(csv.reader(io.StringIO(bytes_.decode("utf-8-sig"))))
    assert rows[0][:6] == ["model", "series", "layer", "low", "middle", "high"] and len(rows) > 10


def test_views_and_tables_are_saved(opened):
    page = opened("two", "#w=1&lens=logit&layer=50%25")
    page.locator("#save").click()
    name, bytes_ = saved(page, lambda: page.get_by_text("Pictures as SVG").click())
    text = bytes_.decode()
    assert text.count("<image") == text.count('"data:image/') == 2 and text.count("<polygon") > 288 and "demo 2" in text
    name, bytes_ = saved(page, lambda: page.get_by_text("Pictures as PNG").click())
    assert bytes_[:4] == b"\x89PNG" and len(bytes_) > 50000
    name, bytes_ = saved(page, lambda: page.get_by_text("Reading as CSV").click())
    rows = list(csv.reader(io.StringIO(bytes_.decode("utf-8-sig"))))
    assert rows[0][0] == "Model" and len(rows) == 3


def test_printing_keeps_colours(opened):
    page = opened("two", "#c=word", dark=True)
    page.emulate_media(media="print")
    style = page.locator(".cell").first.evaluate("node => [getComputedStyle(node).printColorAdjust, getComputedStyle(document.body).backgroundColor]")
    assert style[0] == "exact" and style[1] == "rgb(251, 249, 245)"
    assert page.locator(".transport").is_hidden() and page.locator(".card").first.is_visible()


def test_controls_are_shown_where_they_are_asked_for(opened):
    assert opened("controls").locator(".pane").count() == 3
    assert opened("two").locator(".pane").count() == 2


def test_the_truth_stands_in_the_same_axes(opened):
    page = opened("controls")
    titles = page.locator(".card h3").all_inner_texts()
    assert {"The first word is right", "Of the first five", "One of five is right", "Agreement on words", "How near the nearest is", "How long the states are"} <= set(titles)
    # Where neighbours come from, of both models that know; how alike the states of the first are to those of all three.
    assert [fields.locator(".card").count() for fields in page.locator(".multiples").all()] == [2, 3]
    page.keyboard.press("m")
    assert "demo, untrained" in page.locator(".plot-head h2").nth(2).inner_text()


def test_texts_of_files_are_texts(opened):
    page = opened("texts")
    assert "<b>red</b>" in page.locator(".strip").inner_text() or "<b>" in page.locator(".passage").first.inner_text()
    assert page.locator("img[src=x]").count() == 0
