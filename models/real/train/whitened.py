"""A second way to train the connector: fewer samples for each noun. It is not what the committed connectors were made by (README.md).

Usage: python whitened.py WEIGHTS LOOKS FEATURES RUN [--seed 0] [--steps N] [--shares gathered=1,single=1] [--lr 1e-3] [--decay N]
                          [--begin CONNECTOR]

As connector.py, from which the rest is taken, and different in three things:
- linear_1 sees whitened features; what was measured for it is folded away when the connector is saved.
- "gathered" steps: joined tokens that things of one noun fill in many scenes go through the connector, and their mean is captioned as
  one visual token ("a dog"); each is drawn towards that mean.
- a whole scene is told in several captions, and its visual tokens go through the decoder once.
One process of one thread. RUN keeps the same files and goes on in the same way.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import connector as plain
import scenes
import weights
from decoder import Decoder

# What a step looks at: the side of its windows, how many of them, captions of each, and whether those are short. All cost about the same.
KINDS = {"gathered": (1, 32, 1, True), "single": (1, 64, 1, True), "tiny": (2, 40, 1, True), "small": (3, 24, 1, True),
         "window": (4, 8, 2, False), "listed": (8, 4, 4, True), "whole": (8, 4, 2, False)}


class Connector(plain.Connector):
    """`center` is taken from what LayerNorm gives, and what is left is turned so that every direction varies alike; then linear_1."""

    def __init__(self, scale):
        super().__init__(scale)
        features = self.linear_1.in_features
        self.register_buffer("center", torch.zeros(features))
        self.register_buffer("whitener", torch.eye(features))
        self.norm.requires_grad_(False)

    @torch.no_grad()
    def whiten(self, samples, least):
        """Measures both on features; `least` of the mean variance is added to that of every direction."""
        samples = F.layer_norm(samples, samples.shape[-1:], eps=self.norm.eps)
        self.center.copy_(samples.mean(0))
        covariance = torch.cov(samples.T)
        floor = least * covariance.diagonal().mean()
        values, vectors = torch.linalg.eigh(covariance)
        values = values.clamp_min(0)
        self.whitener.copy_(vectors * (values + floor).rsqrt() @ vectors.T)
        self.whitener /= (values / (values + floor)).mean().sqrt()  # one unit of variance in the mean

    def forward(self, x):
        x = (self.norm(x) - self.center) @ self.whitener
        return self.linear_2(F.gelu(self.linear_1(F.dropout(x, 0.1, self.training)))) * self.scale

    def saved(self, dtype=torch.float16):
        tensors = super().saved(torch.float32)
        weight = tensors["linear_1.weight"] @ self.whitener
        tensors |= {"linear_1.weight": weight, "linear_1.bias": tensors["linear_1.bias"] - weight @ self.center}
        return {name: value.detach().to(dtype).contiguous() for name, value in tensors.items()}

    @torch.no_grad()
    def resume(self, tensors):
        """From what was saved in plain form, behind `whiten`."""
        tensors = {name: value.float() for name, value in tensors.items()}
        bias = tensors["linear_1.bias"] + tensors["linear_1.weight"] @ tensors["norm.bias"]
        weight = tensors["linear_1.weight"] * tensors["norm.weight"]
        self.linear_1.bias.copy_(bias + weight @ self.center)
        self.linear_1.weight.copy_(torch.linalg.solve(self.whitener, weight, left=False))
        self.linear_2.weight.copy_(tensors["linear_2.weight"] / self.scale)
        self.linear_2.bias.copy_(tensors["linear_2.bias"] / self.scale)


class Data(plain.Data):
    def __init__(self, folder, wardrobe):
        super().__init__(folder, wardrobe)
        # Of every thing the joined tokens that it fills by half or more: (scene, row, column) of each.
        found = {}
        for start in range(0, self.count, 512):
            stop = min(start + 512, self.count)
            share = self.cover[start:stop].astype(np.float32).reshape(-1, scenes.MOST, 8, 2, 8, 2).mean((3, 5)) / 255
            i, k, y, x = np.nonzero((share >= 0.5) & (self.noun[start:stop] >= 0)[:, :, None, None])
            for noun in np.unique(own := self.noun[start:stop][i, k]):
                found.setdefault(int(noun), []).append(np.stack([i + start, y, x], 1)[own == noun])
        self.filled = {noun: np.concatenate(parts) for noun, parts in found.items()}

    def rows(self, tokens, most, ended):
        longest = min(max(map(len, tokens)) + ended, most)
        return (torch.tensor([(row + [plain.END] * longest)[:longest] for row in tokens]),
                torch.tensor([([1.0] * (len(row) + ended) + [0.0] * longest)[:longest] for row in tokens]))

    def gathered(self, rng, tokenizer, count, pool):
        """Of `count` things `pool` joined tokens each that they fill, in any scenes, and what is said of them: "a dog"."""
        every = list(self.filled)
        chosen = [noun for noun in every if self.wardrobe.things[noun].noun in self.wardrobe.chosen]
        inputs, tokens = [], []
        for _ in range(count):
            noun = int(rng.choice(chosen if rng.random() < 0.85 else every))
            i, y, x = self.filled[noun][rng.integers(len(self.filled[noun]), size=pool)].T
            inputs.append(self.features[i, y, x])
            tokens.append(tokenizer(" " + scenes.phrase(rng, self.wardrobe.things[noun], 1))["input_ids"])
        return torch.from_numpy(np.stack(inputs)).float(), *self.rows(tokens, 3, 0)

    def told(self, rng, tokenizer, count, side, each, short):
        """Windows of scenes, and `each` captions of every one."""
        inputs, tokens, most = [], [], 3 if side == 1 else plain.MOST[side]
        for i in rng.integers(0, self.count, count):
            top, left = self.window(rng, i, side, side)
            inputs.append(self.features[i, top:top + side, left:left + side].reshape(side * side, 1536))
            seen = self.seen(i, top, left, side, side)
            for _ in range(each):
                for _ in range(6):
                    text = (scenes.short(rng, self.wardrobe.named, seen, self.ground[i], 0.1 if side < 3 else 0.5) if short
                            else scenes.caption(rng, self.wardrobe.named, seen, self.ground[i]))
                    row = tokenizer(" " + (text.rstrip(".") if side == 1 else text))["input_ids"]
                    if len(row) < most:
                        break
                tokens.append(row)
        return torch.from_numpy(np.stack(inputs)).float(), *self.rows(tokens, most, 0 if side == 1 else 1)


def caption_loss(visual, decoder, frame, ids, weight):
    """As in connector.py, of visual tokens; `ids` may hold several captions of each row of them, one after the other."""
    visual, past, first = visual.to(decoder.dtype), frame.begun, visual.shape[1]
    if (each := len(ids) // len(visual)) > 1:
        past = [tuple(part.repeat_interleave(each, 0) for part in kept) for kept in decoder.run(visual, past)[1]]
        visual, first = visual[:, :0].repeat_interleave(each, 0), 0
    sequence = torch.cat([visual, frame.behind.expand(len(ids), -1, -1), decoder.embedding[ids[:, :-1]]], 1)
    states = decoder.run(sequence, past)[0][:, first + len(frame.behind) - 1:]
    keep = weight > 0
    return F.cross_entropy(decoder.logits(states[keep]).float(), ids[keep])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weights"); parser.add_argument("looks"); parser.add_argument("features"); parser.add_argument("run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100000)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--decay", type=int, default=0, help="let the rate fall to zero over so many steps from the checkpoint on")
    parser.add_argument("--shares", default="gathered=1,single=1", help="how often a step looks at what: " + ", ".join(KINDS))
    parser.add_argument("--pool", type=int, default=32, help="joined tokens whose mean is captioned as one")
    parser.add_argument("--together", type=float, default=0.5, help="nats for each squared unit of a gathered token's distance from its mean")
    parser.add_argument("--least", type=float, default=0.1, help="share of the mean variance added before whitening")
    parser.add_argument("--begin", help="a saved connector that a new run begins with")
    parser.add_argument("--every", type=int, default=100)
    parser.add_argument("--until", type=float, default=0, help="stop (with a checkpoint) at this Unix time")
    parser.add_argument("--fade", action="store_true", help="let the rate fall to zero until then")
    given = parser.parse_args()
    torch.set_num_threads(1)
    run = Path(given.run)
    run.mkdir(parents=True, exist_ok=True)
    wardrobe = scenes.Wardrobe(given.looks)
    data, held = Data(Path(given.features) / "train-1", wardrobe), Data(Path(given.features) / "held-77", wardrobe)
    model, tokenizer = weights.decoder(given.weights)
    scale = model.get_input_embeddings().weight.pow(2).mean().sqrt().item()
    decoder = Decoder(model)
    frame = plain.Frame(decoder, tokenizer)
    del model
    torch.manual_seed(given.seed)
    connector, average = Connector(scale), Connector(scale).eval()
    kept = run / "checkpoint.pt"
    if not kept.exists():
        connector.whiten(torch.from_numpy(data.features[:1536].reshape(-1, 1536)).float(), given.least)
        connector.begin(decoder.embedding.float(), given.seed)
        if given.begin:
            connector.resume(load_file(given.begin))
        average.load_state_dict(connector.state_dict())
    optimizer = torch.optim.AdamW([p for p in connector.parameters() if p.requires_grad], lr=given.lr, betas=(0.9, 0.95), weight_decay=0)
    begin = samples = 0
    spent = 0.0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        connector.load_state_dict(state["connector"]); average.load_state_dict(state["average"]); optimizer.load_state_dict(state["optimizer"])
        begin, samples, spent = state["step"], state["samples"], state["spent"]
    rng = np.random.default_rng([given.seed, begin])
    shares = {name: float(share) for name, share in (part.split("=") for part in given.shares.split(","))}
    log = open(run / "log.jsonl", "a")
    began, start, saved, recent = time.process_time(), time.time(), time.time(), {}

    def tell(said):
        log.write(json.dumps(said) + "\n"); log.flush()
        print(json.dumps(said), flush=True)

    def keep(step):
        part = kept.with_suffix(".part")
        torch.save({"connector": connector.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                    "step": step, "samples": samples, "spent": spent + time.process_time() - began}, part)
        part.rename(kept)
        save_file(average.saved(), run / "connector.safetensors")

    @torch.no_grad()
    def judge(step, spoken):
        """The noun of a single token's thing, in nats a token, and, `spoken`, captions of scenes."""
        fixed, sets = np.random.default_rng(5), {"train": data, "held": held}
        said = {"step": step, "samples": samples, "seconds": spent + time.process_time() - began, "noun_loss": {}}
        for name, some in sets.items():
            inputs, ids, weight = some.middles(fixed, tokenizer, 192)
            said["noun_loss"][name] = caption_loss(average(inputs), decoder, frame, ids, weight).item()
        for name, some in sets.items() if spoken else ():
            chosen = np.arange(40)
            texts = plain.captions(average, decoder, frame, tokenizer, torch.from_numpy(some.features[chosen].reshape(40, 64, 1536)).float(), 32)
            said[name] = {**plain.scored(texts, some, chosen), "said": texts[:4]}
        tell(said)

    for step in range(begin, begin + given.decay if given.decay else given.steps):
        rate = given.lr * (1 - (step - begin) / given.decay if given.decay else min(1, (step + 1) / 20))
        if given.fade:
            rate *= max(0, (given.until - time.time()) / (given.until - start))
        for group in optimizer.param_groups:
            group["lr"] = rate
        kind = str(rng.choice(list(shares), p=np.array(list(shares.values())) / sum(shares.values())))
        side, count, each, short = KINDS[kind]
        if kind == "gathered":
            inputs, ids, weight = data.gathered(rng, tokenizer, count, given.pool)
            apart = connector(inputs)
            visual = apart.mean(1, keepdim=True)
            loss = caption_loss(visual, decoder, frame, ids, weight)
            (loss + given.together * (apart - visual).pow(2).sum(-1).mean()).backward()
        else:
            inputs, ids, weight = data.told(rng, tokenizer, count, side, each, short)
            loss = caption_loss(connector(inputs), decoder, frame, ids, weight)
            loss.backward()
        torch.nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        samples += count
        with torch.no_grad():
            for mine, theirs in zip(average.parameters(), connector.parameters()):
                mine.lerp_(theirs, 1 - min(0.98, step / (step + 20)))
        recent.setdefault(kind, []).append(loss.item())
        late = given.until and time.time() > given.until
        if (step + 1) % 20 == 0:
            tell({"step": step + 1, "samples": samples, "loss": {name: round(float(np.mean(values[-20:])), 3) for name, values in recent.items()}, "rate": rate})
        if time.time() - saved > 240:
            keep(step + 1)
            saved = time.time()
        if late:
            break
        if (step + 1) % given.every == 0:
            judge(step + 1, (step + 1) % (3 * given.every) == 0)
    keep(step + 1)
    judge(step + 1, True)


if __name__ == "__main__":
    main()
