"""How much of a held-out set a classifier with labels gets right, from the same features: what captions cannot pass.

Usage: python probe.py LOOKS FEATURES [SEED]

What decides in a connector, taught nothing but things, on the tokens that a thing fills by half or more in FEATURES/train-2. Of each set: the share of
tokens whose thing is right, and of things, by the sum over their tokens.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import connector as training
import scenes

STEPS = 1800


def tokens(data):
    """Features, nouns and the thing's own number of every token that is filled; of a thing that fills none, the fullest one."""
    features, nouns, owners, things = [], [], [], 0
    for i in range(data.count):
        for share, noun in zip(scenes.tokens(data.cover[i]), data.noun[i]):
            if noun < 0:
                continue
            own = np.flatnonzero(share >= min(0.5, share.max()))
            features.append(data.features[i].reshape(64, training.FEATURES)[own])
            nouns += [int(noun)] * len(own)
            owners += [things] * len(own)
            things += 1
    return torch.from_numpy(np.concatenate(features)), torch.tensor(nouns), torch.tensor(owners)


def main(looks, folder, seed=0):
    torch.set_num_threads(1)
    torch.manual_seed(int(seed))
    wardrobe = scenes.Wardrobe(looks)
    inputs, nouns, _ = tokens(training.Data(Path(folder) / "train-2", wardrobe))
    net = training.Connector(len(wardrobe.things))
    net.whiten(inputs[::8].float())
    optimizer = torch.optim.AdamW([*net.linear_1.parameters(), *net.linear_2.parameters()], 1e-3, weight_decay=0.1)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 - step / STEPS)
        some = torch.randint(len(nouns), (512,))
        with torch.autocast("cpu", torch.bfloat16):
            told = net.logits(inputs[some].float())
        loss = F.cross_entropy(told.float(), nouns[some], label_smoothing=0.1)
        loss.backward(); optimizer.step(); optimizer.zero_grad()
    net.eval()
    for name in ("held-77", "held-99", "held-101", "art-98"):
        inputs, nouns, owners = tokens(training.Data(Path(folder) / name, wardrobe))
        with torch.no_grad():
            likely = net.logits(inputs.float()).log_softmax(1)
        summed = torch.zeros(int(owners[-1]) + 1, likely.shape[1]).index_add_(0, owners, likely)
        own = torch.zeros(len(summed), dtype=torch.long)
        own[owners] = nouns
        print(f"{name}: {(likely.argmax(1) == nouns).float().mean():.3f} of {len(nouns)} tokens, {(summed.argmax(1) == own).float().mean():.3f} of {len(own)} things", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
