// y = x / rms(x) * weight, one item an invocation; keeps 1 / rms for the way back.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> inverse: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let count = select(dims.tokens, dims.rows, BY_ROWS == 1u);
  if (at >= count) { return; }
  let start = at * WIDTH;
  var squares = vec4f();
  for (var i = 0u; i < WIDTH; i++) {
    let value = x[start + i];
    squares += value * value;
  }
  let r = inverseSqrt(dot(squares, vec4f(1.0)) / f32(4u * WIDTH) + bitcast<f32>(EPSILON_BITS));
  inverse[at] = r;
  for (var i = 0u; i < WIDTH; i++) {
    y[start + i] = x[start + i] * r * weight[i];
  }
}
