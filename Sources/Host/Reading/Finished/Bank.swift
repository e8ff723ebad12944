internal import LatentLensFormats
internal import LatentLensLenses

/// The contextual states that a model of a finished run was read against: what of them has to be the same for two
/// models to be compared.
struct Bank: Equatable {
  /// The SHA-256 of the texts.
  let corpus: String
  let rules: IndexIdentity.BuildRules
  /// A digest of what made tokens of the texts.
  let tokenizer: String

  /// Nil for a model that was read against none, and for one whose index is not there any more.
  init?(of model: FinishedModel, in run: FinishedRun) {
    guard let digest = try? model.node["provenance"]?["index"]?.string(),
      let path = try? RecordedModel.index(
        of: digest, named: run.results["run"]?["index"]?["path"]?.string(), in: run),
      let identity = try? IndexDescription(contentsOf: "\(path)/\(IndexDescription.fileName)")
        .identity
    else { return nil }
    corpus = identity.corpus
    rules = identity.rules
    tokenizer = identity.maker.tokenizer
  }

  /// Why readings against two banks differ whatever the models see; nil where nothing does.
  func objection(to other: Bank) -> String? {
    if corpus != other.corpus { return "of different texts; build both from one corpus" }
    if rules != other.rules { return "built by different rules; build both alike" }
    if rules.keep == .first, tokenizer != other.tokenizer {
      return
        "built by the rule `first` with different tokenizers, which keeps other words for each; build "
        + "both with --keep matched"
    }
    return nil
  }

  /// What is to be said of the banks of models that are laid side by side, of each bank once.
  ///
  /// - Parameter models: by the names that they have there, with the digests of their indices.
  static func warnings(
    _ models: [(name: String, index: String?, bank: Bank?)]
  ) -> [String] {
    let read = models.filter { $0.index != nil }
    guard let first = read.first else { return [] }
    var said: [String] = []
    var seen: Set = [first.index]
    for other in read.dropFirst() where seen.insert(other.index).inserted {
      let warning: String?
      if let bank = first.bank, let another = other.bank {
        warning = bank.objection(to: another).map {
          "the banks of \(first.name) and \(other.name) are \($0)"
        }
      } else {
        let lost = first.bank == nil ? first.name : other.name
        warning =
          "the bank of \(lost) is not where the run had it: whether it is like the others' is not known"
      }
      if let warning { said.append(warning) }
    }
    return said
  }
}
