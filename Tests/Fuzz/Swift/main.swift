import CLatentLensFuzz
import Foundation

// Feeds one reader with what libFuzzer makes up: LATENTLENS_READER=png latentlens-fuzz CORPUS -max_total_time=10

/// The reader that is fed, and the folder that it reads from.
enum Fed {
  static let name = ProcessInfo.processInfo.environment["LATENTLENS_READER"] ?? ""

  static let reader: Reader = {
    guard let reader = Reader.all.first(where: { $0.name == name }) else {
      print("LATENTLENS_READER has to be one of \(Reader.all.map(\.name).joined(separator: " "))")
      exit(64)
    }
    return reader
  }()

  static let workshop = Workshop()
}

/// A reader may refuse anything, in one sentence that names the file.
///
/// The runtime's own program, which is not the one that runs, knows it by this name.
@_cdecl("LLVMFuzzerTestOneInput")
public func feed(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  do {
    try Fed.reader.read(bytes, Fed.workshop)
  } catch {
    let sentence = String(describing: error)
    precondition(sentence.contains(Fed.workshop.path), "names no file: \(sentence)")
  }
  return 0
}

switch Fed.name {
case "list":
  for reader in Reader.all { print(reader.name) }
  exit(0)
case "seeds":
  // What only we ourselves write, for a folder of seeds.
  let (folder, target) = (try Fed.workshop.index(), CommandLine.arguments[1])
  for (reader, file) in [("index", "index.json"), ("rows", "tokens.safetensors")] {
    try FileManager.default.createDirectory(
      atPath: "\(target)/\(reader)", withIntermediateDirectories: true)
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"))
      .write(to: URL(fileURLWithPath: "\(target)/\(reader)/\(file)"))
  }
  exit(0)
default: break
}
// libFuzzer takes the arguments as C has them, and gives them back.
var count = CommandLine.argc
var arguments = unsafe CommandLine.unsafeArgv
let status = unsafe withUnsafeMutablePointer(to: &arguments) {
  unsafe $0.withMemoryRebound(
    to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?.self, capacity: 1
  ) {
    unsafe LLVMFuzzerRunDriver(&count, $0, feed)
  }
}
exit(status)
