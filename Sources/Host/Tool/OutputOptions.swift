import ArgumentParser
import LatentLensFormats

/// Options of every command that writes to a place that it is given.
struct OutputOptions: ParsableArguments {
  @Flag(
    help: """
      Replace what other work of this program has made there. What the same command has made is replaced \
      anyway, what others have made never is.
      """)
  var overwrite = false

  var policy: OutputPolicy { OutputPolicy(overwrites: overwrite) }
}

/// The option of commands that write readings.
struct PartOptions: ParsableArguments {
  @Option(
    help: """
      Megabytes of readings that results.json and report.html hold; more than these are written in parts beside       them, which the report loads as they are looked at, by `latentlens serve`.
      """)
  var splitAbove = 64

  /// In bytes.
  var limit: Int { splitAbove * 1_000_000 }

  func validate() throws {
    guard 0...1000 ~= splitAbove else {
      throw ValidationError("--split-above has to be between 0 and 1000")
    }
  }
}

/// The option of commands that read the pictures that folders hold.
struct PictureOptions: ParsableArguments {
  @Flag(
    help:
      "End with an error where a picture of a folder or a glob cannot be read; else it is left out."
  )
  var strict = false
}
