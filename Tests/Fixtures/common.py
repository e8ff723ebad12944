"""What the fixture scripts share: seeds, awkward weights, capture by hooks, and writing."""

import json
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file

HERE = Path(__file__).parent

# Sums are split among threads: with one, the same machine writes the same bytes each time.
torch.set_num_threads(1)


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__}


def roughen(model, seed):
    """Moves norms and biases off their initial values and gives every layer something to do."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() > 1:
                fan = parameter.shape[-1] if parameter.dim() == 2 else parameter[0].numel()
                parameter.copy_(noise if "embed" in name else noise * (1.3 / fan**0.5))
            elif "norm" in name.rpartition(".")[0].rpartition(".")[2] and name.endswith("weight"):
                parameter.copy_(1 + 0.3 * noise)
            else:
                parameter.copy_(0.2 * noise)
    return model.eval()


class Capture:
    """Keeps what enters the first block and what leaves each, by forward hooks."""

    def __init__(self, blocks, prefix, into):
        self.handles = []
        self.into = into

        def keep(name):
            def hook(_, inputs, output):
                state = output[0] if isinstance(output, tuple) else output
                into[name] = (state.flatten(0, 1) if state.dim() == 3 else state).detach().float().contiguous()

            return hook

        def before(_, inputs, kwargs):
            state = inputs[0] if inputs else kwargs["hidden_states"]
            into[f"{prefix}.0"] = (state.flatten(0, 1) if state.dim() == 3 else state).detach().float().contiguous()

        self.handles.append(blocks[0].register_forward_pre_hook(before, with_kwargs=True))
        for number, block in enumerate(blocks):
            self.handles.append(block.register_forward_hook(keep(f"{prefix}.{number + 1}")))

    def watch(self, module, name):
        self.handles.append(module.register_forward_hook(
            lambda _, inputs, output: self.into.__setitem__(name, (output[0] if output.dim() == 3 else output).detach().float().contiguous())))


def write(folder, inputs, expected, note, rows=None):
    """Writes inputs and expected tensors; `rows` keeps only some rows of the decoder's states."""
    if rows is not None:
        for name in list(expected):
            if name.startswith("hidden.") or name == "logits":
                expected[name] = expected[name][rows].contiguous()
        expected["rows"] = torch.tensor(rows)
    save_file(inputs, folder / "inputs.safetensors")
    save_file({name: expected[name] for name in sorted(expected)}, folder / "expected.safetensors")
    write_json(folder / "meta.json", {"note": note} | versions())


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")
