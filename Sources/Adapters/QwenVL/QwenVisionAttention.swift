import LatentLensComponents

/// Attention among patches that are turned by their row and column (arXiv 2409.12191; reference:
/// transformers `VisionAttention` of `modeling_qwen2_vl.py`).
struct QwenVisionAttention: Sendable {
  private let query, key, value, output: Linear
  private let attention: Attention

  init(_ c: QwenVisionConfiguration, weights: WeightScope) {
    let parts = Linear.fused(
      weights / "qkv", from: c.width, to: [c.width, c.width, c.width], bias: true)
    (query, key, value) = (parts[0], parts[1], parts[2])
    output = Linear(weights / "proj", from: c.width, to: c.width, bias: true)
    attention = Attention(
      heads: c.heads, keyValueHeads: c.heads, headWidth: c.width / c.heads, mask: .full,
      compute: weights.compute)
  }

  func callAsFunction(
    _ h: borrowing Matrix, _ rotary: RotaryEmbedding, _ segments: Segments
  ) -> Matrix {
    var q = query(h)
    var k = key(h)
    rotary(&q, heads: attention.heads, segments: segments)
    rotary(&k, heads: attention.heads, segments: segments)
    return output(attention(q, k, value(h), segments: segments))
  }
}
