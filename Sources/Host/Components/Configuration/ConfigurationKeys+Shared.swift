public import LatentLensKernels

// Keys that several families read beside those that all share, each written here alone.
extension ConfigurationKeys {
  /// Where whole models keep the keys of their parts.
  public static let visionMember = "vision_config"
  public static let textMember = "text_config"

  /// The name of the architecture, for adapters of several.
  public func modelType() throws -> String? { try text("model_type") }

  /// The width of a residual stream, of parts that are no plain decoder or encoder.
  public func hiddenSize(default standard: Int) throws -> Int {
    try size("hidden_size", default: standard)
  }

  /// The width of a head of attention.
  public func headWidth(default standard: Int) throws -> Int {
    try size("head_dim", default: standard)
  }

  /// The non-linearity of a feed-forward layer.
  public func hiddenActivation(default standard: Activation) throws -> Activation {
    try activation("hidden_act", default: standard)
  }

  /// The token whose embeddings give way to visual tokens: by a publisher's own name, or by that of all.
  public func imageToken(_ name: String, default standard: Int) throws -> Int {
    try token(name, "image_token_id", default: standard)
  }

  /// Whether query, key, value and output projections have biases.
  public func attentionBias(default standard: Bool = false) throws -> Bool {
    try flag("attention_bias", default: standard)
  }

  /// The inner width of a feed-forward layer.
  public func intermediateSize(default standard: Int) throws -> Int {
    try size(Self.intermediateSizeName, default: standard)
  }

  /// The inner width of a feed-forward layer, which the file has to tell.
  public func intermediateSize() throws -> Int { try size(Self.intermediateSizeName) }

  private static let intermediateSizeName = "intermediate_size"

  /// The vision part of a whole CLIP or SigLIP; this very object where it is that of a vision part.
  public func visionPart() throws -> ConfigurationKeys {
    try optionalObject(Self.visionMember) ?? self
  }

  /// The number of embeddings that a connector brings for tokens behind the decoder's vocabulary.
  public func newTokenCount() throws -> Int { try size("additional_vocab_size", default: 128) }

  /// The non-linearity between a connector's two layers (LLaVA).
  public func projectorActivation() throws -> Activation {
    try activation("projector_hidden_act", default: .gelu)
  }

  /// Whether a connector's linear layers have biases (LLaVA).
  public func projectorBias() throws -> Bool {
    try flag("multimodal_projector_bias", default: true)
  }
}
