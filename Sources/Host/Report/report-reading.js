"use strict";
// What stands beside the pictures: what the chosen token is near to, in words; of one model in context, of all models in a table,
// and from layer to layer.
class Reading {
  constructor(models, actions) {
    this.models = models;
    this.actions = actions;
  }

  // `targets` holds for each model the token that is read.
  show(body, panel, state, targets, isPointing) {
    if (targets.every((token) => token == null)) return body.replaceChildren(this.hint(isPointing));
    const shown = { context: () => this.context(state, targets), models: () => this.table(state, targets, Math.floor(body.clientWidth * 0.7 / 72)), layers: () => this.layers(state, targets) }[panel]();
    body.replaceChildren(...[shown].flat().filter(Boolean));
  }

  hint(isPointing) {
    return element("p", { class: "hint" }, isPointing ? "Nothing was read here." : "Point at a token, or move with the arrow keys.");
  }

  found(model, state, token, lens = state.lens, layer = model.stops[state.stop]) {
    return layer == null ? [] : Data.neighbors(model, state.image, lens, layer, token);
  }

  // One model: the words in their sentences, and the first word through each lens.
  context(state, targets) {
    const model = this.models[state.pane], token = targets[state.pane], image = model.images[state.image], { lens } = state, layer = model.stops[state.stop];
    const found = this.found(model, state, token);
    if (!found.length) return this.hint(true);
    // What stands against visual tokens says nothing of text.
    const best = found[0], bands = image.isText || image.tokens.text[token] != null ? null : Data.bands(model, lens, layer);
    const others = model.lenses.map(({ name, title }) => {
      const first = this.found(model, state, token, name)[0];
      return element("button", { class: "other" + (name === lens ? " chosen" : ""), onclick: () => this.actions.lens(name) },
        element("span", {}, title), element("b", { dir: "auto" }, first ? first.word : "–"));
    });
    return [
      element("p", { class: "where" }, ...(this.models.length > 1 ? [Stage.badge(model), ` ${model.name} · `] : []), `${Data.placeName(image, token)} · ${Data.layerName(model.layers[layer])}`),
      element("p", { class: "headline", dir: "auto" }, best.word),
      element("ol", { class: "neighbors" }, ...found.map((neighbor) => this.neighbor(neighbor, bands?.noise))),
      this.control(best, bands, Data.reading(model, state.image, lens, layer).elsewhere?.[token]),
      this.near(model, state, token), ...this.attention(model, state, token), this.judged(Data.judged(model, state.image, lens, layer).get(token)),
      element("div", { class: "others", role: "group", "aria-label": "The same token through each lens", hidden: others.length < 2 }, ...others),
    ];
  }

  // All models: a row each, with the words that others have as well lit up, and as many words as there is room for.
  table(state, targets, room) {
    const rows = this.models.map((model) => ({ model, found: this.found(model, state, targets[model.number]) })), count = Math.max(1, Math.min(room, Math.max(...rows.map(({ found }) => found.length))));
    const spread = new Map();
    for (const { found } of rows) for (const word of new Set(found.map(({ word }) => word.toLowerCase()))) spread.set(word, (spread.get(word) ?? 0) + 1);
    const isRoomy = this.models.length <= 5;
    return element("table", { class: "readings" },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Model"), ...Array.from({ length: count }, (_, i) => element("th", { scope: "col" }, i ? String(i + 1) : "Nearest")))),
      ...rows.map(({ model, found }) => {
        const layer = model.stops[state.stop], best = found[0];
        const words = found.slice(0, count).map((neighbor, i) => element("td", { class: i ? null : "first" },
          this.word(neighbor, neighbor.word, spread.get(neighbor.word.toLowerCase()) > 1 ? "shared" : ""), element("span", { class: "figure" }, this.figure(neighbor))));
        const why = layer == null ? "Not read here" : Data.reading(model, state.image, state.lens, layer) ? "No patch here" : "Not read through this lens";
        return element("tbody", { class: model.number === state.pane ? "turned" : null }, element("tr", {},
          element("th", { scope: "row" }, element("button", { class: "row-name", title: "Read in context", onclick: () => this.actions.turn(model.number) }, Stage.badge(model), element("span", {}, model.name)),
            element("span", { class: "figure" }, layer == null ? "" : Data.layerName(model.layers[layer]))),
          ...(found.length ? words : [element("td", { class: "nothing", colspan: count }, why)])),
          isRoomy && best?.sentence != null ? element("tr", { class: "said" }, element("td", { colspan: count + 1 }, this.sentence(best))) : null);
      }));
  }

  // From layer to layer: of one model all words, of all models the first.
  layers(state, targets) {
    const one = state.whole && this.models.length > 1 ? null : this.models[state.pane], models = one ? [one] : this.models;
    const stops = one ? this.ownStops(one) : this.models[0].stops.map((_, stop) => stop);
    const count = one ? Math.max(1, ...stops.map((stop) => this.at(one, state, stop, targets).length)) : models.length;
    const head = one ? Array.from({ length: count }, (_, i) => i ? String(i + 1) : "Nearest") : models.map((model) => [Stage.badge(model), element("span", { class: "unseen" }, model.name)]);
    const cell = (model, stop, i) => {
      const neighbor = this.at(model, state, stop, targets)[i], share = neighbor ? Math.max(0, Math.min(1, neighbor.probability ?? neighbor.score)) : 0;
      return element("td", { class: neighbor ? "heat" : null, style: `--share:${share}`, title: neighbor && `${neighbor.word} · ${this.figure(neighbor)}` }, neighbor ? element("span", { dir: "auto" }, neighbor.word) : "–");
    };
    // Of one model also how much of the token's attention lies on the picture.
    const isAttending = one?.attention && !one.images[state.image].isText && state.tint === "attention" && !state.query, onPicture = (stop) => Attention.of(one, state.image, one.stops[stop], targets[one.number])?.shares.picture;
    const share = (stop) => element("td", { class: "heat figure", style: `--share:${onPicture(stop) ?? 0}` }, onPicture(stop) == null ? "–" : Data.percent(onPicture(stop)));
    if (isAttending) head.push("On picture");
    return [
      this.models.length > 1 ? element("label", { class: "whose" }, "Words of ", element("select", { onchange: (event) => this.actions.whose(event.target.value) },
        element("option", { value: "", selected: !one }, "all models, the nearest"), ...this.models.map((model) => element("option", { value: model.number, selected: model === one }, model.name)))) : null,
      element("table", { class: "layers" },
        element("thead", {}, element("tr", {}, element("th", { scope: "col" }, one ? "Layer" : "Depth"), ...head.map((content) => element("th", { scope: "col" }, ...[content].flat())))),
        element("tbody", {}, ...stops.map((stop) => element("tr", { class: (one ? one.stops[stop] === one.stops[state.stop] : stop === state.stop) ? "here" : null },
          element("th", { scope: "row" }, element("button", { onclick: () => this.actions.stop(stop) }, one ? Data.layerName(one.layers[one.stops[stop]]) : Data.stopName(one ?? this.models[0].shared, stop).replace(" of the depth", ""))),
          ...(one ? Array.from({ length: count }, (_, i) => cell(one, stop, i)).concat(isAttending ? [share(stop)] : []) : models.map((model) => cell(model, stop, 0))))))),
    ];
  }

  at(model, state, stop, targets) {
    return this.found(model, state, targets[model.number], state.lens, model.stops[stop]);
  }

  // The places of the slider at which a model's layers are shown, each layer once.
  ownStops(model) {
    return model.layers.map((_, layer) => {
      const { shared: { stops }, stops: own } = model, name = model.layers[layer], depth = (stop) => Math.abs(stops[stop].depth - name / model.blocks);
      return own.flatMap((shown, stop) => shown === layer ? [stop] : []).reduce((best, stop) => best == null || depth(stop) < depth(best) ? stop : best, null);
    }).filter((stop) => stop != null);
  }

  // What the first neighbour's score is worth: what random vectors reach, and what another picture has of it.
  control(best, bands, elsewhere) {
    if (!bands?.noise) return null;
    const { noise } = bands, figure = (score) => Data.figure(score, 2), above = Data.deviations(best.score, noise);
    return element("p", { class: "worth", title: `Random vectors as long as the visual tokens, in their places: ${figure(noise.mean)} on average, with a standard deviation of ${figure(noise.deviation)}` },
      best.probability == null ? "" : `Logit ${figure(best.score)}. `,
      best.score > noise.ceiling ? "Nearer than random vectors" : element("b", {}, "No nearer than random vectors"),
      `, of which 19 in 20 stay below ${figure(noise.ceiling)} (z ${above < 0 ? "−" : ""}${Math.abs(above).toFixed(1)})`,
      elsewhere == null ? "." : `; another picture has ${figure(elsewhere)} of it here.`);
  }

  // How near the token is to the word that is sought, beside controls.
  near(model, { image, lens, stop, query }, token) {
    const near = query ? Data.near(model, image, lens, model.stops[stop], query) : null, figure = (score) => Data.figure(score, 2);
    if (!near) return null;
    const what = near.contextual_layer ? `the mean of its rows at contextual layer ${near.contextual_layer[token]}` : "its input embedding", without = near.by.includes("-") ? ", without what both have in common" : "";
    return element("p", { class: "worth" }, "To ", element("b", {}, `“${Data.plain(query)}”`), ` itself (${what}${without}): ${figure(near.similarity[token])}`,
      near.elsewhere ? `; another picture ${figure(near.elsewhere[token])}` : "", near.noise ? `; random vectors ${figure(near.noise.mean)}, of which 19 in 20 stay below ${figure(near.noise.ceiling)}.` : ".");
  }

  // Where the attention of the chosen token goes; of another one, what it has of that.
  attention(model, { image: number, stop, tint, query, token: chosen }, token) {
    const own = tint === "attention" && !query ? Attention.of(model, number, model.stops[stop], chosen) : null, image = model.images[number];
    if (!own) return [];
    const name = Data.layerName(model.layers[model.stops[stop]]);
    if (token !== chosen) {
      const weight = own.weights[token];
      const share = weight == null ? ["Not seen by the chosen token, "] : [element("b", {}, Attention.figure(weight)), " of the attention of the chosen token, "];
      return [element("p", { class: "worth" }, ...share, `${Data.placeName(image, chosen)}, at ${name}.`)];
    }
    const rows = Attention.strongest(own, 6).map(([other, weight]) => element("li", {}, element("button", { class: "goal", onclick: () => this.actions.choose(other) }, other === token ? "itself" : Data.placeName(image, other)),
      this.bar(weight), element("span", { class: "figure" }, Attention.figure(weight))));
    return [element("p", { class: "worth" }, element("b", {}, `Its attention at ${name}`), ", the mean over heads, goes mostly to"), element("ul", { class: "goals" }, ...rows)];
  }

  // What a judge has said of the patch.
  judged(patch) {
    if (!patch) return null;
    const { judge } = this.models[0].shared, rest = patch.words.filter((word) => !Data.grades.some((grade) => patch[grade]?.includes(word)));
    const groups = Data.fits(patch) == null ? [["its answer cannot be read", patch.words]] : [...Data.grades.map((grade) => [grade, patch[grade]]), ["none", rest]];
    return element("div", { class: "judged" }, element("p", { class: "worth" }, "Before the judge ", element("b", {}, Data.plain(judge.model)), ":"),
      element("dl", {}, ...groups.filter(([, words]) => words.length).flatMap(([grade, words]) => [element("dt", { class: "grade-" + grade }, grade), element("dd", { dir: "auto" }, words.map(Data.visible).join(", "))])));
  }

  figure({ probability, score }) {
    return probability == null ? Data.figure(score, 2) : Data.figure(100 * probability, probability < 0.1 ? 1 : 0) + " %";
  }

  neighbor(neighbor, noise) {
    const isShare = neighbor.probability != null, share = isShare ? neighbor.probability : Math.max(0, neighbor.score);
    return element("li", {}, this.sentence(neighbor), element("div", { class: "measure" },
      this.bar(share, isShare ? null : noise), element("span", { class: "figure" }, this.figure(neighbor)),
      neighbor.layer == null ? null : element("span", { class: "from", title: `from contextual layer ${neighbor.layer}` }, "L" + neighbor.layer)));
  }

  sentence(neighbor) {
    const text = element("p", { class: "sentence", dir: "auto" });
    if (neighbor.sentence != null && neighbor.span) {
      const letters = Array.from(neighbor.sentence), [from, to] = neighbor.span, part = (start, end) => Data.plain(letters.slice(start, end).join(""));
      text.append(part(0, from), this.word(neighbor, part(from, to), "lit"), part(to));
    } else {
      text.append(this.word(neighbor, Data.visible(neighbor.token), "lit"));
      if (neighbor.sentence != null) text.append(" · " + Data.plain(neighbor.sentence));
    }
    return text;
  }

  // A score, and behind it the band in which random vectors lie.
  bar(share, noise) {
    const band = noise ? `;--low:${Math.max(0, noise.mean - 2 * noise.deviation)};--high:${Math.max(0, noise.ceiling)}` : "";
    return element("span", { class: "bar" + (noise ? " banded" : ""), style: `--share:${Math.min(share, 1)}${band}` });
  }

  word(neighbor, text, kind) {
    return element("button", { class: "word-button " + kind, dir: "auto", title: `where is “${neighbor.word}”?`, onclick: () => this.actions.find(neighbor.word) }, text);
  }
}
