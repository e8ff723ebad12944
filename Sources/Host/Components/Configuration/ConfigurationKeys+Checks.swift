// Keys that are neutral at one value only: they are read, and any other value is refused.
extension ConfigurationKeys {
  /// Makes sure that a key, where it is there, has the one value that is computed here.
  ///
  /// - Throws: `UnsupportedConfiguration` for any other.
  public func require<Value: Decodable & Equatable>(_ name: String, toBe expected: Value) throws {
    guard let found = try value(name, as: Value.self), found != expected else { return }
    throw UnsupportedConfiguration(
      key: name, found: "`\(found)`", supported: "`\(expected)` alone")
  }

  /// Makes sure that no block sees a window, for architectures that have none: such keys come from others.
  ///
  /// - Throws: `UnsupportedConfiguration` where a window is told and not switched off.
  public func requireNoWindow() throws {
    try require("use_sliding_window", toBe: false)
    guard !contains("use_sliding_window"), let window = try value("sliding_window", as: Int.self)
    else { return }
    throw UnsupportedConfiguration(
      key: "sliding_window", found: "\(window)", supported: "full attention")
  }

  /// Makes sure that every block attends to all that went before, for architectures that may have windows
  /// in some of them, but have none unless told so.
  ///
  /// - Throws: `UnsupportedConfiguration` where some blocks see a window.
  public func requireFullAttention() throws {
    try require("use_sliding_window", toBe: false)
    // How long a window would be, and from which block on.
    _ = (contains("sliding_window"), contains("max_window_layers"))
    let types = try value("layer_types", as: [String].self) ?? []
    if let other = types.first(where: { $0 != "full_attention" }) {
      throw UnsupportedConfiguration(
        key: "layer_types", found: "`\(other)`", supported: "`full_attention` alone")
    }
  }
}
