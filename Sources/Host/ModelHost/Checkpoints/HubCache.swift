internal import Foundation

/// The local Hugging Face cache: found, never filled.
///
/// Layout: `models--OWNER--NAME/{refs/main, snapshots/COMMIT}` under `HF_HUB_CACHE`, else
/// `HF_HOME/hub`, else `~/.cache/huggingface/hub`.
enum HubCache {
  /// The snapshot of `hf:OWNER/NAME`, a file or folder in it for `hf:OWNER/NAME/PATH`, or the path
  /// itself if it is one.
  static func path(of source: String) throws(HostError) -> String {
    guard source.hasPrefix("hf:") else { return source }
    let parts = source.dropFirst(3).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw HostError("\(source): write it as hf:OWNER/NAME, or hf:OWNER/NAME/FILE")
    }
    let repository = "\(root)/models--\(parts[0])--\(parts[1])"
    let inside = parts.dropFirst(2).joined(separator: "/")
    let download = "hf download \(parts[0])/\(parts[1])" + (inside.isEmpty ? "" : " \(inside)")
    let commit = try? String(contentsOfFile: "\(repository)/refs/main", encoding: .utf8).trimmed
    let snapshot = commit.map { "\(repository)/snapshots/\($0)" }
    let path = snapshot.map { inside.isEmpty ? $0 : "\($0)/\(inside)" }
    guard let path, FileManager.default.fileExists(atPath: path) else {
      throw HostError(
        "\(source): is not in the local cache (\(root)); nothing is downloaded here, "
          + "fetch it with: \(download)")
    }
    return path
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
