// dx[t] = dy[row of token t], zero where nothing is predicted. tokenRow holds row + 1, 0 for none.
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> tokenRow: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let t = at / WIDTH;
  if (t >= dims.tokens) { return; }
  let row = tokenRow[t];
  if (row == 0u) {
    dx[at] = vec4f();
  } else {
    dx[at] = dy[(row - 1u) * WIDTH + at % WIDTH];
  }
}
