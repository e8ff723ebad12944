/// A model whose visual tokens show nothing, read beside one that is asked for, to hold its readings against.
package enum Control: String, Sendable, Decodable, CaseIterable {
  /// The same model with its connector's weights in another order, so that nothing it learnt is left.
  case untrained
  /// Random vectors, as long as the visual tokens, in their places.
  case noise

  /// What a control is called beside its model.
  func name(of model: String) -> String { "\(model), \(rawValue)" }
}
