internal import LatentLensFormats
internal import LatentLensModels

/// What a judge is asked of a patch, and how its answer is read.
enum JudgePrompt {
  /// What `evaluation.json` calls this way of asking; another way needs another name.
  static let name = "three-grades"

  static func text(_ words: [String]) -> String {
    let list = JSONValue.array(words.map(JSONValue.string)).text()
    return """
      A model that turns pictures into words was asked what it sees in one region of a picture. You get two \
      pictures: the whole one, in which a red frame marks the region, and, after this text, the region alone. \
      Decide which of the candidate words describe what is there. There are three ways in which a word can:

      - concrete: it names something that can be seen in the region: a thing, a part of one, a material, a \
      colour, a texture, written text.
      - abstract: it names a notion, an activity or a feeling that the region, or the picture around it, \
      brings to mind.
      - global: it names something that can be seen in the picture, but not in the region.

      A word may be written in another language, another case or another form; what it means counts. A word that \
      has nothing to do with the picture belongs to none of the three. Consider all three ways for every word \
      before you answer.

      Candidate words: \(list)

      Answer with one JSON object and nothing else, with the words as they are written above:
      {"reasoning": "...", "concrete_words": [...], "abstract_words": [...], "global_words": [...]}
      """
  }

  /// The request for a chat completion.
  ///
  /// - Parameters:
  ///   - options: further members of the request.
  ///   - whole: the address of the whole picture, or what stands for it.
  ///   - detail: that of the region.
  static func request(
    model: String, options: JSONObject, whole: String, detail: String, words: [String]
  ) -> JSONValue {
    func image(_ url: String) -> JSONValue {
      ["type": "image_url", "image_url": ["url": .string(url)]]
    }
    let content: JSONValue = [
      image(whole), ["type": "text", "text": .string(text(words))], image(detail),
    ]
    var members = JSONObject([
      ("model", .string(model)), ("messages", [["role": "user", "content": content]]),
    ])
    for (key, value) in options.members { members[key] = value }
    return .object(members)
  }
}

/// What a judge has said of a patch.
struct Judgement: Sendable {
  /// Whether the answer is what was asked for; one that is not counts as if no word were right.
  let isReadable: Bool
  /// The words of each grade, as they were asked for.
  let words: [Grade: [String]]

  /// How a word can describe a patch.
  enum Grade: String, Sendable, CaseIterable {
    case concrete
    case abstract
    case global
  }

  var isInterpretable: Bool { Grade.allCases.contains { has($0) } }

  func has(_ grade: Grade) -> Bool { words[grade]?.isEmpty == false }

  /// Reads what stands between the first and the last brace of an answer. Words that were not asked for do not
  /// count.
  init(_ answer: String, of asked: [String]) {
    guard let first = answer.firstIndex(of: "{"), let last = answer.lastIndex(of: "}"),
      first < last,
      let root = try? JSONNode(parsing: Array(answer[first...last].utf8), file: "answer"),
      Grade.allCases.contains(where: { root[$0.key] != nil })
    else {
      isReadable = false
      words = [:]
      return
    }
    isReadable = true
    words = Dictionary(
      uniqueKeysWithValues: Grade.allCases.map { grade in
        let said = (try? root[grade.key]?.elements()) ?? []
        let folded = Set(said.compactMap { try? $0.string() }.map(Self.folded))
        return (grade, asked.filter { folded.contains(Self.folded($0)) })
      })
  }

  private static func folded(_ word: String) -> String { word.lowercased().trimmed }
}

extension Judgement.Grade {
  /// What an answer calls it.
  fileprivate var key: String { "\(rawValue)_words" }
}
