/// How the patches of an image become the visual tokens of a sequence: which are pooled, in which order,
/// and what stands between them.
public struct VisualArrangement: Sendable, Equatable {
  /// One visual token.
  public struct Token: Sendable, Equatable {
    /// The rows of the encoder's features that it is made of; none for a token that shows nothing, as the
    /// end of a line does.
    public let features: [Int]
    public let place: Place?

    public init(features: [Int], place: Place? = nil) {
      self.features = features
      self.place = place
    }
  }

  /// Where a token lies.
  public struct Place: Sendable, Equatable {
    /// 0 for the view of the whole picture, 1 for that of its tiles.
    public let view: Int
    /// The token's row and column in the raster of its view.
    public let row: Int
    public let column: Int
    /// The patches that it covers, in the raster of its view.
    public let patchRows: Range<Int>
    public let patchColumns: Range<Int>

    public init(
      view: Int = 0, row: Int, column: Int, patchRows: Range<Int>, patchColumns: Range<Int>
    ) {
      self.view = view
      self.row = row
      self.column = column
      self.patchRows = patchRows
      self.patchColumns = patchColumns
    }
  }

  /// What stands at a place of the sequence.
  public enum Slot: Sendable, Equatable {
    /// The next visual token.
    case visual
    /// A token of the vocabulary.
    case token(Int)
  }

  /// A raster of tokens.
  public struct Raster: Sendable, Equatable {
    public let rows: Int
    public let columns: Int

    public init(rows: Int, columns: Int) {
      self.rows = rows
      self.columns = columns
    }
  }

  /// The visual tokens in the order of the sequence.
  public let tokens: [Token]
  /// What the image's marker in the prompt becomes.
  public let slots: [Slot]
  /// The raster whose rows and columns are the tokens' places for a rotary embedding of three axes; nil
  /// where visual tokens are counted like any other.
  public let rotaryRaster: Raster?
  /// Whether the tokens of the image see each other whatever the mask.
  public let isMutual: Bool

  public init(
    tokens: [Token], slots: [Slot]? = nil, rotaryRaster: Raster? = nil, isMutual: Bool = false
  ) {
    self.tokens = tokens
    self.slots = slots ?? Array(repeating: .visual, count: tokens.count)
    self.rotaryRaster = rotaryRaster
    self.isMutual = isMutual
    precondition(
      self.slots.count { $0 == .visual } == tokens.count, "as many slots as visual tokens")
  }
}

/// The rows in which an encoder's features reach a connector: crop after crop, each with the CLS and
/// register tokens that are kept, then its patches.
public struct FeatureRows: Sendable {
  public let crops: Int
  /// The kept CLS and register tokens of each crop.
  public let prefix: Int
  public let grid: PatchGrid
  /// For each place of the raster its patch in the order of the encoder's output.
  private let patches: [Int]

  public init(crops: Int, prefix: Int, grid: PatchGrid) {
    self.crops = crops
    self.prefix = prefix
    self.grid = grid
    patches = PatchGrid(rows: grid.rows, columns: grid.columns, patchSize: grid.patchSize)
      .indices(in: grid)
  }

  public var count: Int { crops * (prefix + grid.count) }

  /// The row of a patch.
  public func row(crop: Int = 0, _ row: Int, _ column: Int) -> Int {
    crop * (prefix + grid.count) + prefix + patches[row * grid.columns + column]
  }
}

extension VisualArrangement {
  /// The first crop's patches row by row, each `merge` by `merge` of them a token, after what is kept of
  /// CLS and register tokens.
  public static func raster(
    _ features: FeatureRows, merging merge: Int = 1, slots: [Slot]? = nil, isRotary: Bool = false
  ) -> VisualArrangement {
    let (rows, columns) = (features.grid.rows / merge, features.grid.columns / merge)
    var tokens = (0..<features.prefix).map { Token(features: [$0]) }
    for row in 0..<rows {
      for column in 0..<columns {
        let patchRows = row * merge..<(row + 1) * merge
        let patchColumns = column * merge..<(column + 1) * merge
        tokens.append(
          Token(
            features: patchRows.flatMap { y in patchColumns.map { features.row(y, $0) } },
            place: Place(
              row: row, column: column, patchRows: patchRows, patchColumns: patchColumns)))
      }
    }
    return VisualArrangement(
      tokens: tokens, slots: slots,
      rotaryRaster: isRotary ? Raster(rows: rows, columns: columns) : nil)
  }
}
