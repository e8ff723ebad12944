package import LatentLensFormats
package import LatentLensModels

extension VisionLanguage {
  /// What stands for the user's words in a chat template.
  private static let wordsMarker = "{prompt}"

  /// What the method's authors ask.
  private static let usualRequest = "Describe this image in detail."

  /// The prompt that the decoder will read, with a marker for each image.
  ///
  /// A text that has markers is taken as it is; other words go into the model's chat template; without
  /// words the model's own prompt is taken, or its template around the usual request. In a prompt of the
  /// model's the one marker is repeated, and nothing around it: where several images have to be told
  /// apart by other tokens, write the prompt out.
  /// - Throws: `HostError` where the model has neither prompt nor template, and no words are given.
  package func prompt(for words: String?, images: Int) throws(HostError) -> String {
    let marker = ModelManifest.imageMarker
    if let words, words.split(around: marker).count > 1 { return words }
    if words == nil, let prompt { return Self.repeatingMarker(in: prompt, images) }
    if let turn {
      return Self.repeatingMarker(in: turn, images).split(around: Self.wordsMarker)
        .joined(separator: words ?? Self.usualRequest)
    }
    guard let words else {
      throw HostError("\(identity.source): has no prompt; give one that holds `\(marker)`")
    }
    // The layout tells what is missing.
    return words
  }

  private static func repeatingMarker(in prompt: String, _ count: Int) -> String {
    let pieces = prompt.split(around: ModelManifest.imageMarker)
    guard pieces.count == 2, count > 1 else { return prompt }
    return pieces[0] + String(repeating: ModelManifest.imageMarker, count: count) + pieces[1]
  }
}
