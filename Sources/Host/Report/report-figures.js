"use strict";
// The figures of a report: of one model with a line for each lens, of several with a line for each model through the chosen lens.
const Figures = {
  ways: [
    ["top_1", "The first word is right", "The share of visual tokens whose nearest neighbour is a true word of what the patch shows."],
    ["mean_5", "Of the first five", "The mean share of true words among the five nearest neighbours."],
    ["any_5", "One of five is right", "The share of visual tokens with a true word among the five nearest neighbours."],
  ],

  // `view` is { models, shared, lens, stop, pane, choose, isText, figures }.
  draw(view) {
    const cards = view.models.length > 1 ? [Figures.similarity(view), Figures.norms(view)] : [Figures.sources(view, view.models[0]), Figures.similarity(view), Figures.norms(view)];
    const head = Figures.head(`Over all ${view.isText ? "texts" : "pictures"}`, "What a layer has is told where it is pointed at; a click turns to it.");
    head.append(...(view.figures.warnings ?? []).map((text) => element("p", { class: "doubt" }, `Beware: ${Data.plain(text)}.`)));
    const all = [head, ...cards.filter(Boolean)];
    if (view.models.length > 1) all.push(...Figures.agreement(view), ...Figures.allSources(view));
    return [...all, ...Figures.states(view), ...Figures.truth(view), ...Figures.judged(view)];
  },

  head: (title, text) => element("div", { class: "plot-head" }, element("h2", {}, title), element("p", {}, text)),

  // A series for each lens of the only model, or for each model through the chosen lens.
  series({ models, lens }, spread, against = () => ({})) {
    if (models.length > 1) return models.map((model) => ({ model, name: model.name, kind: `model-${model.number % 9}`, isChosen: true, spread: model.layers.map((_, layer) => spread(model, lens, layer)), against: against(model, lens) }));
    return models[0].lenses.map(({ name, title, tone }) => ({ model: models[0], name: title, kind: tone, isChosen: name === lens, spread: models[0].layers.map((_, layer) => spread(models[0], name, layer)), against: against(models[0], name) }));
  },

  similarity(view) {
    const { models, lens, isText, shared } = view, { title, score } = shared.lenses.get(lens), isShare = score === "logit";
    const bands = (model, name, kind) => isText || shared.lenses.get(name).score === "logit" ? [] : model.layers.map((_, layer) => Data.bands(model, name, layer)?.[kind]?.mean ?? null);
    return Plots.lines(view, {
      title: "How near the nearest is", left: 40,
      text: `Median ${models.length > 1 ? `${isShare ? "probability" : "similarity"} of the first neighbour through ${title},` : "similarity of the first neighbour (of LogitLens its probability)"} over all ${Data.tokenKind(isText)}, with the middle half as a band.`,
      series: Figures.series(view, (model, name, layer) => Data.curve(model, name, layer, isText)?.nearness, (model, name) => ({ noise: bands(model, name, "noise"), elsewhere: bands(model, name, "elsewhere") })),
      scale: { marks: [0, 0.25, 0.5, 0.75, 1], share: (v) => v, format: (v) => v.toFixed(2) },
      against: [["noise", "random vectors"], ["elsewhere", "another picture, same place"]],
    });
  },

  norms(view) {
    const { models, isText } = view, norm = (model, layer) => Data.curves(model, isText)?.norms.find((one) => one.layer === model.layers[layer])?.norm;
    const series = models.map((model) => ({ model, name: model.name, kind: models.length > 1 ? `model-${model.number % 9}` : "norm", isChosen: true, spread: model.layers.map((_, layer) => norm(model, layer)) }));
    const values = series.flatMap(({ spread }) => spread.flatMap((s) => s ? [s.low, s.high] : [])).filter((v) => v > 0);
    if (!values.length) return null;
    const low = Math.floor(Math.log10(Math.min(...values, 1))), high = Math.max(Math.ceil(Math.log10(Math.max(...values, 1))), low + 1);
    return Plots.lines(view, {
      title: "How long the states are", left: 40, series, text: `Length of the ${Data.tokenKind(isText)}’ hidden states (L2 norm, logarithmic), median and middle half.`,
      scale: { marks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)), share: (v) => (Math.log10(Math.max(v, 1e-9)) - low) / (high - low), format: (v) => v >= 1000 ? +(v / 1000).toPrecision(3) + "k" : String(+v.toPrecision(3)) },
    });
  },

  // Where a model's neighbours come from: for each layer the share of each contextual layer.
  field(view, model, size = {}) {
    const { isText, lens: chosen, stop } = view, own = Data.contextual(model, isText), lens = model.lenses.find(({ name }) => name === chosen && Data.curves(model, isText)?.readings.some((reading) => reading.lens === name && reading.sources)) ?? own;
    if (!lens) return null;
    const shares = model.layers.map((_, layer) => Data.curve(model, lens.name, layer, isText)?.sources), sources = model.contextual_layers;
    const drawing = Plots.field({
      label: `${model.name}: share of neighbours by decoder layer and contextual layer`, columns: model.layers.map(Plots.short), rows: sources.map(String), share: (i, k) => shares[i]?.[k], now: model.stops[stop], tone: view.models.length > 1 ? `model-${model.number % 9}` : lens.tone,
      tell: (i) => [Data.layerName(model.layers[i]), ...sources.map((source, k) => `from layer ${source}: ${Data.percent(shares[i]?.[k] ?? 0)}`).reverse()].join("\n"),
      choose: (i) => view.choose(model.stops.indexOf(i)), across: "contextual layer", along: "decoder layer", ...size,
    });
    return { lens, drawing, rows: shares.flatMap((column, i) => (column ?? []).map((share, k) => [model.name, lens.title, model.layers[i], sources[k], share])) };
  },

  sources(view, model) {
    const field = Figures.field(view, model);
    return field && Plots.card("Where the neighbours come from", `The share, in percent, of ${field.lens.title}’ neighbours that each contextual layer gives at each decoder layer.`,
      field.drawing, [["model", "lens", "layer", "contextual layer", "share"], ...field.rows]);
  },

  allSources(view) {
    const fields = view.models.map((model) => [model, Figures.field(view, model, { width: 330, height: 220 })]).filter(([, field]) => field);
    if (!fields.length) return [];
    return [Figures.head("Where the neighbours come from", "The share of neighbours that each contextual layer gives at each decoder layer, on one scale from 0 to 100 %."),
      element("div", { class: "multiples" }, ...fields.map(([model, { lens, drawing, rows }]) => {
        const card = Plots.card(model.name, lens.title, drawing, [["model", "lens", "layer", "contextual layer", "share"], ...rows]);
        card.querySelector("h3").prepend(Stage.badge(model), " ");
        return card;
      }))];
  },

  // How far models agree on the words of a patch, at the place of the slider and over all of it.
  agreement(view) {
    const { models, lens, stop, isText } = view, own = view.figures.agreement.filter((one) => one.lens === lens), here = own.find((one) => one.stop === stop);
    if (isText || !own.length) return [];
    const names = models.map(({ number }) => String(number + 1)), off = (matrix, model) => {
      const shares = models.flatMap((other) => other === model ? [] : [matrix[model.number][other.number], matrix[other.number][model.number]]).filter((share) => share != null);
      return shares.length ? shares.reduce((sum, share) => sum + share, 0) / shares.length : null;
    };
    const at = (model, layer, key) => {
      const one = own.find((candidate) => model.stops[candidate.stop] === layer), middle = one && off(one[key], model);
      return middle == null ? null : { low: middle, middle, high: middle };
    };
    const series = models.map((model) => ({ model, name: model.name, kind: `model-${model.number % 9}`, isChosen: true, spread: model.layers.map((_, layer) => at(model, layer, "words")), against: { elsewhere: model.layers.map((_, layer) => at(model, layer, "control")?.middle) } }));
    const highest = Math.max(...series.flatMap(({ spread }) => spread.map((s) => s?.middle ?? 0)), 0.05), top = [0.1, 0.2, 0.4, 0.6, 0.8].find((mark) => highest <= mark) ?? 1;
    const cards = [Plots.lines(view, {
      title: "Agreement by depth", series, text: "Of the words near a patch, the share that other models have at the patch over it: the mean over the other models, both ways.",
      scale: { marks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * top), share: (v) => v / top, format: (v) => Data.percent(v, 1) }, against: [["elsewhere", "the same place of another picture"]],
    })];
    if (here) {
      const percent = (share) => share == null ? "–" : Data.percent(share, 1);
      cards.unshift(Plots.card("Agreement on words", `At ${Data.stopName(view.shared, stop)}: of the words of the model on the left, the share, in percent, that the model below has at the patch that overlaps it most.`,
        Plots.field({
          label: "Agreement between models", columns: names, rows: names, isUp: false, left: 30, share: (i, k) => i === k ? null : here.words[k][i],
          tell: (i) => models.filter(({ number }) => number !== i).map((model) => `${model.name} in ${models[i].name}: ${percent(here.words[model.number][i])}; another picture: ${percent(here.control[model.number][i])}`).join("\n"),
        }), [["of", "in", "share", "on another picture"], ...models.flatMap((one) => models.filter((other) => other !== one).map((other) => [one.name, other.name, here.words[one.number][other.number], here.control[one.number][other.number]]))],
        element("p", { class: "legend" }, ...models.map((model) => element("span", {}, Stage.badge(model), " " + model.name)))));
    }
    return cards;
  },

  // How alike the states of the model that is turned to are to those of each other, or of its own layers to each other.
  states({ models, stop, pane, isText, figures, choose }) {
    const model = models[pane], fields = models.flatMap((other) => {
      const one = figures.states.find(({ models: pair }) => pair.includes(pane) && pair.includes(other.number) && (other.number !== pane || pair[0] === pair[1]));
      if (!one) return [];
      const isTurned = one.models[0] !== pane, at = (matrix, i, k) => isTurned ? matrix[i][k] : matrix[k][i], percent = (share) => share == null ? "–" : share.toFixed(2);
      const name = (of, layer) => `${models.length > 1 ? of.name + ", " : ""}${Data.layerName(of.layers[layer])}`;
      const drawing = Plots.field({
        label: `${model.name} against ${other.name}: linear CKA by layer`, columns: other.layers.map(Plots.short), rows: model.layers.map(Plots.short), now: other.stops[stop], tone: models.length > 1 ? `model-${other.number % 9}` : "",
        share: (i, k) => at(one.cka, i, k), tell: (i) => [name(other, i), ...model.layers.map((_, k) => `${name(model, k)}: ${percent(at(one.cka, i, k))}${one.control ? `; other pictures: ${percent(at(one.control, i, k))}` : ""}`).reverse()].join("\n"),
        choose: (i) => choose(other.stops.indexOf(i)), across: models.length > 1 ? `layer of ${model.number + 1}` : "decoder layer", along: models.length > 1 ? `layer of ${other.number + 1}` : "decoder layer", ...(models.length > 1 ? { width: 330, height: 250 } : {}),
      });
      const rows = [["model", "layer", "other", "layer", "linear CKA", "over other pictures"], ...model.layers.flatMap((layer, k) => other.layers.map((across, i) => [model.name, layer, other.name, across, at(one.cka, i, k), one.control ? at(one.control, i, k) : ""]))];
      if (models.length === 1) return [Plots.card("How alike the states are", `Linear CKA between layers, in percent, over ${one.places} places of pictures, without bias: 0 where states have nothing in common.`, drawing, rows)];
      const card = Plots.card(other === model ? "Its own layers" : other.name, `${one.places} places`, drawing, rows);
      card.querySelector("h3").prepend(Stage.badge(other), " ");
      return [card];
    });
    if (isText || !fields.length) return [];
    if (models.length === 1) return fields;
    return [Figures.head(`How alike the states of ${model.name} are to others’`,
      "Linear CKA over the same places of pictures, without bias: 0 where states have nothing in common, 100 where they are the same but for turning and scaling. What places alone have in common is told by other pictures, whose figures stand beside it in the table."),
      element("div", { class: "multiples" }, ...fields)];
  },

  // How often the readings are right, where runs were evaluated: a figure for each way of counting.
  truth(view) {
    const { models, isText, figures: { evaluation } } = view, own = new Map(models.map((model) => [model, evaluation?.models.find(({ name, tokens }) => name === model.name && tokens)]));
    const told = [...own].filter(([, scored]) => scored);
    if (isText || !told.length) return [];
    const { threshold, ground, distinct } = evaluation.rules, isOne = models.length === 1;
    const counted = told.map(([model, { tokens, pictures }]) => `${isOne ? "" : model.name + ": "}${tokens} visual tokens of ${pictures} picture${pictures === 1 ? "" : "s"}`).join("; ");
    const note = `${counted} show a thing${ground ? " or a ground" : ""} that covers at least ${Math.round(100 * threshold)} % of the patch. `
      + `Bands are 95 % intervals over pictures; broken lines are ${isOne ? "the chosen lens" : "the same readings"} over what shows nothing of the patch.${distinct ? " Each occurrence in the corpus counts once." : ""}`;
    const kinds = [["others", "other pictures’ truth"], ["untrained", "untrained connector"], ["noise", "random states"]];
    return [Figures.head("Against the truth", note), ...Figures.shares(view, own, Figures.ways, kinds)];
  },

  grades: [
    ["interpretable", "A word fits", "The share of patches of which the judge says that one of the words fits, in whatever way."],
    ["concrete", "A word names what is there", "The share of patches with a word that names something in them."],
    ["abstract", "A word is brought to mind", "The share of patches with a word that they, or the picture around them, bring to mind."],
    ["global", "A word names something elsewhere", "The share of patches with a word for something that is elsewhere in the picture."],
  ],

  // How often a judge finds that words fit, where runs were put before one.
  judged(view) {
    const { models, isText, figures: { evaluation } } = view, judge = evaluation?.judge, own = new Map(models.map((model) => [model, judge?.models.find(({ name }) => name === model.name)]));
    const told = [...own].filter(([, scored]) => scored?.scores.length);
    if (isText || !told.length) return [];
    const unreadable = told.reduce((sum, [, { scores }]) => sum + scores.reduce((count, one) => count + one.unreadable, 0), 0);
    const note = `${judge.model} has judged up to ${judge.patches} patches for each lens and layer. Bands are 95 % intervals over pictures; broken lines are words that were read elsewhere.`
      + (unreadable ? ` ${unreadable} answers cannot be read, and count as no.` : "");
    const kinds = [["others", "words of another picture"], ["untrained", "untrained connector"], ["noise", "random states"]];
    return [Figures.head("Before a judge", note), ...Figures.shares(view, own, Figures.grades, kinds)];
  },

  // A figure for each way of counting; `own` has the scores of each model, `kinds` what stands against them.
  shares(view, own, ways, kinds) {
    const { models, lens } = view, isOne = models.length === 1;
    const score = (model, name, layer) => own.get(model)?.scores.find((one) => one.lens === name && one.layer === model.layers[layer]);
    const all = [...own.values()].flatMap((one) => one?.scores ?? []).filter((one) => isOne || one.lens === lens).flatMap((one) => [one, ...Object.values(one.controls)]).filter(Boolean);
    const highest = Math.max(0, ...all.flatMap((shares) => ways.map(([way]) => shares[way].high ?? shares[way].value)));
    const top = [0.04, 0.08, 0.2, 0.4, 0.6, 0.8].find((mark) => highest <= mark) ?? 1;
    return ways.map(([way, title, text]) => Plots.lines(view, {
      title, text, against: kinds.slice(0, isOne ? 3 : 1),
      series: Figures.series(view, (model, name, layer) => {
        const figure = score(model, name, layer)?.[way];
        return figure && { low: figure.low ?? figure.value, middle: figure.value, high: figure.high ?? figure.value };
      }, (model, name) => Object.fromEntries(kinds.map(([kind]) => [kind, model.layers.map((_, layer) => score(model, name, layer)?.controls[kind]?.[way].value)]))),
      scale: { marks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * top), share: (v) => v / top, format: (v) => Data.percent(v, 1) },
    }));
  },
};
