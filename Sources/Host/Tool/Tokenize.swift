import ArgumentParser
import LatentLensFormats
import LatentLensModels
import LatentLensTokenization

struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns lines of {\"text\": …} into lines of {\"ids\": […]}, or back.",
    discussion: """
      Example: echo '{"text": "a red boat"}' | latentlens tokenize --model models/demo
      """)

  @Option(help: "A model manifest, a folder with tokenizer.json, or hf:OWNER/NAME.")
  var model: String

  @Flag(help: "From ids to text.")
  var decode = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let tokenizer = try ModelFiles(model).tokenizer()
    var number = 0
    for line in StandardInput() {
      number += 1
      let node = try JSONNode(parsing: line, file: "standard input, line \(number)")
      let answer: JSONValue
      if decode {
        let ids = try node.required("ids").decode([Int].self)
        for id in ids where tokenizer.token(id) == nil {
          throw try node.required("ids").error("\(id) is no token of this tokenizer")
        }
        answer = ["text": .string(tokenizer.decode(ids))]
      } else {
        let ids = tokenizer.encode(try node.required("text").string())
        answer = ["ids": .array(ids.map { .integer(Int64($0)) })]
      }
      try common.console.write(answer)
    }
  }
}
