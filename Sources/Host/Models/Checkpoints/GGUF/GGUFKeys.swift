internal import LatentLensFormats
internal import LatentLensTensors

/// The metadata of a GGUF file that describe its architecture, and the account of which were read.
struct GGUFKeys {
  let path: String
  let values: NameTable<GGUFValue>
  /// What all keys of the architecture begin with.
  private let prefix: String
  private var asked: Set<String> = []

  init(_ values: NameTable<GGUFValue>, architecture: String, path: String) {
    self.path = path
    self.values = values
    prefix = architecture + "."
  }

  func error(_ key: String, _ reason: String) -> GGUFError {
    GGUFError(path: path, problem: .key(prefix + key, reason: reason))
  }

  private mutating func value(_ key: String) -> GGUFValue? {
    asked.insert(prefix + key)
    return values[prefix + key]
  }

  mutating func size(_ key: String) throws(GGUFError) -> Int {
    guard let size = try optionalSize(key) else { throw error(key, "is missing") }
    return size
  }

  mutating func optionalSize(_ key: String) throws(GGUFError) -> Int? {
    guard let value = value(key) else { return nil }
    let number: Int? =
      switch value {
      case .unsigned(let number): Int(exactly: number)
      case .signed(let number): Int(exactly: number)
      default: nil
      }
    guard let number, 1...(1 << 30) ~= number else {
      throw error(key, "is \(value.text) and has to be one positive number below 2^30")
    }
    return number
  }

  mutating func number(_ key: String) throws(GGUFError) -> Double {
    guard let number = try optionalNumber(key) else { throw error(key, "is missing") }
    return number
  }

  mutating func optionalNumber(_ key: String) throws(GGUFError) -> Double? {
    switch value(key) {
    case nil: return nil
    case .real(let number)? where number.isFinite: return number
    case .unsigned(let number)?: return Double(number)
    case .signed(let number)?: return Double(number)
    case let value?: throw error(key, "is \(value.text) and has to be a number")
    }
  }

  mutating func optionalText(_ key: String) throws(GGUFError) -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let text)?: return text
    case let value?: throw error(key, "is \(value.text) and has to be a text")
    }
  }

  /// Counts keys as read that change nothing here.
  mutating func ignore(_ keys: String...) { for key in keys { asked.insert(prefix + key) } }

  /// Makes sure that nothing of the architecture was left unread, but what says that there is none of it.
  func requireAllRead() throws(GGUFError) {
    let left = values.keys.filter { $0.hasPrefix(prefix) && !asked.contains($0) }.sorted()
    for key in left {
      switch values[key] {
      case nil, .unsigned(0), .signed(0), .real(0), .bool(false): continue
      case let value?:
        throw GGUFError(
          path: path,
          problem: .key(key, reason: "is \(value.text), which asks for what is not computed here"))
      }
    }
  }
}
