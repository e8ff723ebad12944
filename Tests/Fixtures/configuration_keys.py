"""Which keys of a `config.json` change what transformers computes, for every architecture that is read here, and the trial of each claim.

The tables below are the claims. `verify` tries them on a tiny model: a key said to be irrelevant is changed, and every hidden state and logit
has to stay as it is, bit by bit; a key said to matter is changed, and something has to differ (a state, a tensor's name or shape, or transformers
refuses the value). Where a key is read is not claimed but recorded, by watching the configuration while the model is built and run.
"""

import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import torch
from transformers import (CLIPConfig, CLIPModel, CLIPVisionConfig, CLIPVisionModel, Dinov2Config, Dinov2Model, Dinov2WithRegistersConfig, Dinov2WithRegistersModel, Gemma2Config, Gemma2ForCausalLM, GraniteConfig, GraniteForCausalLM,
                          LlamaConfig, LlamaForCausalLM, LlavaConfig, LlavaForConditionalGeneration, LlavaNextConfig, LlavaNextForConditionalGeneration, Molmo2Config, Molmo2ForConditionalGeneration, Olmo2Config, Olmo2ForCausalLM, OlmoConfig,
                          OlmoForCausalLM, PreTrainedConfig, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Config, Qwen2ForCausalLM, Qwen2VLConfig, Qwen2VLForConditionalGeneration, Qwen3Config, Qwen3ForCausalLM, Qwen3VLConfig,
                          Qwen3VLForConditionalGeneration, SiglipConfig, SiglipModel, SiglipVisionConfig, SiglipVisionModel, Starcoder2Config, Starcoder2ForCausalLM)

from common import roughen


@dataclass
class Key:
    """A claim about one key."""

    verdict: str  # "read", "only" (some values alone), "irrelevant"
    note: str = ""
    other: object = None  # the value of the trial; None invents one
    given: dict = field(default_factory=dict)  # what else the configuration says during the trial
    tried: bool = True


def read(note="", other=None, given=(), tried=True):
    return Key("read", note, other, dict(given), tried)


def only(note, other=None, given=(), tried=True):
    """Accepted with the values that the note names; anything else computes something else, or nobody here computes it."""
    return Key("only", note, other, dict(given), tried)


def irrelevant(note="", other=None, given=(), tried=True):
    return Key("irrelevant", note, other, dict(given), tried)


# What any configuration may hold, whatever the architecture: what `PreTrainedConfig` writes today, and what it wrote before.
COMMON = {
    "_attn_implementation_autoset": irrelevant("older releases", True),
    "_commit_hash": irrelevant("older releases", "0123abcd"),
    "_name_or_path": irrelevant(other="somewhere"),
    "add_cross_attention": irrelevant("older releases; decoders here have none", True),
    "architectures": irrelevant("classes that saved it; `model_type` decides", ["Other"]),
    "auto_map": irrelevant("the repository's own code", {"AutoModel": "modeling.Model"}),
    "bad_words_ids": irrelevant("generation", [[5]]),
    "begin_suppress_tokens": irrelevant("generation", [5]),
    "chunk_size_feed_forward": irrelevant("memory alone", 3),
    "cross_attention_hidden_size": irrelevant("older releases", 7),
    "decoder_start_token_id": irrelevant("generation", 5),
    "diversity_penalty": irrelevant("generation", 0.5),
    "do_sample": irrelevant("generation", True),
    "dtype": irrelevant("how weights were stored or are to be held; `torch_dtype` before. The numbers here are float32's whatever it says", tried=False),
    "early_stopping": irrelevant("generation", True),
    "encoder_no_repeat_ngram_size": irrelevant("generation", 2),
    "exponential_decay_length_penalty": irrelevant("generation", [3, 1.1]),
    "finetuning_task": irrelevant("older releases", "cola"),
    "forced_bos_token_id": irrelevant("generation", 5),
    "forced_eos_token_id": irrelevant("generation", 5),
    "id2label": irrelevant("classification", {"0": "A", "1": "B", "2": "C"}),
    "is_decoder": irrelevant("older releases", True),
    "is_encoder_decoder": irrelevant(),
    "label2id": irrelevant("classification", {"A": 0, "B": 1, "C": 2}),
    "length_penalty": irrelevant("generation", 0.5),
    "max_length": irrelevant("generation", 7),
    "min_length": irrelevant("generation", 7),
    "model_type": read("names the adapter", tried=False),
    "no_repeat_ngram_size": irrelevant("generation", 2),
    "num_beam_groups": irrelevant("generation", 2),
    "num_beams": irrelevant("generation", 2),
    "num_return_sequences": irrelevant("generation", 2),
    "output_attentions": irrelevant("what is returned", tried=False),
    "output_hidden_states": irrelevant("what is returned"),
    "output_scores": irrelevant("generation", True),
    "per_layer_config": only("absent, null or {}: overrides of keys for single layers", tried=False),
    "prefix": irrelevant("older releases", "a"),
    "problem_type": irrelevant("classification", "regression"),
    "pruned_heads": only("absent or {}: heads cut off, before transformers 5 alone", tried=False),
    "quantization_config": only("absent or null: weights are packed, so that names and shapes differ; `compression_config` before", tried=False),
    "compression_config": only("as `quantization_config`", tried=False),
    "remove_invalid_values": irrelevant("generation", True),
    "repetition_penalty": irrelevant("generation", 0.5),
    "return_dict": irrelevant("what is returned", tried=False),
    "return_dict_in_generate": irrelevant("generation", True),
    "sep_token_id": irrelevant("tokens", 5),
    "suppress_tokens": irrelevant("generation", [5]),
    "task_specific_params": irrelevant("older releases", {"a": 1}),
    "temperature": irrelevant("generation", 0.5),
    "tf_legacy_loss": irrelevant("older releases", True),
    "tie_encoder_decoder": irrelevant("older releases", True),
    "tie_last_hidden_states": irrelevant("whether the last of `hidden_states` is normed: what is returned", tried=False),
    "tokenizer_class": irrelevant(other="Other"),
    "top_k": irrelevant("generation", 5),
    "top_p": irrelevant("generation", 0.5),
    "torch_dtype": irrelevant("as `dtype`", tried=False),
    "torchscript": irrelevant("older releases", True),
    "transformers.js_config": irrelevant("another library", {"a": 1}),
    "transformers_version": irrelevant(other="4.0.0"),
    "typical_p": irrelevant("generation", 0.5),
    "unsloth_fixed": irrelevant("another library", True),
    "unsloth_version": irrelevant("another library", "2024.9"),
    "use_bfloat16": irrelevant("older releases", True),
}

# What every decoder adds to the above.
DECODER = {
    "bos_token_id": irrelevant("tokens", 5),
    "eos_token_id": irrelevant("tokens", 5),
    "pad_token_id": irrelevant("tokens: the table's row is used as stored", 5),
    "use_cache": irrelevant("speed alone"),
    "initializer_range": irrelevant("training", 0.5),
    "attention_dropout": irrelevant("training", 0.5),
    "is_causal": only("absent or true: false lets every token see every other", False),
    "max_position_embeddings": read("with `dynamic` scaling; and where `llama3`, `yarn` or `longrope` do not say the original length", 10, {"rope_parameters": {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4}}),
    "rope_parameters": read("see the table of rotary keys", {"rope_type": "default", "rope_theta": 100.0}),
    "rope_theta": read("before transformers 5, beside `rope_scaling`; the value in `rope_parameters` stands above it", 100.0),
    "rope_scaling": read("before transformers 5; stands above `rope_parameters` where it is not null", {"rope_type": "linear", "factor": 4.0}),
    "partial_rotary_factor": only("absent, null or 1: part of a head's channels is not rotated. Also inside `rope_parameters`", 0.5, {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}}),
    "original_max_position_embeddings": read("with `llama3`, `yarn` and `longrope`; at the top it stands above the one in `rope_parameters`", 8,
                                             {"rope_parameters": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64, "rope_theta": 1e4}}),
}

SIZES = {
    "vocab_size": read("the table's shape"),
    "hidden_size": read(other=72),
    "intermediate_size": read(),
    "num_hidden_layers": read(),
    "num_attention_heads": read(other=4),
    "num_key_value_heads": read("num_attention_heads where null; where absent, too, if the class writes as many as heads", 3),
    "tie_word_embeddings": read("the head is the table; `lm_head.weight` is not stored"),
}
GATED = {"hidden_act": read("of the gate", "gelu"), "rms_norm_eps": read(other=0.5)}
BIAS = {"attention_bias": read("biases on query, key, value and output")}
HEAD = {"head_dim": read("hidden_size / num_attention_heads where absent or null", 16)}
SAME_HEAD = {"head_dim": read("not a key of this configuration, but read where a file has one; hidden_size / num_attention_heads where absent. Null breaks transformers", 16)}
WINDOWED = {
    "use_sliding_window": only("false: true lets blocks from `max_window_layers` on see `sliding_window` tokens back", True, {"sliding_window": 3, "max_window_layers": 1}),
    "sliding_window": read("with `use_sliding_window` alone; any value beside false (published files have one)", 3, {"use_sliding_window": True, "max_window_layers": 1}),
    "max_window_layers": read("with `use_sliding_window` alone; any value beside false", 2, {"use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1}),
    "layer_types": only("absent, null or `full_attention` for each block", ["sliding_attention"] * 3, {"use_sliding_window": True, "sliding_window": 3}),
}
NO_WINDOW = {"sliding_window": only("null: not a key of this architecture, so that transformers ignores it; a Mistral relabelled has it", tried=False),
             "use_sliding_window": only("false: not a key of this architecture", tried=False)}

LLAMA = COMMON | DECODER | SIZES | GATED | BIAS | HEAD | NO_WINDOW | {
    "mlp_bias": read("biases on gate, up and down"),
    "pretraining_tp": irrelevant("how products were split among devices: the same sums in another order", 2),
    "max_sequence_length": irrelevant("LLaMA 1's files have it", 99),
    "is_llama_config": irrelevant("SmolLM's files have it", True),
    "rope_interleaved": only("false: pairs of neighbours would be rotated. SmolLM's files have it; transformers ignores it", tried=False),
}
QWEN_HEADS = {"num_key_value_heads": read("32 where absent, num_attention_heads where null", 3)}
QWEN2 = COMMON | DECODER | SIZES | GATED | SAME_HEAD | WINDOWED | QWEN_HEADS | {
    "use_mrope": only("false: Qwen 2.5's files have it; transformers ignores it", tried=False),
    "attention_bias": only("absent, or true: query, key and value always have biases, and the output has none; transformers ignores the key", tried=False),
}
QWEN3 = COMMON | DECODER | SIZES | GATED | BIAS | WINDOWED | QWEN_HEADS | {"head_dim": read("128 where absent, whatever the hidden size", 8)}
OLMO = COMMON | DECODER | SIZES | BIAS | SAME_HEAD | NO_WINDOW | {
    "hidden_act": GATED["hidden_act"],
    "clip_qkv": read("null for none: queries, keys and values are clipped to it before they are rotated", 0.1),
    "rms_norm_eps": irrelevant("norms without weights, with an epsilon of 1e-5 that no key changes", 0.5),
    "layer_norm_eps": irrelevant("as `rms_norm_eps`", 0.5),
}
OLMO2 = COMMON | DECODER | SIZES | GATED | BIAS | SAME_HEAD | NO_WINDOW | {
    "clip_qkv": only("null: not a key of this architecture", tried=False),
    "layer_types": only("absent or null: OLMo 3's key, which transformers' OLMo 2 ignores", tried=False),
}
GEMMA2 = COMMON | DECODER | SIZES | BIAS | {
    "rms_norm_eps": GATED["rms_norm_eps"],
    "head_dim": read("256 where absent", 8),
    "hidden_activation": read("gelu_pytorch_tanh where absent or null", "silu"),
    "hidden_act": irrelevant("published beside `hidden_activation`, which alone is read", "silu"),
    "query_pre_attn_scalar": read("scores are divided by its root, not by that of the head's width", 99),
    "attn_logit_softcapping": read("null for none. 50 where absent", 1.0),
    "final_logit_softcapping": read("null for none. 30 where absent", 1.0),
    "sliding_window": read("blocks of `sliding_attention` see so many tokens, their own among them. 4096 where absent", 2),
    "layer_types": read("every other block slides, the first among them, where absent", ["full_attention"] * 3),
    "use_bidirectional_attention": only("absent, null or false: asks that every token see every other, though this release's masks stay causal", tried=False),
    "cache_implementation": irrelevant("generation: published", "static"),
    "sliding_window_size": irrelevant("published beside `sliding_window`, which alone is read", 3),
}
STARCODER2 = COMMON | DECODER | SIZES | SAME_HEAD | {
    "hidden_act": read("gelu_pytorch_tanh where absent", "silu"),
    "norm_epsilon": read(other=0.5),
    "use_bias": read("biases on all linear layers of a block"),
    "sliding_window": read("null for none: every block sees so many tokens", 2),
    "residual_dropout": irrelevant("training", 0.5),
    "embedding_dropout": irrelevant("training", 0.5),
    "mlp_type": only("`default`: published; transformers ignores it", tried=False),
    "norm_type": only("`layer_norm`: published; transformers ignores it", tried=False),
}
GRANITE = COMMON | DECODER | SIZES | GATED | BIAS | SAME_HEAD | NO_WINDOW | {
    "mlp_bias": read("biases on gate, up and down"),
    "embedding_multiplier": read("what enters the first block is the table's row times it", 3.0),
    "attention_multiplier": read("scores are products times it, in place of the root of the head's width. 1 where absent", 0.7),
    "residual_multiplier": read("what attention and feed-forward add is times it", 0.3),
    "logits_scaling": read("logits are divided by it", 3.0),
}

# The members of `rope_parameters` (`rope_scaling` before transformers 5), by the value of `rope_type` (`type` before).
THETA = {"rope_theta": read("10000 where absent everywhere", 100.0), "partial_rotary_factor": only("absent, null or 1", tried=False), "type": read("the older name of `rope_type`", tried=False), "rope_type": read(tried=False)}
UNUSED = irrelevant("not read for this type")
ROTARY = {
    "default": ({}, THETA | {"factor": Key("irrelevant", UNUSED.note, 7.0), "original_max_position_embeddings": Key("irrelevant", UNUSED.note, 8), "attention_factor": Key("irrelevant", UNUSED.note, 7.0)}),
    "linear": ({"factor": 4.0}, THETA | {"factor": read("frequencies are divided by it", 8.0), "original_max_position_embeddings": Key("irrelevant", UNUSED.note, 8), "attention_factor": Key("irrelevant", UNUSED.note, 7.0)}),
    "dynamic": ({"factor": 4.0}, THETA | {"factor": read("beyond `max_position_embeddings` tokens", 8.0), "original_max_position_embeddings": Key("irrelevant", "not read for this type: `max_position_embeddings` is", 8), "attention_factor": Key("irrelevant", UNUSED.note, 7.0)}),
    "llama3": ({"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64},
               THETA | {"factor": read(other=4.0), "low_freq_factor": read(other=2.0), "high_freq_factor": read(other=8.0), "original_max_position_embeddings": read("`max_position_embeddings` where absent", 8), "attention_factor": Key("irrelevant", UNUSED.note, 7.0),
                        "beta_fast": Key("irrelevant", UNUSED.note, 7.0)}),
    "yarn": ({"factor": 4.0, "original_max_position_embeddings": 64},
             THETA | {"factor": read("where null, max_position_embeddings / original_max_position_embeddings", 8.0), "attention_factor": read("what cosines and sines are times; 0.1 ln(factor) + 1 where absent", 2.0), "beta_fast": read("32 where absent, null or 0", 4.0, {"truncate": False}), "beta_slow": read("1 where absent, null or 0", 0.25, {"truncate": False}),
                      "mscale": read("with `mscale_all_dim`, where `attention_factor` is absent: (0.1 mscale ln(factor) + 1) / (0.1 mscale_all_dim ln(factor) + 1)", 2.0, {"mscale_all_dim": 1.0}),
                      "mscale_all_dim": read("with `mscale`", 2.0, {"mscale": 1.0}), "original_max_position_embeddings": read("`max_position_embeddings` where absent", 32), "truncate": read("whether the bounds are whole channels; true where absent", False),
                      "low_freq_factor": Key("irrelevant", UNUSED.note, 7.0)}),
    "longrope": ({"short_factor": [1.0, 2.0, 3.0, 4.0], "long_factor": [2.0, 3.0, 4.0, 5.0], "factor": 4.0, "original_max_position_embeddings": 8},
                 THETA | {"short_factor": read("up to `original_max_position_embeddings` tokens", [2.0, 2.0, 3.0, 4.0], {"original_max_position_embeddings": 64}), "long_factor": read("beyond", [1.0, 3.0, 4.0, 5.0]), "factor": read("of the attention's factor; max_position_embeddings / original_max_position_embeddings where absent", 8.0),
                          "attention_factor": read("sqrt(1 + ln(factor) / ln(original_max_position_embeddings)) where absent", 2.0), "original_max_position_embeddings": read(other=64)}),
}

ENCODER = {
    "initializer_range": irrelevant("training", 0.5),
    "attention_dropout": irrelevant("training", 0.5),
}
CLIP_VISION = COMMON | ENCODER | {
    "hidden_size": read(other=80), "intermediate_size": read(), "num_hidden_layers": read(), "num_attention_heads": read(other=4), "num_channels": read(),
    "image_size": read("the number of positions; a file may have a list, which transformers' embeddings cannot take", 84), "patch_size": read(other=7),
    "hidden_act": read("quick_gelu where absent", "gelu"), "layer_norm_eps": read("1e-5 where absent", 0.5),
    "projection_dim": irrelevant("of the projection to text", 7), "initializer_factor": irrelevant("training", 0.5), "dropout": irrelevant("training: older files", 0.5),
    "vocab_size": irrelevant("LLaVA's files have it", 7),
    "bos_token_id": irrelevant("tokens", 5), "eos_token_id": irrelevant("tokens", 5), "pad_token_id": irrelevant("tokens", 5), "tie_word_embeddings": irrelevant("there are none", True),
}
CLIP_ROOT = COMMON | {
    "vision_config": read("the table of the vision part"),
    "vision_config_dict": only("absent, null, or what `vision_config` says: where both are there, this one stands above it, defaults of absent keys and all", {"num_attention_heads": 4, "hidden_size": 40, "intermediate_size": 70, "num_hidden_layers": 3, "image_size": 70, "patch_size": 14}),
    "text_config": irrelevant("the text part", tried=False), "text_config_dict": irrelevant("the text part", tried=False),
    "projection_dim": irrelevant("of the projections that compare picture and text", tried=False), "logit_scale_init_value": irrelevant("training", 1.5), "initializer_factor": irrelevant("training", 0.5),
    "initializer_range": irrelevant("training", 0.5),
    "tie_word_embeddings": irrelevant("there are none", True),
}
SIGLIP_VISION = COMMON | ENCODER | {
    "hidden_size": read(other=80), "intermediate_size": read(), "num_hidden_layers": read(), "num_attention_heads": read(other=4), "num_channels": read(),
    "image_size": read("the number of positions", 84), "patch_size": read(other=7),
    "hidden_act": read("gelu_pytorch_tanh where absent", "gelu"), "layer_norm_eps": read("1e-6 where absent", 0.5),
    "vision_use_head": irrelevant("whether a pooling head follows: its tensors, `head.*`, are stored or not"),
    "num_image_tokens": irrelevant("PaliGemma's files have it", 7), "projection_dim": irrelevant("PaliGemma's files have it", 7), "projector_hidden_act": irrelevant("PaliGemma's files have it", "silu"),
    "initializer_factor": irrelevant("training", 0.5),
    "num_patches": only("absent: SigLIP 2's encoder of any resolution, relabelled", tried=False),
    "tie_word_embeddings": irrelevant("there are none", True),
}
SIGLIP_ROOT = COMMON | {
    "vision_config": read("the table of the vision part"), "text_config": irrelevant("the text part", tried=False), "initializer_factor": irrelevant("training", 0.5), "initializer_range": irrelevant("training", 0.5),
    "tie_word_embeddings": irrelevant("there are none", True),
}
DINO = COMMON | {
    "hidden_size": read(other=80), "num_hidden_layers": read(), "num_attention_heads": read(other=4), "mlp_ratio": read("the inner width is hidden_size times it; with `use_swiglu_ffn`, two thirds of that, up to a multiple of 8"),
    "num_channels": read(), "image_size": read("the number of learned positions, which are resampled to what is seen", 84), "patch_size": read(other=7),
    "hidden_act": read("gelu where absent; silu whatever it says with `use_swiglu_ffn`", "silu"), "layer_norm_eps": read("1e-6 where absent", 0.5),
    "qkv_bias": read("biases on query, key and value; the output always has one"), "use_swiglu_ffn": read(),
    "head_dim": read("not a key of this configuration, but read where a file has one", 4),
    "hidden_dropout_prob": irrelevant("training", 0.5), "attention_probs_dropout_prob": irrelevant("training", 0.5), "drop_path_rate": irrelevant("training", 0.5), "initializer_range": irrelevant("training", 0.5),
    "layerscale_value": irrelevant("what `lambda1` was before training; the stored one counts", 0.5),
    "apply_layernorm": irrelevant("of what a backbone returns"), "reshape_hidden_states": irrelevant("of what a backbone returns"),
    "out_features": irrelevant("of what a backbone returns", ["stage1"]), "out_indices": irrelevant("of what a backbone returns", [1]), "stage_names": irrelevant("of what a backbone returns", tried=False),
    "_out_features": irrelevant("as `out_features`", ["stage1"]), "_out_indices": irrelevant("as `out_indices`", [1]),
    "tie_word_embeddings": irrelevant("there are none", True),
}
DINOV2 = DINO | {
    "use_mask_token": irrelevant("whether `embeddings.mask_token` is stored: it stands for patches that training hides"),
    "num_register_tokens": only("absent or 0: an encoder with registers, relabelled", tried=False),
    "interpolate_offset": only("not transformers' key: by how much a raster counts as larger when positions are resampled to it, which a manifest may set; 0 where absent", tried=False),
}
REGISTERS = DINO | {"num_register_tokens": read("between CLS and the patches, without positions. 4 where absent; 0 is allowed"),
                    "interpolate_antialias": only("true: some published files have it; transformers ignores it, and always smooths", tried=False), "interpolate_offset": only("0: as above; transformers has no offset", tried=False),
                    "use_mask_token": irrelevant("not a key of this configuration; `embeddings.mask_token` is always stored", False)}

LLAVA = COMMON | {
    "vision_config": read("the table of its `model_type`; `clip_vision_model` where it has none, and then also other defaults: 1024, 4096, 24 blocks, 16 heads, 336 by 14"),
    "text_config": read("the table of its `model_type`; `llama` where it has none"),
    "image_token_index": read("the placeholder; `image_token_id` is another name", 149), "image_token_id": read("as `image_token_index`", 149),
    "projector_hidden_act": read("gelu where absent", "silu"), "vision_feature_select_strategy": read("`default` drops CLS, `full` keeps it", "full"),
    "vision_feature_layer": read("as states: 0 is what enters the first block. -2 where absent", -1), "multimodal_projector_bias": read("true where absent"),
    "image_seq_length": irrelevant("how many placeholders the processor writes", 7), "tie_word_embeddings": read("also where `text_config` alone says so"),
    "ignore_index": irrelevant("training: published", 7), "vocab_size": irrelevant("published: the text part's counts", 7), "pad_token_id": irrelevant("tokens: published", 7),
    "initializer_range": irrelevant("training", 0.5), "projector_layernorm_eps": only("absent: VipLLaVA, relabelled", tried=False), "vision_feature_layers": only("absent: VipLLaVA, relabelled", tried=False),
}
LLAVA_NEXT = LLAVA | {
    "image_grid_pinpoints": read("the rasters of tiles that a picture may have; the processor's file has them, too, and both have to agree", [[42, 42], [84, 84]]),
    "tie_word_embeddings": read("at the top alone: `text_config`'s is not read"),
    "vision_feature_select_strategy": read("`default`; with `full` transformers breaks", "full"),
    "use_image_newline_parameter": only("true: published", tried=False),
    "vision_aspect_ratio": only("absent: LLaVA-OneVision, relabelled", tried=False),
}

VIDEO = {"video_token_id": irrelevant("videos", 140)}
QWEN_VL_ROOT = COMMON | VIDEO | {
    "vision_config": read("the table of the vision part"),
    "text_config": read("the table of the text part; where absent, its keys stand at the top"),
    "image_token_id": read("the placeholder", 140),
    "vision_start_token_id": irrelevant("tokens: positions follow the placeholders", 5), "vision_end_token_id": irrelevant("tokens", 5), "vision_token_id": irrelevant("tokens: published", 5),
    "tie_word_embeddings": read("also where `text_config` alone says so"), "initializer_range": irrelevant("training", 0.5),
}
QWEN_VISION = COMMON | {
    "depth": read(), "num_heads": read(other=2), "patch_size": read(other=2), "spatial_merge_size": read(other=1), "temporal_patch_size": read(other=1), "in_channels": read(),
    "in_chans": only("3: published; transformers reads `in_channels` alone", tried=False), "spatial_patch_size": irrelevant("published beside `patch_size`, which alone is read", 7),
    "rope_theta": read("published files have none; stands below the one in `rope_parameters`", 10.0),
    "head_dim": only("absent, or the width / num_heads: rotary frequencies alone would follow it", 16),
    "rope_parameters": read("`rope_theta` alone counts, 10000 where absent", {"rope_type": "axial", "rope_theta": 10.0}),
    "initializer_range": irrelevant("training", 0.5),
    "tie_word_embeddings": irrelevant("there are none", True),
}
QWEN_TEXT = {key: value for key, value in QWEN2.items() if key not in ("tie_word_embeddings", "head_dim", "attention_bias", "use_mrope")} | {
    "tie_word_embeddings": read("at the top, or here"),
    "head_dim": only("absent, or hidden_size / num_attention_heads: rotary frequencies alone would follow it", 8),
    "rope_parameters": read("with `mrope_section`, [16, 24, 24] where absent; 1000000 for `rope_theta` where absent", {"rope_type": "default", "rope_theta": 100.0, "mrope_section": [2, 3, 3]}),
    "rope_theta": read("before transformers 5, beside `rope_scaling`", 100.0, {"rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3]}}),
    "rope_scaling": read("as `rope_parameters`; the type `mrope` is another name for `default`", {"type": "mrope", "mrope_section": [4, 2, 2]}),
    "vision_start_token_id": irrelevant("tokens: published", 5), "vision_end_token_id": irrelevant("tokens: published", 5), "vision_token_id": irrelevant("tokens: published", 5), "image_token_id": irrelevant("here; the one at the top counts", 5), "video_token_id": irrelevant("videos", 5),
}
for key in ("max_position_embeddings", "original_max_position_embeddings", "partial_rotary_factor"):
    claim = QWEN_TEXT[key]
    QWEN_TEXT[key] = Key(claim.verdict, claim.note, claim.other, {member: value | {"mrope_section": [2, 3, 3]} for member, value in claim.given.items()}, claim.tried)
QWEN2_VISION = QWEN_VISION | {"embed_dim": read("the width", 48), "hidden_size": read("the decoder's width: what the merger gives", 64), "hidden_act": read("quick_gelu where absent", "silu"), "mlp_ratio": read()}
QWEN25_VISION = QWEN_VISION | {
    "hidden_size": read("the width", 48), "out_hidden_size": read("the decoder's width: what the merger gives", 64), "intermediate_size": read(), "hidden_act": read("of the gate; silu where absent", "gelu"),
    "window_size": read("in pixels", 8), "fullatt_block_indexes": read("blocks without windows", [0, 1]), "tokens_per_second": irrelevant("videos", 7),
}
QWEN3_VISION = QWEN_VISION | {
    "hidden_size": read("the width", 48), "out_hidden_size": read("the decoder's width: what the mergers give", 64), "intermediate_size": read(), "hidden_act": read("gelu_pytorch_tanh where absent; the mergers' is gelu whatever it says", "silu"),
    "num_position_embeddings": read("a square", 36), "deepstack_visual_indexes": read("blocks whose output is added to the decoder's first states", [0, 1]),
}
QWEN3_TEXT = {key: value for key, value in QWEN3.items() if key not in ("use_sliding_window", "sliding_window", "max_window_layers", "layer_types", "tie_word_embeddings")} | NO_WINDOW | {
    "tie_word_embeddings": irrelevant("here; the one at the top counts", True),
    "max_position_embeddings": QWEN_TEXT["max_position_embeddings"],
    "original_max_position_embeddings": QWEN_TEXT["original_max_position_embeddings"],
    "partial_rotary_factor": QWEN_TEXT["partial_rotary_factor"],
    "rope_theta": QWEN_TEXT["rope_theta"],
    "rope_parameters": read("with `mrope_section`, [24, 20, 20] where absent; `mrope_interleaved` is not read: axes are always interleaved. 500000 for `rope_theta` where absent", {"rope_type": "default", "rope_theta": 100.0, "mrope_section": [4, 2, 2]}),
    "rope_scaling": read("as `rope_parameters`", {"rope_type": "default", "mrope_section": [2, 3, 3]}),
    "layer_types": irrelevant("recorded, and not used", ["full_attention"] * 3),
}

MOLMO2_ROOT = COMMON | {
    "vision_config": read("the table of the vision part; `vit_config` in the publisher's files"), "vit_config": read("as `vision_config`, with a block or two that are not stored: the deepest block that the adapter reads is the last", tried=False),
    "adapter_config": read("the table of the connector"), "text_config": read("the table of the text part"),
    "image_patch_id": read("the placeholder; `image_token_id` is another name", 140), "image_start_token_id": read("around pictures: tokens between see each other", 5, tried=False), "low_res_image_start_token_id": read("as above", 5, tried=False),
    "image_end_token_id": read("as above", 5, tried=False), "image_col_id": read("at the end of a row: the publisher's files; the processor writes it", 5, tried=False), "image_low_res_id": irrelevant("tokens: published", 5),
    "frame_start_token_id": irrelevant("videos", 5), "frame_end_token_id": irrelevant("videos", 5), "use_frame_special_tokens": irrelevant("videos: published", True), "use_cache": irrelevant("speed alone: published"),
    "initializer_range": irrelevant("training", 0.5), "tie_word_embeddings": read("transformers' tables cannot be tied, as the larger has the additional tokens", tried=False),
}
MOLMO2_VISION = COMMON | ENCODER | {
    "hidden_size": read(other=32), "intermediate_size": read(), "num_hidden_layers": read(), "num_attention_heads": read(other=6, given={"num_key_value_heads": 3}), "num_key_value_heads": read(other=1), "head_dim": read(other=4),
    "hidden_act": read(other="silu"), "layer_norm_eps": read(other=0.5), "patch_size": read(other=2), "image_size": read("both sides", [24, 24], {"num_position_embeddings": None}), "num_position_embeddings": read(other=24),
    "image_patch_size": read("the publisher's `patch_size`", 2), "image_default_input_size": read("the publisher's `image_size`", [24, 24], {"num_position_embeddings": None}), "image_num_pos": read("the publisher's `num_position_embeddings`", 24),
    "num_channels": read(), "attention_bias": read(), "residual_dropout": irrelevant("training: published", 0.5), "float32_attention": irrelevant("precision: published", False), "attn_implementation": irrelevant("speed", tried=False),
    "tie_word_embeddings": irrelevant("there are none", True),
}
MOLMO2_ADAPTER = COMMON | ENCODER | {
    "vision_feature_layer": read("blocks from 0: what leaves block i; negative ones count from the end", [1, 0]), "vit_layers": read("the publisher's `vision_feature_layer`", [1, 0]),
    "hidden_size": read(other=32), "num_attention_heads": read(other=6, given={"num_key_value_heads": 3}), "num_key_value_heads": read(other=1), "head_dim": read(other=4), "attention_bias": read(), "hidden_act": read(other="gelu"), "intermediate_size": read(),
    "text_hidden_size": read(other=32), "mlp_bias": read("biases on gate and up; down never has one"),
    "pooling_attention_mask": only("true: published; transformers always masks the pools' empty places", tried=False),
    "image_feature_dropout": irrelevant("training: published", 0.5), "residual_dropout": irrelevant("training: published", 0.5), "float32_attention": irrelevant("precision: published", False), "attn_implementation": irrelevant("speed", tried=False),
    "tie_word_embeddings": irrelevant("there are none", True),
}
MOLMO2_TEXT = COMMON | DECODER | {key: value for key, value in SIZES.items() if key != "tie_word_embeddings"} | GATED | {
    "attention_bias": read("biases on query, key and value; the output has none"), "qkv_bias": read("the publisher's `attention_bias`", True), "head_dim": read("128 where absent", 8),
    "layer_norm_eps": read("the publisher's `rms_norm_eps`", 0.5), "additional_vocab_size": read("rows behind the vocabulary's, in the table alone"),
    "qk_norm_type": read("`qwen3` norms by head, `olmo` over all channels", "olmo"), "use_qk_norm": only("true: published; transformers always norms", tried=False),
    "norm_after": read("norms behind attention and feed-forward"), "rope_scaling_layers": read("null for all: the other blocks rotate without scaling", [0], {"rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1e4}}),
    "tie_word_embeddings": only("false", tried=False), "embedding_dropout": irrelevant("training: published", 0.5), "residual_dropout": irrelevant("training: published", 0.5), "attn_implementation": irrelevant("speed", tried=False),
}
# The publisher's code, which transformers lacks: nothing here is tried.
MOLMO = {key: Key(claim.verdict, claim.note, tried=False) for key, claim in COMMON.items()} | {
    "hidden_size": read(tried=False), "intermediate_size": read("both halves of the fused layer", tried=False), "num_hidden_layers": read(tried=False), "num_attention_heads": read(tried=False),
    "num_key_value_heads": read("num_attention_heads where absent or null", tried=False), "vocab_size": read(tried=False), "embedding_size": read("rows of the table; `vocab_size` where absent or null", tried=False),
    "max_position_embeddings": irrelevant("rotary embeddings are not scaled", tried=False), "rope_theta": read("10000 where absent", tried=False), "layer_norm_eps": read("1e-5 where absent", tried=False),
    "qkv_bias": read("false where absent", tried=False), "attention_layer_norm": read("queries and keys normed over all channels; false where absent", tried=False), "norm_after": read("false where absent", tried=False),
    "weight_tying": read("the head is the table; false where absent", tried=False), "tie_word_embeddings": irrelevant("`weight_tying` counts", tried=False),
    "clip_qkv": only("null: queries, keys and values would be clipped", tried=False), "layer_norm_type": only("`rms`", tried=False), "use_position_ids": irrelevant("positions follow the mask: the same without padding", tried=False),
    "initializer_range": irrelevant("training", tried=False), "use_cache": irrelevant("speed alone", tried=False), "bos_token_id": irrelevant("tokens", tried=False), "eos_token_id": irrelevant("tokens", tried=False), "pad_token_id": irrelevant("tokens", tried=False),
    "vision_backbone": read("not the publisher's: what `molmo.py` writes to make the encoder small", tried=False), "vit_layers": read("not the publisher's: [-2, -9] where absent", tried=False), "additional_vocab_size": read("not the publisher's: 128 where absent", tried=False),
}

TEXT = dict(vocab_size=151, hidden_size=48, intermediate_size=85, num_hidden_layers=3, num_attention_heads=6, num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
VISION = dict(hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=5, image_size=70, patch_size=14)
SMALL_EYE = dict(model_type="clip_vision_model", hidden_size=40, intermediate_size=70, num_hidden_layers=3, num_attention_heads=5, image_size=42, patch_size=14)
QWEN_ROOT = dict(image_token_id=150, video_token_id=149, vision_start_token_id=148, vision_end_token_id=147)


def numbers(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def words(model):
    return dict(input_ids=torch.arange(3, 20)[None])


def picture(side):
    return lambda model: dict(pixel_values=numbers(1, 3, side, side))


def placeholders(count, token):
    return torch.cat([torch.arange(3, 8), torch.full((count,), token), torch.arange(8, 20)])[None]


def llava_inputs(model):
    config = model.config
    patches = 9 + (config.vision_feature_select_strategy == "full")
    # The placeholder of the unchanged configuration: another one must not find it.
    return dict(input_ids=placeholders(patches, 150), pixel_values=numbers(1, 3, 42, 42))


def llava_next_inputs(model):
    size = torch.tensor([[20, 100]])
    pixels = numbers(1, 3, 3, 42, 42)
    with torch.no_grad():
        pooled = model.model.get_image_features(pixels, size).pooler_output
    count = len(pooled[0]) if isinstance(pooled, (list, tuple)) else len(pooled)
    return dict(input_ids=placeholders(count, 150), pixel_values=pixels, image_sizes=size)


def qwen_vl_inputs(model):
    grid = torch.tensor([[1, 4, 6]])
    ids = placeholders(6, 150)
    return dict(input_ids=ids, pixel_values=numbers(24, 96), image_grid_thw=grid, mm_token_type_ids=(ids == 150).long())


def molmo2_inputs(model):
    grids = torch.tensor([[3, 3, 0, 0]])
    ids = placeholders(9, 150)
    pooling = torch.tensor([[5 * (2 * r + y) + 2 * c + x if 2 * r + y < 5 and 2 * c + x < 5 else -1 for y in (0, 1) for x in (0, 1)] for r in range(3) for c in range(3)])
    return dict(input_ids=ids, pixel_values=numbers(1, 25, 48), image_token_pooling=pooling, image_grids=grids, image_num_crops=torch.tensor([1]), mm_token_type_ids=(ids == 150).long())


@dataclass
class Architecture:
    name: str
    config: type | None
    model: type | None
    tiny: dict
    inputs: object
    tables: dict  # by the path of the member that holds the keys; "" for the file
    note: str = ""
    parts: dict = field(default_factory=dict)  # members that another architecture's table describes


QWEN_VL_TEXT = TEXT | dict(hidden_size=96, rope_parameters={"rope_type": "default", "rope_theta": 5000.0, "mrope_section": [2, 3, 3]})
ARCHITECTURES = [
    Architecture("llama", LlamaConfig, LlamaForCausalLM, TEXT, words, {"": LLAMA}, "LLaMA 1, 2 and 3, Code LLaMA, Vicuna, SmolLM 1 and 2, and whatever else says `llama`. `head_dim` null is as absent."),
    Architecture("qwen2", Qwen2Config, Qwen2ForCausalLM, TEXT, words, {"": QWEN2}, "Qwen 2 and 2.5."),
    Architecture("qwen3", Qwen3Config, Qwen3ForCausalLM, TEXT | dict(head_dim=12), words, {"": QWEN3}),
    Architecture("olmo", OlmoConfig, OlmoForCausalLM, TEXT | dict(clip_qkv=0.7), words, {"": OLMO}),
    Architecture("olmo2", Olmo2Config, Olmo2ForCausalLM, TEXT, words, {"": OLMO2}, "Also `olmo_1124`, its first name."),
    Architecture("gemma2", Gemma2Config, Gemma2ForCausalLM, TEXT | dict(head_dim=12, sliding_window=5, tie_word_embeddings=False), words, {"": GEMMA2}),
    Architecture("granite", GraniteConfig, GraniteForCausalLM, TEXT, words, {"": GRANITE}),
    Architecture("starcoder2", Starcoder2Config, Starcoder2ForCausalLM, TEXT | dict(tie_word_embeddings=False), words, {"": STARCODER2}),
    Architecture("clip_vision_model", CLIPVisionConfig, CLIPVisionModel, VISION, picture(70), {"": CLIP_VISION}),
    Architecture("clip", CLIPConfig, CLIPModel, dict(vision_config=VISION, text_config=dict(hidden_size=24, intermediate_size=40, num_hidden_layers=1, num_attention_heads=3, vocab_size=60, max_position_embeddings=9), projection_dim=16),
                 picture(70), {"": CLIP_ROOT}, "A whole CLIP, of which the vision part is read.", {"vision_config": "clip_vision_model"}),
    Architecture("siglip_vision_model", SiglipVisionConfig, SiglipVisionModel, VISION, picture(70), {"": SIGLIP_VISION}),
    Architecture("siglip", SiglipConfig, SiglipModel, dict(vision_config=VISION, text_config=dict(hidden_size=40, intermediate_size=40, num_hidden_layers=1, num_attention_heads=4, vocab_size=60, max_position_embeddings=9)),
                 picture(70), {"": SIGLIP_ROOT}, "A whole SigLIP, or SigLIP 2 of fixed resolution, of which the vision part is read.", {"vision_config": "siglip_vision_model"}),
    Architecture("dinov2", Dinov2Config, Dinov2Model, {key: value for key, value in VISION.items() if key != "intermediate_size"} | dict(mlp_ratio=2), picture(42), {"": DINOV2}),
    Architecture("dinov2_with_registers", Dinov2WithRegistersConfig, Dinov2WithRegistersModel, {key: value for key, value in VISION.items() if key != "intermediate_size"} | dict(mlp_ratio=2), picture(42), {"": REGISTERS}),
    Architecture("llava", LlavaConfig, LlavaForConditionalGeneration, dict(vision_config=SMALL_EYE, text_config=TEXT | dict(model_type="llama"), image_token_index=150), llava_inputs, {"": LLAVA}, "",
                 {"vision_config": "clip_vision_model", "text_config": "llama"}),
    Architecture("llava_next", LlavaNextConfig, LlavaNextForConditionalGeneration, dict(vision_config=SMALL_EYE, text_config=TEXT | dict(model_type="llama"), image_token_index=150, image_grid_pinpoints=[[42, 84], [84, 42]]), llava_next_inputs,
                 {"": LLAVA_NEXT}, "", {"vision_config": "clip_vision_model", "text_config": "llama"}),
    Architecture("qwen2_vl", Qwen2VLConfig, Qwen2VLForConditionalGeneration,
                 dict(vision_config=dict(depth=3, embed_dim=24, hidden_size=96, num_heads=3, mlp_ratio=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2), text_config=QWEN_VL_TEXT) | QWEN_ROOT, qwen_vl_inputs,
                 {"": QWEN_VL_ROOT, "vision_config": QWEN2_VISION, "text_config": QWEN_TEXT}),
    Architecture("qwen2_5_vl", Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration,
                 dict(vision_config=dict(depth=3, hidden_size=24, out_hidden_size=96, intermediate_size=37, num_heads=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2, window_size=16, fullatt_block_indexes=[1]), text_config=QWEN_VL_TEXT)
                 | QWEN_ROOT, qwen_vl_inputs, {"": QWEN_VL_ROOT, "vision_config": QWEN25_VISION, "text_config": QWEN_TEXT}),
    Architecture("qwen3_vl", Qwen3VLConfig, Qwen3VLForConditionalGeneration,
                 dict(vision_config=dict(depth=3, hidden_size=24, out_hidden_size=48, intermediate_size=37, num_heads=3, patch_size=4, spatial_merge_size=2, temporal_patch_size=2, num_position_embeddings=25, deepstack_visual_indexes=[0]),
                      text_config=TEXT | dict(head_dim=16, rope_parameters={"rope_type": "default", "rope_theta": 5000.0, "mrope_section": [4, 2, 2], "mrope_interleaved": True})) | QWEN_ROOT, qwen_vl_inputs,
                 {"": QWEN_VL_ROOT | {"tie_word_embeddings": read("here alone"), "text_config": read("the table of the text part")}, "vision_config": QWEN3_VISION, "text_config": QWEN3_TEXT}),
    Architecture("molmo2", Molmo2Config, Molmo2ForConditionalGeneration,
                 dict(vision_config=dict(hidden_size=24, intermediate_size=37, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=3, head_dim=8, image_size=[20, 20], patch_size=4),
                      adapter_config=dict(hidden_size=24, num_attention_heads=3, num_key_value_heads=3, head_dim=8, intermediate_size=29, text_hidden_size=48, vision_feature_layer=[2, 0]),
                      text_config={key: value for key, value in TEXT.items() if not key.endswith("token_id")} | dict(head_dim=12, additional_vocab_size=8), image_patch_id=150), molmo2_inputs,
                 {"": MOLMO2_ROOT, "vision_config": MOLMO2_VISION, "adapter_config": MOLMO2_ADAPTER, "text_config": MOLMO2_TEXT}),
    Architecture("molmo", None, None, {}, None, {"": MOLMO}, "Not in transformers: from the publisher's `config_molmo.py` and `modeling_molmo.py`; nothing here is tried."),
]


class Watch:
    """Records which keys of which configuration are asked for, and where."""

    def __init__(self):
        self.places = defaultdict(set)
        self.original = PreTrainedConfig.__getattribute__

    def __enter__(self):
        watch, original = self, self.original

        def look(config, name):
            if not name.startswith("__"):
                frame = sys._getframe(1)
                file = frame.f_code.co_filename
                short = Path(file).name
                if re.match(r"(modeling|masking|configuration|configuration_utils)", short) and short not in ("configuration_utils.py", "modeling_utils.py"):
                    owner = type(config)
                    watch.places[owner.__name__, owner.attribute_map.get(name, name)].add((short, frame.f_lineno, frame.f_code.co_name))
            return original(config, name)

        PreTrainedConfig.__getattribute__ = look
        return self

    def __exit__(self, *_):
        PreTrainedConfig.__getattribute__ = self.original


def outputs(model, inputs, architecture):
    """All hidden states of all parts, and the logits."""
    caught = []
    for module in model.modules():
        if type(module).__name__.endswith(("Layer", "Block")) or type(module).__name__.endswith(("Projector", "Merger", "Adapter", "RMSNorm")):
            module.register_forward_hook(lambda _, arguments, output: caught.append((output[0] if isinstance(output, tuple) else getattr(output, "last_hidden_state", output)).detach().clone()))
    with torch.no_grad():
        if architecture in ("clip", "siglip"):
            result = model.vision_model(**inputs)
            return caught + [result.last_hidden_state]
        result = model(**inputs)
    for name in ("logits", "last_hidden_state"):
        if name in result:
            caught.append(result[name])
    return caught


def build(architecture, changes):
    """A model of the tiny configuration with some keys changed, by their paths."""
    config = json.loads(json.dumps(architecture.tiny))
    for path, value in changes.items():
        member = config
        *parents, key = path.split("/")
        for parent in parents:
            member = member[parent]
        member[key] = json.loads(json.dumps(value))
    torch.manual_seed(0)
    made = architecture.config.from_dict(config)
    made._attn_implementation = "eager"
    return architecture.model(made).eval()


def invent(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.5
    return True


def trial(architecture, state, base, changes):
    """What a change does: 'same', or in what way it is not."""
    try:
        model = build(architecture, changes)
        now = model.state_dict()
        needed = {name for name in state if name not in now or now[name].shape != state[name].shape} | {name for name in now if name not in state}
        # Pooling heads and mask tokens are no part of what is compared.
        needed = {name for name in needed if not re.search(r"(^|\.)(head|mask_token|text_model|text_projection|visual_projection)(\.|$)|position_ids$", name)}
        if needed:
            return "names or shapes"
        model.load_state_dict(state, strict=False)
        found = outputs(model, architecture.inputs(model), architecture.name)
    except Exception as error:
        return f"refused: {type(error).__name__}"
    if len(found) != len(base):
        return "another number of states"
    return "same" if all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(found, base)) else "other numbers"


def default_of(architecture, path):
    config = architecture.config()
    for part in [part for part in path.split("/") if part]:
        config = getattr(config, part)
    return config


# What configurations answer for beside keys.
NOT_KEYS = {"_attn_implementation", "_experts_implementation", "get_text_config", "num_labels", "sub_configs", "is_heterogeneous"}


def verify_rotary():
    """Tries the claims about `rope_parameters` on a LLaMA."""
    llama = ARCHITECTURES[0]
    state = {key: value.clone() for key, value in roughen(build(llama, {}), 5).state_dict().items()}
    wrong = []
    for kind, (base, table) in ROTARY.items():
        for key, claim in table.items():
            if not claim.tried:
                continue
            start = {"rope_type": kind, "rope_theta": 1e4} | base | claim.given
            # Shorter than the sequence, so that `dynamic` has something to do.
            length = {"max_position_embeddings": 10} if kind == "dynamic" else {"max_position_embeddings": 256}
            model = build(llama, {"rope_parameters": start} | length)
            model.load_state_dict(state)
            result = trial(llama, state, outputs(model, llama.inputs(model), llama.name), {"rope_parameters": start | {key: claim.other}} | length)
            if (result == "same") != (claim.verdict == "irrelevant"):
                wrong.append(f"rope_parameters of {kind}: {key} is claimed {claim.verdict}, found {result}")
    return wrong


def verify(architecture):
    """Tries every claim; gives what transformers writes, and where each key is read. Raises on the first claim that does not hold."""
    with Watch() as watch:
        model = roughen(build(architecture, {}), 5)
        state = {key: value.clone() for key, value in model.state_dict().items()}
        base = outputs(model, architecture.inputs(model), architecture.name)
    wrong = []
    found = {}
    classes = {type(default_of(architecture, path)).__name__: table for path, table in architecture.tables.items()}
    for (owner, key), places in watch.places.items():
        # Everything that the model asks its configuration for has to be in the table.
        if owner in classes and key not in classes[owner] and key not in NOT_KEYS and any(file.startswith(("modeling", "masking")) and file != "modeling_rope_utils.py" for file, _, _ in places):
            wrong.append(f"{architecture.name}: nothing is said about {owner}'s {key}, read at {sorted(places)}")
    for path, table in architecture.tables.items():
        config = default_of(architecture, path)
        written = json.loads(config.to_json_string(use_diff=False))
        unclaimed = set(written) - set(table)
        assert not unclaimed, f"{architecture.name} {path}: nothing is said about {sorted(unclaimed)}"
        tiny = architecture.tiny if not path else architecture.tiny[path]
        for key, claim in table.items():
            places = sorted({(file, line) for file, line, _ in watch.places.get((type(config).__name__, type(config).attribute_map.get(key, key)), ())})
            found[path, key] = (written.get(key, ...), places, None)
            if not claim.tried:
                continue
            value = claim.other if claim.other is not None else invent(tiny.get(key, written.get(key)))
            prefix = f"{path}/" if path else ""
            given = {prefix + name: other for name, other in claim.given.items()}
            reference = base
            if given:
                other = build(architecture, given)
                other.load_state_dict(state, strict=False)
                reference = outputs(other, architecture.inputs(other), architecture.name)
            if key in ("vision_config", "text_config", "adapter_config"):
                # Its own table tells.
                continue
            result = trial(architecture, state, reference, given | {prefix + key: value})
            found[path, key] = (written.get(key, ...), places, result)
            if (result == "same") != (claim.verdict == "irrelevant"):
                wrong.append(f"{architecture.name}: {path}/{key} = {value!r} is claimed {claim.verdict}, found {result}")
    return found, wrong


def unknown(config):
    """The keys of a file that no table names, by their paths with dots."""
    name = {"olmo_1124": "olmo2"}.get(config["model_type"], config["model_type"])
    by_name = {architecture.name: architecture for architecture in ARCHITECTURES}
    architecture = by_name[name]
    members = {path: table for path, table in architecture.tables.items()}
    for part, other in architecture.parts.items():
        members[part] = by_name[other].tables[""]
    if "vit_config" in config:
        members["vit_config"] = members["vision_config"]
    if name in ("qwen2_vl", "qwen2_5_vl") and "text_config" not in config:
        members[""] = members[""] | members["text_config"]
    found = []
    for path, table in members.items():
        member = config.get(path, {}) if path else config
        found += [f"{path}.{key}" if path else key for key in member if key not in table]
        for key in ("rope_parameters", "rope_scaling"):
            rope = member.get(key)
            if rope:
                kind = rope.get("rope_type", rope.get("type", "default"))
                known = {"rope_theta", "rope_type"} if kind == "axial" else set(ROTARY["default" if kind == "mrope" else kind][1]) if kind in ROTARY | {"mrope": 0} else set()
                known |= {"mrope_section", "mrope_interleaved"} if name.endswith("_vl") else set()
                found += [f"{path}.{key}.{inner}" if path else f"{key}.{inner}" for inner in rope if inner not in known]
    return found


LABELS = {"read": "**read**", "only": "**only**", "irrelevant": "irrelevant"}


def cell(value):
    if isinstance(value, dict) and "model_type" in value:
        return ""
    return "" if value is ... else "`" + json.dumps(value).replace("|", "\\|") + "`"


def places_of(places):
    lines = defaultdict(list)
    for file, line in places:
        lines[file].append(line)
    return "; ".join(f"{file.removesuffix('.py')} {', '.join(str(line) for line in sorted(numbers)[:4])}{' …' if len(numbers) > 4 else ''}" for file, numbers in sorted(lines.items()))


def rows(table, found, path):
    text = ["| key | verdict | transformers writes | a change gave | read at | |", "|---|---|---|---|---|---|"]
    for verdict in LABELS:
        for key in sorted(table):
            claim = table[key]
            if claim.verdict == verdict:
                written, places, result = found.get((path, key), (..., (), None))
                text.append(f"| `{key}` | {LABELS[verdict]} | {cell(written)} | {result or ''} | {places_of(places)} | {claim.note} |")
    return text


def report(versions):
    """The tables as Markdown, and as data; raises if any claim does not hold."""
    problems = verify_rotary()
    found = {}
    for architecture in ARCHITECTURES:
        if architecture.config:
            found[architecture.name], wrong = verify(architecture)
            problems += wrong
    assert not problems, "\n".join(problems)
    text = ["# Keys of `config.json`", "",
            f"Written by `configuration_keys.py` with transformers {versions['transformers']} and torch {versions['torch']}, which tries what it says: on a tiny model of each architecture, with random weights, every key",
            "but those without an entry under *a change gave* was changed, and all hidden states and logits compared bit by bit.", "",
            "- **read**: changes what is computed, or which tensors there are. An adapter reads it, or refuses the values that it does not compute.",
            "- **only**: accepted with the values that are named alone. Other values ask for something that the architecture's code here does not compute, or they come from another architecture that was relabelled.",
            "- irrelevant: any value is accepted.", "",
            "*Read at* is where transformers' code asks for the key while a model is built and run (`modeling_….py`, `masking_utils.py`, and `configuration_….py` where one key decides about another). An irrelevant key may be asked for, too:",
            "a dropout that acts in training, a buffer's length.", "",
            "A key that no table names is unknown, and refused. `keys.json` holds the same as data.", "",
            "## Any architecture", "",
            "Each of these may stand in any file and in any of its members; each was tried in each of them. Tables below name them again only where an architecture differs.", ""]
    text += ["| key | verdict | |", "|---|---|---|"]
    text += [f"| `{key}` | {LABELS[claim.verdict]} | {claim.note} |" for verdict in LABELS for key, claim in sorted(COMMON.items()) if claim.verdict == verdict]
    text += ["", "## Rotary embeddings of the decoders", "",
             "`rope_parameters` holds what `rope_theta` and `rope_scaling` held before transformers 5. Which stands above which: `rope_scaling` if it is not null, else `rope_parameters`; inside of it `rope_theta`, else the one beside it, else the",
             "architecture's default (10000, and 1000000 for Qwen 2 VL and Qwen 2.5 VL, 500000 for Qwen 3 VL). An `original_max_position_embeddings` beside it stands above the one inside for `llama3`, `yarn` and `longrope`.",
             "A `rope_parameters` with the members `full_attention` and `sliding_attention` has one set for each kind of block (OLMo 3, Gemma 3): nothing that is read here has that. `llama_4_scaling_beta` (Ministral 3) scales queries; no",
             "architecture here does. `mrope_section` and `mrope_interleaved` belong to Qwen's VLMs alone.", ""]
    for kind, (_, table) in ROTARY.items():
        text += [f"### `{kind}`", "", "| key | verdict | |", "|---|---|---|"]
        text += [f"| `{key}` | {LABELS[claim.verdict]} | {claim.note} |" for verdict in LABELS for key, claim in sorted(table.items()) if claim.verdict == verdict] + [""]
    data = {"common": {key: claim.verdict for key, claim in COMMON.items()}, "architectures": {}, "rope_parameters": {kind: {key: claim.verdict for key, claim in table.items()} for kind, (_, table) in ROTARY.items()}}
    for architecture in ARCHITECTURES:
        text += [f"## `{architecture.name}`", ""]
        if architecture.note:
            text += [architecture.note, ""]
        members = {}
        for path, table in architecture.tables.items():
            own = {key: claim for key, claim in table.items() if key not in COMMON or COMMON[key] != claim}
            if architecture.config is None:
                own = {key: claim for key, claim in table.items() if key not in COMMON}
            if path:
                text += [f"### `{path}`", ""]
            text += rows(own, found.get(architecture.name, {}), path) + [""]
            members[path] = {key: claim.verdict for key, claim in sorted(table.items())}
        for part, other in architecture.parts.items():
            text += [f"`{part}`: the table of `{other}`.", ""]
        data["architectures"][architecture.name] = {"members": members, "parts": architecture.parts}
    return "\n".join(text), data
