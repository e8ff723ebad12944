extension ConfigurationKeys {
  /// Keys that any Hugging Face configuration may hold and that change nothing in a model's arithmetic:
  /// where it comes from, how it was trained, what is returned, and how text is drawn from it. Names, in
  /// which one `*` stands for anything.
  public static let bookkeeping = provenance + training + returned + generation + tokens

  private static let provenance = [
    "_attn_implementation*", "_commit_hash", "_name_or_path", "architectures", "auto_map",
    "dtype", "torch_dtype", "model_type", "tokenizer_class", "transformers_version",
    "transformers.js_config", "unsloth_*", "use_bfloat16",
  ]

  private static let training = [
    "*dropout", "*_dropout_prob", "initializer_range", "initializer_factor", "finetuning_task",
    "id2label", "label2id", "problem_type", "task_specific_params", "tf_legacy_loss",
  ]

  /// What is kept, computed piece by piece, or handed back: the numbers are the same.
  private static let returned = [
    "chunk_size_feed_forward", "output_attentions", "output_hidden_states", "output_scores",
    "return_dict", "return_dict_in_generate", "tie_last_hidden_states", "torchscript", "use_cache",
  ]

  private static let generation = [
    "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping",
    "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "length_penalty",
    "max_length", "min_length", "no_repeat_ngram_size", "num_beam_groups", "num_beams",
    "num_return_sequences", "prefix", "remove_invalid_values", "repetition_penalty",
    "suppress_tokens", "temperature", "top_k", "top_p", "typical_p",
  ]

  /// Special tokens, and what older releases wrote for every model whether it has a second half or not.
  private static let tokens = [
    "*_token_id", "add_cross_attention", "cross_attention_hidden_size", "is_decoder",
    "is_encoder_decoder", "tie_encoder_decoder",
  ]

  /// What transformers writes also for parts that have no words, whose embeddings could be tied to a head.
  public static let ofWordsAlone = ["tie_word_embeddings"]
}
