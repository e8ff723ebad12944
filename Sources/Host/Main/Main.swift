import LatentLensCatalog
import LatentLensComponents
import LatentLensMPI
import LatentLensTool

/// The executable: the tool, over every family that is compiled in.
@main
enum Main {
  static func main() { CommandLineTool.main(.standard, ranks: .launched()) }
}
