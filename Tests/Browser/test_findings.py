"""What a report shows of what was found out later: what a judge has said, where words are, and what speaks against a comparison."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from test_report import results


def scores(reports, lens, layer):
    judge = json.loads((reports / "few/evaluation.json").read_text())["judge"]["models"][0]
    return next(one for one in judge["scores"] if one["lens"] == lens and one["layer"] == layer)


def fills(page):
    page.wait_for_timeout(400)  # Colours change slowly.
    return page.locator(".pane").first.locator(".cell").evaluate_all("cells => cells.map(cell => getComputedStyle(cell).fill)")


def test_what_a_judge_has_said_is_drawn(opened, reports):
    page = opened("few", "#lens=logit&layer=4")
    titles = page.locator(".card h3").all_inner_texts()
    assert {"A word fits", "A word names what is there", "A word is brought to mind", "A word names something elsewhere"} <= set(titles)
    told = scores(reports, "logit", 4)
    card = page.locator(".card", has=page.get_by_role("heading", name="A word fits"))
    assert f"{100 * told['interpretable']['value']:.1f}".rstrip("0").rstrip(".") + " %" in card.locator(".value.strong").text_content()
    assert card.locator("svg.plot .against.others").count() == 1 and card.locator(".band").count() == 2
    # Of runs side by side it is that of the runs that were judged.
    page = opened("two", "#lens=logit&layer=50%25")
    assert {"Against the truth", "Before a judge"} <= set(page.locator(".plot-head h2").all_inner_texts())


def test_the_grade_of_a_token_is_told_and_coloured(opened, reports):
    patches = [patch for patch in scores(reports, "logit", 4)["patches"] if patch["image"] == 0]
    assert len(patches) == 2
    page = opened("few", "#lens=logit&layer=4&c=judge")
    assert len([fill for fill in fills(page) if fill != "rgba(0, 0, 0, 0)"]) == len(patches)
    for patch in patches:
        page = opened("few", f"#lens=logit&layer=4&i=0&t={patch['token']}")
        told = dict(zip(page.locator(".judged dt").all_inner_texts(), page.locator(".judged dd").all_inner_texts()))
        assert told.get("concrete", "") == ", ".join(patch["concrete"]) and told.get("global", "") == ", ".join(patch["global"])
        assert len(", ".join(told.values()).split(", ")) == len(patch["words"])
    assert Axe().run(page).response["violations"] == []


def test_where_a_word_is_shows_how_near_each_patch_is(opened, reports):
    found = json.loads((reports / "few/found.json").read_text())["queries"][0]["models"][0]
    near = next(one for one in found["similarities"]["maps"] if one["image"] == 0 and one["layer"] == 4 and one["by"] == "embedding")
    hits = next(one for one in found["readings"] if one["image"] == 0 and one["layer"] == 4 and one["lens"] == "embedding")["hits"]
    visual = [token for token, row in enumerate(results(reports, "few")["models"][0]["images"][0]["tokens"]["row"]) if row is not None]
    nearer = [token for token in visual if near["similarity"][token] > near["noise"]["ceiling"] and near["similarity"][token] > near["elsewhere"][token]]
    page = opened("few", f"#lens=embedding&layer=4&q=sky&t={visual[5]}")
    assert re.search(rf"{sum(hit['token'] in visual for hit in hits)} of 144, {len(nearer)} nearer than controls", page.locator("#scale").inner_text())
    colours = dict(zip(visual, fills(page)))
    dark = {colours[token] for token in visual if token not in nearer}
    assert len(dark) == 1 and not dark & {colours[token] for token in nearer}
    assert page.locator(".cell.found").count() == sum(hit["token"] in visual for hit in hits)
    shown = page.locator("#scale").inner_text()
    assert f"{max(near['similarity']):.2f}" in shown
    assert f"“sky” itself (its input embedding): {near['similarity'][visual[5]]:.2f}" in page.locator("#reading").inner_text()
    # Another word was not looked for.
    page.locator("#query").fill("tree")
    assert re.fullmatch(r"layer 4 · \d+ of 144", page.locator("#scale").inner_text())


@pytest.mark.parametrize("dark", [False, True])
def test_what_speaks_against_a_comparison_is_said(opened, dark):
    page = opened("banks", dark=dark)
    assert "Beware: the banks of demo and demo 2 are of different texts" in page.locator(".plot-head .doubt").first.inner_text()
    assert Axe().run(page).response["violations"] == []
