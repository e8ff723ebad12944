import LatentLensComponents
import Testing

/// How patches are ordered and become visual tokens.
@Suite struct ArrangementTests {
  @Test func squaresComeOneAfterTheOtherAndAreCutAtTheEdges() {
    let grid = PatchGrid(rows: 2, columns: 5, patchSize: 1, squares: [2])
    #expect(grid.places == [0, 1, 5, 6, 2, 3, 7, 8, 4, 9])
    #expect(grid.coordinates == [[0, 0, 1, 1, 0, 0, 1, 1, 0, 1], [0, 1, 0, 1, 2, 3, 2, 3, 4, 4]])
    #expect(grid.counts(ofSquares: 2) == [4, 4, 2])
  }

  @Test func windowsHoldWholeBlocks() {
    let blocks = PatchGrid(rows: 4, columns: 6, patchSize: 1, squares: [2])
    let windows = PatchGrid(rows: 4, columns: 6, patchSize: 1, squares: [4, 2])
    #expect(Set(windows.places) == Set(0..<24))
    #expect(windows.counts(ofSquares: 4) == [16, 8])
    #expect(windows.places.prefix(8) == [0, 1, 6, 7, 2, 3, 8, 9])
    // A patch is found again in another order.
    let indices = windows.indices(in: blocks)
    #expect(indices.map { blocks.places[$0] } == windows.places)
  }

  @Test func mergedTokensKnowTheirPatchesInAnyOrder() {
    for squares in [[], [2], [4, 2]] {
      let grid = PatchGrid(rows: 4, columns: 6, patchSize: 1, squares: squares)
      let arrangement = VisualArrangement.raster(
        FeatureRows(crops: 1, prefix: 0, grid: grid), merging: 2)
      #expect(arrangement.tokens.count == 6)
      for token in arrangement.tokens {
        let places = token.features.map { grid.places[$0] }
        let corner = (token.place?.row ?? 0) * 12 + (token.place?.column ?? 0) * 2
        #expect(places == [corner, corner + 1, corner + 6, corner + 7])
      }
    }
  }

  @Test func keptPrefixesComeBeforeEachCropsPatches() {
    let rows = FeatureRows(
      crops: 2, prefix: 1, grid: PatchGrid(rows: 1, columns: 3, patchSize: 1))
    #expect(rows.count == 8)
    #expect(rows.row(0, 0) == 1 && rows.row(crop: 1, 0, 2) == 7)
  }
}
