package import LatentLensTensors

/// A dictionary that torch.save has written, of tensors and lists of plain records: tensors are mapped where
/// they lie.
///
/// The file is a ZIP archive with a pickle in it. The pickle is taken apart by a closed list of
/// instructions and names; whatever else it asks for is refused, so that no file can run code.
package struct TorchDocument {
  package let path: String
  private let archive: TorchArchive
  private let pickle: Pickle
  private let members: [(key: String, value: PickleValue)]

  package init(contentsOf path: String) throws(TorchError) {
    let file: MappedFile
    do {
      file = try MappedFile(path: path)
    } catch {
      throw TorchError(path: path, problem: .unreadable(error.reason))
    }
    self.path = path
    archive = try TorchArchive(file)
    pickle = try Pickle(file.bytes(archive.pickle), path: path)
    guard case .dictionary(let root) = pickle.root else {
      throw TorchError(
        path: path, problem: .tensor("(root)", "is no dictionary of tensors by name"))
    }
    var members: [(key: String, value: PickleValue)] = []
    for (key, value) in pickle.dictionaries[root] {
      guard case .text(let name) = key else {
        throw TorchError(path: path, problem: .tensor("(root)", "has a key that is no name"))
      }
      members.append((name, value))
    }
    self.members = members
  }

  package var keys: [String] { members.map(\.key) }

  /// - Throws: `TorchError` where there is no such member, or it is no tensor.
  package func tensor(_ key: String) throws(TorchError) -> Weight {
    guard case .tensor(let tensor) = try value(key) else {
      throw TorchError(path: path, problem: .tensor(key, "is no tensor"))
    }
    return try archive.weight(key, tensor)
  }

  /// - Throws: `TorchError` where there is no such member, or it is no list.
  package func records(_ key: String) throws(TorchError) -> TorchRecords {
    guard case .list(let number) = try value(key) else {
      throw TorchError(path: path, problem: .member(key, "is no list"))
    }
    return TorchRecords(path: path, key: key, pickle: pickle, elements: pickle.lists[number])
  }

  private func value(_ key: String) throws(TorchError) -> PickleValue {
    // Of a key that is there twice, the later counts, as for whoever builds the dictionary.
    guard let member = members.last(where: { Array($0.key.utf8) == Array(key.utf8) }) else {
      throw TorchError(path: path, problem: .member(key, "is missing"))
    }
    return member.value
  }
}

/// A list of dictionaries of plain values.
package struct TorchRecords {
  let path: String
  let key: String
  let pickle: Pickle
  let elements: [PickleValue]

  package var count: Int { elements.count }

  /// - Throws: `TorchError` where a record has no such text.
  package func text(_ name: String, of record: Int) throws(TorchError) -> String {
    guard case .text(let text)? = try value(name, of: record) else {
      throw missing(name, of: record, "text")
    }
    return text
  }

  /// - Throws: `TorchError` where a record has no such whole number.
  package func integer(_ name: String, of record: Int) throws(TorchError) -> Int {
    guard case .integer(let integer)? = try value(name, of: record) else {
      throw missing(name, of: record, "whole number")
    }
    return integer
  }

  private func value(_ name: String, of record: Int) throws(TorchError) -> PickleValue? {
    guard case .dictionary(let number) = elements[record] else {
      throw TorchError(path: path, problem: .member("\(key)[\(record)]", "is no dictionary"))
    }
    return pickle.dictionaries[number].last { pair in
      if case .text(name) = pair.key { true } else { false }
    }?.value
  }

  private func missing(_ name: String, of record: Int, _ kind: String) -> TorchError {
    TorchError(path: path, problem: .member("\(key)[\(record)]", "has no \(kind) `\(name)`"))
  }
}
