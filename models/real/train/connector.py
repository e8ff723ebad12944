"""Trains the connector by captioning, both ends frozen.

Usage: python connector.py WEIGHTS LOOKS FEATURES RUN [--seed 0] [--steps N] [--lr 1e-3] [--decay N] [--held held-77]

RUN keeps checkpoint.pt (everything that is needed to go on: run the same command again), log.jsonl and connector.safetensors.
The learning rate is constant after a warm-up; --decay N lowers it to zero over the N steps from where the checkpoint is.
"""

import argparse
import json
import os
import time
from datetime import timedelta
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
HIDDEN = 1024
MOST = {1: 8, 2: 8, 3: 12, 4: 24, 8: 48}  # tokens of a caption and its end, by the window's side


class Connector(torch.nn.Module):
    """Four joined patches -> LayerNorm -> Linear -> GELU -> Linear, at the size of the text embeddings.

    `scale` (the root mean square of the embedding table) is a constant that is multiplied into linear_2 when it is saved.

    With `matched`, each of the outputs has over visual tokens the mean and the standard deviation that it has over the
    embedding table: running means and variances are taken away, and those of the table put in their place; all of it is folded
    into linear_2 when it is saved. Without it nothing keeps visual tokens where words are, and they leave (README.md).
    """

    def __init__(self, scale, features=1536, hidden=HIDDEN, width=576, matched=False):
        super().__init__()
        self.norm = torch.nn.LayerNorm(features, eps=1e-6)
        self.linear_1 = torch.nn.Linear(features, hidden)
        self.linear_2 = torch.nn.Linear(hidden, width)
        self.scale = scale
        self.matched = matched
        if matched:
            self.register_buffer("running_mean", torch.zeros(width))
            self.register_buffer("running_var", torch.ones(width))
        with torch.no_grad():
            self.linear_1.weight.normal_(0, features ** -0.5)
            self.linear_1.bias.zero_()
            self.linear_2.weight.normal_(0, 1.7 * hidden ** -0.5)  # GELU leaves 0.6 of a unit normal's root mean square
            self.linear_2.bias.zero_()

    @torch.no_grad()
    def begin(self, embedding, seed):
        """Outputs begin as mixtures of the embeddings of random tokens around their mean: where the decoder is used to be
        spoken to, and nowhere in particular there."""
        mean = embedding.mean(0)
        self.mean, self.deviation = mean, embedding.std(0)
        chosen = torch.randint(len(embedding), (self.linear_2.in_features,), generator=torch.Generator().manual_seed(seed))
        self.linear_2.weight.copy_((embedding[chosen] - mean).T / self.scale * 1.7 * self.linear_2.in_features ** -0.5)
        self.linear_2.bias.copy_(mean / self.scale)

    def forward(self, x):
        y = self.linear_2(F.gelu(self.linear_1(F.dropout(self.norm(x), 0.1, self.training))))
        if not self.matched:
            return y * self.scale
        if self.training:
            with torch.no_grad():
                flat = y.reshape(-1, y.shape[-1])
                self.running_mean.lerp_(flat.mean(0), 0.05)
                self.running_var.lerp_(flat.var(0), 0.05)
        return (y - self.running_mean) * (self.running_var + 1e-6).rsqrt() * self.deviation + self.mean

    def saved(self, dtype=torch.float16):
        factor, offset = self.scale, 0
        if self.matched:
            factor = self.deviation * (self.running_var + 1e-6).rsqrt()
            offset = self.mean - self.running_mean * factor
        weight = self.linear_2.weight * (factor[:, None] if self.matched else factor)
        tensors = {"norm.weight": self.norm.weight, "norm.bias": self.norm.bias, "linear_1.weight": self.linear_1.weight, "linear_1.bias": self.linear_1.bias,
                   "linear_2.weight": weight, "linear_2.bias": self.linear_2.bias * factor + offset}
        return {name: value.detach().to(dtype).contiguous() for name, value in tensors.items()}

    def restore(self, tensors):
        tensors = {name: value.float() for name, value in tensors.items()}
        tensors["linear_2.weight"], tensors["linear_2.bias"] = tensors["linear_2.weight"] / self.scale, tensors["linear_2.bias"] / self.scale
        self.load_state_dict(tensors)
        return self.eval()


class Data:
    """Precomputed scenes; those that are there now, as features.py may still be adding."""

    def __init__(self, folder, wardrobe, held=False):
        self.folder, self.wardrobe = Path(folder), wardrobe
        size = (self.folder / "noun.bin").stat().st_size // (2 * scenes.MOST)
        self.features = np.memmap(self.folder / "features.bin", np.float16, "r", shape=(size, 8, 8, 1536))
        self.noun = np.memmap(self.folder / "noun.bin", np.int16, "r", shape=(size, scenes.MOST))
        self.cover = np.memmap(self.folder / "cover.bin", np.uint8, "r", shape=(size, scenes.MOST, scenes.GRID, scenes.GRID))
        self.refresh()

    def refresh(self):
        self.count = int((self.folder / "done.txt").read_text())
        with open(self.folder / "ground.txt") as file:
            self.ground = [line.rstrip("\n").split("|") for line in file.readlines()[: self.count]]

    def seen(self, i, top, left, rows, columns):
        """What a window (in joined tokens) shows."""
        found = []
        for k in range(scenes.MOST):
            if self.noun[i, k] < 0:
                continue
            cover = self.cover[i, k].astype(np.float32)
            part = cover[2 * top:2 * (top + rows), 2 * left:2 * (left + columns)]
            # A third of it, or a third of what there is to see.
            if (part.sum() < 0.35 * cover.sum() and part.mean() < 0.35 * 255) or part.sum() < 255:
                continue
            y, x = np.mgrid[0:part.shape[0], 0:part.shape[1]] + 0.5
            found.append((self.wardrobe.things[self.noun[i, k]].noun, (x * part).sum() / part.sum() / part.shape[1], (y * part).sum() / part.sum() / part.shape[0]))
        return found

    def window(self, rng, i, rows, columns):
        """Where a window begins; mostly around a thing's middle."""
        if rows == 8:
            return 0, 0
        every = [k for k in range(scenes.MOST) if self.noun[i, k] >= 0]
        things = [k for k in every if self.wardrobe.things[self.noun[i, k]].noun in self.wardrobe.chosen] or every
        if things and rng.random() < (0.96 if rows < 3 else 0.85):
            cover = self.cover[i, rng.choice(things)].astype(np.float32)
            if rows < 3:
                # One of the joined tokens that the thing fills, anywhere in the window.
                share = cover.reshape(8, 2, 8, 2).mean((1, 3))
                y, x = np.argwhere(share >= min(0.5 * 255, share.max()))[rng.integers((share >= min(0.5 * 255, share.max())).sum())]
                return int(np.clip(y - rng.integers(rows), 0, 8 - rows)), int(np.clip(x - rng.integers(columns), 0, 8 - columns))
            y, x = np.mgrid[0:16, 0:16]
            total = max(cover.sum(), 1)
            middle = (y * cover).sum() / total / 2, (x * cover).sum() / total / 2
            at = [int(np.clip(round(m - size / 2 + rng.uniform(-1, 1)), 0, 8 - size)) for m, size in zip(middle, (rows, columns))]
            return at[0], at[1]
        return int(rng.integers(0, 9 - rows)), int(rng.integers(0, 9 - columns))

    def batch(self, rng, tokenizer, count, rows, columns, chosen=None, short=False):
        chosen = rng.integers(0, self.count, count) if chosen is None else chosen
        inputs, tokens = [], []
        for i in chosen:
            top, left = self.window(rng, i, rows, columns)
            inputs.append(self.features[i, top:top + rows, left:left + columns].reshape(rows * columns, 1536))
            seen = self.seen(i, top, left, rows, columns)
            # The batch is as long as its longest caption: one that is too long for its window is said again, and at last cut off.
            for _ in range(6):
                text = scenes.short(rng, self.wardrobe.named, seen, self.ground[i], 0.1 if rows < 3 else 0.5) if short else scenes.caption(rng, self.wardrobe.named, seen, self.ground[i])
                row = tokenizer(" " + (text.rstrip(".") if rows == 1 else text))["input_ids"]
                if len(row) < MOST[rows]:
                    break
            tokens.append(row)
        # One token tells a noun and no more; that a caption ends is learnt from larger windows.
        ended = 0 if rows == 1 else 1
        longest = min(max(map(len, tokens)) + ended, MOST[rows])
        ids = torch.tensor([(row + [END] * longest)[:longest] for row in tokens])
        weight = torch.tensor([([1.0] * (len(row) + ended) + [0.0] * longest)[:longest] for row in tokens])
        return torch.from_numpy(np.stack(inputs)).float(), ids, weight


    def middles(self, rng, tokenizer, count):
        """Joined tokens that one chosen thing fills, behind " a" the thing's noun, and a weight for the noun's tokens alone."""
        inputs, tokens = [], []
        while len(inputs) < count:
            i = rng.integers(0, self.count)
            k = rng.integers(scenes.MOST)
            if self.noun[i, k] < 0 or self.wardrobe.things[self.noun[i, k]].noun not in self.wardrobe.chosen:
                continue
            share = self.cover[i, k].astype(np.float32).reshape(8, 2, 8, 2).mean((1, 3))
            y, x = np.unravel_index(share.argmax(), share.shape)
            if share[y, x] < 0.7 * 255:
                continue
            inputs.append(self.features[i, y, x][None])
            tokens.append(tokenizer(" a " + self.wardrobe.things[self.noun[i, k]].noun)["input_ids"])
        longest = max(map(len, tokens))
        ids = torch.tensor([(row + [END] * longest)[:longest] for row in tokens])
        weight = torch.tensor([([0.0] + [1.0] * (len(row) - 1) + [0.0] * longest)[:longest] for row in tokens])
        return torch.from_numpy(np.stack(inputs)).float(), ids, weight


class Frame:
    """What stands around visual tokens, ready for a decoder."""

    def __init__(self, decoder, tokenizer):
        before, behind = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (BEFORE, BEHIND))
        self.before, self.behind = decoder.embedding[torch.tensor(before)], decoder.embedding[torch.tensor(behind)]
        self.begun = decoder.begun(before)


def caption_loss(connector, decoder, frame, inputs, ids, weight):
    """BEFORE, visual tokens, BEHIND, caption, END: asked for the caption and the token that ends it."""
    n = len(inputs)
    visual = connector(inputs).to(decoder.dtype)
    sequence = torch.cat([visual, frame.behind.expand(n, -1, -1), decoder.embedding[ids[:, :-1]]], 1)
    states = decoder(sequence, frame.begun)[:, visual.shape[1] + len(frame.behind) - 1:]
    keep = weight > 0
    logits = decoder.logits(states[keep]).float()
    return F.cross_entropy(logits, ids[keep])


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


def scored(texts, data, chosen):
    """Share of the things that captions name (noun or plural; or a synonym too), share of named things that are there, and grounds."""
    every = data.wardrobe.things
    total = strict = loose = named = right = 0
    for text, i in zip(texts, chosen):
        there = {int(k) for k in data.noun[i] if k >= 0}
        for k in there:
            if every[k].noun not in data.wardrobe.chosen:
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
                right += k in there
    return {"things": total, "named": strict / total, "named_or_synonym": loose / total, "precision": right / max(named, 1)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights"); parser.add_argument("looks"); parser.add_argument("features"); parser.add_argument("run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100000)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--decay", type=int, default=0)
    parser.add_argument("--train", default="train-1")
    parser.add_argument("--held", default="held-77")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--small", type=float, default=0.0, help="share of steps on 3 x 3 windows with short captions: the cheapest way to nouns")
    parser.add_argument("--tiny", type=float, default=0.0, help="share of steps on 2 x 2 windows: a thing's middle, and its name")
    parser.add_argument("--matched", action="store_true", help="keep visual tokens where the embeddings are")
    parser.add_argument("--begin", help="a checkpoint whose weights a new run begins with")
    parser.add_argument("--single", type=float, default=0.0, help="share of steps on single joined tokens: every one learns to speak for itself")
    parser.add_argument("--whole", type=float, default=0.0, help="share of steps on whole scenes; the rest are 4 x 4 windows")
    parser.add_argument("--every", type=int, default=300)
    parser.add_argument("--until", type=float, default=0, help="stop (with a checkpoint) at this Unix time")
    given = parser.parse_args()
    # Several processes of one thread each (torchrun) share the batch: they wait for each other once a step, not in every product.
    rank, workers = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(1 if workers > 1 else 2)
    if workers > 1:
        torch.distributed.init_process_group("gloo", timeout=timedelta(hours=2))
    given.batch //= workers
    run = Path(given.run)
    run.mkdir(parents=True, exist_ok=True)
    wardrobe = scenes.Wardrobe(given.looks)
    data, held = Data(Path(given.features) / given.train, wardrobe), Data(Path(given.features) / given.held, wardrobe)
    model, tokenizer = weights.decoder(given.weights)
    scale = model.get_input_embeddings().weight.pow(2).mean().sqrt().item()
    decoder = Decoder(model)
    frame = Frame(decoder, tokenizer)
    del model
    torch.manual_seed(given.seed)
    connector, average = Connector(scale, matched=given.matched), Connector(scale, matched=given.matched).eval()
    for net in (connector, average):
        net.begin(decoder.embedding.float(), given.seed)
    average.load_state_dict(connector.state_dict())
    optimizer = torch.optim.AdamW(connector.parameters(), lr=given.lr, betas=(0.9, 0.95), weight_decay=0)
    begin = samples = 0
    spent = 0.0
    kept = run / "checkpoint.pt"
    if given.begin and not kept.exists():
        state = torch.load(given.begin, weights_only=True)
        for net in (connector, average):
            net.load_state_dict(state["connector"], strict=False)
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        connector.load_state_dict(state["connector"]); average.load_state_dict(state["average"]); optimizer.load_state_dict(state["optimizer"])
        begin, samples, spent = state["step"], state["samples"], state["spent"]
    rng = np.random.default_rng([given.seed, begin, rank])
    shared = np.random.default_rng([given.seed, begin])
    log = open(run / "log.jsonl", "a")

    def keep(step):
        part = kept.with_suffix(".part")
        torch.save({"connector": connector.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                    "step": step, "samples": samples, "spent": spent + time.time() - began}, part)
        part.rename(kept)
        save_file(average.saved(), run / "connector.safetensors")

    def judge(step):
        fixed = np.random.default_rng(5)
        with torch.no_grad():
            windows = [caption_loss(average, decoder, frame, *held.batch(fixed, tokenizer, 48, 4, 4)).item() for _ in range(4)]
            whole = [caption_loss(average, decoder, frame, *held.batch(fixed, tokenizer, 24, 8, 8)).item() for _ in range(3)]
            # The noun of a single token's thing, in nats a token: of training scenes, of held-out looks; and asked of other tokens.
            one, other = data.middles(fixed, tokenizer, 192), held.middles(fixed, tokenizer, 192)
            nouns = [caption_loss(average, decoder, frame, *some).item() for some in (one, other, (one[0].roll(1, 0), *one[1:]))]
        chosen = np.arange(40)
        texts = captions(average, decoder, frame, tokenizer, torch.from_numpy(held.features[chosen].reshape(len(chosen), 64, 1536)).float(), 32)
        # The first training scenes: what is learnt, whether or not it carries over to other looks.
        seen = captions(average, decoder, frame, tokenizer, torch.from_numpy(data.features[chosen].reshape(len(chosen), 64, 1536)).float(), 32)
        said = {"step": step, "samples": samples, "scenes": data.count, "held_window_loss": float(np.mean(windows)), "held_whole_loss": float(np.mean(whole)), "noun_loss": dict(zip(("train", "held", "other"), nouns)),
                **scored(texts, held, chosen), "of_training_scenes": scored(seen, data, chosen)["named"], "seconds": spent + time.time() - began, "said": texts[:4]}
        log.write(json.dumps(said) + "\n"); log.flush()
        print(json.dumps(said), flush=True)

    began, saved, recent = time.time(), time.time(), []
    for step in range(begin, min(given.steps, begin + given.decay) if given.decay else given.steps):
        rate = given.lr * min(1, (step + 1) / 60)
        if given.decay:
            rate *= 1 - (step - begin) / given.decay
        for group in optimizer.param_groups:
            group["lr"] = rate
        # A step costs about the same whatever its windows: 144 of one token, 96 of 2 x 2, 64 of 3 x 3, 48 of 4 x 4, 16 whole scenes.
        size = shared.choice([1, 2, 3, 8, 4], p=[given.single, given.tiny, given.small, given.whole, 1 - given.single - given.tiny - given.small - given.whole])
        count = {1: given.batch * 3, 2: given.batch * 2, 3: given.batch * 4 // 3, 4: given.batch, 8: given.batch // 3}[size]
        inputs, ids, weight = data.batch(rng, tokenizer, count, size, size, short=size < 4)
        # In two halves, the short captions first: less of the work is padding.
        order, total, loss = weight.sum(1).argsort(), weight.sum(), torch.zeros(())
        for half in order.chunk(2):
            longest = int(weight[half].sum(1).max())
            part = caption_loss(connector, decoder, frame, inputs[half], ids[half, :longest], weight[half, :longest]) * weight[half].sum() / total
            part.backward()
            loss += part.detach()
        if workers > 1:
            flat = torch.cat([p.grad.flatten() for p in connector.parameters()] + [torch.tensor([loss.item(), float(given.until and time.time() > given.until)])])
            torch.distributed.all_reduce(flat)
            flat /= workers
            at = 0
            for p in connector.parameters():
                p.grad.copy_(flat[at:at + p.numel()].view_as(p))
                at += p.numel()
            loss, late = flat[-2], flat[-1] > 0
        else:
            late = given.until and time.time() > given.until
        torch.nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        samples += len(inputs) * workers
        with torch.no_grad():
            pace = min(0.99, step / (step + 20))
            for mine, theirs in zip(average.parameters(), connector.parameters()):
                mine.lerp_(theirs, 1 - pace)
            for mine, theirs in zip(average.buffers(), connector.buffers()):
                mine.copy_(theirs)
        recent.append(loss.item())
        if (step + 1) % 20 == 0:
            data.refresh()
        if rank:
            if late:
                break
            continue
        if (step + 1) % 20 == 0:
            print(f"step {step + 1} samples {samples} loss {np.mean(recent[-20:]):.3f} rate {rate:.1e} {(time.time() - began) / (step + 1 - begin):.2f} s a step", flush=True)
            log.write(json.dumps({"step": step + 1, "samples": samples, "loss": float(np.mean(recent[-20:])), "rate": rate}) + "\n"); log.flush()
        if time.time() - saved > 240:
            keep(step + 1)
            saved = time.time()
        if (step + 1) % given.every == 0:
            judge(step + 1)
        if late:
            break
    if rank == 0:
        keep(step + 1)
        judge(step + 1)


if __name__ == "__main__":
    main()
