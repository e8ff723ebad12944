"use strict";
// Which patches of two models lie over each other: polygons on the original picture, whatever the rasters.
const Overlap = {
  area(points) {
    let sum = 0;
    for (let i = 0; i < points.length; i += 2) {
      const j = (i + 2) % points.length;
      sum += points[i] * points[j + 1] - points[j] * points[i + 1];
    }
    return sum / 2;
  },

  // A convex polygon, cut along each side of another one (Sutherland and Hodgman, 1974).
  clip(points, by) {
    const turn = Overlap.area(by) < 0 ? -1 : 1;
    for (let i = 0; i < by.length && points.length; i += 2) {
      const j = (i + 2) % by.length, dx = by[j] - by[i], dy = by[j + 1] - by[i + 1], kept = [];
      const side = (k) => turn * (dx * (points[k + 1] - by[i + 1]) - dy * (points[k] - by[i]));
      for (let k = 0; k < points.length; k += 2) {
        const next = (k + 2) % points.length, before = side(k), behind = side(next);
        if (before >= 0) kept.push(points[k], points[k + 1]);
        if (before * behind < 0) {
          const share = before / (before - behind);
          kept.push(points[k] + share * (points[next] - points[k]), points[k + 1] + share * (points[next + 1] - points[k + 1]));
        }
      }
      points = kept;
    }
    return points;
  },

  // The area of what two patches have in common over that of both together.
  share(one, other) {
    const shared = Math.abs(Overlap.area(Overlap.clip(one, other)));
    return shared / (Math.abs(Overlap.area(one)) + Math.abs(Overlap.area(other)) - shared);
  },

  // The patch of another model's picture that overlaps a token's most, ties going to the nearer; of a token of the prompt, or of what was
  // said, the same one there. Null where there is none.
  match(image, token, other) {
    const box = image.tokens.allBoxes[token];
    if (!box) return Overlap.sameText(image, token, other);
    let best = null, most = 0, least = Infinity;
    other.tokens.boxes.forEach((b, i) => {
      if (!b || b.x0 >= box.x1 || b.x1 <= box.x0 || b.y0 >= box.y1 || b.y1 <= box.y0) return;
      const share = Overlap.share(image.tokens.polygon[token], other.tokens.polygon[i]);
      const distance = (b.x0 + b.x1 - box.x0 - box.x1) ** 2 + (b.y0 + b.y1 - box.y0 - box.y1) ** 2;
      if (share > 0 && (share > most + 1e-9 || share > most - 1e-9 && distance < least - 1e-9)) [best, most, least] = [i, share, distance];
    });
    return best;
  },

  sameText(image, token, other) {
    if (image.isText || image.tokens.text[token] == null) return null;
    const ofKind = (sheet) => sheet.tokens.text.flatMap((text, i) => text != null && Data.isSaid(sheet, i) === Data.isSaid(image, token) ? [i] : []);
    const there = ofKind(other)[ofKind(image).indexOf(token)];
    return other.tokens.text[there] === image.tokens.text[token] ? there : null;
  },

  // For each token of a model's picture its match in another model's.
  matches(model, other, image) {
    const view = other.images[image].tokens.seen;
    return Data.keep(model.images[image], `matches ${other.number} ${view}`, () => model.images[image].tokens.row.map((_, token) => Overlap.match(model.images[image], token, other.images[image])));
  },

  // For each token the share of its words that other models have at the patch over it, the mean over them; null where none was read.
  agreement(model, image, lens, stop) {
    return Data.keep(model.images[image], `agreement ${lens} ${stop} ${model.images[image].tokens.seen}`, () => {
      const words = (of) => Data.reading(of, image, lens, of.stops[stop])?.entry.map((ids) => new Set(ids.map((id) => of.images[image].table.folded[id])));
      const own = words(model), others = model.shared.models.filter((other) => other !== model).map((other) => [Overlap.matches(model, other, image), words(other)]).filter(([, read]) => read);
      return own?.map((mine, token) => {
        const shares = others.map(([matches, read]) => read[matches[token]]).filter(Boolean).map((theirs) => [...mine].filter((word) => theirs.has(word)).length / mine.size);
        return shares.length && mine.size ? shares.reduce((sum, share) => sum + share, 0) / shares.length : null;
      });
    });
  },
};
