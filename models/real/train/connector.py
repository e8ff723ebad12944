"""Trains the connector by captioning, both ends frozen.

Usage: python connector.py WEIGHTS LOOKS FEATURES/TRAIN FEATURES/HELD RUN [--also FEATURES/CROWD] [--seed 0] [--taught N] [--steps N]

In two parts. First features are taught which of the words that captioning has found vectors for (codebook.py,
RUN/codebook.safetensors) covers a token, in the scenes of CROWD as well: no decoder is needed for that. Then whole scenes of TRAIN are captioned. RUN keeps checkpoint.pt (run the same
command again to go on), log.jsonl and connector.safetensors; the rate of the second part falls to zero at its end.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import scenes
import weights
from decoder import Decoder

END = 2  # <|im_end|>
# What stands around the visual tokens. SmolLM2 was taught turns: what stands in one it can speak of. (Where the noun's own
# embedding stands in the place of a visual token, it goes on with the noun in 94 % of cases; between the bare tokens
# <|im_start|> and <|im_end|> in none, and a connector learnt nothing there in 40,000 samples.)
BEFORE, BEHIND = "<|im_start|>user\nPicture:", "\nThe picture shows"
HIDDEN, FEATURES = 1024, 3072
SHARPER = 3.0  # logits are multiplied with it once names are learnt: a token is to say one thing, not all that it might be


class Connector(torch.nn.Module):
    """Four joined patches, and the mean of the 3 x 3 such squares around them -> LayerNorm -> whitening -> Linear -> GELU -> Linear -> softmax
    over a visual vocabulary -> the mixture of its vectors, and that of the place. Ovis speaks to its decoder in this way (arXiv 2405.20797).

    `table` [words, width] and `positions` [tokens, width] are what codebook.py has found; the whitening is measured on features
    and not trained, and folded into `linear_1` when it is saved.
    """

    def __init__(self, words, features=FEATURES, hidden=HIDDEN, width=576, tokens=64, directions=1536):
        super().__init__()
        self.norm = torch.nn.LayerNorm(features, eps=1e-6).requires_grad_(False)
        self.linear_1 = torch.nn.Linear(2 * directions, hidden)
        self.linear_2 = torch.nn.Linear(hidden, words)
        self.table = torch.nn.Parameter(torch.randn(words, width))
        self.positions = torch.nn.Parameter(torch.zeros(tokens, width))
        self.drop = 0.2, 0.4
        self.register_buffer("center", torch.zeros(features))
        self.register_buffer("whitener", torch.eye(features, directions))

    @torch.no_grad()
    def whiten(self, samples, least=0.1):
        """Measures it on features, each at unit variance: the directions of most variance, to which `least` is added."""
        samples = self.norm(samples)
        self.center.copy_(samples.mean(0))
        deviation = samples.std(0)
        values, vectors = torch.linalg.eigh(torch.cov(((samples - self.center) / deviation).T))
        kept = slice(-self.whitener.shape[1], None)
        self.whitener.copy_(vectors[:, kept] * (values[kept].clamp_min(0) + least).rsqrt() / deviation[:, None])

    def whitened(self, x):
        return (self.norm(x) - self.center) @ self.whitener

    def logits(self, x):
        x = F.dropout(self.whitened(x), self.drop[0], self.training)
        x = torch.cat([x, around(x)], -1)
        return self.linear_2(F.dropout(F.gelu(self.linear_1(x)), self.drop[1], self.training))

    def forward(self, x):
        return self.logits(x).softmax(-1) @ self.table + self.positions

    def saved(self, dtype=torch.float16):
        own, near = (part @ self.whitener.T for part in self.linear_1.weight.chunk(2, 1))
        tensors = {"norm.weight": self.norm.weight, "norm.bias": self.norm.bias, "linear_1.weight": torch.cat([own, near], 1), "linear_1.bias": self.linear_1.bias - (own + near) @ self.center,
                   "linear_2.weight": self.linear_2.weight, "linear_2.bias": self.linear_2.bias, "table.weight": self.table.T, "positions.weight": self.positions}
        return {name: value.detach().to(dtype).contiguous() for name, value in tensors.items()}

    @classmethod
    def restored(cls, tensors):
        """What was saved; the whitening stays in linear_1."""
        tensors = {name: value.float() for name, value in tensors.items()}
        table, positions = tensors.pop("table.weight").T, tensors.pop("positions.weight")
        hidden, features = len(tensors["linear_1.weight"]), len(tensors["norm.weight"])
        made = cls(len(table), features, hidden, table.shape[1], len(positions), features)
        tensors |= {"table": table, "positions": positions}
        made.load_state_dict(tensors, strict=False)
        return made.eval()


def around(x):
    """The mean of the 3 x 3 tokens around each of 64, of fewer at an edge."""
    raster = x.unflatten(1, (8, 8)).permute(0, 3, 1, 2)
    return F.avg_pool2d(raster, 3, 1, 1, count_include_pad=False).permute(0, 2, 3, 1).flatten(1, 2)


class Data:
    """Precomputed scenes (features.py)."""

    def __init__(self, folder, wardrobe):
        self.folder, self.wardrobe = Path(folder), wardrobe
        size = (self.folder / "features.bin").stat().st_size // (2 * 64 * FEATURES)
        slots = (self.folder / "noun.bin").stat().st_size // (2 * size)
        self.features = np.memmap(self.folder / "features.bin", np.float16, "r", shape=(size, 8, 8, FEATURES))
        self.noun = np.memmap(self.folder / "noun.bin", np.int16, "r", shape=(size, slots))
        self.cover = np.memmap(self.folder / "cover.bin", np.uint8, "r", shape=(size, slots, scenes.GRID, scenes.GRID))
        self.count = int((self.folder / "done.txt").read_text())
        with open(self.folder / "ground.txt") as file:
            self.ground = [line.rstrip("\n").split("|") for line in file.readlines()[: self.count]]

    def inputs(self, some):
        return torch.from_numpy(self.features[some].reshape(len(some), 64, FEATURES)).float()

    def layout(self, i):
        """How much of each of 64 tokens every thing covers, the things, and the ground."""
        return scenes.tokens(self.cover[i]), [int(noun) for noun in self.noun[i]], self.ground[i][0]

    def captioned(self, some, tokenizer):
        return padded([tokenizer(" " + scenes.told(self.wardrobe, *self.layout(i)))["input_ids"] for i in some])


def padded(rows, most=48):
    """Token ids of captions with their end, and a weight for each."""
    longest = min(max(map(len, rows)) + 1, most)
    return (torch.tensor([(row + [END] * longest)[:longest] for row in rows]),
            torch.tensor([([1.0] * (len(row) + 1) + [0.0] * longest)[:longest] for row in rows]))


class Frame:
    """What stands around visual tokens, ready for a decoder."""

    def __init__(self, decoder, tokenizer):
        before, behind = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (BEFORE, BEHIND))
        self.before, self.behind = decoder.embedding[torch.tensor(before)], decoder.embedding[torch.tensor(behind)]
        self.begun = decoder.begun(before)


def caption_loss(visual, decoder, frame, ids, weight):
    """BEFORE, visual tokens, BEHIND, caption, END: asked for the caption and the token that ends it."""
    n = len(visual)
    sequence = torch.cat([visual.to(decoder.dtype), frame.behind.expand(n, -1, -1), decoder.embedding[ids[:, :-1]]], 1)
    states = decoder(sequence, frame.begun)[:, visual.shape[1] + len(frame.behind) - 1:]
    keep = weight > 0
    return F.cross_entropy(decoder.logits(states[keep]).float(), ids[keep])


@torch.no_grad()
def captions(connector, decoder, frame, tokenizer, inputs, most=48):
    """Greedy captions."""
    visual, n = connector(inputs).to(decoder.dtype), len(inputs)
    x, past = torch.cat([visual, frame.behind.expand(n, -1, -1)], 1), frame.begun
    words, ended = [], torch.zeros(n, dtype=torch.bool)
    for _ in range(most):
        states, past = decoder.run(x, past)
        chosen = decoder.logits(states[:, -1]).float().argmax(-1)
        chosen[ended] = END
        words.append(chosen)
        ended |= chosen == END
        if ended.all():
            break
        x = decoder.embedding[chosen][:, None]
    return [tokenizer.decode([int(t) for t in row if int(t) != END]).strip() for row in torch.stack(words, 1)]


def names(text, thing):
    """Whether a caption names a thing: its noun, its plural or a synonym as whole words."""
    text = " " + "".join(c if c.isalnum() else " " for c in text.lower()) + " "
    text = " ".join(text.split()).join("  ")
    strict = f" {thing.noun} " in text or f" {thing.plural} " in text
    return strict, strict or any(f" {word} " in text for word in thing.words)


def scored(texts, wardrobe, there):
    """Share of the things that captions name (noun or plural; or a synonym too), and share of named things that are there."""
    every = wardrobe.things
    total = strict = loose = named = right = 0
    for text, nouns in zip(texts, there):
        nouns = {int(k) for k in nouns if k >= 0}
        for k in nouns:
            if every[k].noun not in wardrobe.chosen:
                continue
            total += 1
            a, b = names(text, every[k])
            strict += a
            loose += b
        for k, thing in enumerate(every):
            if names(text, thing)[0]:
                # "dog" in "hot dog" is no dog.
                if any(thing.noun in other.noun.split() and names(text, other)[0] for other in every if other.noun != thing.noun):
                    continue
                named += 1
                right += k in nouns
    return {"things": total, "named": strict / total, "named_or_synonym": loose / total, "precision": right / max(named, 1)}


def taught(connector, shares, nouns, sets, steps, rng, tell, rate=1e-3, count=12):
    """Features learn what covers their token, as a distribution over the visual vocabulary, in which nouns come first (cross-entropy)."""
    optimizer = torch.optim.AdamW([*connector.linear_1.parameters(), *connector.linear_2.parameters()], lr=rate, weight_decay=0.1)
    every = np.array([(k, i) for k, data in enumerate(sets) for i in range(data.count)])
    order, recent = every[:0], []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * (1 - step / steps)
        if len(order) < count:
            order = rng.permutation(every)
        some, order = [(sets[k], i) for k, i in order[:count]], order[count:]
        right = torch.cat([shares([data.layout(i)]) for data, i in some])
        right /= right.sum(-1, keepdim=True)
        with torch.autocast("cpu", torch.bfloat16):
            logits = connector.logits(torch.cat([data.inputs([i]) for data, i in some])).float()
        loss = F.cross_entropy(logits.flatten(0, 1), right.flatten(0, 1), label_smoothing=0.1, reduction="none")
        # Tokens that a thing fills count as much as all of them.
        filled = (right[..., :nouns].amax(-1) >= 0.8).flatten()
        loss = (loss[filled].mean() + loss.mean()) / 2
        loss.backward(); optimizer.step(); optimizer.zero_grad(set_to_none=True)
        recent.append((loss.item(), (logits.argmax(-1) == right.argmax(-1)).flatten()[filled].float().mean().item()))
        if (step + 1) % 200 == 0:
            tell({"taught": step + 1, **dict(zip(("loss", "right"), np.mean(recent[-200:], 0).round(4).tolist()))})
    with torch.no_grad():
        connector.linear_2.weight.mul_(SHARPER)
        connector.linear_2.bias.mul_(SHARPER)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights"); parser.add_argument("looks"); parser.add_argument("features"); parser.add_argument("held"); parser.add_argument("run")
    parser.add_argument("--also", nargs="*", default=[], help="more features, of which nothing is captioned")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--taught", type=int, default=8000)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=3e-4)
    parser.add_argument("--every", type=int, default=250)
    given = parser.parse_args()
    from codebook import Codebook  # which takes things from here
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    run = Path(given.run)
    wardrobe = scenes.Wardrobe(given.looks)
    data, held = Data(given.features, wardrobe), Data(given.held, wardrobe)
    model, tokenizer = weights.decoder(given.weights)
    decoder = Decoder(model)
    del model
    frame = Frame(decoder, tokenizer)
    book = Codebook.saved(run / "codebook.safetensors", wardrobe)
    chosen = [k for k, thing in enumerate(wardrobe.things) if thing.noun in wardrobe.chosen]
    said = chosen + [len(wardrobe.things) + k for k in range(len(book.grounds))]
    connector, average = Connector(len(said)), Connector(len(said)).eval()
    log = open(run / "log.jsonl", "a")

    def tell(said):
        log.write(json.dumps(said) + "\n"); log.flush()
        print(json.dumps(said), flush=True)

    @torch.no_grad()
    def judge(step):
        """Captions of 40 held-out scenes, which nothing is chosen by, and of 40 training scenes."""
        said, chosen = {"step": step}, np.arange(40)
        for name, some in (("held", held), ("train", data)):
            texts = captions(average, decoder, frame, tokenizer, some.inputs(chosen), 44)
            ids, weight = some.captioned(chosen, tokenizer)
            said[name] = {**scored(texts, wardrobe, some.noun[chosen]), "loss": caption_loss(average(some.inputs(chosen)), decoder, frame, ids, weight).item(), "said": texts[:4]}
        tell(said)

    kept, begin = run / "checkpoint.pt", 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        connector.load_state_dict(state["connector"]); average.load_state_dict(state["average"])
        begin = state["step"]
    else:
        connector.whiten(data.inputs(np.arange(min(1024, data.count))).flatten(0, 1))
        with torch.no_grad():
            connector.table.copy_(torch.cat([book.noun, book.ground])[said])
            connector.positions.copy_(book.place)
        sets = [data, *(Data(folder, wardrobe) for folder in given.also)]
        taught(connector, lambda layouts: book.shares(layouts)[..., said], len(chosen), sets, given.taught, np.random.default_rng([given.seed, 1]), tell)
        average.load_state_dict(connector.state_dict())
    connector.drop = 0.1, 0.1
    optimizer = torch.optim.AdamW([p for p in connector.parameters() if p.requires_grad], lr=given.lr, betas=(0.9, 0.95), weight_decay=0)
    if begin:
        optimizer.load_state_dict(state["optimizer"])

    def keep(step):
        part = kept.with_suffix(".part")
        torch.save({"connector": connector.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, part)
        part.rename(kept)
        save_file(average.saved(), run / "connector.safetensors")

    keep(begin)
    judge(begin)
    rng, recent, began = np.random.default_rng([given.seed, 2, begin]), [], time.time()
    for step in range(begin, given.steps):
        for group in optimizer.param_groups:
            group["lr"] = given.lr * min(1, (step - begin + 1) / 30) * min(1, 1.5 * (1 - step / given.steps))
        some = np.sort(rng.choice(data.count, given.batch, replace=False))
        loss = caption_loss(connector(data.inputs(some)), decoder, frame, *data.captioned(some, tokenizer))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimizer.step(); optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            for mine, theirs in zip(average.parameters(), connector.parameters()):
                mine.lerp_(theirs, 1 - min(0.98, step / (step + 20)))
        recent.append(loss.item())
        if (step + 1) % 20 == 0:
            tell({"step": step + 1, "scenes": (step + 1) * given.batch, "loss": round(float(np.mean(recent[-20:])), 3), "seconds": round(time.time() - began)})
        if (step + 1) % given.every == 0 or step + 1 == given.steps:
            keep(step + 1)
            judge(step + 1)


if __name__ == "__main__":
    main()
