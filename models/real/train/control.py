"""What captions and lenses give where visual tokens are words: a positive control of both, which nothing is trained by.

Usage: python control.py WEIGHTS LOOKS FEATURES/held-77 INDEX [OUT.json]

Of every scene, each joined token that a thing fills by 0.35 or more is the first token of the thing's noun, every other one of a word of
the ground, as the decoder embeds them. Captions are scored as in score.py, of the 64 scenes from the 65th on; lenses as in search.py, of
24. Means and directions of the visual side are measured on the first 32 scenes. Chance is the same readings against the truth of the
token that stands half a list further on.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch

import connector as training
import evaluate
import scenes
import search
import weights
from decoder import Decoder

CAPTIONS = 64


def spoken(data, tokenizer, i):
    first = lambda word: tokenizer(" " + word)["input_ids"][0]
    ids = np.full(64, first(data.ground[i][0].split()[-1]))
    for k in range(scenes.MOST):
        if data.noun[i, k] >= 0:
            share = data.cover[i, k].astype(np.float32).reshape(8, 2, 8, 2).mean((1, 3)).ravel() / 255
            ids[share >= 0.35] = first(data.wardrobe.things[data.noun[i, k]].noun)
    return ids


@torch.no_grad()
def main(source, looks, folder, index, out=None):
    torch.set_num_threads(1)
    data = training.Data(folder, scenes.Wardrobe(looks))
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model, torch.float32)
    frame = training.Frame(decoder, tokenizer)
    ids = torch.from_numpy(np.stack([spoken(data, tokenizer, i) for i in range(64 + CAPTIONS)]))
    words = lambda ids: decoder.embedding[ids]
    texts = training.captions(words, decoder, frame, tokenizer, ids[64:], 32)
    result = {"captions": training.scored(texts, data, np.arange(64, 64 + CAPTIONS)), "lenses": []}
    print(result["captions"], texts[:4], flush=True)
    truth = [search.scored(data, i) for i in range(64, 64 + search.SCENES)]
    rows = torch.tensor([a * 64 + token for a, told in enumerate(truth) for token in told])
    forms = [form for told in truth for form in told.values()]
    apart, value = evaluate.visual(decoder, frame, words, ids[:32]), evaluate.visual(decoder, frame, words, ids[64:64 + search.SCENES])
    judge = evaluate.Judge(decoder, tokenizer, evaluate.opened(Path(index), tokenizer, search.THIN))
    for lens, form in [("latent", "plain"), ("latent", "centred"), ("latent", "free-4"), ("logit", "plain"), ("embedding", "plain")]:
        judge.prepare(lens, form)
        for layer in evaluate.VISUAL:
            read, sources = judge.read(value[layer].reshape(-1, 576)[rows], (evaluate.unit(apart[layer]), None), lens, layer)
            hits = np.array([[bool(word & true) for word in row] for row, true in zip(read, forms)])
            others = [any(word & true for word in row) for row, true, own in zip(read, forms[len(forms) // 2:] + forms, forms) if not true & own]
            result["lenses"].append({"lens": lens, "form": form, "layer": layer, "top_1": float(hits[:, 0].mean()), "any_5": float(hits.any(1).mean()),
                                     "chance_any_5": float(np.mean(others)),
                                     **({"from": {str(c): round(sources.count(c) / len(sources), 2) for c in evaluate.CONTEXT}} if sources else {})})
            print(result["lenses"][-1], flush=True)
    if out:
        Path(out).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
