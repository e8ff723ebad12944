// swift-tools-version: 6.2
import PackageDescription

let families = ["StarCoderFamily", "MosaicFamily"]

let package = Package(
  name: "Outside",
  dependencies: [.package(name: "LatentLens", path: "../..")],
  targets: families.map {
    .target(
      name: $0, dependencies: [.product(name: "LatentLensComponents", package: "LatentLens")])
  } + [
    .executableTarget(
      name: "outside-lens",
      dependencies: families.map { .init(stringLiteral: $0) } + [
        .product(name: "LatentLensAdapters", package: "LatentLens"),
        .product(name: "LatentLensComponents", package: "LatentLens"),
        .product(name: "LatentLensTool", package: "LatentLens"),
      ]),
    .executableTarget(
      name: "read-picture", dependencies: [.product(name: "LatentLens", package: "LatentLens")]),
  ])
