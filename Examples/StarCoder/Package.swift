// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "StarCoder",
  dependencies: [.package(name: "LatentLens", path: "../..")],
  targets: [
    .target(
      name: "StarCoderFamily",
      dependencies: [
        .product(name: "LatentLensComponents", package: "LatentLens")
      ]),
    .executableTarget(
      name: "starcoder-lens",
      dependencies: [
        "StarCoderFamily",
        .product(name: "LatentLensAdapters", package: "LatentLens"),
        .product(name: "LatentLensComponents", package: "LatentLens"),
        .product(name: "LatentLensTool", package: "LatentLens"),
      ]),
  ])
