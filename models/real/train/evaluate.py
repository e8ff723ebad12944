"""Scores what the three lenses read from visual tokens against the exact truth of the test pictures, in torch alone.

Usage: python evaluate.py WEIGHTS IMAGES CONNECTOR [--untrained SEED] [--features FEATURES/held-77 | --calibration FOLDER]
                          [--index DIR] [--chosen FILE]
                          [--only 'seen-*'] [--corpus FILE] [--stride 23] [--cache FOLDER] [--threshold 0.5] [--ground]
                          [--forms plain,centred] [--lenses latent,logit,embedding] [--connectors trained,untrained,random]
                          [--out FILE.json]

An independent judge of `latentlens evaluate`: nothing is shared with it but the files.

Index: every STRIDE-th sentence of the corpus, no start token, positions from 2 on, one row for each different prefix; states
after 1, 2, 4, 8, 16 and 24 of the 30 blocks; or, with --index, the rows of an index that the tool has built. Sequence: "<|im_start|>user\\nPicture:" and 64 visual tokens. State 0 is what enters
the first block. LatentLens merges the contextual layers by cosine and reads the whole word around the occurrence; LogitLens
applies the final norm and the output embedding; EmbeddingLens takes the cosine with the embedding table.
"Centred" takes the mean of unit vectors away on both sides before the cosine: of a layer's rows on one side (of the table for
EmbeddingLens), of visual tokens at that layer on the other, measured on scenes that are not scored. Other forms, of LatentLens
and EmbeddingLens: "placed" (of visual tokens the mean of each of the 64 places), "free-K" (centred, and the first K principal
directions of either side taken away from it), "layer-L" (centred, contextual layer L alone), and "chosen" with --chosen FILE of
search.py: so many directions, and for each layer the one contextual layer that read most there on other scenes.

A visual token is scored if one thing covers at least THRESHOLD of its square (28 pixels). A reading is right if its word is one
of that thing's words: lower case, and equal after folding a final "'s", "s", "es", "ies" (to y) and "ed", "ing" away.
Chance is the same readings against the truth of the other pictures at the same place, where that is a thing too.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import connector as training
import features
import weights
from decoder import Decoder, rms

CONTEXT = [1, 2, 4, 8, 16, 24]
VISUAL = [0, 1, 2, 4, 8, 16, 24]
PART = re.compile(r"[\w'’-]*")


@torch.no_grad()
def states(decoder, x, layers):
    """{i: what enters block i} for the layers asked for."""
    found = {}
    cos, sin = decoder.cos[: x.shape[1]], decoder.sin[: x.shape[1]]
    for i, block in enumerate(decoder.blocks):
        if i in layers:
            found[i] = x
        x, _ = decoder.block(x, None, decoder.mask, cos, sin, *block)
    return found


def unit(x):
    return x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)


def build(decoder, tokenizer, sentences, cache):
    key = hashlib.sha256(("\n".join(sentences) + str(CONTEXT)).encode()).hexdigest()[:16]
    kept = cache / f"index-{key}.pt"
    if kept.exists():
        return torch.load(kept, weights_only=True)
    ids = [tokenizer(sentence, add_special_tokens=False)["input_ids"] for sentence in sentences]
    seen, where = set(), []
    for number, row in enumerate(ids):
        for position in range(2, len(row)):
            prefix = tuple(row[: position + 1])
            if prefix not in seen:
                seen.add(prefix)
                where.append((number, position))
    row_of = {place: i for i, place in enumerate(where)}
    rows = {layer: torch.empty(len(where), 576, dtype=torch.float16) for layer in CONTEXT}
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    for start in range(0, len(order), 64):
        some = order[start:start + 64]
        longest = max(len(ids[i]) for i in some)
        padded = torch.tensor([ids[i] + [0] * (longest - len(ids[i])) for i in some])
        for layer, value in states(decoder, decoder.embedding[padded], CONTEXT).items():
            value = unit(value.float()).half()
            for line, i in enumerate(some):
                for position in range(2, len(ids[i])):
                    if (i, position) in row_of:
                        rows[layer][row_of[i, position]] = value[line, position]
    result = {"rows": rows, "words": words_at(tokenizer, ids, where)}
    cache.mkdir(parents=True, exist_ok=True)
    torch.save(result, kept)
    return result


def opened(folder, tokenizer, thin=1):
    """The rows (every `thin`-th) of an index of `latentlens index build`, and the words at their places, found anew."""
    rows = {layer: load_file(folder / f"layer-{layer:02d}.safetensors")["embeddings"][::thin] for layer in CONTEXT}
    told = load_file(folder / "tokens.safetensors")
    text, offsets = bytes(told["corpus_utf8"].tolist()), told["corpus_offsets"].tolist()
    places = list(zip(told["sentence"].tolist(), told["position"].tolist()))[::thin]
    ids = {number: tokenizer(text[offsets[number]:offsets[number + 1]].decode(), add_special_tokens=False)["input_ids"] for number, _ in places}
    return {"rows": rows, "words": words_at(tokenizer, ids, places)}


def words_at(tokenizer, ids, where):
    words = []
    for number, position in where:
        # The whole word around the token, found by its place in the sentence.
        begin = len(tokenizer.decode(ids[number][:position]))
        text = tokenizer.decode(ids[number])
        while begin < len(text) and text[begin].isspace():
            begin += 1
        left = begin
        while left > 0 and PART.fullmatch(text[left - 1]) and text[left - 1]:
            left -= 1
        words.append(text[left:begin] + PART.match(text[begin:]).group() if begin < len(text) else "")
    return words


def folded(word):
    word = re.sub(r"['’]s?$", "", word.lower().strip(" .,;:!?\"()[]"))
    forms = {word}
    if word.endswith("ies") and len(word) > 4:
        forms.add(word[:-3] + "y")
    for end in ("s", "es", "ed", "ing"):
        if word.endswith(end) and len(word) > len(end) + 2 and not word.endswith("ss"):
            forms.add(word[: -len(end)])
    return forms


def truth(images, threshold, with_ground):
    """Of every picture, the words of each of the 64 squares (None: not scored)."""
    every = []
    for path in images:
        told = json.loads(path.with_suffix(".truth.json").read_text())
        cells = [None] * 64
        for thing in told["things"]:
            if thing["kind"] == "ground" and not with_ground:
                continue
            mask = np.zeros(told["width"] * told["height"], bool)
            for first, length in zip(thing["runs"][::2], thing["runs"][1::2]):
                mask[first:first + length] = True
            share = mask.reshape(8, told["height"] // 8, 8, told["width"] // 8).mean((1, 3)).ravel()
            words = set().union(*(folded(word) for word in thing["words"]))
            for i in np.flatnonzero(share >= threshold):
                cells[i] = words
        every.append(cells)
    return every


def directions(centred, count):
    """The first principal directions, one a row, of every n-th vector: at most 16,384."""
    centred = centred[:: max(1, -(-len(centred) // 16384))]
    return torch.linalg.eigh(centred.T @ centred / len(centred)).eigenvectors[:, -count:].T


def measures(lists, labels):
    """Readings [picture][token] -> five sets of word forms; labels [picture][token]. Top-1, mean of 5, any of 5, with chance."""
    right, chance = [], []
    for a, readings in enumerate(lists):
        hits, others = [], []
        for token, forms in readings.items():
            score = lambda words: [bool(form & words) for form in forms]
            hits.append(score(labels[a][token]))
            for b in range(len(labels)):
                if b != a and labels[b][token] is not None and not (labels[b][token] & labels[a][token]):
                    others.append(score(labels[b][token]))
        right.append(np.array(hits, float).reshape(-1, 5))
        chance.append(np.array(others, float).reshape(-1, 5))
    def three(parts):
        flat = np.concatenate(parts)
        return [flat[:, 0].mean(), flat.mean(), flat.max(1).mean()] if len(flat) else [0, 0, 0]
    rng = np.random.default_rng(0)
    drawn = np.array([three([right[i] for i in rng.integers(0, len(right), len(right))]) for _ in range(500)])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return {"value": [float(v) for v in three(right)], "low": low.tolist(), "high": high.tolist(), "chance": [float(v) for v in three(chance)]}


class Judge:
    def __init__(self, decoder, tokenizer, index):
        self.decoder, self.index = decoder, index
        self.words = [folded(word) for word in index["words"]]
        self.tokens = [folded(tokenizer.decode([i])) for i in range(decoder.embedding.shape[0])]
        self.table = unit(decoder.embedding.float())

    def bank(self, rows, form):
        """Unit rows as a form has them."""
        if form == "plain":
            return unit(rows)
        rows = unit(rows)
        rows = rows - rows.mean(0)
        if form.startswith("free-"):
            away = directions(rows, int(form[5:]))
            rows = rows - rows @ away.T @ away
        return unit(rows)

    def prepare(self, lens, form, chosen=None):
        """`chosen`: what search.py wrote; only of LatentLens."""
        self.form = form
        if form == "chosen":
            self.form = f"free-{chosen['directions']}" if chosen["directions"] else "centred"
        self.layers = {layer: [int(form[6:])] if form.startswith("layer-") else [chosen["contextual"][str(layer)]] if form == "chosen" else CONTEXT for layer in VISUAL}
        if lens == "latent":
            self.banks = {layer: self.bank(self.index["rows"][layer].float(), self.form) for layer in set().union(*self.layers.values())}
        elif lens == "embedding":
            self.near = self.bank(self.table, self.form)

    def query(self, value, apart):
        """Visual states `value` [tokens x 576] as a form has them; `apart` (states, places): what means are measured on."""
        value = unit(value)
        if self.form == "plain":
            return value
        apart, place = apart
        mean = apart.mean(0)[place] if self.form == "placed" else apart.reshape(-1, 576).mean(0)
        value = value - mean
        if self.form.startswith("free-"):
            flat = apart.reshape(-1, 576)
            away = directions(flat - flat.mean(0), int(self.form[5:]))
            value = value - value @ away.T @ away
        return unit(value)

    @torch.no_grad()
    def read(self, value, apart, lens, layer):
        """value: tokens x 576 at a layer. Five reading's word forms each, and for LatentLens the contextual layer of the first."""
        if lens == "logit":
            best = (rms(value, self.decoder.norm) @ self.decoder.embedding.float().t()).topk(5, -1).indices
            return [[self.tokens[i] for i in row] for row in best.tolist()], None
        query = self.query(value, apart)
        if lens == "embedding":
            return [[self.tokens[i] for i in row] for row in (query @ self.near.t()).topk(5, -1).indices.tolist()], None
        scores, picks, layers = [], [], []
        for source in self.layers[layer]:
            top = (query @ self.banks[source].t()).topk(5, -1)
            scores.append(top.values); picks.append(top.indices); layers.append(torch.full_like(top.indices, source))
        scores, picks, layers = torch.cat(scores, -1), torch.cat(picks, -1), torch.cat(layers, -1)
        best = scores.topk(5, -1).indices
        return [[self.words[i] for i in row] for row in picks.gather(-1, best).tolist()], layers.gather(-1, best)[:, 0].tolist()


def visual(decoder, frame, connector, inputs):
    """What stands behind visual tokens changes nothing for them and is left out."""
    n, first = len(inputs), len(frame.before)
    sequence = torch.cat([frame.before.expand(n, -1, -1), connector(inputs).to(decoder.dtype)], 1)
    return {layer: value[:, first:].float() for layer, value in states(decoder, sequence, VISUAL).items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path); parser.add_argument("images", type=Path); parser.add_argument("connector")
    parser.add_argument("--index", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--stride", type=int, default=23)
    parser.add_argument("--cache", type=Path, default=Path("cache"))
    parser.add_argument("--threshold", type=float, default=0.5)
    parser.add_argument("--ground", action="store_true")
    parser.add_argument("--untrained", type=int, default=123, help="the seed of the control")
    parser.add_argument("--features", type=Path, help="a folder of features.py: its first 64 scenes give the means of visual tokens (without it, the scored pictures do)")
    parser.add_argument("--calibration", type=Path, help="the same, measured on the pictures of a folder")
    parser.add_argument("--only", default="*", help="a pattern for the pictures' names")
    parser.add_argument("--chosen", type=Path)
    parser.add_argument("--forms", default="plain,centred")
    parser.add_argument("--lenses", default="latent,logit,embedding")
    parser.add_argument("--connectors", default="trained,untrained,random")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    model, tokenizer = weights.decoder(given.weights)
    scale = model.get_input_embeddings().weight.pow(2).mean().sqrt().item()
    decoder = Decoder(model, torch.float32)
    frame = training.Frame(decoder, tokenizer)
    del model
    if given.index:
        index = opened(given.index, tokenizer)
    else:
        lines = (given.corpus or given.weights / "concepts.txt").read_text().splitlines()
        sentences = [line.strip() for line in lines[:: given.stride] if line.strip()]
        index = build(decoder, tokenizer, sentences, given.cache)
    print(f"index: {len(index['words'])} rows a layer")
    images = sorted(given.images.glob(f"{given.only}.png"))
    labels = truth(images, given.threshold, given.ground)
    count = sum(cell is not None for cells in labels for cell in cells)
    print(f"{len(images)} pictures, {count} visual tokens scored")
    inputs = features.features(weights.encoder(given.weights), [Image.open(path).convert("RGB") for path in images]).reshape(len(images), 64, training.FEATURES)
    other = inputs
    if given.calibration:
        apart = [Image.open(path).convert("RGB") for path in sorted(given.calibration.iterdir())]
        other = features.features(weights.encoder(given.weights), apart).reshape(len(apart), 64, training.FEATURES)
    elif given.features:
        size = (given.features / "noun.bin").stat().st_size // 8
        other = torch.from_numpy(np.memmap(given.features / "features.bin", np.float16, "r", shape=(size, 8, 8, training.FEATURES))[:64].reshape(64, 64, training.FEATURES)).float()
    trained = training.Connector.restored(load_file(given.connector))
    torch.manual_seed(given.untrained)
    blank = training.Connector(len(trained.table)).eval()
    with torch.no_grad():
        blank.table.mul_(scale)
    judge = Judge(decoder, tokenizer, index)
    chosen = json.loads(given.chosen.read_text()) if given.chosen else None
    table = []
    with torch.no_grad():
        runs = {}
        for name, net in [("trained", trained), ("untrained", blank)]:
            value, apart = visual(decoder, frame, net, inputs), visual(decoder, frame, net, other)
            runs[name] = value, {layer: unit(v) for layer, v in apart.items()}
        generator = torch.Generator().manual_seed(7)
        noise = {layer: unit(torch.randn(v.shape, generator=generator)) * v.norm(dim=-1, keepdim=True) for layer, v in runs["trained"][0].items()}
        runs["random"] = noise, {layer: unit(torch.randn(64, 64, 576, generator=generator)) for layer in VISUAL}
        for lens in given.lenses.split(","):
            for form in (given.forms.split(",") if lens != "logit" else ["plain"]):
                if form == "chosen" and lens != "latent":
                    continue
                judge.prepare(lens, form, chosen)
                for name in given.connectors.split(","):
                    value, apart = runs[name]
                    for layer in VISUAL:
                        lists, first = [], []
                        for a, cells in enumerate(labels):
                            tokens = [i for i, cell in enumerate(cells) if cell is not None]
                            words, layers = judge.read(value[layer][a, tokens], (apart[layer], tokens), lens, layer) if tokens else ([], [])
                            lists.append(dict(zip(tokens, words)))
                            first += layers or []
                        entry = {"lens": lens, "form": form, "connector": name, "layer": layer, **measures(lists, labels)}
                        if first:
                            entry["from"] = {str(c): round(first.count(c) / len(first), 3) for c in CONTEXT if c in first}
                        table.append(entry)
                        v, c = entry["value"], entry["chance"]
                        print(f"{lens:9} {form:8} {name:9} {layer:2}  top-1 {v[0]:.3f} ({c[0]:.3f})  mean {v[1]:.3f} ({c[1]:.3f})  any {v[2]:.3f} ({c[2]:.3f})  {entry.get('from', '')}", flush=True)
    if given.out:
        given.out.write_text(json.dumps({"pictures": len(images), "tokens": count, "rows": len(index["words"]), "table": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
