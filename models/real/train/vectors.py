"""What the decoder would obey: every noun gets a vector of its own in the place of a visual token, learnt by captioning ("a dog").

Usage: python vectors.py WEIGHTS [PASSES]

No picture and no connector: how much of the training is the decoder's, and how much is finding things in features. Nats of a noun's
tokens, after each pass over all things of things.txt; first those that the noun's own embedding costs.
"""

import sys
import time

import torch
import torch.nn.functional as F

import connector as training
import scenes
import things
import weights
from decoder import Decoder


def main(source, passes=12):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, tokenizer = weights.decoder(source)
    decoder = Decoder(model)
    frame = training.Frame(decoder, tokenizer)
    embedding = decoder.embedding.float()
    said = [(thing.noun in scenes.PLURAL_ONLY, thing.noun) for thing in things.read()]
    rows = [tokenizer(" " + (noun if bare else scenes.article(noun)))["input_ids"] for bare, noun in said]
    longest = max(map(len, rows))
    ids = torch.tensor([(row + [training.END] * longest)[:longest] for row in rows])
    # Of the noun alone: not of its article.
    asked = torch.tensor([[float(not bare and 1 <= i < len(row) or bare and i < len(row)) for i in range(longest)] for (bare, _), row in zip(said, rows)])

    def loss(vectors):
        sequence = torch.cat([vectors.to(decoder.dtype)[:, None], frame.behind.expand(len(ids), -1, -1), decoder.embedding[ids[:, :-1]]], 1)
        states = decoder(sequence, frame.begun)[:, len(frame.behind):]
        return F.cross_entropy(decoder.logits(states[asked > 0]).float(), ids[asked > 0])

    with torch.no_grad():
        own = torch.tensor([tokenizer(" " + noun)["input_ids"][0] for _, noun in said])
        print(f"{len(said)} nouns; own embedding: {loss(embedding[own]):.2f}", flush=True)
    vectors = (embedding.mean(0) + 0.3 * embedding.std(0) * torch.randn(len(said), embedding.shape[1])).requires_grad_()
    optimizer = torch.optim.Adam([vectors], lr=0.1 * embedding.pow(2).mean().sqrt().item(), betas=(0.9, 0.95))
    for number in range(int(passes)):
        value = loss(vectors)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        print(f"after {number} passes: {value:.2f}, {time.process_time():.0f} s", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
