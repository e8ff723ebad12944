"""Trains the CLIP encoder: whole pictures against captions, and single patches against words.

A contrastive loss over whole pictures alone is satisfied by colour and background, so that patches learn
little of what they show; the labels of the renderer, patch by patch, are a second target.

Usage: python encoder.py CACHE STEPS
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import CLIPVisionConfig, CLIPVisionModel

import language
import scenes
import world
from decoder import cosine, load

BATCH = 48
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])


def configuration():
    return CLIPVisionConfig(
        hidden_size=128, intermediate_size=512, num_hidden_layers=5, num_attention_heads=4, image_size=scenes.SIDE,
        patch_size=scenes.PATCH, hidden_act="quick_gelu")


def normalized(pixels):
    """Pixel values as CLIPImageProcessor gives them."""
    return ((torch.from_numpy(pixels).float() / 255 - MEAN) / STD).permute(0, 3, 1, 2)


def color_targets(facts, shares):
    """For each patch the colour of its thing, where the thing has one and covers most of it; else -1."""
    names = list(world.COLORS)
    targets = np.full(shares.shape[:3], -1)
    for i, (_, _, things) in enumerate(facts):
        colors = {}
        for thing in things:
            if thing.color:
                colors[thing.name] = -1 if thing.name in colors and colors[thing.name] != names.index(thing.color) else names.index(thing.color)
        for name, color in colors.items():
            label = world.LABELS.index(name)
            targets[i][(shares[i].argmax(-1) == label) & (shares[i][..., label] > 0.6)] = color
    return torch.from_numpy(targets).flatten(1)


class Heads(torch.nn.Module):
    """What is needed in training alone: words for patches, and a bag of words for captions."""

    def __init__(self, vocabulary, width=128):
        super().__init__()
        self.labels = torch.nn.Linear(width, len(world.LABELS))
        self.colors = torch.nn.Linear(width, len(world.COLORS))
        self.words = torch.nn.EmbeddingBag(vocabulary, width, mode="mean")
        self.text = torch.nn.Sequential(torch.nn.Linear(width, width), torch.nn.GELU(), torch.nn.Linear(width, width))
        self.picture = torch.nn.Linear(width, width)
        self.scale = torch.nn.Parameter(torch.tensor(2.5))


def main(cache, steps):
    cache = Path(cache)
    torch.manual_seed(2)
    torch.set_num_threads(2)
    rng = np.random.default_rng(2)
    pixels, shares, facts = load(cache, "train")
    colors = color_targets(facts, shares)
    shares = torch.from_numpy(shares).flatten(1, 2)
    tokenizer = Tokenizer.from_file(str(cache / "tokenizer.json"))
    model = CLIPVisionModel(configuration())
    heads = Heads(tokenizer.get_vocab_size())
    parameters = list(model.parameters()) + list(heads.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=0, weight_decay=0.05)
    began = time.time()
    for step in range(steps):
        chosen = rng.permutation(len(pixels))[:BATCH]
        for group in optimizer.param_groups:
            group["lr"] = cosine(step, steps, 1.5e-3)
        outputs = model(pixel_values=normalized(pixels[chosen]), output_hidden_states=True)
        # Both losses look at the layer that feeds the connector, the next to last.
        patches = outputs.hidden_states[-2][:, 1:]
        local = torch.nn.functional.cross_entropy(heads.labels(patches).flatten(0, 1), shares[chosen].flatten(0, 1))
        color = torch.nn.functional.cross_entropy(heads.colors(patches).flatten(0, 1), colors[chosen].flatten(), ignore_index=-1)
        captions = [tokenizer.encode(language.caption(rng, *facts[i])).ids for i in chosen]
        offsets = torch.tensor(np.cumsum([0] + [len(c) for c in captions[:-1]]))
        text = heads.text(heads.words(torch.tensor(sum(captions, [])), offsets))
        image = heads.picture(outputs.last_hidden_state[:, 0])
        logits = torch.nn.functional.normalize(image, dim=-1) @ torch.nn.functional.normalize(text, dim=-1).T * heads.scale.exp()
        same = torch.arange(BATCH)
        whole = (torch.nn.functional.cross_entropy(logits, same) + torch.nn.functional.cross_entropy(logits.T, same)) / 2
        (local + 0.5 * color + 0.3 * whole).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 25 == 0 or step == steps - 1:
            right = (heads.labels(patches).argmax(-1) == shares[chosen].argmax(-1)).float().mean()
            print(f"step {step} local {local.item():.3f} ({right:.3f} right) color {color.item():.3f} whole {whole.item():.3f} {time.time() - began:.0f}s", flush=True)
        if step % 200 == 199 or step == steps - 1:
            model.save_pretrained(cache / "encoder")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
