"""Trains the LLaMA decoder on the world's text and reading lists.

Usage: python decoder.py CACHE STEPS
"""

import math
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

import language
import tokens

WINDOW, BATCH = 192, 24


def load(cache, split):
    data = np.load(cache / f"{split}.npz")
    return data["pixels"], data["shares"], pickle.loads((cache / f"{split}.facts").read_bytes())


def configuration(vocabulary):
    return LlamaConfig(
        vocab_size=vocabulary, hidden_size=128, intermediate_size=352, num_hidden_layers=8, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, rope_theta=10000.0, rms_norm_eps=1e-5,
        bos_token_id=tokens.BOS, eos_token_id=tokens.EOS, tie_word_embeddings=False)


def pack(sequences, rng):
    """Whole documents end to end in windows; what does not fit any more starts the next window."""
    windows, window = [], []
    for i in rng.permutation(len(sequences)):
        ids = sequences[i][:WINDOW]
        if len(window) + len(ids) > WINDOW:
            windows.append(window + [tokens.EOS] * (WINDOW - len(window)))
            window = []
        window = window + ids
    return torch.tensor(windows)


def cosine(step, steps, peak, warmup=60):
    return peak * min(1, (step + 1) / warmup) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def main(cache, steps):
    cache = Path(cache)
    torch.manual_seed(1)
    torch.set_num_threads(2)
    rng = np.random.default_rng(1)
    _, shares, facts = load(cache, "train")
    texts, lists = language.documents(facts, shares, seed=11, per_scene=6)
    tokenizer = tokens.train(texts + [" " + " ".join(language.world.LABELS)] * 50)
    tokenizer.save(str(cache / "tokenizer.json"))
    (cache / "texts.pickle").write_bytes(pickle.dumps(texts))
    sequences = [e.ids + [tokens.EOS] for e in tokenizer.encode_batch(texts + lists)]
    print(len(sequences), "documents,", sum(map(len, sequences)), "tokens", flush=True)
    model = LlamaForCausalLM(configuration(tokenizer.get_vocab_size()))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0, betas=(0.9, 0.95), weight_decay=0.05)
    windows, start, began = pack(sequences, rng), 0, time.time()
    for step in range(steps):
        if start + BATCH > len(windows):
            windows, start = pack(sequences, rng), 0
        batch = windows[start : start + BATCH]
        start += BATCH
        for group in optimizer.param_groups:
            group["lr"] = cosine(step, steps, 3e-3)
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 50 == 0 or step == steps - 1:
            print(f"step {step} loss {loss.item():.3f} {time.time() - began:.0f}s", flush=True)
        if step % 500 == 499 or step == steps - 1:
            model.save_pretrained(cache / "decoder")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
