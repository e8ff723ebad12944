internal import LatentLensFormats

/// The names of models of several runs, made unique.
struct ModelNames {
  private var taken: Set<String> = []
  /// What the models of the run that is being laid down were called there, and are called here.
  private var renamed: [String: String] = [:]

  /// Begins with the models of another run.
  mutating func beginRun() { renamed = [:] }

  /// A model under a name that no other has. A control stands behind its model, and follows it to its new name.
  mutating func named(_ model: JSONNode) throws(JSONError) -> JSONObject {
    guard case .object(var object) = model.value else { throw model.error("is no object") }
    let own = try model.required("name").string()
    let name = unique(own)
    taken.insert(name)
    renamed[own] = name
    object["name"] = .string(name)
    if let control = model["control"], case .object(var members) = control.value {
      let of = try control.required("of").string()
      members["of"] = .string(renamed[of] ?? of)
      object["control"] = .object(members)
    }
    return object
  }

  /// An evaluation of the run that is being laid down, of its models under their new names.
  ///
  /// - Parameter pictures: the numbers that the run's pictures have here; nil for those that are not.
  func named(evaluation: JSONNode, pictures: [Int?]) throws(JSONError) -> JSONObject {
    guard case .object(var object) = evaluation.value else {
      throw evaluation.error("is no object")
    }
    object["models"] = .array(try renamed(evaluation.required("models")).map(JSONValue.object))
    guard let judge = evaluation["judge"], case .object(var members) = judge.value else {
      return object
    }
    var models: [JSONValue] = []
    for var model in try renamed(judge.required("models")) {
      model["scores"] = Self.each(model["scores"]) {
        $0["patches"] = Self.shown($0["patches"], pictures)
      }
      models.append(.object(model))
    }
    members["models"] = .array(models)
    object["judge"] = .object(members)
    return object
  }

  /// What was found of words in the run that is being laid down, of its models under their new names.
  ///
  /// - Parameter pictures: as for evaluations.
  func named(found: JSONNode, pictures: [Int?]) throws(JSONError) -> [JSONObject] {
    var queries: [JSONObject] = []
    for query in try found.required("queries").elements() {
      guard case .object(var members) = query.value else { throw query.error("is no object") }
      var models: [JSONValue] = []
      for var model in try renamed(query.required("models")) {
        model["readings"] = Self.shown(model["readings"], pictures)
        if case .object(var near)? = model["similarities"] {
          near["maps"] = Self.shown(near["maps"], pictures)
          model["similarities"] = .object(near)
        }
        models.append(.object(model))
      }
      members["models"] = .array(models)
      queries.append(members)
    }
    return queries
  }

  /// Models under their new names.
  private func renamed(_ models: JSONNode) throws(JSONError) -> [JSONObject] {
    var named: [JSONObject] = []
    for model in try models.elements() {
      guard case .object(var members) = model.value else { throw model.error("is no object") }
      let own = try model.required("name").string()
      members["name"] = .string(renamed[own] ?? own)
      named.append(members)
    }
    return named
  }

  /// Those members of a list that are of pictures which are shown, by the numbers that these have here.
  private static func shown(_ list: JSONValue?, _ pictures: [Int?]) -> JSONValue {
    guard case .array(let elements)? = list else { return list ?? .null }
    return .array(
      elements.compactMap { element in
        guard case .object(var object) = element, case .integer(let number)? = object["image"],
          pictures.indices.contains(Int(number)), let here = pictures[Int(number)]
        else { return nil }
        object["image"] = .integer(Int64(here))
        return .object(object)
      })
  }

  private static func each(
    _ list: JSONValue?, _ change: (inout JSONObject) -> Void
  ) -> JSONValue {
    guard case .array(let elements)? = list else { return list ?? .null }
    return .array(
      elements.map { element in
        guard case .object(var object) = element else { return element }
        change(&object)
        return .object(object)
      })
  }

  private func unique(_ name: String) -> String {
    guard taken.contains(name) else { return name }
    return (2...).lazy.map { "\(name) \($0)" }.first { !taken.contains($0) } ?? name
  }
}
