"""Draws the scenes and computes DINOv2's features of them once, for training.

Usage: python features.py WEIGHTS LOOKS OUT SPLIT COUNT SEED

Writes OUT/SPLIT-SEED/: features.bin (COUNT x 8 x 8 x 3072, float16: the encoder's residual stream behind
block 9 and its last state, after the final LayerNorm, without the class token, joined 2 x 2), noun.bin, cover.bin, ground.txt and looks.txt (what stands where). Goes on where it was cut off; what is done so far
can be trained on (`done.txt` holds the count). A scene depends on its own number and the seed alone.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

import scenes
import weights

MEAN, STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
BATCH = 16
MIDDLE = 9  # of the 12 blocks; what the last one leaves is joined to it


def pixels(pictures):
    return torch.from_numpy(((np.stack([np.asarray(p, np.float32) for p in pictures]) / 255 - MEAN) / STD).transpose(0, 3, 1, 2).copy())


def joined(states):
    """2 x 2 neighbours become one, exactly as Idefics 3's `pixel_shuffle` with a factor of 2: the joined vector is the four
    patches (row 0 column 0), (row 0 column 1), (row 1 column 0), (row 1 column 1), 384 values each."""
    n, count, width = states.shape
    side = int(count ** 0.5)
    return states.view(n, side // 2, 2, side // 2, 2, width).permute(0, 1, 3, 2, 4, 5).reshape(n, side // 2, side // 2, 4 * width)


@torch.no_grad()
def features(encoder, pictures):
    seen = encoder(pixel_values=pixels(pictures).to(next(encoder.parameters()).dtype), output_hidden_states=True)
    return joined(torch.cat([seen.hidden_states[MIDDLE], seen.last_hidden_state], -1)[:, 1:].float())


def main(source, looks, out, split, count, seed):
    count, seed = int(count), int(seed)
    torch.set_num_threads(int(os.environ.get("THREADS", 2)))
    wardrobe = scenes.Wardrobe(looks)
    index = {thing.noun: i for i, thing in enumerate(wardrobe.things)}
    # bfloat16 doubles the speed and moves the features by 0.4%: training data only. Held-out scenes are computed in float32.
    encoder = weights.encoder(source, torch.bfloat16 if split in scenes.DISGUISED else torch.float32)
    folder = Path(out) / f"{split}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "done.txt"
    slots = scenes.CROWD if split == "crowd" else scenes.MOST
    done = int(mark.read_text()) if mark.exists() else 0
    store = np.memmap(folder / "features.bin", np.float16, "r+" if done else "w+", shape=(count, 8, 8, 3072))
    noun = np.memmap(folder / "noun.bin", np.int16, "r+" if done else "w+", shape=(count, slots))
    cover = np.memmap(folder / "cover.bin", np.uint8, "r+" if done else "w+", shape=(count, slots, scenes.GRID, scenes.GRID))
    grounds, shown = [open(folder / name, "r+" if done else "w") for name in ("ground.txt", "looks.txt")]
    if done:
        for file in (grounds, shown):
            lines = [file.readline() for _ in range(done)]
            file.seek(sum(len(line.encode()) for line in lines)); file.truncate()
    began = time.time()
    for start in range(done, count, BATCH):
        stop = min(start + BATCH, count)
        made = [scenes.compose(np.random.default_rng([seed, i]), wardrobe, split) for i in range(start, stop)]
        store[start:stop] = features(encoder, [scene.picture for scene in made]).half().numpy()
        for i, scene in enumerate(made, start):
            noun[i] = -1
            for k, (name, _) in enumerate(scene.placed):
                noun[i, k] = index[name]
                cover[i, k] = scene.cover[k]
            grounds.write("|".join(scene.ground) + "\n")
            shown.write("|".join(look for _, look in scene.placed) + "\n")
        if (stop // BATCH) % 40 == 0 or stop == count:
            grounds.flush(); shown.flush()
            mark.write_text(str(stop))
            print(f"{stop} scenes, {(stop - done) / (time.time() - began):.1f} a second", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
