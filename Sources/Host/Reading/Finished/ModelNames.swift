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
  func named(evaluation: JSONNode) throws(JSONError) -> JSONValue {
    guard case .object(var object) = evaluation.value else {
      throw evaluation.error("is no object")
    }
    var models: [JSONValue] = []
    for model in try evaluation.required("models").elements() {
      guard case .object(var members) = model.value else { throw model.error("is no object") }
      let own = try model.required("name").string()
      members["name"] = .string(renamed[own] ?? own)
      models.append(.object(members))
    }
    object["models"] = .array(models)
    return .object(object)
  }

  private func unique(_ name: String) -> String {
    guard taken.contains(name) else { return name }
    return (2...).lazy.map { "\(name) \($0)" }.first { !taken.contains($0) } ?? name
  }
}
