internal import LatentLensFormats
internal import LatentLensKernels
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
    /// The mean of the rows, each made unit.
    let mean: [Float]

    /// How states are compared with the rows.
    func measure(_ isCentered: Bool) -> Measure {
      isCentered ? .centeredCosine(mean: mean) : .cosine
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

  /// The mean of a layer's rows, each made unit; nil where it is not in the index.
  package func mean(ofLayer layer: Int) -> [Float]? {
    storedLayers.first { $0.number == layer }?.mean
  }

  /// Opens an index folder and checks that its files agree with its description.
  package init(contentsOf path: String) throws(IndexError) {
    self.path = path
    do {
      description = try IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
      entries = try IndexEntries(
        contentsOf: "\(path)/\(IndexEntries.fileName)", rows: description.rows)
      storedLayers = try description.identity.layers.map { [description] in
        try Self.openLayer($0, of: description, in: path)
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

  private static func openLayer(
    _ layer: Int, of description: IndexDescription, in folder: String
  ) throws -> StoredLayer {
    let path = "\(folder)/\(IndexDescription.fileName(ofLayer: layer))"
    let file = try SafetensorsFile(contentsOf: path)
    func tensor(_ name: String, _ type: Encoding, _ shape: [Int]) throws -> Weight {
      guard let weight = file.tensors[name] else {
        throw IndexError("\(path): has no tensor `\(name)`; build the index again")
      }
      guard weight.shape == shape, weight.encoding == type else {
        throw IndexError(
          "\(path): `\(name)` is \(weight.encoding) \(weight.shape), but index.json says "
            + "\(type) \(shape); build the index again")
      }
      return weight
    }
    let width = description.hiddenSize
    return StoredLayer(
      number: layer,
      embeddings: try tensor(
        "embeddings", description.identity.elementType, [description.rows, width]),
      mean: try tensor("mean", .f32, [width]).floats())
  }
}

/// An index that cannot be opened, built or used, and what to do about it.
package struct IndexError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
