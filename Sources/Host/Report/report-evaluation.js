"use strict";
// How often the readings are right, where the run was evaluated: a plot for each way of counting.
const Evaluation = {
  ways: [
    ["top_1", "The first word is right", "The share of visual tokens whose nearest neighbour is a true word of what the patch shows."],
    ["mean_5", "Of the first five", "The mean share of true words among the five nearest neighbours."],
    ["any_5", "One of five is right", "The share of visual tokens with a true word among the five nearest neighbours."],
  ],
  controls: [["others", "other pictures’ truth"], ["untrained", "untrained connector"], ["noise", "random states"]],

  draw(evaluation, model, lens, layer, choose) {
    const own = evaluation?.models.find(({ name, tokens }) => name === model.name && tokens);
    if (!own) return [];
    const { threshold, ground, distinct } = evaluation.rules;
    const note = `${own.tokens} visual tokens of ${own.pictures} picture${own.pictures === 1 ? "" : "s"} show a thing${ground ? " or a ground" : ""} that covers at least ${Math.round(100 * threshold)} % of the patch. `
      + `Bands are 95 % intervals over pictures; broken lines are the chosen lens over what shows nothing of the patch.${distinct ? " Each occurrence in the corpus counts once." : ""}`;
    const table = Data.keep(model, "scores", () => Evaluation.table(own, model));
    return [element("div", { class: "plot-head" }, element("h2", {}, "Against the truth"), element("p", {}, note)),
      ...Evaluation.ways.map((way) => Evaluation.plot(table, way, model, lens, layer, choose))];
  },

  // Scores by lens and layer, and the controls that there are.
  table(own, model) {
    const lenses = model.lenses.filter(({ name }) => own.scores.some((score) => score.lens === name));
    const scores = Object.fromEntries(lenses.map(({ name }) => [name,
      model.layers.map((layer) => own.scores.find((score) => score.lens === name && score.layer === layer))]));
    const controls = Evaluation.controls.filter(([kind]) => own.scores.some((score) => score.controls[kind]));
    const shown = own.scores.flatMap((score) => [score, ...Object.values(score.controls)]).filter(Boolean);
    const highest = Math.max(...shown.flatMap((figures) => Evaluation.ways.map(([way]) => figures[way].high ?? figures[way].value)));
    return { lenses, scores, controls, top: [0.04, 0.08, 0.2, 0.4, 0.6, 0.8].find((top) => highest <= top) ?? 1 };
  },

  percent: (share) => `${+(100 * share).toFixed(1)} %`,

  told(figure) {
    return Evaluation.percent(figure.value) + (figure.low == null ? "" : ` (${Evaluation.percent(figure.low)} to ${Evaluation.percent(figure.high)})`);
  },

  plot({ lenses, scores, controls, top }, [way, title, text], model, lens, layer, choose) {
    const tell = (i) => lenses.flatMap(({ name, title }) => {
      const score = scores[name][i];
      if (!score) return [];
      const beside = name === lens ? controls.filter(([kind]) => score.controls[kind]).map(([kind, said]) => `   ${said}: ${Evaluation.told(score.controls[kind][way])}`) : [];
      return [`${title}: ${Evaluation.told(score[way])}`, ...beside];
    });
    const drawing = Plots.frame(model, layer, choose, 260, 44, tell, (svg, f) => {
      const y = (share) => f.bottom - (f.bottom - f.top) * share / top;
      Plots.scale(svg, f, [0, 0.25, 0.5, 0.75, 1].map((part) => part * top), y, Evaluation.percent);
      // The chosen one comes last, above the others.
      for (const { name, tone } of [...lenses].sort((a, b) => (a.name === lens) - (b.name === lens))) {
        const spread = scores[name].map((score) => {
          const figure = score?.[way];
          return { low: figure?.low ?? figure?.value, middle: figure?.value, high: figure?.high ?? figure?.value };
        });
        Plots.line(svg, f, y, spread, tone + (name === lens ? " chosen" : ""));
      }
      for (const [kind] of scores[lens] ? controls : []) {
        const points = scores[lens].map((score, i) => score?.controls[kind] && [f.x(i), y(score.controls[kind][way].value)]).filter(Boolean);
        if (points.length) svg.append(element("path", { class: "control control-" + kind, d: "M" + points.map((p) => p.join(",")).join("L") }));
      }
      const here = scores[lens]?.[layer]?.[way];
      if (here) svg.append(element("circle", { class: "dot " + Data.lens(model, lens).tone, cx: f.x(layer), cy: y(here.value), r: 4 }),
        element("text", { class: "value strong", x: f.x(layer), y: y(here.value) - 10, "text-anchor": "middle" }, Evaluation.percent(here.value)));
    });
    drawing.setAttribute("aria-label", title + ", by decoder layer");
    const card = Plots.card(title, text, drawing);
    const sample = (kind) => element("svg", { class: "sample", viewBox: "0 0 22 4", "aria-hidden": "true" }, element("path", { class: "control control-" + kind, d: "M1,2L21,2" }));
    card.append(element("p", { class: "legend" }, ...lenses.map(({ title, tone }) => element("span", { class: "key " + tone }, title)),
      ...controls.map(([kind, said]) => element("span", {}, sample(kind), said))));
    return card;
  },
};
