internal import LatentLensTensors

/// What a pickle of torch.save can hold here: plain values, and tensors that are still in their storage.
indirect enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case tuple(PickleTuple)
  /// A list or a dictionary, by its index in the pickle: later instructions fill it.
  case list(Int)
  case dictionary(Int)
  case function(PickleFunction)
  case storage(PickleStorage)
  case tensor(PickleTensor)
}

/// The elements of a tuple, and how deep tuples stand in each other here.
struct PickleTuple {
  /// Far more than a tensor takes: a state, its arguments, and their shape.
  static let deepest = 16

  let elements: [PickleValue]
  let depth: Int

  /// Nil where tuples would stand too deep in each other.
  init?(_ elements: [PickleValue]) {
    let within = elements.map { if case .tuple(let tuple) = $0 { tuple.depth } else { 0 } }
    depth = 1 + (within.max() ?? 0)
    guard depth <= Self.deepest else { return nil }
    self.elements = elements
  }
}

/// The only names that a pickle may ask for.
enum PickleFunction: Equatable {
  case orderedDictionary
  case tensor
  case parameter
  case storageType(Encoding)

  init?(module: String, name: String) {
    switch "\(module).\(name)" {
    case "collections.OrderedDict": self = .orderedDictionary
    case "torch._utils._rebuild_tensor_v2": self = .tensor
    case "torch._utils._rebuild_parameter": self = .parameter
    case let name:
      guard let encoding = TorchStorages.all[name] else { return nil }
      self = .storageType(encoding)
    }
  }
}

/// A member of the archive that holds elements.
struct PickleStorage {
  let key: String
  let encoding: Encoding
  let count: Int
}

/// A view of a storage.
struct PickleTensor {
  let storage: PickleStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// A pickle, taken apart by a machine that knows only the instructions that tensors and plain containers
/// need (protocol 2, as torch.save writes). Nothing is imported, called or built.
struct Pickle {
  private(set) var root = PickleValue.none
  private(set) var lists: [[PickleValue]] = []
  private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []

  private var cursor: ByteCursor
  private var stack: [PickleValue] = []
  /// Where each open MARK stands on the stack.
  private var marks: [Int] = []
  private var memo: [UInt64: PickleValue] = [:]
  private let path: String
  /// The instruction that is carried out, for errors.
  private var place = 0

  init(_ bytes: [UInt8], path: String) throws(TorchError) {
    cursor = ByteCursor(bytes)
    self.path = path
    do {
      while try step() {}
    } catch let error as TorchError {
      throw error
    } catch {
      throw TorchError(path: path, problem: .pickle("it ends too early", byte: place))
    }
  }

  /// Carries out one instruction; false after the last.
  private mutating func step() throws -> Bool {
    place = cursor.position
    let opcode = try cursor.byte()
    switch opcode {
    case 0x80:  // PROTO
      guard try cursor.byte() <= 5 else { throw damaged("a protocol that does not exist") }
    case 0x95: _ = try cursor.take(8)  // FRAME
    case 0x2E:  // STOP
      root = try pop()
      return false
    case 0x28: marks.append(stack.count)  // MARK
    case 0x30: _ = try pop()  // POP
    case 0x31: _ = try popToMark()  // POP_MARK
    case 0x4E: stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case 0x4B, 0x4D, 0x4A, 0x8A, 0x47, 0x58, 0x8C, 0x8D: stack.append(try scalar(opcode))
    case 0x29, 0x85, 0x86, 0x87, 0x74: try tuple(opcode)
    case 0x5D: pushList()
    case 0x7D: pushDictionary()
    case 0x61: try append([pop()])  // APPEND
    case 0x65: try append(popToMark())  // APPENDS
    case 0x73:  // SETITEM
      let value = try pop()
      try set([pop(), value])
    case 0x75: try set(popToMark())  // SETITEMS
    case 0x71: memo[UInt64(try cursor.byte())] = try top()  // BINPUT
    case 0x72: memo[try cursor.number(4)] = try top()  // LONG_BINPUT
    case 0x94: memo[UInt64(memo.count)] = try top()  // MEMOIZE
    case 0x68: try recall(UInt64(cursor.byte()))  // BINGET
    case 0x6A: try recall(cursor.number(4))  // LONG_BINGET
    case 0x63: try function(module: cursor.line(), name: cursor.line())  // GLOBAL
    case 0x93:  // STACK_GLOBAL
      let name = try text(pop())
      try function(module: text(pop()), name: name)
    case 0x51: stack.append(.storage(try storage(pop())))  // BINPERSID
    case 0x52:  // REDUCE
      let arguments = try pop()
      stack.append(try result(of: pop(), arguments))
    case 0x62: try ignoreState()  // BUILD
    default: throw TorchError(path: path, problem: .refusedOpcode(opcode, byte: place))
    }
    return true
  }

  // MARK: Values

  private mutating func scalar(_ opcode: UInt8) throws -> PickleValue {
    switch opcode {
    case 0x4B: .integer(Int(try cursor.byte()))  // BININT1
    case 0x4D: .integer(try cursor.size(2))  // BININT2
    case 0x4A: .integer(Int(Int32(truncatingIfNeeded: try cursor.number(4))))  // BININT
    case 0x8A: .integer(try long())  // LONG1
    case 0x47:  // BINFLOAT, the only number with its first byte in front
      .number(Double(bitPattern: try cursor.number(8).byteSwapped))
    case 0x58: .text(try cursor.text(cursor.size(4)))  // BINUNICODE
    case 0x8C: .text(try cursor.text(Int(cursor.byte())))  // SHORT_BINUNICODE
    default: .text(try cursor.text(cursor.size(8)))  // BINUNICODE8
    }
  }

  /// Two's complement of any length, of which 8 bytes are enough for everything here.
  private mutating func long() throws -> Int {
    let count = Int(try cursor.byte())
    guard count <= 8 else { throw damaged("a number of \(count) bytes") }
    guard count > 0 else { return 0 }
    let shift = UInt64(64 - 8 * count)
    return Int(Int64(bitPattern: try cursor.number(count) << shift) >> Int64(shift))
  }

  private mutating func tuple(_ opcode: UInt8) throws {
    let elements: [PickleValue]
    if opcode == 0x74 {
      elements = try popToMark()
    } else {
      let count = opcode == 0x29 ? 0 : Int(opcode) - 0x84
      guard stack.count - (marks.last ?? 0) >= count else { throw damaged("an empty stack") }
      elements = Array(stack.suffix(count))
      stack.removeLast(count)
    }
    guard let tuple = PickleTuple(elements) else {
      throw damaged("tuples more than \(PickleTuple.deepest) deep within each other")
    }
    stack.append(.tuple(tuple))
  }

  private mutating func pushList() {
    stack.append(.list(lists.count))
    lists.append([])
  }

  private mutating func pushDictionary() {
    stack.append(.dictionary(dictionaries.count))
    dictionaries.append([])
  }

  private mutating func append(_ elements: [PickleValue]) throws {
    guard case .list(let index) = try top() else { throw damaged("an append to no list") }
    lists[index] += elements
  }

  private mutating func set(_ pairs: [PickleValue]) throws {
    guard case .dictionary(let index) = try top(), pairs.count % 2 == 0 else {
      throw damaged("an item for no dictionary")
    }
    for pair in stride(from: 0, to: pairs.count, by: 2) {
      dictionaries[index].append((pairs[pair], pairs[pair + 1]))
    }
  }

  private mutating func recall(_ key: UInt64) throws {
    guard let value = memo[key] else { throw damaged("a memory that was never made") }
    stack.append(value)
  }

  /// State dictionaries carry versions of their modules as an attribute; nobody needs them.
  private mutating func ignoreState() throws {
    _ = try pop()
    guard case .dictionary = try top() else { throw damaged("state for no dictionary") }
  }

  // MARK: Names, storages and tensors

  private mutating func function(module: String, name: String) throws {
    guard let function = PickleFunction(module: module, name: name) else {
      throw TorchError(path: path, problem: .refusedGlobal("\(module).\(name)", byte: place))
    }
    stack.append(.function(function))
  }

  /// `('storage', type, key, location, count)`.
  private func storage(_ identifier: PickleValue) throws -> PickleStorage {
    guard case .tuple(let tuple) = identifier, case let parts = tuple.elements, parts.count == 5,
      case .text("storage") = parts[0], case .function(.storageType(let encoding)) = parts[1],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw damaged("a storage that is none") }
    return PickleStorage(key: key, encoding: encoding, count: count)
  }

  private mutating func result(
    of function: PickleValue, _ arguments: PickleValue
  ) throws -> PickleValue {
    guard case .function(let function) = function, case .tuple(let tuple) = arguments else {
      throw damaged("a call of no function")
    }
    let arguments = tuple.elements
    switch function {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw damaged("a dictionary with arguments") }
      dictionaries.append([])
      return .dictionary(dictionaries.count - 1)
    case .tensor: return .tensor(try tensor(arguments))
    case .parameter:
      guard case .tensor(let tensor)? = arguments.first else { throw damaged("no parameter") }
      return .tensor(tensor)
    case .storageType: throw damaged("a call of a storage type")
    }
  }

  /// `(storage, offset, shape, strides, …)`; gradients and hooks are of no use.
  private func tensor(_ arguments: [PickleValue]) throws -> PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], offset >= 0
    else { throw damaged("a tensor that is none") }
    return PickleTensor(
      storage: storage, offset: offset, shape: try integers(arguments[2]),
      strides: try integers(arguments[3]))
  }

  private func integers(_ value: PickleValue) throws -> [Int] {
    guard case .tuple(let tuple) = value else { throw damaged("a shape that is none") }
    return try tuple.elements.map {
      guard case .integer(let number) = $0, number >= 0 else {
        throw damaged("a shape of other things than counts")
      }
      return number
    }
  }

  // MARK: The stack

  private func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw damaged("an empty stack")
    }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw damaged("a missing mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func text(_ value: PickleValue) throws -> String {
    guard case .text(let text) = value else { throw damaged("a name that is no text") }
    return text
  }

  private func damaged(_ reason: String) -> TorchError {
    TorchError(path: path, problem: .pickle(reason, byte: place))
  }
}
