import Foundation
import LatentLensTestSupport
import Testing

/// `index build` as it is ended from outside, and `index merge`.
@Suite struct IndexCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func command(_ name: String) -> [String] {
    [
      "index", "build", "--model", "models/demo", "--corpus", "models/demo/corpus.txt", "--out",
      path(name), "--layers", "2,5", "--threads", "1",
    ]
  }

  private func files(_ name: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.contentsOfDirectory(atPath: path(name))
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Fixtures.bytes("\(path(name))/\($0)")) })
  }

  /// Waits until a build has begun to write.
  private func waitForWork(on name: String, _ running: Tool.Running) {
    while running.isRunning,
      !FileManager.default.fileExists(atPath: path("\(name).building/progress.json"))
    {
      usleep(2000)
    }
  }

  @Test func aBuildThatIsKilledGoesOn() throws {
    #expect(try Tool.run(command("whole")).status == 0)
    for delay in [0, 20, 120, 300, 600] as [UInt32] {
      let running = try Tool.Running(command("killed"))
      waitForWork(on: "killed", running)
      usleep(delay * 1000)
      running.signal(SIGKILL)
      _ = running.outcome()
    }
    let last = try Tool.run(command("killed"))
    #expect(last.status == 0, "\(last.complaint)")
    #expect(try files("killed") == files("whole"))
    #expect(folder.contents == ["killed", "whole"])
  }

  /// Pages of a mapped file that is shortened are gone: the system ends whoever reads them.
  @Test func weightsThatShrinkAreNamed() throws {
    try FileManager.default.copyItem(atPath: Fixtures.demo, toPath: path("demo"))
    let weights = path("demo/model.safetensors")
    let whole = try Fixtures.bytes(weights)
    var build = command("index")
    build[3] = path("demo")
    let running = try Tool.Running(build)
    waitForWork(on: "index", running)
    #expect(unsafe truncate(weights, 4096) == 0)
    let outcome = running.outcome()
    #expect(outcome.status == 1)
    #expect(outcome.complaint.hasPrefix("latentlens: \(weights): was shortened"))
    #expect(outcome.complaint.split(separator: "\n").count == 1, "\(outcome.complaint)")
    // A file that is put back is the same, and the build goes on.
    try Data(whole).write(to: URL(fileURLWithPath: weights))
    let next = try Tool.run(build)
    #expect(next.status == 0, "\(next.complaint)")
    #expect(folder.contents == ["demo", "index"])
  }

  @Test func aBuildThatIsInterruptedSaysHowToGoOn() throws {
    let running = try Tool.Running(command("index"))
    waitForWork(on: "index", running)
    running.signal(SIGINT)
    let outcome = running.outcome()
    #expect(outcome.status == 1)
    #expect(outcome.complaint.contains("the same command goes on from there"))
    #expect(folder.contents == ["index.building"])
    let next = try Tool.run(command("index"))
    #expect(next.status == 0, "\(next.complaint)")
    #expect(folder.contents == ["index"])
    let again = try Tool.run(command("index"))
    #expect(again.status == 0 && again.output.contains("whole already"))
  }

  @Test func shardsAreJoined() throws {
    for number in 1...3 {
      let made = try Tool.run(command("part-\(number)") + ["--shard", "\(number)/3"])
      #expect(made.status == 0, "\(made.complaint)")
    }
    let parts = (1...3).map { path("part-\($0)") }
    let merged = try Tool.run(["index", "merge"] + parts + ["--out", path("merged")])
    #expect(merged.status == 0 && merged.output.contains("of 3 parts"))
    #expect(try Tool.run(command("whole")).status == 0)
    #expect(try files("merged") == files("whole"))
    let search = try Tool.run([
      "search", "--index", parts[0], "--model", "models/demo", "--text", "a", "--top-k", "1",
    ])
    #expect(search.status == 1 && search.complaint.contains("index merge"))
    #expect(try Tool.run(["index", "info", parts[1]]).output.contains("2/3"))
    #expect(try Tool.run(command("bad") + ["--shard", "4/3"]).status == 64)
  }

  @Test func aSearchTellsWhatItWillTake() throws {
    #expect(try Tool.run(command("index")).status == 0)
    let search = [
      "search", "--index", path("index"), "--model", "models/demo", "--top-k", "5", "--text",
      "a red boat lies on the beach", "two white clouds",
    ]
    let plan = try Tool.run(search + ["--plan"])
    #expect(plan.status == 0 && plan.complaint.isEmpty, "\(plan.complaint)")
    let lines = plan.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let rows = try #require(lines.first { $0[0] == "rows" }.flatMap { Int($0[1]) })
    // Where the processor has no such products, no row is looked at twice.
    if let twice = lines.first(where: { $0[0] == "looked" }) {
      let numbers = twice.compactMap(Int.init)
      #expect(numbers.count == 2 && numbers[1] == rows && 1...rows ~= numbers[0])
    }
    #expect(plan.output.contains("time"))
    let bad = try Tool.run(Array(search.dropLast(3)) + ["--queries", "none", "--plan"])
    #expect(bad.status == 1 && bad.complaint.contains("none"))
  }
}
