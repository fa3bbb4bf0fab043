// y[t] = embedding[id of t], in both layouts; four numbers an invocation.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> tokens: array<Token>;
@group(0) @binding(2) var<storage, read> embedding: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> yByToken: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);
  let t = at / WIDTH;
  if (t >= dims.tokens) { return; }
  let i = at % WIDTH;
  let value = embedding[tokens[t].id * WIDTH + i];
  yByToken[at] = value;
  let stride = 4u * depth(dims.tokens);
  for (var e = 0u; e < 4u; e++) { y[(4u * i + e) * stride + t] = value[e]; }
}
