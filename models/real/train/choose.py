"""Chooses the things that are scored: those whose looks tell of each other.

Usage: python choose.py LOOKS FEATURES [COUNT [OUT]]

A linear classifier learns things from some of their training looks and is asked for the others (four folds of looks; line
drawings of Symbola are never asked for). The COUNT things that it gets right most often are written to chosen.txt. Held-out looks
play no part in it. FEATURES/any-1 is `features.py WEIGHTS LOOKS FEATURES any 7040 1`.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import connector as training
import scenes

FOLDS = 4


def samples(data, limit=20000):
    """Mean feature over a thing's own tokens, its noun, its look."""
    lines = (data.folder / "looks.txt").read_text().splitlines()
    features, nouns, looks = [], [], []
    for i in range(min(limit, data.count)):
        shown = lines[i].split("|")
        for k in range(scenes.MOST):
            if data.noun[i, k] < 0:
                continue
            cover = data.cover[i, k].astype(np.float32).reshape(8, 2, 8, 2).mean((1, 3)).ravel() / 255
            some = [j for j in np.argsort(-cover)[:6] if cover[j] > 0.4]
            if some:
                own = data.features[i].reshape(64, training.FEATURES)[some].astype(np.float32)
                own = (own - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)
                features.append(own.mean(0)); nouns.append(int(data.noun[i, k])); looks.append(shown[k])
    return torch.from_numpy(np.stack(features)), torch.tensor(nouns), looks


def probe(x, y, classes, steps=1200):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Dropout(0.3), torch.nn.Linear(training.FEATURES, classes))
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=0.1)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 - step / steps)
        some = torch.randint(0, len(y), (512,))
        loss = F.cross_entropy(net(x[some]), y[some], label_smoothing=0.1)
        optimizer.zero_grad(); loss.backward(); optimizer.step()
    return net.eval()


@torch.no_grad()
def right(net, x, y):
    return (net(x).argmax(1) == y).numpy()


def main(looks, folder, count=160, out=Path(__file__).parent / "chosen.txt"):
    torch.set_num_threads(1)
    wardrobe = scenes.Wardrobe(looks)
    x, y, shown = samples(training.Data(Path(folder) / "any-1", wardrobe))
    fold = {}
    for thing in wardrobe.things:
        for number, (name, _) in enumerate(wardrobe.looks["train"][thing.noun]):
            fold[thing.noun, name] = number % FOLDS
    folds = np.array([fold[wardrobe.things[n].noun, look] for n, look in zip(y.tolist(), shown)])
    asked = np.array([not look.startswith("symbola") for look in shown])
    per = [[] for _ in wardrobe.things]
    for k in range(FOLDS):
        net = probe(x[folds != k], y[folds != k], len(wardrobe.things))
        test = np.flatnonzero((folds == k) & asked)
        hits = right(net, x[test], y[test])
        for n in range(len(wardrobe.things)):
            mine = hits[y[test].numpy() == n]
            if len(mine):
                per[n].append(mine.mean())
        print(f"fold {k}: {hits.mean():.3f} of {len(test)}", flush=True)
    score = np.array([np.mean(p) if p else 0 for p in per])
    order = np.argsort(-score, kind="stable")[: int(count)]
    Path(out).write_text("".join(f"{wardrobe.things[n].noun}\n" for n in sorted(order)))
    whole = probe(x, y, len(wardrobe.things))
    print(f"{len(order)} things, {score[order].mean():.3f} of their left-out looks right, the last {score[order[-1]]:.3f}")
    for name in ("held-77", "held-99"):
        if (Path(folder) / name / "done.txt").exists() and name == "held-77":
            hx, hy, _ = samples(training.Data(Path(folder) / name, wardrobe))
            hits = right(whole, hx, hy)
            mine = np.isin(hy.numpy(), order)
            print(f"{name}: {hits.mean():.3f} of all, {hits[mine].mean():.3f} of the chosen")


if __name__ == "__main__":
    main(*sys.argv[1:])
