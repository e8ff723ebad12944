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

  @Test func textThatIsNotUTF8IsRefusedAtItsByte() {
    let error = #expect(throws: JSONError.self) {
      try JSONNode(parsing: Array("[\"a".utf8) + [0xED, 0xA0, 0x80] + Array("\"]".utf8), file: "x")
    }
    #expect(error?.description == "x: not valid JSON at byte 3: no UTF-8")
  }

  /// What a number cannot hold is told, not bent.
  @Test func numbersBeyondTheirTypesAreRefused() throws {
    for text in [
      "9223372036854775808", "18446744073709551615", "99999999999999999999999",
      "-1e300", "1e300", "-9223372036854775809", "-99999999999999999999999",
    ] {
      let error = #expect(throws: JSONError.self) { try parse(text).integer() }
      #expect(error?.description.contains("64 bits") == true, "\(text)")
    }
    #expect(try parse("9223372036854775807").integer() == .max)
    #expect(try parse("-9223372036854775807").integer() == -.max)
    #expect(try parse("-9223372036854775808.5").value.text() == "-9.223372036854776e+18")
    for text in [
      "NaN", "Infinity", "-Infinity", "1e999", "99999999999999999999999",
      "-99999999999999999999999",
    ] {
      #expect(throws: JSONError.self, "\(text)") { try parse(text).number() }
    }
    #expect(throws: JSONError.self) { try parse("1e300").decode(Float.self) }
  }

  @Test func keysAreBytes() throws {
    let node = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
    #expect(try node.members().count == 2)
    #expect(try node.required("e\u{301}").integer() == 2)
    let merged = node.overridden(by: JSONObject([("e\u{301}", 3), ("\u{E9}", 4)]))
    #expect(merged.value.text() == "{\"\u{E9}\":4,\"e\u{301}\":3}")
  }

  /// json-c would keep what stands before it, and take the key for another.
  @Test func aKeyWithANULIsRefused() throws {
    let text = #"{"a": "\u0000", "b\u0000c" : 1, "b": 2}"#
    let error = #expect(throws: JSONError.self) { try parse(text) }
    #expect(error?.description.hasPrefix("file.json: not valid JSON at byte 16") == true)
    #expect(try parse(#"{"a": "\u0000", "b\\u0000": 1}"#).members().count == 2)
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
