package import LatentLensFormats

/// A lens that is asked for, with the path that some need.
package struct ChosenLens: Sendable {
  package let lens: Lens
  /// Where to find what the lens needs; nil for those that need no path.
  package let path: String?

  /// - Throws: `HostError` where a path is missing, or given without need.
  package init(_ lens: Lens, path: String? = nil) throws(HostError) {
    switch (lens.needs, path) {
    case (.path(let what), nil):
      throw HostError("\(lens.title) needs \(what); write `\(lens.name)=PATH`")
    case (.nothing, _?), (.index, _?):
      throw HostError("\(lens.title) takes no path; write `\(lens.name)`")
    default: break
    }
    self.lens = lens
    self.path = path
  }

  /// Finds a lens by its name.
  ///
  /// - Throws: `HostError` that lists the lenses there are.
  package init(named name: String, path: String? = nil) throws(HostError) {
    guard let lens = Lens.all.first(where: { $0.name == name }) else {
      throw HostError("`\(name)` is no lens; there are \(Lens.list)")
    }
    try self.init(lens, path: path)
  }

  /// Reads the form of the command line: `NAME`, or `NAME=PATH`.
  package init(_ text: String) throws(HostError) {
    let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    try self.init(named: String(sides[0]), path: sides.count > 1 ? String(sides[1]) : nil)
  }

  /// Every lens that needs neither a path nor other pictures.
  package static let standard: [ChosenLens] =
    Lens.all.filter { !$0.isCalibrated }.compactMap { try? ChosenLens($0) }

  /// The form of the command line.
  package var text: String { path.map { "\(lens.name)=\($0)" } ?? lens.name }
}

extension Lens {
  /// How the lenses there are can be asked for: `latent, logit, embedding`.
  package static var list: String { all.map(\.usage).joined(separator: ", ") }

  /// How the lens is asked for on the command line.
  package var usage: String {
    if case .path = needs { return "\(name)=PATH" }
    return name
  }
}
