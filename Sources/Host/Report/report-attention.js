"use strict";
// How tokens attend, where a run has kept it: the weights of the block that leaves a layer, their mean over heads.
const Attention = {
  // Whether any model's was kept.
  isKept: (models) => models.some(({ attention }) => attention),

  // A byte less is a sixteenth of a halving; 0 is nothing.
  powers: Array.from({ length: 256 }, (_, byte) => byte ? 2 ** ((byte - 255) / 16) : 0),

  // How a token attends at a layer: its weight on each token of the sheet, null on those that it does not see, and the shares of all of
  // it; nothing where none was kept. Of texts that stand together each has its own.
  of(model, number, layer, token) {
    const image = model.images[number], own = token == null || layer == null ? null : image.attention?.find(({ begin, reach }) => token >= begin && token < begin + reach.length);
    const kept = own?.layers.find((one) => one.layer === model.layers[layer]);
    if (!kept) return null;
    let sum = 0;
    const place = token - own.begin, first = Data.keep(image, `reach ${own.begin}`, () => own.reach.map((count) => (sum += count) - count));
    const bytes = Data.keep(image, `weights ${own.begin} ${kept.layer}`, () => typeof kept.weight === "string" ? Uint8Array.from(atob(kept.weight), (letter) => letter.charCodeAt(0)) : kept.weight);
    const weights = image.tokens.row.map(() => null);
    for (let other = 0; other < own.reach[place]; other++) weights[own.begin + other] = kept.top[place] * Attention.powers[bytes[first[place] + other]];
    const start = own.start == null ? null : own.begin + own.start, onFirst = kept.first[place], onPicture = kept.picture?.[place] ?? null;
    return { token, weights, start, shares: { picture: onPicture, first: onFirst, rest: Math.max(0, 1 - onFirst - (onPicture ?? 0)) } };
  },

  // The least and the largest weight on other tokens that are seen, but for the first, which often takes nearly all: what the colours stand
  // for.
  range({ weights, token, start }, among) {
    const others = among.filter((other) => other !== token && other !== start && weights[other] != null).map((other) => weights[other]);
    return others.length ? { low: Math.min(...others), high: Math.max(...others) } : null;
  },

  // The tokens that get most, the most first.
  strongest({ weights }, count) {
    return weights.flatMap((weight, token) => weight ? [[token, weight]] : []).sort((a, b) => b[1] - a[1]).slice(0, count);
  },

  // Equal steps of colour are steps of the weight's square root, so that little is seen as well.
  share(weight, { low, high }) {
    const [from, to] = [Math.sqrt(low), Math.sqrt(high)];
    return Math.max(0, Math.min(1, (Math.sqrt(weight) - from) / Math.max(to - from, 1e-9)));
  },
  // The weight that half a colour stands for.
  middle: ({ low, high }) => ((Math.sqrt(low) + Math.sqrt(high)) / 2) ** 2,

  // Over pictures: what gets little lies in the dark. In texts: what gets much has a line of ink.
  light: (share) => `oklch(${0.2 + 0.67 * share} ${0.05 + 0.11 * share} ${(292 + 153 * share) % 360} / ${0.78 - 0.2 * share})`,
  ink: (share) => `oklch(0.66 0.17 52 / ${share})`,
  // Not seen by the token.
  veil: "rgb(118 118 124 / .66)",

  // A share in two digits.
  figure: (weight) => weight == null ? "–" : weight > 0 && weight < 1e-4 ? "< 0.01 %" : `${+(100 * weight).toPrecision(2)} %`,

  places: { picture: "picture", first: "first token", rest: "rest" },

  // The shares in a sentence.
  tell: ({ shares }) => Object.entries(shares).flatMap(([part, share]) => share == null ? [] : [`${Data.percent(share)} on the ${Attention.places[part]}`]).join(", "),

  // Why there is nothing to tell.
  lack(model, layer, token, isChosen) {
    if (!model.attention) return "It was not kept how this model attends.";
    if (!isChosen) return "Choose a token to see how it attends.";
    if (token == null) return "The chosen token has no counterpart here.";
    return layer == null || model.attention.includes(model.layers[layer]) ? "Not read here." : `No block ends at ${Data.layerName(model.layers[layer]).replace(/^(connector|final norm)$/, "the $1")}: nothing attends there.`;
  },

  // What a token that is pointed at has of the chosen token's; nothing for the chosen one.
  here: (own, token) => !own || token == null || token === own.token ? "" : own.weights[token] == null ? "not seen" : Attention.figure(own.weights[token]),

  // The lines under a picture: how the chosen token's attention is spread, and what the token that is pointed at has of it.
  lines(own, image, hovered) {
    const parts = Object.entries(own.shares).filter(([, share]) => share != null), here = Attention.here(own, hovered);
    return [
      element("span", { class: "split", "aria-hidden": "true" }, ...parts.map(([part, share]) => element("span", { class: "on-" + part, style: `--share:${share}` }))),
      element("span", { class: "shares" },
        ...parts.map(([part, share]) => element("span", { class: "share on-" + part }, element("b", {}, Data.percent(share)), element("span", { class: "preposition" }, " on the"), element("span", { class: "part" }, " " + Attention.places[part]))),
        here ? element("span", { class: "here" }, `${Data.placeName(image, hovered)}: ${here}`) : null),
    ];
  },

  // Every token with its weight, for each model.
  rows(models, number, stop, sources) {
    return [["model", "layer", "chosen token", "token", "place", "text", "weight"], ...models.flatMap((model) => {
      const layer = model.stops[stop], own = Attention.of(model, number, layer, sources[model.number]), image = model.images[number];
      return own ? own.weights.flatMap((weight, token) => weight == null ? [] : [[model.name, String(model.layers[layer]), Data.placeName(image, own.token), token, Data.placeName(image, token), image.tokens.text[token] ?? "", weight]]) : [];
    })];
  },
};
