internal import Foundation
package import LatentLensFormats

/// The local Hugging Face cache: found, never filled.
///
/// Layout: `models--OWNER--NAME/{refs/BRANCH, snapshots/COMMIT}` under `HF_HUB_CACHE`, else
/// `HF_HOME/hub`, else `~/.cache/huggingface/hub`.
package enum HubCache {
  /// The snapshot of `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`, a file or folder in it for `…/PATH`,
  /// or the path itself if it is one.
  ///
  /// - Parameter root: the cache's folder; nil is where `hf download` puts things.
  /// - Throws: `HostError` that tells how to download what is not there.
  package static func path(of source: String, root: String? = nil) throws(HostError) -> String {
    guard source.hasPrefix("hf:") else { return source }
    let parts = source.dropFirst(3).split(separator: "/", omittingEmptySubsequences: false)
      .map(String.init)
    guard parts.count >= 2, parts.allSatisfy(isName) else { throw malformed(source) }
    let name = parts[1].split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard name.count <= 2, name.allSatisfy(isName) else { throw malformed(source) }
    let revision = name.count == 2 ? name[1] : nil
    let root = root ?? standardRoot
    let repository = "\(root)/models--\(parts[0])--\(name[0])"
    let inside = parts.dropFirst(2).joined(separator: "/")
    if let snapshot = snapshot(revision ?? "main", of: repository) {
      let path = inside.isEmpty ? snapshot : "\(snapshot)/\(inside)"
      if FileManager.default.fileExists(atPath: path) { return path }
    }
    let download =
      "hf download \(parts[0])/\(name[0])" + (inside.isEmpty ? "" : " \(inside)")
      + (revision.map { " --revision \($0)" } ?? "")
    throw HostError(
      "\(source): is not in the local cache (\(root)); nothing is downloaded here, "
        + "fetch it with: \(download)")
  }

  /// The folder of a branch or tag, or of a commit.
  private static func snapshot(_ revision: String, of repository: String) -> String? {
    let reference = try? String(contentsOfFile: "\(repository)/refs/\(revision)", encoding: .utf8)
    let commit = reference?.trimmed ?? revision
    let folder = "\(repository)/snapshots/\(commit)"
    return isName(commit) && PathKind(of: folder) == .folder ? folder : nil
  }

  private static func isName(_ text: String) -> Bool { !["", ".", ".."].contains(text) }

  private static func malformed(_ source: String) -> HostError {
    HostError("\(source): write it as hf:OWNER/NAME, hf:OWNER/NAME@REVISION, or either with /FILE")
  }

  private static var standardRoot: String {
    let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
    if let cache = environment["HF_HUB_CACHE"] { return cache }
    if let home = environment["HF_HOME"] { return "\(home)/hub" }
    return "\(CacheFolder.path ?? NSHomeDirectory() + "/.cache")/huggingface/hub"
  }
}

/// The user's folder for what can be made again.
enum CacheFolder {
  /// `XDG_CACHE_HOME`, else `~/.cache`; nil where neither variable is set. A variable that is set to
  /// nothing counts as not set.
  static var path: String? {
    let environment = ProcessInfo.processInfo.environment.filter { !$0.value.isEmpty }
    return environment["XDG_CACHE_HOME"] ?? environment["HOME"].map { "\($0)/.cache" }
  }
}
