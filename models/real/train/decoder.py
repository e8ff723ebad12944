"""SmolLM2's forward pass, written out: only what training needs.

Held against transformers by `python decoder.py WEIGHTS`.
"""

import sys

import torch
import torch.nn.functional as F


def rms(x, weight, eps=1e-5):
    return F.rms_norm(x, (x.shape[-1],), weight, eps)


def turned(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin


def block(x, past, mask, cos, sin, before, q, k, v, o, after, gate, up, down):
    n, count, width = x.shape
    y = rms(x, before)
    query = turned((y @ q).view(n, count, 9, 64).transpose(1, 2), cos, sin)
    key = turned((y @ k).view(n, count, 3, 64).transpose(1, 2), cos, sin)
    value = (y @ v).view(n, count, 3, 64).transpose(1, 2)
    if past is not None:
        key, value = (torch.cat([old.expand(n, -1, -1, -1), new], 2) for old, new in zip(past, (key, value)))
    # Written out: the fused kernel's backward pass in bfloat16 is slower than this on sequences so short.
    kept, total = (key, value), key.shape[2]
    key, value = key.repeat_interleave(3, 1), value.repeat_interleave(3, 1)
    scores = (query @ key.transpose(-1, -2)).float() * 0.125 + mask[total - count:total, :total]
    y = scores.softmax(-1).to(x.dtype) @ value
    x = x + y.transpose(1, 2).reshape(n, count, width) @ o
    y = rms(x, after)
    return x + (F.silu(y @ gate) * (y @ up)) @ down, kept


class Decoder:
    """Frozen; the matrices transposed once, in one type."""

    def __init__(self, model, dtype=torch.bfloat16, compiled=False):
        self.embedding = model.get_input_embeddings().weight.detach().to(dtype)
        self.norm = model.model.norm.weight.detach().to(dtype)
        self.blocks = []
        for layer in model.model.layers:
            a, m = layer.self_attn, layer.mlp
            t = lambda linear: linear.weight.detach().to(dtype).t().contiguous()
            self.blocks.append((layer.input_layernorm.weight.detach().to(dtype), t(a.q_proj), t(a.k_proj), t(a.v_proj), t(a.o_proj),
                                layer.post_attention_layernorm.weight.detach().to(dtype), t(m.gate_proj), t(m.up_proj), t(m.down_proj)))
        self.block = torch.compile(block, dynamic=True) if compiled else block
        self.dtype = dtype
        self.mask = torch.full((512, 512), float("-inf")).triu(1)
        angles = torch.arange(512)[:, None].float() * (1.0 / 100000 ** (torch.arange(0, 64, 2).float() / 64))[None]
        self.cos, self.sin = torch.cat([angles, angles], -1).cos().to(dtype), torch.cat([angles, angles], -1).sin().to(dtype)

    def __call__(self, x, past=None):
        return self.run(x, past)[0]

    def run(self, x, past=None):
        """The normed states, and keys and values of all that was read; `past`: those of what stands before, of one sequence for all
        or of each."""
        first = past[0][0].shape[2] if past else 0
        cos, sin = self.cos[first:first + x.shape[1]], self.sin[first:first + x.shape[1]]
        kept = []
        for i, weights in enumerate(self.blocks):
            x, own = self.block(x, past[i] if past else None, self.mask, cos, sin, *weights)
            kept.append(own)
        return rms(x, self.norm), kept

    @torch.no_grad()
    def begun(self, ids):
        """Keys and values of tokens with which every sequence begins; they are computed once."""
        return self.run(self.embedding[torch.tensor(ids)][None])[1]

    def logits(self, states):
        return states @ self.embedding.t()


if __name__ == "__main__":
    import weights
    model, _ = weights.decoder(sys.argv[1])
    ours = Decoder(model, torch.float32, compiled=False)
    ids = torch.randint(0, 49152, (2, 40), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        theirs = model(ids).logits
        mine = ours.logits(ours(ours.embedding[ids]))
        cut = ours.logits(ours(ours.embedding[ids[:1, 5:]], ours.begun(ids[0, :5].tolist())))
    print("largest difference of the logits:", (theirs - mine).abs().max().item(), (theirs[:1, 5:] - cut).abs().max().item())
