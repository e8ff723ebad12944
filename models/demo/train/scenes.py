"""Renders the splits of the world once and keeps what training needs of them.

Usage: python scenes.py CACHE
"""

import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

import world

SIDE, PATCH = 168, 14
GRID = SIDE // PATCH
# Scenes are numbered; each split has numbers of its own, and the test split is used for nothing but figures.
SPLITS = {"train": range(0, 5000), "validation": range(100_000, 100_200), "test": range(200_000, 200_400)}


def scene(number, width=world.SIZE, height=world.SIZE):
    return world.make_scene(np.random.default_rng([7, number]), width, height)


def render(number):
    made = scene(number)
    pixels = np.asarray(made.picture.resize((SIDE, SIDE), Image.BICUBIC))
    return pixels, world.coverage(made.labels, GRID, GRID), (made.time, made.ground, made.things)


def main(cache):
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(3) as pool:
        for split, numbers in SPLITS.items():
            pixels, shares, facts = zip(*pool.map(render, numbers, chunksize=16))
            np.savez(cache / f"{split}.npz", pixels=np.stack(pixels), shares=np.stack(shares))
            (cache / f"{split}.facts").write_bytes(pickle.dumps(facts))
            print(split, len(pixels), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
