internal import LatentLensFormats
public import LatentLensTensors

/// A contextual index: hidden states of text tokens at several layers, and where each came from.
///
/// Its layers are mapped from disk, not read; see `contract.md` for the files, which anything that
/// reads safetensors can open.
public struct ContextualIndex: Sendable {
  public let path: String
  public let description: IndexDescription
  public let entries: IndexEntries
  private let embeddings: [Int: Weight]

  /// The path of `index.json`, whose digest stands for the whole index: it holds those of all files.
  public var descriptionFile: String { "\(path)/\(IndexDescription.fileName)" }

  public var layers: [Int] { description.layers }
  public var rows: Int { description.rows }

  /// The states of a layer, `[rows, hiddenSize]`, as they are stored.
  public func embeddings(ofLayer layer: Int) -> Weight {
    guard let weight = embeddings[layer] else {
      preconditionFailure("the index has no layer \(layer)")
    }
    return weight
  }

  /// Opens an index folder and checks that its files agree with its description.
  public init(contentsOf path: String) throws(IndexError) {
    self.path = path
    do {
      description = try IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
      entries = try IndexEntries(
        contentsOf: "\(path)/\(IndexEntries.fileName)", rows: description.rows)
      var embeddings: [Int: Weight] = [:]
      for layer in description.layers {
        embeddings[layer] = try Self.openLayer(layer, of: description, in: path)
      }
      self.embeddings = embeddings
    } catch let error as IndexError {
      throw error
    } catch let error as JSONError {
      throw IndexError(error.description)
    } catch let error as SafetensorsError {
      throw IndexError(error.description)
    } catch {
      throw IndexError("\(path): \(error)")
    }
  }

  private static func openLayer(
    _ layer: Int, of description: IndexDescription, in folder: String
  ) throws -> Weight {
    let path = "\(folder)/\(IndexDescription.fileName(ofLayer: layer))"
    let file = try SafetensorsFile(contentsOf: path)
    guard let weight = file.tensors["embeddings"] else {
      throw IndexError("\(path): has no tensor `embeddings`; build the index again")
    }
    let expected = [description.rows, description.hiddenSize]
    guard weight.shape == expected, weight.type == description.elementType else {
      throw IndexError(
        "\(path): `embeddings` is \(weight.type.rawValue) \(weight.shape), but index.json says "
          + "\(description.elementType.rawValue) \(expected); build the index again")
    }
    return weight
  }
}

/// An index that cannot be opened, built or used, and what to do about it.
public struct IndexError: Error, Equatable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
