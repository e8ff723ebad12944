"""Where naming is lost: the same things, seen through one joined token, a few, and the whole scene.

Usage: python windows.py WEIGHTS LOOKS FEATURES/SET CONNECTOR [COUNT]

Of COUNT things: how often the first token of its noun is the likeliest behind "The picture shows a", and its nats. For a whole scene any thing
that is there counts, and no nats are told.
"""

import sys

import numpy as np
import torch
from safetensors.torch import load_file

import connector as training
import scenes
import weights
from decoder import Decoder


@torch.no_grad()
def main(source, looks, folder, file, count=192):
    torch.set_num_threads(1)
    data = training.Data(folder, scenes.Wardrobe(looks))
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model)
    frame = training.Frame(decoder, tokenizer)
    net = training.Connector.restored(load_file(file))
    first = [tokenizer(" " + thing.noun)["input_ids"][0] for thing in data.wardrobe.things]
    usual = [thing.noun in data.wardrobe.chosen and thing.noun not in scenes.PLURAL_ONLY and thing.noun[0] not in "aeiou" for thing in data.wardrobe.things]
    shown = {"one token": [], "mean of its own": [], "2 x 2": [], "3 x 3": [], "whole scene": []}
    asked, there = [], []
    rng = np.random.default_rng(3)
    while len(asked) < int(count):
        i, k = rng.integers(data.count), rng.integers(scenes.MOST)
        if data.noun[i, k] < 0 or not usual[data.noun[i, k]]:
            continue
        share = data.cover[i, k].astype(np.float32).reshape(8, 2, 8, 2).mean((1, 3)) / 255
        if share.max() < 0.7:
            continue
        asked.append(first[data.noun[i, k]])
        there.append([first[noun] for noun in data.noun[i] if noun >= 0])
        tokens = net(data.inputs([i])).unflatten(1, (8, 8))[0]
        own = torch.from_numpy(share >= 0.5)
        shown["one token"].append(tokens.reshape(64, -1)[[int(share.argmax())]])
        shown["mean of its own"].append(tokens[own].mean(0, keepdim=True))
        for side in (2, 3):
            y, x = max(((y, x) for y in range(9 - side) for x in range(9 - side)), key=lambda at: share[at[0]:at[0] + side, at[1]:at[1] + side].sum())
            shown[f"{side} x {side}"].append(tokens[y:y + side, x:x + side].reshape(side * side, -1))
        shown["whole scene"].append(tokens.reshape(64, -1))
    article = decoder.embedding[tokenizer(" a")["input_ids"][0]]
    for name, parts in shown.items():
        logits = []
        for start in range(0, len(parts), 48):
            visual = torch.stack(parts[start:start + 48]).to(decoder.dtype)
            sequence = torch.cat([visual, frame.behind.expand(len(visual), -1, -1), article.expand(len(visual), 1, -1)], 1)
            logits.append(decoder.logits(decoder(sequence, frame.begun)[:, -1]).float())
        logits = torch.cat(logits)
        likeliest = logits.argmax(-1).tolist()
        if name == "whole scene":
            print(f"{name}: {np.mean([token in some for token, some in zip(likeliest, there)]):.2f}")
        else:
            nats = -logits.log_softmax(-1)[range(len(asked)), asked].mean()
            print(f"{name}: {np.mean([a == b for a, b in zip(likeliest, asked)]):.2f}, {nats:.2f} nats", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
