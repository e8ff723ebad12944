import LatentLens

// read-picture MODEL INDEX PICTURE LAYER: each visual token's place, word and sentence.
let given = CommandLine.arguments
let model = try VLM(given[1])
let index = try model.openIndex(given[2])
let picture = try model.see(given[3])
for token in try model.read(picture, layer: Int(given[4]) ?? 0, index: index, topK: 1) {
  guard let place = token.place, let found = token.neighbors.first else { continue }
  print("\(place.row), \(place.column): \(found.word) in “\(found.sentence ?? "")”")
}
