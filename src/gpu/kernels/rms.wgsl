// 1 / rms(x) of every item, one an invocation. RMSNorm needs nothing else before the product behind it, whose matrix has the
// norm's weight in it (transpose.wgsl).
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: RmsShape;
@group(0) @binding(2) var<storage, read> x: array<f32>;  // by feature
@group(0) @binding(3) var<storage, read_write> inverse: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  if (at >= count) { return; }
  let stride = 4u * depth(count);
  var squares = 0.0;
  for (var i = 0u; i < shape.features; i++) {
    let value = x[i * stride + at];
    squares += value * value;
  }
  inverse[at] = inverseSqrt(squares / f32(shape.features) + shape.epsilon);
}
