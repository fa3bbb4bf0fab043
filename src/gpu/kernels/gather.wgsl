// y[r] = x[token of row r]: from packed tokens to the places where a next token is predicted.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> rowToken: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let r = at / WIDTH;
  if (r >= dims.rows) { return; }
  y[at] = x[rowToken[r] * WIDTH + at % WIDTH];
}
