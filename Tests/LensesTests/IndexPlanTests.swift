import LatentLensLenses
import Testing

/// Which tokens become rows.
@Suite struct IndexPlanTests {
  private func plan(
    _ sentences: [[Int]], firstPosition: Int = 2, maxContexts: Int = 50, maxTokens: Int = 512
  ) -> IndexPlan {
    var plan = IndexPlan(
      rules: .init(firstPosition: firstPosition, maxContexts: maxContexts, maxTokens: maxTokens))
    for (number, tokens) in sentences.enumerated() {
      plan.add(sentence: number, tokens: tokens) { String($0 % 100) }
    }
    return plan
  }

  @Test func theFirstPositionsAreSkipped() {
    let plan = plan([[1, 2, 3, 4], [5], [6, 7]])
    #expect(plan.sequences.map(\.positions) == [[2, 3]])
    #expect(plan.rows == 2)
  }

  @Test func aPrefixThatWasSeenGivesNoSecondRow() {
    let plan = plan([[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 3, 4]])
    #expect(plan.sequences.map(\.positions) == [[2, 3], [3]])
    #expect(plan.sequences.map(\.sentence) == [0, 1])
  }

  @Test func theCapCountsByTextNotByToken() {
    // 3 and 103 decode alike.
    let plan = plan([[1, 2, 3], [1, 4, 103], [1, 5, 3]], maxContexts: 2)
    #expect(plan.rows == 2)
  }

  @Test func aCappedPrefixIsNotMarked() {
    // The capped token of the first sentence may still be a row's prefix later.
    let plan = plan([[1, 2, 3, 3], [1, 2, 3, 4]], maxContexts: 1)
    #expect(plan.sequences.map(\.positions) == [[2], [3]])
  }

  @Test func sequencesAreCutAfterTheirLastRow() {
    let plan = plan([[1, 2, 3, 4], [1, 2, 5, 4, 4]], maxContexts: 1)
    #expect(plan.sequences.map(\.tokens) == [[1, 2, 3, 4], [1, 2, 5]])
  }

  @Test func longSentencesAreCut() {
    #expect(plan([[1, 2, 3, 4, 5, 6]], maxTokens: 4).rows == 2)
  }
}
