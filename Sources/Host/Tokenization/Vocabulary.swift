/// The pieces of a model and their ids.
struct Vocabulary: Sendable {
  private var pieces: ByteStringTable
  /// The id of each piece of the table.
  private var ids: [Int32] = []
  /// The number in the table of each id.
  private var numbers: [Int32: Int] = [:]

  init(minimumCapacity: Int) {
    pieces = ByteStringTable(minimumCapacity: minimumCapacity)
    ids.reserveCapacity(minimumCapacity)
    numbers.reserveCapacity(minimumCapacity)
  }

  var count: Int { pieces.count }

  /// The id of a piece.
  func id(of piece: Span<UInt8>) -> Int32? {
    pieces.number(of: piece).map { ids[$0] }
  }

  /// The piece with an id.
  func piece(_ id: Int) -> ArraySlice<UInt8>? {
    Int32(exactly: id).flatMap { numbers[$0] }.map { pieces[$0] }
  }

  /// Adds a piece; a piece that is here already keeps its id.
  mutating func insert(_ piece: Span<UInt8>, id: Int32) {
    let (number, isNew) = pieces.insert(piece)
    guard isNew else { return }
    ids.append(id)
    numbers[id] = number
  }
}
