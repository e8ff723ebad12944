import Foundation
import LatentLensFormats
import LatentLensLenses
import LatentLensModels
import LatentLensReading
import LatentLensServing
import LatentLensTestSupport
import Testing

/// What a browser on this machine is given of a run, and what nobody is.
@Suite struct ServingTests {
  let folder: TemporaryFolder
  private let out: String

  init() throws {
    folder = try TemporaryFolder()
    out = "\(folder.path)/run"
    var request = Request.demo("served", images: ["night"])
    request.lenses = [try ChosenLens(.logit)]
    request.layers = try LayerSelection("4")
    request.captions = false
    request.output = out
    _ = try RunJob(request, loader: Bench.loader, partLimit: 0).run()
    _ = try folder.write("nobody's business", to: "secret")
  }

  private func ask(
    _ port: Int, _ path: String, method: String = "GET", host: String? = nil
  ) -> String {
    rawRequest(
      "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n\r\n",
      to: port)
  }

  private func status(_ answer: String) -> String {
    String(answer.split(separator: "\r\n").first?.split(separator: " ")[1] ?? "none")
  }

  @Test func onlyWhatTheResultsNameIsSentAndOnlyToWhoKnowsTheToken() throws {
    let site = try RunSite(of: FinishedRun(in: out), port: 0)
    let parts = site.address.split(separator: "/").map(String.init)
    let port = try #require(Int(parts[1].split(separator: ":")[1]))
    let token = parts[2]
    #expect(token.count == 64 && parts[1].hasPrefix("127.0.0.1:"))
    let report = ask(port, "/\(token)/report.html")
    #expect(status(report) == "200" && report.contains("LatentLens</title>"))
    for header in [
      "Content-Security-Policy: default-src 'none'; script-src 'sha256-",
      "Referrer-Policy: no-referrer",
      "X-Content-Type-Options: nosniff", "Cross-Origin-Resource-Policy: same-origin",
      "frame-ancestors 'none'",
    ] { #expect(report.contains(header), "\(header)") }
    let results = try JSONNode(contentsOf: "\(out)/results.json")
    let name = try results.required("parts").string()
    let image = try results.required("models").elements()[0].required("images").elements()[0]
    let digest = try image.required("sha256").string()
    #expect(status(ask(port, "/\(token)/\(name)/0.safetensors")) == "200")
    #expect(ask(port, "/\(token)/\(name)/\(digest)").contains("Content-Type: image/jpeg"))
    #expect(status(ask(port, "/\(token)/report.html", host: "localhost:\(port)")) == "200")

    // Everything else that lies there or beside it.
    _ = try folder.write("mine", to: "run/notes.txt")
    for path in [
      "results.json", "notes.txt", "../secret", "..%2fsecret", "%2e%2e/secret", "/etc/passwd",
      "\(name)/../../secret", "\(name)", "\(name)/", "", "report.html/", "REPORT.HTML",
    ] { #expect(status(ask(port, "/\(token)/\(path)")) == "404", "\(path)") }
    // Another token, and none.
    let other = String(token.dropLast()) + (token.hasSuffix("0") ? "1" : "0")
    for path in ["/\(other)/report.html", "/report.html", "/", "/\(token)", "/\(token)report.html"]
    {
      #expect(status(ask(port, path)) == "403", "\(path)")
    }
    // A name that leads here by somebody's DNS, and none.
    for host in ["evil.example:\(port)", "127.0.0.1", "localhost", "127.0.0.1:1", ""] {
      #expect(status(ask(port, "/\(token)/report.html", host: host)) == "403", "\(host)")
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
      let answer = ask(port, "/\(token)/report.html", method: method)
      #expect(status(answer) == "405" && answer.contains("Allow: GET"), "\(method)")
    }
    #expect(!["400", "200"].contains(status(rawRequest("nonsense\r\n\r\n", to: port))))
    #expect(status(ask(port, "/\(token)/report.html")) == "200")
  }

  @Test func aFileThatLeadsElsewhereIsNotServed() throws {
    let results = try JSONNode(contentsOf: "\(out)/results.json")
    let part = "\(out)/\(try results.required("parts").string())/0.safetensors"
    try FileManager.default.removeItem(atPath: part)
    #expect(throws: FileError.self) { _ = try RunSite(of: FinishedRun(in: out), port: 0) }
    try FileManager.default.createSymbolicLink(
      atPath: part, withDestinationPath: "\(folder.path)/secret")
    let error = #expect(throws: FileError.self) {
      _ = try RunSite(of: FinishedRun(in: out), port: 0)
    }
    #expect(error?.description.contains("leads out of the folder") == true)
  }

  @Test func aPortThatIsTakenIsSaid() throws {
    let site = try RunSite(of: FinishedRun(in: out), port: 0)
    let taken = try #require(
      UInt16(site.address.split(separator: "/")[1].split(separator: ":")[1]))
    let error = #expect(throws: HostError.self) {
      _ = try RunSite(of: FinishedRun(in: out), port: taken)
    }
    #expect(error?.description.contains("--port") == true)
  }
}
