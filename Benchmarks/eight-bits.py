#!/usr/bin/env python3
"""What 8-bit arithmetic of the decoder would change in readings, before anybody writes it: products are those of numbers that were
rounded first, activations row by row and weights output by output, each block of a row with a step of its own.

Twelve of the pictures of `make real` go through the connector and SmolLM2 in float32, bfloat16 and 8 bits; so do the first 300 sentences
of the paper's corpus, whose states are searched. Told is how many visual tokens have another nearest neighbour than in float32.

Usage: eight-bits.py WEIGHTS        (`make real` fetches them)
Needs: models/real/train/requirements.txt
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

REAL = Path(__file__).resolve().parent.parent / "models" / "real"
sys.path.insert(0, str(REAL / "train"))
import features  # noqa: E402
import weights  # noqa: E402
from connector import Connector  # noqa: E402

BANK, READ = [1, 2, 4, 8, 16, 24, 28, 29], [1, 4, 8, 16, 24]


def rounded(x, block):
    """The nearest whole steps of each block of a row, whose largest element is 127 of them."""
    parts = []
    for part in x.split(block, -1):
        step = part.abs().amax(-1, keepdim=True).clamp_min(1e-30) / 127
        parts.append((part / step).round() * step)
    return torch.cat(parts, -1)


KINDS = {"float32": lambda x: x, "bfloat16": lambda x: x.bfloat16().float(), "8 bits, blocks of 256": lambda x: rounded(x, 256), "8 bits, blocks of 1,024": lambda x: rounded(x, 1024)}


def multiply_with(decoder, rounding):
    for name, layer in decoder.named_modules():
        if isinstance(layer, torch.nn.Linear) and "lm_head" not in name:
            if not hasattr(layer, "exact"):
                layer.exact = layer.weight.data
            layer.weight.data = rounding(layer.exact)
            layer.forward = lambda x, layer=layer: F.linear(rounding(x), layer.weight)


@torch.no_grad()
def states(decoder, layers, skip, **inputs):
    hidden = decoder.model(output_hidden_states=True, **inputs).hidden_states
    return {layer: F.normalize(hidden[layer][0, skip:], dim=-1) for layer in layers}


def joined(found):
    return {layer: torch.cat([one[layer] for one in found]) for layer in found[0]}


def freed(rows):
    """Without the mean and four principal directions."""
    mean = rows.mean(0)
    directions = torch.linalg.svd(rows - mean, full_matrices=False)[2][:4]
    rest = rows - mean
    return F.normalize(rest - rest @ directions.T @ directions, dim=-1)


def nearest(bank, queries, form):
    found = {}
    for layer, rows in queries.items():
        best = [(form(rows) @ form(table).T).max(-1) for table in bank.values()]
        winner = torch.stack([one.values for one in best]).argmax(0)
        found[layer] = list(zip(winner.tolist(), torch.stack([one.indices for one in best]).gather(0, winner[None])[0].tolist()))
    return found


def main(folder):
    decoder, tokenizer = weights.decoder(folder)
    decoder = decoder.float().eval()
    encoder, connector = weights.encoder(folder, torch.float32), Connector.restored(load_file(REAL / "connector-seed0.safetensors"))
    before = decoder.get_input_embeddings().weight[torch.tensor(tokenizer("<|im_start|>user\nPicture:", add_special_tokens=False)["input_ids"])]
    visual = []
    for path in sorted((REAL / "images").glob("*.png"))[:12]:
        x = features.features(encoder, [Image.open(path).convert("RGB")]).reshape(1, 64, -1)
        visual.append(torch.cat([before, connector(x)[0].detach()])[None])
    sentences = [torch.tensor([tokenizer(line)["input_ids"]]) for line in (folder / "concepts.txt").read_text().splitlines()[:300]]
    exact = {}
    for kind, rounding in KINDS.items():
        multiply_with(decoder, rounding)
        bank = joined([states(decoder, BANK, 2, input_ids=ids) for ids in sentences])
        queries = joined([states(decoder, READ, len(before), inputs_embeds=rows) for rows in visual])
        for name, form in (("plain", lambda rows: rows), ("all but the top", freed)):
            found = nearest(bank, queries, form)
            changed = {layer: sum(a != b for a, b in zip(rows, exact.setdefault(name, found)[layer])) / len(rows) for layer, rows in found.items()}
            print(f"{kind:24} {name:16}" + "".join(f"  layer {layer}: {share:.3f}" for layer, share in changed.items()), flush=True)


main(Path(sys.argv[1]))
