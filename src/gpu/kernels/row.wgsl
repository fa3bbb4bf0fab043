// The logits of the first predicted place, one word behind the other.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> logits: array<f32>;  // by feature
@group(0) @binding(2) var<storage, read_write> row: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let v = invocation(workgroup, local);
  if (v < VOCABULARY) { row[v] = logits[v * 4u * depth(dims.rows)]; }
}
