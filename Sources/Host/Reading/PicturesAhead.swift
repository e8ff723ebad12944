internal import Dispatch
internal import LatentLensModels
internal import LatentLensSession
internal import Synchronization

/// Pictures that are read one after the other: while the model is busy with one, the next is decoded and prepared on a
/// thread of its own.
final class PicturesAhead {
  private let paths: [String]
  private let seer: VisionLanguage
  private var coming: (number: Int, picture: Pending)?

  init(_ paths: [String], _ seer: VisionLanguage) {
    self.paths = paths
    self.seer = seer
  }

  /// A picture, ready to be read.
  ///
  /// - Parameter end: the first number that will not be asked for any more.
  /// - Throws: what is wrong with this picture.
  func picture(_ number: Int, before end: Int) throws -> SeenImage {
    let wanted = coming.flatMap { $0.number == number ? $0.picture : nil } ?? begin(number)
    coming = number + 1 < end ? (number + 1, begin(number + 1)) : nil
    return try wanted.get()
  }

  private func begin(_ number: Int) -> Pending {
    Pending { [seer, path = paths[number]] in try seer.see(path) }
  }

  /// A picture that is being prepared.
  private final class Pending: Sendable {
    private let result = Mutex<Result<SeenImage, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () throws -> SeenImage) {
      DispatchQueue.global().async { [self] in
        let found = Result { try work() }
        result.withLock { $0 = found }
        isDone.signal()
      }
    }

    func get() throws -> SeenImage {
      isDone.wait()
      defer { isDone.signal() }
      guard let found = result.withLock(\.self) else {
        preconditionFailure("a picture without a result")
      }
      return try found.get()
    }
  }
}
