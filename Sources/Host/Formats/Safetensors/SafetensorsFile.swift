package import LatentLensTensors

/// A memory-mapped safetensors file: tensors by name, validated once, read only where they are used.
///
/// The format is 8 bytes of little-endian header length, a JSON header, and the tensors' bytes, which
/// cover the rest of the file without holes or overlaps (https://github.com/huggingface/safetensors).
package struct SafetensorsFile: Sendable {
  package let path: String
  package let tensors: NameTable<Weight>
  package let metadata: NameTable<String>

  /// Maps a file and checks its header: sizes, types, and that tensors lie side by side to the end.
  package init(contentsOf path: String) throws(SafetensorsError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw SafetensorsError(path: path, problem: .unreadable(error.reason))
    }
    let header = try Header(file)
    self.path = path
    metadata = header.metadata
    var tensors: NameTable<Weight> = [:]
    for entry in header.entries {
      tensors[entry.name] = Weight(
        name: entry.name, shape: entry.shape, encoding: entry.encoding, file: file,
        offset: header.dataOffset + entry.begin)
    }
    self.tensors = tensors
  }
}

extension SafetensorsFile {
  fileprivate struct Entry {
    let name: String
    let encoding: Encoding
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  fileprivate struct Header {
    let dataOffset: Int
    var entries: [Entry] = []
    var metadata: NameTable<String> = [:]

    init(_ file: MappedFile) throws(SafetensorsError) {
      let path = file.path
      func fail(_ problem: SafetensorsProblem) -> SafetensorsError {
        SafetensorsError(path: path, problem: problem)
      }
      guard file.count >= 8 else { throw fail(.tooShort(bytes: file.count)) }
      let declared = file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard declared <= UInt64(file.count - 8) else {
        throw fail(.headerTooLarge(declared: declared, available: file.count - 8))
      }
      dataOffset = 8 + Int(declared)
      do {
        let root = try JSONNode(parsing: file.bytes(8..<dataOffset), file: path)
        for (name, node) in try root.members() {
          if name == "__metadata__" {
            for (key, value) in try node.members() { metadata[key] = try value.string() }
          } else {
            entries.append(try Self.entry(name, node, available: file.count - dataOffset))
          }
        }
      } catch let error as SafetensorsError {
        throw error
      } catch let error as JSONError {
        throw fail(.header(error.withoutFile))
      } catch {
        throw fail(.header(String(describing: error)))
      }
      try checkCoverage(path: path, available: file.count - dataOffset)
    }

    private static func entry(
      _ name: String, _ node: JSONNode, available: Int
    ) throws -> Entry {
      func fail(_ problem: SafetensorsProblem) -> SafetensorsError {
        SafetensorsError(path: node.file, problem: problem)
      }
      let typeName = try node.required("dtype").string()
      guard let encoding = Encoding(safetensorsName: typeName) else {
        throw fail(.unknownType(tensor: name, found: typeName))
      }
      var shape: [Int] = []
      for dimension in try node.required("shape").elements() {
        guard let count = try? dimension.integer(), count >= 0 else {
          throw fail(.badShape(tensor: name))
        }
        shape.append(count)
      }
      guard let size = encoding.byteCount(of: shape) else { throw fail(.badShape(tensor: name)) }
      let offsets = try node.required("data_offsets").elements().map { try $0.integer() }
      guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= available
      else {
        throw fail(
          .badOffsets(
            tensor: name, begin: offsets.first ?? -1, end: offsets.last ?? -1,
            available: available))
      }
      guard offsets[1] - offsets[0] == size else {
        throw fail(.sizeMismatch(tensor: name, expected: size, found: offsets[1] - offsets[0]))
      }
      return Entry(name: name, encoding: encoding, shape: shape, begin: offsets[0], end: offsets[1])
    }

    private func checkCoverage(path: String, available: Int) throws(SafetensorsError) {
      var reached = 0
      var previous = ""
      for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
        if entry.begin < reached {
          throw SafetensorsError(
            path: path, problem: .overlap(tensor: entry.name, previous: previous))
        }
        if entry.begin > reached {
          throw SafetensorsError(
            path: path, problem: .gap(before: entry.name, bytes: entry.begin - reached))
        }
        reached = entry.end
        previous = entry.name
      }
      if reached < available {
        throw SafetensorsError(path: path, problem: .trailing(bytes: available - reached))
      }
    }
  }
}
