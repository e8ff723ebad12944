internal import LatentLensFormats

/// Which layers to read: `all`, or a list of numbers, ranges, `connector` and `norm`.
public enum LayerSelection: Sendable, Equatable {
  case all
  case some([Item])

  /// One item of a list of layers.
  public enum Item: Sendable, Equatable {
    case connector
    case layer(Int)
    case range(Int, Int)
    case norm
  }

  /// Reads the form of the command line: `1,2,8`, `0-31`, `-1`, `connector,0-4,norm`, `all`.
  public init(_ text: String) throws(HostError) {
    if text == "all" {
      self = .all
      return
    }
    var items: [Item] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      items.append(try Self.item(String(piece).trimmed))
    }
    self = .some(items)
  }

  private static func item(_ text: String) throws(HostError) -> Item {
    switch text {
    case "connector": return .connector
    case "norm": return .norm
    default:
      if let layer = Int(text) { return .layer(layer) }
      let ends = text.split(separator: "-", maxSplits: 1).map { Int($0) }
      if ends.count == 2, let first = ends[0], let last = ends[1], first <= last {
        return .range(first, last)
      }
      throw HostError(
        "`\(text)` is no layer; write numbers, ranges such as 0-31, `connector`, `norm` or `all`")
    }
  }

  /// The layers of a decoder with `blockCount` blocks, in order and once each.
  ///
  /// Negative numbers count from the end: -1 is the last block's output.
  /// - Parameter hasConnector: whether there is a connector's output to read.
  public func layers(
    blockCount: Int, hasConnector: Bool
  ) throws(HostError) -> [StateLayer] {
    guard case .some(let items) = self else {
      return (hasConnector ? [.connector] : []) + (0...blockCount).map(StateLayer.residual)
    }
    var chosen: Set<StateLayer> = []
    func insert(_ number: Int) throws(HostError) {
      let layer = number < 0 ? blockCount + 1 + number : number
      guard 0...blockCount ~= layer else {
        throw HostError(
          "layer \(number) is not there: this decoder has the layers 0 to \(blockCount)")
      }
      chosen.insert(.residual(layer))
    }
    for item in items {
      switch item {
      case .connector:
        guard hasConnector else {
          throw HostError("layer `connector` is not there: this model has no connector")
        }
        chosen.insert(.connector)
      case .norm: chosen.insert(.norm)
      case .layer(let layer): try insert(layer)
      case .range(let first, let last): for layer in first...last { try insert(layer) }
      }
    }
    return chosen.sorted()
  }
}

/// A point of the model where hidden states are read.
public enum StateLayer: Sendable, Hashable, Comparable {
  /// The connector's output, before it is put into the sequence.
  case connector
  /// The residual stream: 0 enters the first block, `i` leaves block `i`, before any final norm.
  case residual(Int)
  /// The final norm's output.
  case norm

  /// How results and tensors call the layer.
  public var name: String {
    switch self {
    case .connector: "connector"
    case .residual(let layer): String(layer)
    case .norm: "norm"
    }
  }

  private var order: Int {
    switch self {
    case .connector: -1
    case .residual(let layer): layer
    case .norm: .max
    }
  }

  public static func < (left: StateLayer, right: StateLayer) -> Bool { left.order < right.order }
}

extension LayerSelection: Decodable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let node = try container.decode(JSONNode.self)
    do {
      switch node.value {
      case .array:
        let items = try node.elements().map { element in
          if let number = try? element.integer() { return Item.layer(number) }
          return try Self.item(element.string())
        }
        self = .some(items)
      case .integer: self = .some([.layer(try node.integer())])
      default: try self.init(node.string())
      }
    } catch let error as HostError {
      throw node.error(error.description)
    }
  }
}

extension String {
  /// Without white space at its ends.
  var trimmed: String {
    let trimmed = drop(while: \.isWhitespace)
    guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(trimmed[...last])
  }
}
