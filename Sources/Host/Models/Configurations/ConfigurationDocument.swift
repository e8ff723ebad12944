internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensWeights

/// A configuration file that adapters read, each its own part of it, and the account of which keys they
/// have asked for.
final class ConfigurationDocument {
  /// The file's root, with a manifest's overrides in it.
  let root: JSONNode
  /// The object of a manifest that overrides keys of the file; nil for most.
  private let overrides: JSONNode?
  /// Whether keys of the file that nobody reads are problems; those of overrides always are.
  private let isStrict: Bool
  private(set) var readings: [Reading] = []
  /// What the host has asked for on its own account.
  private let own = AskedKeys()

  /// One adapter's reading.
  struct Reading {
    let adapter: any Adapter.Type
    let node: JSONNode
    let asked: AskedKeys
  }

  init(_ root: JSONNode, overrides: JSONNode? = nil, isStrict: Bool = true) throws {
    let members = try overrides?.members().map { ($0.key, $0.node.value) } ?? []
    self.root = root.overridden(by: JSONObject(members))
    self.overrides = overrides
    self.isStrict = isStrict
  }

  /// The adapter's name that an object gives.
  func architecture(at node: JSONNode) throws -> String {
    own.ask(node, for: "model_type")
    return try node.required("model_type").string()
  }

  /// The object that configures a part: a member of the file, with some of the file's own members above
  /// the member's.
  func node(of part: Recipe.Part) throws -> JSONNode {
    guard let key = part.configuration else { return root }
    own.ask(root, for: key)
    let above = part.inherited.compactMap { key in
      own.ask(root, for: key)
      return root[key].map { (key, $0.value) }
    }
    return try root.required(key).overridden(by: JSONObject(above))
  }

  /// Reads an adapter's configuration from the file, or from an object in it.
  func decode<A: Adapter>(_ adapter: A.Type, at node: JSONNode) throws -> A.Configuration {
    let asked = AskedKeys()
    readings.append(Reading(adapter: adapter, node: node, asked: asked))
    own.ask(node, for: "model_type")
    return try node.decode(A.Configuration.self, noting: asked)
  }

  /// The keys that are there and not null, but that nobody has read, in the order of the file.
  func unreadKeys() throws -> [UnreadKey] {
    let inFile = isStrict ? try unread(in: root, overrides) : []
    return try inFile + (overrides.map { try unread(inOverrides: $0, of: root.path) } ?? [])
  }

  private func unread(in object: JSONNode, _ overrides: JSONNode?) throws -> [UnreadKey] {
    let readers = readings.filter { $0.asked.keys(ofObjectAt: object.path) != nil }
    let known = (readers.map(\.asked) + [own]).reduce(into: Set<String>()) { known, asked in
      known.formUnion(asked.keys(ofObjectAt: object.path) ?? [])
    }
    let irrelevant = readers.flatMap { $0.adapter.irrelevantKeys } + ConfigurationKeys.bookkeeping
    return try object.members().flatMap { key, member -> [UnreadKey] in
      let override = overrides?[key]
      if member.saysNothing || override?.isLeaf == true { return [] }
      if known.contains(key) {
        return try objects(in: member).flatMap { try unread(in: $0, override) }
      }
      return irrelevant.contains { matches(key, $0) } ? [] : [UnreadKey(member)]
    }
  }

  /// The value, or the elements of an array, as far as they are objects whose members were looked at.
  private func objects(in value: JSONNode) throws -> [JSONNode] {
    switch value.value {
    case .object: isEntered(value.path) ? [value] : []
    case .array: try value.elements().flatMap(objects)
    default: []
    }
  }

  private func isEntered(_ path: String) -> Bool {
    readings.contains { $0.asked.keys(ofObjectAt: path) != nil }
  }

  /// The overrides that nobody has read, where `path` is the overridden object's.
  private func unread(inOverrides object: JSONNode, of path: String) throws -> [UnreadKey] {
    let known = readings.map(\.asked).reduce(into: Set<String>()) { known, asked in
      known.formUnion(asked.keys(ofObjectAt: path) ?? [])
    }
    return try object.members().flatMap { key, member -> [UnreadKey] in
      let place = path.isEmpty ? key : "\(path).\(key)"
      // Null takes a key away, so that the file may have what no adapter reads.
      if member.value == .null { return [] }
      guard known.contains(key) else {
        return [UnreadKey(member, suggestion: closest(to: key, among: known))]
      }
      guard case .object = member.value, isEntered(place) else { return [] }
      return try unread(inOverrides: member, of: place)
    }
  }
}

extension JSONNode {
  /// Whether it is null or an object without members, which older releases write for what is not used.
  fileprivate var saysNothing: Bool { value == .null || value == .object(JSONObject()) }

  fileprivate var isLeaf: Bool {
    if case .object = value { return false }
    return true
  }
}
