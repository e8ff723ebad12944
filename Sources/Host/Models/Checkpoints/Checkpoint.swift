internal import LatentLensFormats
internal import LatentLensTensors

/// A source of weights that is open: its tensors are mapped, its configuration is read.
struct Checkpoint: Sendable {
  let source: any WeightSource
  /// The model's configuration; nil for weights alone.
  let configuration: JSONNode?
  /// Tensors by stored name.
  let tensors: NameTable<Weight>
  /// The state in which the weight files were before they were mapped, by path.
  let files: [String: FileIdentity]

  /// Opens a folder, a file, or either in a cached repository (`hf:OWNER/NAME@REVISION/FILE`).
  init(_ locator: String) throws {
    source = try WeightSources.open(locator)
    configuration = try source.configuration()
    var files: [String: FileIdentity] = [:]
    for file in try source.weightFiles() { files[file] = FileIdentity(of: file) }
    self.files = files
    tensors = try source.tensors()
  }

  var path: String { source.path }
}
