"""How tokens attend: what a run has kept of it, as the report shows it."""

import base64
import csv
import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from test_report import address, results, saved, view

VIEW = "#lens=logit&layer=4&c=attention"


def row(kept, layer, token):
    """A token's weights on those that it sees, and the shares of all of them."""
    own = next(one for one in kept["layers"] if one["layer"] == layer)
    begin, data = sum(kept["reach"][:token]), base64.b64decode(own["weight"])
    weights = [own["top"][token] * 2 ** ((byte - 255) / 16) if byte else 0 for byte in data[begin : begin + kept["reach"][token]]]
    picture = own["picture"][token] if "picture" in own else None
    return weights, {"picture": picture, "first": own["first"][token], "rest": 1 - own["first"][token] - (picture or 0)}


def percent(share):
    """As the page writes it, whose halves go up."""
    return f"{int(100 * share + 0.5)} %"


def lines(page):
    return [line.inner_text().replace("\n", " ") for line in page.locator(".spread").all()]


def announced(page, text):
    page.wait_for_function("text => document.querySelector('#live').textContent.includes(text)", arg=text)


def test_it_is_offered_where_it_was_kept(opened):
    for name, offered in [("few", False), ("same", False), ("whole", True), ("two", True), ("texts", True)]:
        page = opened(name)
        seen = set()
        for _ in range(6):
            page.keyboard.press("c")
            seen.add(page.locator("#tint").inner_text())
        assert ("Colour by attention" in seen) == offered, name
    page = opened("few", "#c=attention")
    assert "c" not in address(page) and page.locator(".spread").is_hidden()


@pytest.mark.parametrize("token", [40, 0, 1, 150])
def test_weights_and_shares_are_those_of_the_results(opened, reports, token):
    kept = results(reports, "attending")["models"][0]["images"][0]["attention"]
    page = opened("attending", f"{VIEW}&t={token}")
    for layer in (4, 8):
        weights, shares = row(kept, layer, token)
        shown = page.evaluate("Attention.of(main, 0, main.stops[state.stop], state.token).weights")
        assert len(shown) == len(kept["reach"]) and all(weight is None for weight in shown[len(weights) :])
        assert all(abs(a - b) < 1e-9 for a, b in zip(shown, weights)) and abs(sum(weights) - 1) < 0.02
        told = lines(page)[0]
        assert all(f"{percent(shares[part])} on the {name}" in told for part, name in [("picture", "picture"), ("first", "first token"), ("rest", "rest")])
        page.keyboard.press("]")


def test_more_is_lighter_and_what_is_not_seen_lies_under_a_veil(opened):
    page = opened("attending", VIEW + "&t=80")
    page.wait_for_timeout(400)  # Colours change slowly.
    fills = page.evaluate("[...stages[0].cells].map(([token, cell]) => [token, getComputedStyle(cell).fill])")
    weights = page.evaluate("Attention.of(main, 0, main.stops[state.stop], 80).weights")
    light = lambda fill: float(re.match(r"oklch\(([\d.]+)", fill)[1])
    seen = sorted((weights[token], light(fill)) for token, fill in fills if weights[token] is not None and token != 80)
    assert len(seen) > 50 and [one[1] for one in seen] == sorted(one[1] for one in seen) and seen[0][1] < 0.25 < 0.8 < seen[-1][1]
    veiled = {fill for token, fill in fills if weights[token] is None}
    assert len(veiled) == 1 and veiled.pop().startswith("rgb")
    assert "not seen" in page.locator("#scale").inner_text()


def test_what_is_pointed_at_tells_its_weight(opened):
    page = opened("attending", VIEW + "&t=100")
    box = page.locator(".pane svg[role=application]").bounding_box()
    for across, down, seen in [(0.35, 0.2, True), (0.65, 0.95, False)]:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        token = page.evaluate("hovered.token")
        weight = page.evaluate("token => Attention.here(stages[0].attention, token)", token)
        assert lines(page)[0].endswith(f": {weight}") and (weight == "not seen") != seen
        said = page.locator("#reading .worth").all_inner_texts()[-1]
        assert "of the chosen token, row" in said if seen else said.startswith("Not seen by the chosen token, row")
    titles = page.locator(".text-tokens button").evaluate_all("buttons => buttons.map((button) => button.title)")
    assert titles[0].endswith("% of its attention") and titles[-1] == "not seen by the chosen token"


def test_where_most_of_it_goes_is_listed_and_leads_there(opened):
    page = opened("attending", VIEW + "&t=150")
    goals = page.locator(".goals li")
    figures = [float(re.search(r"([\d.]+) %", goal.inner_text())[1]) for goal in goals.all()]
    assert len(figures) == 6 and figures == sorted(figures, reverse=True)
    strongest = page.evaluate("Attention.strongest(stages[0].attention, 6)[0][0]")
    goals.first.locator("button").click()
    assert address(page)["t"] == str(strongest)


def test_keys_choose_tokens_and_layers_and_are_answered(opened, reports):
    page = opened("attending", VIEW + "&t=40")
    kept = results(reports, "attending")["models"][0]["images"][0]["attention"]
    page.keyboard.press("ArrowRight")
    assert address(page)["t"] == "41" and address(page)["c"] == "attention"
    announced(page, f"attention: {percent(row(kept, 4, 41)[1]['picture'])} on the picture")
    page.keyboard.press("]")
    announced(page, f"attention: {percent(row(kept, 8, 41)[1]['picture'])} on the picture")
    page.keyboard.press("[")
    page.keyboard.press("[")
    assert "No block ends at layer 0" in lines(page)[0]
    page.keyboard.press("Escape")
    assert page.locator(".spread").is_hidden() and "c" not in address(page)


def test_the_address_holds_it(opened):
    page = opened("attending", VIEW + "&t=40")
    page.keyboard.press("ArrowDown")
    again = opened("attending", "#" + view(page))
    assert view(again) == view(page) and lines(again) == lines(page)
    assert "Choose a token" in lines(opened("attending", VIEW + "&t=none"))[0]


def test_from_layer_to_layer_it_is_told_how_much_lies_on_the_picture(opened, reports):
    kept = results(reports, "attending")["models"][0]["images"][0]["attention"]
    page = opened("attending", VIEW + "&t=100&r=layers")
    told = [line.locator("td").last.inner_text() for line in page.locator(".layers tbody tr").all()]
    assert told == ["–"] + [percent(row(kept, layer, 100)[1]["picture"]) for layer in (4, 8)]


def test_texts_attend_within_themselves(opened, reports):
    model = results(reports, "texts")["models"][0]
    first = len(model["texts"][0]["tokens"]["text"])
    page = opened("texts", f"#layer=3&c=attention&t={first + 2}")
    shown = page.evaluate("Attention.of(main, 0, main.stops[state.stop], state.token).weights")
    weights, shares = row(model["texts"][1]["attention"], 3, 2)
    assert shown[:first] == [None] * first and all(abs(a - b) < 1e-9 for a, b in zip(shown[first:], weights)) and shown[first + 3] is None
    assert lines(page)[0] == f"{percent(shares['first'])} on the first token {percent(shares['rest'])} on the rest"
    page.wait_for_timeout(400)
    lit = page.evaluate("[...stages[0].cells.values()].map((cell) => cell.style.getPropertyValue('--fill'))")
    assert set(lit[:first]) == {"transparent"} and "oklch" in lit[first + 1]


def test_models_are_in_step(opened):
    page = opened("step", "#lens=logit&layer=50%25&c=attention&t=60")
    points = lambda: [{*map(float, re.split("[ ,]", one.get_attribute("points")))} for one in page.locator(".pane .pinned").all()]
    for _ in range(2):
        assert points()[0] == points()[1]
        # The same model, of which one run has read the text as well.
        told = lines(page)
        assert told[0] == told[1] and "picture" in told[0]
        page.keyboard.press("ArrowDown")
    page = opened("two", "#lens=logit&layer=50%25&c=attention&t=60")
    assert "picture" in lines(page)[0] and lines(page)[1] == "It was not kept how this model attends."


def test_a_token_of_the_prompt_has_its_counterpart(opened):
    page = opened("step", "#lens=logit&layer=50%25&c=attention&t=0")
    assert lines(page)[1] == "The chosen token has no counterpart here."


@pytest.mark.parametrize("name", ["attending", "step"])
def test_it_is_saved(opened, name):
    page = opened(name, VIEW.replace("layer=4", "layer=50%25" if name == "step" else "layer=4") + "&t=60")
    page.locator("#save").click()
    _, bytes_ = saved(page, lambda: page.get_by_text("Pictures as SVG").click())
    text = bytes_.decode()
    assert text.count("oklch(") > 50 and text.count("on the first token") == (2 if name == "step" else 1)
    _, bytes_ = saved(page, lambda: page.get_by_text("Pictures as PNG").click())
    assert bytes_[:4] == b"\x89PNG"
    file, bytes_ = saved(page, lambda: page.get_by_text("Attention as CSV").click())
    rows = list(csv.reader(io.StringIO(bytes_.decode("utf-8-sig"))))
    assert file == "attention.csv" and rows[0] == ["model", "layer", "chosen token", "token", "place", "text", "weight"]
    sums = {}
    for line in rows[1:]:
        sums[line[0]] = sums.get(line[0], 0) + float(line[6])
    assert len(sums) == (2 if name == "step" else 1) and abs(sums["demo"] - 1) < 0.02
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.locator("#save").click()
    assert page.get_by_text("Attention as CSV").is_hidden()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name,view", [("attending", VIEW + "&t=60"), ("attending", VIEW + "&t=none"), ("texts", "#layer=3&c=attention&t=8"), ("step", "#layer=50%25&c=attention&t=60"), ("two", "#layer=50%25&c=attention&t=60")])
def test_axe_finds_nothing(opened, name, view, dark):
    page = opened(name, view, dark=dark)
    page.wait_for_timeout(400)
    for panel in page.locator("[role=tab]").all():
        panel.click()
        violations = Axe().run(page).response["violations"]
        assert [(violation["id"], node["target"], node["failureSummary"]) for violation in violations for node in violation["nodes"]] == []


@pytest.mark.parametrize("width", [720, 390, 320])
@pytest.mark.parametrize("name", ["attending", "step", "texts"])
def test_nothing_is_wider_than_the_window(opened, name, width):
    page = opened(name, "#c=attention&t=8", width=width, height=450)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_parts_hold_what_whole_results_hold(opened, served):
    view = "#lens=logit&layer=50%25&t=40&c=attention"
    pages = [opened("two", view), opened("parts", view, at=served)]
    pages[1].wait_for_selector(".shares")
    for page in pages:
        page.wait_for_timeout(400)
    told = [(lines(page), page.locator(".cell").evaluate_all("cells => cells.map((cell) => getComputedStyle(cell).fill)"), page.locator("#scale").inner_text()) for page in pages]
    assert told[0][0] == told[1][0] and told[0][2] == told[1][2]
    # Of 32-bit numbers a colour differs in its last digits.
    numbers = lambda fill: [float(number) for number in re.findall(r"[\d.]+", fill)]
    assert all(abs(a - b) < 1e-3 for one, other in zip(told[0][1], told[1][1]) for a, b in zip(numbers(one), numbers(other)))
