"""Captions of held-out scenes, scored.

Usage: python score.py WEIGHTS LOOKS FEATURES/SET CONNECTOR [COUNT [OUT.json]]

Prints the share of things named (with the noun or its plural; or also by a synonym), how much of what is named is there, and
their 95 % intervals over scenes.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import connector as training
import scenes
import weights
from decoder import Decoder


def main(source, looks, folder, file, count=128, out=None):
    torch.set_num_threads(1)
    data = training.Data(folder, scenes.Wardrobe(looks))
    count = min(int(count), data.count)
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model, torch.bfloat16)
    frame = training.Frame(decoder, tokenizer)
    connector = training.Connector.restored(load_file(file))
    texts = []
    for start in range(0, count, 64):
        some = np.arange(start, min(start + 64, count))
        texts += training.captions(connector, decoder, frame, tokenizer, data.inputs(some))
    whole = training.scored(texts, data.wardrobe, data.noun[:count])
    # Scenes are drawn again and again, and the things of all of them counted together, as above.
    each = [training.scored([text], data.wardrobe, data.noun[i:i + 1]) for i, text in enumerate(texts)]
    things = np.array([one["things"] for one in each])
    drawn = np.random.default_rng(0).integers(0, count, (1000, count))
    bounds = {}
    for key in ("named", "named_or_synonym"):
        hits = np.array([one[key] * one["things"] for one in each])
        bounds[f"interval_{key}"] = np.quantile(hits[drawn].sum(1) / things[drawn].sum(1), [0.025, 0.975]).tolist()
    result = {"set": Path(folder).name, "scenes": count, **whole, **bounds}
    print(json.dumps(result))
    for text, i in list(zip(texts, range(count)))[:12]:
        print([data.wardrobe.things[k].noun for k in data.noun[i] if k >= 0], "->", text)
    if out:
        Path(out).write_text(json.dumps({**result, "captions": texts}, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
