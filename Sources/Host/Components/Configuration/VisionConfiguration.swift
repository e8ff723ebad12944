public import LatentLensKernels

/// The keys that vision transformers over square pictures share, each written here alone.
public struct VisionConfiguration: Sendable, Equatable {
  /// What a family's code in transformers assumes where the file is silent.
  public struct Defaults: Sendable {
    public var hiddenSize = 768
    public var blockCount = 12
    public var heads = 12
    public var imageSize = 224
    public var patchSize = 16
    public var activation = Activation.gelu
    public var epsilon: Float = 1e-6

    public init(
      hiddenSize: Int = 768, blockCount: Int = 12, heads: Int = 12, imageSize: Int = 224,
      patchSize: Int = 16, activation: Activation = .gelu, epsilon: Float = 1e-6
    ) {
      self.hiddenSize = hiddenSize
      self.blockCount = blockCount
      self.heads = heads
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.activation = activation
      self.epsilon = epsilon
    }
  }

  public let hiddenSize: Int
  public let blockCount: Int
  public let heads: Int
  public let channels: Int
  public let imageSize: Int
  public let patchSize: Int
  public let activation: Activation
  public let epsilon: Float

  public init(_ keys: ConfigurationKeys, defaults: Defaults) throws {
    hiddenSize = try keys.size("hidden_size", default: defaults.hiddenSize)
    blockCount = try keys.layerCount("num_hidden_layers", default: defaults.blockCount)
    heads = try keys.size("num_attention_heads", default: defaults.heads)
    channels = try keys.size("num_channels", default: 3)
    imageSize = try keys.size("image_size", default: defaults.imageSize)
    patchSize = try keys.size("patch_size", default: defaults.patchSize)
    activation = try keys.activation("hidden_act", default: defaults.activation)
    epsilon = try keys.positive("layer_norm_eps", default: defaults.epsilon)
    guard hiddenSize % heads == 0 else {
      throw UnsupportedConfiguration(
        key: "num_attention_heads", found: "\(heads)",
        supported: "divisors of the hidden size \(hiddenSize)")
    }
    guard imageSize >= patchSize else {
      throw UnsupportedConfiguration(
        key: "patch_size", found: "\(patchSize)",
        supported: "patches no larger than the image of \(imageSize)")
    }
    guard channels == 3 else {
      throw UnsupportedConfiguration(
        key: "num_channels", found: "\(channels)", supported: "red, green and blue: 3")
    }
  }

  /// Patches along a side; pixels that fill no patch are left over: 384 gives 27 patches of 14.
  public var side: Int { imageSize / patchSize }

  /// Attention among all patches of a crop.
  public func attention(_ compute: Compute) -> Attention {
    Attention(
      heads: heads, keyValueHeads: heads, headWidth: hiddenSize / heads, mask: .full,
      compute: compute)
  }
}
