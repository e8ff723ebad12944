"""Trains the connector to say what captioning has found, both ends frozen.

Usage: python connector.py WEIGHTS LOOKS FEATURES/TRAIN FEATURES/HELD RUN [--also FEATURES/CROWD] [--seed 0] [--steps N]

Features are taught which of the words that captioning has found vectors for (codebook.py, RUN/codebook.safetensors) covers a token, in the
scenes of TRAIN and of CROWD; no decoder is needed for that. At the end scenes are captioned, and the captions scored. RUN keeps checkpoint.pt
(run the same command again to go on), log.jsonl and connector.safetensors.
"""

import argparse
import fcntl
import json
import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import scenes
import weights
from decoder import Decoder

END = 2  # <|im_end|>
LINKS, LINKED = (28, 284), 4.0  # "," and " and": here it is decided whether another thing follows, and what is left out is mostly the last
# What stands around the visual tokens. SmolLM2 was taught turns: what stands in one it can speak of. (Where the noun's own
# embedding stands in the place of a visual token, it goes on with the noun in 94 % of cases; between the bare tokens
# <|im_start|> and <|im_end|> in none, and a connector learnt nothing there in 40,000 samples.)
BEFORE, BEHIND = "<|im_start|>user\nPicture:", "\nThe picture shows"
FEATURES, DIRECTIONS, HEADS, HIDDEN = 3072, 768, 3, 1024
SHARPER = 3.0  # logits are multiplied with it once words are learnt: a token is to say one thing, not all that it might be


class Connector(torch.nn.Module):
    """Four joined patches -> LayerNorm -> whitening, to fewer directions -> each token and the mean of the 3 x 3 around it -> Linear -> GELU -> Linear
    -> softmax over a visual vocabulary -> the mixture of its vectors, and that of the place. Ovis speaks to its decoder in this way (arXiv 2405.20797).

    `table` [words, width] and `positions` [tokens, width] are what codebook.py has found; the whitening (`reduction`) is measured on features
    and not trained. The layers are HEADS heads side by side while words are taught, each with its own loss: what they tell on the mean is
    better than what one tells that is as wide as all.
    """

    def __init__(self, words, features=FEATURES, directions=DIRECTIONS, hidden=HEADS * HIDDEN, width=576, tokens=64):
        super().__init__()
        self.norm = torch.nn.LayerNorm(features, eps=1e-6).requires_grad_(False)
        self.reduction = torch.nn.Linear(features, directions, bias=False).requires_grad_(False)
        self.linear_1 = torch.nn.Linear(2 * directions, hidden)
        self.linear_2 = torch.nn.Linear(hidden, words)
        self.table = torch.nn.Parameter(torch.randn(words, width))
        self.positions = torch.nn.Parameter(torch.zeros(tokens, width))
        self.drop = 0.2, 0.4
        self.noise = np.random.Generator(np.random.SFC64(torch.initial_seed()))
        self.register_buffer("center", torch.zeros(features))

    @torch.no_grad()
    def whiten(self, samples, least=0.1):
        """Measures it on features, each at unit variance: the directions of most variance, to which `least` is added."""
        samples = self.norm(samples)
        self.center.copy_(samples.mean(0))
        deviation = samples.std(0)
        values, vectors = torch.linalg.eigh(torch.cov(((samples - self.center) / deviation).T))
        kept = slice(-len(self.reduction.weight), None)
        self.reduction.weight.copy_((vectors[:, kept] * (values[kept].clamp_min(0) + least).rsqrt() / deviation[:, None]).T)

    def reduced(self, x):
        return self.reduction(self.norm(x) - self.center)

    def dropped(self, x, share):
        """Dropout that draws a byte for each value: `F.dropout` takes as long as a layer."""
        if not self.training:
            return x
        kept = np.frombuffer(self.noise.bytes(x.numel()), np.uint8).reshape(x.shape) >= round(256 * share)
        return x * torch.from_numpy(kept).to(x.dtype).div_(1 - share)

    def hidden(self, x):
        x = self.dropped(x, self.drop[0])
        return self.dropped(F.gelu(self.linear_1(torch.cat([x, around(x)], -1))), self.drop[1])

    def heads(self, x):
        """What each head tells by itself of reduced features: [heads, scenes, tokens, words]."""
        parts = [part.unflatten(-1, (HEADS, HIDDEN)) for part in (self.hidden(x), self.linear_2.weight)]
        return torch.einsum("nthd,whd->hntw", *parts) + self.linear_2.bias

    @torch.no_grad()
    def merge(self, factor):
        """From here on the heads are one, which tells `factor` times their mean."""
        self.linear_2.weight.mul_(factor / HEADS)
        self.linear_2.bias.mul_(factor)

    def logits(self, x):
        return self.linear_2(self.hidden(self.reduced(x)))

    def forward(self, x):
        return self.logits(x).softmax(-1) @ self.table + self.positions

    def saved(self, dtype=torch.float16):
        """Its tensors, with the center in `linear_1.bias`: a constant is its own mean."""
        center = (self.reduction.weight @ self.center).repeat(2)
        tensors = {"norm.weight": self.norm.weight, "norm.bias": self.norm.bias, "reduction.weight": self.reduction.weight,
                   "linear_1.weight": self.linear_1.weight, "linear_1.bias": self.linear_1.bias - self.linear_1.weight @ center,
                   "linear_2.weight": self.linear_2.weight, "linear_2.bias": self.linear_2.bias, "table.weight": self.table.T, "positions.weight": self.positions}
        return {name: value.detach().to(dtype).contiguous() for name, value in tensors.items()}

    @classmethod
    def restored(cls, tensors):
        tensors = {name: value.float() for name, value in tensors.items()}
        table, positions = tensors.pop("table.weight").T, tensors.pop("positions.weight")
        made = cls(len(table), tensors["reduction.weight"].shape[1], *(len(tensors[f"{name}.weight"]) for name in ("reduction", "linear_1")), table.shape[1], len(positions))
        made.load_state_dict(tensors | {"table": table, "positions": positions}, strict=False)
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

    def reduced(self, connector):
        """Features behind the whitening, kept beside them under its checksum, since each is looked at more than once."""
        path = self.folder / f"reduced-{zlib.crc32(connector.reduction.weight.numpy().tobytes()):08x}.bin"
        size = DIRECTIONS * 64 * 2
        with open(path, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # Two seeds may be taught at once.
            done = file.seek(0, 2) // size
            file.truncate(done * size)
            for start in range(done, self.count, 64):
                with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                    file.write(connector.reduced(self.inputs(np.arange(start, min(start + 64, self.count)))).half().numpy().tobytes())
        return np.memmap(path, np.float16, "r", shape=(self.count, 64, DIRECTIONS))

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
    """BEFORE, visual tokens, BEHIND, caption, END: asked for the caption and the token that ends it, LINKED times for what links things."""
    n = len(visual)
    sequence = torch.cat([visual.to(decoder.dtype), frame.behind.expand(n, -1, -1), decoder.embedding[ids[:, :-1]]], 1)
    states = decoder(sequence, frame.begun)[:, visual.shape[1] + len(frame.behind) - 1:]
    keep = weight > 0
    loss = F.cross_entropy(decoder.logits(states[keep]).float(), ids[keep], reduction="none")
    weight = torch.where(torch.isin(ids, torch.tensor(LINKS)), LINKED * weight, weight)[keep]
    return (loss * weight).sum() / weight.sum()


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


def teach(connector, shares, nouns, sets, begin, steps, seed, optimizer, rate=1e-3, count=12):
    """Features learn what covers their token, as a distribution over the visual vocabulary, in which nouns come first (cross-entropy). Yields, after
    every step, the error and the share of tokens filled by one thing that are told rightly."""
    every = np.array([(k, i) for k, data in enumerate(sets) for i in range(data.count)])
    inputs = [data.reduced(connector) for data in sets]
    for step in range(begin, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * (1 - step / steps)
        number, at = divmod(step, len(every) // count)
        if at == 0 or step == begin:
            order = np.random.default_rng([seed, 1, number]).permutation(every)
        some = order[at * count:(at + 1) * count]
        right = torch.cat([shares([sets[k].layout(i)]) for k, i in some])
        right /= right.sum(-1, keepdim=True)
        with torch.autocast("cpu", torch.bfloat16):
            told = connector.heads(torch.from_numpy(np.stack([inputs[k][i] for k, i in some])).float()).float()
        loss = torch.stack([F.cross_entropy(logits.flatten(0, 1), right.flatten(0, 1), label_smoothing=0.1, reduction="none") for logits in told]).mean(0)
        # Tokens that a thing fills count as much as all of them.
        filled = (right[..., :nouns].amax(-1) >= 0.8).flatten()
        loss = (loss[filled].mean() + loss.mean()) / 2
        loss.backward(); optimizer.step(); optimizer.zero_grad(set_to_none=True)
        yield loss.item(), (told.mean(0).argmax(-1) == right.argmax(-1)).flatten()[filled].float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights"); parser.add_argument("looks"); parser.add_argument("features"); parser.add_argument("held"); parser.add_argument("run")
    parser.add_argument("--also", nargs="*", default=[], help="more features")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=34000)
    given = parser.parse_args()
    from codebook import Codebook  # which takes things from here
    torch.set_num_threads(1)
    torch.manual_seed(given.seed)
    run = Path(given.run)
    wardrobe = scenes.Wardrobe(given.looks)
    data, held = Data(given.features, wardrobe), Data(given.held, wardrobe)
    book = Codebook.saved(run / "codebook.safetensors", wardrobe)
    chosen = [k for k, thing in enumerate(wardrobe.things) if thing.noun in wardrobe.chosen]
    said = chosen + [len(wardrobe.things) + k for k in range(len(book.grounds))]
    connector = Connector(len(said))
    connector.whiten(data.inputs(np.arange(min(1024, data.count))).flatten(0, 1))
    with torch.no_grad():
        connector.table.copy_(torch.cat([book.noun, book.ground])[said])
        connector.positions.copy_(book.place)
    log = open(run / "log.jsonl", "a")

    def tell(said):
        log.write(json.dumps(said) + "\n"); log.flush()
        print(json.dumps(said), flush=True)

    optimizer = torch.optim.AdamW([*connector.linear_1.parameters(), *connector.linear_2.parameters()], weight_decay=0.1, fused=True)
    kept, begin = run / "checkpoint.pt", 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        connector.load_state_dict(state["connector"]); optimizer.load_state_dict(state["optimizer"])
        begin = state["step"]
    sets, seen = [data, *(Data(folder, wardrobe) for folder in given.also)], []
    for step, one in enumerate(teach(connector, lambda layouts: book.shares(layouts)[..., said], len(chosen), sets, begin, given.steps, given.seed, optimizer), begin + 1):
        seen.append(one)
        if step % 200 == 0:
            tell({"step": step, **dict(zip(("loss", "right"), np.mean(seen[-200:], 0).round(4).tolist()))})
        if step % 1000 == 0 or step == given.steps:
            part = kept.with_suffix(".part")
            torch.save({"connector": connector.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, part)
            part.rename(kept)
    connector.merge(SHARPER)
    connector.eval()
    save_file(connector.saved(), run / "connector.safetensors")
    # Captions of 40 held-out scenes, which nothing is chosen by, and of 40 training scenes.
    model, tokenizer = weights.decoder(given.weights)
    decoder = Decoder(model)
    frame, some = Frame(decoder, tokenizer), np.arange(40)
    with torch.no_grad():
        for name, these in (("held", held), ("train", data)):
            texts = captions(connector, decoder, frame, tokenizer, these.inputs(some), 44)
            loss = caption_loss(connector(these.inputs(some)), decoder, frame, *these.captioned(some, tokenizer))
            tell({name: scored(texts, wardrobe, these.noun[some]), "loss": loss.item(), "said": texts[:4]})


if __name__ == "__main__":
    main()
