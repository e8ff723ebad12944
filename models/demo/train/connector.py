"""Trains the connector by captioning, with encoder and decoder frozen, as the paper does.

Usage: python connector.py CACHE STEPS
"""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import CLIPVisionModel, LlamaForCausalLM

import language
import tokens
from decoder import cosine, load
from encoder import normalized

BATCH = 24


class Connector(torch.nn.Module):
    """LLaVA's: two linear layers with a GELU between; the output starts at the text embeddings' size."""

    def __init__(self, features, hidden, scale):
        super().__init__()
        self.linear_1 = torch.nn.Linear(features, hidden)
        self.linear_2 = torch.nn.Linear(hidden, hidden)
        self.act = torch.nn.GELU()
        with torch.no_grad():
            self.linear_2.weight *= scale * 3
            self.linear_2.bias.zero_()

    def forward(self, x):
        return self.linear_2(self.act(self.linear_1(x)))


@torch.no_grad()
def features(encoder, pixels):
    """Patches of the next-to-last layer, for all pictures."""
    return torch.cat([
        encoder(pixel_values=normalized(pixels[i : i + 64]), output_hidden_states=True).hidden_states[-2][:, 1:]
        for i in range(0, len(pixels), 64)])


def untrained(decoder):
    embedding = decoder.get_input_embeddings().weight
    torch.manual_seed(3)
    return Connector(128, embedding.shape[1], embedding.pow(2).mean().sqrt().item())


def main(cache, steps):
    cache = Path(cache)
    torch.set_num_threads(2)
    rng = np.random.default_rng(3)
    pixels, _, facts = load(cache, "train")
    tokenizer = Tokenizer.from_file(str(cache / "tokenizer.json"))
    encoder = CLIPVisionModel.from_pretrained(cache / "encoder").eval()
    decoder = LlamaForCausalLM.from_pretrained(cache / "decoder").eval().requires_grad_(False)
    inputs = features(encoder, pixels)
    embed = decoder.get_input_embeddings()
    connector = untrained(decoder)
    optimizer = torch.optim.AdamW(connector.parameters(), lr=0, weight_decay=0)
    before = embed(torch.tensor(tokenizer.encode("<im_start>").ids))
    began = time.time()
    for step in range(steps):
        chosen = rng.permutation(len(inputs))[:BATCH]
        texts = [tokenizer.encode("<im_end> " + language.caption(rng, *facts[i]), add_special_tokens=False).ids + [tokens.EOS] for i in chosen]
        longest = max(map(len, texts))
        ids = torch.tensor([t + [tokens.EOS] * (longest - len(t)) for t in texts])
        count = inputs.shape[1] + len(before)
        # Neither the markers nor the padding are asked for, only the caption and its end.
        labels = torch.tensor([[-100] + t[1:] + [-100] * (longest - len(t)) for t in texts])
        for group in optimizer.param_groups:
            group["lr"] = cosine(step, steps, 1e-3)
        visual = connector(inputs[chosen])
        sequence = torch.cat([before.expand(BATCH, -1, -1), visual, embed(ids)], dim=1)
        logits = decoder(inputs_embeds=sequence).logits[:, count:-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 25 == 0 or step == steps - 1:
            print(f"step {step} loss {loss.item():.3f} {time.time() - began:.0f}s", flush=True)
        if step % 200 == 199 or step == steps - 1:
            torch.save(connector.state_dict(), cache / "connector.pt")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
