// dx = r · (w · dy − x · r² · mean(w · dy · x)), one item an invocation; added to dx where a residual stream passes by.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> dy: array<vec4f>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let count = select(dims.tokens, dims.rows, BY_ROWS == 1u);
  if (at >= count) { return; }
  let start = at * WIDTH;
  let r = inverse[at];
  var along = 0.0;
  for (var i = 0u; i < WIDTH; i++) {
    along += dot(weight[i] * dy[start + i], x[start + i]);
  }
  let pull = along * r * r / f32(4u * WIDTH);
  for (var i = 0u; i < WIDTH; i++) {
    let value = r * (weight[i] * dy[start + i] - x[start + i] * pull);
    dx[start + i] = select(value, dx[start + i] + value, ACCUMULATE == 1u);
  }
}
