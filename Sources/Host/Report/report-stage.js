"use strict";
// The picture with its raster of visual tokens, or the text with its tokens in a row, and the reading of the one that is pointed at.
function element(tag, attributes = {}, ...children) {
  const isDrawing = ["svg", "g", "path", "polygon", "rect", "text", "line", "circle", "title", "tspan"].includes(tag);
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
    this.picture = element("img", { alt: "" });
    this.drawing = element("svg", { role: "application", tabindex: "0" });
    this.frame = element("div", { class: "frame" }, this.picture, this.drawing);
    this.reading = element("div", { class: "reading" });
    this.title = element("p", { class: "pane-title" });
    this.caption = element("p", { class: "caption" });
    this.text = element("div", { class: "text-tokens", onpointerleave: () => actions.leave() });
    this.root = element("article", { class: "pane" },
      element("div", { class: "stage" }, this.title, this.frame, this.caption, this.text), this.reading);
    const token = (event) => {
      const box = this.drawing.getBoundingClientRect();
      return Data.tokenAt(this.image, (event.clientX - box.left) / box.width * this.view.w + this.view.x, (event.clientY - box.top) / box.height * this.view.h + this.view.y);
    };
    this.drawing.addEventListener("pointermove", (event) => actions.point(token(event)));
    this.drawing.addEventListener("pointerleave", () => actions.leave());
    this.drawing.addEventListener("click", (event) => actions.choose(token(event)));
    this.actions = actions;
  }

  // Shows another picture or text: the cells are made once, and only filled afterwards.
  load(number, source) {
    const image = this.image = this.model.images[number];
    this.frame.hidden = this.caption.hidden = !!image.isText;
    this.text.classList.toggle("passages", !!image.isText);
    if (!image.isText) this.draw(image, source);
    this.lineUp();
    this.title.textContent = this.model.name;
    this.caption.replaceChildren();
    if (image.caption) this.caption.append(element("span", { class: "says" }, "It says "), element("q", {}, Data.plain(image.caption)));
  }

  draw(image, source) {
    const { x, y, w, h } = this.view = Data.extent(image), share = (length, whole) => 100 * length / whole + "%";
    if (this.picture.src !== source) this.picture.src = source;
    this.picture.alt = image.name;
    Object.assign(this.picture.style, {
      left: share(-x, w), top: share(-y, h), width: share(image.width, w), height: share(image.height, h),
      // Shown as the model saw it: as stored, or turned by its EXIF tag.
      imageOrientation: image.orientation === "exif" ? "from-image" : "none",
    });
    this.frame.style.aspectRatio = w + " / " + h;
    this.frame.style.setProperty("--aspect", w / h);
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
    this.drawing.replaceChildren(
      element("g", { class: "cells" }, ...this.cells.values()), element("g", { class: "words" }, ...this.labels.values()), this.pinned, this.hovered);
  }

  // The tokens of each text stand in a row, with spaces where it has them; those of a prompt below its
  // picture, visual ones between them as a gap.
  lineUp() {
    const { tokens, isText, lines } = this.image;
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
      return this.text.replaceChildren(...rows);
    }
    const pieces = [];
    tokens.text.forEach((text, i) => {
      if (text != null) pieces.push(piece(i, {}, Data.visible(text)));
      else if (pieces.at(-1) !== "…") pieces.push("…");
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

  // Fills the cells for a layer, a lens and an overlay.
  paint(number, lens, layer, options) {
    const { model, image } = this, words = Data.topWords(model, number, lens, layer);
    const heat = options.query ? Data.heat(model, number, lens, layer, options.query) : null;
    const reading = Data.reading(model, number, lens, layer);
    const tops = new Map([...this.cells.keys()].map((i) => [i, reading && Data.nearnesses(model, reading, i)[0] || 0]));
    const low = Math.min(...tops.values()), high = Math.max(...tops.values(), 0);
    this.range = { low, high };
    for (const place of [this.drawing, this.text]) place.classList.toggle("with-words", options.words);
    this.frame.classList.toggle("dimmed", options.words || !!heat);
    for (const [i, cell] of this.cells) {
      let fill = "transparent";
      if (heat) fill = heat[i] > 0 ? `rgb(255 196 64 / ${0.25 + 0.6 * heat[i]})` : image.isText ? "transparent" : "rgb(12 14 24 / .34)";
      else if (options.tint === "word") fill = `hsl(${Data.hue(model, words[i] ?? "")} 75% 55% / .5)`;
      else if (options.tint === "similarity") fill = Stage.ramp((tops.get(i) - low) / Math.max(high - low, 1e-9));
      cell.style.setProperty("--fill", fill);
    }
    for (const [i, label] of this.labels) {
      const word = label.textContent = options.words ? Stage.short(words[i] ?? "") : "";
      if (image.isText) continue;
      const b = image.tokens.boxes[i];
      label.style.fontSize = Math.min((b.x1 - b.x0) * 0.88 / Math.max(Stage.breadth(word), 2), (b.y1 - b.y0) * 0.42) + "px";
    }
    this.drawing.setAttribute("aria-label", `${image.name}: ${this.cells.size} visual tokens; use the arrow keys`);
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

  mark(hovered, pinned) {
    for (const button of this.text.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", +button.dataset.token === pinned);
      button.classList.toggle("pointed", +button.dataset.token === hovered);
    }
    if (this.image.isText) return;
    const points = (token) => token == null ? "" : (this.image.tokens.polygon[token] ?? []).join(" ");
    this.hovered.setAttribute("points", hovered === pinned ? "" : points(hovered));
    this.pinned.setAttribute("points", points(pinned));
  }

  // Tells what a token is near to, in words.
  read(number, lens, layer, token, isPointing) {
    const { model, image } = this, found = Data.neighbors(model, number, lens, layer, token);
    if (!found.length) return this.reading.replaceChildren(
      element("p", { class: "hint" }, isPointing ? "Nothing was read here." : "Point at a token, or move with the arrow keys."));
    const best = found[0], bands = image.isText ? null : Data.bands(model, lens, layer);
    const others = model.lenses.map(({ name, title }) => {
      const first = Data.neighbors(model, number, name, layer, token)[0];
      return element("button", { class: "other" + (name === lens ? " chosen" : ""), onclick: () => this.actions.lens(name) },
        element("span", {}, title), element("b", {}, first ? first.word : "–"));
    });
    this.reading.replaceChildren(
      element("p", { class: "where" }, `${Data.placeName(image, token)} · ${Data.layerName(model.layers[layer])}`),
      element("p", { class: "headline", dir: "auto" }, best.word),
      element("ol", { class: "neighbors" }, ...found.map((neighbor) => this.neighbor(neighbor, bands?.noise))),
      this.control(best, bands, Data.reading(model, number, lens, layer).elsewhere?.[token]),
      element("div", { class: "others", role: "group", "aria-label": "The same token through each lens", hidden: others.length < 2 }, ...others));
  }

  // What the first neighbour's score is worth: what random vectors reach, and what another picture has of it.
  control(best, bands, elsewhere) {
    if (!bands?.noise) return "";
    const { noise } = bands, figure = (score) => Data.figure(score, 2), above = Data.deviations(best.score, noise);
    return element("p", { class: "worth", title: `Random vectors as long as the visual tokens, in their places: ${figure(noise.mean)} on average, with a standard deviation of ${figure(noise.deviation)}` },
      best.probability == null ? "" : `Logit ${figure(best.score)}. `,
      best.score > noise.ceiling ? "Nearer than random vectors" : element("b", {}, "No nearer than random vectors"),
      `, of which 19 in 20 stay below ${figure(noise.ceiling)} (z ${above < 0 ? "−" : ""}${Math.abs(above).toFixed(1)})`,
      elsewhere == null ? "." : `; another picture has ${figure(elsewhere)} of it here.`);
  }

  neighbor(neighbor, noise) {
    const isShare = neighbor.probability != null, share = isShare ? neighbor.probability : Math.max(0, neighbor.score);
    const figure = isShare ? Data.figure(100 * neighbor.probability, neighbor.probability < 0.1 ? 1 : 0) + " %" : Data.figure(neighbor.score, 2);
    const text = element("p", { class: "sentence", dir: "auto" });
    if (neighbor.sentence != null && neighbor.span) {
      const letters = Array.from(neighbor.sentence), [from, to] = neighbor.span;
      const part = (start, end) => Data.plain(letters.slice(start, end).join(""));
      text.append(part(0, from), this.lit(part(from, to), neighbor), part(to));
    } else {
      text.append(this.lit(Data.visible(neighbor.token), neighbor));
      if (neighbor.sentence != null) text.append(" · " + Data.plain(neighbor.sentence));
    }
    return element("li", {}, text, element("div", { class: "measure" },
      this.bar(share, isShare ? null : noise), element("span", { class: "figure" }, figure),
      neighbor.layer == null ? null : element("span", { class: "from", title: `from contextual layer ${neighbor.layer}` }, "L" + neighbor.layer)));
  }

  // A score, and behind it the band in which random vectors lie.
  bar(share, noise) {
    const band = noise ? `;--low:${Math.max(0, noise.mean - 2 * noise.deviation)};--high:${Math.max(0, noise.ceiling)}` : "";
    return element("span", { class: "bar" + (noise ? " banded" : ""), style: `--share:${Math.min(share, 1)}${band}` });
  }

  lit(text, neighbor) {
    return element("mark", { title: `where is “${neighbor.word}”?`, onclick: () => this.actions.find(neighbor.word) }, text);
  }
}
