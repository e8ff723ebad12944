"""Learns what a connector should say: a vector for every noun and ground, and one for every place, by captioning alone.

Usage: python codebook.py WEIGHTS LOOKS FEATURES/SET FEATURES/CROWD RUN [--seed 0] [--steps 900] [--full 1800] [--crowded 450]

No pictures: of the scenes in SET only who covers which token is used, with other nouns and grounds in their places every time. A visual
token is the mixture of the vectors of what covers it, and its place. Vectors begin as noise around the mean of the embedding
table: they know nothing of words. First every noun is captioned by itself ("a dog"), then whole scenes are, then scenes of which seven in ten
are full: it is there that the decoder leaves things out; at last, for every second scene, four to six things of a crowd, so that four are not the
most that it has ever told. RUN/codebook.safetensors, and the grounds' words beside it, is what connector.py is taught by; where it is there already,
only the last is practised, on top of it.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

import connector as training
import scenes
import weights
from decoder import Decoder

FULL = 0.7  # of the scenes practised at the end have three things or four
IGNORED = {"on", "a", "the", "in", "at", "of", "and", "with", "under", "front", "ground"}


class Codebook(torch.nn.Module):
    def __init__(self, wardrobe, phrases, mean, deviation):
        super().__init__()
        self.nouns = [thing.noun for thing in wardrobe.things]
        self.grounds = sorted({word for phrase in phrases for word in phrase.split() if word not in IGNORED})
        noise = lambda *shape: torch.nn.Parameter(mean + 0.3 * deviation * torch.randn(*shape, len(mean)))
        self.noun, self.ground = noise(len(self.nouns)), noise(len(self.grounds))
        self.place = torch.nn.Parameter(torch.zeros(64, len(mean)))

    @classmethod
    def saved(cls, file, wardrobe):
        tensors = load_file(file)
        grounds = Path(file).with_suffix(".txt").read_text().splitlines()
        book = cls(wardrobe, grounds, *torch.zeros(2, tensors["noun"].shape[1]))
        book.load_state_dict(tensors)
        return book

    def forward(self, layouts):
        """[(shares of 64 tokens by thing, nouns, ground's phrase)] -> visual tokens."""
        return self.shares(layouts) @ torch.cat([self.noun, self.ground]) + self.place

    def shares(self, layouts):
        """How much of every token each noun and each word of the ground has; it sums to 1, or to more where things meet."""
        own = torch.zeros(len(layouts), 64, len(self.nouns))
        under = torch.zeros(len(layouts), len(self.grounds))
        for i, (share, nouns, phrase) in enumerate(layouts):
            for part, noun in zip(share, nouns):
                if noun >= 0:
                    own[i, :, noun] += torch.from_numpy(part)
            words = [self.grounds.index(word) for word in phrase.split() if word in self.grounds]
            under[i, words] = 1 / max(1, len(words))
        own = (2 * own - 0.2).clamp(0, 1)  # what covers most of a token is what its features tell
        rest = (1 - own.sum(-1, keepdim=True)).clamp_min(0)
        return torch.cat([own, rest * under[:, None]], -1)


def thinned(rng, crowds):
    """The layout of a crowd of which four to six things are left."""
    share, nouns, ground = crowds.layout(int(rng.integers(crowds.count)))
    kept = rng.permutation([k for k, noun in enumerate(nouns) if noun >= 0])[:int(rng.integers(4, 7))]
    return share[kept], [nouns[k] for k in kept], ground


def imagined(rng, data, tokenizer, drawn):
    """Layouts with other things and grounds in them, and their captions."""
    every, layouts, rows = data.wardrobe.things, [], []
    usual = [k for k, thing in enumerate(every) if thing.noun in data.wardrobe.chosen]
    for share, nouns, _ in drawn:
        others = {noun: int(rng.choice(usual)) for noun in set(nouns) if noun >= 0}
        phrase = data.ground[int(rng.integers(data.count))][0]
        layouts.append((share, [others.get(noun, -1) for noun in nouns], phrase))
        rows.append(tokenizer(" " + scenes.told(data.wardrobe, *layouts[-1]))["input_ids"])
    return layouts, *training.padded(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights"); parser.add_argument("looks"); parser.add_argument("features"); parser.add_argument("crowd"); parser.add_argument("run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--passes", type=int, default=10, help="over all nouns, by themselves")
    parser.add_argument("--steps", type=int, default=900, help="of scenes as they come")
    parser.add_argument("--full", type=int, default=1800, help="steps of full scenes behind them")
    parser.add_argument("--crowded", type=int, default=450, help="steps at the end in which every second scene is of a crowd")
    parser.add_argument("--batch", type=int, default=8)
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    rng = np.random.default_rng([given.seed, 7])
    run = Path(given.run)
    run.mkdir(parents=True, exist_ok=True)
    wardrobe = scenes.Wardrobe(given.looks)
    data, crowds = training.Data(given.features, wardrobe), training.Data(given.crowd, wardrobe)
    model, tokenizer = weights.decoder(given.weights)
    scale = model.get_input_embeddings().weight.pow(2).mean().sqrt().item()
    decoder = Decoder(model)
    del model
    frame, embedding = training.Frame(decoder, tokenizer), decoder.embedding.float()
    kept = run / "codebook.safetensors"
    begun = kept.exists()
    book = Codebook.saved(kept, data.wardrobe) if begun else Codebook(data.wardrobe, [told[0] for told in data.ground], embedding.mean(0), embedding.std(0))
    log = open(run / "codebook.jsonl", "a")

    def tell(said):
        log.write(json.dumps(said) + "\n"); log.flush()
        print(json.dumps(said), flush=True)

    def save():
        save_file({name: value.detach().contiguous() for name, value in book.state_dict().items()}, kept)
        kept.with_suffix(".txt").write_text("".join(word + "\n" for word in book.grounds))

    @torch.no_grad()
    def judge():
        rng = np.random.default_rng(5)
        layouts, _, _ = imagined(rng, data, tokenizer, map(data.layout, rng.integers(0, data.count, 32)))
        texts = training.captions(book, decoder, frame, tokenizer, layouts, 44)
        return {**training.scored(texts, data.wardrobe, [nouns for _, nouns, _ in layouts]), "said": texts[:4]}

    # Every noun by itself. A rate of a tenth of an embedding's size: few steps, far to go.
    rows = [tokenizer(" " + scenes.phrase(thing, 1))["input_ids"] for thing in data.wardrobe.things]
    ids, weight = training.padded(rows)
    chosen = torch.tensor([k for k, thing in enumerate(data.wardrobe.things) if thing.noun in data.wardrobe.chosen])
    optimizer = torch.optim.Adam([book.noun], lr=0.1 * scale, betas=(0.9, 0.95))
    began = time.process_time()
    for number in range(0 if begun else given.passes):
        values = []
        for some in chosen[torch.randperm(len(chosen))].chunk(2):
            loss = training.caption_loss(book.noun[some, None], decoder, frame, ids[some], weight[some])
            loss.backward(); optimizer.step(); optimizer.zero_grad()
            values.append(loss.item())
        tell({"pass": number + 1, "loss": round(float(np.mean(values)), 3), "seconds": round(time.process_time() - began)})

    full = [i for i in range(data.count) if len({int(noun) for noun in data.noun[i] if noun >= 0}) >= 3]

    def practise(steps, share, crowded=0):
        """Captions scenes, of which a share is drawn from the full ones and some of every batch are of crowds."""
        recent = []
        optimizer = torch.optim.Adam([{"params": [book.noun, book.ground], "lr": 0.04 * scale}, {"params": [book.place], "lr": 0.015 * scale}], betas=(0.9, 0.95))
        rates = [group["lr"] for group in optimizer.param_groups]
        for step in range(steps):
            for group, rate in zip(optimizer.param_groups, rates):
                group["lr"] = rate * min(1, 1.5 * (1 - step / steps))
            usual = given.batch - crowded
            some = np.where(rng.random(usual) < share, rng.choice(full, usual), rng.integers(0, data.count, usual))
            layouts, ids, weight = imagined(rng, data, tokenizer, [thinned(rng, crowds) for _ in range(crowded)] + [data.layout(i) for i in some])
            loss = training.caption_loss(book(layouts), decoder, frame, ids, weight)
            loss.backward(); optimizer.step(); optimizer.zero_grad()
            recent.append(loss.item())
            if (step + 1) % 20 == 0:
                tell({"full": share, "crowded": crowded, "step": step + 1, "loss": round(float(np.mean(recent[-20:])), 3), "seconds": round(time.process_time() - began)})
            if (step + 1) % 150 == 0 or step + 1 == steps:
                tell(judge()); save()

    if not begun:
        practise(given.steps, 0)
        practise(given.full, FULL)
    practise(given.crowded, FULL, given.batch // 2)


if __name__ == "__main__":
    main()
