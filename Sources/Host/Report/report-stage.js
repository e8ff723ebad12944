"use strict";
// A pane: the picture with its raster of visual tokens, or the text with its tokens in a row.
function element(tag, attributes = {}, ...children) {
  const isDrawing = ["svg", "g", "path", "polygon", "rect", "text", "line", "circle", "title", "tspan", "mask", "image", "style"].includes(tag);
  const made = isDrawing ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value != null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

class Stage {
  constructor(model, actions) {
    this.model = model;
    this.actions = actions;
    this.picture = element("img", { alt: "" });
    this.drawing = element("svg", { role: "application", tabindex: "0" });
    this.frame = element("div", { class: "frame" }, this.picture, this.drawing);
    this.note = element("span", { class: "pane-note" });
    this.title = element("button", { class: "pane-title", title: model.name, onclick: () => actions.turn() }, Stage.badge(model), ...Stage.name(model), this.note);
    this.spread = element("p", { class: "spread", hidden: true });
    this.caption = element("p", { class: "caption" });
    this.text = element("div", { class: "text-tokens", onpointerleave: () => actions.leave() });
    this.root = element("article", { class: "pane", "aria-label": model.name }, this.title, this.frame, this.spread, this.caption, this.text);
    const token = (event) => {
      const box = this.drawing.getBoundingClientRect();
      return Data.tokenAt(this.image, (event.clientX - box.left) / box.width * this.view.w + this.view.x, (event.clientY - box.top) / box.height * this.view.h + this.view.y);
    };
    this.drawing.addEventListener("pointermove", (event) => actions.point(token(event)));
    this.drawing.addEventListener("pointerleave", () => actions.leave());
    this.drawing.addEventListener("click", (event) => actions.choose(token(event)));
    this.drawing.addEventListener("focus", () => actions.turn());
  }

  // The number that stands for a model wherever there is no room for its name.
  static badge({ number }) {
    return element("span", { class: `badge model-${number % 9}`, "aria-hidden": "true" }, String(number + 1));
  }

  // A name whose beginning gives way where there is no room: what stands behind the comma tells models apart.
  static name({ name }) {
    const [, head, tail] = name.match(/^(.*?)(, .*)?$/su);
    return [element("span", { class: "pane-name" }, head), tail ? element("span", { class: "pane-tail" }, tail) : null];
  }

  // Shows another picture or text: the cells are made once, and only filled afterwards.
  load(number, source) {
    const image = this.image = this.model.images[number];
    this.frame.hidden = this.caption.hidden = !!image.isText;
    this.text.classList.toggle("passages", !!image.isText);
    if (!image.isText) this.draw(image, source);
    this.lineUp();
    this.caption.replaceChildren();
    this.caption.title = image.caption ?? "";
    if (image.caption) this.caption.append(element("span", { class: "says" }, "It says "), element("q", {}, Data.plain(image.caption)));
  }

  draw(image, source) {
    const { x, y, w, h } = this.view = Data.extent(image), share = (length, whole) => 100 * length / whole + "%";
    if (this.picture.getAttribute("src") !== source) this.picture.src = source;
    this.picture.alt = image.name;
    Object.assign(this.picture.style, {
      left: share(-x, w), top: share(-y, h), width: share(image.width, w), height: share(image.height, h),
      // Shown as the model saw it: as stored, or turned by its EXIF tag.
      imageOrientation: image.orientation === "exif" ? "from-image" : "none",
    });
    this.frame.style.aspectRatio = w + " / " + h;
    this.drawing.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    const unit = Math.sqrt(w * h) / 448;
    this.drawing.style.setProperty("--unit", unit);
    const tokens = image.tokens, shown = tokens.boxes.map((box, i) => box && i).filter((i) => i != null);
    this.cells = new Map(shown.map((i) => [i, element("polygon", { class: "cell", points: tokens.polygon[i].join(" ") })]));
    this.labels = new Map(shown.map((i) => {
      const b = tokens.boxes[i];
      return [i, element("text", { class: "word", x: (b.x0 + b.x1) / 2, y: (b.y0 + b.y1) / 2 })];
    }));
    this.hovered = element("polygon", { class: "cursor hovered" });
    this.pinned = element("polygon", { class: "cursor pinned" });
    this.ghost = element("polygon", { class: "cursor ghost" });
    this.drawing.replaceChildren(
      ...this.cropped(), element("g", { class: "cells" }, ...this.cells.values()), element("g", { class: "words" }, ...this.labels.values()), this.ghost, this.pinned, this.hovered);
  }

  // What no token stands for, because the processor cut it away, lies in the shade.
  cropped() {
    const { width, height, tokens } = this.image, seen = tokens.boxes.flatMap((box, i) => box ? [i] : []);
    const reach = (pick, edge) => pick(...seen.map((i) => tokens.boxes[i][edge]));
    if (!seen.length || reach(Math.min, "x0") < 1 && reach(Math.min, "y0") < 1 && reach(Math.max, "x1") > width - 1 && reach(Math.max, "y1") > height - 1) return [];
    const id = "seen-" + this.model.number, whole = { x: 0, y: 0, width, height };
    return [element("mask", { id, maskUnits: "userSpaceOnUse", ...whole }, element("rect", { ...whole, fill: "white" }), ...seen.map((i) => element("polygon", { points: tokens.polygon[i].join(" "), fill: "black", stroke: "black" }))),
      element("rect", { class: "cropped", ...whole, mask: `url(#${id})` }, element("title", {}, "Cut away before the model saw the picture"))];
  }

  // The tokens of each text stand in a row, with spaces where it has them; those of a prompt below its
  // picture, visual ones between them as a gap.
  lineUp() {
    const { tokens, isText, lines } = this.image;
    this.pieces = new Map();
    const piece = (i, attributes, ...content) => element("button", { "data-token": i, onpointerenter: () => this.actions.point(i), onclick: () => this.actions.choose(i), ...attributes }, ...content);
    if (isText) {
      const letters = lines.map((line) => Array.from(line)), isSpace = (line, place) => /\s/u.test(letters[line][place] ?? " ");
      const rows = lines.map(() => element("p", { class: "passage", dir: "auto" }));
      this.labels = new Map(tokens.text.map((_, i) => [i, element("span", { class: "gloss" })]));
      this.cells = new Map(tokens.text.map((text, i) => {
        const line = tokens.line[i], span = tokens.span[i], opens = !span || isSpace(line, span[0]) || isSpace(line, span[0] - 1);
        return [i, piece(i, { class: opens ? "opens" : null, tabindex: "-1" }, element("span", {}, Data.visible(text.replace(/^ (?=.)/u, ""))), this.labels.get(i))];
      }));
      for (const [i, cell] of this.cells) rows[tokens.line[i]].append(cell);
      this.pieces = this.cells;
      return this.text.replaceChildren(...rows);
    }
    const pieces = [];
    tokens.text.forEach((text, i) => {
      if (text != null) {
        pieces.push(piece(i, { class: Data.isSaid(this.image, i) ? "said-token" : null }, Data.visible(text)));
        this.pieces.set(i, pieces.at(-1));
      } else if (pieces.at(-1) !== "…") pieces.push("…");
    });
    this.text.replaceChildren(...(pieces.length > 1 ? pieces : []));
  }

  // The token beside another one; in texts, whose lines are broken, the nearest on the line above or below.
  beside(token, rows, columns) {
    if (!this.image.isText || !rows) return Data.beside(this.image, token, rows, columns);
    const from = this.cells.get(token), middle = (piece) => piece.offsetLeft + piece.offsetWidth / 2;
    let best = token, least = Infinity;
    for (const [i, piece] of this.cells) {
      const lines = (piece.offsetTop - from.offsetTop) * rows, distance = lines * 1e4 + Math.abs(middle(piece) - middle(from));
      if (lines > 0 && distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  // How near the first neighbours of the tokens that are shown are, from the farthest to the nearest; or how much the token numbered `source`
  // attends to any of them. Null where nothing was read.
  range(number, { lens, stop, query, tint }, source) {
    const layer = this.model.stops[stop];
    if (tint === "attention" && !query) {
      const own = Attention.of(this.model, number, layer, source);
      return own && Attention.range(own, [...this.cells.keys()]);
    }
    const near = query ? Data.near(this.model, number, lens, layer, query) : null;
    if (near) return { low: Math.min(...near.similarity), high: Math.max(...near.similarity), isNear: true };
    const reading = Data.reading(this.model, number, lens, layer);
    if (!reading) return null;
    const tops = [...this.cells.keys()].map((i) => Data.nearnesses(this.model, reading, i)[0] ?? 0);
    return { low: Math.min(...tops), high: Math.max(...tops) };
  }

  // Fills the cells for a lens and a place of the slider. `low` and `high` are those of all panes, whose colours are the same; `source` is the
  // chosen token, or its counterpart.
  paint(number, { lens, stop, tint, words: hasWords, query, token }, { low, high }, source) {
    const { model, image } = this, layer = model.stops[stop], reading = Data.reading(model, number, lens, layer);
    const near = query ? Data.near(model, number, lens, layer, query) : null, judged = tint === "judge" ? Data.judged(model, number, lens, layer) : null;
    const words = Data.topWords(model, number, lens, layer), heat = query ? Data.heat(model, number, lens, layer, query) : null;
    const agreement = tint === "agreement" && !image.isText ? Overlap.agreement(model, number, lens, stop) : null;
    const attention = this.attention = tint === "attention" && !query ? Attention.of(model, number, layer, source) : null;
    const lit = (weight, colour, unseen) => weight == null ? unseen : colour(Attention.share(weight, { low, high }));
    this.spread.hidden = tint !== "attention" || !!query;
    this.lack = attention ? "" : Attention.lack(model, layer, source, token != null);
    for (const place of [this.drawing, this.text]) place.classList.toggle("with-words", hasWords);
    this.frame.classList.toggle("dimmed", hasWords || !!heat);
    this.frame.classList.toggle("unread", !reading && !attention);
    for (const [i, cell] of this.cells) {
      let fill = "transparent";
      if (near) fill = Data.isNearer(near, i) ? Stage.ramp((near.similarity[i] - low) / Math.max(high - low, 1e-9)) : "rgb(12 14 24 / .5)";
      else if (heat) fill = heat[i] > 0 ? `rgb(255 196 64 / ${0.25 + 0.6 * heat[i]})` : image.isText ? "transparent" : "rgb(12 14 24 / .34)";
      else if (attention) fill = image.isText ? lit(attention.weights[i], Attention.ink, "transparent") : lit(attention.weights[i], Attention.light, Attention.veil);
      else if (!reading) fill = "transparent";
      else if (tint === "word") fill = `hsl(${Data.hue(model, words[i] ?? "")} 75% 55% / .5)`;
      else if (tint === "similarity") fill = Stage.ramp(((Data.nearnesses(model, reading, i)[0] ?? 0) - low) / Math.max(high - low, 1e-9));
      else if (agreement?.[i] != null) fill = Stage.ramp(agreement[i]);
      else if (judged?.has(i)) fill = { true: "rgb(120 214 120 / .62)", false: "rgb(226 84 84 / .6)" }[Data.fits(judged.get(i))] ?? "rgb(160 160 160 / .6)";
      cell.classList.toggle("found", heat?.[i] > 0);
      cell.style.setProperty("--fill", fill);
    }
    for (const [i, piece] of this.pieces) {
      const weight = attention?.weights[i];
      if (!image.isText) piece.style.setProperty("--fill", attention ? lit(weight, Attention.ink, "transparent") : "transparent");
      if (attention) piece.title = weight == null ? "not seen by the chosen token" : `${Attention.figure(weight)} of its attention`;
      else piece.removeAttribute("title");
    }
    for (const [i, label] of this.labels) {
      const word = label.textContent = hasWords ? Stage.short(words[i] ?? "") : "";
      if (image.isText) continue;
      const b = image.tokens.boxes[i];
      label.style.fontSize = Math.min((b.x1 - b.x0) * 0.88 / Math.max(Stage.breadth(word), 2), (b.y1 - b.y0) * 0.42) + "px";
    }
    const own = Data.ownTokens(image), found = heat && `${Data.count(model, number, heat)} of ${own.length}` + (near ? `, ${own.filter((i) => Data.isNearer(near, i)).length} nearer than controls` : "");
    this.note.textContent = this.noted = [layer == null ? "" : Data.layerName(model.layers[layer]), !reading ? "not read" : found].filter(Boolean).join(" · ");
    this.drawing.setAttribute("aria-label", `${model.name}, ${image.name}: ${this.cells.size} visual tokens; use the arrow keys`);
  }

  // From far to near, ever lighter.
  static ramp(share) {
    return `oklch(${0.34 + 0.52 * share} ${0.11 + 0.05 * share} ${295 - 200 * share} / .62)`;
  }

  static short(word) {
    const letters = Array.from(word);
    return letters.length > 14 ? letters.slice(0, 13).join("") + "…" : word;
  }

  // How broad a word is in the font of the cells, in units of the font's size.
  static breadth(word) {
    if (!Stage.ruler) {
      Stage.ruler = document.createElement("canvas").getContext("2d");
      Stage.ruler.font = "600 100px " + getComputedStyle(document.body).fontFamily;
      Stage.breadths = new Map();
    }
    if (!Stage.breadths.has(word)) Stage.breadths.set(word, Stage.ruler.measureText(word).width / 100);
    return Stage.breadths.get(word);
  }

  // Marks the token that is pointed at and the one that is chosen; `ghost` is the patch of another model over which they lie.
  mark(hovered, pinned, ghost) {
    if (!this.spread.hidden) this.spread.replaceChildren(...(this.attention ? Attention.lines(this.attention, this.image, hovered) : [this.lack]));
    this.note.textContent = Attention.here(this.attention, hovered) || this.noted;
    for (const button of this.text.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", +button.dataset.token === pinned);
      button.classList.toggle("pointed", +button.dataset.token === hovered);
    }
    if (this.image.isText) return;
    const points = (token) => token == null ? "" : (this.image.tokens.polygon[token] ?? []).join(" ");
    this.hovered.setAttribute("points", hovered === pinned ? "" : points(hovered));
    this.pinned.setAttribute("points", points(pinned));
    this.ghost.setAttribute("points", ghost?.join(" ") ?? "");
  }
}
