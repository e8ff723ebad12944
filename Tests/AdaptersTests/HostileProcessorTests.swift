import LatentLensCatalog
import LatentLensComponents
import LatentLensFormats
import LatentLensImaging
import LatentLensTestSupport
import Testing

/// A damaged description of a processor gives a processor or an error that names the key, and a processor
/// gives pixels or an objection: never a crash, never more memory than a picture may take.
@Suite struct HostileProcessorTests {
  /// A complete file for each class, as transformers or the publisher writes it.
  static let files: [String: JSONValue] = {
    let half: JSONValue = [0.5, 0.5, 0.5]
    let square: JSONValue = ["height": 28, "width": 28]
    let scaling: [(String, JSONValue)] = [
      ("do_convert_rgb", true), ("do_normalize", true), ("do_rescale", true), ("do_resize", true),
      ("image_mean", half), ("image_std", half), ("rescale_factor", 0.00392156862745098),
      ("resample", 2), ("processor_class", "SomeProcessor"),
      ("auto_map", ["AutoProcessor": "code.A"]),
      ("_valid_processor_keys", ["images"]), ("data_format", "channels_first"), ("device", nil),
      ("disable_grouping", nil), ("input_data_format", nil), ("return_tensors", nil),
    ]
    let cropping: [(String, JSONValue)] = [("do_center_crop", true), ("crop_size", square)]
    let members: [String: [(String, JSONValue)]] = [
      "CLIPImageProcessor": scaling + cropping + [("size", ["shortest_edge": 28])],
      "CLIPFeatureExtractor": [
        ("size", 28), ("crop_size", 28), ("resample", 3), ("do_resize", true),
      ],
      "BitImageProcessor": scaling + cropping + [("size", square), ("default_to_square", true)],
      "LlavaImageProcessor": scaling + cropping + [("size", 28), ("do_pad", true)],
      "SiglipImageProcessor": scaling + [("size", square), ("antialias", false)],
      "ViTImageProcessor": scaling + [("size", 28), ("do_center_crop", false)],
      "LlavaNextImageProcessor": scaling + cropping + [
        ("size", ["shortest_edge": 28]), ("image_grid_pinpoints", [[28, 56], [56, 28]]),
        ("do_pad", true), ("default_to_square", false),
      ],
      "Qwen2VLImageProcessor": scaling + [
        ("size", ["shortest_edge": 784, "longest_edge": 9000]), ("min_pixels", 784),
        ("max_pixels", 9000), ("patch_size", 7), ("merge_size", 2), ("temporal_patch_size", 2),
      ],
      "MolmoImageProcessor": [
        ("base_image_input_size", [56, 56]), ("image_patch_size", 7), ("max_crops", 6),
        ("overlap_margins", [2, 2]), ("image_token_length_w", 4), ("image_token_length_h", 4),
        ("image_padding_mask", true), ("do_normalize", true), ("image_mean", half),
        ("image_std", half),
      ],
      "Molmo2ImageProcessor": scaling + [
        ("size", square), ("patch_size", 7), ("max_crops", 6), ("overlap_margins", [1, 1]),
        ("pooling_size", [2, 2]),
      ],
      "LetterboxImageProcessor": [
        ("size", 42), ("patch_size", 14), ("do_normalize", true), ("image_mean", half),
        ("image_std", half),
      ],
    ]
    return Dictionary(
      uniqueKeysWithValues: members.map { name, members in
        (name, .object(JSONObject([("image_processor_type", .string(name))] + members)))
      })
  }()

  static let absurd: [JSONValue] = [
    0, -1, 1, 3, 7, 32768, 32769, 1_048_576, 9_000_000_000_000_000_000, .integer(Int64.min), 1e300,
    "", "224", nil, true, [], [1, 2], [.integer(Int64.min), .integer(Int64.max)], [[1, 2]],
    [[.integer(Int64.min), .integer(Int64.min)]], [[9_000_000_000_000_000_000, 28]],
    [[32760, 32760]], [0, 0, 0], [1e-60, 1, 1], [1, 2, 3], [:],
    ["height": .integer(Int64.min), "width": 1], ["height": 32768, "width": 32768],
    ["shortest_edge": 32768], ["shortest_edge": .integer(Int64.min)],
    ["shortest_edge": 28, "longest_edge": 56], ["min_pixels": 5, "max_pixels": 1],
  ]

  @Test func everyClassIsTriedHere() {
    let known = Registry.standard.imageProcessors.flatMap { $0.architectures }
    #expect(Set(known) == Set(Self.files.keys))
  }

  @Test(arguments: files.keys.sorted())
  func soundFilesAreReadToTheLastKey(_ name: String) throws {
    let node = JSONNode(try #require(Self.files[name]), file: "preprocessor_config.json")
    let prepared = try Bench.processor(node).prepare(Self.picture(61, 45))
    #expect(!prepared.pixels.values.isEmpty && !prepared.views.isEmpty)
    #expect(try Bench.unreadKeys(node) == [])
  }

  @Test(arguments: files.keys.sorted())
  func anyValueOfAnyKeyIsBorne(_ name: String) throws {
    guard case .object(let sound)? = Self.files[name] else { return }
    let pictures = [Self.picture(61, 45), Self.picture(1, 1), Self.picture(300, 1)]
    for (key, _) in sound.members where key != "image_processor_type" {
      for value in Self.absurd {
        var changed = sound
        changed[key] = value
        let node = JSONNode(.object(changed), file: "preprocessor_config.json")
        do {
          let processor = try Bench.processor(node)
          for picture in pictures {
            guard let prepared = try? processor.prepare(picture) else { continue }
            #expect(prepared.pixels.values.count <= FramedPicture.valueLimit)
          }
        } catch {
          #expect(!"\(error)".contains("\n"))
          // Where two keys contradict each other, the one that is told as wrong may be the other.
          #expect("\(error)".contains("preprocessor_config.json"))
        }
      }
    }
  }

  @Test(
    arguments: [
      ("LlavaNextImageProcessor", "image_grid_pinpoints", [[.integer(Int64.min), 28]]),
      ("Molmo2ImageProcessor", "overlap_margins", [.integer(Int64.min), .integer(Int64.min)]),
      ("Molmo2ImageProcessor", "max_crops", 0),
      ("Molmo2ImageProcessor", "pooling_size", [3, 3]),
      ("Molmo2ImageProcessor", "resample", 3),
      ("MolmoImageProcessor", "image_token_length_w", 12),
      ("CLIPImageProcessor", "resample", 6),
      ("CLIPImageProcessor", "image_std", [1, 0, 1]),
      ("CLIPImageProcessor", "image_mean", [1, 1]),
      ("CLIPImageProcessor", "rescale_factor", 0),
      ("CLIPImageProcessor", "crop_size", ["shortest_edge": 3]),
      ("SiglipImageProcessor", "size", .integer(Int64.min)),
      ("Qwen2VLImageProcessor", "min_pixels", .integer(Int64.min)),
      ("Qwen2VLImageProcessor", "max_pixels", 5),
      ("LetterboxImageProcessor", "size", 43),
      ("ViTImageProcessor", "size", ["height": 5]),
      ("ViTImageProcessor", "size", ["height": 32768, "width": 32768]),
    ] as [(String, String, JSONValue)])
  func theKeyIsNamed(_ name: String, _ key: String, _ value: JSONValue) throws {
    guard case .object(var object)? = Self.files[name] else { return }
    object[key] = value
    let node = JSONNode(.object(object), file: "preprocessor_config.json")
    let error = #expect(throws: JSONError.self) { try Bench.processor(node) }
    // By its place, or in a sentence about the file.
    #expect(error.map { $0.path.hasPrefix(key) || "\($0)".contains("`\(key)`") } == true)
  }

  @Test func theSizeOfATileIsThatOfTheClass() throws {
    // transformers' defaults contradict each other: the class can do nothing without its file.
    let node = JSONNode(
      ["image_processor_type": "LlavaNextImageProcessor"], file: "preprocessor_config.json")
    #expect(throws: JSONError.self) { try Bench.processor(node) }
  }

  @Test func patchesThatDoNotFillThePictureAreNoCrash() throws {
    let node = JSONNode(
      ["image_processor_type": "Qwen2VLImageProcessor", "do_resize": false], file: "p.json")
    let processor = try Bench.processor(node)
    #expect(throws: ImageObjection.self) { try processor.prepare(Self.picture(57, 56)) }
    #expect(try processor.prepare(Self.picture(56, 28)).pixels.shape == [8, 1176])
  }

  @Test(arguments: ["CLIPImageProcessorFast", "CLIPImageProcessorPil", "CLIPImageProcessor"])
  func backendsAreOneClass(_ name: String) throws {
    #expect(Registry.standard.imageProcessor(ofClass: name) != nil)
    #expect(Registry.standard.imageProcessor(ofClass: "Fast\(name)") == nil)
  }

  static func picture(_ width: Int, _ height: Int) -> RGBImage {
    RGBImage(
      width: width, height: height,
      pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * 7) })
  }
}
