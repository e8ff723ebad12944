// swift-tools-version: 6.2
import PackageDescription

/// A module of the house: its folder, and what it may know.
struct Room {
  let name: String
  let path: String
  var knows: [Target.Dependency] = []
  var resources: [Resource] = []
}

let families = [
  "Llama", "Qwen", "OLMo", "Gemma", "CLIP", "SigLIP", "DINO", "Connectors", "LLaVA", "QwenVL",
  "Molmo",
]

/// The report's page, compiled into the executable.
let reportFiles = [
  "report.html", "report.css", "report-model.js", "report-stage.js", "report-plots.js", "report.js",
].map { "Report/\($0)" }

let rooms = [
  Room(name: "Kernels", path: "Sources/Kernels/Kernels", knows: ["COpenBLAS", "CKernels"]),

  Room(name: "Formats", path: "Sources/Host/Formats", knows: ["Kernels", "CJSON", "CCrypto"]),
  Room(name: "Tokenization", path: "Sources/Host/Tokenization", knows: ["Formats", "CPCRE2"]),
  Room(name: "Imaging", path: "Sources/Host/Imaging", knows: ["Formats", "CImaging"]),
  Room(name: "Components", path: "Sources/Host/Components", knows: ["Kernels"]),
  Room(name: "Lenses", path: "Sources/Host/Lenses", knows: ["Kernels", "Formats"]),
  Room(
    name: "ModelHost", path: "Sources/Host/ModelHost",
    knows: ["Kernels", "Components", "Formats", "Tokenization", "Imaging", "Lenses"],
    resources: reportFiles.map { .embedInCode($0) }),
]

let adapters = families.map { family in
  Room(
    name: "\(family)Family", path: "Sources/Adapters/\(family)", knows: ["Components", "Kernels"])
}

let catalog = Room(
  name: "Catalog", path: "Sources/Adapters/Catalog",
  knows: ["Components"] + adapters.map { .init(stringLiteral: $0.name) })

let package = Package(
  name: "LatentLens",
  products: [
    .executable(name: "latentlens", targets: ["Main"]),
    .library(name: "LatentLensKernels", targets: ["Kernels"]),
    .library(name: "LatentLensComponents", targets: ["Components"]),
    .library(name: "LatentLensHost", targets: ["Lenses", "ModelHost"]),
    .library(name: "LatentLensAdapters", targets: ["Catalog"]),
    .library(name: "LatentLensTool", targets: ["Tool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/Kernels/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CJSON", path: "Sources/Host/CJSON", pkgConfig: "json-c",
      providers: [.apt(["libjson-c-dev"])]),
    .systemLibrary(
      name: "CCrypto", path: "Sources/Host/CCrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CPCRE2", path: "Sources/Host/CPCRE2", pkgConfig: "libpcre2-8",
      providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/Host/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/Host/CJPEG", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(
      name: "CWebP", path: "Sources/Host/CWebP", pkgConfig: "libwebp",
      providers: [.apt(["libwebp-dev"])]),
    .target(name: "CKernels", path: "Sources/Kernels/CKernels"),
    .target(
      name: "CImaging", dependencies: ["CPNG", "CJPEG", "CWebP"],
      path: "Sources/Host/CImaging"),
  ]
)

for room in rooms + adapters + [catalog] {
  package.targets.append(
    .target(name: room.name, dependencies: room.knows, path: room.path, resources: room.resources))
}

package.targets += [
  .target(
    name: "Tool",
    dependencies: [
      "Kernels", "Components", "Formats", "Tokenization", "Imaging", "Lenses", "ModelHost",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    path: "Sources/Host/Tool"),
  .executableTarget(
    name: "Main", dependencies: ["Components", "Tool", "Catalog"], path: "Sources/Host/Main"),
]

// What tests may know is not what the product may know: each sees the room it tests, and the support.
let support: Target.Dependency = "TestSupport"
package.targets += [
  .target(name: "TestSupport", dependencies: ["Kernels", "Formats"], path: "Tests/TestSupport"),
  .testTarget(
    name: "KernelsTests", dependencies: ["Kernels", "CKernels", support], path: "Tests/KernelsTests"
  ),
  .testTarget(
    name: "FormatsTests", dependencies: ["Formats", "Kernels", support], path: "Tests/FormatsTests"),
  .testTarget(
    name: "TokenizationTests", dependencies: ["Tokenization", "Formats", support],
    path: "Tests/TokenizationTests"),
  .testTarget(
    name: "ImagingTests", dependencies: ["Imaging", "Formats", "Kernels", support],
    path: "Tests/ImagingTests"),
  .testTarget(
    name: "LensesTests", dependencies: ["Lenses", "Kernels", "Formats", support],
    path: "Tests/LensesTests"),
  .testTarget(
    name: "ModelHostTests",
    dependencies: [
      "ModelHost", "Catalog", "Components", "Kernels", "Formats", "Tokenization", "Imaging",
      "Lenses",
      support,
    ],
    path: "Tests/ModelHostTests"),
  .testTarget(
    name: "ToolTests", dependencies: ["Main", "Formats", "Kernels", support],
    path: "Tests/ToolTests"),
]

for target in package.targets where target.type != .system && target.path?.contains("/C") != true {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ]
}
