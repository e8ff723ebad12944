import Foundation
import LatentLensFormats
import LatentLensTestSupport
import Testing

/// A judge that is asked over the network: a local one, which fails in all the ways that servers do.
@Suite(.serialized) struct JudgeCommandTests {
  let folder: TemporaryFolder
  private static let key = "sk-what-nobody-may-see"

  init() throws { folder = try TemporaryFolder() }

  private var out: String { "\(folder.path)/out" }

  /// The demo's pictures, of which none has a truth beside it.
  private func run() throws {
    let outcome = try Tool.run([
      "interpret", "--model", "models/demo/model.json", "--image", "models/demo/images", "--lens",
      "logit", "--layers", "8", "--out", out, "--quiet",
    ])
    #expect(outcome.status == 0, "\(outcome.complaint)")
  }

  private func arguments(_ server: JudgeServer, _ more: [String] = ["--yes"]) -> [String] {
    [
      "evaluate", out, "--judge", "--judge-url", server.url, "--judge-model", "toy",
      "--no-controls",
    ] + more
  }

  private func judge(_ server: JudgeServer, _ more: [String] = ["--yes"]) throws -> Tool.Outcome {
    try Tool.run(
      arguments(server, more), environment: ["LATENTLENS_JUDGE_KEY": Self.key])
  }

  private var answerCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "\(out)/answers"))?
      .count { $0.hasSuffix(".json") } ?? 0
  }

  @Test func aHundredPatchesAreEachPaidForOnce() throws {
    try run()
    let server = try JudgeServer(fails: true)
    let plan = try judge(server, ["--plan"])
    #expect(plan.status == 0 && plan.output.contains("100 requests of toy at \(server.url)"))
    #expect(server.counts.attempts.isEmpty && answerCount == 0)

    // Ended in the middle, by a request and then by force.
    for (signal, count) in [(SIGTERM, 30), (SIGKILL, 60)] {
      let running = try Tool.Running(arguments(server))
      while running.isRunning, server.paidCount < count { usleep(1000) }
      running.signal(signal)
      let outcome = running.outcome()
      #expect(outcome.status != 0 && !outcome.complaint.contains(Self.key))
      // Asked to end, the tool waits for what it has sent; killed, it may lose what was under way.
      #expect(server.paidCount - answerCount <= (signal == SIGKILL ? 4 : 0))
      #expect(!FileManager.default.fileExists(atPath: "\(out)/evaluation.json"))
    }
    let done = try judge(server)
    #expect(done.status == 0, "\(done.complaint)")
    #expect(
      done.output.contains("up to 100 patches") && done.output.contains("answers cannot be read"))
    #expect(answerCount == 100 && server.counts.paid.count == 100)
    // What was under way when the tool was killed may have been counted after that.
    let paid = server.paidCount
    #expect(100...104 ~= paid)
    #expect(server.counts.faults.count == JudgeServer.Fault.allCases.count)

    // Nothing is asked again, and the same is written.
    let first = try Fixtures.bytes("\(out)/evaluation.json")
    let again = try judge(server)
    #expect(again.status == 0 && server.paidCount == paid)
    #expect(try Fixtures.bytes("\(out)/evaluation.json") == first)
    try check(first)
  }

  /// What was written fits its schema, and says what the judge has said.
  private func check(_ evaluation: [UInt8]) throws {
    let root = try JSONNode(parsing: evaluation, file: "evaluation.json")
    let schema = try JSONSchema(
      contentsOf: "\(Fixtures.repository)/models/schema/evaluation.schema.json")
    #expect(try schema.problems(of: root.value) == [])
    let score = try root.required("judge").required("models").elements()[0].required("scores")
      .elements()[0]
    let patches = try score.required("patches").elements()
    #expect(patches.count == 100)
    #expect(try root.required("judge").required("prompt_tokens").integer() == 90_000)
    let readable = patches.filter { $0["concrete"] != nil }
    let right = try readable.filter { try !$0.required("concrete").elements().isEmpty }
    let share = try score.required("concrete").required("value").number()
    #expect(abs(share - Double(right.count) / 100) < 1e-6)
    #expect(try score.required("unreadable").integer() == 100 - readable.count)
    for patch in readable {
      let words = try patch.required("words").elements().map { try $0.string() }
      let concrete = try patch.required("concrete").elements().map { try $0.string() }
      #expect(concrete == words.filter { $0.contains("a") })
      #expect(try patch.required("global").elements().map { try $0.string() } == words.suffix(1))
    }
    // Without a judge a truth is needed; where there is one, what the judge has said of the same results stays.
    #expect(try Tool.run(["evaluate", out]).status == 1)
    let image = try JSONNode(contentsOf: "\(out)/results.json").required("models").elements()[0]
      .required("images").elements()[0]
    let (width, height) = try (
      image.required("width").integer(), image.required("height").integer()
    )
    let name = try image.required("name").string()
    _ = try folder.write(
      """
      {"image": "\(name)", "width": \(width), "height": \(height), "things": [
        {"words": ["sky"], "kind": "thing", "runs": [0, \(width * height)]}]}
      """, to: name.replacingOccurrences(of: ".jpg", with: ".json"))
    #expect(try Tool.run(["evaluate", out, "--truth", folder.path]).status == 0)
    let both = try JSONNode(contentsOf: "\(out)/evaluation.json")
    #expect(try both.required("judge").value == root.required("judge").value)
    #expect(try both.required("models").elements()[0].required("tokens").integer() == 144)
  }

  @Test func theKeyIsSentAndToldNowhere() throws {
    try run()
    let server = try JudgeServer()
    #expect(try judge(server, ["--yes", "--patches", "3"]).status == 0)
    #expect(server.counts.keys == ["Bearer \(Self.key)"])
    for name in FileManager.default.enumerator(atPath: out)?.compactMap({ $0 as? String }) ?? [] {
      guard let bytes = FileManager.default.contents(atPath: "\(out)/\(name)") else { continue }
      #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.key), "\(name)")
    }
    let refusing = try JudgeServer(
      refusal: .init(status: 401, "{\"error\": {\"message\": \"\(Self.key) opens nothing\"}}"))
    let refused = try judge(refusing, ["--yes", "--patches", "4"])
    #expect(refused.status == 1 && !refused.complaint.contains(Self.key))
    #expect(refused.complaint.contains("answered 401: … opens nothing; check LATENTLENS_JUDGE_KEY"))
    #expect(refused.complaint.split(separator: "\n").count == 1)
  }

  @Test func controlsAreJudgedAsWell() throws {
    try run()
    let server = try JudgeServer()
    let outcome = try Tool.run(
      [
        "evaluate", out, "--judge", "--yes", "--patches", "10", "--judge-options",
        "{\"temperature\": 0}",
      ], environment: ["LATENTLENS_JUDGE_URL": server.url, "LATENTLENS_JUDGE_MODEL": "toy"])
    #expect(outcome.status == 0, "\(outcome.complaint)")
    #expect(server.counts.keys == ["none"] && server.paidCount > 10)
    let judge = try JSONNode(contentsOf: "\(out)/evaluation.json").required("judge")
    #expect(try judge.required("options").required("temperature").integer() == 0)
    let score = try judge.required("models").elements()[0].required("scores").elements()[0]
    #expect(try score.required("controls").required("others")["interpretable"] != nil)
    #expect(score["controls"]?["noise"] == nil)
  }

  @Test func nobodyIsChargedUnasked() throws {
    try run()
    let server = try JudgeServer()
    for more in [
      [], ["--yes", "--judge-options", "[1]"], ["--yes", "--judge-options", "{\"model\": \"x\"}"],
      ["--yes", "--patches", "0"], ["--yes", "--at-once", "65"], ["--yes", "--timeout", "0"],
    ] {
      #expect(try judge(server, more).status == 64, "\(more)")
    }
    for arguments in [
      ["evaluate", out, "--judge", "--yes"], ["evaluate", out, "--plan"],
      ["evaluate", out, "--judge", "--yes", "--judge-url", server.url],
    ] {
      #expect(try Tool.run(arguments).status == 64, "\(arguments)")
    }
    for url in [
      "ftp://x", "nonsense", "http://me:secret@127.0.0.1/v1", "http://127.0.0.1/v1?key=secret",
    ] {
      let outcome = try Tool.run([
        "evaluate", out, "--judge", "--yes", "--judge-model", "m", "--judge-url", url,
      ])
      #expect(outcome.status == 1 && !outcome.complaint.contains("secret"), "\(url)")
    }
    #expect(server.counts.attempts.isEmpty)
  }
}
