internal import LatentLensComponents

/// A place of the slider, which all models share: a relative depth, or the connector's or the final norm's
/// output.
struct Stop: Sendable {
  /// The share of the decoder's blocks that lie below; nil for the connector and the norm.
  let depth: Double?
  /// For each model the layer that is shown: of the connector and the norm their own, of a depth the nearest
  /// that was read; nil where there is none.
  let layers: [Stage?]

  /// All places at which something changes for some model, ascending.
  static func all(of models: [FigureModel]) -> [Stop] {
    let depths = Set(models.flatMap { model in model.layers.compactMap(model.depth) }).sorted()
    let between = depths.map { depth in
      Stop(depth: depth, layers: models.map { $0.layer(nearest: depth) })
    }
    let named = [Stage.connector, .norm].map { stage in
      Stop(depth: nil, layers: models.map { $0.layers.contains(stage) ? stage : nil })
    }
    let stops = [named[0]] + between + [named[1]]
    return stops.enumerated().filter { number, stop in
      stop.layers.contains { $0 != nil }
        && (number == 0 || stops[number - 1].layers != stop.layers)
    }.map(\.element)
  }
}

extension FigureModel {
  /// The layer that was read nearest to a depth, the lower of two that are as near.
  fileprivate func layer(nearest depth: Double) -> Stage? {
    layers.compactMap { layer in self.depth(of: layer).map { (layer, abs($0 - depth)) } }
      .min { $0.1 < $1.1 - 1e-12 }?.0
  }
}
