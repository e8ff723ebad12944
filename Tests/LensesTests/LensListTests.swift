import LatentLensFormats
import LatentLensLenses
import Testing

/// The list of lenses, and how they are asked for.
@Suite struct LensListTests {
  @Test func everyLensHasANameOfItsOwn() {
    let lenses = Lens.all
    #expect(Set(lenses.map(\.name)).count == lenses.count)
    #expect(Set(lenses.map(\.title)).count == lenses.count)
    for lens in lenses {
      #expect(!lens.name.isEmpty && !lens.name.contains(where: { "=, ".contains($0) }))
    }
  }

  @Test func thePapersThreeAreThere() {
    let list = Lens.all.prefix(3)
    #expect(list.map(\.name) == ["latent", "logit", "embedding"])
    #expect(list.map(\.title) == ["LatentLens", "LogitLens", "EmbeddingLens"])
    #expect(list.map(\.score) == [.cosine, .logit, .cosine])
    #expect(list.map(\.needs) == [.index, .nothing, .nothing])
  }

  @Test func aLensIsAskedForByNameAndPath() throws {
    for lens in Lens.all {
      switch lens.needs {
      case .nothing, .index:
        let chosen = try ChosenLens(lens.name)
        #expect(chosen.lens.name == lens.name && chosen.path == nil && chosen.text == lens.name)
        #expect(throws: HostError.self) { try ChosenLens("\(lens.name)=somewhere") }
      case .path:
        let chosen = try ChosenLens("\(lens.name)=some/where=else")
        #expect(chosen.path == "some/where=else")
        #expect(throws: HostError.self) { try ChosenLens(lens.name) }
      }
      #expect(Lens.list.contains(lens.usage))
    }
  }

  @Test func anUnknownLensIsNamedWithThoseThereAre() {
    do throws(HostError) {
      _ = try ChosenLens("nonsense")
      Issue.record("nonsense is a lens")
    } catch {
      #expect(error.description.contains("`nonsense`"))
      for lens in Lens.all { #expect(error.description.contains(lens.name)) }
    }
  }

  @Test func whatNeedsNeitherPathNorMeansIsAskedForByDefault() {
    let needless = Lens.all.filter { lens in
      if case .path = lens.needs { false } else { !lens.isCalibrated }
    }
    #expect(ChosenLens.standard.map(\.lens.name) == needless.map(\.name))
  }
}
