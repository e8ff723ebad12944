"""Finds how many principal directions to take away, and the best contextual layer for each layer, on scenes that are scored nowhere else.

Usage: python search.py WEIGHTS LOOKS FEATURES/held-77 CALIBRATION INDEX OUT.json CONNECTOR...

A thing's token is read as in evaluate.py: any of five nearest rows, of every fourth row of INDEX, which is one of the tool's. Scored are
24 scenes from the 65th on, over all connectors together. OUT says {"directions", "contextual": {layer: contextual layer}}, as `evaluate.py --chosen` takes it, and
the tables that it was chosen from.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

import connector as training
import evaluate
import features
import scenes
import weights
from decoder import Decoder

DIRECTIONS = [0, 1, 2, 4, 8, 16]
SCENES = 24
THIN = 4  # every so many-th row of the index: to choose by


def scored(data, i):
    """The joined tokens of a scene that one thing fills by half or more, and the forms of its words."""
    found = {}
    for k in range(scenes.MOST):
        if data.noun[i, k] >= 0:
            share = data.cover[i, k].astype(np.float32).reshape(8, 2, 8, 2).mean((1, 3)).ravel() / 255
            forms = set().union(*(evaluate.folded(word) for word in data.wardrobe.things[data.noun[i, k]].words))
            found.update({int(token): forms for token in np.flatnonzero(share >= 0.5)})
    return found


@torch.no_grad()
def main(source, looks, folder, calibration, index, out, *files):
    torch.set_num_threads(1)
    data = training.Data(folder, scenes.Wardrobe(looks))
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model, torch.float32)
    frame = training.Frame(decoder, tokenizer)
    judge = evaluate.Judge(decoder, tokenizer, evaluate.opened(Path(index), tokenizer, THIN))
    apart = [Image.open(path).convert("RGB") for path in sorted(Path(calibration).iterdir())]
    apart = features.features(weights.encoder(source), apart).reshape(len(apart), 64, training.FEATURES)
    some = range(64, 64 + SCENES)
    truth = [scored(data, i) for i in some]
    inputs = data.inputs(some)
    at = [(a, token) for a, told in enumerate(truth) for token in told]
    rows, forms = torch.tensor([a * 64 + token for a, token in at]), [truth[a][token] for a, token in at]
    # Each connector's states at the scored tokens, and those of the calibration's pictures.
    read = []
    for file in files:
        net = training.Connector.restored(load_file(file))
        mine, other = (evaluate.visual(decoder, frame, net, x) for x in (inputs, apart))
        read.append({layer: (mine[layer].reshape(-1, 576)[rows], evaluate.unit(other[layer])) for layer in evaluate.VISUAL})
    tables = {}
    for count in DIRECTIONS:
        judge.prepare("latent", f"free-{count}" if count else "centred")
        table = {layer: {source: 0.0 for source in [*evaluate.CONTEXT, "all"]} for layer in evaluate.VISUAL}
        for states in read:
            for layer, (value, other) in states.items():
                query = judge.query(value, (other, None))
                tops = {source: (query @ judge.banks[source].t()).topk(5, -1) for source in evaluate.CONTEXT}
                scores, picks = (torch.cat([getattr(tops[source], part) for source in evaluate.CONTEXT], -1) for part in ("values", "indices"))
                tops["all"] = None
                for source, top in tops.items():
                    lists = (top.indices if top else picks.gather(-1, scores.topk(5, -1).indices)).tolist()
                    hits = np.mean([any(judge.words[i] & true for i in row) for row, true in zip(lists, forms)])
                    table[layer][source] += float(hits) / len(read)
        tables[count] = table
        print(f"{count} directions")
        for layer, row in table.items():
            print(f"  {layer:2} " + "  ".join(f"{source}: {share:.3f}" for source, share in row.items()), flush=True)
    mean = {count: float(np.mean([table[layer]["all"] for layer in evaluate.VISUAL])) for count, table in tables.items()}
    best = max(mean, key=mean.get)
    contextual = {layer: max(evaluate.CONTEXT, key=tables[best][layer].get) for layer in evaluate.VISUAL}
    print(f"{len(forms)} tokens of {len(truth)} scenes; mean over layers {mean}; {best} directions, contextual layers {contextual}")
    Path(out).write_text(json.dumps({"directions": best, "contextual": contextual, "mean": mean, "tables": tables}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
