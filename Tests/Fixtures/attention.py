"""How the tokens of checkpoints under `parity/` attend, block by block, as transformers tells it in float32: the mean over heads.

Usage: python attention.py
"""

import torch
from safetensors.torch import load_file, save_file
from transformers import Gemma2ForCausalLM, GraniteForCausalLM, LlamaForCausalLM, Molmo2ForConditionalGeneration, Olmo2ForCausalLM, OlmoForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM

from common import HERE, versions, write_json

FOLDER = HERE / "attention"
DECODERS = {
    "llama-gqa": LlamaForCausalLM, "qwen2-tiny": Qwen2ForCausalLM, "qwen3-tiny": Qwen3ForCausalLM, "olmo-tiny": OlmoForCausalLM, "olmo2-tiny": Olmo2ForCausalLM,
    "gemma2-tiny": Gemma2ForCausalLM, "granite-tiny": GraniteForCausalLM,
}


def write(name, attentions, **rest):
    tensors = {f"attention.{number + 1}": heads[0].mean(0).contiguous() for number, heads in enumerate(attentions)}
    assert all((tensor.sum(-1) - 1).abs().max() < 1e-6 for tensor in tensors.values())
    save_file(tensors | rest, FOLDER / f"{name}.safetensors")
    print(name, len(attentions), tuple(attentions[0].shape))


def decoder(name, model_class):
    model = model_class.from_pretrained(HERE / "parity" / name, dtype=torch.float32, attn_implementation="eager").eval()
    ids = load_file(HERE / "parity" / name / "inputs.safetensors")["token_ids"]
    with torch.no_grad():
        write(name, model(input_ids=ids[None], use_cache=False, output_attentions=True).attentions)


def molmo2(name):
    """A decoder whose image tokens see each other: between four tokens of text and six."""
    model = Molmo2ForConditionalGeneration.from_pretrained(HERE / "parity" / name, dtype=torch.float32, attn_implementation="eager").eval()
    states = load_file(HERE / "parity" / name / "expected.safetensors")
    stream = states["hidden.0"][None]
    count = stream.shape[1]
    sees = torch.ones(count, count, dtype=torch.bool).tril()
    sees[4 : count - 6, 4 : count - 6] = True
    mask = torch.zeros(1, 1, count, count).masked_fill(~sees, torch.finfo(torch.float32).min)
    with torch.no_grad():
        told = model.model.language_model(inputs_embeds=stream, attention_mask=mask, use_cache=False, output_attentions=True)
    # The mask is the model's own: it gives the states that the whole model gave.
    assert (told.last_hidden_state[0] - states["hidden.norm"]).abs().max() < 1e-5
    write(name, told.attentions, mutual=torch.tensor([4, count - 6]))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for case in DECODERS.items():
        decoder(*case)
    molmo2("molmo2-tiny")
    write_json(FOLDER / "meta.json", {"note": "how tokens attend, the mean over heads"} | versions())
