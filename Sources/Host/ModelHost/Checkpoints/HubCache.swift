internal import Foundation

/// The local Hugging Face cache: found, never filled.
///
/// Layout: `models--OWNER--NAME/{refs/main, snapshots/COMMIT}` under `HF_HUB_CACHE`, else
/// `HF_HOME/hub`, else `~/.cache/huggingface/hub`.
enum HubCache {
  /// The folder of `hf:OWNER/NAME`, or the path itself if it is one.
  static func folder(for source: String) throws(HostError) -> String {
    guard source.hasPrefix("hf:") else { return source }
    let name = source.dropFirst(3)
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw HostError("\(source): write it as hf:OWNER/NAME")
    }
    let repository = "\(root)/models--\(parts[0])--\(parts[1])"
    guard
      let commit = try? String(contentsOfFile: "\(repository)/refs/main", encoding: .utf8).trimmed,
      FileManager.default.fileExists(atPath: "\(repository)/snapshots/\(commit)")
    else {
      throw HostError(
        "\(source): is not in the local cache (\(root)); nothing is downloaded here, "
          + "fetch it with: hf download \(name)")
    }
    return "\(repository)/snapshots/\(commit)"
  }

  private static var root: String {
    // A variable that is set to nothing counts as not set.
    let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
    if let cache = environment["HF_HUB_CACHE"] { return cache }
    if let home = environment["HF_HOME"] { return "\(home)/hub" }
    let cache = environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
    return "\(cache)/huggingface/hub"
  }
}
