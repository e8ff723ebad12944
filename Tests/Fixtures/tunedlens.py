"""Tuned lenses (arXiv 2303.08112) as the package `tuned-lens` stores them, and what they read, directly in torch.

Facts, from the package's code (0.2.0; the layout is the same since 0.1):

- A folder holds `config.json` and `params.pt`. The latter is torch.save of the state dict of a ModuleList of Linear layers: `0.weight`
  [width, width], `0.bias` [width], `1.weight`, … in the checkpoint's own precision.
- `config.json` has `base_model_name_or_path`, `d_model`, `num_hidden_layers`, `bias` (true: with false the package itself fails),
  `base_model_revision`, `unembed_hash`, `lens_type` (`linear_tuned_lens`). Keys that it does not know are warned about and dropped. `unembed_hash`
  is of numpy's printed head, rounded to a digit; where it differs the package warns and goes on.
- Translator i reads `hidden_states[i]`, i from 0 to num_hidden_layers - 1 (`PredictionTrajectory.from_lens_and_model`, `train_loop`): 0 is what enters
  the first block (embeddings), i what leaves block i. There are as many translators as blocks. The state behind the last block has none: there
  the package shows the model's own logits, which are the plain reading by final norm and head.
- It adds what it computes: `h + W h + b` (the paper writes A h + b, so A = W + 1), then final norm and head. Translators of zeros are LogitLens.
- Before 0.1 the file had `input_translator.*` (for `hidden_states[0]`) and `layer_translators.I.*` (for `hidden_states[I + 1]`), beside `layer_norm.*`
  and `unembedding.*`; or `probe` or `adapter` where it says `translator`. Those are not made here.

Usage: python tunedlens.py, with `pip install --no-deps tuned-lens==0.2.0`
"""

import importlib.metadata
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import LlamaForCausalLM
from tuned_lens.nn.lenses import TunedLens, TunedLensConfig
from tuned_lens.nn.unembed import Unembed

from common import HERE, Capture, versions, write_json

FOLDER = HERE / "tunedlens"
# The checkpoint, and where its inputs are.
CASES = {"llama-gqa": ("parity/llama-gqa", "parity/llama-gqa/inputs.safetensors"), "lenses": ("lenses/checkpoint", "lenses/expected.safetensors")}


def tuned(name, checkpoint, inputs):
    seed = sum(map(ord, name))
    model = LlamaForCausalLM.from_pretrained(HERE / checkpoint, attn_implementation="eager").eval()
    width, blocks = model.config.hidden_size, model.config.num_hidden_layers
    lens = TunedLens(Unembed(model), TunedLensConfig(name, width, blocks))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameter in sorted(lens.layer_translators.named_parameters()):
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * (0.8 / width**0.5 if parameter.dim() == 2 else 0.4))
    lens.save(FOLDER / name / "lens")
    state = lens.layer_translators.state_dict()
    (FOLDER / name / "lens-safetensors").mkdir()
    shutil.copy(FOLDER / name / "lens" / "config.json", FOLDER / name / "lens-safetensors")
    save_file({key: value.contiguous() for key, value in state.items()}, FOLDER / name / "lens-safetensors" / "params.safetensors")

    ids = load_file(HERE / inputs)["token_ids"]
    states = {}
    Capture(model.model.layers, "hidden", states)
    with torch.no_grad():
        whole = model(input_ids=ids[None], use_cache=False).logits[0]
        translated = [states[f"hidden.{i}"] + states[f"hidden.{i}"] @ state[f"{i}.weight"].T + state[f"{i}.bias"] for i in range(blocks)]
        logits = [model.lm_head(model.model.norm(h)) for h in translated] + [model.lm_head(model.model.norm(states[f"hidden.{blocks}"]))]
        for i in range(blocks):
            assert torch.allclose(lens(states[f"hidden.{i}"], i), logits[i], atol=1e-5)
    assert torch.equal(logits[-1], whole)
    logits = torch.stack(logits)
    score, found = logits.topk(5)
    probability = torch.softmax(logits.double(), -1).gather(-1, found).float()
    save_file({"token_ids": ids}, FOLDER / name / "inputs.safetensors")
    save_file({"translated": torch.stack(translated), "tuned.id": found.contiguous(), "tuned.score": score.contiguous(), "tuned.probability": probability}, FOLDER / name / "expected.safetensors")
    write_json(FOLDER / name / "meta.json", {"note": f"a lens for {checkpoint}; rows of expected.safetensors are hidden states 0 to {blocks}, the last of which has no translator"}
               | versions() | {"tuned-lens": importlib.metadata.version("tuned-lens")})


shutil.rmtree(FOLDER, ignore_errors=True)
for case, arguments in CASES.items():
    tuned(case, *arguments)
    print(case, flush=True)
