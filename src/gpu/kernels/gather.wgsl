// y[r] = x[token of row r], in both layouts: from packed tokens to the places where a next token is predicted.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> rowToken: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;  // by token
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> yByToken: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let r = at / WIDTH;
  if (r >= dims.rows) { return; }
  let i = at % WIDTH;
  let value = x[rowToken[r] * WIDTH + i];
  yByToken[at] = value;
  let stride = 4u * depth(dims.rows);
  for (var e = 0u; e < 4u; e++) { y[(4u * i + e) * stride + r] = value[e]; }
}
