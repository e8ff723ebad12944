"use strict";
// Where readings are: in the page, or in parts that `latentlens serve` hands out when a picture is looked at.
const Parts = {
  folder: null,
  // The pictures whose readings are at hand, the last one looked at at the end; more than these are let go.
  recent: [],
  most: 3,

  begin(results) {
    Parts.folder = results.parts ?? null;
  },

  get isNeeded() { return Parts.folder != null; },

  // Whether what was read of a picture is at hand for every model.
  has: (models, number) => models.every(({ images }) => images[number].tokens),

  // Brings what was read of a picture; that which is shown stays, whatever comes in between.
  async bring(models, number, shown) {
    await Promise.all(models.map(async (model) => {
      const image = model.images[number];
      if (!image.tokens) Data.attach(model, image, await Parts.read(image.part, model));
    }));
    Parts.recent = [...Parts.recent.filter((other) => other !== number), number];
    const gone = Parts.recent.filter((other) => other !== shown()).slice(0, -Parts.most);
    Parts.recent = Parts.recent.filter((other) => !gone.includes(other));
    for (const old of gone) for (const { images } of models) if (images[old].part) Data.detach(images[old]);
  },

  // The address of a picture.
  picture: (image) => Parts.isNeeded ? `${Parts.folder}/${image.sha256}` : pictures[image.sha256],

  // A part is a safetensors file: eight bytes that tell how long the header is, the header, which tells where numbers are, and
  // the numbers.
  async read({ file, sha256 }, model) {
    const answer = await fetch(`${Parts.folder}/${file}`), content = answer.ok ? await answer.arrayBuffer() : null;
    if (!content || await Parts.digest(content) !== sha256) throw new Error(`${file} is not what the results name`);
    const length = Number(new DataView(content).getBigUint64(0, true)), begin = 8 + length;
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 8, length))), { tokens, sentences, entries, readings, attention } = JSON.parse(header.__metadata__.part);
    return { tokens, table: Data.table(entries, sentences), readings: readings.map((reading) => Parts.reading(reading, model, header, content, begin)), attention: attention && Parts.attention(attention, header, content, begin) };
  },

  // How tokens attend: the columns are views of the file.
  attention({ layers, ...head }, header, content, begin) {
    const column = (layer, name, Kind) => {
      const at = header[`attention.${layer}.${name}`], [from, to] = at?.data_offsets ?? [];
      return at && new Kind(content, begin + from, (to - from) / Kind.BYTES_PER_ELEMENT);
    };
    return { ...head, layers: layers.map((layer) => ({ layer, weight: column(layer, "weight", Uint8Array), ...Object.fromEntries(["top", "first", "picture"].map((name) => [name, column(layer, name, Float32Array)])) })) };
  },

  digest: async (content) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", content)), (byte) => byte.toString(16).padStart(2, "0")).join(""),

  // A reading whose columns are made when they are asked for, as those in a page are.
  reading({ lens, layer }, model, header, content, begin) {
    const { score } = Data.lens(model, lens), made = { lens, layer }, at = (name) => header[`${lens}.${layer}.${name}`];
    const numbers = ({ data_offsets: [from, to] }, Kind) => new Kind(content, begin + from, (to - from) / 4);
    const column = (name, make) => Object.defineProperty(made, name, { configurable: true, get() {
      const value = make();
      Object.defineProperty(made, name, { value });
      return value;
    } });
    // A token that has fewer neighbours than others has -1 behind its last.
    const rows = (name, Kind, tell) => column(name, () => {
      const all = numbers(at(name), Kind), entries = numbers(at("entry"), Int32Array), [count, width] = at(name).shape;
      return Array.from({ length: count }, (_, i) => Array.from(all.subarray(i * width, (i + 1) * width), tell).filter((_, k) => entries[i * width + k] >= 0));
    });
    const told = (scale) => (value) => Math.round(value * scale) / scale;
    rows("entry", Int32Array, Number);
    rows(score, Float32Array, told(1e5));
    if (at("probability")) rows("probability", Float32Array, told(1e5));
    for (const [name, scale] of [["elsewhere", 1e5], ["norm", 1e3]]) column(name, () => at(name) ? Array.from(numbers(at(name), Float32Array), told(scale)) : null);
    return made;
  },
};
