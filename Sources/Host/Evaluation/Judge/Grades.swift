/// One value for each grade that a judge gives.
struct Grades<Value: Sendable>: Sendable {
  /// Of any grade.
  var interpretable: Value
  var concrete: Value
  var abstract: Value
  var global: Value

  func map<Result>(_ transform: (Value) throws -> Result) rethrows -> Grades<Result> {
    Grades<Result>(
      interpretable: try transform(interpretable), concrete: try transform(concrete),
      abstract: try transform(abstract), global: try transform(global))
  }

  /// What is told of them, by their names in `evaluation.json`.
  var named: [(name: String, value: Value)] {
    [
      ("interpretable", interpretable), ("concrete", concrete), ("abstract", abstract),
      ("global", global),
    ]
  }
}

extension Bootstrap {
  /// The shares of patches that have a word of each grade; nil where there are none.
  ///
  /// - Parameter judged: the picture of each patch, and what was said of it.
  func estimates(
    _ judged: [(picture: Int, judgement: Judgement)], pictureCount: Int
  ) -> Grades<Estimate>? {
    func sums(_ counts: (Judgement) -> Bool) -> [Double] {
      judged.reduce(into: [Double](repeating: 0, count: pictureCount)) { sums, patch in
        sums[patch.picture] += counts(patch.judgement) ? 1 : 0
      }
    }
    let readings = Readings(sums { _ in true }, self)
    guard readings.total > 0 else { return nil }
    return Grades(
      interpretable: sums(\.isInterpretable), concrete: sums { $0.has(.concrete) },
      abstract: sums { $0.has(.abstract) }, global: sums { $0.has(.global) }
    ).map { estimate($0, readings) }
  }
}
