/// The different sets of true words that patches have, each with a number, so that a word is held against
/// each set once, however often it is read.
struct Labels: Sendable {
  private(set) var sets: [Set<String>] = []
  private var numbers: [Set<String>: Int] = [:]

  /// The number of a set of forms, given on first sight.
  mutating func number(of forms: Set<String>) -> Int {
    if let known = numbers[forms] { return known }
    numbers[forms] = sets.count
    sets.append(forms)
    return sets.count - 1
  }

  /// For each word, the labels that it is right for.
  func labels(of words: [String]) -> [Set<Int>] {
    var labelsOfForm: [String: Set<Int>] = [:]
    for (number, forms) in sets.enumerated() {
      for form in forms { labelsOfForm[form, default: []].insert(number) }
    }
    return words.map { word in
      Folding.forms(of: word).reduce(into: []) { $0.formUnion(labelsOfForm[$1] ?? []) }
    }
  }

  /// For each label, whether each other one shares no word with it.
  var apart: [[Bool]] { sets.map { one in sets.map { one.isDisjoint(with: $0) } } }
}
