import LatentLensLenses
import LatentLensTensors

extension IndexDescription {
  /// What tests say of an index whose making does not matter.
  static func test(
    hiddenSize: Int, layers: [Int], elementType: Encoding, rows: Int
  ) -> IndexDescription {
    IndexDescription(
      modelName: "m",
      identity: IndexIdentity(
        maker: .init(weights: "w", configuration: "c", tokenizer: "t", arithmetic: "f32"),
        corpus: "d", layers: layers, elementType: elementType, rules: .init()),
      hiddenSize: hiddenSize, rows: rows)
  }
}
