public import LatentLensTensors

/// Keys and values of the tokens that a decoder has seen, for continuing one sequence.
///
/// A cache belongs to one generation and is not shared between threads.
public final class KeyValueCache {
  private let layers: [Layer]

  /// An empty cache for a decoder of this many blocks.
  public init(layers: Int) {
    self.layers = (0..<layers).map { _ in Layer() }
  }

  /// What one block has cached.
  public func layer(_ index: Int) -> Layer { layers[index] }

  /// The number of tokens that every block has seen; the position of the next one.
  public var count: Int { layers.map(\.count).min() ?? 0 }
}

extension KeyValueCache {
  /// Keys and values of one block, `[count, keyValueHeads * headWidth]` each.
  public final class Layer {
    public private(set) var count = 0
    private(set) var keys = Matrix(rows: 0, columns: 0)
    private(set) var values = Matrix(rows: 0, columns: 0)

    init() {}

    /// Adds the keys and values of further tokens.
    public func append(_ newKeys: borrowing Matrix, _ newValues: borrowing Matrix) {
      precondition(
        newKeys.rows == newValues.rows && newKeys.columns == newValues.columns
          && (count == 0 || newKeys.columns == keys.columns),
        "keys [\(newKeys.rows), \(newKeys.columns)] and values "
          + "[\(newValues.rows), \(newValues.columns)] do not continue [\(count), \(keys.columns)]")
      let total = count + newKeys.rows
      if total > keys.rows || count == 0 {
        // Room for twice as many, so that appending token by token copies each a few times only.
        let room = max(total, 2 * keys.rows)
        keys = Self.grown(keys, count: count, rows: room, columns: newKeys.columns)
        values = Self.grown(values, count: count, rows: room, columns: newKeys.columns)
      }
      let rows = Array(count..<total)
      keys.replaceRows(at: rows, with: newKeys)
      values.replaceRows(at: rows, with: newValues)
      count = total
    }

    private static func grown(
      _ old: borrowing Matrix, count: Int, rows: Int, columns: Int
    ) -> Matrix {
      let new = Matrix(rows: rows, columns: columns)
      unsafe new.base.update(from: old.base, count: count * columns)
      return new
    }
  }
}
