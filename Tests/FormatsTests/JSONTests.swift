import LatentLensFormats
import LatentLensTestSupport
import Testing

@Suite struct JSONTests {
  private func parse(_ text: String) throws(JSONError) -> JSONNode {
    try JSONNode(parsing: Array(text.utf8), file: "file.json")
  }

  @Test func textAndValueAreEachOther() throws {
    let value: JSONValue = [
      "a": [1, -2, 3.5, nil, true], "b": "Ünï \"q\" \\ \n \u{1F600}", "c": [:], "d": [],
      "big": 9_007_199_254_740_993,
    ]
    #expect(try parse(value.text()).value == value)
    #expect(try parse(value.text(indented: true)).value == value)
  }

  @Test func errorsNameThePathOfTheValue() throws {
    let root = try parse("{\"connector\": {\"layers\": [1, \"two\"]}}")
    let layers = try root.required("connector").required("layers").elements()
    #expect(
      throws: JSONError(
        file: "file.json", path: "connector.layers[1]",
        problem: .mismatch(expected: "a whole number", found: "a string"))
    ) { try layers[1].integer() }
    #expect(throws: JSONError(file: "file.json", path: "connector.width", problem: .missing)) {
      try root.required("connector").required("width")
    }
  }

  @Test(arguments: ["", "{", "[1,]", "{\"a\":1} x", "\u{FEFF}{}", "nul"])
  func brokenTextIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: JSONError.self) {
      try JSONNode(parsing: [0x22, 0xFF, 0x22], file: "file.json")
    }
  }

  private struct Settings: Decodable, Equatable {
    struct Part: Decodable, Equatable { let width: Int }
    let name: String
    let parts: [Part]
    let note: String?
  }

  @Test func valuesDecode() throws {
    let root = try parse("{\"name\": \"n\", \"parts\": [{\"width\": 3}], \"note\": null}")
    #expect(
      try root.decode(Settings.self) == Settings(name: "n", parts: [.init(width: 3)], note: nil))
  }

  @Test func unknownKeysAreErrorsWhereTheyAreOurs() throws {
    let root = try parse("{\"name\": \"n\", \"parts\": [{\"width\": 3, \"widht\": 4}]}")
    #expect(try root.decode(Settings.self).name == "n")
    #expect(
      throws: JSONError(
        file: "file.json", path: "parts[0].widht", problem: .unknown(suggestion: "width"))
    ) { try root.decode(Settings.self, unknownKeys: .rejected) }
  }

  @Test func numbersOutOfRangeAreErrors() throws {
    struct Narrow: Decodable { let n: Int8 }
    #expect(throws: JSONError.self) { try parse("{\"n\": 300}").decode(Narrow.self) }
    #expect(throws: JSONError.self) { try parse("{\"n\": 1.5}").decode(Narrow.self) }
  }
}

@Suite struct NullTests {
  private struct Cap: Decodable {
    let isNull: Bool
    let value: Double?

    enum CodingKeys: String, CodingKey { case cap }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      isNull = try keys.decodeNil(forKey: .cap)
      value = try keys.decodeIfPresent(Double.self, forKey: .cap)
    }
  }

  /// Publishers mean different things by a key that is null and one that is absent.
  @Test(arguments: [("{}", false, nil), (#"{"cap": null}"#, true, nil), (#"{"cap": 5}"#, false, 5)])
  func nullIsTold(_ text: String, _ isNull: Bool, _ value: Double?) throws {
    let cap = try JSONNode(parsing: Array(text.utf8), file: "test").decode(Cap.self)
    #expect(cap.isNull == isNull && cap.value == value)
  }
}
