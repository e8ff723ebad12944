"use strict";
// How figures are drawn: lines over the layers, and fields of shares. Each is a card that can be saved (`Export`); a layer that is
// clicked becomes the layer that is read.
const Plots = {
  width: 440,

  card(title, text, drawing, rows, ...more) {
    const card = element("figure", { class: "card" }, element("figcaption", {}, element("h3", {}, title), element("p", {}, text)), drawing, ...more);
    card.append(Export.buttons(card, title, rows));
    return card;
  },

  // The axis of all figures over the layers: those of the only model, or the relative depth that models share.
  axis({ models, shared, stop }, left, height) {
    const { stops } = shared, isShared = models.length > 1, bottom = height - 40, top = 14, right = Plots.width - (isShared ? 24 : 14);
    const hasConnector = stops[0].depth == null, hasNorm = stops.length > 1 && stops.at(-1).depth == null;
    const from = left + (hasConnector ? 34 : 8), to = right - (hasNorm ? 34 : 8), step = (right - left) / stops.length;
    const at = (layer, depth) => depth == null ? (layer === "norm" ? right - 10 : left + 12) : from + (to - from) * depth;
    const x = isShared ? (model, layer) => at(model.layers[layer], Data.depth(model, layer)) : (_, layer) => left + step * (layer + 0.5);
    const middles = stops.map(({ depth, layers }, i) => isShared ? at(layers.find((layer) => layer != null), depth) : left + step * (i + 0.5));
    const slots = middles.map((middle, i) => [i ? (middles[i - 1] + middle) / 2 : left, i < middles.length - 1 ? (middle + middles[i + 1]) / 2 : right]);
    const every = Math.ceil(stops.length / 14), named = stops.map(({ depth, layers }, i) => ({ x: middles[i], label: Plots.short(layers.find((layer) => layer != null)), strong: i === stop, isNamed: depth == null }));
    const ticks = isShared ? [...named.filter(({ isNamed }) => isNamed), ...[0, 0.25, 0.5, 0.75, 1].map((depth) => ({ x: at(null, depth), label: Data.percent(depth) }))]
      : named.filter((_, i) => i % every === 0 || i === stops.length - 1);
    return { left, right, top, bottom, x, slots, ticks, label: isShared ? "depth in the decoder" : "decoder layer" };
  },

  short: (layer) => layer === "connector" ? "C" : layer === "norm" ? "N" : String(layer),

  // A frame with the layers along the bottom; `tell` gives the values at a place of the slider.
  frame(view, height, left, label, tell, draw) {
    const axis = Plots.axis(view, left, height), drawing = element("svg", { viewBox: `0 0 ${Plots.width} ${height}`, class: "plot", role: "img", "aria-label": label });
    const [from, to] = axis.slots[view.stop];
    drawing.append(element("rect", { class: "now", x: from, y: axis.top - 6, width: to - from, height: axis.bottom - axis.top + 12, rx: 4 }));
    draw(drawing, axis);
    for (const { x, label: text, strong } of axis.ticks) drawing.append(element("text", { class: "tick" + (strong ? " strong" : ""), x, y: axis.bottom + 18, "text-anchor": "middle" }, text));
    axis.slots.forEach(([start, end], stop) => drawing.append(element("rect", { class: "hit", x: start, y: 0, width: end - start, height, onclick: () => view.choose(stop) }, element("title", {}, [Data.stopName(view.shared, stop), ...tell(stop)].join("\n")))));
    drawing.append(element("text", { class: "axis", x: (axis.left + axis.right) / 2, y: height - 4, "text-anchor": "middle" }, axis.label));
    return drawing;
  },

  // Lines over the layers. A series is { model, name, kind, isChosen, spread, against }: per layer { low, middle, high }, and by kind what
  // stands against its middle; `scale` has marks, the share of the height at which a value lies, and how values are written.
  lines(view, { title, text, left = 44, series, scale, against = [], note }) {
    const shown = series.filter(({ spread }) => spread.some(Boolean)), told = ({ low, middle, high }) => `${scale.format(middle)}` + (low == null || low === high ? "" : ` (${scale.format(low)} to ${scale.format(high)})`);
    const tell = (stop) => shown.flatMap(({ model, name, spread, against: controls = {} }) => {
      const layer = model.stops[stop], point = spread[layer];
      return point ? [`${name}, ${Data.layerName(model.layers[layer])}: ${told(point)}`, ...against.flatMap(([kind, said]) => controls[kind]?.[layer] == null ? [] : [`   ${said}: ${scale.format(controls[kind][layer])}`])] : [];
    });
    const drawing = Plots.frame(view, 260, left, title, tell, (svg, axis) => {
      const y = (value) => axis.bottom - (axis.bottom - axis.top) * Math.max(0, Math.min(1, scale.share(value)));
      for (const mark of scale.marks) svg.append(element("line", { class: "rule", x1: axis.left, x2: axis.right, y1: y(mark), y2: y(mark) }), element("text", { class: "tick", x: axis.left - 8, y: y(mark) + 4, "text-anchor": "end" }, scale.format(mark)));
      // The chosen ones come last, above the others.
      const ordered = [...shown].sort((a, b) => a.isChosen - b.isChosen);
      for (const one of ordered) Plots.line(svg, axis, y, one);
      for (const one of ordered) for (const [kind] of against) Plots.dashes(svg, axis, y, one, kind);
      const now = ordered.filter(({ isChosen }) => isChosen).map((one) => ({ ...one, layer: one.model.stops[view.stop], point: one.spread[one.model.stops[view.stop]] })).filter(({ point }) => point);
      for (const { model, layer, point, kind } of now) svg.append(element("circle", { class: "dot " + kind, cx: axis.x(model, layer), cy: y(point.middle), r: 4 }));
      if (now.length === 1) svg.append(element("text", { class: "value strong", x: axis.x(now[0].model, now[0].layer), y: y(now[0].point.middle) - 10, "text-anchor": "middle" }, scale.format(now[0].point.middle)));
      if (view.models.length > 1) Plots.ends(svg, axis, y, shown);
    });
    const rows = [["model", "series", "layer", "low", "middle", "high", ...against.map(([, said]) => said)], ...shown.flatMap(({ model, name, spread, against: controls = {} }) => spread.flatMap((point, layer) =>
      point ? [[model.name, name, model.layers[layer], point.low, point.middle, point.high, ...against.map(([kind]) => controls[kind]?.[layer] ?? "")]] : []))];
    const sample = (kind) => element("svg", { class: "sample", viewBox: "0 0 22 4", "aria-hidden": "true" }, element("path", { class: "against " + kind, d: "M1,2L21,2" }));
    const known = against.filter(([kind]) => shown.some(({ isChosen, against: controls }) => isChosen && controls?.[kind]?.some((value) => value != null)));
    return Plots.card(title, text, drawing, rows, element("p", { class: "legend" }, ...shown.map(({ name, kind }) => element("span", { class: "key " + kind }, name)), ...known.map(([kind, said]) => element("span", {}, sample(kind), said)), note));
  },

  // A line through the middle, with a band from low to high.
  line(svg, axis, y, { model, kind, isChosen, spread }) {
    const points = spread.flatMap((s, layer) => s ? [[axis.x(model, layer), y(s.low ?? s.middle), y(s.middle), y(s.high ?? s.middle)]] : []), emphasis = kind + (isChosen ? " chosen" : "");
    const band = points.map((p) => `${p[0]},${p[1]}`).concat(points.slice().reverse().map((p) => `${p[0]},${p[3]}`)).join(" ");
    svg.append(element("polygon", { class: "band " + emphasis, points: band }), element("path", { class: "line " + emphasis, d: "M" + points.map((p) => `${p[0]},${p[2]}`).join("L") }));
    if (points.length === 1) svg.append(element("circle", { class: "dot " + kind, cx: points[0][0], cy: points[0][2], r: 3 }));
  },

  dashes(svg, axis, y, { model, kind: own, isChosen, against }, kind) {
    const points = (isChosen && against?.[kind] || []).flatMap((value, layer) => value == null ? [] : [`${axis.x(model, layer)},${y(value)}`]);
    if (points.length) svg.append(element("path", { class: `against ${kind} ${model.shared.models.length > 1 ? own : ""}`, d: "M" + points.join("L") }));
  },

  // The models' numbers at the ends of their lines, moved apart where they would lie over each other.
  ends(svg, axis, y, series) {
    const ends = series.map(({ model, spread, kind }) => {
      const layer = spread.findLastIndex(Boolean);
      return { model, kind, x: Math.min(axis.x(model, layer) + 9, Plots.width - 16), y: y(spread[layer].middle) };
    }).sort((a, b) => a.y - b.y);
    ends.forEach((end, i) => { if (i) end.y = Math.max(end.y, ends[i - 1].y + 12); });
    for (const { model, kind, x, y: place } of ends) svg.append(element("text", { class: "end " + kind, x, y: place + 4 }, String(model.number + 1)));
  },

  // A field of shares: `share(column, row)` between 0 and 1, or null. Rows count from the bottom where `isUp`.
  field({ label, columns, rows, share, tell, choose, now, tone = "", across, along, isUp = true, width = Plots.width, height = 260, left = 46 }) {
    const drawing = element("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": label }), top = 14, bottom = height - (along ? 40 : 24), right = Math.min(width - 8, left + 90 * columns.length);
    const step = (right - left) / columns.length, row = (bottom - top) / rows.length, place = (k) => isUp ? bottom - row * (k + 1) : top + row * k;
    if (now != null && now >= 0) drawing.append(element("rect", { class: "now", x: left + step * now, y: top - 6, width: step, height: bottom - top + 12, rx: 4 }));
    columns.forEach((_, i) => rows.forEach((_, k) => {
      const value = share(i, k);
      if (value == null) return;
      drawing.append(element("rect", { class: "leap " + tone, x: left + step * i + 1, y: place(k) + 1, width: Math.max(step - 2, 0.5), height: Math.max(row - 2, 0.5), rx: Math.min(3, row / 4), style: `--share:${Math.max(0, Math.min(1, value))}` }));
      if ((value >= 0.2 || !choose) && step > 22 && row > 13) drawing.append(element("text", { class: "value" + (value > 0.55 ? " on" : ""), x: left + step * (i + 0.5), y: place(k) + row / 2 + 3.5, "text-anchor": "middle" }, Math.round(value * 100)));
    }));
    const every = Math.ceil(columns.length * 24 / (right - left)), down = Math.ceil(rows.length * 13 / (bottom - top));
    columns.forEach((name, i) => {
      if (i % every === 0) drawing.append(element("text", { class: "tick" + (i === now ? " strong" : ""), x: left + step * (i + 0.5), y: bottom + 17, "text-anchor": "middle" }, name));
      drawing.append(element("rect", { class: choose ? "hit" : "told", x: left + step * i, y: 0, width: step, height: bottom, onclick: choose && (() => choose(i)) }, element("title", {}, tell(i))));
    });
    rows.forEach((name, k) => { if (k % down === 0) drawing.append(element("text", { class: "tick", x: left - 7, y: place(k) + row / 2 + 4, "text-anchor": "end" }, name)); });
    if (across) drawing.append(element("text", { class: "axis", transform: `translate(11 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, across));
    if (along) drawing.append(element("text", { class: "axis", x: (left + right) / 2, y: height - 4, "text-anchor": "middle" }, along));
    return drawing;
  },
};
