internal import LatentLensComponents
internal import LatentLensFormats
internal import LatentLensTensors
internal import LatentLensWeights

/// What a model is made of, before anything is built: its parts, where each comes from, and how they are
/// joined.
///
/// A manifest of parts, a publisher's whole VLM, and a checkpoint that is a decoder or an encoder alone
/// all become one of these.
struct Blueprint {
  /// A part: which adapter builds it, and from what.
  struct Part {
    let architecture: String
    let checkpoint: Checkpoint
    let document: ConfigurationDocument
    /// The object of the document that configures the part.
    let configuration: JSONNode
    /// What the part's place calls its tensors; what the adapter calls them comes after that.
    let names: TensorNames
    /// Whether its tensors are read with their elements in another order, as a control.
    var isShuffled = false
  }

  /// The manifest, folder or file that it was made from, for errors.
  let source: String
  var parts: [Role: Part]
  /// How encoder and decoder are joined; nil for a part alone.
  let joint: Joint?
  /// A user's turn in the chat template that goes with the parts.
  let turn: String?
  /// The checkpoint that the parts are to use up; nil where they are picked out of what may hold more.
  let whole: Checkpoint?

  /// The files that hold tensors, and the state in which they were before they were mapped.
  var files: [String: FileIdentity] {
    parts.values.map(\.checkpoint.files).reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }

  /// The parts' configuration files, each once.
  var documents: [ConfigurationDocument] {
    Role.allCases.compactMap { parts[$0]?.document }.reduce(into: []) { found, document in
      if !found.contains(where: { $0 === document }) { found.append(document) }
    }
  }

  /// The part whose weights are most of the work.
  var chief: Part? { parts[.decoder] ?? parts[.encoder] }
}
