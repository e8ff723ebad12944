"""Draws the test pictures of the repository and their truth.

Usage: python pictures.py LOOKS FOLDER SPLIT [COUNT [SEED]]

FOLDER gets held-01.png or seen-01.png and so on. The splits "noto" (looks that no training scene shows) and "noto-seen" (looks that are trained
on, in scenes that are not) are of Noto Color Emoji alone, so that their pictures may be given away. STEM.truth.json beside a picture says, in its pixels, what is where
(`../../schema/truth.schema.json`; `latentlens evaluate` reads it):
{"image", "width", "height", "caption", "things": [{"words", "kind", "box", "runs"}]}: `words` are all that may be said of
it, the usual noun first, in lower case; `kind` is "thing" or "ground"; `box` is left, top, right, bottom (right and bottom
excluded); `runs` is [first, length, first, length, ...] over pixels counted row by row. Nothing overlaps, and together they
are the whole picture: a patch's coverage by a thing is the share of its pixels in the thing's runs.
"""

import json
import sys
from pathlib import Path

import numpy as np

import scenes


NAMES = {"noto": "held", "noto-seen": "seen"}


def runs(mask):
    flat = np.concatenate([[0], mask.ravel().astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(flat))
    return [int(value) for begin, end in zip(edges[::2], edges[1::2]) for value in (begin, end - begin)]


def described(scene, wardrobe, name):
    found = []
    for k, (noun, _) in enumerate(scene.placed):
        found.append((wardrobe.named[noun].words, "thing", scene.owner == k))
    for k, words in enumerate(scene.regions):
        found.append((words, "ground", scene.owner == 100 + k))
    entries = []
    for words, kind, mask in found:
        if mask.any():
            ys, xs = np.nonzero(mask)
            entries.append({"words": list(words), "kind": kind, "box": [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1], "runs": runs(mask)})
    return {"image": name, "width": scenes.SIDE, "height": scenes.SIDE, "caption": scene.told(wardrobe), "things": entries}


def main(looks, images, split, count=12, seed=2026):
    wardrobe = scenes.Wardrobe(looks)
    images = Path(images)
    images.mkdir(parents=True, exist_ok=True)
    for i in range(int(count)):
        rng = np.random.default_rng([int(seed), i])
        scene = scenes.compose(rng, wardrobe, split)
        name = f"{NAMES.get(split, split)}-{i + 1:02d}"
        scene.picture.save(images / f"{name}.png", optimize=True)
        (images / f"{name}.truth.json").write_text(json.dumps(described(scene, wardrobe, f"{name}.png")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
