"use strict";
// What the data says: pure functions from results to what is shown. Nothing here touches the page.
const Data = {
  // Adds lookups that the files, being columnar, leave out.
  index(results, figures) {
    const shared = { models: results.models, kept: new Map(), lenses: new Map(), stops: figures.stops, judge: figures.evaluation?.judge, found: figures.found ?? [] };
    for (const [number, model] of results.models.entries()) {
      model.number = number;
      model.figures = figures.models[number];
      // The layer that is shown at each place of the slider, by its number among the model's own; null for none.
      model.stops = figures.stops.map(({ layers }) => layers[number] == null ? null : model.layers.indexOf(layers[number]));
      // A lens has the same colour in every model.
      for (const lens of model.lenses) {
        if (!shared.lenses.has(lens.name)) shared.lenses.set(lens.name, { ...lens, tone: "lens-" + shared.lenses.size % 6 });
      }
      model.lenses = model.lenses.map((lens) => shared.lenses.get(lens.name));
      model.shared = shared;
      // Texts stand behind the pictures; what pictures in parts are near to stands with them.
      const table = Data.table(model.entries, model.sentences);
      model.images.push(...Data.sheets(model.texts));
      for (const image of model.images) if (image.tokens) Data.attach(model, image, { ...image, table });
    }
    return results;
  },

  // What neighbours can be, and the words that are shown of them.
  table(entries, sentences) {
    const words = entries.word.map((text, i) => Data.visible(text.trim() ? text : entries.token[i]));
    return { entries, sentences, words, folded: words.map((text) => text.toLowerCase()) };
  },

  // Gives a picture what was read of it.
  attach(model, image, { tokens, readings, table, attention }) {
    Object.assign(image, { tokens, readings, table, kept: new Map(), read: {} });
    // Of a picture there is one; of texts that stand together as many as texts, each where its tokens begin.
    image.attention = image.isText ? attention : attention && [{ begin: 0, ...attention }];
    for (const reading of readings) (image.read[reading.lens] ??= [])[model.layers.indexOf(reading.layer)] = reading;
    tokens.allBoxes = tokens.polygon.map((p) => p && Data.box(p));
    tokens.views = new Set(tokens.view.filter((_, i) => tokens.allBoxes[i])).size;
    tokens.at = new Map(tokens.row.map((_, i) => [Data.place(tokens, i), i]).filter(([, i]) => tokens.row[i] != null));
    Data.look(image, 0);
  },

  // Lets it go.
  detach(image) {
    for (const key of ["tokens", "readings", "table", "kept", "read", "attention"]) delete image[key];
  },

  // Texts as pictures that have one on each line, a dozen together: a token's patch is its range of letters
  // there, the same place in every model.
  sheets(texts) {
    const sheets = [];
    for (let first = 0; first < texts.length; first += 12) sheets.push(Data.sheet(texts.slice(first, first + 12), first));
    return sheets;
  },

  sheet(texts, first) {
    const join = (values) => texts.flatMap((text, line) => text.tokens.text.map((_, i) => values(text, i, line)));
    const nothing = join(() => null), tokens = {
      text: join(({ tokens }, i) => tokens.text[i]), word: join(({ tokens }, i) => tokens.word[i]), span: join(({ tokens }, i) => tokens.span[i]),
      line: join((_, i, line) => line), position: join((_, i) => i), view: nothing, row: nothing, column: nothing,
      polygon: join(({ tokens: { span } }, i, y) => span[i] && [span[i][0], y, span[i][1], y, span[i][1], y + 1, span[i][0], y + 1]),
    };
    let begin = 0;
    const attention = texts[0].attention && texts.map((text) => ({ begin: (begin += text.tokens.text.length) - text.tokens.text.length, ...text.attention }));
    // Every text has the same lenses and layers in the same order.
    const readings = texts[0].readings.map((reading, i) => Object.fromEntries(Object.entries(reading).map(([key, value]) =>
      [key, Array.isArray(value) ? texts.flatMap((text) => text.readings[i][key]) : value])));
    return { name: texts[0].text + (texts.length > 1 ? " …" : ""), isText: true, first, lines: texts.map(({ text }) => text), tokens, readings, attention };
  },

  // Some models see a picture twice, as a whole and in tiles: one of the views is shown.
  look(image, view) {
    const tokens = image.tokens;
    tokens.seen = view;
    tokens.boxes = tokens.allBoxes.map((box, i) => tokens.views < 2 || tokens.view[i] === view ? box : null);
  },

  place(tokens, token, rows = 0, columns = 0) {
    return [tokens.view[token], tokens.row[token] + rows, tokens.column[token] + columns].join(":");
  },

  // What does not change is worked out once.
  keep(owner, key, make) {
    if (!owner.kept.has(key)) owner.kept.set(key, make());
    return owner.kept.get(key);
  },

  box(polygon) {
    const xs = polygon.filter((_, i) => i % 2 === 0), ys = polygon.filter((_, i) => i % 2 === 1);
    return { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
  },

  // A text whose control and format characters are spelled out, so that none acts on the page.
  plain(text) {
    return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu, (c) => {
      const code = c.codePointAt(0);
      if (c === "\n") return "⏎";
      if (c === "\t") return "⇥";
      if (c === "\u200c" || c === "\u200d") return c;  // They join letters and emoji.
      return "‹" + code.toString(16).padStart(2, "0") + "›";
    });
  },

  // A token's text with what cannot be seen made visible.
  visible(text) {
    if (/^[!-~]+$/.test(text)) return text;
    if (text === "") return "∅";
    if (/^[\u200c\u200d\ufe0f]+$/.test(text)) return Array.from(text, (c) => "‹" + c.codePointAt(0).toString(16) + "›").join("");
    return Data.plain(text).replace(/^\p{Zs}+|\p{Zs}+$/gu, (spaces) => "␣".repeat(spaces.length));
  },

  // A number in as many digits, or a dash where there was none.
  figure(number, digits) {
    return number == null ? "–" : number.toFixed(digits).replace(/^-(?=[0.]+$)/, "");
  },

  layerName(layer) {
    return layer === "connector" ? "connector" : layer === "norm" ? "final norm" : "layer " + layer;
  },

  placeName(image, token) {
    const t = image.tokens;
    if (image.isText) {
      const text = t.text[token], word = t.word[token], within = word === text.trim() ? "" : ` in “${Data.visible(word)}”`;
      return `text ${image.first + t.line[token] + 1}, token ${t.position[token] + 1}: “${Data.visible(text)}”${within}`;
    }
    if (t.row[token] != null) return `${t.view[token] ? "tiles, " : ""}row ${t.row[token] + 1}, column ${t.column[token] + 1}`;
    return t.text[token] != null ? `${Data.isSaid(image, token) ? "said" : "prompt"}: “${Data.visible(t.text[token])}”` : "a token without a place";
  },

  // Whether a model has said a token itself.
  isSaid: ({ said = 0, tokens }, token) => token >= tokens.text.length - said,

  // A place of the slider by name: the layer of the only model, or how deep it lies in each.
  stopName({ models, stops }, stop) {
    const { depth, layers } = stops[stop];
    return depth == null || models.length === 1 ? Data.layerName(layers.find((layer) => layer != null)) : Data.percent(depth) + " of the depth";
  },

  // The place of the slider that is nearest to a depth.
  stopAt({ stops }, depth) {
    const away = stops.map((stop) => stop.depth == null ? Infinity : Math.abs(stop.depth - depth));
    return away.indexOf(Math.min(...away));
  },

  // How far up a layer lies: 0 enters the first block, 1 leaves the last; null for the connector and the norm.
  depth: (model, layer) => typeof model.layers[layer] === "number" ? model.layers[layer] / Math.max(model.blocks, 1) : null,

  percent: (share, digits = 0) => `${+(100 * share).toFixed(digits)} %`,

  reading(model, image, lens, layer) {
    return model.images[image]?.read[lens]?.[layer];
  },

  lens(model, name) {
    return model.shared.lenses.get(name);
  },

  // The scores of a token's neighbours, under the name that the lens says.
  scores(model, reading, token) {
    return reading[Data.lens(model, reading.lens).score][token];
  },

  // Where the scores of a picture's first neighbours lie at a layer, and what stands against them.
  bands(model, lens, layer) {
    return model.bands?.find((band) => band.lens === lens && band.layer === model.layers[layer]);
  },

  // A score against those of random vectors, in their standard deviations.
  deviations(score, noise) {
    return (score - noise.mean) / Math.max(noise.deviation, 1e-6);
  },

  // How near a token's neighbours are: the probability of each where the lens has one, else its score.
  nearnesses(model, reading, token) {
    return reading.probability?.[token] ?? Data.scores(model, reading, token);
  },

  neighbors(model, image, lens, layer, token) {
    const reading = Data.reading(model, image, lens, layer);
    if (!reading || token == null) return [];
    const { entries: e, words, sentences } = model.images[image].table, scores = Data.scores(model, reading, token);
    return reading.entry[token].map((id, i) => ({
      id, token: e.token[id], word: words[id], score: scores[i], probability: reading.probability?.[token][i],
      layer: e.contextual_layer[id], sentence: e.sentence[id] == null ? null : sentences[e.sentence[id]], span: e.span[id],
    }));
  },

  topWords(model, image, lens, layer) {
    const reading = Data.reading(model, image, lens, layer);
    return reading ? reading.entry.map((ids) => model.images[image].table.words[ids[0]] ?? "") : [];
  },

  // What is to be seen of a picture: all of it, and the patches that reach past it, as padding does.
  extent(image) {
    const boxes = image.tokens.boxes.filter(Boolean), past = (length) => length < 1 ? 0 : length;
    const x = -past(-Math.min(0, ...boxes.map((b) => b.x0))), y = -past(-Math.min(0, ...boxes.map((b) => b.y0)));
    return {
      x, y, w: image.width + past(Math.max(...boxes.map((b) => b.x1), 0) - image.width) - x,
      h: image.height + past(Math.max(...boxes.map((b) => b.y1), 0) - image.height) - y,
    };
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

  // The patch beside another one, by row and column.
  beside(image, token, rows, columns) {
    const t = image.tokens;
    if (t.row[token] != null) return t.at.get(Data.place(t, token, rows, columns)) ?? token;
    // Text has no rows: it is gone through in its order, past whatever has a place.
    const step = Math.sign(rows + columns);
    let next = token + step;
    while (t.row[next] != null) next += step;
    return next in t.row ? next : token;
  },

  // The tokens of a text, or those that stand for a picture, where its prompt was read as well.
  ownTokens(image) {
    const { row, text } = image.tokens;
    return row.map((_, token) => token).filter((token) => image.isText || text[token] == null);
  },

  // What they are called.
  tokenKind(isText) {
    return isText ? "tokens" : "visual tokens";
  },

  // The lens whose neighbours come from the layers of an index; undefined where there is none.
  contextual(model, isText) {
    const curves = Data.curves(model, isText);
    return model.lenses.find(({ name }) => curves?.readings.some(({ lens, sources }) => lens === name && sources));
  },

  curves: (model, isText) => model.figures.curves[isText ? "texts" : "images"],

  // What is drawn of a model's pictures, or of its texts, through a lens at a layer.
  curve(model, lens, layer, isText) {
    return Data.curves(model, isText)?.readings.find((reading) => reading.lens === lens && reading.layer === model.layers[layer]);
  },

  // The place of the slider at which the first neighbours are nearest.
  surest(model, lens, isText) {
    const medians = model.stops.map((layer) => layer == null ? -1 : Data.curve(model, lens, layer, isText)?.nearness.middle ?? -1);
    return medians.indexOf(Math.max(...medians));
  },

  // What a judge has said of patches, by their tokens; nothing where none was asked.
  judged(model, image, lens, layer) {
    const own = model.shared.judge?.models.find(({ name }) => name === model.name)?.scores.find((one) => one.lens === lens && one.layer === model.layers[layer]);
    return new Map(own?.patches.filter((patch) => patch.image === image).map((patch) => [patch.token, patch]));
  },

  grades: ["concrete", "abstract", "global"],

  // Whether a judge finds that any word fits; null for an answer that could not be read.
  fits: (patch) => patch.concrete && Data.grades.some((grade) => patch[grade].length > 0),

  // What `latentlens find --report` has found of a word with a model.
  found({ shared, name }, query) {
    const wanted = query.trim().toLowerCase();
    return shared.found.find(({ text }) => text.trim().toLowerCase() === wanted)?.models.find((model) => model.name === name);
  },

  // How near a picture's tokens are to a word itself: to the mean of its rows in the index, or of its input embeddings, whichever the lens
  // compares with; nothing where nobody has measured it.
  near(model, image, lens, layer, query) {
    const maps = Data.found(model, query)?.similarities?.maps.filter((map) => map.image === image && map.layer === model.layers[layer]) ?? [];
    const way = Data.curve(model, lens, layer, false)?.sources ? "index" : "embedding";
    return maps.find(({ by }) => by === lens) ?? maps.find(({ by }) => by === way) ?? maps[0];
  },

  // Whether a token is nearer to a word than 19 in 20 random vectors, and than what another picture has at its place.
  isNearer: ({ similarity, elsewhere, noise }, token) => similarity[token] > (noise?.ceiling ?? -1) && similarity[token] > (elsewhere?.[token] ?? -1),

  // Where a word is: for each token the share of its neighbours that are the word; where it was found in all its forms, how near the
  // top it is.
  heat(model, image, lens, layer, query) {
    const reading = Data.reading(model, image, lens, layer), wanted = query.trim().toLowerCase();
    if (!reading || !wanted) return null;
    const found = Data.found(model, query)?.readings.find((one) => one.image === image && one.lens === lens && one.layer === model.layers[layer]);
    if (found) {
      const ranks = new Map(found.hits);
      return reading.entry.map((ids, token) => ranks.has(token) ? 1 - (ranks.get(token) - 1) / ids.length : 0);
    }
    const { folded } = model.images[image].table;
    return reading.entry.map((ids) => ids.filter((id) => folded[id] === wanted).length / Math.max(ids.length, 1));
  },

  // How many tokens have the word among their neighbours.
  count(model, image, heat) {
    return heat ? Data.ownTokens(model.images[image]).filter((token) => heat[token] > 0).length : 0;
  },

  // The commonest words of what is at hand.
  vocabulary(models) {
    const counts = new Map(models[0].shared.found.map(({ text }) => [text, Infinity]));
    for (const table of Data.tables(models)) for (const word of table.folded) if (/\p{L}{2}/u.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 300).map(([word]) => word).sort();
  },

  tables: (models) => new Set(models.flatMap(({ images }) => images.flatMap(({ table }) => table ? [table] : []))),

  // A hue that is the same for the same word, wherever it stands; where all words are known, the commonest lie far apart.
  hue(model, word) {
    const folded = word.toLowerCase();
    if (Parts.isNeeded) return Array.from(folded).reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360000, 7) / 1000;
    const ranks = Data.keep(model.shared, "ranks", () => {
      const counts = new Map();
      for (const { images } of model.shared.models)
        for (const { readings, table } of images) for (const reading of readings) for (const [first] of reading.entry)
          counts.set(table.folded[first], (counts.get(table.folded[first]) ?? 0) + 1);
      return new Map([...counts].sort((a, b) => b[1] - a[1]).map(([text], rank) => [text, rank]));
    });
    return (ranks.get(folded) ?? 0) * 137.508 % 360;
  },
};
if (typeof module !== "undefined") module.exports = Data;
