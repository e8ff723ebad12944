import LatentLensLenses
import Testing

/// Which tokens become rows.
@Suite struct RowSelectionTests {
  private func select(
    _ sentences: [[Int]], firstPosition: Int = 2, maxContexts: Int = 50, maxTokens: Int = 512
  ) -> RowSelection {
    var selection = RowSelection(
      rules: .init(firstPosition: firstPosition, maxContexts: maxContexts, maxTokens: maxTokens))
    for (number, tokens) in sentences.enumerated() {
      selection.add(sentence: number, tokens: tokens) { String($0 % 100) }
    }
    return selection
  }

  @Test func theFirstPositionsAreSkipped() {
    let rows = select([[1, 2, 3, 4], [5], [6, 7]])
    #expect(rows.sequences.map(\.positions) == [[2, 3]])
    #expect(rows.rows == 2)
  }

  @Test func aPrefixThatWasSeenGivesNoSecondRow() {
    let rows = select([[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 3, 4]])
    #expect(rows.sequences.map(\.positions) == [[2, 3], [3]])
    #expect(rows.sequences.map(\.sentence) == [0, 1])
  }

  @Test func theCapCountsByTextNotByToken() {
    // 3 and 103 decode alike.
    let rows = select([[1, 2, 3], [1, 4, 103], [1, 5, 3]], maxContexts: 2)
    #expect(rows.rows == 2)
  }

  @Test func aCappedPrefixIsNotMarked() {
    // The capped token of the first sentence may still be a row's prefix later.
    let rows = select([[1, 2, 3, 3], [1, 2, 3, 4]], maxContexts: 1)
    #expect(rows.sequences.map(\.positions) == [[2], [3]])
  }

  @Test func sequencesAreCutAfterTheirLastRow() {
    let rows = select([[1, 2, 3, 4], [1, 2, 5, 4, 4]], maxContexts: 1)
    #expect(rows.sequences.map(\.tokens) == [[1, 2, 3, 4], [1, 2, 5]])
  }

  @Test func longSentencesAreCut() {
    #expect(select([[1, 2, 3, 4, 5, 6]], maxTokens: 4).rows == 2)
  }
}
