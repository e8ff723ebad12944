"""What captions and lenses give where nothing is lost in features: a control that tells the training of a connector from the lens.

Usage: python control.py WEIGHTS LOOKS FEATURES/held-77 INDEX [CODEBOOK] [OUT.json]

Of every scene, each joined token that a thing fills by 0.35 or more is the first token of the thing's noun, every other one of a word of
the ground, as the decoder embeds them; or, with CODEBOOK (codebook.py), the mixture of learnt vectors. Captions are scored as in
score.py, of the 64 scenes from the 65th on; lenses as in search.py, of 24. Means and directions of the visual side are measured on
the first 32 scenes. Chance is the same readings against the truth of the token that stands half a list further on. Of a codebook
it is also told how many nouns have their own first token among the five embeddings that are nearest to their vector.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import connector as training
import evaluate
import scenes
import search
import weights
from codebook import Codebook
from decoder import Decoder

CAPTIONS = 64
READ = [("latent", "plain"), ("latent", "centred"), ("latent", "free-4"), ("logit", "plain"), ("embedding", "plain"), ("embedding", "free-4")]


def spoken(data, tokenizer, i):
    first = lambda word: tokenizer(" " + word)["input_ids"][0]
    ids = np.full(64, first(data.ground[i][0].split()[-1]))
    for share, noun in zip(scenes.tokens(data.cover[i]), data.noun[i]):
        if noun >= 0:
            ids[share >= 0.35] = first(data.wardrobe.things[noun].noun)
    return torch.from_numpy(ids)


def nearest(book, wardrobe, decoder, tokenizer):
    """The share of nouns whose first token's embedding is among the five nearest to their vector; without either side's mean."""
    chosen = [k for k, thing in enumerate(wardrobe.things) if thing.noun in wardrobe.chosen]
    apart = lambda x: evaluate.unit(x - x.mean(0))
    best = (apart(book.noun[chosen]) @ apart(decoder.embedding).T).topk(5).indices
    own = torch.tensor([tokenizer(" " + wardrobe.things[k].noun)["input_ids"][0] for k in chosen])
    return (best == own[:, None]).any(1).float().mean().item()


@torch.no_grad()
def main(source, looks, folder, index, *rest):
    torch.set_num_threads(1)
    codebook = next((file for file in rest if file.endswith(".safetensors")), None)
    out = next((file for file in rest if file.endswith(".json")), None)
    data = training.Data(folder, scenes.Wardrobe(looks))
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model, torch.float32)
    frame = training.Frame(decoder, tokenizer)
    result = {}
    if codebook:
        book = Codebook.saved(codebook, data.wardrobe)
        speak = lambda some: book([data.layout(i) for i in some])
        result["own_among_five_nearest"] = nearest(book, data.wardrobe, decoder, tokenizer)
    else:
        speak = lambda some: decoder.embedding[torch.stack([spoken(data, tokenizer, i) for i in some])]
    texts = training.captions(speak, decoder, frame, tokenizer, range(64, 64 + CAPTIONS), 44)
    result |= {"captions": training.scored(texts, data.wardrobe, data.noun[64:64 + CAPTIONS]), "lenses": []}
    print({**result, "said": texts[:4]}, flush=True)
    truth = [search.scored(data, i) for i in range(64, 64 + search.SCENES)]
    rows = torch.tensor([a * 64 + token for a, told in enumerate(truth) for token in told])
    forms = [form for told in truth for form in told.values()]
    apart, value = evaluate.visual(decoder, frame, speak, range(32)), evaluate.visual(decoder, frame, speak, range(64, 64 + search.SCENES))
    judge = evaluate.Judge(decoder, tokenizer, evaluate.opened(Path(index), tokenizer, search.THIN))
    for lens, form in READ:
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
