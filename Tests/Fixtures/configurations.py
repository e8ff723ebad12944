"""Files `config.json`: those that an adapter has to accept, those that it has to refuse by name, and the tables of keys behind both.

`sound/NAME-default.json` is what transformers' `save_pretrained` writes, `NAME-whole.json` every key that it knows, and the others what publishers
ship: typed from their repositories and transformers' documentation, so that they have the keys of older releases and of publishers' own. Where the
default parts of a whole VLM do not fit each other, one width is set so that they do.

`refused/` holds configurations of one architecture relabelled as another, and others that ask for what the named architecture does not compute;
`refused.json` tells for each which keys say so, and which others its architecture does not know; a refusal has to name at least one of them. That each of them computes something else is tried where both classes have tensors of the same
names: a tiny model of the true class and one of the claimed class, given the same weights and told the same, have to differ.

Usage: python configurations.py
"""

import json
import shutil

import torch
import transformers
from transformers import (ArceeConfig, ArceeForCausalLM, CLIPConfig, CLIPVisionConfig, CLIPVisionModel, CohereConfig, CohereForCausalLM, Dinov2Config, Dinov2WithRegistersConfig, DINOv3ViTConfig, Gemma2Config, Gemma2ForCausalLM, Gemma3ForCausalLM,
                          Gemma3TextConfig, GPTNeoXConfig, GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM, LlavaConfig, LlavaNextConfig, Ministral3Config, Ministral3ForCausalLM, MistralConfig, MistralForCausalLM, MLCDVisionConfig,
                          MLCDVisionModel, Molmo2Config, Olmo2Config, Olmo2ForCausalLM, Olmo3Config, Olmo3ForCausalLM, OlmoConfig, Phi3Config, Qwen2_5_VLConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2VLConfig,
                          Qwen3Config, Qwen3ForCausalLM, Qwen3VLConfig, Siglip2VisionConfig, SiglipConfig, SiglipVisionConfig, SmolLM3Config, SmolLM3ForCausalLM, StableLmConfig, StableLmForCausalLM, Starcoder2Config, VipLlavaConfig)

from common import HERE, roughen, versions, write_json
from configuration_keys import TEXT, VISION, numbers, report, unknown

FOLDER = HERE / "configurations"

DEFAULTS = {
    "llama": LlamaConfig, "qwen2": Qwen2Config, "qwen3": Qwen3Config, "olmo": OlmoConfig, "olmo2": Olmo2Config, "gemma2": Gemma2Config, "granite": GraniteConfig, "starcoder2": Starcoder2Config,
    "clip": CLIPConfig, "clip-vision": CLIPVisionConfig, "siglip": SiglipConfig, "siglip-vision": SiglipVisionConfig, "dinov2": Dinov2Config, "dinov2-with-registers": Dinov2WithRegistersConfig,
    "llava": LlavaConfig, "llava-next": LlavaNextConfig,
    "qwen2-vl": lambda: Qwen2VLConfig(vision_config={"hidden_size": 8192}), "qwen2.5-vl": lambda: Qwen2_5_VLConfig(vision_config={"out_hidden_size": 8192}), "qwen3-vl": lambda: Qwen3VLConfig(vision_config={"out_hidden_size": 4096}),
    "molmo2": lambda: Molmo2Config(adapter_config={"text_hidden_size": 4096}),
}

# What transformers 4 dumped into the members of a whole CLIP.
OLD_DUMP = {
    "_name_or_path": "", "add_cross_attention": False, "architectures": None, "attention_dropout": 0.0, "bad_words_ids": None, "chunk_size_feed_forward": 0, "cross_attention_hidden_size": None, "decoder_start_token_id": None, "diversity_penalty": 0.0,
    "do_sample": False, "dropout": 0.0, "early_stopping": False, "encoder_no_repeat_ngram_size": 0, "exponential_decay_length_penalty": None, "finetuning_task": None, "forced_bos_token_id": None, "forced_eos_token_id": None, "hidden_act": "quick_gelu",
    "id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "initializer_factor": 1.0, "initializer_range": 0.02, "is_decoder": False, "is_encoder_decoder": False, "label2id": {"LABEL_0": 0, "LABEL_1": 1}, "layer_norm_eps": 1e-05, "length_penalty": 1.0, "max_length": 20,
    "min_length": 0, "no_repeat_ngram_size": 0, "num_beam_groups": 1, "num_beams": 1, "num_return_sequences": 1, "output_attentions": False, "output_hidden_states": False, "output_scores": False, "prefix": None, "problem_type": None, "pruned_heads": {},
    "remove_invalid_values": False, "repetition_penalty": 1.0, "return_dict": True, "return_dict_in_generate": False, "sep_token_id": None, "task_specific_params": None, "temperature": 1.0, "tie_encoder_decoder": False, "tie_word_embeddings": True,
    "tokenizer_class": None, "top_k": 50, "top_p": 1.0, "torch_dtype": None, "torchscript": False, "transformers_version": "4.21.3", "typical_p": 1.0, "use_bfloat16": False}
LLAMA2 = {
    "_name_or_path": "meta-llama/Llama-2-7b-hf", "architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008,
    "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": None, "tie_word_embeddings": False,
    "torch_dtype": "float16", "transformers_version": "4.31.0.dev0", "use_cache": True, "vocab_size": 32000}
LLAMA31 = {
    "architectures": ["LlamaForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336,
    "max_position_embeddings": 131072, "mlp_bias": False, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
    "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"}, "rope_theta": 500000.0, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    "transformers_version": "4.43.0.dev0", "use_cache": True, "vocab_size": 128256}
QWEN25 = {
    "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 3584, "initializer_range": 0.02, "intermediate_size": 18944, "max_position_embeddings": 131072,
    "max_window_layers": 28, "model_type": "qwen2", "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 131072, "tie_word_embeddings": False,
    "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": True, "use_mrope": False, "use_sliding_window": False, "vocab_size": 152064}
QWEN3 = {
    "architectures": ["Qwen3ForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 12288,
    "max_position_embeddings": 40960, "max_window_layers": 36, "model_type": "qwen3", "num_attention_heads": 32, "num_hidden_layers": 36, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": None, "rope_theta": 1000000,
    "sliding_window": None, "tie_word_embeddings": False, "torch_dtype": "bfloat16", "transformers_version": "4.51.0", "use_cache": True, "use_sliding_window": False, "vocab_size": 151936}
OLMO2 = {
    "architectures": ["Olmo2ForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "eos_token_id": 100257, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008, "max_position_embeddings": 4096,
    "model_type": "olmo2", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 100277, "rms_norm_eps": 1e-06, "rope_scaling": None, "rope_theta": 500000, "tie_word_embeddings": False,
    "torch_dtype": "float32", "transformers_version": "4.47.0", "use_cache": True, "vocab_size": 100352}
GEMMA2 = {
    "architectures": ["Gemma2ForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "bos_token_id": 2, "cache_implementation": "hybrid", "eos_token_id": 1, "final_logit_softcapping": 30.0, "head_dim": 256,
    "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 3584, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 8192, "model_type": "gemma2", "num_attention_heads": 16,
    "num_hidden_layers": 42, "num_key_value_heads": 8, "pad_token_id": 0, "query_pre_attn_scalar": 256, "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 4096, "sliding_window_size": 4096, "torch_dtype": "float32",
    "transformers_version": "4.42.0.dev0", "use_cache": True, "vocab_size": 256000}
GRANITE = {
    "architectures": ["GraniteForCausalLM"], "attention_bias": False, "attention_dropout": 0.1, "attention_multiplier": 0.015625, "bos_token_id": 0, "embedding_multiplier": 12.0, "eos_token_id": 0, "hidden_act": "silu", "hidden_size": 2048,
    "initializer_range": 0.02, "intermediate_size": 8192, "logits_scaling": 8.0, "max_position_embeddings": 131072, "mlp_bias": False, "model_type": "granite", "num_attention_heads": 32, "num_hidden_layers": 40, "num_key_value_heads": 8,
    "pad_token_id": 0, "residual_multiplier": 0.22, "rms_norm_eps": 1e-05, "rope_scaling": None, "rope_theta": 5000000.0, "tie_word_embeddings": True, "torch_dtype": "bfloat16", "transformers_version": "4.47.0.dev0", "use_cache": True,
    "vocab_size": 49155}
STARCODER2 = {
    "architectures": ["Starcoder2ForCausalLM"], "attention_dropout": 0.1, "residual_dropout": 0.1, "embedding_dropout": 0.1, "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu_pytorch_tanh", "hidden_size": 3072, "initializer_range": 0.018042,
    "intermediate_size": 12288, "max_position_embeddings": 16384, "mlp_type": "default", "model_type": "starcoder2", "norm_epsilon": 1e-05, "norm_type": "layer_norm", "num_attention_heads": 24, "num_hidden_layers": 30, "num_key_value_heads": 2,
    "rope_theta": 999999.4420358813, "sliding_window": 4096, "transformers_version": "4.37.0.dev0", "use_bias": True, "use_cache": True, "vocab_size": 49152}
CLIP_VISION = {"hidden_size": 1024, "image_size": 336, "intermediate_size": 4096, "num_attention_heads": 16, "num_hidden_layers": 24, "patch_size": 14, "projection_dim": 768}
CLIP = {
    "_name_or_path": "openai/clip-vit-large-patch14-336", "architectures": ["CLIPModel"], "initializer_factor": 1.0, "logit_scale_init_value": 2.6592, "model_type": "clip", "projection_dim": 768,
    "text_config": OLD_DUMP | {"bos_token_id": 0, "eos_token_id": 2, "hidden_size": 768, "intermediate_size": 3072, "max_position_embeddings": 77, "model_type": "clip_text_model", "num_attention_heads": 12, "num_hidden_layers": 12, "pad_token_id": 1,
                               "projection_dim": 768, "vocab_size": 49408},
    "text_config_dict": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12, "projection_dim": 768}, "torch_dtype": "float32", "transformers_version": None,
    "vision_config": OLD_DUMP | {"bos_token_id": None, "eos_token_id": None, "model_type": "clip_vision_model", "num_channels": 3, "pad_token_id": None} | CLIP_VISION, "vision_config_dict": CLIP_VISION}
SIGLIP_VISION = {"hidden_size": 1152, "image_size": 384, "intermediate_size": 4304, "model_type": "siglip_vision_model", "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14}
SIGLIP = {
    "architectures": ["SiglipModel"], "initializer_factor": 1.0, "model_type": "siglip", "text_config": {"hidden_size": 1152, "intermediate_size": 4304, "model_type": "siglip_text_model", "num_attention_heads": 16, "num_hidden_layers": 27},
    "torch_dtype": "float32", "transformers_version": "4.37.0.dev0", "vision_config": SIGLIP_VISION}
DINO = {
    "apply_layernorm": True, "architectures": ["Dinov2Model"], "attention_probs_dropout_prob": 0.0, "drop_path_rate": 0.0, "hidden_act": "gelu", "hidden_dropout_prob": 0.0, "hidden_size": 1024, "image_size": 518, "initializer_range": 0.02,
    "layer_norm_eps": 1e-06, "layerscale_value": 1.0, "mlp_ratio": 4, "model_type": "dinov2", "num_attention_heads": 16, "num_channels": 3, "num_hidden_layers": 24, "out_features": ["stage24"], "out_indices": [24], "patch_size": 14, "qkv_bias": True,
    "reshape_hidden_states": True, "stage_names": ["stem"] + [f"stage{i}" for i in range(1, 25)], "torch_dtype": "float32", "transformers_version": "4.32.0.dev0", "use_swiglu_ffn": False}
REGISTERS = DINO | {"architectures": ["Dinov2WithRegistersModel"], "model_type": "dinov2_with_registers", "num_register_tokens": 4, "interpolate_antialias": True, "interpolate_offset": 0.0, "transformers_version": "4.48.0.dev0"}
LLAVA = {
    "architectures": ["LlavaForConditionalGeneration"], "ignore_index": -100, "image_token_index": 32000, "model_type": "llava", "pad_token_id": 32001, "projector_hidden_act": "gelu",
    "text_config": {"_name_or_path": "lmsys/vicuna-7b-v1.5", "architectures": ["LlamaForCausalLM"], "max_position_embeddings": 4096, "model_type": "llama", "rms_norm_eps": 1e-05, "torch_dtype": "float16", "vocab_size": 32064},
    "tie_word_embeddings": False, "torch_dtype": "float16", "transformers_version": "4.36.0.dev0", "vision_config": CLIP_VISION | {"model_type": "clip_vision_model", "vocab_size": 32000}, "vision_feature_layer": -2,
    "vision_feature_select_strategy": "default", "vocab_size": 32064}
LLAVA_NEXT = LLAVA | {"architectures": ["LlavaNextForConditionalGeneration"], "model_type": "llava_next", "image_grid_pinpoints": [[336, 672], [672, 336], [672, 672], [1008, 336], [336, 1008]], "use_image_newline_parameter": True,
                      "transformers_version": "4.39.0.dev0"}
QWEN2_VL = {
    "architectures": ["Qwen2VLForConditionalGeneration"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "vision_start_token_id": 151652, "vision_end_token_id": 151653, "vision_token_id": 151654, "image_token_id": 151655,
    "video_token_id": 151656, "hidden_act": "silu", "hidden_size": 3584, "initializer_range": 0.02, "intermediate_size": 18944, "max_position_embeddings": 32768, "max_window_layers": 28, "model_type": "qwen2_vl", "num_attention_heads": 28,
    "num_hidden_layers": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": False, "torch_dtype": "bfloat16", "transformers_version": "4.41.2", "use_cache": True,
    "use_sliding_window": False, "vision_config": {"depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "num_heads": 16, "in_chans": 3, "hidden_size": 3584, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "temporal_patch_size": 2},
    "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}, "vocab_size": 152064}
QWEN25_VL = QWEN2_VL | {
    "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "max_position_embeddings": 128000,
    "vision_config": {"depth": 32, "hidden_act": "silu", "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "in_chans": 3, "out_hidden_size": 3584, "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "window_size": 112,
                      "fullatt_block_indexes": [7, 15, 23, 31], "tokens_per_second": 2, "temporal_patch_size": 2}}
QWEN3_VL = {
    "architectures": ["Qwen3VLForConditionalGeneration"], "image_token_id": 151655, "model_type": "qwen3_vl",
    "text_config": {"attention_bias": False, "attention_dropout": 0.0, "bos_token_id": 151643, "dtype": "bfloat16", "eos_token_id": 151645, "head_dim": 128, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 12288,
                    "max_position_embeddings": 262144, "model_type": "qwen3_vl_text", "num_attention_heads": 32, "num_hidden_layers": 36, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
                    "rope_scaling": {"mrope_interleaved": True, "mrope_section": [24, 20, 20], "rope_type": "default"}, "rope_theta": 5000000, "use_cache": True, "vocab_size": 151936},
    "tie_word_embeddings": False, "transformers_version": "4.57.0.dev0", "video_token_id": 151656,
    "vision_config": {"deepstack_visual_indexes": [8, 16, 24], "depth": 27, "hidden_act": "gelu_pytorch_tanh", "hidden_size": 1152, "in_channels": 3, "initializer_range": 0.02, "intermediate_size": 4304, "model_type": "qwen3_vl", "num_heads": 16,
                      "num_position_embeddings": 2304, "out_hidden_size": 4096, "patch_size": 16, "spatial_merge_size": 2, "temporal_patch_size": 2}, "vision_end_token_id": 151653, "vision_start_token_id": 151652}
MOLMO = {
    "architectures": ["MolmoForCausalLM"], "attention_layer_norm": False, "auto_map": {"AutoConfig": "config_molmo.MolmoConfig", "AutoModelForCausalLM": "modeling_molmo.MolmoForCausalLM"}, "clip_qkv": None, "embedding_size": 152064, "hidden_size": 3584,
    "initializer_range": 0.02, "intermediate_size": 37888, "layer_norm_eps": 1e-06, "layer_norm_type": "rms", "max_position_embeddings": 4096, "model_type": "molmo", "norm_after": False, "num_attention_heads": 28, "num_hidden_layers": 28,
    "num_key_value_heads": 4, "qkv_bias": True, "rope_theta": 1000000.0, "tie_word_embeddings": False, "torch_dtype": "float32", "transformers_version": "4.43.3", "use_cache": True, "use_position_ids": True, "vocab_size": 152064, "weight_tying": False}
MOLMO2 = {
    "adapter_config": {"attention_dropout": 0.0, "float32_attention": True, "head_dim": 72, "hidden_act": "silu", "hidden_size": 1152, "image_feature_dropout": 0.0, "initializer_range": 0.02, "intermediate_size": 12288, "model_type": "molmo2",
                       "num_attention_heads": 16, "num_key_value_heads": 16, "pooling_attention_mask": True, "residual_dropout": 0.0, "text_hidden_size": 4096, "vit_layers": [-3, -9]},
    "architectures": ["Molmo2ForConditionalGeneration"], "auto_map": {"AutoConfig": "configuration_molmo2.Molmo2Config", "AutoModelForImageTextToText": "modeling_molmo2.Molmo2ForConditionalGeneration"}, "dtype": "float32",
    "frame_end_token_id": 151944, "frame_start_token_id": 151943, "image_col_id": 151939, "image_end_token_id": 151937, "image_low_res_id": 151942, "image_patch_id": 151938, "image_start_token_id": 151936, "initializer_range": 0.02,
    "low_res_image_start_token_id": 151940, "model_type": "molmo2",
    "text_config": {"additional_vocab_size": 128, "attention_dropout": 0.0, "embedding_dropout": 0.0, "head_dim": 128, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 12288, "layer_norm_eps": 1e-06,
                    "max_position_embeddings": 36864, "model_type": "molmo2_text", "norm_after": False, "num_attention_heads": 32, "num_hidden_layers": 36, "num_key_value_heads": 8, "qk_norm_type": "qwen3", "qkv_bias": False, "residual_dropout": 0.0,
                    "rope_scaling": None, "rope_scaling_layers": None, "rope_theta": 1000000.0, "use_cache": True, "use_qk_norm": True, "vocab_size": 151936},
    "tie_word_embeddings": False, "transformers_version": "4.57.1", "use_cache": True, "use_frame_special_tokens": True,
    "vit_config": {"attention_dropout": 0.0, "float32_attention": True, "head_dim": 72, "hidden_act": "gelu_pytorch_tanh", "hidden_size": 1152, "image_default_input_size": [378, 378], "image_num_pos": 729, "image_patch_size": 14,
                   "initializer_range": 0.02, "intermediate_size": 4304, "layer_norm_eps": 1e-06, "model_type": "molmo2", "num_attention_heads": 16, "num_hidden_layers": 27, "num_key_value_heads": 16, "residual_dropout": 0.0}}

PUBLISHED = {
    "llama-1": {key: value for key, value in LLAMA2.items() if key not in ("num_key_value_heads", "pretraining_tp", "rope_scaling", "_name_or_path")}
    | {"max_position_embeddings": 2048, "max_sequence_length": 2048, "pad_token_id": 0, "rms_norm_eps": 1e-06, "transformers_version": "4.28.0"},
    "llama-2": LLAMA2, "llama-3": LLAMA31 | {"max_position_embeddings": 8192, "rope_scaling": None, "transformers_version": "4.40.0.dev0"}, "llama-3.1": LLAMA31,
    "llama-3.2": LLAMA31 | {"head_dim": 64, "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16, "rope_scaling": LLAMA31["rope_scaling"] | {"factor": 32.0}, "tie_word_embeddings": True, "transformers_version": "4.45.0.dev0",
                            "unsloth_fixed": True},
    "code-llama": LLAMA2 | {"_name_or_path": "codellama/CodeLlama-7b-hf", "max_position_embeddings": 16384, "rope_theta": 1000000, "vocab_size": 32016, "torch_dtype": "bfloat16"},
    "smollm2": LLAMA31 | {"attention_bias": False, "bos_token_id": 0, "eos_token_id": 0, "hidden_size": 576, "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": True, "max_position_embeddings": 8192,
                          "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "rope_interleaved": False, "rope_scaling": None, "rope_theta": 100000, "tie_word_embeddings": True, "vocab_size": 49152,
                          "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}}},
    "llama-neutral": LLAMA31 | {"sliding_window": None, "use_sliding_window": False, "partial_rotary_factor": 1.0, "quantization_config": None, "pruned_heads": {}, "is_causal": True, "per_layer_config": None, "head_dim": None},
    "qwen2": QWEN25 | {"transformers_version": "4.37.2"} | {"use_mrope": False}, "qwen2.5": QWEN25,
    "qwen2.5-yarn": QWEN25 | {"rope_scaling": {"factor": 4.0, "original_max_position_embeddings": 32768, "type": "yarn"}}, "qwen3": QWEN3, "qwen3-tied": QWEN3 | {"hidden_size": 1024, "intermediate_size": 3072, "num_attention_heads": 16,
                                                                                                                                                    "num_hidden_layers": 28, "max_window_layers": 28, "tie_word_embeddings": True},
    "olmo": {"architectures": ["OlmoForCausalLM"], "attention_bias": False, "attention_dropout": 0.0, "clip_qkv": None, "eos_token_id": 50279, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008,
             "max_position_embeddings": 2048, "model_type": "olmo", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 1, "rope_scaling": None, "rope_theta": 10000.0, "tie_word_embeddings": False,
             "torch_dtype": "float32", "transformers_version": "4.40.0.dev0", "use_cache": True, "vocab_size": 50304},
    "olmo2": OLMO2, "olmo-1124": OLMO2 | {"architectures": ["Olmo1124ForCausalLM"], "model_type": "olmo_1124", "transformers_version": "4.47.0.dev0"},
    "gemma2": GEMMA2, "granite": GRANITE, "starcoder2": STARCODER2,
    "clip": CLIP, "clip-vision": CLIP_VISION | {"model_type": "clip_vision_model", "architectures": ["CLIPVisionModel"]}, "siglip": SIGLIP, "siglip-vision": SIGLIP_VISION | {"architectures": ["SiglipVisionModel"]},
    "siglip2": SIGLIP | {"text_config": SIGLIP["text_config"] | {"vocab_size": 256000, "projection_size": 1152, "bos_token_id": 49406, "eos_token_id": 49407, "pad_token_id": 1}, "transformers_version": "4.49.0.dev0"},
    "siglip-paligemma": SIGLIP_VISION | {"image_size": 224, "num_image_tokens": 256, "projection_dim": 2048, "projector_hidden_act": "gelu_fast", "torch_dtype": "float32", "vision_use_head": False},
    "dinov2": DINO, "dinov2-giant": DINO | {"hidden_size": 1536, "num_attention_heads": 24, "num_hidden_layers": 40, "out_features": ["stage40"], "out_indices": [40], "stage_names": ["stem"] + [f"stage{i}" for i in range(1, 41)], "use_swiglu_ffn": True},
    "dinov2-with-registers": REGISTERS,
    "llava": LLAVA, "llava-next": LLAVA_NEXT, "qwen2-vl": QWEN2_VL, "qwen2.5-vl": QWEN25_VL, "qwen3-vl": QWEN3_VL, "molmo": MOLMO,
    "molmo-olmo": MOLMO | {"attention_layer_norm": True, "embedding_size": 100352, "hidden_size": 4096, "intermediate_size": 22016, "norm_after": True, "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": None, "qkv_bias": False,
                           "rope_theta": 500000.0, "vocab_size": 100278},
    "molmo2": MOLMO2,
}

WORDS = TEXT | dict(max_position_embeddings=64)
TOKENS = torch.arange(3, 20)[None]


def written(config):
    return json.loads(config.to_json_string(use_diff=True))


class Refused:
    """One configuration to refuse: what says so, and the classes that show it."""

    def __init__(self, why, config, keys, shown=None, **changes):
        self.why, self.config, self.keys, self.shown, self.changes = why, config, keys, shown, changes


def relabel(config, name, **changes):
    return {key: value for key, value in config.items() if key != "architectures"} | {"model_type": name} | changes


def published(config_class, **changes):
    """What transformers writes for a configuration of another architecture."""
    return written(config_class(**changes))


LONG_FACTORS = [1.0 + i / 8 for i in range(64)]
REFUSED = {
    "granite-as-llama": Refused("a Granite: four multipliers", relabel(GRANITE, "llama"), ["embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling"],
                                (GraniteConfig, GraniteForCausalLM, LlamaConfig, LlamaForCausalLM), embedding_multiplier=12.0, attention_multiplier=0.015625, residual_multiplier=0.22, logits_scaling=8.0),
    "smollm3-as-llama": Refused("a SmolLM 3: every fourth block does not rotate", relabel(published(SmolLM3Config), "llama"), ["no_rope_layers", "no_rope_layer_interval"],
                                (SmolLM3Config, SmolLM3ForCausalLM, LlamaConfig, LlamaForCausalLM), no_rope_layer_interval=2),
    "mistral-as-llama": Refused("a Mistral: blocks see 4096 tokens back", relabel(published(MistralConfig, sliding_window=4096, max_position_embeddings=32768), "llama"), ["sliding_window"],
                                (MistralConfig, MistralForCausalLM, LlamaConfig, LlamaForCausalLM), sliding_window=5),
    "ministral3-as-llama": Refused("a Ministral 3: queries are scaled by position", relabel(published(Ministral3Config), "llama"), ["rope_parameters.llama_4_scaling_beta"],
                                   (Ministral3Config, Ministral3ForCausalLM, LlamaConfig, LlamaForCausalLM), head_dim=8,
                                   rope_parameters={"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 8, "llama_4_scaling_beta": 0.1}),
    "phi3-as-llama": Refused("a Phi 3: fused layers, and blocks see 2047 tokens back", relabel(published(Phi3Config, sliding_window=2047), "llama"), ["sliding_window", "embd_pdrop", "resid_pdrop"], "names"),
    "phi3-long-as-llama": Refused("a Phi 3 of 128K: LongRoPE", relabel(published(Phi3Config, max_position_embeddings=131072, rope_parameters={"rope_type": "longrope", "rope_theta": 1e4, "long_factor": LONG_FACTORS[:48], "short_factor": LONG_FACTORS[:48],
                                                                                                                          "original_max_position_embeddings": 4096}), "llama"),
                                  ["rope_parameters.rope_type", "embd_pdrop", "resid_pdrop"], "names"),
    "cohere-as-llama": Refused("a Cohere: LayerNorms, attention and feed-forward side by side, scaled logits", relabel(published(CohereConfig), "llama"), ["logit_scale", "use_qk_norm", "layer_norm_eps"], "names"),
    "stablelm-as-llama": Refused("a StableLM, as published: a quarter of a head's channels rotates", {key: value for key, value in relabel(published(StableLmConfig), "llama").items() if key != "rope_parameters"}
                                 | {"rope_theta": 10000, "partial_rotary_factor": 0.25}, ["partial_rotary_factor", "layer_norm_eps", "qk_layernorm", "use_parallel_residual", "use_qkv_bias", "hidden_dropout"],
                                 (StableLmConfig, StableLmForCausalLM, LlamaConfig, LlamaForCausalLM), partial_rotary_factor=0.5),
    "partial-rotary-as-llama": Refused("half of a head's channels rotates, as transformers 5 writes it", relabel(published(LlamaConfig), "llama", rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}),
                                       ["rope_parameters.partial_rotary_factor"], (StableLmConfig, StableLmForCausalLM, LlamaConfig, LlamaForCausalLM), partial_rotary_factor=0.5),
    "gpt-neox-as-llama": Refused("a GPT-NeoX, as published", {key: value for key, value in relabel(published(GPTNeoXConfig), "llama").items() if key != "rope_parameters"} | {"rotary_pct": 0.25, "rotary_emb_base": 10000, "model_type": "llama"},
                                 ["rotary_pct", "rotary_emb_base", "use_parallel_residual", "layer_norm_eps", "hidden_dropout", "classifier_dropout"], "names"),
    "minicpm-as-llama": Refused("a MiniCPM: embeddings, residuals and logits are scaled", relabel(LLAMA2, "llama", scale_emb=12, scale_depth=1.4, dim_model_base=256), ["scale_emb", "scale_depth", "dim_model_base"], "definition"),
    "arcee-as-llama": Refused("an Arcee: no gate, and an activation that nothing here computes", relabel(published(ArceeConfig), "llama"), ["hidden_act"], "names"),
    "llama-sees-ahead": Refused("every token sees every other", LLAMA31 | {"is_causal": False}, ["is_causal"], (LlamaConfig, LlamaForCausalLM, LlamaConfig, LlamaForCausalLM), is_causal=False),
    "llama-quantized": Refused("packed weights", LLAMA31 | {"quantization_config": {"bits": 4, "group_size": 128, "quant_method": "gptq"}}, ["quantization_config"], "definition"),
    "llama-layers-differ": Refused("one block's activation is another", LLAMA31 | {"per_layer_config": {"1": {"hidden_act": "gelu"}}}, ["per_layer_config"], "definition"),
    "llama-pruned": Refused("heads cut off", LLAMA31 | {"pruned_heads": {"3": [1]}}, ["pruned_heads"], "definition"),
    "llama-pairs": Refused("neighbouring channels rotate together", PUBLISHED["smollm2"] | {"rope_interleaved": True}, ["rope_interleaved"], "definition"),
    "llama-longrope": Refused("a scaling that nothing here computes", LLAMA31 | {"rope_scaling": {"rope_type": "longrope", "short_factor": LONG_FACTORS, "long_factor": LONG_FACTORS, "original_max_position_embeddings": 8192}}, ["rope_scaling.rope_type"],
                              "definition"),
    "olmo3-as-olmo2": Refused("an OLMo 3: three of four blocks see 4096 tokens back", relabel(published(Olmo3Config), "olmo2"), ["layer_types", "sliding_window", "rope_parameters"],
                              (Olmo3Config, Olmo3ForCausalLM, Olmo2Config, Olmo2ForCausalLM), sliding_window=5),
    "olmo3-published-as-olmo2": Refused("the same, as published", relabel(OLMO2 | {"layer_types": (["sliding_attention"] * 3 + ["full_attention"]) * 8, "sliding_window": 4096, "max_position_embeddings": 65536,
                                                                                  "rope_scaling": {"attention_factor": 1.2079441541679836, "beta_fast": 32, "beta_slow": 1, "factor": 8.0, "original_max_position_embeddings": 8192, "rope_type": "yarn"}}, "olmo2"),
                                        ["layer_types", "sliding_window"], (Olmo3Config, Olmo3ForCausalLM, Olmo2Config, Olmo2ForCausalLM), sliding_window=5),
    "gemma3-as-gemma2": Refused("a Gemma 3: queries and keys normed, blocks that slide rotate by another base", relabel(published(Gemma3TextConfig), "gemma2"), ["rope_parameters", "sliding_window_pattern", "_sliding_window_pattern"],
                                (Gemma3TextConfig, Gemma3ForCausalLM, Gemma2Config, Gemma2ForCausalLM), head_dim=12, sliding_window=5),
    "gemma3-published-as-gemma2": Refused("the same, as published", relabel(GEMMA2 | {"attn_logit_softcapping": None, "final_logit_softcapping": None, "sliding_window": 512, "rope_theta": 1000000, "rope_local_base_freq": 10000, "sliding_window_pattern": 6,
                                                                                     "rope_scaling": None}, "gemma2"), ["rope_local_base_freq", "sliding_window_pattern"],
                                          (Gemma3TextConfig, Gemma3ForCausalLM, Gemma2Config, Gemma2ForCausalLM), head_dim=12, sliding_window=5),
    "gemma2-sees-ahead": Refused("asks that every token see every other, which transformers 5.23 reads and does not do", GEMMA2 | {"use_bidirectional_attention": True}, ["use_bidirectional_attention"], "definition"),
    "qwen2-slides": Refused("blocks from the second on see 4096 tokens back", QWEN25 | {"use_sliding_window": True, "sliding_window": 4096, "max_window_layers": 1}, ["use_sliding_window"],
                            (Qwen2Config, Qwen2ForCausalLM, Qwen2Config, Qwen2ForCausalLM), use_sliding_window=True, sliding_window=5, max_window_layers=1),
    "qwen3-slides": Refused("one block slides, by `layer_types` alone", QWEN3 | {"layer_types": ["sliding_attention"] + ["full_attention"] * 35, "use_sliding_window": True, "sliding_window": 4096}, ["layer_types", "use_sliding_window"],
                            (Qwen3Config, Qwen3ForCausalLM, Qwen3Config, Qwen3ForCausalLM), use_sliding_window=True, sliding_window=5, layer_types=["sliding_attention", "full_attention", "full_attention"]),
    "starcoder2-rms": Refused("another kind of norm", STARCODER2 | {"norm_type": "rms_norm"}, ["norm_type"], "definition"),
    "mlcd-as-clip": Refused("an MLCD: patches rotate, and CLS has a place of its own", relabel(published(MLCDVisionConfig), "clip_vision_model"), ["rope_parameters", "num_key_value_groups"],
                            (MLCDVisionConfig, MLCDVisionModel, CLIPVisionConfig, CLIPVisionModel)),
    "clip-two-configurations": Refused("`vision_config_dict` says 8 heads and stands above `vision_config`, which says 16", CLIP | {"vision_config_dict": CLIP_VISION | {"num_attention_heads": 8}}, ["vision_config_dict"], "definition"),
    "siglip2-naflex-as-siglip": Refused("a SigLIP 2 of any resolution: positions are resampled to each picture", relabel(published(Siglip2VisionConfig), "siglip_vision_model", image_size=256), ["num_patches"], "names"),
    "registers-as-dinov2": Refused("a DINOv2 with registers", relabel(REGISTERS, "dinov2"), ["num_register_tokens"], "names"),
    "dinov3-as-dinov2": Refused("a DINOv3: patches rotate, and have no learned positions", relabel(published(DINOv3ViTConfig, num_register_tokens=4), "dinov2"),
                                ["rope_theta", "num_register_tokens", "pos_embed_rescale", "key_bias", "query_bias", "value_bias", "proj_bias", "mlp_bias", "use_gated_mlp", "intermediate_size", "attention_dropout", "pos_embed_shift", "pos_embed_jitter"],
                                "names"),
    "vipllava-as-llava": Refused("a VipLLaVA: five layers of the encoder, normed together", relabel(published(VipLlavaConfig), "llava"), ["projector_layernorm_eps"], "definition"),
    "llava-onevision-as-llava-next": Refused("a LLaVA-OneVision: tiles are scaled down to so many", LLAVA_NEXT | {"vision_aspect_ratio": "anyres_max_9"}, ["vision_aspect_ratio"], "definition"),
    "llava-of-mistral": Refused("its decoder is a Mistral that calls itself a LLaMA", LLAVA | {"text_config": LLAVA["text_config"] | {"sliding_window": 4096, "num_key_value_heads": 8}}, ["text_config.sliding_window"],
                                (MistralConfig, MistralForCausalLM, LlamaConfig, LlamaForCausalLM), sliding_window=5),
    "qwen2.5-vl-as-qwen2-vl": Refused("a Qwen 2.5 VL: windows, gates and RMS norms", QWEN25_VL | {"model_type": "qwen2_vl"},
                                      [f"vision_config.{key}" for key in ("window_size", "fullatt_block_indexes", "out_hidden_size", "intermediate_size", "tokens_per_second")], "names"),
    "qwen2-vl-slides": Refused("blocks of the decoder see 4096 tokens back", QWEN2_VL | {"use_sliding_window": True, "sliding_window": 4096, "max_window_layers": 1}, ["use_sliding_window"],
                               (Qwen2Config, Qwen2ForCausalLM, Qwen2Config, Qwen2ForCausalLM), use_sliding_window=True, sliding_window=5, max_window_layers=1),
    "molmo-clips": Refused("queries, keys and values are clipped", MOLMO | {"clip_qkv": 8.0}, ["clip_qkv"], "definition"),
    "molmo-layer-norm": Refused("another kind of norm", MOLMO | {"layer_norm_type": "default"}, ["layer_norm_type"], "definition"),
    "molmoe-as-molmo": Refused("a MolmoE: a mixture of experts", MOLMO | {"moe_num_experts": 64, "moe_top_k": 8}, ["moe_num_experts", "moe_top_k"], "definition"),
    "molmo2-unmasked-pools": Refused("empty places of pools count", MOLMO2 | {"adapter_config": MOLMO2["adapter_config"] | {"pooling_attention_mask": False}}, ["adapter_config.pooling_attention_mask"], "definition"),
}


def states(model, inputs):
    found = []
    for module in model.modules():
        if type(module).__name__.endswith("Layer"):
            module.register_forward_hook(lambda _, arguments, output: found.append((output[0] if isinstance(output, tuple) else output).detach().clone()))
    with torch.no_grad():
        result = model(**inputs)
    return found + [result.logits if "logits" in result else result.last_hidden_state]


def show(name, case):
    """Tries that the true class and the claimed one differ on the same weights."""
    true_config, true_model, config, model = case.shown
    vision = "Vision" in config.__name__
    size, inputs = (VISION, dict(pixel_values=numbers(1, 3, 70, 70))) if vision else (WORDS, dict(input_ids=TOKENS))
    torch.manual_seed(0)
    honest = roughen(true_model(true_config(**(size | case.changes), attn_implementation="eager")), 5)
    # The claimed class knows nothing of what the refused keys say.
    silent = {key: value for key, value in case.changes.items() if key in ("head_dim", "hidden_act")}
    if "rope_parameters" in case.changes:
        silent["rope_parameters"] = {key: value for key, value in case.changes["rope_parameters"].items() if key != "llama_4_scaling_beta"}
    claimed = model(config(**(size | silent), attn_implementation="eager")).eval()
    missing = claimed.load_state_dict(honest.state_dict(), strict=False).missing_keys
    if missing:
        return "names differ"
    pairs = list(zip(states(honest, inputs), states(claimed, inputs)))
    assert any(a.shape != b.shape or not torch.allclose(a, b, atol=1e-3) for a, b in pairs), f"{name}: both classes compute the same"
    return "numbers differ"


SHOWN = {"names": "names differ", "definition": "by definition"}


def value_at(config, path):
    for part in path.split("."):
        config = config[part]
    return config


def main():
    transformers.logging.set_verbosity_error()
    shutil.rmtree(FOLDER, ignore_errors=True)
    for folder in ("sound", "refused"):
        (FOLDER / folder).mkdir(parents=True)
    for name, make in DEFAULTS.items():
        config = make()
        (FOLDER / "sound" / f"{name}-default.json").write_text(config.to_json_string(use_diff=True))
        (FOLDER / "sound" / f"{name}-whole.json").write_text(config.to_json_string(use_diff=False))
    for path in (FOLDER / "sound").iterdir():
        assert not unknown(json.loads(path.read_text())), f"{path}: no table has {unknown(json.loads(path.read_text()))}"
    for name, config in PUBLISHED.items():
        assert not unknown(config), f"{name}: no table has {unknown(config)}"
        write_json(FOLDER / "sound" / f"{name}-published.json", config)
    told = {}
    for name, case in REFUSED.items():
        write_json(FOLDER / "refused" / f"{name}.json", case.config)
        keys = [key for key in case.keys if key.split(".")[0] in case.config]
        keys += [key for key in unknown(case.config) if key not in keys]
        shown = SHOWN[case.shown] if isinstance(case.shown, str) else show(name, case)
        told[name] = {"architecture": case.config["model_type"], "refused": {key: value_at(case.config, key) for key in keys}, "why": case.why, "shown": shown}
        assert keys, f"{name}: none of {case.keys} is there"
        print(name, keys, shown, flush=True)
    write_json(FOLDER / "refused.json", told)
    text, data = report(versions())
    (FOLDER / "irrelevant.md").write_text(text.rstrip() + "\n")
    write_json(FOLDER / "keys.json", data)
    write_json(FOLDER / "meta.json", {"note": "files config.json, sound and to be refused, and tables of their keys"} | versions())


if __name__ == "__main__":
    main()
