// swift-tools-version: 6.2
import PackageDescription

/// A module of the house: its folder, and what it may know.
///
/// In a package graph every target's name has to be the only one: ours begin with the package's name,
/// and so do those of C with a C before it. Folders have the short names.
struct Room {
  let name: String
  let path: String
  let knows: [Target.Dependency]
  let resources: [Resource]

  init(
    _ name: String, in path: String, knows: [String] = [], c libraries: [String] = [],
    resources: [Resource] = []
  ) {
    self.name = house(name)
    self.path = path
    self.knows = (knows.map(house) + libraries.map(c)).map { .init(stringLiteral: $0) }
    self.resources = resources
  }
}

/// The names of our targets in Swift and in C; the library itself has that of the package alone.
func house(_ name: String) -> String { "LatentLens\(name)" }
func c(_ name: String) -> String { "CLatentLens\(name)" }

let families = [
  "Llama", "Qwen", "OLMo", "Gemma", "Granite", "CLIP", "SigLIP", "DINO", "Connectors", "Processors",
  "Paper", "LLaVA", "QwenVL", "Molmo",
]

/// The report's page, compiled into the executable.
let reportFiles = [
  "report.html", "report.css", "report-model.js", "report-parts.js", "report-overlap.js",
  "report-attention.js", "report-stage.js",
  "report-reading.js", "report-plots.js", "report-figures.js", "report-export.js", "report.js",
]

/// What several processes do together needs MPI, and nothing else does.
let together = "MPI"

let rooms = [
  Room("Ranks", in: "Sources/Host/Ranks"),
  Room("Tensors", in: "Sources/Kernels/Tensors", c: ["Kernels"]),
  Room("Kernels", in: "Sources/Kernels/Kernels", knows: ["Tensors"], c: ["Kernels", "BLAS"]),

  Room(
    "Formats", in: "Sources/Host/Formats", knows: ["Tensors"],
    c: ["Files", "JSON", "Crypto", "Zlib"]),
  Room("Tokenization", in: "Sources/Host/Tokenization", knows: ["Formats"], c: ["PCRE2"]),
  Room("Imaging", in: "Sources/Host/Imaging", c: ["Imaging"]),
  Room("Network", in: "Sources/Host/Network", knows: ["Formats"], c: ["HTTP"]),
  Room("Weights", in: "Sources/Host/Weights", knows: ["Tensors", "Kernels"]),
  Room(
    "Components", in: "Sources/Host/Components",
    knows: ["Tensors", "Kernels", "Weights", "Imaging"]),
  Room(
    "Models", in: "Sources/Host/Models",
    knows: [
      "Tensors", "Kernels", "Weights", "Components", "Formats", "Tokenization", "Imaging",
    ]),
  Room(
    "Session", in: "Sources/Host/Session",
    knows: [
      "Tensors", "Kernels", "Components", "Formats", "Tokenization", "Imaging", "Models", "Lenses",
    ]),
  Room(
    "Lenses", in: "Sources/Host/Lenses",
    knows: ["Tensors", "Kernels", "Formats", "Components"]),
  Room(
    "Indexing", in: "Sources/Host/Indexing",
    knows: [
      "Ranks", "Tensors", "Kernels", "Components", "Formats", "Tokenization", "Models", "Session",
      "Lenses",
    ]),
  Room(
    "Report", in: "Sources/Host/Report", knows: ["Formats", "Imaging"], c: ["Raster"],
    resources: reportFiles.map { .embedInCode($0) }),
  Room(
    "Reading", in: "Sources/Host/Reading",
    knows: [
      "Ranks", "Tensors", "Kernels", "Components", "Formats", "Tokenization", "Imaging", "Models",
      "Session", "Lenses", "Indexing", "Report",
    ]),
  Room("Serving", in: "Sources/Host/Serving", knows: ["Formats", "Reading"], c: ["Server"]),
  Room(
    "Evaluation", in: "Sources/Host/Evaluation",
    knows: [
      "Tensors", "Formats", "Tokenization", "Imaging", "Network", "Models", "Reading",
    ]),
]

let adapters = families.map { Room($0, in: "Sources/Adapters/\($0)", knows: ["Components"]) }

let catalog = Room("Catalog", in: "Sources/Adapters/Catalog", knows: ["Components"] + families)

let package = Package(
  name: "LatentLens",
  products: [
    .executable(name: "latentlens", targets: ["LatentLensMain"]),
    .library(name: "LatentLens", targets: ["LatentLens"]),
    .library(name: "LatentLensKernels", targets: ["LatentLensTensors", "LatentLensKernels"]),
    .library(name: "LatentLensComponents", targets: ["LatentLensComponents"]),
    .library(name: "LatentLensHost", targets: ["LatentLensLenses", "LatentLensReading"]),
    .library(name: "LatentLensAdapters", targets: ["LatentLensCatalog"]),
    .library(name: "LatentLensTool", targets: ["LatentLensTool"]),
  ],
  traits: [
    .trait(name: together, description: "Lets the processes of one `mpirun` work together.")
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: c("BLAS"), path: "Sources/Kernels/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: c("JSON"), path: "Sources/Host/CJSON", pkgConfig: "json-c",
      providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(
      name: c("Crypto"), path: "Sources/Host/CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: c("PCRE2"), path: "Sources/Host/CPCRE2", pkgConfig: "libpcre2-8",
      providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(
      name: c("Zlib"), path: "Sources/Host/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: c("PNG"), path: "Sources/Host/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: c("JPEG"), path: "Sources/Host/CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(
      name: c("WebP"), path: "Sources/Host/CWebP", pkgConfig: "libwebpdemux",
      providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(
      name: c("CURL"), path: "Sources/Host/CCURL", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
      name: c("FreeType"), path: "Sources/Host/CFreeType", pkgConfig: "freetype2",
      providers: [.apt(["libfreetype-dev"])]),
    .systemLibrary(
      name: c("Fontconfig"), path: "Sources/Host/CFontconfig", pkgConfig: "fontconfig",
      providers: [.apt(["libfontconfig-dev"])]),
    .systemLibrary(
      name: c("MicroHTTPD"), path: "Sources/Host/CMicroHTTPD", pkgConfig: "libmicrohttpd",
      providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: c("Files"), path: "Sources/Host/CFiles"),
    .systemLibrary(
      name: c("MPI"), path: "Sources/Host/CMPI", pkgConfig: "ompi",
      providers: [.apt(["libopenmpi-dev"])]),
    .target(name: c("Kernels"), path: "Sources/Kernels/CKernels"),
    .target(
      name: c("HTTP"), dependencies: [.init(stringLiteral: c("CURL"))], path: "Sources/Host/CHTTP"),
    .target(
      name: c("Server"),
      dependencies: ["MicroHTTPD", "Crypto"].map { .init(stringLiteral: c($0)) },
      path: "Sources/Host/CServer"),
    .target(
      name: c("Raster"),
      dependencies: ["FreeType", "Fontconfig"].map { .init(stringLiteral: c($0)) },
      path: "Sources/Host/CRaster"),
    .target(
      name: c("Imaging"),
      dependencies: ["PNG", "JPEG", "WebP"].map { .init(stringLiteral: c($0)) },
      path: "Sources/Host/CImaging"),
  ]
)

for room in rooms + adapters + [catalog] {
  package.targets.append(
    .target(name: room.name, dependencies: room.knows, path: room.path, resources: room.resources))
}

package.targets.append(
  .target(
    name: house("MPI"),
    dependencies: [
      .init(stringLiteral: house("Ranks")),
      .target(name: c("MPI"), condition: .when(traits: [together])),
    ],
    path: "Sources/Host/MPI"))

let tool: [Target.Dependency] = rooms.map { .init(stringLiteral: $0.name) }
package.targets += [
  .target(
    name: house("Tool"),
    dependencies: tool + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
    path: "Sources/Host/Tool"),
  .target(
    name: house(""),
    dependencies: tool + [.init(stringLiteral: house("Catalog"))], path: "Sources/Host/LatentLens"),
  .executableTarget(
    name: house("Main"),
    dependencies: ["Components", "MPI", "Tool", "Catalog"].map { .init(stringLiteral: house($0)) },
    path: "Sources/Host/Main"),
]

// What tests may know is not what the product may know: each sees the room it tests, and the support.
package.targets.append(
  .target(
    name: house("TestSupport"),
    dependencies: ["Ranks", "Tensors", "Formats"].map { .init(stringLiteral: house($0)) },
    path: "Tests/TestSupport"))

for (name, knows) in [
  ("Kernels", ["Tensors", "Kernels", "Weights"]),
  ("Formats", ["Formats", "Tensors"]),
  ("Tokenization", ["Tokenization", "Formats"]),
  ("Imaging", ["Imaging", "Formats"]),
  (
    "Adapters",
    ["Catalog", "Components", "Formats", "Imaging", "LLaVA", "Molmo", "Paper", "Tensors"]
  ),
  ("Lenses", ["Lenses", "Tensors", "Kernels", "Formats"]),
  (
    "House",
    [
      "", "Models", "Session", "Indexing", "Report", "Reading", "Catalog", "Components", "Tensors",
      "Kernels", "Weights", "Formats", "Tokenization", "Imaging", "Lenses", "Evaluation", "Network",
      "Ranks", "Serving",
    ]
  ),
  ("Tool", ["Main", "Lenses", "Formats", "Tensors"]),
] {
  let libraries = name == "Kernels" ? [c("Kernels")] : []
  package.targets.append(
    .testTarget(
      name: "\(name)Tests",
      dependencies: ((knows + ["TestSupport"]).map(house) + libraries).map {
        .init(stringLiteral: $0)
      },
      path: "Tests/\(name)Tests"))
}

// What feeds the readers with what nobody would write: for `make fuzz` alone, which brings the runtime of
// libFuzzer with it.
if Context.environment["LATENTLENS_FUZZ"] != nil {
  package.targets += [
    .target(name: c("Fuzz"), path: "Tests/Fuzz/C"),
    .executableTarget(
      name: house("Fuzz"),
      dependencies: tool + [
        .init(stringLiteral: house("Catalog")), .init(stringLiteral: c("Fuzz")),
        .init(stringLiteral: c("Server")),
      ],
      path: "Tests/Fuzz/Swift"),
  ]
  package.products.append(.executable(name: "latentlens-fuzz", targets: [house("Fuzz")]))
}

for target in package.targets where !target.name.hasPrefix(c("")) {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ]
}
