"use strict";
// Wires data, stage and plots to what a person does. The whole view is in `state`, and in the address.
const TINTS = { none: "No colour", similarity: "Colour by nearness", word: "Colour by word" };
const KEYS = (lenses) => [["← ↑ → ↓", "move from token to token"], ["[ ]", "the layer below, the layer above"], ["space", "play through the layers"],
  [lenses.map((_, i) => i + 1).join(" "), lenses.map((lens) => lens.title).join(", ")], ["w", "write every token’s top word"], ["c", "colour the tokens"], ["v", "the picture as a whole, or in tiles"],
  ["/", "where is a word?"], ["n p", "next and previous picture, or texts"], ["d", "light or dark"], ["Esc", "clear"], ["?", "this help"]];

const results = Data.index(JSON.parse(document.getElementById("results").textContent));
const pictures = JSON.parse(document.getElementById("pictures").textContent);
const evaluation = JSON.parse(document.getElementById("evaluation").textContent);
const models = results.models, main = models[0];
const find = (selector) => document.querySelector(selector);
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

// `token` is pinned in the pane numbered `pane`; `hovered` is such a pair, too. It begins where the lens is surest.
const start = { image: 0, view: 0, lens: main.lenses[0].name, layer: Data.surest(main, main.lenses[0].name, !!main.images[0].isText), pane: 0, token: null, words: false, tint: "none", query: "" };
const state = { ...start, theme: null };
let hovered = null, player = null;

const stages = models.map((model, pane) => new Stage(model, {
  point(token) {
    if (token === hovered?.token && pane === hovered?.pane) return;
    hovered = token == null ? null : { pane, token };
    point();
  },
  leave() { hovered = null; point(); },
  choose(token) {
    hovered = null;
    change({ pane, token: token === state.token && pane === state.pane ? null : token });
    announce();
  },
  lens: (name) => change({ lens: name }),
  find: (word) => change({ query: word === state.query ? "" : word, words: false }),
}));

function middleToken(image) {
  const shown = image.tokens.boxes.map((box, i) => box && i).filter((i) => i != null);
  return shown[Math.floor(shown.length * 0.55)] ?? null;
}

const hasViews = models.some((model) => model.images.some((image) => image.tokens.views > 1));
function nextView() {
  if (!hasViews) return;
  const image = models[state.pane].images[state.image], place = state.token == null ? null : Data.center(image, state.token);
  state.view = 1 - state.view;
  lookAgain();
  change({ token: place && Data.tokenAt(image, place.x, place.y) });
}

function lookAgain() {
  for (const model of models) Data.look(model.images[state.image], state.view);
}

// The same place of the original picture chooses the token in every pane.
function tokenOf(number, target) {
  if (!target || target.pane === number) return target?.token ?? null;
  const place = Data.center(models[target.pane].images[state.image], target.token);
  return place && Data.tokenAt(models[number].images[state.image], place.x, place.y);
}

function point() {
  const pinned = state.token == null ? null : { pane: state.pane, token: state.token }, target = hovered ?? pinned;
  stages.forEach((stage, number) => {
    stage.mark(tokenOf(number, hovered), tokenOf(number, pinned));
    stage.read(state.image, state.lens, Data.matched(main, models[number], state.layer), tokenOf(number, target), !!target);
  });
}

let shownImage = null, shownPlots = "";
function update() {
  const looked = state.image + ":" + state.view;
  if (shownImage !== looked) {
    lookAgain();
    stages.forEach((stage) => stage.load(state.image, pictures[stage.model.images[state.image].path]));
    document.querySelectorAll(".strip button").forEach((button, i) => button.setAttribute("aria-pressed", i === state.image));
    shownImage = looked;
  }
  stages.forEach((stage, number) => stage.paint(state.image, state.lens, Data.matched(main, models[number], state.layer), state));
  point();
  document.querySelectorAll(".lenses button").forEach((button) => button.setAttribute("aria-pressed", button.dataset.lens === state.lens));
  find("#layer").value = state.layer;
  find("#layer").style.setProperty("--done", state.layer / Math.max(main.layers.length - 1, 1));
  find("#layer-name").textContent = Data.layerName(main.layers[state.layer]);
  document.querySelectorAll(".ticks button").forEach((tick, i) => tick.classList.toggle("here", i === state.layer));
  find("#words").setAttribute("aria-pressed", state.words);
  find("#view").hidden = !hasViews;
  find("#view").textContent = state.view ? "In tiles" : "Whole picture";
  find("#tint").textContent = TINTS[state.tint];
  find("#tint").setAttribute("aria-pressed", state.tint !== "none");
  if (find("#query") !== document.activeElement) find("#query").value = state.query;
  showFound();
  const isText = !!main.images[state.image].isText, plots = [state.lens, state.layer, isText].join();
  if (plots !== shownPlots) {
    find(".plots").replaceChildren(...models.flatMap((model) => {
      const shown = [model, state.lens, Data.matched(main, model, state.layer), (layer) => change({ layer: Data.matched(model, main, layer) })];
      const cards = [...Plots.draw(...shown, isText), ...(isText ? [] : Evaluation.draw(evaluation, ...shown))];
      return models.length > 1 ? [element("h2", { class: "plot-model" }, model.name), ...cards] : cards;
    }));
    shownPlots = plots;
  }
  document.documentElement.dataset.theme = state.theme ?? "";
  remember();
}

function showFound() {
  const found = find("#found");
  found.replaceChildren();
  if (!state.query.trim()) {
    if (state.tint === "similarity") found.append(...models.flatMap((model, number) => {
      const { low, high } = stages[number].range, stops = [0, 0.25, 0.5, 0.75, 1].map(Stage.ramp).join();
      return [models.length > 1 ? model.name : "", low.toFixed(2), element("span", { class: "ramp", style: `--ramp:${stops}` }), high.toFixed(2)];
    }));
    return;
  }
  const counts = Data.counts(main, state.image, state.lens, state.query), image = main.images[state.image];
  found.append(Plots.spark(counts, state.layer), `${counts[state.layer]} of ${Data.ownTokens(image).length} ${Data.tokenKind(image.isText)} here`);
}

function change(changes) {
  Object.assign(state, changes);
  state.layer = Math.max(0, Math.min(main.layers.length - 1, state.layer));
  state.image = (state.image + main.images.length) % main.images.length;
  if ("image" in changes) {
    const image = models[state.pane].images[state.image];
    hovered = null;
    lookAgain();
    if (!image.tokens.boxes[state.token]) state.token = middleToken(image);
  }
  update();
}

function announce() {
  const model = models[state.pane];
  const first = Data.neighbors(model, state.image, state.lens, Data.matched(main, model, state.layer), state.token)[0];
  find("#live").textContent = first ? `${Data.placeName(model.images[state.image], state.token)}: ${first.word}` : "";
}

function play() {
  if (player) { clearInterval(player); player = null; }
  else {
    if (state.layer === main.layers.length - 1) change({ layer: 0 });
    player = setInterval(() => state.layer >= main.layers.length - 1 ? play() : change({ layer: state.layer + 1 }), still ? 1600 : 900);
  }
  find("#play").classList.toggle("playing", !!player);
  find("#play").setAttribute("aria-label", player ? "Pause" : "Play through the layers");
}

// The address holds the view, so that it can be sent to somebody.
function remember() {
  const parts = { i: state.image, v: state.view || null, lens: state.lens, layer: main.layers[state.layer], m: state.pane || null, t: state.token, w: state.words ? 1 : null, c: state.tint === "none" ? null : state.tint, q: state.query || null, theme: state.theme };
  const hash = Object.entries(parts).filter(([, v]) => v != null).map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join("&");
  if ("#" + hash !== location.hash) history.replaceState(null, "", "#" + hash);
}

function recall() {
  const parts = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const whole = (text, end) => /^\d+$/.test(text ?? "") && +text < end ? +text : null;
  Object.assign(state, start);
  hovered = null;
  state.image = whole(parts.i, main.images.length) ?? state.image;
  if (main.lenses.some((lens) => lens.name === parts.lens)) state.lens = parts.lens;
  const layer = main.layers.findIndex((name) => String(name) === parts.layer);
  if (layer >= 0) state.layer = layer;
  state.pane = whole(parts.m, models.length) ?? 0;
  state.view = hasViews ? whole(parts.v, 2) ?? 0 : 0;
  lookAgain();
  const image = models[state.pane].images[state.image];
  state.token = whole(parts.t, image.tokens.row.length) ?? middleToken(image);
  state.words = parts.w === "1";
  if (parts.c in TINTS) state.tint = parts.c;
  state.query = parts.q ?? "";
  if (["light", "dark"].includes(parts.theme)) state.theme = parts.theme;
}

function move(rows, columns) {
  const image = models[state.pane].images[state.image];
  const from = state.token ?? image.tokens.boxes.findIndex((box) => box);
  hovered = null;
  change({ token: state.token == null ? from : stages[state.pane].beside(from, rows, columns) });
  announce();
}

function nextTint() {
  const names = Object.keys(TINTS);
  change({ tint: names[(names.indexOf(state.tint) + 1) % names.length], query: "" });
}

function toggleTheme() {
  const isDark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  change({ theme: isDark ? "light" : "dark" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=range])")) {
    if (event.key === "Escape") { event.target.blur(); change({ query: "" }); }
    return;
  }
  const isSlider = event.target.matches("input[type=range]");
  if (event.key === " " && event.target.matches("button, summary")) return;
  const actions = {
    ArrowLeft: () => move(0, -1), ArrowRight: () => move(0, 1), ArrowUp: () => move(-1, 0), ArrowDown: () => move(1, 0),
    "[": () => change({ layer: state.layer - 1 }), "]": () => change({ layer: state.layer + 1 }), " ": play,
    w: () => change({ words: !state.words }), c: nextTint, v: nextView, d: toggleTheme, n: () => change({ image: state.image + 1 }), p: () => change({ image: state.image - 1 }),
    "/": () => find("#query").focus(), "?": () => find("#keys").showModal(), Escape: () => change({ query: "", token: null, words: false, tint: "none" }),
  };
  main.lenses.forEach(({ name }, i) => actions[i + 1] = () => change({ lens: name }));
  if (actions[event.key] && !(isSlider && event.key.startsWith("Arrow")) && !find("#keys").open) { event.preventDefault(); actions[event.key](); }
});

function build() {
  const k = results.run.top_k, read = [false, true].flatMap((isText) => {
    const images = main.images.filter((image) => !!image.isText === isText), count = isText ? main.texts.length : images.length;
    const tokens = images.reduce((sum, image) => sum + Data.ownTokens(image).length, 0);
    return count ? [`${count} ${isText ? "text" : "image"}${count === 1 ? "" : "s"}`, `${tokens} ${Data.tokenKind(isText)}`] : [];
  });
  find("#lead").textContent = [models.map((model) => model.name).join(" and "), ...read, `${main.layers.length} layers`, ...(k ? [`${k} neighbours each`] : [])].join(" · ");
  find(".lenses").append(...main.lenses.map(({ name, title }) => element("button", { "data-lens": name, onclick: () => change({ lens: name }) }, title)));
  find(".panes").append(...stages.map((stage) => stage.root));
  find(".panes").classList.toggle("single", models.length === 1);
  const slider = find("#layer");
  slider.max = main.layers.length - 1;
  slider.addEventListener("input", () => change({ layer: +slider.value }));
  find(".ticks").append(...main.layers.map((name, i) => element("button", { tabindex: "-1", onclick: () => change({ layer: i }) }, name === "connector" ? "C" : name === "norm" ? "N" : String(name))));
  find(".ticks").classList.toggle("dense", main.layers.length > 18);
  find("#play").addEventListener("click", play);
  find("#words").addEventListener("click", () => change({ words: !state.words }));
  find("#view").addEventListener("click", nextView);
  find("#tint").addEventListener("click", nextTint);
  find("#theme").addEventListener("click", toggleTheme);
  find("#help").addEventListener("click", () => find("#keys").showModal());
  find("#query").addEventListener("input", (event) => change({ query: event.target.value }));
  find("#vocabulary").append(...Data.vocabulary(main).map((word) => element("option", { value: word })));
  find("#keys").append(element("h2", {}, "Keys"), element("dl", {}, ...KEYS(main.lenses).flatMap(([key, text]) => [element("dt", {}, key), element("dd", {}, text)])), element("form", { method: "dialog" }, element("button", { class: "chip" }, "Close")));
  find(".strip").append(...main.images.map((image, i) => element("button", { title: image.name, "aria-label": image.name, class: image.isText ? "excerpt" : null, onclick: () => change({ image: i }) },
    image.isText ? element("span", {}, Data.plain(image.name)) : element("img", { src: pictures[image.path], alt: "", loading: "lazy", style: `image-orientation:${image.orientation === "exif" ? "from-image" : "none"}` }))));
  find(".strip").hidden = main.images.length < 2;
  find("footer").append(...models.map(provenance));
  window.addEventListener("hashchange", () => { recall(); update(); });
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
update();
