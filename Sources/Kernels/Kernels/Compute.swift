internal import Dispatch
internal import Glibc
internal import LatentLensTensors
internal import Synchronization

/// What computing may use: how many threads, and which arithmetic.
///
/// Results are the same bits for any number of threads: work is cut by shape alone, and no sum is
/// shared between workers.
public struct Compute: Sendable {
  public let threads: Int
  /// What linear layers and attention multiply with. Sums, and all that is neither, are always 32-bit.
  public let arithmetic: Arithmetic
  /// What searches multiply with: `arithmetic`, if that is of 32-bit floats.
  let floats: any FloatMultiplication

  /// - Parameters:
  ///   - threads: nil takes every core that the process may run on.
  ///   - arithmetic: the reference takes its place where the processor cannot do it.
  public init(threads: Int? = nil, arithmetic: Arithmetic = .f32) {
    precondition(threads.map { $0 > 0 } ?? true, "at least one thread has to work")
    self.threads = threads ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    self.arithmetic = arithmetic.isAvailable ? arithmetic : .reference
    floats = self.arithmetic.floats
  }

  /// Calls `body` for each index below `count`, on up to `threads` threads at once, in any order.
  ///
  /// The calls must not touch the same memory, and what an index means must not depend on `threads`.
  package func parallel(_ count: Int, _ body: (Int) -> Void) {
    unsafe parallel(count, scratch: 0) { index, _ in body(index) }
  }

  /// Like `parallel(_:_:)`, with floats of scratch memory that each worker has for itself.
  package func parallel(
    _ count: Int, scratch: Int, _ body: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    _ = unsafe parallel(count, scratch: scratch, from: ()) { index, floats, _ in
      unsafe body(index, floats)
    }
  }

  /// Like `parallel(_:scratch:_:)`, with a state of which each worker carries a copy from index to index,
  /// which ascend for each worker; returns the states of all workers.
  package func parallel<State: Sendable>(
    _ count: Int, scratch: Int, from state: State,
    _ body: (Int, UnsafeMutablePointer<Float>, inout State) -> Void
  ) -> [State] {
    let workers = min(threads, count)
    guard workers > 0 else { return [] }
    let next = Atomic(0)
    return unsafe [State](unsafeUninitializedCapacity: workers) { states, initialized in
      // The closure is called by several threads at once, which its caller promises to bear, and by
      // none after `concurrentPerform` has returned; each worker has a state of its own.
      unsafe withoutActuallyEscaping(body) { body in
        nonisolated(unsafe) let (body, states) = unsafe (body, states)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
          let floats = unsafe allocateFloats(scratch)
          defer { unsafe deallocateFloats(floats) }
          var own = state
          while true {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard index < count else { break }
            unsafe body(index, floats, &own)
          }
          unsafe states.initializeElement(at: worker, to: own)
        }
      }
      initialized = workers
    }
  }
}

extension Compute: Equatable {
  public static func == (left: Compute, right: Compute) -> Bool {
    left.threads == right.threads && left.arithmetic == right.arithmetic
  }
}
