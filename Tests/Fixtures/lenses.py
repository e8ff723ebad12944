"""An index as the method's own package builds it, its neighbours, the two vocabulary lenses, and those that take away what states have in common, in torch.

Usage: python lenses.py
"""

import importlib.metadata
import json
import shutil

import torch
from latentlens import build_index
from safetensors.torch import save_file
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from common import HERE, Capture, roughen, versions, write_json

FOLDER = HERE / "lenses"
DEMO = HERE.parent.parent / "models" / "demo"
LAYERS = [1, 2, 4]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    checkpoint = FOLDER / "checkpoint"
    checkpoint.mkdir(parents=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(DEMO / "tokenizer.json"), bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>", pad_token="<pad>", padding_side="right")
    torch.manual_seed(11)
    config = LlamaConfig(vocab_size=len(tokenizer), hidden_size=40, intermediate_size=72, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128, bos_token_id=0, eos_token_id=1, pad_token_id=5)
    model = roughen(LlamaForCausalLM(config), 11)
    model.save_pretrained(checkpoint)
    (checkpoint / "tokenizer.json").write_bytes((DEMO / "tokenizer.json").read_bytes())
    # Repeated prefixes, repeated sentences, short ones, and one token in more contexts than the cap.
    lines = (DEMO / "corpus.txt").read_text().splitlines()[::23][:110]
    lines += lines[:5] + ["a sea", "the", "the sea and the sea and the sea and the sea and the sea", "  trimmed  ", ""]
    (FOLDER / "corpus.txt").write_text("\n".join(lines) + "\n")
    index = build_index("tiny", FOLDER / "corpus.txt", layers=LAYERS, max_contexts_per_token=6, batch_size=16, show_progress=False, model=model, tokenizer=tokenizer)
    # As the package keeps it, in its default of 16 bits.
    index.save(FOLDER / "cache")
    rows = index._layers_data
    first = rows[LAYERS[0]]["metadata"]
    ids = torch.tensor(tokenizer.encode("under a dark sky the moon shines over a red boat and two sheep"))
    states = {}
    capture = Capture(model.model.layers, "hidden", states)
    with torch.no_grad():
        model(input_ids=ids[None], use_cache=False)
        queries = torch.cat([states["hidden.0"], states["hidden.3"], states["hidden.5"]])[::2].contiguous()
        found = index.search(queries, top_k=5)
        logits = model.lm_head(model.model.norm(queries))
        table = torch.nn.functional.normalize(model.get_input_embeddings().weight, dim=-1)
        near = torch.nn.functional.normalize(queries, dim=-1) @ table.T
    tensors = {"queries": queries, "token_ids": ids}
    for layer in LAYERS:
        tensors[f"rows.{layer}"] = rows[layer]["embeddings"].float().contiguous()
    for name, scores in (("logit", logits), ("embedding", near)):
        tensors[name + ".score"], tensors[name + ".id"] = (t.contiguous() for t in scores.topk(5))
    # Centred: unit states without a mean that was measured elsewhere, unit rows without their layer's own.
    unit = lambda x: torch.nn.functional.normalize(x, dim=-1)
    mean = unit(states["hidden.2"]).mean(0)
    centered = unit(unit(queries) - mean)
    tensors["means"] = mean.contiguous()
    # All but the top: without the first four principal directions as well, of either side.
    top = lambda x: torch.linalg.svd(x.double(), full_matrices=False).Vh[:4].float()
    without = lambda x, away: unit(x - x @ away.T @ away)
    tensors["directions"] = top(unit(states["hidden.2"]) - mean).contiguous()
    freed = without(unit(queries) - mean, tensors["directions"])
    banks = [unit(tensors[f"rows.{layer}"]) - unit(tensors[f"rows.{layer}"]).mean(0) for layer in LAYERS]
    around = table - table.mean(0)
    for name, asked, rows_of, near_to in (("centered", centered, [unit(bank) for bank in banks], unit(around)), ("all-but-top", freed, [without(bank, top(bank)) for bank in banks], without(around, top(around)))):
        tensors[f"latent-{name}.score"], place = (t.contiguous() for t in torch.cat([asked @ bank.T for bank in rows_of], 1).topk(5))
        tensors[f"latent-{name}.layer"] = torch.tensor(LAYERS)[place // len(first)]
        tensors[f"latent-{name}.row"] = place % len(first)
        tensors[f"embedding-{name}.score"], tensors[f"embedding-{name}.id"] = (t.contiguous() for t in (asked @ near_to.T).topk(5))
    tensors["logit.probability"] = torch.softmax(logits.double(), -1).gather(1, tensors["logit.id"]).float()
    save_file(tensors, FOLDER / "expected.safetensors")
    neighbors = [[{"layer": n.contextual_layer, "token_id": n.token_id, "position": n.position, "sentence": n.caption, "similarity": n.similarity} for n in row] for row in found]
    entries = [{"token_id": m["token_id"], "position": m["position"], "sentence": m["caption"]} for m in first]
    write_json(FOLDER / "expected.json", {"entries": entries, "neighbors": neighbors, "versions": versions() | {"latentlens": importlib.metadata.version("latentlens")}})
    print(len(entries), "rows")


main()
