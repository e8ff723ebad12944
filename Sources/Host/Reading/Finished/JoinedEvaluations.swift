internal import LatentLensFormats

/// The evaluations of runs that are laid side by side, as one: those by the rules of the first, and what the first's
/// judge has said. One by other rules says nothing beside it, and is left out.
struct JoinedEvaluations {
  /// Nil where there is none.
  private(set) var value: JSONObject?
  /// What was left out, and why.
  private(set) var warnings: [String] = []
  private var source = ""

  /// What has to be the same of two judges.
  private static let judgeRules = ["endpoint", "model", "options", "prompt", "patches", "seed"]

  /// - Parameters:
  ///   - evaluation: with the names that models have here, and the numbers of pictures.
  ///   - run: the folder of its run.
  mutating func add(_ evaluation: JSONObject, of run: String) {
    guard var all = value else {
      var first = evaluation
      first["results_sha256"] = nil
      value = first
      source = run
      return
    }
    if evaluation["rules"] == all["rules"] {
      all["models"] = Self.joined(all["models"], evaluation["models"])
    } else {
      warnings.append(
        "\(run): is evaluated by other rules than \(source), and its shares are left out; evaluate both alike"
      )
    }
    if case .object(let judge)? = evaluation["judge"] {
      if case .object(var own)? = all["judge"] {
        if Self.judgeRules.allSatisfy({ own[$0] == judge[$0] }) {
          own["models"] = Self.joined(own["models"], judge["models"])
          all["judge"] = .object(own)
        } else {
          warnings.append(
            "\(run): was put before another judge than \(source), and what that said is left out; let one judge "
              + "both")
        }
      } else {
        all["judge"] = .object(judge)
      }
    }
    value = all
  }

  private static func joined(_ one: JSONValue?, _ other: JSONValue?) -> JSONValue {
    guard case .array(let first)? = one, case .array(let second)? = other else { return one ?? [] }
    return .array(first + second)
  }
}
