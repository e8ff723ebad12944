"""A tiny StarCoder 2 with awkward shapes, and every hidden state that transformers gives for it in float32.

Usage: python make-starcoder.py     (what to install: ../../Tests/Fixtures/README.md)
"""

import shutil
import sys
from pathlib import Path

import torch
from transformers import Starcoder2Config, Starcoder2ForCausalLM

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "Tests" / "Fixtures"))
from common import Capture, roughen, write  # noqa: E402

folder = HERE / "Fixtures" / "starcoder"
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
torch.manual_seed(1)
config = Starcoder2Config(vocab_size=151, hidden_size=48, intermediate_size=85, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, sliding_window=9, max_position_embeddings=256,
                          rope_parameters={"rope_type": "default", "rope_theta": 5000.0}, bos_token_id=1, eos_token_id=2, attn_implementation="eager")
model = roughen(Starcoder2ForCausalLM(config), 1)
model.save_pretrained(folder)
(folder / "generation_config.json").unlink(missing_ok=True)
expected = {}
capture = Capture(model.model.layers, "hidden", expected)
capture.watch(model.model.norm, "hidden.norm")
ids = torch.randint(3, 151, (31,))
with torch.no_grad():
    expected["logits"] = model(input_ids=ids[None], use_cache=False).logits[0].contiguous()
write(folder, {"token_ids": ids}, expected, "biases everywhere, grouped heads, a sliding window shorter than the sequence, tied")
