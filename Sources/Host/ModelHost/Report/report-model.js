"use strict";
// What the data says: pure functions from results to what is shown. Nothing here touches the page.
const Data = {
  // Adds lookups that the file, being columnar, leaves out.
  index(results) {
    for (const model of results.models) {
      model.readings = model.images.map((image) => {
        const table = {};
        for (const reading of image.readings) {
          (table[reading.lens] ??= [])[model.layers.indexOf(reading.layer)] = reading;
        }
        return table;
      });
      for (const image of model.images) {
        const tokens = image.tokens;
        tokens.boxes = tokens.polygon.map((p) => p.length < 6 ? null : Data.box(p));
        tokens.at = new Map(tokens.row.map((row, i) => [row + ":" + tokens.column[i], i]).filter(([, i]) => tokens.row[i] >= 0));
      }
    }
    return results;
  },

  box(polygon) {
    const xs = polygon.filter((_, i) => i % 2 === 0), ys = polygon.filter((_, i) => i % 2 === 1);
    return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
  },

  // A token's text with what cannot be seen made visible.
  visible(text) {
    if (text === "") return "∅";
    return Array.from(text, (c) => {
      const code = c.codePointAt(0);
      if (c === "\n") return "⏎";
      if (c === "\t") return "⇥";
      if (code < 32) return String.fromCodePoint(0x2400 + code);
      if (code === 127) return "␡";
      if (code >= 0x202a && code <= 0x202e || code >= 0x2066 && code <= 0x2069 || code === 0x200b || code === 0xfeff) return "·";
      return c;
    }).join("").replace(/^ +| +$/g, (spaces) => "␣".repeat(spaces.length));
  },

  layerName(layer) {
    return layer === "connector" ? "connector" : layer === "norm" ? "final norm" : "layer " + layer;
  },

  placeName(image, token) {
    const t = image.tokens;
    if (t.row[token] >= 0) return `row ${t.row[token] + 1}, column ${t.column[token] + 1}`;
    return t.text?.[token] != null ? `text “${Data.visible(t.text[token])}”` : "a token without a place";
  },

  // The layer of another model at the same relative depth.
  matched(from, to, layer) {
    return from === to ? layer : Math.round(layer / Math.max(from.layers.length - 1, 1) * (to.layers.length - 1));
  },

  reading(model, image, lens, layer) {
    return model.readings[image]?.[lens]?.[layer];
  },

  scores(reading, token) {
    return (reading.similarity ?? reading.logit)[token];
  },

  neighbors(model, image, lens, layer, token) {
    const reading = Data.reading(model, image, lens, layer);
    if (!reading || token == null) return [];
    const e = model.entries, scores = Data.scores(reading, token);
    return reading.entry[token].map((id, i) => ({
      id, token: e.token[id], word: e.word[id], score: scores[i], probability: reading.probability?.[token][i],
      layer: e.contextual_layer[id], sentence: e.sentence[id] == null ? null : model.sentences[e.sentence[id]], span: e.span[id],
    }));
  },

  word(model, id) {
    return model.entries.word[id] || Data.visible(model.entries.token[id]);
  },

  topWords(model, image, lens, layer) {
    const reading = Data.reading(model, image, lens, layer);
    return reading ? reading.entry.map((ids) => ids.length ? Data.word(model, ids[0]) : "") : [];
  },

  // The smallest patch under a place of the original picture.
  tokenAt(image, x, y) {
    let best = null, area = Infinity;
    image.tokens.boxes.forEach((b, i) => {
      if (!b || x < b.x0 || x >= b.x1 || y < b.y0 || y >= b.y1) return;
      const size = (b.x1 - b.x0) * (b.y1 - b.y0);
      if (size < area) [best, area] = [i, size];
    });
    return best;
  },

  center(image, token) {
    const b = image.tokens.boxes[token];
    return b ? { x: (b.x0 + b.x1) / 2, y: (b.y0 + b.y1) / 2 } : null;
  },

  // The patch beside another one, by row and column.
  beside(image, token, rows, columns) {
    const t = image.tokens;
    return t.at.get(t.row[token] + rows + ":" + (t.column[token] + columns)) ?? token;
  },

  quantile(sorted, q) {
    if (!sorted.length) return null;
    const place = (sorted.length - 1) * q, low = Math.floor(place);
    return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (place - low);
  },

  // Per layer the quartiles of a number of each visual token.
  spread(model, lens, number) {
    return model.layers.map((_, layer) => {
      const all = [];
      model.images.forEach((_, image) => {
        const reading = Data.reading(model, image, lens, layer);
        if (reading) for (let t = 0; t < reading.entry.length; t++) {
          const n = number(reading, t);
          if (n != null) all.push(n);
        }
      });
      all.sort((a, b) => a - b);
      return { low: Data.quantile(all, 0.25), middle: Data.quantile(all, 0.5), high: Data.quantile(all, 0.75) };
    });
  },

  // For each read layer the share of neighbours that come from each contextual layer.
  leap(model) {
    return model.layers.map((_, layer) => {
      const counts = model.contextual_layers.map(() => 0);
      let total = 0;
      model.images.forEach((_, image) => {
        const reading = Data.reading(model, image, "latent", layer);
        for (const ids of reading?.entry ?? []) for (const id of ids) {
          const place = model.contextual_layers.indexOf(model.entries.contextual_layer[id]);
          if (place >= 0) { counts[place]++; total++; }
        }
      });
      return counts.map((count) => total ? count / total : 0);
    });
  },

  // Where a word is: for each visual token the share of its neighbours that are the word.
  heat(model, image, lens, layer, query) {
    const reading = Data.reading(model, image, lens, layer), wanted = query.trim().toLowerCase();
    if (!reading || !wanted) return null;
    const hit = model.entries.word.map((word) => word.toLowerCase() === wanted);
    return reading.entry.map((ids) => ids.filter((id) => hit[id]).length / Math.max(ids.length, 1));
  },

  // How many visual tokens have the word among their neighbours, by layer.
  counts(model, image, lens, query) {
    return model.layers.map((_, layer) => (Data.heat(model, image, lens, layer, query) ?? []).filter((share) => share > 0).length);
  },

  vocabulary(model) {
    const counts = new Map();
    for (const word of model.entries.word) if (/\p{L}{2}/u.test(word)) counts.set(word.toLowerCase(), (counts.get(word.toLowerCase()) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 300).map(([word]) => word).sort();
  },

  // A hue that is the same for the same word, wherever it stands.
  hue(word) {
    let hash = 2166136261;
    for (const c of word.toLowerCase()) hash = Math.imul(hash ^ c.codePointAt(0), 16777619);
    return ((hash >>> 0) * 0.618034) % 1 * 360;
  },
};
if (typeof module !== "undefined") module.exports = Data;
