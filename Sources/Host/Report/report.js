"use strict";
// Wires data, panes, reading and figures to what a person does. The whole view is in `state`, and in the address.
const TINTS = { none: "No colour", similarity: "Colour by nearness", word: "Colour by word", agreement: "Colour by agreement", attention: "Colour by attention", judge: "Colour by the judge" };
const PANELS = { models: "All models", context: "In context", layers: "Layer by layer" };
const KEYS = (lenses, isMany) => [["← ↑ → ↓", "move from token to token"], ["[ ]", "the layer below, the layer above"], ["space", "play through the layers"],
  [lenses.map((_, i) => i + 1).join(" "), lenses.map((lens) => lens.title).join(", ")], ...(isMany ? [["m", "turn to the next model"]] : []), ["t", "the next view of the reading"], ["w", "write every token’s top word"], ["c", "colour the tokens"],
  ["v", "the picture as a whole, or in tiles"], ["/", "where is a word?"], ["n p", "next and previous picture, or texts"], ["s", "save the view or its tables"], ["d", "light or dark"], ["Esc", "clear"], ["?", "this help"]];

const parsed = (id) => JSON.parse(document.getElementById(id).textContent);
const pictures = parsed("pictures"), figures = parsed("figures"), results = parsed("results");
Parts.begin(results);
Data.index(results, figures);
const models = results.models, main = models[0], shared = main.shared, lenses = [...shared.lenses.values()], isMany = models.length > 1;
const find = (selector) => document.querySelector(selector);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const tints = Object.keys(TINTS).filter((tint) => tint === "agreement" ? isMany : tint === "attention" ? Attention.isKept(models) : tint === "judge" ? shared.judge : true), panels = Object.keys(PANELS).filter((panel) => isMany || panel !== "models");

// `token` is chosen in the pane numbered `pane`; `hovered` is such a pair, too. It begins where the lens is
// surest, with several models in the middle of their depth.
const start = { image: 0, view: 0, lens: main.lenses[0].name, stop: isMany ? Data.stopAt(shared, 0.5) : Math.max(0, Data.surest(main, main.lenses[0].name, !!main.images[0].isText)), pane: 0, token: null, words: false, tint: "none", query: "", panel: panels[0], whole: true };
const state = { ...start, theme: null };
let hovered = null, player = null;

const actionsOf = (pane) => ({
  point(token) {
    if (token === hovered?.token && pane === hovered?.pane) return;
    hovered = token == null ? null : { pane, token };
    point();
  },
  leave() { hovered = null; point(); },
  choose(token) {
    hovered = null;
    change({ pane, token: token === state.token && pane === state.pane ? null : token });
  },
  turn: () => turn(pane),
});
const stages = models.map((model, pane) => new Stage(model, actionsOf(pane)));
const reading = new Reading(models, {
  lens: (lens) => change({ lens }), choose: (token) => change({ token }), stop: (stop) => change({ stop }), find: (word) => change({ query: word === state.query ? "" : word, words: false }),
  turn: (pane) => { turn(pane); change({ panel: "context" }); }, whose: (pane) => { if (pane) turn(+pane); change({ whole: !pane }); },
});

// Turns to another model; what is chosen stays the same place of the picture.
function turn(pane) {
  if (pane !== state.pane) change({ pane, token: state.token == null ? null : tokenOf(pane, { pane: state.pane, token: state.token }) ?? state.token % models[pane].images[state.image].tokens.row.length });
}

function middleToken(image) {
  const shown = image.tokens.boxes.map((box, i) => box && i).filter((i) => i != null);
  return shown[Math.floor(shown.length * 0.55)] ?? null;
}

const hasViews = () => models.some(({ images }) => images[state.image].tokens.views > 1);
function nextView() {
  if (!hasViews()) return;
  const image = models[state.pane].images[state.image], place = state.token == null ? null : Data.center(image, state.token);
  state.view = 1 - state.view;
  lookAgain();
  change({ token: place && Data.tokenAt(image, place.x, place.y) });
}

function lookAgain() {
  for (const model of models) Data.look(model.images[state.image], state.view);
}

// The token of a pane that lies over the target's on the original picture.
function tokenOf(pane, target) {
  if (!target || target.pane === pane) return target?.token ?? null;
  return Overlap.match(models[target.pane].images[state.image], target.token, models[pane].images[state.image]);
}

function targets() {
  const pinned = state.token == null ? null : { pane: state.pane, token: state.token }, target = hovered ?? pinned;
  return { pinned, target, tokens: models.map((_, pane) => tokenOf(pane, target)) };
}

// For each model the token that is chosen, whatever is pointed at.
const chosen = () => models.map((_, pane) => tokenOf(pane, state.token == null ? null : { pane: state.pane, token: state.token }));

function point() {
  const { pinned, target, tokens } = targets();
  stages.forEach((stage, pane) => {
    const ghost = target && target.pane !== pane ? models[target.pane].images[state.image].tokens.polygon[target.token] : null;
    stage.mark(hovered ? tokens[pane] : null, hovered ? tokenOf(pane, pinned) : tokens[pane], ghost);
    stage.root.classList.toggle("turned", isMany && pane === state.pane);
  });
  reading.show(find("#reading"), state.panel, state, tokens, !!target);
}

let shownImage = null, shownPlots = "", wasAttending = false;
function update() {
  const looked = state.image + ":" + state.view;
  if (shownImage !== looked) {
    lookAgain();
    stages.forEach((stage) => stage.load(state.image, Parts.picture(stage.model.images[state.image])));
    document.querySelectorAll(".strip button").forEach((button, i) => button.setAttribute("aria-pressed", i === state.image));
    shownImage = looked;
    fit();
  }
  const sources = chosen(), isAttending = state.tint === "attention" && !state.query;
  if (find(".panes").classList.toggle("attending", isAttending) !== wasAttending) { wasAttending = isAttending; fit(); }
  const ranges = stages.map((stage, pane) => stage.range(state.image, state, sources[pane])).filter((one) => one && (!state.query || one.isNear));
  const range = { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
  stages.forEach((stage, pane) => stage.paint(state.image, state, range, sources[pane]));
  point();
  showScale(range);
  showControls();
  const plots = [state.lens, state.stop, state.pane, !!main.images[state.image].isText].join();
  if (plots !== shownPlots) {
    find(".plots").replaceChildren(...Figures.draw({ models, shared, lens: state.lens, stop: state.stop, pane: state.pane, isText: !!main.images[state.image].isText, figures, choose: (stop) => change({ stop }) }));
    shownPlots = plots;
  }
  document.documentElement.dataset.theme = state.theme ?? "";
  remember();
}

function showControls() {
  const press = (selector, isOn) => document.querySelectorAll(selector).forEach((button) => button.setAttribute("aria-pressed", isOn(button)));
  press(".lenses button", ({ dataset }) => dataset.lens === state.lens);
  press("#words", () => state.words);
  press("#tint", () => state.tint !== "none");
  for (const tab of document.querySelectorAll(".tabs button")) {
    tab.setAttribute("aria-selected", tab.dataset.panel === state.panel);
    tab.tabIndex = tab.dataset.panel === state.panel ? 0 : -1;
    if (tab.dataset.panel === state.panel) find("#reading").setAttribute("aria-labelledby", tab.id);
  }
  const slider = find("#layer"), name = Data.stopName(shared, state.stop);
  slider.value = state.stop;
  slider.style.setProperty("--done", state.stop / Math.max(shared.stops.length - 1, 1));
  slider.setAttribute("aria-valuetext", isMany ? name + ": " + models.map((model) => `${model.name} ${model.stops[state.stop] == null ? "not read" : Data.layerName(model.layers[model.stops[state.stop]])}`).join(", ") : name);
  find("#layer-name").textContent = name;
  document.querySelectorAll(".ticks button").forEach((tick, i) => tick.classList.toggle("here", i === state.stop));
  for (const button of document.querySelectorAll("[data-pictures]")) button.hidden = !!main.images[state.image].isText;
  for (const button of document.querySelectorAll("[data-attention]")) button.hidden = state.tint !== "attention";
  find("#view").hidden = !hasViews();
  find("#view").textContent = state.view ? "In tiles" : "Whole picture";
  find("#tint").textContent = TINTS[state.tint];
  if (find("#query") !== document.activeElement) find("#query").value = state.query;
}

// What the colours of the cells mean.
function showScale({ low, high }) {
  const stops = [0, 0.25, 0.5, 0.75, 1].map(Stage.ramp).join(), ramp = (from, to) => [from, element("span", { class: "ramp", style: `--ramp:${stops}` }), to];
  const light = main.images[state.image].isText ? Attention.ink : Attention.light, half = (from, to) => element("span", { class: "ramp half" + (light === Attention.light ? " over" : ""), style: `--ramp:${[0, 0.5, 1].map((share) => light(from + (to - from) * share)).join()}` });
  const unseen = main.images[state.image].isText ? [] : [element("span", { class: "swatch", style: `--swatch:${Attention.veil}` }, "not seen")];
  const weights = isFinite(low) ? [Attention.figure(low), half(0, 0.5), Attention.figure(Attention.middle({ low, high })), half(0.5, 1), Attention.figure(high), ...unseen] : [];
  const shown = !state.query && state.tint === "attention" ? weights : !state.query && state.tint === "agreement" ? ramp("0 %", "100 %") : isFinite(low) && (state.query || state.tint === "similarity") ? ramp(low.toFixed(2), high.toFixed(2)) : [];
  find("#scale").replaceChildren(...(state.query && !isMany ? [stages[0].note.textContent] : []), ...shown);
}

// Brings what was read of a picture, and goes on if nothing else was asked for meanwhile.
let awaited = null;
function bring(image, then) {
  if (location.protocol === "file:") return refuse("This run is large: its readings stand in parts, which a browser does not load from a file. Open it by the address that “latentlens serve” tells for this folder.");
  awaited = image;
  find(".bench").setAttribute("aria-busy", true);
  Parts.bring(models, image, () => state.image).then(() => {
    if (awaited !== image) return;
    settle();
    listWords();
    then();
  }, ({ message }) => awaited === image && refuse(`The readings of this picture cannot be loaded (${message}). Is “latentlens serve” still running, and the run the same?`));
}

// Nothing is waited for any more.
function settle() {
  awaited = null;
  find(".bench").removeAttribute("aria-busy");
}

// Says why there is nothing to see.
function refuse(sentence) {
  settle();
  find("#reading").replaceChildren(element("p", { class: "hint", role: "alert" }, sentence));
}

function change(changes) {
  const before = { ...state }, image = ((changes.image ?? state.image) + main.images.length) % main.images.length;
  if (!Parts.has(models, image)) return bring(image, () => change({ ...changes, image }));
  // Who asks for a picture that is at hand does not want another that is still on its way.
  if (changes.image != null) settle();
  Object.assign(state, changes, { image });
  state.stop = Math.max(0, Math.min(shared.stops.length - 1, state.stop));
  if (state.image !== before.image) {
    const image = models[state.pane].images[state.image];
    hovered = null;
    lookAgain();
    if (!image.tokens.boxes[state.token]) state.token = middleToken(image);
  }
  update();
  if (["stop", "lens", "token", "pane", "image", "tint"].some((key) => state[key] !== before[key])) announce();
}

// Says what has changed, once things have come to rest.
let announcing = null;
function announce() {
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    const model = models[state.pane], { tokens } = targets(), said = models.flatMap((other) => {
      const first = reading.found(other, state, tokens[other.number])[0];
      return first ? [isMany ? `${other.name}: ${first.word}` : first.word] : [];
    });
    const own = state.tint === "attention" && !state.query ? Attention.of(model, state.image, model.stops[state.stop], state.token) : null;
    const place = state.token == null ? [] : [Data.placeName(model.images[state.image], state.token)];
    find("#live").textContent = [Data.stopName(shared, state.stop), shared.lenses.get(state.lens).title, ...place, ...said, ...(own ? ["attention: " + Attention.tell(own)] : [])].join(", ");
  }, 250);
}

function play() {
  const last = shared.stops.length - 1;
  if (player) { clearInterval(player); player = null; }
  else {
    if (state.stop === last) change({ stop: 0 });
    player = setInterval(() => state.stop >= last ? play() : change({ stop: state.stop + 1 }), still ? 1600 : 900);
  }
  find("#play").classList.toggle("playing", !!player);
  find("#play").setAttribute("aria-label", player ? "Pause" : "Play through the layers");
}

// The panes are as large as the room beside the reading lets them be.
function fit() {
  const panes = find(".panes"), width = panes.clientWidth - 4, isNarrow = matchMedia("(max-width: 860px)").matches, gap = isNarrow ? 10 : 16, count = stages.length;
  const aspect = Math.min(...stages.map(({ image, view }) => image.isText ? 1 : view.w / view.h)), isText = !!main.images[state.image].isText;
  const head = isMany ? 28 : 0, foot = Math.max(...stages.map(({ caption, text }) => (caption.hidden || !caption.childNodes.length || count > 6 ? 0 : isMany ? 24 : 66) + (text.childNodes.length && !isText ? isMany ? 37 : 64 : 0))) + (wasAttending ? count > 6 ? 36 : isMany ? 56 : width < 500 ? 62 : 42 : 0);
  let best = { size: 0, columns: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns), across = (width - gap * (columns - 1)) / columns, height = isNarrow ? count > 2 ? Infinity : Math.max(0.6 * innerHeight, 220) : (panes.clientHeight - 4 - gap * (rows - 1)) / rows - head - foot;
    const size = Math.min(across, height * aspect);
    if (isNarrow ? columns === Math.min(count, count > 4 ? 3 : 2) : size > best.size) best = { size, columns };
  }
  if (isText) best = { columns: Math.min(count, 2), size: (width - gap * (Math.min(count, 2) - 1)) / Math.min(count, 2) };
  panes.classList.toggle("crowded", count > 6);
  panes.style.setProperty("--columns", best.columns);
  panes.style.setProperty("--frame", Math.max(best.size, 60) + "px");
  state.columns = best.columns;
}

// The address holds the view, so that it can be sent to somebody.
function remember() {
  const { depth, layers } = shared.stops[state.stop], named = layers.find((layer) => layer != null), at = isMany && depth != null ? +(100 * depth).toFixed(2) + "%" : named;
  const parts = { i: state.image, v: state.view || null, lens: state.lens, layer: at, m: state.pane || null, t: state.token ?? "none", w: state.words ? 1 : null, c: state.tint === "none" ? null : state.tint, q: state.query || null, r: state.panel === panels[0] ? null : state.panel, of: state.whole ? null : 1, theme: state.theme };
  const hash = Object.entries(parts).filter(([, v]) => v != null).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join("&");
  if ("#" + hash !== location.hash) history.replaceState(null, "", "#" + hash);
}

function recall() {
  const parts = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const whole = (text, end) => /^\d+$/.test(text ?? "") && +text < end ? +text : null;
  const asked = whole(parts.i, main.images.length) ?? start.image;
  if (!Parts.has(models, asked)) return bring(asked, recall);
  Object.assign(state, start);
  hovered = null;
  state.image = asked;
  if (shared.lenses.has(parts.lens)) state.lens = parts.lens;
  const depth = /^[\d.]+%$/.test(parts.layer ?? "") ? parseFloat(parts.layer) / 100 : null;
  const stop = depth == null ? shared.stops.findIndex(({ layers }) => layers.some((layer) => String(layer) === parts.layer)) : Data.stopAt(shared, depth);
  if (stop >= 0) state.stop = stop;
  state.pane = whole(parts.m, models.length) ?? 0;
  state.view = hasViews() ? whole(parts.v, 2) ?? 0 : 0;
  lookAgain();
  const image = models[state.pane].images[state.image];
  state.token = parts.t === "none" ? null : whole(parts.t, image.tokens.row.length) ?? middleToken(image);
  state.words = parts.w === "1";
  if (tints.includes(parts.c)) state.tint = parts.c;
  state.query = parts.q ?? "";
  if (panels.includes(parts.r)) state.panel = parts.r;
  state.whole = parts.of !== "1";
  if (["light", "dark"].includes(parts.theme)) state.theme = parts.theme;
  update();
}

function move(rows, columns) {
  const image = models[state.pane].images[state.image];
  const from = state.token ?? image.tokens.boxes.findIndex((box) => box);
  hovered = null;
  change({ token: state.token == null ? from : stages[state.pane].beside(from, rows, columns) });
}

const next = (list, item) => list[(list.indexOf(item) + 1) % list.length];
const nextTint = () => change({ tint: next(tints, state.tint), query: "" });

function toggleTheme() {
  const isDark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  change({ theme: isDark ? "light" : "dark" });
}

document.addEventListener("keydown", (event) => {
  if (!shownImage || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (event.target.matches("input:not([type=range]), select")) {
    if (event.key === "Escape") { event.target.blur(); change({ query: "" }); }
    return;
  }
  const isSlider = event.target.matches("input[type=range], [role=tab]");
  if (event.key === " " && event.target.matches("button, summary")) return;
  const actions = {
    ArrowLeft: () => move(0, -1), ArrowRight: () => move(0, 1), ArrowUp: () => move(-1, 0), ArrowDown: () => move(1, 0),
    "[": () => change({ stop: state.stop - 1 }), "]": () => change({ stop: state.stop + 1 }), " ": play, m: () => turn((state.pane + 1) % models.length), t: () => change({ panel: next(panels, state.panel) }),
    w: () => change({ words: !state.words }), c: nextTint, v: nextView, d: toggleTheme, s: () => find("#saving").showModal(), n: () => change({ image: state.image + 1 }), p: () => change({ image: state.image - 1 }),
    "/": () => find("#query").focus(), "?": () => find("#keys").showModal(), Escape: () => change({ query: "", token: null, words: false, tint: "none" }),
  };
  lenses.forEach(({ name }, i) => actions[i + 1] = () => change({ lens: name }));
  if (actions[event.key] && !(isSlider && event.key.startsWith("Arrow"))) { event.preventDefault(); actions[event.key](); }
});

function lead() {
  const k = results.run.top_k, read = [false, true].flatMap((isText) => {
    const images = main.images.filter((image) => !!image.isText === isText), count = isText ? main.texts.length : images.length;
    const tokens = Data.curves(main, isText)?.readings[0]?.tokens ?? 0;
    return count ? [`${count} ${isText ? "text" : "image"}${count === 1 ? "" : "s"}`, ...(isMany ? [] : [`${tokens} ${Data.tokenKind(isText)}`])] : [];
  });
  return [isMany ? `${models.length} models` : main.name, ...read, ...(isMany ? [] : [`${main.layers.length} layers`]), ...(k ? [`${k} neighbours each`] : [])].join(" · ");
}

// The words that are offered where one is sought.
function listWords() {
  find("#vocabulary").replaceChildren(...Data.vocabulary(models).map((word) => element("option", { value: word })));
}

function build() {
  find("#lead").textContent = lead();
  find(".lenses").append(...lenses.map(({ name, title }) => element("button", { "data-lens": name, onclick: () => change({ lens: name }) }, title)));
  find(".panes").append(...stages.map((stage) => stage.root));
  document.body.classList.toggle("many", isMany);
  const tabs = panels.map((panel) => element("button", { role: "tab", id: "tab-" + panel, "data-panel": panel, "aria-controls": "reading", onclick: () => change({ panel }) }, PANELS[panel]));
  find(".tabs").append(...tabs);
  find(".tabs").addEventListener("keydown", ({ key }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step) return;
    change({ panel: panels.at((panels.indexOf(state.panel) + step) % panels.length) });
    tabs[panels.indexOf(state.panel)].focus();
  });
  const slider = find("#layer"), last = shared.stops.length - 1;
  slider.max = last;
  slider.addEventListener("input", () => change({ stop: +slider.value }));
  find(".ticks").append(...shared.stops.map(({ depth, layers }, stop) => element("button", { tabindex: "-1", onclick: () => change({ stop }) }, isMany && depth != null ? String(Math.round(100 * depth)) : Plots.short(layers.find((layer) => layer != null)))));
  find(".ticks").classList.toggle("dense", last > 17);
  for (const [selector, act] of [["#play", play], ["#words", () => change({ words: !state.words })], ["#view", nextView], ["#tint", nextTint], ["#theme", toggleTheme], ["#help", () => find("#keys").showModal()], ["#save", () => find("#saving").showModal()]])
    find(selector).addEventListener("click", act);
  find("#query").addEventListener("input", (event) => change({ query: event.target.value }));
  listWords();
  const close = () => element("form", { method: "dialog" }, element("button", { class: "chip" }, "Close"));
  find("#keys").append(element("h2", {}, "Keys"), element("dl", {}, ...KEYS(lenses, isMany).flatMap(([key, text]) => [element("dt", {}, key), element("dd", {}, text)])), close());
  find("#saving").append(element("h2", {}, "Save"), element("p", { class: "choices" }, ...SAVES.map(([text, act]) => element("button", { class: "chip", onclick: act, "data-pictures": text.startsWith("Pictures"), "data-attention": text.startsWith("Attention") }, text))), element("p", { class: "hint-small" }, "Each figure below has its own buttons. The address of this page holds the view."), close());
  find(".strip").append(...main.images.map((image, i) => element("button", { title: image.name, "aria-label": image.name, class: image.isText ? "excerpt" : null, onclick: () => change({ image: i }) },
    image.isText ? element("span", {}, Data.plain(image.name)) : element("img", { src: Parts.picture(image), alt: "", loading: "lazy", style: `image-orientation:${image.orientation === "exif" ? "from-image" : "none"}` }))));
  find(".strip").hidden = main.images.length < 2;
  find("footer").append(...models.map(provenance));
  window.addEventListener("hashchange", recall);
  new ResizeObserver(() => { if (shownImage) { fit(); point(); } }).observe(find(".panes"));
}

const view = () => Export.view(stages, state.columns), table = () => find("#reading table");
const SAVES = [
  ["Pictures as SVG", () => Export.svg(view(), "pictures")], ["Pictures as PNG", () => Export.png(view(), "pictures")],
  ["Attention as CSV", () => Export.csv(Attention.rows(models, state.image, state.stop, chosen()), "attention")],
  ["Reading as CSV", () => Export.csv(table() ? Export.table(table()) : readingRows(), "reading")],
];

// The reading in context, as a table.
function readingRows() {
  const { tokens } = targets(), model = models[state.pane];
  return [["word", "score", "contextual layer", "sentence"], ...reading.found(model, state, tokens[state.pane]).map(({ word, score, layer, sentence }) => [word, score, layer ?? "", sentence ?? ""])];
}

// Checks and origins, folded away: there for whoever doubts.
function provenance(model) {
  const passed = model.checks.filter((check) => check.passed).length, origin = model.provenance;
  const checks = model.checks.map((check) => element("li", { class: check.passed ? "holds" : "fails" }, element("span", {}, check.name), element("code", {}, `${check.figure == null ? "not a number" : check.figure.toPrecision(2)} ${check.passed ? "≤" : "≰"} ${check.bound}`)));
  const rows = [["prompt", origin.prompt && Data.plain(origin.prompt)], ["prompt tokens", origin.prompt && `${origin.prompt_ids.length}`], ["weights", origin.weights], ["tokenizer", origin.tokenizer], ["index", origin.index],
    ["adapters", Object.entries(origin.adapters).map(([part, name]) => `${part} ${name}`).join(", ")], ["arithmetic", origin.compute], ["made by", `${results.tool.name} ${results.tool.version}`]];
  const empty = (model.bands ?? []).filter((band) => band.above_noise != null && band.above_noise <= 0.1);
  const doubts = model.lenses.map(({ name, title }) => [title, empty.filter((band) => band.lens === name).map((band) => band.layer)]).filter(([, layers]) => layers.length)
    .map(([title, layers]) => element("p", { class: "doubt" }, `${title} is no nearer to words than it is for random vectors at layer ${layers.join(", ")}: its similarities prove nothing there. Whether its words are right, only the truth of pictures tells.`));
  const isSound = passed === model.checks.length;
  return element("details", isSound ? {} : { open: "" },
    element("summary", { class: isSound ? "holds" : "fails" }, `${model.name}: ${passed} of ${model.checks.length} self-checks hold`),
    element("ul", { class: "checks" }, ...checks), ...doubts,
    element("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])));
}

build();
recall();
