"""How much of a held-out set a connector tells rightly by label, before any decoder: what its captions can hardly pass.

Usage: python probe.py LOOKS CONNECTOR FEATURES/SET...

Of every thing the tokens that it fills by half or more, or its fullest one. Of each set: the share of these tokens whose likeliest noun is
right, and of things, by the sum over their tokens of the logarithms; and of things by how many stand in their scene.
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

import connector as training
import scenes


def main(looks, connector, *folders):
    torch.set_num_threads(1)
    wardrobe = scenes.Wardrobe(looks)
    nouns = [k for k, thing in enumerate(wardrobe.things) if thing.noun in wardrobe.chosen]
    net = training.Connector.restored(load_file(connector))
    for folder in map(Path, folders):
        data, tokens, things = training.Data(folder, wardrobe), [], defaultdict(list)
        for i in range(data.count):
            with torch.no_grad():
                likely = net.logits(data.inputs([i]))[0, :, :len(nouns)].log_softmax(-1)
            there = [(share, noun) for share, noun in zip(scenes.tokens(data.cover[i]), data.noun[i]) if noun >= 0]
            for share, noun in there:
                own = likely[torch.from_numpy(share >= min(0.5, share.max()))]
                tokens += (own.argmax(1) == nouns.index(noun)).tolist()
                things[len(there)].append(int(own.sum(0).argmax()) == nouns.index(noun))
        by = ", ".join(f"{np.mean(right):.3f} of {len(right)} among {count}" for count, right in sorted(things.items()))
        print(f"{folder.name}: {np.mean(tokens):.3f} of {len(tokens)} tokens, {np.mean(sum(things.values(), [])):.3f} of {sum(map(len, things.values()))} things ({by})", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
