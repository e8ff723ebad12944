internal import LatentLensFormats
package import LatentLensKernels
package import LatentLensTensors

/// A contextual index: hidden states of text tokens at several layers, and where each came from.
///
/// Its layers are mapped from disk, not read. The files are described by `models/schema/index.schema.json`
/// and can be opened by anything that reads safetensors.
package struct ContextualIndex: Sendable {
  package let path: String
  package let description: IndexDescription
  package let entries: IndexEntries
  /// Ascending.
  let storedLayers: [StoredLayer]

  /// The states of one layer, as they are stored.
  struct StoredLayer: Sendable {
    let number: Int
    /// `[rows, hiddenSize]`
    let embeddings: Weight
    /// What the rows, each made unit, have in common.
    let common: CommonPart

    /// How states are compared with the rows.
    ///
    /// - Parameter removing: how many directions are taken from rows beside their mean; nil takes nothing.
    func measure(_ removing: Int?) -> Measure {
      removing.map { .cosineWithout(common.keeping($0)) } ?? .cosine
    }
  }

  /// The path of `index.json`, whose digest stands for the whole index: it holds those of all files.
  package var descriptionFile: String { "\(path)/\(IndexDescription.fileName)" }

  /// The contextual layers, ascending.
  package var layers: [Int] { description.identity.layers }
  /// How many rows each layer has.
  package var rows: Int { description.rows }

  /// The states of a layer, `[rows, hiddenSize]`, as they are stored; nil where it is not in the index.
  package func embeddings(ofLayer layer: Int) -> Weight? {
    storedLayers.first { $0.number == layer }?.embeddings
  }

  /// What a layer's rows, each made unit, have in common; nil where it is not in the index.
  package func common(ofLayer layer: Int) -> CommonPart? {
    storedLayers.first { $0.number == layer }?.common
  }

  /// Opens an index folder and checks that its files agree with its description.
  package init(contentsOf path: String) throws(IndexError) {
    self.path = path
    do {
      description = try IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
      entries = try IndexEntries(
        contentsOf: "\(path)/\(IndexEntries.fileName)", rows: description.rows)
      let common = try CommonPartsFile(
        contentsOf: "\(path)/\(CommonPartsFile.fileName)", of: description)
      storedLayers = try description.identity.layers.map { [description] in
        StoredLayer(
          number: $0, embeddings: try Self.openRows(ofLayer: $0, of: description, in: path),
          common: try common.part(ofLayer: $0))
      }
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

  /// What the rows of a layer are multiplied with for the states that they stand for, where they are stored as
  /// whole numbers; nil elsewhere.
  func scales(ofLayer layer: Int) throws -> [Float]? {
    let file = "\(path)/\(IndexDescription.fileName(ofLayer: layer))"
    return try SafetensorsFile(contentsOf: file).tensors["scales"]?.floats()
  }

  /// The rows of a layer, mapped.
  static func openRows(
    ofLayer layer: Int, of description: IndexDescription, in folder: String
  ) throws -> Weight {
    let path = "\(folder)/\(IndexDescription.fileName(ofLayer: layer))"
    let file = try SafetensorsFile(contentsOf: path)
    guard let rows = file.tensors["embeddings"] else {
      throw IndexError("\(path): has no tensor `embeddings`; build the index again")
    }
    let (type, shape) = (
      description.identity.elementType, [description.rows, description.hiddenSize]
    )
    guard rows.shape == shape, rows.encoding == type else {
      throw IndexError(
        "\(path): `embeddings` is \(rows.encoding) \(rows.shape), but index.json says "
          + "\(type) \(shape); build the index again")
    }
    return rows
  }
}

extension ContextualIndex {
  /// Makes sure that it is no part of an index, in which most neighbours are missing.
  package func requireWhole() throws(IndexError) {
    guard let part = description.part else { return }
    throw IndexError(
      "\(path): is part \(part.number) of \(part.count) of an index; join them with `index merge`")
  }
}

/// An index that cannot be opened, built or used, and what to do about it.
package struct IndexError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
