/// What is wrong with a file that torch.save has written.
package typealias TorchError = FormatError<TorchProblem>

/// The ways in which it can be wrong.
package enum TorchProblem: FormatProblem {
  case unreadable(String)
  /// No ZIP archive at all.
  case notAnArchive
  /// A ZIP archive, but damaged or of a kind that torch does not write.
  case archive(String)
  /// An archive without a member that torch writes.
  case missingMember(String)
  /// The pickle asks for a function or class outside the closed list.
  case refusedGlobal(String, byte: Int)
  /// The pickle uses an instruction outside the closed list.
  case refusedOpcode(UInt8, byte: Int)
  /// The pickle does not hold together.
  case pickle(String, byte: Int)
  /// A tensor that is not what it says.
  case tensor(String, String)
  /// Something else that is not what it should be.
  case member(String, String)

  package var sentence: String {
    switch self {
    case .unreadable(let reason): reason
    case .notAnArchive:
      "is no file of torch.save (a ZIP archive, since PyTorch 1.6); download it again, or save it anew"
    case .archive(let reason): "is a damaged archive: \(reason); download it again"
    case .missingMember(let name): "has no `\(name)` in its archive; it is no file of torch.save"
    case .refusedGlobal(let name, let byte):
      "asks for `\(name)` at byte \(byte) of its pickle; only tensors and plain containers are read "
        + "here, and nothing in a file is ever run"
    case .refusedOpcode(let opcode, let byte):
      "has the pickle instruction 0x\(String(opcode, radix: 16)) at byte \(byte), which torch.save "
        + "does not need for tensors; it is refused"
    case .pickle(let reason, let byte):
      "has a damaged pickle: \(reason) at byte \(byte); download it again"
    case .tensor(let name, let reason): "tensor `\(name)` \(reason)"
    case .member(let name, let reason): "`\(name)` \(reason)"
    }
  }
}
