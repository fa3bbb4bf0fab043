// x[t] = embedding[id of t]; four numbers an invocation.
struct Token { id: u32, position: u32, base: u32, link: u32 }
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> tokens: array<Token>;
@group(0) @binding(2) var<storage, read> embedding: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let t = at / WIDTH;
  if (t >= dims.tokens) { return; }
  x[at] = embedding[tokens[t].id * WIDTH + at % WIDTH];
}
