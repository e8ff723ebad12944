package import LatentLensComponents
package import LatentLensFormats

/// Which layers to read: `all`, or a list of numbers, ranges, `connector` and `norm`.
package enum LayerSelection: Sendable, Equatable {
  case all
  case some([Item])

  /// One item of a list of layers.
  package enum Item: Sendable, Equatable {
    case connector
    case layer(Int)
    case range(Int, Int)
    case norm
  }

  /// Reads the form of the command line: `1,2,8`, `0-31`, `-1`, `-3--1`, `connector,0-4,norm`, `all`.
  package init(_ text: String) throws(HostError) {
    if text == "all" {
      self = .all
      return
    }
    var items: [Item] = []
    for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
      items.append(try Item(String(piece).trimmed))
    }
    self = .some(items)
  }

  /// The stages of a decoder with `blockCount` blocks that these layers are, in order and once each.
  ///
  /// Negative numbers count from the end: -1 is the last block's output.
  /// - Parameter hasConnector: whether there is a connector's output to read; text has none.
  /// - Throws: `HostError` that names a layer which is not there.
  package func stages(
    blockCount: Int, hasConnector: Bool
  ) throws(HostError) -> [Stage] {
    guard case .some(let items) = self else {
      return (hasConnector ? [.connector] : []) + (0...blockCount).map(Stage.hidden)
    }
    func layer(_ number: Int) throws(HostError) -> Int {
      let layer = number < 0 ? blockCount + 1 + number : number
      guard 0...blockCount ~= layer else {
        throw HostError(
          "layer \(number) is not there: this decoder has the layers 0 to \(blockCount)")
      }
      return layer
    }
    var chosen: Set<Stage> = []
    for item in items {
      switch item {
      case .connector:
        guard hasConnector else {
          throw HostError(
            "layer `connector` is not there: only visual tokens come out of a connector")
        }
        chosen.insert(.connector)
      case .norm: chosen.insert(.norm)
      case .layer(let number): chosen.insert(.hidden(try layer(number)))
      case .range(let first, let last):
        let (start, end) = (try layer(first), try layer(last))
        guard start <= end else {
          throw HostError("`\(first)-\(last)` is no range: it ends before it begins")
        }
        chosen.formUnion((start...end).map(Stage.hidden))
      }
    }
    return chosen.sorted()
  }
}

extension LayerSelection.Item {
  /// Reads a number, a range of two numbers, `connector` or `norm`.
  init(_ text: String) throws(HostError) {
    switch text {
    case "connector": self = .connector
    case "norm": self = .norm
    default:
      if let layer = Int(text) {
        self = .layer(layer)
      } else if let (first, last) = Self.ends(of: text) {
        self = .range(first, last)
      } else {
        throw HostError(
          "`\(text)` is no layer; write numbers, ranges such as 0-31 or -3--1, `connector`, `norm` "
            + "or `all`")
      }
    }
  }

  /// The numbers around the hyphen of a range, which may have signs themselves.
  private static func ends(of text: String) -> (Int, Int)? {
    guard let hyphen = text.dropFirst().firstIndex(of: "-"), let first = Int(text[..<hyphen]),
      let last = Int(text[text.index(after: hyphen)...])
    else { return nil }
    return (first, last)
  }
}

extension LayerSelection: Decodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let node = try container.decode(JSONNode.self)
    do {
      switch node.value {
      case .array([]): throw node.error("names no layer")
      case .array:
        let items = try node.elements().map { element in
          if let number = try? element.integer() { return Item.layer(number) }
          return try Item(element.string())
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
