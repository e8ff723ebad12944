"use strict";
// Three plots over all images of a run, or over all texts; a layer that is clicked in one becomes the layer that is read.
const Plots = {
  draw(model, lens, layer, choose, isText) {
    const cards = [];
    if (Data.contextual(model)) cards.push(Plots.leap(model, layer, choose, isText));
    cards.push(Plots.similarity(model, lens, layer, choose, isText), Plots.norm(model, layer, choose, isText));
    return cards;
  },

  card(title, text, drawing) {
    return element("figure", { class: "card" }, element("figcaption", {}, element("h2", {}, title), element("p", {}, text)), drawing);
  },

  // A frame with the layers along the bottom; `rows` draws what is in it, `tell` gives a layer's values.
  frame(model, layer, choose, height, left, tell, rows) {
    const width = 440, top = 14, bottom = 40, right = 14, count = model.layers.length;
    const step = (width - left - right) / count, x = (i) => left + step * (i + 0.5);
    const drawing = element("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img" });
    drawing.append(element("rect", { class: "now", x: left + step * layer, y: top - 6, width: step, height: height - top - bottom + 12, rx: 4 }));
    rows(drawing, { x, step, top, bottom: height - bottom, left, right: width - right });
    const every = Math.ceil(count / 14);
    model.layers.forEach((name, i) => {
      if (i % every === 0 || i === count - 1) drawing.append(element("text", { class: "tick" + (i === layer ? " strong" : ""), x: x(i), y: height - bottom + 18, "text-anchor": "middle" }, name === "connector" ? "C" : name === "norm" ? "N" : String(name)));
      drawing.append(element("rect", { class: "hit", x: left + step * i, y: 0, width: step, height, onclick: () => choose(i) }, element("title", {}, [Data.layerName(name), ...tell(i)].join("\n"))));
    });
    drawing.append(element("text", { class: "axis", x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, "decoder layer"));
    return drawing;
  },

  leap(model, layer, choose, isText) {
    const lens = Data.contextual(model), shares = Data.leap(model, isText), sources = model.contextual_layers, height = 260;
    const tell = (i) => sources.map((source, k) => `from layer ${source}: ${Math.round(100 * shares[i][k])} %`).reverse();
    const drawing = Plots.frame(model, layer, choose, height, 46, tell, (svg, f) => {
      const row = (f.bottom - f.top) / sources.length;
      shares.forEach((column, i) => column.forEach((share, k) => {
        const y = f.bottom - row * (k + 1);
        svg.append(element("rect", { class: "leap " + lens.tone, x: f.x(i) - f.step / 2 + 1, y: y + 1, width: f.step - 2, height: row - 2, rx: 3, style: `--share:${share}` }));
        if (share >= 0.2 && f.step > 22) svg.append(element("text", { class: "value" + (share > 0.55 ? " on" : ""), x: f.x(i), y: y + row / 2 + 3.5, "text-anchor": "middle" }, Math.round(share * 100)));
      }));
      sources.forEach((source, k) => svg.append(element("text", { class: "tick", x: f.left - 8, y: f.bottom - row * (k + 0.5) + 4, "text-anchor": "end" }, String(source))));
      svg.append(element("text", { class: "axis", transform: `translate(11 ${(f.top + f.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "contextual layer"));
    });
    drawing.setAttribute("aria-label", "Share of neighbours by decoder layer and contextual layer");
    return Plots.card("Where the neighbours come from", `The share, in percent, of ${lens.title}’ neighbours that each contextual layer gives at each decoder layer.`, drawing);
  },

  // A median line with its quartile band, and its name at its end.
  line(svg, f, y, spread, kind) {
    const points = spread.map((s, i) => s.middle == null ? null : [f.x(i), y(s.low), y(s.middle), y(s.high)]).filter(Boolean);
    if (!points.length) return;
    const band = points.map((p) => `${p[0]},${p[1]}`).concat(points.slice().reverse().map((p) => `${p[0]},${p[3]}`)).join(" ");
    svg.append(element("polygon", { class: "band " + kind, points: band }), element("path", { class: "line " + kind, d: "M" + points.map((p) => `${p[0]},${p[2]}`).join("L") }));
  },

  told(spread, format) {
    return spread.middle == null ? "–" : `${format(spread.middle)} (middle half ${format(spread.low)} to ${format(spread.high)})`;
  },

  scale(svg, f, marks, y, format) {
    for (const mark of marks) svg.append(
      element("line", { class: "rule", x1: f.left, x2: f.right, y1: y(mark), y2: y(mark) }),
      element("text", { class: "tick", x: f.left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark)));
  },

  similarity(model, lens, layer, choose, isText) {
    const measured = isText ? null : Data.bands(model, lens, layer);
    const tell = (i) => [...model.lenses.map((other) => `${other.title}: ${Plots.told(Data.nearness(model, other.name, isText)[i], (v) => v.toFixed(2))}`),
      ...Plots.controlsTold(isText ? null : Data.bands(model, lens, i))];
    const drawing = Plots.frame(model, layer, choose, 260, 40, tell, (svg, f) => {
      const y = (v) => f.bottom - (f.bottom - f.top) * Math.max(0, Math.min(1, v));
      Plots.scale(svg, f, [0, 0.25, 0.5, 0.75, 1], y, (v) => v.toFixed(2).replace(/0$/, ""));
      // The chosen one comes last, above the others.
      for (const other of [...model.lenses].sort((a, b) => (a.name === lens) - (b.name === lens))) {
        Plots.line(svg, f, y, Data.nearness(model, other.name, isText), other.tone + (other.name === lens ? " chosen" : ""));
      }
      if (!isText) for (const control of ["noise", "elsewhere"]) Plots.control(svg, f, y, model, lens, control);
      const here = Data.nearness(model, lens, isText)[layer];
      if (here?.middle != null) svg.append(element("circle", { class: "dot " + Data.lens(model, lens).tone, cx: f.x(layer), cy: y(here.middle), r: 4 }), element("text", { class: "value strong", x: f.x(layer), y: y(here.middle) - 10, "text-anchor": "middle" }, here.middle.toFixed(2)));
    });
    drawing.setAttribute("aria-label", "Median score of the first neighbour by decoder layer");
    const legend = element("p", { class: "legend" }, ...model.lenses.map(({ title, tone, score }) => element("span", { class: "key " + tone }, title + (score === "logit" ? " (probability)" : ""))));
    const card = Plots.card("How near the nearest is", `Median similarity of the first neighbour over all ${Data.tokenKind(isText)}, with the middle half as a band.`
      + (measured?.noise && Data.lens(model, lens).score === "similarity" ? " Dashed: random vectors in the places of the visual tokens; dotted: what another picture has of the same neighbour." : ""), drawing);
    card.append(legend);
    return card;
  },

  // The mean of a control at each layer, for lenses whose scores are what is drawn.
  control(svg, f, y, model, lens, kind) {
    if (Data.lens(model, lens).score !== "similarity") return;
    const points = model.layers.map((_, i) => [i, Data.bands(model, lens, i)?.[kind]]).filter(([, band]) => band);
    if (points.length) svg.append(element("path", { class: "against " + kind, d: "M" + points.map(([i, band]) => `${f.x(i)},${y(band.mean)}`).join("L") }));
  },

  controlsTold(bands) {
    const told = [];
    if (bands?.noise) told.push(`random vectors: ${bands.noise.mean.toFixed(2)}, 19 in 20 below ${bands.noise.ceiling.toFixed(2)}`);
    if (bands?.elsewhere) told.push(`another picture at the same place: ${bands.elsewhere.mean.toFixed(2)}`);
    return told;
  },

  norm(model, layer, choose, isText) {
    const spread = Data.norms(model, isText), tell = (i) => [Plots.told(spread[i], (v) => String(+v.toPrecision(3)))];
    const values = spread.flatMap((s) => [s.low, s.high]).filter((v) => v > 0);
    const low = Math.floor(Math.log10(Math.min(...values, 1))), high = Math.max(Math.ceil(Math.log10(Math.max(...values, 1))), low + 1);
    const drawing = Plots.frame(model, layer, choose, 260, 40, tell, (svg, f) => {
      const y = (v) => f.bottom - (f.bottom - f.top) * (Math.log10(Math.max(v, 1e-9)) - low) / (high - low);
      Plots.scale(svg, f, Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)), y, (v) => v >= 1000 ? v / 1000 + "k" : String(+v.toPrecision(1)));
      Plots.line(svg, f, y, spread, "norm");
      const here = spread[layer];
      if (here?.middle) svg.append(element("circle", { class: "dot norm", cx: f.x(layer), cy: y(here.middle), r: 4 }), element("text", { class: "value strong", x: f.x(layer), y: y(here.middle) - 10, "text-anchor": "middle" }, +here.middle.toPrecision(3) + ""));
    });
    drawing.setAttribute("aria-label", "Length of the hidden states by decoder layer");
    return Plots.card("How long the states are", `Length of the ${Data.tokenKind(isText)}’ hidden states (L2 norm, logarithmic), median and middle half.`, drawing);
  },

  // A small line of counts over the layers.
  spark(counts, layer) {
    const width = 90, height = 20, most = Math.max(...counts, 1);
    const point = (c, i) => [3 + (width - 6) * i / Math.max(counts.length - 1, 1), height - 3 - (height - 6) * c / most];
    const [x, y] = point(counts[layer], layer);
    return element("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
      element("path", { d: "M" + counts.map((c, i) => point(c, i).join(",")).join("L") }), element("circle", { cx: x, cy: y, r: 2.6 }));
  },
};
